"""What is to be taken away, and its file name: a table or view as its page shows it, a query, own SQL.

The page of a table builds its SQL in Datasette's `TableView`, which also runs it. Here the same parts of the
library build the same SQL (its parser of filters, its hooks for search and `_where`, its rules for `_col` and
`_sort`), without a page's limit, and with the key behind the sort, as the page itself has it from its second
page on.

`?_search=` on a table without an index of words looks through some columns, or the answer is no: Datasette
passes over it without a word, and shows all rows as if they had been found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from datasette.filters import FilterArguments, Filters
from datasette.plugins import pm
from datasette.utils import await_me_maybe, derive_named_parameters, escape_sqlite, validate_sql_select
from datasette.utils.asgi import BadRequest, NotFound
from datasette.views.base import DatasetteError
from datasette.views.table import TableView

from archive.publish.public_tables import SEARCH_KEY, declared_views
from archive.site_files import DATABASE
from gongkai.web.questions import questions
from gongkai.web.thresholds import EXPORTS
from pipelines.structs import FrozenStruct

# What file systems refuse, what the header field could not hold, and white space.
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\s\ud800-\udfff]+')

_ARGUMENT = "_search"


def content_disposition(
    name: str, title: str, night: str | None, suffix: str, asked: Sequence[str] = ()
) -> str:
    """Return the header field that names a download: readable in Chinese, and in ASCII for old programs.

    Args:
        name: the table or query, in ASCII letters, digits and `_`.
        title: in Chinese; empty where there is none.
        night: the Shanghai date of the newest run in the copy; None where there is no run.
        suffix: with its dot.
        asked: what tells the rows from those of another file of the same name: a year, a place.

    Source: RFC 6266, section 5 and appendix D; RFC 8187.
    """
    when = (night or "").replace("-", "")
    told = "_".join(_fit(each) for each in asked)[: EXPORTS.asked_chars]
    shown = _named(_fit(title)[: EXPORTS.name_chars - len(told)] or name, told, when) + suffix
    plain = (
        _named(name, "_".join(each for each in asked if each.isascii())[: EXPORTS.asked_chars], when) + suffix
    )
    plain = re.sub(r"[^0-9A-Za-z_.-]", "_", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def _fit(text: str) -> str:
    return _UNFIT.sub("_", text).strip("_.")


def _named(*parts: str) -> str:
    return "_".join(filter(None, ["gongkai", *parts]))


OWN_SQL = "query"

# Arguments that tell the rows of one file from those of another of the same table or query.
_TELLING = ("q", "_search", "year", "region", "code", "region_code", "kind")


class Selection(FrozenStruct):
    """Rows to be exported.

    Attributes:
        name: of the table, view or query; `query` for a reader's own SQL.
        title: in Chinese and English; empty where there is none.
        page: the path of the page that shows the same rows.
        sql: one SELECT without a limit of the page's.
        parameters: its named parameters.
        is_table: whether it is of a table or view, and no query.
        key: the columns of the table's key, if the selection has them once more behind the others.
        is_readers_own: whether a reader wrote the SQL.
        asked: the words, the year, the place that tell its rows from all; empty where nothing was chosen.
    """

    name: str
    title: str
    page: str
    sql: str
    parameters: Mapping[str, Any]
    is_table: bool = False
    key: tuple[str, ...] = ()
    is_readers_own: bool = False
    asked: tuple[str, ...] = ()

    def address(self, site: str) -> str:
        """Return the address of the page that shows the same rows; `site` is that of the front page."""
        return f"{site.rstrip('/')}/{self.page.removeprefix('/')}"

    @property
    def count_sql(self) -> str:
        """The SELECT that counts the rows."""
        # The line end closes a comment that a reader's SQL may end with.
        return f"WITH answer AS ({self.sql}\n) SELECT count(*) FROM answer"  # noqa: S608 validated


async def select_table(datasette: Any, request: Any, table: str, *, with_key: bool = False) -> Selection:
    """Return the rows of a table or view that its page shows for the same arguments, all of them.

    Args:
        datasette: the application.
        request: with the arguments of the table's page; those of paging, labels and facets change nothing.
        table: the table or view.
        with_key: whether the columns of the key follow the others once more.

    Raises:
        NotFound: there is no such table.
        DatasetteError: the arguments name a column that is not there.
    """
    database = datasette.get_database(DATABASE)
    is_view = bool(await database.get_view_definition(table))
    if not is_view and not await database.table_exists(table):
        raise NotFound("no such table")
    view = TableView(datasette)
    key = () if is_view else tuple(await database.primary_keys(table))
    columns = await view.columns_to_select(await database.table_columns(table), key, request)
    where, parameters = await _conditions(datasette, request, table)
    kept_by = declared_views()[table].kept_by if table in declared_views() else ()
    order = await _order(view, request, table, kept_by or key, has_rowid=not key and not is_view)
    added = key if with_key else ()
    shown = [*(column for column in columns if column != SEARCH_KEY), *added]
    listed = ", ".join(escape_sqlite(column) for column in shown)
    return Selection(
        name=table,
        title=datasette.table_metadata(DATABASE, table).get("title", ""),
        page=_page(datasette.urls.table(DATABASE, table), request),
        sql=f"select {listed} from {escape_sqlite(table)}{where}{order}",  # noqa: S608 of the library's parts
        parameters=parameters,
        is_table=True,
        key=added,
        asked=_asked(request),
    )


async def _conditions(datasette: Any, request: Any, table: str) -> tuple[str, dict[str, Any]]:
    """Return the WHERE of a table's page and its parameters, as the library's page puts it together."""
    # Arguments that begin with _ and hold no __ are no filters.
    pairs = [
        (name, value)
        for name in request.args
        if not name.startswith("_") or "__" in name
        for value in request.args.getlist(name)
    ]
    # Sorted as the library does: it names parameters by their place.
    clauses, parameters = Filters(sorted(pairs)).build_where_clauses(table)
    for hook in pm.hook.filters_from_request(
        request=request, table=table, database=DATABASE, datasette=datasette
    ):
        added = await await_me_maybe(hook)
        if added:
            clauses.extend(added.where_clauses)
            parameters.update(added.params)
    return f" where {' and '.join(clauses)}" if clauses else "", parameters


async def _order(view: TableView, request: Any, table: str, key: tuple[str, ...], *, has_rowid: bool) -> str:
    words = view.ds.table_metadata(DATABASE, table)
    ascending, descending = request.args.get("_sort"), request.args.get("_sort_desc")
    if not ascending and not descending:
        ascending, descending = words.get("sort"), words.get("sort_desc")
    # The box of the page's own form says which way the chosen column goes.
    if request.args.get("_sort_by_desc"):
        ascending, descending = None, ascending
    if ascending and descending:
        raise DatasetteError("Cannot use _sort and _sort_desc at the same time", status=400)
    sortable = await view.sortable_columns_for_table(DATABASE, table, has_rowid)
    chosen = ascending or descending
    if chosen and chosen not in sortable:
        raise DatasetteError(f"Cannot sort table by {chosen}", status=400)
    first = [escape_sqlite(chosen) + (" desc" if descending else "")] if chosen else []
    rest = [escape_sqlite(column) for column in key] or (["rowid"] if has_rowid else [])
    listed = ", ".join(first + rest)
    return f" order by {listed}" if listed else ""


async def select_canned(datasette: Any, request: Any, name: str) -> Selection | None:
    """Return the rows of one of the site's queries, or None where there is none of that name."""
    question = questions().queries.get(name)
    if not question:
        return None
    sql = _bare(question.sql)
    return Selection(
        name=name,
        title=question.title,
        page=_page(datasette.urls.query(DATABASE, name), request),
        sql=sql,
        parameters=await _parameters(datasette, request, sql, question.params),
        asked=_asked(request),
    )


def _asked(request: Any) -> tuple[str, ...]:
    return tuple(filter(None, ((request.args.get(name) or "").strip() for name in _TELLING)))


async def select_sql(datasette: Any, request: Any, sql: str) -> Selection:
    """Return the rows of a reader's own SELECT.

    Raises:
        InvalidSql: it is no SELECT.
    """
    validate_sql_select(sql)
    bare = _bare(sql)
    return Selection(
        name=OWN_SQL,
        title="",
        page=_page(datasette.urls.database(DATABASE), request),
        sql=bare,
        parameters=await _parameters(datasette, request, bare, ()),
        is_readers_own=True,
    )


def _bare(sql: str) -> str:
    """Return a statement without the semicolon it may end with, so that it can stand in brackets."""
    return sql.rstrip().rstrip(";")


async def _parameters(datasette: Any, request: Any, sql: str, named: Sequence[str]) -> dict[str, str]:
    """Return the named parameters of a statement; one that is missing is empty, as on the page."""
    names = named or await derive_named_parameters(datasette.get_database(DATABASE), sql)
    return {name: request.args.get(name) or "" for name in names}


def _page(path: str, request: Any) -> str:
    return f"{path}?{request.query_string}" if request.query_string else str(path)


async def search_columns(datasette: Any, request: Any, table: str) -> FilterArguments | None:
    """Return the condition of a search in the columns that `searched` in metadata.yaml names.

    Args:
        datasette: the application.
        request: whose `_search` is answered.
        table: that is listed.

    Returns:
        None where the table has an index, which the library asks, or there is nothing to say.

    Raises:
        BadRequest: the table has neither.
    """
    words = datasette.table_metadata(DATABASE, table)
    # `_search_COLUMN` searches one column of an index; `_searchmode` by itself searches nothing.
    searches = [name for name in request.args if name.startswith(_ARGUMENT) and name != "_searchmode"]
    if words.get("fts_table"):
        return None
    columns = words.get("searched")
    if columns and not searches:
        return FilterArguments([], extra_context={"supports_search": True})
    if not searches:
        return None
    if searches != [_ARGUMENT] or not columns:
        raise BadRequest(f"{table} cannot be searched: filter by a column, as in ?COLUMN__contains=")
    # A line end between columns, so that nothing is found across two of them.
    text = " || char(10) || ".join(f"ifnull({escape_sqlite(column)}, '')" for column in columns)
    sought = request.args[_ARGUMENT].strip()
    told = {"supports_search": True, "search": sought}
    return FilterArguments([f"instr({text}, :sought) > 0"], {"sought": sought}, [], told)
