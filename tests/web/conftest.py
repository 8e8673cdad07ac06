"""A published sample corpus, asked through Datasette's own application and through a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from archive.paths import DataDir
from archive.publish import publish
from gongkai.serving import datasette_app, serve_command
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def publish_sample(data: DataDir, *extra_passages: str) -> str:
    """Publish the sample corpus, with more passages in one document, and return the copy's SHA-256."""
    data.make()
    data.corpus_db.unlink(missing_ok=True)
    build_corpus(data.corpus_db, extra_passages=extra_passages)
    return publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC)).sha256


@dataclass(frozen=True, slots=True)
class Site:
    """The application, asked without a socket.

    Attributes:
        data: what it serves.
        app: the Datasette object.
    """

    data: DataDir
    app: Any

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Ask for a path."""

        async def ask() -> httpx.Response:
            answer: httpx.Response = await self.app.client.get(path, params=parameters or None)
            return answer

        return asyncio.run(ask())


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


@pytest.fixture
def swapped_data(tmp_path: Path) -> DataDir:
    """A data directory of a test's own, published, to be published again."""
    data = DataDir(tmp_path / "data")
    publish_sample(data)
    return data


@pytest.fixture
def server(swapped_data: DataDir) -> Iterator[str]:
    """The address of a real server over `swapped_data`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A gigabyte of address space, so that a query that could fill the machine fails a test instead.
    command = ["sh", "-c", 'ulimit -v 1000000; exec "$@"', "sh", *serve_command(swapped_data, port=port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/-/versions.json", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until the server answers, for 20 seconds at most."""
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(address)
        except httpx.TransportError:
            continue
        return
    pytest.fail("the server did not start")
