"""What is worked out once for a published copy, however many ask: a copy never changes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence

Answer = TypeVar("Answer")


class Remembered:
    """Answers by what they are answers to, for as long as the copy is open that they were taken from.

    Who asks first has it worked out; who asks meanwhile waits for the same. What failed is worked out again.

    Args:
        most: how many answers are kept, those asked for last; None for all.
        is_light: whether an answer may be kept; one that may not is shared with those who wait for it.
    """

    def __init__(self, most: int | None = None, is_light: Callable[[Any], bool] | None = None) -> None:
        self._most = most
        self._is_light = is_light or (lambda _: True)
        self._answers: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()
        self._waiting: Counter[asyncio.Future[Any]] = Counter()

    async def once(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Return what was worked out under a key, which names the work and all that it depends on.

        Args:
            key: of the answer.
            work: begun where there is no answer yet; what it gives is shared, so nobody may change it.
        """
        if key not in self._answers:
            self._answers[key] = asyncio.create_task(work())
            self._answers[key].add_done_callback(lambda done: self._forget_unfit(key, done))
        self._answers.move_to_end(key)
        answer = self._answers[key]
        if self._most is not None and len(self._answers) > self._most:
            self._answers.popitem(last=False)
        self._waiting[answer] += 1
        try:
            # Who stops waiting does not stop it for the others.
            shared: Answer = await asyncio.shield(answer)
        finally:
            self._waiting[answer] -= 1
            if not self._waiting[answer]:
                del self._waiting[answer]
                self._stop_unfinished(key, answer)
        return shared

    def _stop_unfinished(self, key: Hashable, answer: asyncio.Future[Any]) -> None:
        # Forgotten at once, so that who asks next does not get the cancellation.
        if answer.cancel() and self._answers.get(key) is answer:
            del self._answers[key]

    def _forget_unfit(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        has_failed = done.cancelled() or done.exception() is not None
        if (has_failed or not self._is_light(done.result())) and self._answers.get(key) is done:
            del self._answers[key]


# As Datasette 0.65 writes it: a few values and their counts, over every row that a page is about.
_FACET = re.compile(r"\s*(?:select \S+ as value, count\(\*\) as count from \(|with inner as \()")

LONGEST_KEPT_STATEMENT = 8_000
HEAVIEST_KEPT_FACET = 20_000
"""Characters of a statement with its parameters, and of an answer, that are kept: readers choose both."""
HEAVIEST_FACET = 300_000
"""Characters of an answer: each value stands on the page as itself, and percent-encoded in an address."""
_ROW_WEIGHT = 100


def counts_a_facet(sql: str) -> bool:
    """Return whether a statement is Datasette's for the facet of a table, few rows for much reading."""
    return bool(_FACET.match(sql))


def facet_key(sql: str, parameters: Mapping[str, Any] | None) -> Hashable | None:
    """Return what a facet is kept by; None where that is too long to be kept."""
    named = sorted((parameters or {}).items())
    if len(sql) + sum(len(name) + len(str(value)) for name, value in named) > LONGEST_KEPT_STATEMENT:
        return None
    return (sql, *named)


def facet_weight(rows: Iterable[Sequence[Any]]) -> int:
    """Return what a facet weighs: the characters of its values, and its rows."""
    return sum(_ROW_WEIGHT + len(str(value)) for value, *_ in rows)
