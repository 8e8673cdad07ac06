"""Around every request: one copy of the database, one language, the headers, and the answer to errors.

request ─▶ language ─▶ gate ──refused──▶ a page that says why ─▶ headers ─▶ reader
                         ├──▶ the way to a whole file ─────────────┤
                         ├──▶ a page that is kept ─────────────────┤
                         └──▶ Datasette and its pages ─────────────┘

Datasette prints a traceback with every local variable for each mistyped address (through rich, which we
install), and shows a stranger the text of any exception. Here a refusal is one line in the log, and a
defect is a traceback in the log and a plain sentence on the page.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from asgi_gzip import GZipMiddleware, IdentityResponder
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError

from archive.site_files import DATABASE, read_site_table
from gongkai.web.cache import key_of
from gongkai.web.language import Choice, bound_scope, page_variables, speaking_language, write_cookie
from gongkai.web.server import gate
from gongkai.web.server.gate import robots_tag, whole_file
from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from gongkai.web.server.served import ServedDatabase

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Any], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]


# No inline script, no frame, no foreign address: the pages are whole as the server sends them, and what
# `static/page.js` adds to them is nothing that a reader would miss.
_POLICY = b"content-security-policy"
HEADERS = {
    _POLICY: (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'"
    ),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}


# What other sites show: without cookies, each with a policy of its own.
_PICTURES = "/-/chart/", "/-/embed/", "/-/card/"


def _policy(path: str) -> dict[bytes, bytes]:
    """Return the header fields that say what an answer may do and where it may be shown."""
    if not path.startswith(_PICTURES):
        return HEADERS
    policy = HEADERS[_POLICY].replace(b"frame-ancestors 'none'", b"frame-ancestors *")
    if path.startswith("/-/chart/"):  # the styles of an SVG stand in it, and it has no links
        policy = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
    kept = {name: value for name, value in HEADERS.items() if name != b"x-frame-options"}
    return {**kept, _POLICY: policy}


def wrap_application(app: Application, database: ServedDatabase) -> Application:
    """Bind each request to one copy of the database and one language, and add the headers to its answer."""
    outgoing = Outgoing()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, _through_life(send, database))
            return
        choice, bound = bound_scope(scope)

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _headers(message["headers"], choice, bound)}
            # The layer that compresses writes into what it is given, and kept pages are sent again.
            await send({**message})

        answering = outgoing.bounded(send_with_headers, find_known(bound))
        asked_for = gate.read_arguments(bound)
        with (
            database.one_copy(for_own_work=gate.asks_own_work(asked_for)),
            speaking_language(choice.language),
        ):
            if refused := database.copy.integrity.refusal(bound["path"]) or gate.find_refusal(
                bound, asked_for
            ):
                asked = Request(_with_path(bound), receive)
                answer = await answer_error(database.ds, asked, refused)
                answer.headers.update(refused.headers if isinstance(refused, gate.Refused) else {})
                await answer.asgi_send(answering)
            elif location := whole_file(bound, asked_for):
                await Response.redirect(location).asgi_send(answering)
            elif gate.is_form(bound):
                # Who listens for its leaving would take its body.
                await app(bound, _receiving_form(receive), answering)
            elif key_of(bound):
                for message in await database.copy.pages.answer(app, bound, receive, choice.language):
                    await answering(message)
            else:
                await _while_asked_for(app, bound, receive, answering)

    return _compress(application)


def _compress(application: Application) -> Application:
    """Compress answers, but for files that are small already: again would take time for nothing.

    Short ones, too: of what it leaves as it is the library does not say that another reader may have it
    compressed (`Vary`), and a cache would give either to anybody.
    """
    compressing = GZipMiddleware(application, 1, SERVER.compression_level)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or gate.is_packed(scope["path"]):
            await application(scope, receive, send)
        elif gate.refuses_gzip(scope):
            await IdentityResponder(application, 1)(scope, receive, send)
        else:
            await compressing(scope, receive, send)

    return answer


def _receiving_form(receive: Receive) -> Receive:
    """Return what receives a form; one whose reader leaves before it has come is refused."""

    async def receive_form() -> Any:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise gate.Refused("the form did not come whole")
        return message

    return receive_form


async def _while_asked_for(app: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer until the reader leaves: what waits for a thread then would keep those waiting who are there."""
    is_sent = False

    async def send_noted(message: Any) -> None:
        nonlocal is_sent
        is_sent = message["type"] == "http.response.body" and not message.get("more_body")
        await send(message)

    answering = asyncio.ensure_future(app(scope, receive, send_noted))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        # A whole answer ends the request, too; what is left to do then is closing files.
        if not answering.done() and not is_sent:
            answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
    finally:
        leaving.cancel()
        answering.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _through_life(send: Send, database: ServedDatabase) -> Send:
    """Warm pages once the server has started, and end what reads the archive before it says that it is done.

    A signal ends the process then.
    """

    async def send_in_time(message: Any) -> None:
        if message["type"] == "lifespan.shutdown.complete":
            await asyncio.to_thread(database.close)
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            database.begin_warming()

    return send_in_time


def _with_path(scope: Scope) -> Scope:
    """Return a scope whose path begins as one does: the links of the page that refuses are made of it."""
    if scope.get("raw_path", b"/").startswith(b"/"):
        return scope
    return {**scope, "path": "/", "raw_path": b"/"}


def _headers(sent: list[tuple[bytes, bytes]], choice: Choice, scope: Scope) -> list[tuple[bytes, bytes]]:
    path = scope["path"]
    headers = [(name, value) for name, value in sent if name.lower() not in HEADERS]
    headers += _policy(path).items()
    headers.append((b"x-robots-tag", robots_tag(path, has_arguments=bool(scope["query_string"]))))
    # A cache in front must not show one reader the language that another has chosen.
    headers.append((b"vary", b"Cookie"))
    if path.startswith("/static/"):
        headers.append((_CACHE_CONTROL, b"public, max-age=600"))
    elif gate.FORMS.fullmatch(path):  # a reader's address stands on such pages
        headers = [field for field in headers if field[0].lower() != _CACHE_CONTROL]
        headers.append((_CACHE_CONTROL, b"no-store"))
    if choice.is_new and not path.startswith(_PICTURES):
        headers.append((b"set-cookie", write_cookie(choice.language)))
    return headers


logger = logging.getLogger(__name__)


async def answer_error(datasette: Any, request: Any, exception: Exception) -> Response:
    """Answer a request that raised."""
    status, message = _explained(exception, request)
    if status == 500 and not datasette.get_database(DATABASE).copy.is_current:
        status, message = 503, _UPGRADING
    is_passing = type(exception) in _TRY_AGAIN
    if status >= 500:
        cause = None if is_passing else exception
        logger.error("%s %s: %s", request.method, request.path, message, exc_info=cause)
    else:
        logger.info("%s %s: %s %s", request.method, request.path, status, message)
    known = {"ok": False, "error": message, "status": status, "title": None}
    headers = {"retry-after": str(_RETRY_AFTER_S)} if is_passing else {}
    if request.path.endswith(".json"):
        return Response.json(known, status, headers)
    # The gate may refuse the first request of all, before the library has given templates our filters.
    await datasette.invoke_startup()
    template = datasette.jinja_env.select_template([f"{status}.html", "error.html"])
    asked = {"sql": request.args.get("sql"), "urls": datasette.urls, **page_variables(request.scope)}
    return Response.html(template.render({**known, **asked}), status, headers)


_UPGRADING = (
    "数据正在升级，此页暂不可用；各表仍可查阅和下载。 / "
    "The data is being brought up to a new version; this page waits for that, the tables are here."
)
_TRY_AGAIN = {
    MemoryError: "the server is busy; please try again in a moment",
    # Of a question of ours: a reader's own SQL that takes too long is the library's to refuse.
    QueryInterrupted: (
        "此页没能在时限内算出，请稍候再试。 / "
        "This page was not worked out within its time limit; please try again in a moment."
    ),
}


def in_chinese(message: str) -> str:
    """Return a message of the library in Chinese; an empty one where it is already, or is not known."""
    found = next((said for part, said in read_site_table("errors").items() if part in message), "")
    return found.format(search_chars=SERVER.search_chars)


_PLACE_IN_LIST = "_next"


def _explained(exception: Exception, request: Any) -> tuple[int, str]:
    if isinstance(exception, DatasetteError):
        # Its only message in HTML is about the time limit, with a script and styles that our pages refuse.
        message = "SQL query took too long" if exception.message_is_html else str(exception.message or "")
        # Where the library gives no status of its own it means 500, of mistakes in arguments and SQL.
        return 400 if exception.status == 500 else exception.status, message
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0]) if exception.args else ""
    if told := _TRY_AGAIN.get(type(exception)):
        return 503, told
    # The authorizer of `limits` refuses a statement so.
    is_denied = isinstance(exception, sqlite3.DatabaseError) and str(exception).startswith("not authorized")
    # What SQLite's module for Python raises before a statement runs: NUL, two in one, a number too large.
    if is_denied or isinstance(exception, sqlite3.ProgrammingError | sqlite3.Warning | OverflowError):
        return 400, str(exception)
    if isinstance(exception, ValueError | IndexError) and request.args.get(_PLACE_IN_LIST):
        # The library reads the place in a list as it comes: a number in views, parts of a key in tables.
        return 400, f"{_PLACE_IN_LIST} cannot be read"
    return 500, "服务器出错，已记入日志。 / An error on our side; it is in the log."


# Large answers on their way: in pieces that the reader has to take, and so many bytes together.
# answer ──large?──no──▶ as it is
# └─yes──▶ too much under way? ──yes──▶ 503
# └─no──▶ piece after piece, each when the one before was taken
# The HTTP server takes an answer of any size at once and keeps it until the reader has it or leaves: sixty
# readers who took nothing of 16 MB each filled a server's memory.


_RETRY_AFTER_S = 30


def answer_busy(seconds: int) -> Response:
    """Answer that the server is busy, and when to come again."""
    told = "服务器正忙，请稍候再试。\nThe server is busy; please try again in a moment.\n"
    return Response.text(told, status=503, headers={"retry-after": str(seconds), "cache-control": "no-store"})


class Outgoing:
    """The large answers that are under way: so many bytes together; a larger one goes when it is alone."""

    def __init__(self) -> None:
        self._bytes = 0

    def bounded(self, send: Send, known: bytes | None = None) -> Send:
        """Return what sends the answer of one request; what comes in parts goes on as it comes.

        Args:
            send: to the reader.
            known: the tags of the answers that the reader has; None where answers have no tags.
        """
        start: Any = None

        async def send_bounded(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message  # what it says is known with the body
                return
            # Only once: what follows the first part goes straight on.
            first, start = start, None
            if first is None:
                await send(message)
                return
            is_whole = not message.get("more_body")
            if known is not None and is_whole:
                first, message = _tagged(first, message, known)
            length = len(message.get("body", b""))
            is_large = is_whole and length > SERVER.large_bytes
            if is_large and self._bytes and self._bytes + length > SERVER.under_way_bytes:
                await answer_busy(_RETRY_AFTER_S).asgi_send(send)
                return
            await send(first)
            await (self._send_in_pieces(send, message["body"]) if is_large else send(message))

        return send_bounded

    async def _send_in_pieces(self, send: Send, body: bytes) -> None:
        length = len(body)
        self._bytes += length
        try:
            async with asyncio.timeout(SERVER.patience_s + length / SERVER.slowest_bytes_per_s):
                for begin in range(0, length, SERVER.piece_bytes):
                    piece = body[begin : begin + SERVER.piece_bytes]
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # The HTTP server ends the connection of an answer that is not whole.
            logger.info("an answer of %s bytes: the reader took nothing any more", length)
        finally:
            self._bytes -= length


_NO_STORE, _CACHE_CONTROL = b"private, no-store", b"cache-control"
SHOWN_BY_PROXIES = b"max-age=0, must-revalidate, s-maxage=60"
"""Browsers ask each time whether a page still holds; a proxy of the operator's may show it for a minute."""


def find_known(scope: Scope) -> bytes | None:
    """Return the tags of the answers that a reader has of an address; None where its answers have none.

    Source: RFC 9110, section 13.1.2: of methods other than GET and HEAD a tag is no reason to send nothing.
    """
    if scope["method"] not in gate.METHODS or gate.FORMS.fullmatch(scope["path"]):
        return None
    return b",".join(value for name, value in scope["headers"] if name == b"if-none-match")


def _tagged(start: Any, message: Any, known: bytes) -> tuple[Any, Any]:
    """Give a whole answer a tag that tells it from any other; send none of it to a reader who has it.

    Datasette lets no cache keep what a reader with a cookie gets. The only cookie of ours is the language,
    and `Vary` names it, so the reader's own browser may keep the answer and ask whether it still holds.
    """
    said = {name.lower(): value for name, value in start["headers"]}
    if start["status"] != HTTPStatus.OK or b"etag" in said or said.get(_CACHE_CONTROL) == b"no-store":
        return start, message
    body = message.get("body", b"")
    # Weak, for the answer may be compressed behind this (RFC 9110, section 8.8.1).
    tag = b'W/"%s"' % hashlib.sha256(body).hexdigest()[:32].encode()
    kept = b"private, no-cache" if said.get(_CACHE_CONTROL) == _NO_STORE else said.get(_CACHE_CONTROL)
    headers = [(name, value) for name, value in start["headers"] if name.lower() != _CACHE_CONTROL]
    start = {**start, "headers": [*headers, (b"etag", tag), (_CACHE_CONTROL, kept or SHOWN_BY_PROXIES)]}
    if tag in known.replace(b" ", b"").split(b","):
        return {**start, "status": HTTPStatus.NOT_MODIFIED}, {**message, "body": b""}
    return start, message
