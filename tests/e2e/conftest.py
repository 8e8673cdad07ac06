"""The demo's three nights, harvested once for all end-to-end tests that look at them."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from gongkai.demo.run import run_demo
from gongkai.operator_settings import load_settings
from tests.made_once import made_once

if TYPE_CHECKING:
    from pathlib import Path

    from gongkai.nights.night_report import NightReport
    from gongkai.nights.night_run import Bar


def ignore_progress(_done: int, _total: int) -> None:
    """Look at no progress."""


def no_bars() -> AbstractContextManager[Bar]:
    """Open no bars for a night."""
    return nullcontext(lambda _: ignore_progress)


@dataclass(frozen=True)
class DemoNights:
    """What three nights left.

    Attributes:
        data: the data directory after the last.
        first: as the first left it.
        reports: one a night.
        warc_after: the names of the WARC files after each night.
    """

    data: DataDir
    first: DataDir
    reports: tuple[NightReport, ...]
    warc_after: tuple[tuple[str, ...], ...]

    def copy_evidence(self, root: Path, nights: int | None = None) -> DataDir:
        """Return a new data directory that holds the evidence of the first nights and nothing else."""
        data = DataDir(root)
        data.make()
        for name in self.warc_after[nights - 1 if nights else -1]:
            shutil.copy(self.data.warc / name, data.warc)
        return data


@pytest.fixture(scope="session")
def demo_nights(tmp_path_factory: pytest.TempPathFactory) -> DemoNights:
    """The demo portal, crawled, derived and published on three nights."""
    return made_once(tmp_path_factory, "demo-nights", make_demo_nights)


def make_demo_nights(root: Path) -> DemoNights:
    """Crawl, derive and publish the demo portal on three nights."""
    settings, first = load_settings(root, {}), DataDir(root.with_name("first"))
    settings.data.make()
    reports, files = [], []
    for report in run_demo(settings, documents=None, nights=3, bars=no_bars):
        reports.append(report)
        files.append(tuple(sorted(path.name for path in settings.data.warc.glob("*.warc.gz"))))
        if len(reports) == 1:
            shutil.copytree(root, first.root, symlinks=True)
    return DemoNights(settings.data, first, tuple(reports), tuple(files))


@pytest.fixture(scope="session")
def five(shared_documents: Path, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The real documents, served as a portal and harvested in one night."""
    return made_once(tmp_path_factory, "five", partial(serve_folder, folder=shared_documents))


def serve_folder(root: Path, folder: Path) -> DataDir:
    """Crawl, derive and publish the files of a folder in one night."""
    settings = load_settings(root, {})
    settings.data.make()
    (report,) = run_demo(settings, documents=folder, nights=1, bars=no_bars)
    assert report.troubles == ()
    return settings.data
