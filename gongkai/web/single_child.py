"""A limited child process that is started when it is first asked, and anew after it broke."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from weakref import finalize

from archive.sandbox.pool import Limits, Sandbox, SandboxBroken
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KIND = "child"


class TooManyWait(GongkaiError):
    """As many requests wait for a child process as may."""


class SingleChild:
    """Asks one child process, one request at a time.

    Args:
        answer: what runs in the child (`archive.sandbox.pool.Sandbox`).
        limits: what one request may cost.

    Attributes:
        close: ends the child.
    """

    def __init__(self, answer: Callable[..., bytes], limits: Limits) -> None:
        self._answer, self._limits = answer, limits
        self._sandbox: Sandbox | None = None
        self._stack = ExitStack()
        self._waiting = 0
        self.close = finalize(self, self._stack.close)

    @contextmanager
    def place(self, most: int) -> Iterator[None]:
        """Take a place in the line before the child, from before a request until it is answered.

        Raises:
            TooManyWait: `most` wait already.
        """
        if self._waiting >= most:
            raise TooManyWait("as many wait for the child process as may")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def ask(self, *arguments: Any) -> Any:
        """Return what the child answers.

        Raises:
            ChildEnded: it took longer or more than it may.
            SandboxBroken: no child process can be started; who asks next starts another.
        """
        if self._sandbox is None:
            kinds = {_KIND: (self._limits, 1)}
            self._sandbox = self._stack.enter_context(Sandbox(self._answer, kinds))
        asked = self._sandbox
        try:
            return await asyncio.wrap_future(asked.submit(_KIND, *arguments))
        except SandboxBroken:
            # Of those who waited for the same, the first ends it.
            if self._sandbox is asked:
                self._sandbox = None
                self._stack.close()
            raise
