"""A published sample corpus, asked through Datasette's own application and through a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import pickle
import resource
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jinja2.bccache import Bucket, BytecodeCache

from archive import site_files
from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.serving import ENVIRONMENT, HOST, datasette_app, free_port, serve_command
from gongkai.web.rendering import drawings
from gongkai.web.server.served import served_database
from pipelines.knowledge import parse_yaml
from tests.warm import start_program
from tests.web.bodies_corpus import build_bodies
from tests.web.sample_corpus import build_corpus, write_rows

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.warm import WarmProcess

OWN_SCRIPT = '<script src="/static/page.js" defer></script>'
"""The one script that pages have: it adds a button that copies a citation."""

STARTS_WITHIN_S = 300
"""Seconds that a server may take before it answers, on a machine with two cores that does other things."""


def publish_sample(data: DataDir, *extra_passages: str) -> str:
    """Publish the sample corpus, with more passages in one document, and return the copy's SHA-256."""
    data.make()
    data.corpus_db.unlink(missing_ok=True)
    build_corpus(data.corpus_db, extra_passages=extra_passages)
    return publish_visits(data)


def publish_visits(data: DataDir) -> str:
    """Publish what stands in the corpus, and return the copy's SHA-256."""
    return publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC)).sha256


class Templates(BytecodeCache):
    """Templates that are compiled once for all sites of the tests: a page's take a tenth of a second."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template, if it was compiled before."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Templates()


@cache
def _parsed(text: str) -> bytes:
    return pickle.dumps(parse_yaml(text))


@pytest.fixture(scope="session", autouse=True)
def _tables() -> Iterator[None]:
    """Parse the tables that each site reads once for all sites: they take it a quarter of a second."""

    def parse_once(text: str) -> Any:
        return pickle.loads(_parsed(text))  # noqa: S301  our own

    with pytest.MonkeyPatch.context() as patch:
        for module in (site_files, drawings):
            patch.setattr(module, "parse_yaml", parse_once)
        yield


@dataclass(frozen=True, slots=True)
class Site:
    """The application, asked without a socket.

    Attributes:
        data: what it serves.
        app: the Datasette object.
    """

    data: DataDir
    app: Any

    def __post_init__(self) -> None:
        """Have its templates compiled once for all."""
        self.app.jinja_env.bytecode_cache = TEMPLATES

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Ask for a path."""

        async def ask() -> httpx.Response:
            answer: httpx.Response = await self.app.client.get(path, params=parameters or None)
            return answer

        return asyncio.run(ask())


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """Close a site when its fixture ends: its connections would stay, and take of the memory of SQLite."""
    made = yield
    if isinstance(made, Site):
        if fixturedef.scope == "session":
            _SHARED.append(made)
        elif made not in _SHARED:
            fixturedef.addfinalizer(lambda: served_database(made.app).close())
    return made


_SHARED: list[Site] = []
"""The sites of the whole session."""


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A data directory with the sample corpus published."""
    data = DataDir(tmp_path_factory.mktemp("served"))
    publish_sample(data)
    return data


@pytest.fixture(scope="session")
def site(data: DataDir) -> Site:
    """The application over the sample corpus."""
    return Site(data, datasette_app(data))


@pytest.fixture(scope="session")
def bodies_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The application over the corpus of governments with known figures."""
    data = DataDir(tmp_path_factory.mktemp("bodies"))
    data.make()
    build_bodies(data.corpus_db)
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    return Site(data, datasette_app(data))


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The application over a corpus without rows."""
    data = DataDir(tmp_path_factory.mktemp("empty"))
    data.make()
    write_rows(data.corpus_db, {})
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    return Site(data, datasette_app(data))


@pytest.fixture
def swapped_data(tmp_path: Path, data: DataDir) -> DataDir:
    """A data directory of a test's own, published, to be published again."""
    return DataDir(shutil.copytree(data.root, tmp_path / "data", symlinks=True))


@contextmanager
def running_server(data: DataDir) -> Iterator[str]:
    """Serve a data directory for as long as the block lasts, and give the server's address.

    The server has a gigabyte of addresses: a request that could fill the machine fails a test instead.
    """
    port = free_port(HOST)
    with answering(serve_command(data, port=port), port, {resource.RLIMIT_AS: 1_000_000 << 10}) as address:
        yield address


@contextmanager
def answering(command: Sequence[str], port: int, limits: Mapping[int, int] | None = None) -> Iterator[str]:
    """Run a server's command for as long as the block lasts, and give its address once it answers."""
    address = f"http://{HOST}:{port}"
    process = start_program(command, env={**os.environ, **ENVIRONMENT}, limits=limits or {})
    try:
        wait_for(f"{address}/-/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=STARTS_WITHIN_S)


@pytest.fixture
def server(swapped_data: DataDir) -> Iterator[str]:
    """The address of a real server over `swapped_data`."""
    with running_server(swapped_data) as address:
        yield address


def wait_for(address: str, process: WarmProcess | subprocess.Popen[bytes]) -> None:
    """Ask until the server answers, for `STARTS_WITHIN_S` at most."""
    until = time.monotonic() + STARTS_WITHIN_S
    with httpx.Client() as client:  # one, since each loads all certificates of this machine
        while time.monotonic() < until and process.poll() is None:
            try:
                client.get(address)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            return
    pytest.fail("the server did not start")
