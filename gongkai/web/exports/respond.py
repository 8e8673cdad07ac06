"""The route of exports: `/-/export/NAME.FORMAT` with the arguments of the page, `/-/export.FORMAT?sql=…`.

    request ─▶ selection ─▶ reader (thread, connection, time) ─▶ count, first row ─▶ head ─▶ rows ─▶ end

The number of rows is known before the first byte is sent and stands in a header field. What goes wrong before
is an answer that says so; what goes wrong later stands at the end of the file.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

from datasette.utils import InvalidSql, tilde_decode
from datasette.utils.asgi import NotFound, Response
from datasette.views.base import DatasetteError

from archive.site_files import DATABASE
from gongkai.web.exports.csv_form import CsvForm
from gongkai.web.exports.excel_form import MOST_ROWS, ExcelForm
from gongkai.web.exports.export import Export, Origin, begin
from gongkai.web.exports.json_form import JsonForm
from gongkai.web.exports.selection import select_canned, select_sql, select_table
from gongkai.web.exports.sending import CLIENT_LEFT, send_parquet, send_rows, stopped_when_left
from gongkai.web.exports.sources import row_source, shown_places
from gongkai.web.exports.table_csv import TableCsvForm
from gongkai.web.server.reading import ReadingStopped, TooManyReadings

if TYPE_CHECKING:
    from gongkai.web.exports.form import Form
    from gongkai.web.exports.selection import Selection
    from gongkai.web.server.asgi import Receive, Send
    from gongkai.web.server.reading import Reader

ROUTE = r"^/-/export(?:/(?P<name>[^/]+?))?\.(?P<format>excel\.csv|csv|json|parquet)$"

SECONDS = 300
"""How long an export may take, unless `plugins: gongkai-exports: seconds:` in the metadata says otherwise."""

OWN_SQL_SECONDS = 20
"""The same for SQL of a reader's own: three who ask for what never ends would keep all others waiting."""

_CSV = "csv"
_EXCEL = "excel.csv"
_PARQUET = "parquet"
_RETRY_AFTER_S = 30
_BUSY = "同时导出的人太多，请稍候再试。\nToo many exports at once; please try again in a moment.\n"


async def respond(datasette: Any, request: Any, send: Send, receive: Receive) -> Response | None:
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
        async with (
            datasette.get_database(DATABASE).reader(seconds) as reader,
            stopped_when_left(reader, receive),
        ):
            await _answer(datasette, request, selection, reader, send)
    except TooManyReadings:
        return Response.text(_BUSY, status=503, headers={"Retry-After": str(_RETRY_AFTER_S)})
    except ReadingStopped as stopped:
        if stopped.problem == CLIENT_LEFT:
            return None
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
    export = await reader.run(partial(begin, selection=selection, origin=origin, as_json=form == _CSV))
    if form == _PARQUET:
        await send_parquet(reader, export, send)
    else:
        await send_rows(reader, export, _form(form, export), send)


def _form(name: str, export: Export) -> Form:
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
