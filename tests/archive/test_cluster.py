"""Reading on a real Dask cluster, all on this machine: the same rows, whatever becomes of a worker."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.reading.dispatch import ReadersBroken
from archive.reading.kept import ClusterReader, keep_slice, load_reading, name_reading
from archive.sandbox.pool import Limits
from pipelines.document import PARSER_VERSION
from pipelines.errors import BadConfiguration
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.reading_here import read_tasks
from tests.e2e.content import all_hashes, rows
from tests.warm import ANY, start_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from archive.reading.tasks import ReadResult, ReadTask
    from tests.warm import WarmProcess

YEARS = range(2016, 2026)


def _report(place: str, year: int) -> Answer:
    title = f"{place}人民政府{year}年政府信息公开工作年度报告"
    body = page(
        title, "一、总体情况", f"全年公开信息{year % 7}{year}条。", "二、存在问题", "公开还不够及时。"
    )
    return Answer(f"http://www.testville.example/{place}/{year}.html", body)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence") / "warc"
    places = ("新乡市", "信阳市", "安阳市")
    Evidence(folder).night(1, [_report(place, year) for place in places for year in YEARS])
    return folder


def _holding(evidence: Path, root: Path) -> DataDir:
    data = DataDir(root)
    data.make()
    shutil.copytree(evidence, data.warc, dirs_exist_ok=True)
    return data


class Cluster:
    """A scheduler and workers on loopback, each a process of its own, ended with the block."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._stack = contextlib.ExitStack()
        self._file = folder / "scheduler.json"
        self._meeting = ("--scheduler-file", str(self._file), "--no-dashboard")
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show")
        self.workers = [
            self._start("dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
            for _ in range(workers)
        ]

    def _start(self, program: str, *arguments: str) -> WarmProcess | subprocess.Popen[bytes]:
        command = (sys.executable, "-m", ANY, f"distributed.cli.{program}", *arguments, *self._meeting)
        process = start_program(command, env=os.environ)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    @property
    def address(self) -> str:
        while not self._file.exists():
            time.sleep(0.05)
        return str(json.loads(self._file.read_text("utf-8"))["address"]).replace("tcp:", "dask:")

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


class KillingReader(ClusterReader):
    """Kills a worker once some are read."""

    victim: WarmProcess | subprocess.Popen[bytes]

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        for number, settled in enumerate(super().__call__(folder, tasks, workers=workers, limits=limits)):
            if number == 3:
                self.victim.kill()
            yield settled


@pytest.mark.slow
def test_one_process_two_and_a_cluster_that_loses_a_worker_give_the_same_rows(
    evidence: Path, tmp_path: Path
) -> None:
    found = []
    for workers, few in ((1, 100), (2, 0)):
        data = _holding(evidence, tmp_path / str(workers))
        with mock.patch("archive.corpus.store._FEW", few):
            derive(data, DeriveOptions(workers=workers))
        found.append(all_hashes(data.corpus_db))
    data = _holding(evidence, tmp_path / "cluster")
    with Cluster(tmp_path, workers=2) as cluster, mock.patch("archive.reading.kept.SLICE", 2):
        reader = KillingReader(cluster.address, data.readings)
        reader.victim = cluster.workers[0]
        assert derive(data, DeriveOptions(reader=reader)).read == 30
    found.append(all_hashes(data.corpus_db))
    assert rows(data.corpus_db, "SELECT count(DISTINCT document_id) FROM year_on_year") == [(27,)]
    assert found[0] == found[1] == found[2]
    assert not list(data.readings.iterdir())


@pytest.mark.slow
def test_a_reading_that_stands_is_not_made_again_and_a_torn_one_is(evidence: Path, tmp_path: Path) -> None:
    def read(version: str = PARSER_VERSION) -> set[Path]:
        keep_slice(evidence, tmp_path, Limits(), version, tasks)
        return set(tmp_path.iterdir())

    tasks = read_tasks(evidence)[:3]
    kept = [tmp_path / name_reading(evidence, task) for task in tasks]
    assert read() == set(kept)
    made = [path.stat().st_ino for path in kept]
    whole = kept[0].read_bytes()
    kept[0].write_bytes(whole[:-1])
    assert load_reading(kept[0]) is None
    assert read() == set(kept)
    assert [path.stat().st_ino for path in kept[1:]] == made[1:]
    result = load_reading(kept[0])
    assert result is not None
    assert result.reading is not None
    assert result.reading.metadata.year == YEARS[0]
    with pytest.raises(ReadersBroken, match="mount the data directory"):
        read("another parser")


def test_an_address_that_is_no_executor_is_refused(tmp_path: Path) -> None:
    for address in ("", "10.0.0.1:8786", "ray://10.0.0.1:8786", "dask:"):
        with pytest.raises(BadConfiguration):
            ClusterReader(address, tmp_path)
