"""What a full set costs beside the tools that data users would take: CSV and Parquet of every cell.

    python -m benchmarks.snapshot_rows [--rows 1000000] [--rounds 3]

Of the rows of `facts` in one published copy: both files of ours, `sqlite3 -csv` of the same columns (where
its shell is installed), and DuckDB's COPY of the same rows, held in a table of its own, to CSV and to
Parquet; one after the other, round by round. Told are the medians of seconds, by the clock and of the
processor, the most memory that our process had, and how many times as fast ours is by each: as fast as
sqlite3 and half as fast as DuckDB is asked. Ours and DuckDB use every processor; beside other work the clock
says little, unless that has to wait (as root, `chrt --fifo 5` before the command).
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.publish.public_tables import public_tables
from archive.snapshot.table_files import open_arrow, write_table
from benchmarks.export_rows import make_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.publish.public_tables import Table


def main() -> None:
    """Measure, and print a line for each tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        data = DataDir(Path(work))
        data.make()
        make_corpus(data.corpus_db, asked.rows)
        copy = publish(data, clock=lambda: dt.datetime.now(dt.UTC)).path
        with closing(sqlite3.connect(copy)) as db:
            [table] = (it for it in public_tables(db) if it.name == "facts")
        with open_arrow(copy):  # loads what it stands on
            print(f"memory before {_memory_mb():.0f} MB")
        took: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(asked.rounds):
            measure_round(copy, table, data.root, took)
    ours = _medians(took["ours"])
    for tool, timed in took.items():
        wall, cpu = _medians(timed)
        times = f"{wall / ours[0]:.2f} times as fast by the clock, {cpu / ours[1]:.2f} by the processor"
        print(f"{tool:<14}{wall:>8.2f} s, {cpu:.2f} s of processor; ours is {times}")


def measure_round(
    copy: Path, table: Table, folder: Path, took: defaultdict[str, list[tuple[float, float]]]
) -> None:
    """Have each tool write the table once, and add what it took."""
    with _timing(took["ours"]), open_arrow(copy) as cursors:
        written = write_table(cursors, table, folder)
    if len(took["ours"]) == 1:
        print(f"memory after {_memory_mb():.0f} MB; {written.rows} rows; {written.files}")
    question = f"SELECT {table.column_list} FROM facts ORDER BY {table.order}"  # noqa: S608  names of ours
    if shell := shutil.which("sqlite3"):
        with _timing(took["sqlite3 -csv"]), (folder / "shell.csv").open("wb") as file:
            subprocess.run([shell, "-csv", "-header", str(copy), question], stdout=file, check=True)
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE facts AS FROM read_parquet(?)", [str(folder / "facts.parquet")])
        with _timing(took["DuckDB COPY"]):
            for name in ("duck.csv", "duck.parquet"):
                duck.execute(f"COPY ({question}) TO '{folder / name}'")


def _medians(timed: list[tuple[float, float]]) -> list[float]:
    return [statistics.median(each) for each in zip(*timed, strict=True)]


@contextmanager
def _timing(took: list[tuple[float, float]]) -> Iterator[None]:
    began, cpu = time.perf_counter(), _cpu_s()
    yield
    took.append((time.perf_counter() - began, _cpu_s() - cpu))


def _cpu_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(it.ru_utime + it.ru_stime for it in spent)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
