"""The lake says what the copy says, night by night as at once, and is written as far as something is new."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import resource
import shutil
import signal
import sqlite3
import textwrap
from copy import copy
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from pyarrow import parquet

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.publish.public_tables import is_by_year, public_tables
from archive.snapshot.lake import LakeFailed, keeps_lake, write_lake
from archive.snapshot.table_files import kind_of
from tests.archive.test_publish import clock
from tests.archive.test_publish_in_proportion import Nights
from tests.conftest import ROOT
from tests.soak import SOAK, first_of, seeds, series
from tests.warm import run_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.publish.public_tables import Column

PAGE = (ROOT / "docs" / "lake.md").read_text("utf-8")
CALLS = {
    found[1]: textwrap.dedent(found[0])
    for found in re.finditer(r"^    # (\w+)[^\n]*\n(?:    .*\n)+", PAGE, re.M)
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A corpus, its copy and its lake, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    data = DataDir(folder / "data")
    data.make()
    nights = Nights(data, folder / "spare.db", Random(5))
    nights.db.close()
    publish(data, clock=clock)
    assert write_lake(data) > 100
    return nights


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path / "data")


@pytest.fixture
def nights(data: DataDir, made: Nights) -> Iterator[Nights]:
    shutil.copytree(made.data.root, data.root, symlinks=True)
    nights = copy(made)
    nights.open(data)
    yield nights
    nights.db.close()


def files(data: DataDir) -> dict[str, os.stat_result]:
    """Return the Parquet files of the lake, as it is read."""
    state = data.current_lake.resolve()
    return {str(path.relative_to(state)): path.stat() for path in state.rglob("*.parquet")}


def shown(value: Any, column: Column) -> Any:
    """Return a value of the copy as DuckDB shows it: figures that were worked out are numbers."""
    if value is None:
        return None
    if kind_of(column) == "DATE":
        return dt.date.fromisoformat(value)
    return float(value) if column.kind == "NUMERIC" else value


def assert_views_are_the_copy(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.root)
    types = {"TEXT": "VARCHAR", "NUMERIC": "DOUBLE", "INTEGER": "BIGINT", "REAL": "DOUBLE", "DATE": "DATE"}
    lake = duckdb.connect()
    lake.execute((data.current_lake / "views.sql").read_text("utf-8"))
    with contextlib.closing(sqlite3.connect(data.public_db)) as db:
        for table in public_tables(db):
            found = lake.sql(f'SELECT * FROM "{table.name}"')  # noqa: S608  ours
            assert found.columns == [column.name for column in table.columns]
            assert list(map(str, found.types)) == [types[kind_of(column)] for column in table.columns], table
            kept = [
                tuple(map(shown, row, table.columns))
                for row in db.execute(f"SELECT {table.column_list} FROM {table.name}")  # noqa: S608  likewise
            ]
            assert sorted(found.fetchall(), key=repr) == sorted(kept, key=repr), table.name
    lake.close()


@series
@pytest.mark.parametrize("seed", seeds(10))
def test_night_by_night_equals_at_once(
    data: DataDir, nights: Nights, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.random = Random(f"lake {seed}")
    for _ in range(4 if SOAK else 1):
        nights.pass_by()
        publish(data, clock=clock)
        before = files(data)
        written = write_lake(data)
        after = files(data)
        assert written == len(after.keys() - before.keys())
        linked = after.keys() & before.keys()
        assert [after[name].st_ino for name in linked] == [before[name].st_ino for name in linked]
        assert_views_are_the_copy(data, monkeypatch)
    at_once = DataDir(tmp_path / "at once")
    shutil.copytree(data.public, at_once.public, symlinks=True)
    write_lake(at_once)
    assert files(at_once).keys() == after.keys()
    ours, theirs = data.current_lake, at_once.current_lake
    assert [name for name in after if (ours / name).read_bytes() != (theirs / name).read_bytes()] == []


def change_a_task(data: DataDir, nights: Nights) -> None:
    nights.db.execute("UPDATE main.tasks SET text = text || '。' WHERE position = 3")
    nights.db.commit()
    publish(data, clock=clock)


def test_one_row_that_changes_is_one_file(data: DataDir, nights: Nights) -> None:
    before = files(data)
    change_a_task(data, nights)
    written = write_lake(data)
    [new] = files(data).keys() - before.keys()
    assert (written, new.partition("/")[0]) == (1, "tasks")
    assert len(list(data.lake.iterdir())) == 3, "the state before is not kept"


def test_a_document_of_another_year_takes_its_rows_along(
    data: DataDir, nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.db.execute("UPDATE main.documents SET year = 1999 WHERE id = (SELECT document_id FROM main.facts)")
    nights.db.commit()
    publish(data, clock=clock)
    write_lake(data)
    moved = {name.partition("/")[0] for name in files(data) if "/year=1999/" in name}
    assert {"documents", "versions", "occurrences", "facts", "changes"} <= moved
    assert_views_are_the_copy(data, monkeypatch)


def everything(data: DataDir) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in data.lake.rglob("*") if not path.is_dir()}


def test_a_night_with_nothing_new_writes_nothing(data: DataDir, nights: Nights) -> None:
    before = everything(data)
    nights.db.execute("UPDATE main.documents SET title = title")
    nights.db.commit()
    publish(data, clock=clock)
    assert write_lake(data) == 0
    assert everything(data) == before


@series
@pytest.mark.parametrize("kind", first_of(["url", "passage"]))
def test_what_is_suppressed_later_is_in_no_file(data: DataDir, nights: Nights, kind: str) -> None:
    secrets = nights.suppress(data, kind)

    def seen() -> set[str]:
        # What is compressed is unpacked, else no search of its bytes would find anything.
        read = (parquet.read_table(path, partitioning=None) for path in data.lake.rglob("*.parquet"))
        values = (value for table in read for column in table.columns for value in column.to_pylist())
        text = "\0".join(value for value in values if isinstance(value, str))
        return {secret for secret in secrets if secret in text}

    assert seen() == {*secrets}
    publish(data, clock=clock)
    write_lake(data)
    assert seen() == set()
    assert {path.name for path in data.lake.iterdir()} == {"current", data.current_lake.resolve().name}


@series
@pytest.mark.parametrize("back", first_of([2, 0, 1, 3, 4, 5, 6, 7, 8, 30, 150, 299]))
def test_killed_at_any_step_it_shows_a_whole_state_and_goes_on(
    data: DataDir, nights: Nights, back: int
) -> None:
    old = files(data).keys()
    change_a_task(data, nights)
    killed = run_module(ROOT, "tests.archive.making_lake", str(data.root), str(back), env=os.environ)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    seen = files(data).keys()
    write_lake(data)
    new = files(data).keys()
    assert old != new
    assert seen in (old, new)
    assert len(list(data.lake.iterdir())) == 3, "rests are there"


@pytest.mark.parametrize("program", ["pandas", "polars"])
def test_folders_are_read_by_the_printed_call(
    data: DataDir, nights: Nights, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    assert nights
    monkeypatch.chdir(data.root)
    with contextlib.closing(sqlite3.connect(data.public_db)) as db:
        for table in filter(is_by_year, public_tables(db)):
            told: dict[str, Any] = {"NAME": table.name}
            exec(compile(CALLS[program], program, "exec"), told)  # noqa: S102  our own documentation
            assert set(told["rows"].columns) == {column.name for column in table.columns} | {"year"}
            [(count,)] = db.execute(f"SELECT count(*) FROM {table.name}")  # noqa: S608  ours
            assert len(told["rows"]) == count, table.name


def test_both_doors_give_the_printed_answer(
    data: DataDir, nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nights
    monkeypatch.chdir(data.root)
    told: dict[str, Any] = {}
    exec(compile(CALLS["both"], "both", "exec"), told)  # noqa: S102  our own documentation
    assert told["by_sqlite"] == told["by_duckdb"] != []


def test_what_is_suppressed_goes_though_no_other_state_can_be_made(data: DataDir, nights: Nights) -> None:
    nights.suppress(data, "url")
    shown = data.current_lake.resolve()
    assert shown.is_dir()
    publish(data, clock=clock)
    foreign = data.lake / ("x" * 64)
    foreign.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(LakeFailed, match="too large"):
            write_lake(data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not shown.exists()
    assert write_lake(data)
    assert data.current_lake.resolve().is_dir()
    assert foreign.is_dir()


def test_it_is_begun_by_the_configuration(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    assert not keeps_lake(data)
    (tmp_path / "gongkai.yaml").write_text("lake: true\n", "utf-8")
    assert keeps_lake(data)
    with pytest.raises(LakeFailed, match="unable to open"):
        write_lake(data)
