"""What a full set costs beside the tools that data users would take: CSV and Parquet of every cell.

    python -m benchmarks.snapshot_rows [--rows 1000000]

In one run, of the rows of `facts` in one published copy: both files of ours, `sqlite3 -csv` of the same
columns (where its shell is installed), and DuckDB's COPY of the same rows, held in a table of its own, to CSV
and to Parquet. Told are seconds, those of the processor, the most memory that our process had, and how many
times as fast ours is by the clock: as fast as sqlite3 and half as fast as DuckDB is asked. Beside other work
the seconds of the processor say more.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
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


def main() -> None:
    """Measure, and print a line for each tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as work:
        data = DataDir(Path(work))
        data.make()
        make_corpus(data.corpus_db, rows)
        copy = publish(data, clock=lambda: dt.datetime.now(dt.UTC)).path
        with closing(sqlite3.connect(copy)) as db:
            [table] = (it for it in public_tables(db) if it.name == "facts")
        took: dict[str, tuple[float, float]] = {}
        with open_arrow(copy):  # loads what it stands on
            before = _memory_mb()
        with _timing(took, "ours"), open_arrow(copy) as cursors:
            written = write_table(cursors, table, data.root)
        assert written.rows == rows
        print(f"memory {before:.0f} → {_memory_mb():.0f} MB; {written.files}")
        question = f"SELECT {table.column_list} FROM facts ORDER BY {table.order}"  # noqa: S608  names of ours
        if shell := shutil.which("sqlite3"):
            with _timing(took, "sqlite3 -csv"), (data.root / "shell.csv").open("wb") as file:
                subprocess.run([shell, "-csv", "-header", str(copy), question], stdout=file, check=True)
        else:
            print("sqlite3: its shell is not installed")
        with duckdb.connect() as duck:
            duck.execute("CREATE TABLE facts AS FROM read_parquet(?)", [str(data.root / "facts.parquet")])
            with _timing(took, "DuckDB COPY"):
                for name in ("duck.csv", "duck.parquet"):
                    duck.execute(f"COPY ({question}) TO '{data.root / name}'")
        for tool, (seconds, cpu) in took.items():
            times = seconds / took["ours"][0]
            print(f"{tool:<14}{seconds:>8.2f} s, {cpu:.2f} s of processor; ours is {times:.2f} times as fast")


@contextmanager
def _timing(took: dict[str, tuple[float, float]], tool: str) -> Iterator[None]:
    began, cpu = time.perf_counter(), _cpu_s()
    yield
    took[tool] = time.perf_counter() - began, _cpu_s() - cpu


def _cpu_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(it.ru_utime + it.ru_stime for it in spent)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
