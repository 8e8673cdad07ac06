"""The route of exports: `/-/export/NAME.FORMAT` with the arguments of the page, `/-/export.FORMAT?sql=…`.

    request ─▶ selection ─▶ reader (thread, connection, time) ─▶ count, first row ─▶ head ─▶ rows ─▶ end

The number of rows is known before the first byte is sent and stands in a header field. What goes wrong before
is an answer that says so; what goes wrong later stands at the end of the file. A workbook is sent once it is
whole, all others as their rows come. In the CSV for Excel each row ends with the address that it leads to:
its figure's proof, its own page, or the page of what it tells of.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import tempfile
import time
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.utils import InvalidSql, tilde_decode, tilde_encode
from datasette.utils.asgi import NotFound, Response
from datasette.views.base import DatasetteError

from archive.site_files import DATABASE
from archive.snapshot.workbook import WORKBOOK_SUFFIX, WORKBOOK_TYPE, write_workbook
from gongkai.web.exports.export_selection import (
    Selection,
    content_disposition,
    select_canned,
    select_sql,
    select_table,
)
from gongkai.web.exports.file_formats import (
    MOST_ROWS,
    SOURCE_COLUMN,
    CsvForm,
    End,
    ExcelForm,
    JsonForm,
    WorkbookForm,
)
from gongkai.web.language import pick_half, tell
from gongkai.web.pages.page_queries import Visit, make_page
from gongkai.web.questions import questions
from gongkai.web.reading import Reader, ReadingStopped, Row, TooMany, weighed_batches
from gongkai.web.rendering.cells import find_own_path
from gongkai.web.rendering.words import column_table, column_words
from gongkai.web.server.asgi import answer_busy
from gongkai.web.thresholds import EXPORTS
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from gongkai.web.server.asgi import Send

Form = CsvForm | JsonForm
AnyExcel = TypeVar("AnyExcel", bound=ExcelForm)

logger = logging.getLogger(__name__)

# Columns of the site's own queries that hold the path of a page, the more exact one first.
_ADDRESSES = (SOURCE_COLUMN, "链接")

# The tables whose rows have pages apart from the table's.
_PAGES = {"facts": "-/proof/"}

# Columns that say what a row without a key tells of, the more exact one first.
_REFERENCES = ("document_id", "from_document_id", "plan_id", "version_id", "section_id", "issuer_id")


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
    origin = site.rstrip("/")
    whole = selection.address(site)
    if selection.key:
        start, width = site + _PAGES.get(selection.name, f"{DATABASE}/{selection.name}/"), len(selection.key)
        return lambda row: start + ",".join([tilde_encode(str(value)) for value in row[-width:]])
    known = [name for name in (*_ADDRESSES, *_REFERENCES) if name in columns]
    if not known:
        return lambda _: whole
    name = known[0]
    place = list(columns).index(name)
    if name in _ADDRESSES:
        return lambda row: origin + path if (path := find_own_path(row[place])) else whole
    table = f"{site}{DATABASE}/{column_table().leads_to[name]}/"
    return lambda row: whole if row[place] is None else table + tilde_encode(str(row[place]))


def shown_places(selection: Selection, columns: Sequence[str]) -> list[int]:
    """Return the places of the columns that the file has; the source's own stands last, made absolute."""
    kept = columns[: len(columns) - len(selection.key)]
    return [place for place, name in enumerate(kept) if name != SOURCE_COLUMN]


_EXCEL = "excel.csv"
_XLSX = "xlsx"


@make_page("export", r"^/-/export(?:/(?P<name>[^/]+?))?\.(?P<format>excel\.csv|csv|json|xlsx)$")
async def answer_export(visit: Visit) -> Response | None:
    """Answer with a file; None once it was sent.

    Raises:
        NotFound: there is no such table, view or query.
        DatasetteError: the arguments or the SQL cannot be understood, or nothing came within the time.
    """
    seconds, datasette, request, send = EXPORTS.seconds, visit.datasette, visit.request, visit.send
    try:
        selection = await _selected(datasette, request)
        is_own = selection.is_readers_own
        seconds = EXPORTS.own_sql_seconds if is_own else seconds
        async with visit.database.reader(seconds, is_own=is_own) as reader:
            site = datasette.absolute_url(request, datasette.urls.instance())
            export = await reader.run(partial(begin_export, selection=selection, sha256=visit.database.hash))
            name = request.url_vars["format"]
            if name == _XLSX:
                cells = _excel_form(WorkbookForm, export, site)
                await send_workbook(reader, export, cells, _notes(datasette, export, site), send)
                return None
            form: Form = CsvForm(export.columns)
            if name == "json":
                form = JsonForm(export.columns, export.sha256, export.expected)
            elif name == _EXCEL:
                form = _excel_form(ExcelForm, export, site)
            await send_rows(reader, export, form, send)
    except TooMany:
        return answer_busy(EXPORTS.retry_after_s)
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
        return await select_sql(datasette, request, sql)
    name = tilde_decode(name)
    # These two alone have a column that leads to each row's source, which the key makes.
    with_key = request.url_vars["format"] in {_EXCEL, _XLSX}
    return await select_canned(datasette, request, name) or await select_table(
        datasette, request, name, with_key=with_key
    )


def _excel_form(form: type[AnyExcel], export: Export, site: str) -> AnyExcel:
    if export.expected > MOST_ROWS:
        # Excel would open it and say nothing of the rows it leaves out.
        raise DatasetteError(f"{export.expected} rows are more than Excel opens ({MOST_ROWS})", status=400)
    selection = export.selection
    source = row_source(selection, export.columns, site)
    # The site's own queries have addresses in their cells; in tables and readers' SQL a text is a text.
    own = "" if selection.is_table or selection.is_readers_own else site
    return form(export.columns, shown_places(selection, export.columns), source, own)


def _notes(datasette: Any, export: Export, site: str) -> list[tuple[str, str]]:
    """Return the lines of the sheet 说明: what the rows are and are from, columns and states in words."""
    selection = export.selection
    words = datasette.table_metadata(DATABASE, selection.name).get("columns") or questions().columns
    states = column_words()["facts.state"] if "state" in export.columns else {}
    return [
        (tell("workbook.rows_of"), pick_half(selection.title) or selection.sql),
        (tell("workbook.page"), selection.address(site)),
        (tell("workbook.rows"), str(export.expected)),
        (tell("workbook.night"), export.night or ""),
        ("SHA-256", export.sha256),
        (tell("workbook.blank"), tell("workbook.blank_is")),
        (tell("workbook.how"), tell("workbook.how_is")),
        *((name, pick_half(words[name])) for name in export.columns if name in words),
        *((f"state = {code}", pick_half(text)) for code, text in states.items()),
    ]


class Export(FrozenStruct):
    """Rows to be sent.

    Attributes:
        selection: what they are.
        sha256: of the published copy that they are from.
        night: the newest night of the copy; None where it has none.
        expected: how many rows were counted.
        columns: the names of a row's values, an added key's among them.
        cursor: stands before the first row; its connection's thread alone may use it.
    """

    selection: Selection
    sha256: str
    night: str | None
    expected: int
    columns: tuple[str, ...]
    cursor: sqlite3.Cursor

    def headers(self, media_type: str, suffix: str) -> dict[str, str]:
        """Return the header fields of the answer."""
        title = self.selection.title.partition(" / ")[0]
        return {
            "content-type": media_type,
            "content-disposition": content_disposition(
                self.selection.name, title, self.night, suffix, self.selection.asked
            ),
            "x-expected-rows": str(self.expected),
            "x-database-sha256": self.sha256,
            # A file that ended early must not be given to the next who asks.
            "cache-control": "no-store",
        }


def begin_export(connection: sqlite3.Connection, selection: Selection, sha256: str) -> Export:
    """Count the rows of a selection and find the first.

    Args:
        connection: to the copy, and to nobody else's.
        selection: what to export.
        sha256: of the copy.

    Raises:
        sqlite3.Error: the SQL cannot be run.
    """
    [(expected,)] = connection.execute(selection.count_sql, selection.parameters)
    [(night,)] = connection.execute("SELECT max(night) FROM runs")
    # A plain cursor: the weight of one answer is no matter where it is sent in pieces.
    cursor = connection.cursor(sqlite3.Cursor)
    cursor.execute(selection.sql, selection.parameters)
    columns = tuple(column[0] for column in cursor.description)
    return Export(selection, sha256, night, expected, columns, cursor)


# The end line of a file still has to go out once the time of its reader is over.
_PARTING_S = 5.0


async def send_rows(reader: Reader, export: Export, form: Form, send: Send) -> None:
    """Send a file row after row; its end says whether it is whole.

    A client that takes nothing any more is left a little after the time is over, with a broken transfer.
    """
    rows, reason = 0, ""
    async with _taken_in_time(reader, export):
        await _start(send, export.headers(form.media_type, form.suffix))
        await _piece(send, form.head())
        try:
            async for count, piece in reader.each(lambda _: _pieces(export, form)):
                await _piece(send, piece)
                rows += count
        except ReadingStopped as stopped:
            reason = stopped.problem
        except sqlite3.Error as error:
            logger.warning("export of %s: %s", export.selection.name, error)
            # As it can stand in the end line, which to readers of CSV is one field.
            plain = str(error).encode("ascii", "replace").decode().translate({ord(","): ";", ord('"'): "'"})
            reason = f"error: {' '.join(plain.split())}"
        end = End(rows, export.expected, export.sha256, reason)
        await _piece(send, form.tail(end), last=True)


@asynccontextmanager
async def _taken_in_time(reader: Reader, export: Export) -> AsyncIterator[None]:
    """Leave the client where it takes nothing any more and the time of the reader is over."""
    try:
        async with asyncio.timeout(reader.deadline - time.monotonic() + _PARTING_S):
            yield
    except TimeoutError:
        logger.info("export of %s: the client took nothing any more", export.selection.name)


def _pieces(export: Export, form: Form) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of the file that are worth sending, and how many rows are in each."""
    count, size, parts, begun = 0, 0, [], time.monotonic()
    for rows in weighed_batches(export.cursor, EXPORTS.batch_rows, EXPORTS.batch_weight):
        part = form.rows(rows)
        count, size = count + len(rows), size + len(part)
        parts.append(part)
        if size >= EXPORTS.piece_bytes or time.monotonic() > begun + EXPORTS.longest_wait_s:
            yield count, b"".join(parts)
            count, size, parts, begun = 0, 0, [], time.monotonic()
    if parts:
        yield count, b"".join(parts)


async def send_workbook(
    reader: Reader, export: Export, form: WorkbookForm, notes: list[tuple[str, str]], send: Send
) -> None:
    """Write a workbook, then send it.

    Args:
        reader: in whose thread it is written.
        export: the rows.
        form: of their cells.
        notes: the lines of the sheet 说明.
        send: takes it.

    Raises:
        ReadingStopped: the time is over.
        DatasetteError: other rows came than were counted, so nothing is sent.
    """
    with tempfile.TemporaryFile(prefix="gongkai-export-") as file:

        def write(_: sqlite3.Connection) -> int:
            batches = weighed_batches(export.cursor, EXPORTS.batch_rows, EXPORTS.batch_weight)
            return write_workbook(file, form.names, map(form.cells, chain.from_iterable(batches)), notes)

        rows = await reader.run(write)
        if rows != export.expected:
            raise DatasetteError(f"{rows} rows came where {export.expected} were counted", status=400)
        length = file.seek(0, os.SEEK_END)
        headers = export.headers(WORKBOOK_TYPE, WORKBOOK_SUFFIX) | {"content-length": str(length)}
        await _start(send, headers)
        file.seek(0)
        async with _taken_in_time(reader, export):
            while piece := await asyncio.to_thread(file.read, EXPORTS.piece_bytes):
                await _piece(send, piece)
            await _piece(send, b"", last=True)


async def _start(send: Send, headers: Mapping[str, str]) -> None:
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": fields})


async def _piece(send: Send, piece: bytes, *, last: bool = False) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": not last})
