"""Ties in a sorted list broken by the key, on the first page as on all others.

Datasette 0.65 asks for the first page with `order by column` and for each further one with `order by column,
key`, so rows that tie at the end of the first page can come again on the second, or on none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.utils import escape_sqlite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

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
