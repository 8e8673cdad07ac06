"""SQL as a page of its own: what there is to ask, where a statement is wrong, sorted answers.

The page `/-/sql` has an empty editor; Datasette answers at `/gongkai?sql=`, by the same template.
An answer is sorted by a statement around it, so that page, files and link all give the same rows.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from bisect import bisect_left
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.site_files import DATABASE
from gongkai.web.questions import questions
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.pages.page_queries import Visit

_WRONG = re.compile(r'near "(?P<near>.+)": syntax error|no such (?:table|column): (?P<name>\S+)')

_SORTED = re.compile(
    r'SELECT \* FROM \(\n(?P<sql>.*)\n\) ORDER BY "(?P<column>(?:[^"]|"")*)"(?P<way> DESC)?', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where a statement is wrong.

    Attributes:
        part: what the database stopped at.
        line: of it, from 1.
        column: of it, from 1.
        alike: names that there are and that look like it, each with the tables that have such a column.
    """

    part: str
    line: int
    column: int
    alike: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a statement sorts the answer of another.

    Attributes:
        sql: the statement without it.
        column: that it sorts by; None where it does not.
        is_descending: whether the largest comes first.
    """

    sql: str
    column: str | None = None
    is_descending: bool = False

    def by(self, column: str) -> str:
        """Return the statement sorted by a column, the other way where it is already."""
        way = "" if column == self.column and self.is_descending else " DESC"
        name = column.replace('"', '""')
        return f'SELECT * FROM (\n{self.sql}\n) ORDER BY "{name}"{way}'  # noqa: S608  the reader's own


async def read_sql(visit: Visit) -> dict[str, Any]:
    """Return what the page of SQL shows before anything was asked; `?sql=` stands in its editor."""
    return {"query": {"sql": visit.read_text("sql")}, "database": DATABASE, **sql_help(visit.datasette)}


def sql_help(datasette: Any) -> dict[str, Any]:
    """Return what there is to ask: `words_of_tables`, and `examples`."""
    words = datasette.metadata("tables", database=DATABASE)
    return {"words_of_tables": words, "examples": questions().examples}


def find_sorting(sql: str) -> Sorting:
    """Return how a statement of `Sorting.by` sorts, and what; of any other that it does not."""
    if found := _SORTED.fullmatch(sql):
        return Sorting(found["sql"], found["column"].replace('""', '"'), found["way"] is not None)
    return Sorting(sql.rstrip().rstrip(";"))


def find_mistake(error: str, sql: str, tables: Mapping[str, Any]) -> Mistake | None:
    """Return where a statement is wrong, and what may have been meant; None where that is not told.

    Args:
        error: as the database says it.
        sql: the statement.
        tables: what there is, with `columns`.
    """
    found = _WRONG.search(error)
    part = found and (found["near"] or found["name"].rpartition(".")[2])
    if not part:
        return None
    before = sql[: _place_of(part, sql, error)]
    names: dict[str, list[str]] = {name: [] for name in (*questions().keywords, *tables)}
    for table, words in tables.items():
        for column in words.get("columns") or ():
            names[column] = [*names.get(column, ()), table]
    alike = difflib.get_close_matches(part.lower(), names, PAGES.alike_names)
    line = before.rpartition("\n")[2]
    return Mistake(part, before.count("\n") + 1, len(line) + 1, {name: names[name] for name in alike})


def _place_of(part: str, sql: str, error: str) -> int:
    """Return where the parser stops: at the first of equal words up to which it says the same.

    It says so of all that follow, too; so they are halved, and a statement of ten thousand of them is parsed
    fourteen times.
    """
    places = [found.start() for found in re.finditer(re.escape(part), sql, re.IGNORECASE)]
    with closing(sqlite3.connect(":memory:")) as parser:

        def is_wrong(place: int) -> bool:
            try:
                parser.execute(f"EXPLAIN {sql[: place + len(part)]}")
            except sqlite3.Error as said:
                return str(said) == error
            return False

        stops = bisect_left(places, True, key=is_wrong)
    return (places[stops:] or places or [len(sql)])[0]
