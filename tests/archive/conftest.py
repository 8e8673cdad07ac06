"""What several files of tests copy: the sample corpus, published once in a run for all workers."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest

from archive.corpus import issuers
from archive.data_folder import DataDir
from archive.publish.copy import publish
from tests.archive.s3_server import BreakingProxy, environment_of, make_bucket, serve_s3
from tests.made_once import made_once
from tests.rosters import few_bodies
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLISHED_AT = dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC)


def publish_sample(root: Path) -> DataDir:
    """Build the sample corpus in a folder, and publish it."""
    data = DataDir(root)
    data.make()
    build_corpus(data.corpus_db)
    publish(data, clock=lambda: PUBLISHED_AT)
    return data


@pytest.fixture(scope="module", autouse=True)
def _roster(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have corpora that tests derive in this process know few bodies, but in files marked `roster`."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.node.get_closest_marker("roster"):
            patch.setattr(issuers, "shipped_tables", few_bodies)
        yield


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The sample corpus, published; only to be read."""
    return made_once(tmp_path_factory, "sample", publish_sample)


@pytest.fixture
def published_data(sample: DataDir, tmp_path: Path) -> DataDir:
    """A copy of it, to be changed and published again."""
    return DataDir(shutil.copytree(sample.root, tmp_path / "data", symlinks=True))


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """The port of a real S3 server."""
    with serve_s3() as port:
        yield port


@pytest.fixture
def proxy(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[BreakingProxy]:
    """What stands between that server and its clients, which the environment leads there."""
    proxy = BreakingProxy(s3_port)
    for name, value in environment_of(proxy).items():
        monkeypatch.setenv(name, value)
    # Between five tries, as is usual, it sleeps for two seconds.
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 2)
    yield proxy
    proxy.close()


@pytest.fixture
def url(proxy: BreakingProxy) -> str:
    """An address in a bucket of its own."""
    return make_bucket(proxy)
