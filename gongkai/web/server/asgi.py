"""Around every request: one copy of the database, one language, the headers that keep a page to itself.

request ─▶ language ─▶ gate ──refused──▶ a page that says why ─▶ headers ─▶ reader
                         ├──▶ the way to a whole file ─────────────┤
                         ├──▶ a page that is kept ─────────────────┤
                         └──▶ Datasette and its pages ─────────────┘
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Request, Response

from gongkai.web.language import bound_scope, cookie, speaking
from gongkai.web.server import errors, gate
from gongkai.web.server.kept_pages import key_of
from gongkai.web.server.outgoing import Outgoing
from gongkai.web.server.robots import robots_tag
from gongkai.web.server.whole_files import whole_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from gongkai.web.language import Choice
    from gongkai.web.server.served import ServedDatabase

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Any], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# No script anywhere, no frame, no foreign address: the pages are whole as the server sends them.
HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'"
    ),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}


def wrapped(app: Application, database: ServedDatabase) -> Application:
    """Bind each request to one copy of the database and one language, and add the headers to its answer."""
    outgoing = Outgoing()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, _closing(send, database))
            return
        choice, bound = bound_scope(scope)

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _headers(message["headers"], choice, bound)}
            await send(message)

        answering = outgoing.bounded(send_with_headers)
        with database.one_copy(), speaking(choice.language):
            if refused := gate.refusal(bound):
                asked = Request(_with_path(bound), receive)
                answer = await errors.answer(database.ds, asked, refused)()
                answer.headers.update(gate.headers_of(refused))
                await answer.asgi_send(answering)
            elif location := whole_file(bound):
                await Response.redirect(location).asgi_send(answering)
            elif key_of(bound):
                for message in await database.pages.answer(app, bound, receive, choice.language):
                    await answering(message)
            elif bound["path"].startswith(_WATCHED_BY_THEMSELVES):
                await app(bound, receive, answering)
            else:
                await _while_asked_for(app, bound, receive, answering)

    return application


_WATCHED_BY_THEMSELVES = "/-/export"


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


def _closing(send: Send, database: ServedDatabase) -> Send:
    """End what reads the archive before the server says that it is done: a signal ends the process then."""

    async def send_when_closed(message: Any) -> None:
        if message["type"] == "lifespan.shutdown.complete":
            await asyncio.to_thread(database.replays.close)
        await send(message)

    return send_when_closed


def _with_path(scope: Scope) -> Scope:
    """Return a scope whose path begins as one does: the links of the page that refuses are made of it."""
    if scope.get("raw_path", b"/").startswith(b"/"):
        return scope
    return {**scope, "path": "/", "raw_path": b"/"}


def _headers(sent: list[tuple[bytes, bytes]], choice: Choice, scope: Scope) -> list[tuple[bytes, bytes]]:
    headers = [(name, value) for name, value in sent if name.lower() not in HEADERS]
    headers += HEADERS.items()
    headers.append((b"x-robots-tag", robots_tag(scope["path"], has_arguments=bool(scope["query_string"]))))
    # A cache in front must not show one reader the language that another has chosen.
    headers.append((b"vary", b"Cookie"))
    if choice.is_new:
        headers.append((b"set-cookie", cookie(choice.language)))
    return headers
