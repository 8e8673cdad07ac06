"""How long a statement is once its names stand for what they name: views, and tables that WITH defines.

SQLite writes a view or a table of WITH out wherever it is named, before anything runs and before its time
limit counts. Thirty tables, each naming the one before twice, are a billion; a view of 4,000 characters
named a thousand times held a thread for minutes.

    with a as (…), b as (select … from a, a) select … from b, b   ─▶   b: its text + 2 × a; all: … + 2 × b
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
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
    tokens = list(_tokens(sql))
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


def _tokens(sql: str) -> Iterator[tuple[str, int]]:
    """Yield names and brackets, and where each begins."""
    for found in _TOKEN.finditer(sql):
        if found.lastgroup:
            yield found[found.lastgroup].lower(), found.start()


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
