"""What captures are kept as shows the very rows that were written, in whatever order these came."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import resources
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from archive.corpus.readings import queued_tasks
from archive.corpus.store import schema_sql
from archive.database import Database
from archive.publish.public_tables import declared_views

SCHEMA = resources.files("archive.corpus").joinpath("captures.sql").read_text("utf-8")
COLUMNS = [column.name for column in declared_views()["captures"].columns]
NAMES = ("revisit_of", "parent_capture_id")
IDS = ["a", "b", "c", "d"]
FEW = {
    "url": st.sampled_from(["u", "v"]),
    "status": st.sampled_from([None, 200, 304]),
    "payload_sha256": st.sampled_from([None, "s", "t"]),
    "outcome": st.sampled_from(["unread", "ok", "not_modified"]),
    "run_id": st.sampled_from([None, "run"]),
    "revisit_of": st.sampled_from([None, *IDS]),
    "parent_capture_id": st.sampled_from([None, *IDS]),
    "document_id": st.sampled_from([None, "d"]),
    "parts": st.sampled_from([None, '["a"]']),
}
KNOWN = "SELECT (SELECT count(*) FROM known_captures), (SELECT count(*) FROM known_sources)"
WRITTEN = st.lists(st.tuples(st.sampled_from(IDS), st.fixed_dictionaries(FEW)), max_size=12)
SAME = {"record_type": "response", "fetched_at": "2026", "warc_file": "f", "warc_offset": 0, "role": "list"}


def _write(db: sqlite3.Connection, capture: str, row: dict[str, Any], *, is_new: bool) -> None:
    values = row | SAME | {"warc_length": 9, "id": capture}
    if not is_new:
        values = {name: value for name, value in row.items() if name not in NAMES}
    listed, places = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO _captures ({listed}) VALUES ({places})"  # noqa: S608
    if not is_new:
        sql = f"UPDATE _captures SET ({listed}) = ({places}) WHERE id = '{capture}'"  # noqa: S608
    db.execute(sql, tuple(values.values()))


@given(WRITTEN)
def test_what_was_written_is_shown_and_nothing_is_kept_twice_or_in_vain(written: Any) -> None:
    held: dict[str, dict[str, Any]] = {}
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        for capture, row in written:
            # What a capture names stands in its record, and never changes.
            row |= {name: held[capture][name] for name in NAMES if capture in held}
            _write(db, capture, row, is_new=capture not in held)
            held[capture] = row
        shown = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in db.execute("SELECT * FROM captures")}
        assert shown.keys() == held.keys()
        for capture, row in held.items():
            # What is not here is awaited: nobody can be led to it.
            there = row | {name: row[name] if row[name] in held else None for name in NAMES}
            assert shown[capture].items() >= (there | SAME).items()
        for table, column in (("known_captures", "alike"), ("known_sources", "source")):
            unused = f"SELECT number FROM {table} EXCEPT SELECT {column} FROM stored_captures"  # noqa: S608
            assert table == "known_sources" or db.execute(unused).fetchall() == []
            listed = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})").fetchall()[1:])
            assert db.execute(f"SELECT 1 FROM {table} GROUP BY {listed} HAVING count(*) > 1").fetchall() == []  # noqa: S608
        assert db.execute("SELECT id FROM _awaited INTERSECT SELECT id FROM stored_captures").fetchall() == []


def test_a_visit_that_found_nothing_new_adds_one_row() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        visit = {"url": "u", "status": 304, "outcome": "not_modified", "revisit_of": "first", "run_id": "run"}
        _write(db, "first", {"url": "u", "outcome": "ok"}, is_new=True)
        before = db.execute(KNOWN).fetchone()
        for night in range(9):
            _write(db, f"night {night}", visit, is_new=True)
        assert db.execute(KNOWN).fetchone() == tuple(count + 1 for count in before)
        assert db.execute("SELECT count(*) FROM captures WHERE revisit_of = 'first'").fetchone() == (9,)


def test_a_part_of_a_page_that_is_no_document_keeps_nothing_from_being_read() -> None:
    with closing(sqlite3.connect(":memory:", factory=Database, isolation_level=None)) as db:
        db.executescript(schema_sql())
        _write(db, "home", {"url": "http://a.example/", "outcome": "ok"}, is_new=True)
        _write(
            db,
            "part",
            {"url": "http://a.example/2", "outcome": "ok", "parent_capture_id": "home"},
            is_new=True,
        )
        db.execute("UPDATE _captures SET role = 'part' WHERE id = 'part'")
        _write(db, "page", {"url": "http://a.example/1", "outcome": "unread", "target_id": "d"}, is_new=True)
        db.execute("INSERT INTO _to_read VALUES ('f', 0, 'page')")
        assert [task.capture_id for stage in queued_tasks(db) for task in stage] == ["page"]
