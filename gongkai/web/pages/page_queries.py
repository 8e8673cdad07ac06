"""How each page is made: arguments, queries of `datasette/pages/`, a template, and what is worked out.

    address ─▶ Visit: its arguments ─▶ datasette/pages/NAME.sql ─▶ `read` ─▶ datasette/templates/NAME.html

A file of queries is a Jinja template, so that a condition which several queries share stands in it once. Each
query begins with a line `-- name: NAME`.

A page is a function of a module beside this one or in `exports`, under `make_page`; so is an address that
answers with a file. One that only shows what queries say
needs none: `datasette/pages/NAME.sql` and `datasette/templates/NAME.html` make it, `/-/NAME` shows the rows
of all its queries, whose parameters are arguments of its address. A file `datasette/pages/row-TABLE.sql`
names the parts of the page of that table's rows, by `:id`.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from archive.site_files import DATABASE, site_folder
from gongkai.web.questions import questions
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gongkai.web.rendering.words import Row
    from gongkai.web.server.served import ServedDatabase

    Rows = Sequence[Row]
    Context = dict[str, Any]
    """What a template is given, by name."""
    Chosen = Mapping[str, str]
    """What a reader chose, by the names of the arguments; empty where nothing was."""
    Read = Callable[["Visit"], Awaitable[Context | Response | None]]

Answer = TypeVar("Answer")

_WEB = Path(__file__).parents[1]

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)
_PARAMETER = re.compile(r":([a-z_]+)")


def queries_folder() -> Path:
    """Return the folder of the pages' queries."""
    return site_folder() / "pages"


@cache
def _templates(folder: Path) -> Environment:
    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined)  # noqa: S701  SQL is no HTML


@cache
def load_queries(name: str) -> Mapping[str, str]:
    """Return the queries of `datasette/pages/NAME.sql` by their names; none where there is no such file."""
    folder = queries_folder()
    if not (folder / f"{name}.sql").is_file():
        return {}
    _, *parts = _NAME.split(_templates(folder).get_template(f"{name}.sql").render())
    # Our limits count words of a statement (`gongkai.web.server.limits`), to which its comments do not
    # belong.
    return {name: _COMMENT.sub("", sql).strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def write_condition(file: str, macro: str, *arguments: str) -> str:
    """Return the condition that a macro of `datasette/pages/FILE.sql` writes, on one line."""
    module = _templates(queries_folder()).get_template(f"{file}.sql").module
    return " ".join(str(getattr(module, macro)(*arguments)).split())


class Queries(FrozenStruct):
    """The queries of one file, asked of the published copy that answers this request.

    Attributes:
        database: Datasette's.
        file: `datasette/pages/FILE.sql`.
    """

    database: ServedDatabase
    file: str

    async def read_rows(self, query: str, **parameters: Any) -> Rows:
        """Return the rows that answer a query, each a mapping of column to value.

        Raises:
            QueryInterrupted: it took longer than the limit.
        """
        return await read_rows(self.database, load_queries(self.file)[query], parameters)

    async def read_first(self, query: str, **parameters: Any) -> Row | None:
        """Return the first row that answers a query; None where there is none."""
        rows = await self.read_rows(query, **parameters)
        return rows[0] if rows else None

    async def read_once(self, query: str, **parameters: Any) -> Rows:
        """Return the rows that answer a query, once for a copy: not of parameters without end."""
        key = (self.file, query, *parameters.values())
        return await self.database.once(key, lambda: self.read_rows(query, **parameters))

    async def read_answers(self, *queries: str, **parameters: Any) -> dict[str, Rows]:
        """Return the rows that answer each of several queries, or of all, in one visit to a thread.

        Raises:
            QueryInterrupted: one of them took longer than the limit.
        """
        known = load_queries(self.file)
        asked = {name: known[name] for name in queries or known}
        found = await self.database.execute_all(asked, parameters)
        return {name: [dict(row) for row in rows] for name, rows in found.items()}


class Visit(Queries):
    """A request for a page, and the queries of that.

    Attributes:
        datasette: the application.
        request: Datasette's.
        send: takes an answer that is sent piece by piece.
    """

    datasette: Any
    request: Any
    send: Any

    @property
    def wants_json(self) -> bool:
        """Whether the address ends in `.json`."""
        return bool(self.request.url_vars.get("format"))

    def read_text(self, name: str) -> str:
        """Return an argument of the address without white space around it; empty where it is not there."""
        return (self.request.args.get(name) or "").strip()

    def read_texts(self, *names: str) -> dict[str, str]:
        """Return several arguments of the address by their names."""
        return {name: self.read_text(name) for name in names}

    def read_number(self, name: str, *, digits: int) -> int | None:
        """Return a number among the arguments; None where it is not there, or none of so many digits."""
        return whole_number(self.request.args.get(name), digits=digits)

    def read_page(self, rows: int, most: int) -> int:
        """Return which page of a list is asked for, from 1; the last one for each behind it.

        Args:
            rows: of the whole list.
            most: rows of a page.
        """
        return min(self.read_number("page", digits=18) or 1, max(1, math.ceil(rows / most)))


class Page(FrozenStruct):
    """A page of ours.

    Attributes:
        name: of its template, and of its file of queries.
        read: works out what the template is given; None where that is the rows of its queries. A `status`
            among it is that of the answer; an answer of its own goes out as it is, None was sent already.
        routes: what its addresses look like; `/-/NAME` where none is said.
    """

    name: str
    read: Read | None = None
    routes: tuple[str, ...] = ()

    async def respond(self, datasette: Any, request: Any, send: Any = None) -> Response | None:
        """Answer with the page."""
        database = datasette.databases[DATABASE]
        context = await (self.read or _read_all)(Visit(database, self.name, datasette, request, send))
        if not isinstance(context, dict):
            return context
        given = {"sha256": database.hash, **context}
        page = await datasette.render_template(f"{self.name}.html", given, request=request)
        return Response.html(page, status=context.get("status", 200))


WORKED_OUT: dict[str, Page] = {}
"""The pages that work something out of the rows, by name."""


def make_page(name: str, *routes: str) -> Callable[[Read], Read]:
    """Make a page of a function; what stands behind the arguments is told of in `Page`."""

    def make(read: Read) -> Read:
        WORKED_OUT[name] = Page(name, read, routes)
        return read

    return make


def page_routes() -> list[tuple[str, Any]]:
    """Return the addresses and the answer of each page, in Datasette's words."""
    for folder in ("exports", "pages"):
        for module in iter_modules([str(_WEB / folder)], f"gongkai.web.{folder}."):
            import_module(module.name)
    pages = [page for _, page in sorted(WORKED_OUT.items())]
    for file in sorted(queries_folder().glob("*.sql")):
        template = site_folder() / "templates" / f"{file.stem}.html"
        if file.stem not in WORKED_OUT and template.is_file():
            pages.append(Page(file.stem))
    return [(route, page.respond) for page in pages for route in page.routes or (rf"^/-/{page.name}$",)]


async def _read_all(visit: Visit) -> Context:
    """Return the rows of all queries of a page, by their names, and its arguments as `chosen`."""
    asked = sorted({name for sql in load_queries(visit.file).values() for name in _PARAMETER.findall(sql)})
    chosen = visit.read_texts(*asked)
    return {"chosen": chosen, **await visit.read_answers(**chosen)}


async def read_rows(database: Any, sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return the rows that answer a query, each a mapping of column to value.

    Args:
        database: Datasette's.
        sql: one SELECT of ours.
        parameters: by name.

    Raises:
        QueryInterrupted: it took longer than the limit.
    """
    return [dict(row) for row in (await database.execute(sql, parameters)).rows]


async def in_time(reading: Awaitable[Answer]) -> Answer | None:
    """Return what is read; None where that takes too long, and a page is worth showing without it."""
    try:
        return await reading
    except QueryInterrupted:
        return None


async def read_by_id(queries: Queries, query: str, key: str, ids: Sequence[object]) -> dict[object, Row]:
    """Return the rows that a query gives of some ids, by the column that names these; none where it is late.

    A list is worth showing without what stands beside it.
    """
    rows = await in_time(queries.read_rows(query, ids=json.dumps(list(ids)))) or ()
    return {row[key]: row for row in rows}


def whole_number(text: str | None, *, digits: int) -> int | None:
    """Return a number written in ASCII digits; None for anything else, and for more digits than asked for.

    Args:
        text: as given; None where the argument is not there.
        digits: at most.
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


def write_arguments(asked: Mapping[str, object], **changes: object) -> str:
    """Return the arguments of an address, with some of it asked for otherwise; what is empty is left out."""
    return urlencode([(name, value) for name, value in {**asked, **changes}.items() if value])


def write_address(path: str, asked: Mapping[str, object], **changes: object) -> str:
    """Return the address of a page with some of what was asked asked for otherwise."""
    return f"{path}?{write_arguments(asked, **changes)}"


def table_arguments(chosen: Chosen, *conditions: str, **columns: str) -> str:
    """Return the arguments by which a table's page and its files hold the rows of a narrowed list.

    Args:
        chosen: `year` and `region`, each empty where all are wanted.
        conditions: more of them, in SQL.
        columns: more filters of the table's page; an empty one is left out.
    """
    pairs = [(name, value) for name, value in {**columns, "year": chosen["year"]}.items() if value]
    # A place is no column that the page of a table could filter by.
    region = chosen["region"]
    places = [write_condition("shared", "of_place", write_literal(region))] if region else []
    return urlencode([*pairs, *(("_where", condition) for condition in (*places, *conditions))])


def write_literal(text: str) -> str:
    """Write a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


async def read_suggestions(database: ServedDatabase, parameter: str) -> Rows:
    """Return what the corpus has for a parameter of the canned queries, read once for a copy.

    Args:
        database: the published copy.
        parameter: its name, as `region`.

    Returns:
        `value`, and `label` where that says more; nothing where the parameter suggests nothing.

    Raises:
        QueryInterrupted: it took longer than the limit.
    """
    sql = questions().parameters[parameter].suggest
    if not sql:
        return []
    return await database.once(("suggested", parameter), lambda: read_rows(database, sql, {}))


async def read_left_out(database: ServedDatabase, *reasons: str, year: str = "") -> Rows:
    """Return what a list leaves out for some reasons; a reason for which it leaves out nothing is left out.

    Args:
        database: the published copy.
        reasons: those for which this list leaves documents out.
        year: that the list is narrowed to; empty for all. A report of no year is left out of each.

    Returns:
        Of each `reason`, which are those of `datasette/pages/shared.sql`, how many `documents` there are, and
        the `arguments` by which the table of documents lists them.
    """
    year = year if whole_number(year, digits=4) else ""
    # Once, where the list itself leaves it out.
    told = dict.fromkeys((*reasons, "no_year")) if year else reasons
    [counted] = await Queries(database, "lists").read_once("left_out", year=year)
    return [
        {
            "reason": reason,
            "documents": counted[reason],
            "arguments": table_arguments(
                {"year": "" if reason == "no_year" else year, "region": ""},
                write_condition("shared", "left_out", reason),
                # Of all years a report that names neither is told among those that name no body.
                *(["issuer_id IS NOT NULL"] if reason == "no_year" and not year else []),
            ),
        }
        for reason in told
        if counted[reason]
    ]
