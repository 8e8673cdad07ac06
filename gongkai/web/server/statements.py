"""Statements that Datasette and readers write: their order, so that no row comes twice, and their length.

Datasette 0.65 asks for the first page of a sorted list with `order by column` and for each further one with
`order by column, key`, so rows that tie at the end of the first page could come again on the second, or on
none. SQLite writes a view or a table of WITH out wherever it is named, before anything runs and before its
time limit counts: a view of 4,000 characters named a thousand times held a thread for minutes.

    with a as (…), b as (select … from a, a) select … from b, b   ─▶   b: its text + 2 × a; all: … + 2 × b
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from datasette.utils import escape_sqlite

from archive.publish.public_tables import NARROW, declare_views, declared_views
from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    Views = tuple[tuple[str, int], ...]


# Source: SQLite, tokenize.c. A text in single quotation marks may stand for a name, too.
_TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?(?:\*/|\Z)
    | '(?P<text>(?:[^']|'')*)' | "(?P<quoted>(?:[^"]|"")*)"
    | `(?P<ticked>(?:[^`]|``)*)` | \[(?P<bracketed>[^\]]*)\]
    | (?P<word>[\w$\x80-\U0010ffff]+) | (?P<bracket>[()])""",
    re.VERBOSE | re.DOTALL,
)
_AS = re.compile(r"\bas\b", re.IGNORECASE)
_VIEWS = """
SELECT lower(name), group_concat(sql, ' ') FROM (
    SELECT name, sql FROM sqlite_master WHERE type = 'view'
    UNION ALL SELECT name, sql FROM sqlite_temp_master WHERE type = 'view'
) GROUP BY 1
"""


def views_of(connection: sqlite3.Connection) -> Views:
    """Return the views of a copy, and how long each is once it is written out."""
    rows = connection.execute(_VIEWS).fetchall()
    texts = {name: _AS.split(text, maxsplit=1)[1] for name, text in rows}
    known: Views = ()
    for _ in texts:
        # A view may name another, which is known the round before; one before a table of its name names that.
        known = tuple(
            (name, _expanded(text, tuple(view for view in known if view[0] != name)))
            for name, text in texts.items()
        )
    return known


def expanded_length(sql: str, views: Views) -> int:
    """Return how long a statement is, written out; at least that.

    Args:
        sql: the statement.
        views: as `views_of` returns them.
    """
    plain = sql.lower()
    # Else only views are written out, and a name that stands elsewhere in the text makes it longer at most.
    if "with" in plain:
        return _expanded(sql, views)
    return len(sql) + sum(plain.count(name) * length for name, length in views)


@lru_cache(maxsize=64)
def _expanded(sql: str, views: Views) -> int:
    # Names and brackets, and where each begins.
    tokens = [
        (found[found.lastgroup].lower(), found.start()) for found in _TOKEN.finditer(sql) if found.lastgroup
    ]
    bodies = _bodies(tokens)
    if len(bodies) > SERVER.with_tables:
        # More tables than are looked through: too long, whatever they hold.
        return SERVER.expanded_chars + len(sql)
    names = {*dict(views), *(name for name, _ in bodies)}
    tables = [
        (name, tokens[end][1] - tokens[begin][1], _named(tokens[begin:end], names - {name}))
        for name, (begin, end) in bodies
    ]
    lengths = dict(views)
    # Each round knows the tables that name those of the round before; one that names itself is written once.
    for _ in tables:
        before, lengths = lengths, dict(views)
        for name, length, named in tables:
            lengths[name] = lengths.get(name, 0) + length + _length(named, before)
        if lengths == before or max(lengths.values()) > SERVER.expanded_chars:
            break
    return len(sql) + _length(_named(tokens, names), lengths)


def _named(tokens: list[tuple[str, int]], names: AbstractSet[str]) -> Counter[str]:
    """Return how often each of some names is named."""
    return Counter(token for token, _ in tokens if token in names)


def _length(named: Counter[str], lengths: Mapping[str, int]) -> int:
    return sum(times * lengths.get(name, 0) for name, times in named.items())


def _bodies(tokens: list[tuple[str, int]]) -> list[tuple[str, tuple[int, int]]]:
    """Return what WITH defines: each name and the places of the brackets around its SELECT."""
    words = [token for token, _ in tokens]
    closing = _closing(words)
    opening = {end: begin for begin, end in closing.items()}
    bodies = []
    for place, word in enumerate(words):
        if word != "as":
            continue
        begin = place + 1
        while begin < len(words) and words[begin] in {"not", "materialized"}:
            begin += 1
        named = place - 1
        # `name(columns) AS (…)`: the name stands before the bracket around its columns.
        if named >= 0 and words[named] == ")":
            named = opening.get(named, 0) - 1
        if begin in closing and named >= 0:
            bodies.append((words[named], (begin, closing[begin])))
    return bodies


def _closing(words: list[str]) -> dict[int, int]:
    """Return the bracket that closes each one that opens; the end of the statement where none does."""
    opened: list[int] = []
    closing = {}
    for place, word in enumerate(words):
        if word == "(":
            opened.append(place)
        elif word == ")" and opened:
            closing[opened.pop()] = place
    return closing | dict.fromkeys(opened, len(words) - 1)


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
