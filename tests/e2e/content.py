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
    for table in CONTENT_TABLES:
        one, two = content_rows(corpus, table), content_rows(other, table)
        if one != two:
            differing[table] = sorted(set(one) ^ set(two)) or ["the same rows, not as often"]
    return differing


def content_rows(corpus: Path, table: str) -> list[str]:
    """Return the rows of a content table in order, without the columns left out."""
    return _sorted_rows(corpus, table, LEFT_OUT.get(table, set()))


def all_hashes(corpus: Path) -> dict[str, str]:
    """Return, by public table, a SHA-256 over all its rows and columns."""
    with closing(sqlite3.connect(corpus)) as connection:
        names = sorted(table.name for table in public_tables(connection))
    return {name: _hash_rows(corpus, name, set()) for name in names}


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


def _hash_rows(corpus: Path, table: str, left_out: set[str]) -> str:
    digest = hashlib.sha256()
    for row in _sorted_rows(corpus, table, left_out):
        digest.update(row.encode())
    return digest.hexdigest()


def _sorted_rows(corpus: Path, table: str, left_out: set[str]) -> list[str]:
    with closing(sqlite3.connect(corpus)) as connection:
        columns = [
            row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in left_out
        ]
        found = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()  # noqa: S608  names from the schema
    return sorted(map(repr, found))
