"""What is worked out once for a published copy, however many ask: a copy never changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

Answer = TypeVar("Answer")


class Remembered:
    """Answers by what they are answers to, for as long as the copy is open that they were taken from.

    Who asks first has it worked out; who asks meanwhile waits for the same. What failed is worked out again.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, asyncio.Future[Any]] = {}

    async def once(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Return what was worked out under a key, which names the work and all that it depends on.

        Args:
            key: of the answer.
            work: begun where there is no answer yet; what it gives is shared, so nobody may change it.
        """
        if key not in self._answers:
            self._answers[key] = asyncio.create_task(work())
            self._answers[key].add_done_callback(lambda done: self._forget_failure(key, done))
        # Who stops waiting does not stop it for the others.
        answer: Answer = await asyncio.shield(self._answers[key])
        return answer

    def _forget_failure(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        if done.cancelled() or done.exception():
            del self._answers[key]
