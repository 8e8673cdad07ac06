"""What adding a report costs as the corpus grows, the search for near copies and families included.

    python -m benchmarks.repetition_growth [--json] [--sizes 10000,100000,1000000] [--documents 200]

A corpus grows through the sizes, counted in distinct passages, by the functions that a derive stores and
links with, and a copy of it is kept at each. Then reports of 60 passages are added one by one, to each copy
in turn, so that whatever else the machine does slows all alike. Each report is indexed, stored and linked in
transactions of its own: 35 passages seen before, 12 of which stand in every report; 8 seen but for noise; 17
new. (What the corpus is filled with has fewer seen before, so that it grows faster.)

Exits 1 where a target is missed: the median at each size at most 1.5 times that at any other, and under 50 ms
a report; the peak of memory under 1.5 GB. Absolute times are those of the machine at that hour: compare rows.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import datetime as dt
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from archive.corpus.captures import Indexed, index_records
from archive.corpus.link import link
from archive.corpus.readings import finish_queue, queued_tasks, store_results
from archive.corpus.store import create_corpus, open_corpus
from archive.reading.tasks import ReadResult
from archive.warc.entries import StoredCapture
from benchmarks._growing_reports import PASSAGES, Reports
from pipelines.bodies.roster import Roster
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.database import Database
    from pipelines.document import Reading

SIZES = (10_000, 100_000, 1_000_000)
SEED = 4
MAX_RATIO = 1.5
MAX_MS = 50
MAX_MEMORY_MB = 1500

_START = dt.datetime(2026, 1, 31, 19, tzinfo=dt.UTC)
_NIGHT = 1000
"""Documents per transaction while the corpus is filled."""
_FILE = "benchmark.warc"
_PARSER = "benchmark"
_NO_ROSTER = Roster({}, {})


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured at one size.

    Attributes:
        passages: distinct passages held before the measured reports came.
        documents: reports held by then.
        fill_seconds: to fill the corpus from the size before.
        median_ms: to add a report.
        p95_ms: of the same.
        cpu_ms: the median time of the processor for it.
        store_ms: median of the part that indexes and stores, near links included.
        link_ms: median of the part that links, families included.
        near: links of that kind by the end.
        family: likewise.
        file_mb: of the corpus.
    """

    passages: int
    documents: int
    fill_seconds: float
    median_ms: float
    p95_ms: float
    cpu_ms: float
    store_ms: float
    link_ms: float
    near: int
    family: int
    file_mb: float


def main() -> None:
    """Measure, and print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=SIZES)
    parser.add_argument("--documents", type=int, default=200, help="reports added at each size")
    arguments = parser.parse_args()
    rows = measure(arguments.sizes, arguments.documents)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if arguments.json:
        print(json.dumps({"sizes": [asdict(row) for row in rows], "memory_mb": memory_mb}, indent=2))
    else:
        _print_table(rows, memory_mb)
    missed = missed_targets(rows, memory_mb)
    for problem in missed:
        print(problem, file=sys.stderr)
    sys.exit(1 if missed else 0)


def measure(sizes: Sequence[int], documents: int) -> list[Row]:
    """Fill a corpus to each size in turn, then add reports to the copies kept there.

    Args:
        sizes: in distinct passages, ascending.
        documents: reports that are added to each.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as opened:
        path = Path(folder) / "corpus.db"
        create_corpus(path, parser_version=_PARSER).close()
        filling, copies = Filling(path, Reports(SEED)), []
        for size in sizes:
            filling.grow(size)
            kept = Path(folder) / f"{size}.db"
            shutil.copyfile(path, kept)
            copies.append(Adding(kept, filling))
            opened.callback(copies[-1].close)
        for _ in range(documents):
            for copied in copies:
                copied.add_report()
        return [copied.row() for copied in copies]


class Filling:
    """A corpus that is filled as fast as the functions of the store and link stages can.

    Args:
        path: of the corpus.
        reports: what it is filled with.
    """

    def __init__(self, path: Path, reports: Reports) -> None:
        self._path = path
        self.reports = reports
        self.documents = 0
        self.passages = 0
        self.seconds = 0.0

    def grow(self, size: int) -> None:
        """Add reports that hold little seen before, many to a transaction, until that size."""
        begin = time.perf_counter()
        with (
            closing(open_corpus(self._path, parser_version=_PARSER)) as connection,
            mock.patch("archive.corpus.link.BATCH", _NIGHT),
        ):
            # Nothing else has it open, and a torn file is no loss: without a log each page is written once.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA cache_size = -524288")
            while (missing := size - _count(connection, "sections")) > 0:
                readings = [self.reports.next(seen=0) for _ in range(min(_NIGHT, missing // PASSAGES + 1))]
                _index(connection, self.documents, readings)
                _store(connection, readings)
                link(connection, _NO_ROSTER)
                self.documents += len(readings)
            self.passages = _count(connection, "sections")
            connection.execute("PRAGMA journal_mode = WAL")
        self.seconds = time.perf_counter() - begin


class Adding:
    """A corpus of one size that reports are added to, and how long that took.

    Args:
        path: of the corpus.
        filling: what filled it, and knows what it holds.
    """

    def __init__(self, path: Path, filling: Filling) -> None:
        self._path = path
        self._connection = open_corpus(path, parser_version=_PARSER)
        self._reports = copy.deepcopy(filling.reports)
        self._held = (filling.passages, filling.documents, filling.seconds)
        self._times: list[tuple[float, float, float]] = []

    def add_report(self) -> None:
        """Add one report, and note what storing it, linking it and both together on the processor took."""
        reading = self._reports.next()
        begin, processor = time.perf_counter(), time.process_time()
        _index(self._connection, self._held[1] + len(self._times), [reading])
        _store(self._connection, [reading])
        stored = time.perf_counter()
        link(self._connection, _NO_ROSTER)
        end = time.perf_counter()
        self._times.append((stored - begin, end - stored, time.process_time() - processor))

    def row(self) -> Row:
        """Return what was measured."""
        passages, documents, fill_seconds = self._held
        stored, linked, processor = (
            [1000 * one for one in column] for column in zip(*self._times, strict=True)
        )
        totals = [store + linking for store, linking in zip(stored, linked, strict=True)]
        return Row(
            passages=passages,
            documents=documents,
            fill_seconds=fill_seconds,
            median_ms=statistics.median(totals),
            p95_ms=statistics.quantiles(totals, n=20)[-1],
            cpu_ms=statistics.median(processor),
            store_ms=statistics.median(stored),
            link_ms=statistics.median(linked),
            near=_count(self._connection, "section_links WHERE kind = 'near'"),
            family=_count(self._connection, "section_links WHERE kind = 'family'"),
            file_mb=self._path.stat().st_size / 1e6,
        )

    def close(self) -> None:
        """Close the corpus."""
        self._connection.close()


def _count(connection: sqlite3.Connection, rows: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])  # noqa: S608  ours


def _index(connection: Database, held: int, readings: Sequence[Reading]) -> None:
    captures = [_capture(held + number) for number in range(len(readings))]
    index_records(connection, captures, Indexed())


def _store(connection: Database, readings: Sequence[Reading]) -> None:
    results = [ReadResult(Outcome.OK, reading, "read") for reading in readings]
    store_results(connection, list(zip(next(queued_tasks(connection)), results, strict=True)))
    finish_queue(connection)


def _capture(number: int) -> StoredCapture:
    return StoredCapture(
        id=uuid.UUID(int=number).urn,
        kind="response",
        url=f"http://bench.gongkai.test/{number}.html",
        fetched_at=_START + dt.timedelta(minutes=number),
        status=200,
        headers=((b"Content-Type", b"text/html"),),
        payload_sha256=f"{number:064x}",
        warc_file=_FILE,
        warc_offset=number,
        warc_length=1,
        original=None,
        outcome=None,
        error=None,
        context=None,
    )


def missed_targets(rows: Sequence[Row], memory_mb: float) -> list[str]:
    """Return the targets that were missed, in words."""
    medians = [row.median_ms for row in rows]
    problems = [
        f"{row.passages} passages: {row.median_ms:.1f} ms, more than {MAX_MS}"
        for row in rows
        if row.median_ms > MAX_MS
    ]
    if max(medians) > MAX_RATIO * min(medians):
        problems.append(f"{max(medians) / min(medians):.2f} times the cost, more than {MAX_RATIO}")
    if memory_mb > MAX_MEMORY_MB:
        problems.append(f"{memory_mb:.0f} MB of memory, more than {MAX_MEMORY_MB}")
    return problems


def _print_table(rows: Sequence[Row], memory_mb: float) -> None:
    names = [field.name for field in fields(Row)]
    print(" | ".join(names))
    for row in rows:
        values = (f"{getattr(row, name):.1f}".removesuffix(".0") for name in names)
        print(" | ".join(value.rjust(len(name)) for name, value in zip(names, values, strict=True)))
    print(f"peak of memory: {memory_mb:.0f} MB")


if __name__ == "__main__":
    main()
