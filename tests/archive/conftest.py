"""What several files of tests copy: the sample corpus, published once in a run for all workers."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.publish.copy import publish
from tests.made_once import made_once
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED_AT = dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC)


def publish_sample(root: Path) -> DataDir:
    """Build the sample corpus in a folder, and publish it."""
    data = DataDir(root)
    data.make()
    build_corpus(data.corpus_db)
    publish(data, clock=lambda: PUBLISHED_AT)
    return data


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The sample corpus, published; only to be read."""
    return made_once(tmp_path_factory, "sample", publish_sample)


@pytest.fixture
def published_data(sample: DataDir, tmp_path: Path) -> DataDir:
    """A copy of it, to be changed and published again."""
    return DataDir(shutil.copytree(sample.root, tmp_path / "data", symlinks=True))
