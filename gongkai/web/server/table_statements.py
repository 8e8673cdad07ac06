"""What Datasette asks of the tables of a copy for each page, read once; ties in sorted lists broken.

Datasette 0.65 asks for the first page of a sorted list with `order by column` and for each further one with
`order by column, key`, so rows that tie at the end of the first page could come again on the second, or on
none.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from datasette.utils import escape_sqlite

from archive.publish.public_tables import NARROW, declare_views, declared_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_NAME = r"(?:\w+|\[[^\]]+\])"
_ORDER = re.compile(rf"(?P<column>{_NAME})(?: desc)?(?P<limit> limit \d+)")
_TABLE = re.compile(rf"(?P<table>{_NAME}) ")

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_KEY = "SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk"
# A virtual table has no references, and its key is none of its own.
_DEFINITIONS = """
SELECT sql FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'
"""


def declare_tables(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return a database in memory with the tables of a copy, empty, its public views declared as tables."""
    declared = sqlite3.connect(":memory:", check_same_thread=False)
    for (sql,) in connection.execute(_DEFINITIONS):
        declared.execute(sql)
    declare_views(declared)
    return declared


def shown_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the names of a copy's tables and public views, without the narrow tables that these show."""
    names = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')")
    views = declared_views()
    return [
        name for kind, name in names if (name in views if kind == "view" else not name.startswith(NARROW))
    ]


def keys_of_tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table's key, `rowid` where it has none; of views those of public ones."""
    tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
    return {
        table: tuple(name for (name,) in connection.execute(_KEY, (table,)).fetchall()) or ("rowid",)
        for table in tables
    } | {name: view.key for name, view in declared_views().items()}


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


_BEHIND = re.compile(r"\bid > (:p\d+)")


def in_kept_order(sql: str) -> str:
    """Return the statement of a list by its ids in the order in which its rows are found, any other as it is.

    The ids of what belongs to one version begin alike, so the order is the same, but for versions whose own
    ids begin alike.
    """
    head, _, order = sql.strip().rpartition(" order by ")
    # The name may be the last word, and the pattern wants a blank behind it.
    table = _TABLE.match(head.partition(" from ")[2] + " ")
    declared = declared_views().get(table["table"].strip("[]")) if table else None
    if declared is None or not declared.kept_by or not order.startswith("id limit "):
        return sql
    kept_by = ", ".join(declared.kept_by)
    version = rf"(select version_id from {declared.name} where id = \1)"  # noqa: S608  a name of ours
    # Of an id that is in no row any more, its first eight digits are those of its version.
    last = rf"({kept_by}) > (ifnull({version}, substr(\1, 1, 8)), \1)"
    return f"{_BEHIND.sub(last, head)} order by {kept_by}{order.removeprefix('id')}"
