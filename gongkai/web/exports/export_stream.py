"""The stream of an export: rows counted, the first one found, then a head, rows in batches, and an end.

The end says whether all is there. A Parquet file is sent once it is whole, all others as their rows come.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Protocol

from datasette.views.base import DatasetteError

from gongkai.web.exports.csv_writers import may_be_real, rows_as_json
from gongkai.web.exports.export_selection import content_disposition
from gongkai.web.exports.json_parquet import PARQUET_SUFFIX, PARQUET_TYPE, column_kinds, write_parquet
from gongkai.web.server.reading import ReadingStopped, batches, weighed_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gongkai.web.exports.export_selection import Selection, TablePart
    from gongkai.web.server.asgi import Send
    from gongkai.web.server.reading import Reader


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class End:
    """How a file ended.

    Attributes:
        rows: that were written.
        expected: that were counted before.
        sha256: of the published copy they are from.
        reason: why it ended early, in plain ASCII on one line; empty where it did not.
    """

    rows: int
    expected: int
    sha256: str
    reason: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every row is there."""
        return not self.reason and self.rows == self.expected

    @property
    def said_reason(self) -> str:
        """Why the file is not complete."""
        return self.reason or f"{self.rows} rows came where {self.expected} were counted"

    def line(self) -> str:
        """Write the last line of a file of lines. It holds no comma and no quotation mark."""
        counts = f"rows={self.rows} expected={self.expected} sha256={self.sha256}"
        if self.is_complete:
            return f"# COMPLETE {counts}"
        return f"# INCOMPLETE {counts} reason={self.said_reason}"


class Form(Protocol):
    """A form of file that is written row after row."""

    media_type: str
    suffix: str

    def head(self) -> bytes:
        """Return what stands before the rows."""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return rows as they stand in the file."""

    def tail(self, end: End) -> bytes:
        """Return what stands after the rows."""


_NIGHT = "SELECT max(night) FROM runs"
_LONGEST_ROW = "SELECT value FROM publication WHERE key = 'longest_row_bytes'"
_MOST_HELD = 64_000_000
_MOST_ROWS = 128
"""Few enough to stay in the processor's cache from reading to writing: a fifth faster than thousands."""
_HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export is from.

    Attributes:
        sha256: of the published copy.
        site: the address of the front page, which ends with `/`.
    """

    sha256: str
    site: str


@dataclass(frozen=True, slots=True)
class Export:
    """Rows to be sent.

    Attributes:
        selection: what they are.
        origin: where they are from.
        night: the newest night of the copy; None where it has none.
        expected: how many rows were counted.
        columns: the names of a row's values, an added key's among them.
        cursor: stands before the first row; its connection's thread alone may use it.
        longest_row: of all published tables, in bytes.
        beside: where rows come as `rows_as_json` says, what comes beside them; None where they do not.
    """

    selection: Selection
    origin: Origin
    night: str | None
    expected: int
    columns: tuple[str, ...]
    cursor: sqlite3.Cursor
    longest_row: int
    beside: list[int] | None = None

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows in lists that fit the memory."""
        if self.selection.is_readers_own:
            return weighed_batches(self.cursor, _MOST_ROWS, _HEAVIEST)
        return batches(self.cursor, max(1, min(_MOST_ROWS, _MOST_HELD // max(1, self.longest_row))))

    def headers(self, media_type: str, suffix: str) -> dict[str, str]:
        """Return the header fields of the answer."""
        title = self.selection.title.partition(" / ")[0]
        return {
            "content-type": media_type,
            "content-disposition": content_disposition(
                self.selection.name, title, self.night, suffix, self.selection.asked
            ),
            "x-expected-rows": str(self.expected),
            "x-database-sha256": self.origin.sha256,
            # A file that ended early must not be given to the next who asks.
            "cache-control": "no-store",
        }


def begin_export(
    connection: sqlite3.Connection, selection: Selection, origin: Origin, *, as_json: bool = False
) -> Export:
    """Count the rows of a selection and find the first.

    Args:
        connection: to the copy, and to nobody else's.
        selection: what to export.
        origin: where it is from.
        as_json: whether the rows of a table are to come as `rows_as_json` says.

    Raises:
        sqlite3.Error: the SQL cannot be run.
    """
    [(expected,)] = connection.execute(selection.count_sql, selection.parameters)
    [(night,)] = connection.execute(_NIGHT)
    [(longest_row,)] = connection.execute(_LONGEST_ROW)
    sql, columns, beside = selection.sql, None, None
    part = selection.table
    if as_json and part and (declared := _declared(connection, part)):
        beside = may_be_real(part.columns, declared.kinds, strict=declared.is_strict)
        sql, columns = f"SELECT {rows_as_json(part.columns, beside)} {part.rest}", part.columns
        connection.text_factory = bytes
    # A plain cursor: the weight of one answer is no matter where it is sent in pieces.
    cursor = connection.cursor(sqlite3.Cursor)
    cursor.execute(sql, selection.parameters)
    columns = columns or tuple(column[0] for column in cursor.description)
    return Export(selection, origin, night, expected, columns, cursor, int(longest_row), beside)


@dataclass(frozen=True, slots=True)
class _Declared:
    kinds: dict[str, str]
    is_strict: bool


def _declared(connection: sqlite3.Connection, part: TablePart) -> _Declared | None:
    """Return what a table declares; None for a view, whose columns may be JSON already."""
    [(kind, is_strict)] = connection.execute("SELECT type, strict FROM pragma_table_list(?)", [part.name])
    if kind != "table":
        return None
    return _Declared(
        dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", [part.name])), bool(is_strict)
    )


logger = logging.getLogger(__name__)

_GROUP_ROWS = 50_000
_GROUP_WEIGHT = 8_000_000
_PIECE = 1 << 18
_LONGEST_WAIT_S = 0.5
_PARTING_S = 5.0


async def send_rows(reader: Reader, export: Export, form: Form, send: Send) -> None:
    """Send a file row after row; its end says whether it is whole.

    A client that takes nothing any more is left a little after the time is over, with a broken transfer.
    """
    try:
        async with asyncio.timeout(reader.deadline - time.monotonic() + _PARTING_S):
            await _start(send, export.headers(form.media_type, form.suffix))
            await _piece(send, form.head())
            end = await _send_batches(reader, export, form, send)
            await _piece(send, form.tail(end), last=True)
    except TimeoutError:
        logger.info("export of %s: the client took nothing any more", export.selection.name)


async def _send_batches(reader: Reader, export: Export, form: Form, send: Send) -> End:
    rows, reason = 0, ""

    try:
        async for count, piece in reader.each(lambda _: _pieces(export, form)):
            await _piece(send, piece)
            rows += count
    except ReadingStopped as stopped:
        reason = stopped.problem
    except sqlite3.Error as error:
        logger.warning("export of %s: %s", export.selection.name, error)
        reason = f"error: {_plain(str(error))}"
    return End(rows, export.expected, export.origin.sha256, reason)


def _pieces(export: Export, form: Form) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of the file that are worth sending, and how many rows are in each."""
    count, size, parts, begun = 0, 0, [], time.monotonic()
    for rows in export.batches():
        part = form.rows(rows)
        count, size = count + len(rows), size + len(part)
        parts.append(part)
        if size >= _PIECE or time.monotonic() > begun + _LONGEST_WAIT_S:
            yield count, b"".join(parts)
            count, size, parts, begun = 0, 0, [], time.monotonic()
    if parts:
        yield count, b"".join(parts)


def _plain(message: str) -> str:
    """Return a message of SQLite as it can stand in the end line."""
    return " ".join(message.encode("ascii", "replace").decode().translate({44: 59, 34: 39}).split())


async def send_parquet(reader: Reader, export: Export, send: Send) -> None:
    """Write a Parquet file, then send it.

    Raises:
        ReadingStopped: the time is over.
        DatasetteError: other rows came than were counted, so nothing is sent.
    """
    with tempfile.TemporaryFile(prefix="gongkai-export-") as file:
        rows = await reader.run(partial(_write, file=file, export=export))
        if rows != export.expected:
            raise DatasetteError(f"{rows} rows came where {export.expected} were counted", status=400)
        await _start(
            send, {**export.headers(PARQUET_TYPE, PARQUET_SUFFIX), "content-length": str(file.tell())}
        )
        file.seek(0)
        try:
            async with asyncio.timeout(reader.deadline - time.monotonic() + _PARTING_S):
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    await _piece(send, piece)
                await _piece(send, b"", last=True)
        except TimeoutError:
            logger.info("export of %s: the client took nothing any more", export.selection.name)


def _write(connection: sqlite3.Connection, file: IO[bytes], export: Export) -> int:
    sql, parameters = export.selection.sql, export.selection.parameters
    kinds = column_kinds(connection, sql, parameters, len(export.columns))
    notes = {"gongkai.database_sha256": export.origin.sha256, "gongkai.rows": str(export.expected)}
    groups = weighed_batches(export.cursor, _GROUP_ROWS, _GROUP_WEIGHT)
    return write_parquet(file, export.columns, kinds, groups, notes)


async def _start(send: Send, headers: Mapping[str, str]) -> None:
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": fields})


async def _piece(send: Send, piece: bytes, *, last: bool = False) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": not last})
