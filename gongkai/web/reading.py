"""What takes longer than a query: readings in threads of their own, a limited child process; both bounded.

    reader.each(work) ──▶ one item at a time, worked out in the reader's thread, handed to the event loop

Nothing is worked out ahead of what is asked for, so a slow reader holds one item and no more. SQLite asks
every few thousand steps whether to go on: when the time is over or the reader was closed, it does not.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeVar
from weakref import finalize

from archive.sandbox.pool import Limits, Sandbox, SandboxBroken
from pipelines.errors import GongkaiError

Item = TypeVar("Item")
Row = tuple[Any, ...]

TIME_LIMIT = "time limit"
# Of SQLite's machine, about a millisecond.
_STEPS_BETWEEN_LOOKS = 10_000
INTERRUPTED = "interrupted"
"""What SQLite says where it was told not to go on."""


class ReadingStopped(GongkaiError):
    """A reading took longer than it may, and was ended before its end."""


class TooMany(GongkaiError):
    """As many are under way, or wait, as may at once."""


class Places:
    """Places of which one is taken for as long as something lasts.

    Args:
        most: how many there are.
    """

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take one.

        Raises:
            TooMany: none is free.
        """
        if self._free < 1:
            raise TooMany("as many are under way as may be")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Reader:
    """A connection in a thread of its own.

    Args:
        connection: nobody else uses it; `close` closes it.
        seconds: how long the reader may be at work, from now.
    """

    def __init__(self, connection: sqlite3.Connection, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        # Datasette's factories are for pages: a call for each row and each text, and a character in the place
        # of what is no UTF-8. Here rows are tuples, and such a text is an error.
        connection.row_factory = None
        connection.text_factory = str
        connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_LOOKS)

    def _is_over(self) -> bool:
        return time.monotonic() > self.deadline

    async def run(self, work: Callable[[sqlite3.Connection], Item]) -> Item:
        """Do some work with the connection.

        Raises:
            ReadingStopped: the time is over.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)

    def _guarded(self, work: Callable[[sqlite3.Connection], Item]) -> Item:
        if self._is_over():
            raise ReadingStopped(TIME_LIMIT)
        try:
            return work(self._connection)
        except sqlite3.OperationalError as error:
            if error.args == (INTERRUPTED,):
                raise ReadingStopped(TIME_LIMIT) from error
            raise

    async def each(self, work: Callable[[sqlite3.Connection], Iterator[Item]]) -> AsyncIterator[Item]:
        """Yield what an iterator gives, each item worked out in the reader's thread when it is asked for.

        Raises:
            ReadingStopped: the time is over.
        """
        items = await self.run(work)
        while True:
            item = await self.run(lambda _: next(items, None))
            if item is None:
                return
            yield item

    async def close(self) -> None:
        """Let the step that is running end, then close the connection."""
        self.deadline = 0  # of a clock that began with the machine
        await asyncio.to_thread(self._thread.shutdown)
        self._connection.close()


@asynccontextmanager
async def open_reader(
    places: Places, connect: Callable[[], sqlite3.Connection], seconds: float
) -> AsyncIterator[Reader]:
    """Give a reader for as long as the block lasts.

    Args:
        places: of which it takes one.
        connect: opens a connection that is the reader's own.
        seconds: how long it may be at work.

    Raises:
        TooMany: there are as many as there may be.
    """
    with places.taken():
        reader = Reader(connect(), seconds)
        try:
            yield reader
        finally:
            # Who leaves meanwhile does not end the closing: else a thread and a connection would stay.
            await asyncio.shield(reader.close())


def weighed_batches(cursor: sqlite3.Cursor, most_rows: int, heaviest: int) -> Iterator[list[Row]]:
    """Yield the rows of a cursor in lists that are bounded in number and in weight.

    Args:
        cursor: over an answer.
        most_rows: in one list.
        heaviest: characters and bytes in one list, but for its last row.
    """
    rows: list[Row] = []
    weight = 0
    for row in cursor:
        rows.append(row)
        weight += sum([len(value) for value in row if value.__class__ is str or value.__class__ is bytes])
        if weight >= heaviest or len(rows) >= most_rows:
            yield rows
            rows, weight = [], 0
    if rows:
        yield rows


_KIND = "child"


class SingleChild:
    """Asks one child process, one request at a time.

    Args:
        answer: what runs in the child (`archive.sandbox.pool.Sandbox`).
        limits: what one request may cost.
        waiting: how many may stand in the line before it.

    Attributes:
        line: the places in it; one is to be taken from before a request until it is answered.
        close: ends the child.
    """

    def __init__(self, answer: Callable[..., bytes], limits: Limits, waiting: int) -> None:
        self._answer, self._limits, self.line = answer, limits, Places(waiting)
        self._sandbox: Sandbox | None = None
        self._stack = ExitStack()
        self.close = finalize(self, self._stack.close)

    async def ask(self, *arguments: Any) -> Any:
        """Return what the child answers.

        Raises:
            ChildEnded: it took longer or more than it may.
            SandboxBroken: no child process can be started; who asks next starts another.
        """
        if self._sandbox is None:
            self._sandbox = self._stack.enter_context(Sandbox(self._answer, {_KIND: (self._limits, 1)}))
        asked = self._sandbox
        try:
            return await asyncio.wrap_future(asked.submit(_KIND, *arguments))
        except SandboxBroken:
            # Of those who waited for the same, the first ends it.
            if self._sandbox is asked:
                self._sandbox = None
                self._stack.close()
            raise
