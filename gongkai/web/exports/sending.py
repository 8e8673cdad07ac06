"""Sending what was begun: rows as they come, or a Parquet file once it is whole."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import IO, TYPE_CHECKING

from datasette.views.base import DatasetteError

from gongkai.web.exports.form import End
from gongkai.web.exports.parquet_form import MEDIA_TYPE, SUFFIX, column_kinds, write_parquet
from gongkai.web.server.reading import ReadingStopped, weighed_batches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from gongkai.web.exports.export import Export
    from gongkai.web.exports.form import Form
    from gongkai.web.server.asgi import Receive, Send
    from gongkai.web.server.reading import Reader

logger = logging.getLogger(__name__)

CLIENT_LEFT = "the reader left"

_GROUP_ROWS = 50_000
_GROUP_WEIGHT = 8_000_000
_PIECE = 1 << 18
_LONGEST_WAIT_S = 0.5
_PARTING_S = 5.0


@asynccontextmanager
async def stopped_when_left(reader: Reader, receive: Receive) -> AsyncIterator[None]:
    """Stop the reader when the client is gone while the block runs."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        reader.stop(CLIENT_LEFT)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


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
        await _start(send, {**export.headers(MEDIA_TYPE, SUFFIX), "content-length": str(file.tell())})
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
