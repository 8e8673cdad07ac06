"""What is worked out once for a published copy, however many ask: a copy never changes.

    asked ──▶ kept? ──yes──▶ the answer as it was
               └─no──▶ worked out, once for all who ask meanwhile ──▶ kept, the longest unasked for forgotten

Answers belong to the copy that they were taken from and go with it. Of pages those are kept that many ask
for: the first one, those of documents and of bodies. Others depend on arguments, on the clock or on other
files.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from gongkai.web.thresholds import CACHES

Answer = TypeVar("Answer")

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Coroutine,
        Hashable,
        Iterable,
        Mapping,
        MutableMapping,
        Sequence,
    )

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Application = Callable[[Scope, Receive, Callable[[Message], Awaitable[None]]], Awaitable[None]]
    SentPage = tuple[Message, ...]
    Work = Callable[[], Coroutine[Any, Any, Answer]]


class Cache:
    """Answers by what they are answers to, those asked for last.

    Who asks first has it worked out; who asks meanwhile waits for the same. What failed is worked out again,
    and what nobody waits for any more is stopped.

    Args:
        most: what all answers together may weigh; None for all.
        weigh: what an answer weighs; without it each weighs 1.
        is_kept: whether an answer may be kept; one that may not is shared with those who wait for it.
    """

    def __init__(
        self,
        most: int | None = None,
        *,
        weigh: Callable[[Any], int] = lambda _: 1,
        is_kept: Callable[[Any], bool] = lambda _: True,
    ) -> None:
        self._most, self._weigh, self._is_kept = most, weigh, is_kept
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._weight = 0
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}
        self._waiting: Counter[asyncio.Task[Any]] = Counter()

    async def once(self, key: Hashable, work: Work[Answer]) -> Answer:
        """Return what was worked out under a key, which names the work and all that it depends on.

        Args:
            key: of the answer.
            work: begun where there is no answer yet; what it gives is shared, so nobody may change it.
        """
        if key in self._answers:
            self._answers.move_to_end(key)
            kept: Answer = self._answers[key]
            return kept
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._work_out(key, work))
        task = self._under_way[key]
        self._waiting[task] += 1
        try:
            # Who stops waiting does not stop it for the others.
            shared: Answer = await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
                # Forgotten at once, so that who asks next does not get the cancellation.
                if task.cancel() and self._under_way.get(key) is task:
                    del self._under_way[key]
        return shared

    async def _work_out(self, key: Hashable, work: Work[Answer]) -> Answer:
        try:
            answer = await work()
        finally:
            # Another may stand under the key by now: this work was given up by all who had waited for it.
            if self._under_way.get(key) is asyncio.current_task():
                del self._under_way[key]
        if self._is_kept(answer):
            self._answers[key] = answer
            self._weight += self._weigh(answer)
        while self._most is not None and self._weight > self._most:
            self._weight -= self._weigh(self._answers.popitem(last=False)[1])
        return answer


_KEPT_PAGE = re.compile(rb"/|/gongkai/(documents|issuers)/[0-9a-f]+")


class PageCache:
    """The pages of one copy as they were sent: in one language, a page is always the same."""

    def __init__(self) -> None:
        self._pages = Cache(
            CACHES.page_bytes,
            weigh=lambda page: sum(len(message.get("body", b"")) for message in page),
            is_kept=lambda page: bool(page[0]["status"] == HTTPStatus.OK),
        )

    async def answer(self, app: Application, scope: Scope, receive: Receive, language: str) -> SentPage:
        """Return what answers a request of which `key_of` says that it may be kept.

        Args:
            app: what makes the page.
            scope: the request's.
            receive: the request's.
            language: of the request.
        """

        async def make() -> SentPage:
            messages: list[Message] = []

            async def note(message: Message) -> None:
                messages.append(message)

            await app(scope, receive, note)
            return tuple(messages)

        return await self._pages.once((*key_of(scope), language), make)


def key_of(scope: Scope) -> tuple[object, ...]:
    """Return all that a page depends on beside its copy and its language; empty where it may not be kept."""
    if (
        scope["method"] != "GET"
        or scope["query_string"]
        or not _KEPT_PAGE.fullmatch(scope.get("raw_path", b""))
    ):
        return ()
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    # A cookie of Datasette's own (who signed in, a message) or a token may change what a page says.
    is_known = any(name == b"authorization" for name, _ in scope["headers"])
    if is_known or b";".join(cookies) not in {b"", b"lang=zh", b"lang=en"}:
        return ()
    # Pages hold absolute addresses: those that are to be cited, and of their feeds.
    host = [value for name, value in scope["headers"] if name == b"host"]
    # Whom a cookie came from is told that no cache in between may keep the answer.
    return (scope["raw_path"], scope.get("scheme"), *host, bool(cookies))


# As Datasette 0.65 writes it: a few values and their counts, over every row that a page is about.
_FACET = re.compile(r"\s*(?:select \S+ as value, count\(\*\) as count from \(|with inner as \()")


def counts_a_facet(sql: str) -> bool:
    """Return whether a statement is Datasette's for the facet of a table, few rows for much reading."""
    return bool(_FACET.match(sql))


def facet_key(sql: str, parameters: Mapping[str, Any] | None) -> Hashable | None:
    """Return what a facet is kept by; None where that is too long to be kept."""
    named = sorted((parameters or {}).items())
    if len(sql) + sum(len(name) + len(str(value)) for name, value in named) > CACHES.facet_statement_chars:
        return None
    return (sql, *named)


def facet_weight(rows: Iterable[Sequence[Any]]) -> int:
    """Return what a facet weighs: the characters of its cells, and its rows."""
    return sum(CACHES.facet_row_weight + sum(len(str(cell)) for cell in row) for row in rows)
