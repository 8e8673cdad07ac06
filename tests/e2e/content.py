"""The content of a corpus, comparable across runs.

Left out is what differs between two harvests of one portal though nothing that was published differs: times,
record ids, run ids and WARC positions. Between two derivations of the same WARC files nothing is left out.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from archive.publish.public_tables import public_tables

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = {
    "versions": {"capture_id", "first_seen", "last_seen"},
    "documents": {"first_seen", "last_seen"},
    "portals": {"last_crawled_at", "registered_at"},
}
"""Columns by table that hold times, record ids or WARC positions."""

BEHIND_COVERAGE = {"_lists", "_unplaced"}
"""What the view `coverage` is made of beside public tables: its ten thousand rows, nearly all of bodies of
which nothing is held, take longer than all tables; `archive/test_coverage.py` compares them."""

CONTENT_TABLES = (
    "checks",
    "documents",
    "facts",
    "issuers",
    "occurrences",
    "portals",
    "relations",
    "sections",
    "tasks",
    "versions",
)
"""Tables that say what was published; captures, runs and sweeps say how it was harvested."""


def differing_content(corpus: Path, other: Path) -> dict[str, list[str]]:
    """Return, by content table, the rows that stand in one of two corpora only, without the columns left out.

    Tables that agree are not named; a difference shows what it is.
    """
    differing = {}
    with closing(sqlite3.connect(corpus)) as ours, closing(sqlite3.connect(other)) as theirs:
        for table in CONTENT_TABLES:
            one, two = (_sorted_rows(db, table, LEFT_OUT.get(table, set())) for db in (ours, theirs))
            if one != two:
                differing[table] = sorted(set(one) ^ set(two)) or ["the same rows, not as often"]
    return differing


def content_rows(corpus: Path) -> dict[str, list[str]]:
    """Return, by content table, its rows in order, without the columns left out."""
    with closing(sqlite3.connect(corpus)) as connection:
        return {
            table: _sorted_rows(connection, table, LEFT_OUT.get(table, set())) for table in CONTENT_TABLES
        }


def all_hashes(corpus: Path) -> dict[str, str]:
    """Return, by public table or what it follows from, a SHA-256 over all its rows and columns.

    By one connection: each new one reads the whole schema again, which takes longer than most tables.
    """
    with closing(sqlite3.connect(corpus)) as connection:
        tables = {table.name for table in public_tables(connection)} - {"coverage"} | BEHIND_COVERAGE
        return {
            name: hashlib.sha256("".join(_sorted_rows(connection, name, set())).encode()).hexdigest()
            for name in sorted(tables)
        }


def rows(database: Path, sql: str, *values: object, attach: Path | None = None) -> list[tuple[Any, ...]]:
    """Ask a database a question, with the corpus beside it as `corpus` if that is named."""
    with closing(sqlite3.connect(database)) as connection:
        if attach:
            connection.execute("ATTACH ? AS corpus", (str(attach),))
        return connection.execute(sql, values).fetchall()


def leading_nowhere(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return the references of public tables that lead nowhere; SQLite's own check knows of no views."""
    asked = [
        f"SELECT '{table.name}', {it.column} FROM {table.name} "  # noqa: S608  names of the schema
        f"WHERE {it.column} NOT IN (SELECT {it.target} FROM {it.table})"
        for table in public_tables(db)
        for it in table.references
    ]
    return db.execute(" UNION ALL ".join(asked)).fetchall()


def _sorted_rows(connection: sqlite3.Connection, table: str, left_out: set[str]) -> list[str]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in left_out]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608  names from the schema
    return sorted(map(repr, found))
