"""The route of exports: `/-/export/NAME.FORMAT` with the arguments of the page, `/-/export.FORMAT?sql=…`.

    request ─▶ selection ─▶ reader (thread, connection, time) ─▶ count, first row ─▶ head ─▶ rows ─▶ end

The number of rows is known before the first byte is sent and stands in a header field. What goes wrong before
is an answer that says so; what goes wrong later stands at the end of the file. In the CSV for Excel each row
ends with the address that it leads to: its figure's proof, its own page, or the page of what it tells of.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

from datasette.utils import InvalidSql, tilde_decode, tilde_encode
from datasette.utils.asgi import NotFound, Response
from datasette.views.base import DatasetteError

from archive.site_files import DATABASE
from gongkai.web.exports.csv_writers import MOST_ROWS, SOURCE_COLUMN, CsvForm, ExcelForm, TableCsvForm
from gongkai.web.exports.export_selection import select_canned, select_sql, select_table
from gongkai.web.exports.export_stream import (
    Export,
    Origin,
    begin_export,
    send_parquet,
    send_rows,
)
from gongkai.web.exports.json_parquet import JsonForm
from gongkai.web.rendering.cells import find_own_path
from gongkai.web.rendering.words import column_table
from gongkai.web.server.reading import ReadingStopped, TooManyReadings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gongkai.web.exports.export_selection import Selection
    from gongkai.web.exports.export_stream import Form, Row
    from gongkai.web.server.asgi import Send
    from gongkai.web.server.reading import Reader


_ADDRESSES = (SOURCE_COLUMN, "链接")
"""Columns of the site's own queries that hold the path of a page, the more exact one first."""

_PAGES = {"facts": "-/proof/"}
"""The tables whose rows have pages apart from the table's."""

_REFERENCES = ("document_id", "from_document_id", "plan_id", "version_id", "section_id", "issuer_id")
"""Columns that say what a row without a key tells of, the more exact one first."""


def row_source(selection: Selection, columns: Sequence[str], site: str) -> Callable[[Row], str]:
    """Return what gives the address of a row's source.

    Args:
        selection: whose rows they are.
        columns: of its answer, the added key's among them.
        site: the address of the front page, which ends with `/`.

    Returns:
        A function from a row to an absolute address; the page of the whole selection where nothing tells the
        row apart.
    """
    whole = site.rstrip("/") + _path_of(selection.page)
    if selection.table and selection.key:
        start = _PAGES.get(selection.table.name, f"{DATABASE}/{selection.table.name}/")
        return _by_key(site + start, len(selection.key))
    for name in _ADDRESSES:
        if name in columns:
            return _by_address(list(columns).index(name), site.rstrip("/"), whole)
    for name in _REFERENCES:
        if name in columns:
            return _by_reference(
                list(columns).index(name), f"{site}{DATABASE}/{column_table().leads_to[name]}/", whole
            )
    return lambda _: whole


def shown_places(selection: Selection, columns: Sequence[str]) -> list[int]:
    """Return the places of the columns that the file has; the source's own stands last, made absolute."""
    kept = len(columns) - len(selection.key)
    return [place for place in range(kept) if columns[place] != SOURCE_COLUMN]


def _by_key(start: str, width: int) -> Callable[[Row], str]:
    return lambda row: start + ",".join([tilde_encode(str(value)) for value in row[-width:]])


def _by_address(place: int, site: str, whole: str) -> Callable[[Row], str]:
    def source(row: Row) -> str:
        path = find_own_path(row[place])
        return site + path if path else whole

    return source


def _by_reference(place: int, start: str, whole: str) -> Callable[[Row], str]:
    return lambda row: start + tilde_encode(str(row[place])) if row[place] is not None else whole


def _path_of(page: str) -> str:
    return page if page.startswith("/") else f"/{page}"


EXPORT_ROUTE = r"^/-/export(?:/(?P<name>[^/]+?))?\.(?P<format>excel\.csv|csv|json|parquet)$"

SECONDS = 300
"""How long an export may take, unless `plugins: gongkai-exports: seconds:` in the metadata says otherwise."""

OWN_SQL_SECONDS = 20
"""The same for SQL of a reader's own: three who ask for what never ends would keep all others waiting."""

_CSV = "csv"
_EXCEL = "excel.csv"
_PARQUET = "parquet"
_RETRY_AFTER_S = 30
_BUSY = "同时导出的人太多，请稍候再试。\nToo many exports at once; please try again in a moment.\n"


async def answer_export(datasette: Any, request: Any, send: Send) -> Response | None:
    """Answer with a file; None once it was sent.

    Raises:
        NotFound: there is no such table, view or query.
        Forbidden: the reader may not see it.
        DatasetteError: the arguments or the SQL cannot be understood, or nothing came within the time.
    """
    selection = await _selected(datasette, request)
    config = datasette.plugin_config("gongkai-exports") or {}
    seconds = float(config.get("seconds", SECONDS))
    if selection.is_readers_own:
        seconds = min(seconds, OWN_SQL_SECONDS)
    try:
        async with datasette.get_database(DATABASE).reader(seconds) as reader:
            await _answer(datasette, request, selection, reader, send)
    except TooManyReadings:
        return Response.text(_BUSY, status=503, headers={"Retry-After": str(_RETRY_AFTER_S)})
    except ReadingStopped as stopped:
        raise DatasetteError(f"the export took longer than {seconds:g} seconds", status=400) from stopped
    except (sqlite3.Error, sqlite3.Warning, InvalidSql) as error:
        raise DatasetteError(str(error), title="Invalid SQL", status=400) from error
    return None


async def _selected(datasette: Any, request: Any) -> Selection:
    name, sql = request.url_vars["name"], request.args.get("sql")
    if name is None:
        if not sql:
            raise NotFound("an export of SQL needs ?sql=")
        try:
            return await select_sql(datasette, request, sql)
        except InvalidSql as error:
            raise DatasetteError(str(error), title="Invalid SQL", status=400) from error
    name = tilde_decode(name)
    with_key = request.url_vars["format"] == _EXCEL
    return await select_canned(datasette, request, name) or await select_table(
        datasette, request, name, with_key=with_key
    )


async def _answer(datasette: Any, request: Any, selection: Selection, reader: Reader, send: Send) -> None:
    site = datasette.absolute_url(request, datasette.urls.instance())
    origin = Origin(datasette.get_database(DATABASE).hash, site)
    form = request.url_vars["format"]
    export = await reader.run(partial(begin_export, selection=selection, origin=origin, as_json=form == _CSV))
    if form == _PARQUET:
        await send_parquet(reader, export, send)
    else:
        await send_rows(reader, export, _choose_writer(form, export), send)


def _choose_writer(name: str, export: Export) -> Form:
    if name == "json":
        return JsonForm(export.columns, export.origin.sha256, export.expected)
    if name == _CSV:
        if export.beside is None:
            return CsvForm(export.columns)
        return TableCsvForm(export.columns, export.beside)
    if export.expected > MOST_ROWS:
        # Excel would open it and say nothing of the rows it leaves out.
        raise DatasetteError(f"{export.expected} rows are more than Excel opens ({MOST_ROWS})", status=400)
    selection = export.selection
    source = row_source(selection, export.columns, export.origin.site)
    # The site's own queries have addresses in their cells; in tables and readers' SQL a text is a text.
    site = "" if selection.table or selection.is_readers_own else export.origin.site
    return ExcelForm(export.columns, shown_places(selection, export.columns), source, site)
