"""Pages as they were sent, kept for the next reader: of one copy, in one language, a page is always the same.

    request ──▶ kept? ──yes──▶ the page as it was sent
                 └─no──▶ Datasette, once for all who ask meanwhile ──▶ kept, the longest unasked for forgotten

They belong to the copy that they were made of and go with it. Kept are the pages that many ask for: the first
one, those of documents and of bodies. Others depend on arguments, on the clock or on other files.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Application = Callable[[Scope, Receive, Callable[[Message], Awaitable[None]]], Awaitable[None]]

    Key = tuple[object, ...]
    Page = tuple[Message, ...]

MOST_BYTES = 32_000_000
"""Of the pages of one copy; a document's page has some 40,000."""

_KEPT = re.compile(rb"/|/gongkai/(documents|issuers)/[0-9a-f]+")
_OWN_COOKIES = re.compile(rb"(lang=(zh|en))?")


class KeptPages:
    """The pages of one copy that were asked for last.

    Args:
        most_bytes: of all pages together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._being_made: dict[Key, asyncio.Task[Page]] = {}

    async def answer(self, app: Application, scope: Scope, receive: Receive, language: str) -> Page:
        """Return what answers a request of which `key_of` says that it may be kept.

        Args:
            app: what makes the page.
            scope: the request's.
            receive: the request's.
            language: of the request.
        """
        key = (*key_of(scope), language)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._being_made:
            self._being_made[key] = asyncio.create_task(self._make(key, app, scope, receive))
        # Who stops waiting does not stop it for the others.
        return await asyncio.shield(self._being_made[key])

    async def _make(self, key: Key, app: Application, scope: Scope, receive: Receive) -> Page:
        messages: list[Message] = []

        async def note(message: Message) -> None:
            messages.append(message)

        try:
            await app(scope, receive, note)
        finally:
            del self._being_made[key]
        page = tuple(messages)
        if page[0]["status"] == HTTPStatus.OK:
            self._keep(key, page)
        return page

    def _keep(self, key: Key, page: Page) -> None:
        self._kept[key] = page
        self._bytes += _size(page)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def key_of(scope: Scope) -> Key:
    """Return all that a page depends on beside its copy and its language; empty where it may not be kept."""
    if scope["method"] != "GET" or scope["query_string"] or not _KEPT.fullmatch(scope.get("raw_path", b"")):
        return ()
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    if any(name == b"authorization" for name, _ in scope["headers"]) or not _OWN_COOKIES.fullmatch(
        b";".join(cookies)
    ):
        return ()
    host = [value for name, value in scope["headers"] if name == b"host"]
    # Whom a cookie came from is told that no cache in between may keep the answer.
    return (scope["raw_path"], scope.get("scheme"), *host, bool(cookies))


def _size(page: Page) -> int:
    return sum(len(message.get("body", b"")) for message in page)
