"""A sorted list goes through every row once, however many tie."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.web.server.statements import in_kept_order, keys_of_tables, with_ties_broken

if TYPE_CHECKING:
    from tests.web.conftest import Site

KEYS = {"documents": ("id",), "changes": ("rowid",), "occurrences": ("version_id", "position")}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select id, year from documents where [kind] = :p0 order by year desc limit 51",
            "select id, year from documents where [kind] = :p0 order by year desc, id limit 51",
        ),
        (
            "select rowid, * from changes order by [kind] limit 6",
            "select rowid, * from changes order by [kind], rowid limit 6",
        ),
        (
            "select * from occurrences where a order by level limit 3",
            "select * from occurrences where a order by level, version_id, [position] limit 3",
        ),
    ],
)
def test_the_first_page_is_sorted_by_the_key_too(sql: str, expected: str) -> None:
    assert with_ties_broken(sql, KEYS).replace("[position]", "position") == expected.replace(
        "[position]", "position"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "select id from documents order by id limit 51",
        "select id, year from documents order by year desc, id limit 51",
        "select id from some_view order by year limit 51 offset 50",
        "select id from some_view order by year limit 51",
        "select count(*) from documents",
        "select 1",
    ],
)
def test_any_other_statement_stays_as_it_is(sql: str) -> None:
    assert with_ties_broken(sql, KEYS) == sql


@pytest.mark.parametrize(
    ("table", "sort"), [("documents", "_sort_desc"), ("documents", "_sort"), ("captures", "_sort_desc")]
)
def test_a_list_followed_to_its_end_shows_every_row_once(site: Site, table: str, sort: str) -> None:
    column = {"documents": "year", "captures": "outcome"}[table]
    with closing(sqlite3.connect(site.data.public_db)) as database:
        assert keys_of_tables(database)[table] == ("id",)
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    seen: list[str] = []
    token: str | None = None
    while token is not None or not seen:
        asked = {sort: column, "_size": "3", **({"_next": token} if token else {})}
        page = site.get(f"/gongkai/{table}.json", _shape="objects", **asked).json()
        seen += [row["id"] for row in page["rows"]]
        token = page["next"]
    assert len(seen) == len(set(seen)) == rows


_VERSION = "(select version_id from checks where id = :p1)"
BEHIND_P1 = f"(version_id, id) > (ifnull({_VERSION}, substr(:p1, 1, 8)), :p1)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id from facts order by id limit 3", "select id from facts order by version_id, id limit 3"),
        (
            "select id from checks where [table_key] = :p0 and id > :p1 order by id limit 3",
            f"select id from checks where [table_key] = :p0 and {BEHIND_P1} order by version_id, id limit 3",  # noqa: S608
        ),
        ("select id from documents order by id limit 3", "select id from documents order by id limit 3"),
        ("select id from facts order by id", "select id from facts order by id"),
        ("select 1", "select 1"),
    ],
)
def test_cells_and_checks_are_listed_text_by_text(sql: str, expected: str) -> None:
    assert in_kept_order(sql) == expected


def test_the_list_of_the_cells_shows_every_one_once_in_the_order_of_their_ids(bodies_site: Site) -> None:
    with closing(sqlite3.connect(bodies_site.data.public_db)) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM facts ORDER BY id")]
    seen: list[str] = []
    token: str | None = ""
    while token is not None:
        asked = {"_size": "100", **({"_next": token} if token else {})}
        page = bodies_site.get("/gongkai/facts.json", _shape="objects", **asked).json()
        seen += [row["id"] for row in page["rows"]]
        token = page["next"]
    assert seen == ids
