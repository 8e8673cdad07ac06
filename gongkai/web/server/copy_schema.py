"""What Datasette asks of the tables of a copy for each page, read once; ties in sorted lists broken.

Datasette 0.65 asks for the first page of a sorted list with `order by column` and for each further one with
`order by column, key`, so rows that tie at the end of the first page could come again on the second, or on
none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.utils import (
    detect_fts,
    detect_primary_keys,
    escape_sqlite,
    get_all_foreign_keys,
    get_outbound_foreign_keys,
    table_column_details,
    table_columns,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence


_NAMES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table or view as Datasette knows it; each attribute is the answer to its method of that name.

    Attributes:
        columns: names.
        column_details: what is declared of each.
        primary_keys: the columns of its key.
        foreign_keys: its references.
        fts_table: the index of its texts, None where there is none.
    """

    columns: list[str]
    column_details: list[Any]
    primary_keys: list[str]
    foreign_keys: list[dict[str, str]]
    fts_table: str | None


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a copy, which never change.

    Attributes:
        shapes: by name, as it is written in the copy.
        foreign_keys: of all tables, incoming and outgoing.
    """

    shapes: Mapping[str, Shape]
    foreign_keys: dict[str, dict[str, list[dict[str, str]]]]


def read_schema(connection: sqlite3.Connection) -> Schema:
    """Read the schema of a copy."""
    names = [name for (name,) in connection.execute(_NAMES).fetchall()]
    shapes = {
        name: Shape(
            table_columns(connection, name),
            table_column_details(connection, name),
            detect_primary_keys(connection, name),
            get_outbound_foreign_keys(connection, name),
            detect_fts(connection, name),
        )
        for name in names
    }
    return Schema(shapes, get_all_foreign_keys(connection))


_NAME = r"(?:\w+|\[[^\]]+\])"
_ORDER = re.compile(rf"(?P<column>{_NAME})(?: desc)?(?P<limit> limit \d+)")
_TABLE = re.compile(rf"(?P<table>{_NAME}) ")

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_KEY = "SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk"


def keys_of_tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table's key, `rowid` where it has none of its own; views have none."""
    tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
    return {
        table: tuple(name for (name,) in connection.execute(_KEY, (table,)).fetchall()) or ("rowid",)
        for table in tables
    }


def with_ties_broken(sql: str, keys: Mapping[str, Sequence[str]]) -> str:
    """Return the statement of a sorted list's first page with the key behind the sort; any other as it is.

    Args:
        sql: a statement.
        keys: the columns of each table's key.
    """
    # As Datasette writes it: select … from table … order by column limit n
    head, _, order = sql.strip().rpartition("order by ")
    sorted_by, table = _ORDER.fullmatch(order), _TABLE.match(head.partition(" from ")[2])
    key = keys.get(table["table"].strip("[]"), ()) if sorted_by and table else ()
    if not sorted_by or not key or sorted_by["column"].strip("[]") in key:
        return sql
    behind = ", ".join(escape_sqlite(name) for name in key)
    return f"{head}order by {order.removesuffix(sorted_by['limit'])}, {behind}{sorted_by['limit']}"
