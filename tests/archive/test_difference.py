"""What changed between two copies or snapshots, however each side is given."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import astuple

from archive.data_folder import DataDir
from archive.database import Database
from archive.publish.build import find_touched_rows
from archive.publish.copy import publish
from archive.snapshot.difference import NotComparable, compare_editions, write_differences
from archive.snapshot.write import write_snapshot
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from pathlib import Path

Side = tuple["Path", "Path"]
"""A copy, and the snapshot that says the same."""


def edition(data: DataDir, day: int) -> Side:
    now = dt.datetime(2026, 1, day, 3, tzinfo=dt.UTC)
    copy = publish(data, clock=lambda: now).path
    return copy, write_snapshot(data, night=now.date()).folder


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    data = DataDir(tmp_path_factory.mktemp("editions"))
    data.make()
    build_corpus(data.corpus_db)
    old = edition(data, 1)
    with contextlib.closing(sqlite3.connect(data.corpus_db)) as db, db:
        db.execute("UPDATE documents SET index_number = '改' WHERE id = (SELECT min(id) FROM documents)")
        db.execute("DELETE FROM variants WHERE version_id = (SELECT min(version_id) FROM variants)")
        db.execute("INSERT INTO runs (id, verb, state) VALUES ('', 'a \"quoted\", verb', 'finished')")
    return old, edition(data, 2)


EXPECTED = [("runs", 1, 0, 0), ("documents", 0, 0, 1), ("variants", 0, 2, 0)]


@pytest.mark.parametrize("old", [0, 1], ids=["copy", "snapshot"])
@pytest.mark.parametrize("new", [0, 1], ids=["copy", "snapshot"])
def test_rows_are_counted_and_written_alike_from_copies_and_snapshots(
    sides: tuple[Side, Side], tmp_path: Path, old: int, new: int
) -> None:
    told = compare_editions(sides[0][old], sides[1][new], tmp_path)
    assert [astuple(it) for it in told] == EXPECTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["documents.csv", "runs.csv", "variants.csv"]
    head, *rows = (tmp_path / "documents.csv").read_bytes().decode().split("\r\n")[:-1]
    assert head.startswith("change,id,")
    assert [row.partition(",")[0] for row in rows] == ["before", "after"]
    assert rows[0].split(",")[1] == rows[1].split(",")[1]
    run = (tmp_path / "runs.csv").read_bytes().decode().split("\r\n")[1]
    assert run.startswith('added,"","a ""quoted"", verb",,,')


def test_of_two_copies_of_one_corpus_only_what_was_touched_is_looked_at(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    old, new = sides[0][0], sides[1][0]
    corpus = DataDir(old.parent.parent).corpus_db
    told, _ = write_differences(old, new, tmp_path, None, corpus)
    assert [astuple(it) for it in told] == EXPECTED
    with contextlib.closing(sqlite3.connect(new, factory=Database)) as db:
        db.execute("ATTACH ? AS corpus", (str(corpus),))
        db.execute("ATTACH ? AS new", (str(new),))
        assert find_touched_rows(db, tmp_path / "of another corpus.db", new) == {}
        touched = find_touched_rows(db, old, new)
        counts = {name: db.value(f"SELECT count(*) FROM {name} {touched[name]}") for name in touched}  # noqa: S608  ours
        assert [counts[name] for name in ("runs", "documents", "facts", "sections")] == [1, 1, 0, 0]
        assert max(counts.values()) == 1


def test_a_column_that_is_called_change_keeps_its_figures(sides: tuple[Side, Side], tmp_path: Path) -> None:
    old, new = sides[0][0], tmp_path / "new.db"
    with contextlib.closing(sqlite3.connect(old)) as db:
        db.execute("VACUUM INTO ?", (str(new),))
    with contextlib.closing(sqlite3.connect(new)) as db, db:
        names = [name for (name,) in db.execute("SELECT name FROM pragma_table_info('changed_figures')")]
        row = dict.fromkeys(names) | {"observed_at": "2026-01-02", "fact": "f", "year": 2024, "change": 2}
        places = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO changed_figures VALUES ({places})", [*row.values()])  # noqa: S608  ours
    [told] = compare_editions(old, new, tmp_path)
    assert astuple(told) == ("changed_figures", 1, 0, 0)
    with (tmp_path / "changed_figures.csv").open(newline="", encoding="utf-8") as file:
        [written] = csv.DictReader(file)
    assert written == {"row_change": "added", **{k: "" if v is None else str(v) for k, v in row.items()}}


def test_two_of_the_same_say_the_same(sides: tuple[Side, Side]) -> None:
    (copy, snapshot), _ = sides
    assert compare_editions(copy, snapshot) == []


def test_what_is_no_copy_is_said(sides: tuple[Side, Side], tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("no database")
    for other in (tmp_path, tmp_path / "notes.db", tmp_path / "gone"):
        with pytest.raises(NotComparable):
            compare_editions(sides[0][0], other)
