"""Rows of the corpus: how records are written, queued and read as JSON, whatever table they are of.

The columns are named by who writes, and the tables are those of `schema.sql`. A row that is there already is
kept or replaced as the caller says; by default it is an error.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Instead = Literal["", "OR IGNORE", "OR REPLACE"]


MOST_HOPS = 5
"""Redirects on a way: as many as are followed between a link, or an old address, and what is there."""

LEADING_HERE = """
WITH RECURSIVE leading (id, hops) AS (
    SELECT ?1, 0
    UNION
    SELECT a.document_id, l.hops + 1 FROM leading AS l
    JOIN _redirects AS r ON r.to_document_id = l.id JOIN _addresses AS a ON a.capture_id = r.capture_id
    WHERE l.hops < ?2
)
"""
"""Begins a query about the addresses from which redirects lead to a document, itself among them.

Its parameters are the document's id and the most redirects on the way.
"""


def insert_rows(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    instead: Instead = "",
) -> int:
    """Insert rows into a table.

    Args:
        connection: the corpus, within a transaction.
        table: its name.
        columns: the names of those that are written, in the order of the values.
        rows: the values of each row.
        instead: what is done where a row with this key is there already.

    Returns:
        How many rows were written.
    """
    places = ", ".join("?" * len(columns))
    return connection.executemany(
        f"INSERT {instead} INTO {table} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608  names of ours
        rows,
    ).rowcount


def insert_row(
    connection: sqlite3.Connection, table: str, row: Mapping[str, object], instead: Instead = ""
) -> bool:
    """Insert one row, its values by column; return whether it was written."""
    return insert_rows(connection, table, tuple(row), [tuple(row.values())], instead) > 0


def queue_links(connection: sqlite3.Connection, kind: str, ids: Iterable[str]) -> None:
    """Queue what is to be linked again.

    Args:
        connection: the corpus, within a transaction.
        kind: `document`, `fate`, `kin`, `portal`, `text` or `visit`.
        ids: of these.
    """
    insert_rows(connection, "_to_link", ("kind", "id"), ((kind, one) for one in ids), "OR IGNORE")


@contextlib.contextmanager
def write_together(connection: sqlite3.Connection) -> Iterator[None]:
    """Write everything in the block, or nothing of it."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def stated_json(stated: object) -> str:
    """Write JSON as the corpus keeps it: Chinese as it stands, keys sorted, so that equal is equal."""
    return json.dumps(stated, ensure_ascii=False, sort_keys=True)


def printable(text: str | None) -> str | None:
    """Write half a surrogate pair, which no database takes, as the sign for a lost character."""
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
