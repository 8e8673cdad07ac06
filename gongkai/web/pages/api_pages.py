"""For who writes queries and programs: SQL as a page of its own, and `/-/api`.

The page of SQL says what there is to ask, where a statement is wrong, sorted answers.

The page `/-/sql` has an empty editor; Datasette answers at `/gongkai?sql=`, by the same template.
An answer is sorted by a statement around it, so that page, files and link all give the same rows.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from bisect import bisect_left
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.language import site_strings
from gongkai.web.pages.page_queries import make_page, page_routes
from gongkai.web.questions import questions
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gongkai.web.pages.page_queries import Context, Visit


_WRONG = re.compile(r'near "(?P<near>.+)": syntax error|no such (?:table|column): (?P<name>\S+)')

_SORTED = re.compile(
    r'SELECT \* FROM \(\n(?P<sql>.*)\n\) ORDER BY "(?P<column>(?:[^"]|"")*)"(?P<way> DESC)?', re.DOTALL
)


class Mistake(NamedTuple):
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


class Sorting(NamedTuple):
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


@make_page("query", r"^/-/sql$")
async def read_sql(visit: Visit) -> Context:
    """Return what the page of SQL shows before anything was asked; `?sql=` stands in its editor."""
    return {"query": {"sql": visit.read_text("sql")}, "database": DATABASE, **sql_help(visit.datasette)}


def sql_help(datasette: Any) -> Context:
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
    # Where no place says the same, the first that there is; else the end.
    return (places[stops:] or places or [len(sql)])[0]


# What programs can ask for: `/-/api`, made of the routes themselves, the metadata and the questions.
# `/-/api.json` says the same in OpenAPI 3.1, for programs that write programs.

_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>|\?:)?(?P<inside>[^()]*)\)\??")
_FILLED_IN = re.compile(r"{(\w+)}")
_ONE_OF = re.compile(r"\(\?P<(\w+)>([a-z.\\]+(?:\|[a-z.\\]+)+)\)")


@make_page("api", r"^/-/api(\.(?P<format>json))?$")
async def read_api(visit: Visit) -> Context | Response:
    """Return the routes that answer with more than a page, the tables, the questions and their parameters."""
    told = {
        "routes": list_routes(page_routes()),
        "texts": site_strings(),
        **sql_help(visit.datasette),
    }
    if not visit.wants_json:
        return told
    written = await visit.datasette.render_template("openapi.json", told, request=visit.request)
    return Response(written, content_type="application/json; charset=utf-8")


def list_routes(routes: Iterable[tuple[str, Any]]) -> list[Context]:
    """Return the address of each route of data as a reader writes it, what it says, and what may stand in it.

    Args:
        routes: pattern and view of each; a page that the strings do not tell of is only shown, and left out.
    """
    told = [name for group, _, name in (key.partition(".route_") for key in site_strings()) if group == "api"]
    found = [
        {
            "name": view.__self__.name,
            "address": address,
            "choices": {it[1]: it[2].replace("\\", "").split("|") for it in _ONE_OF.finditer(pattern)},
            "filled_in": _FILLED_IN.findall(address),
        }
        for pattern, view in routes
        for address in [write_address(pattern)]
        if view.__self__.name in told
    ]
    return sorted(found, key=lambda it: told.index(it["name"]))


def write_address(pattern: str) -> str:
    """Return the pattern of a route as an address, with `{NAME}` for what is filled in."""
    text = pattern.strip("^$")
    # From the inside out: the pattern matches groups that hold no other.
    while (plain := _GROUP.sub(lambda it: f"{{{it['name']}}}" if it["name"] else it["inside"], text)) != text:
        text = plain
    return text.replace("\\", "")
