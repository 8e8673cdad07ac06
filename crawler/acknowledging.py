"""Acknowledging together what became durable together.

    durable in WARC ─▶ add ─ one transaction per turn of the loop ─▶ acknowledged ─▶ back to the spider

A transaction costs a sync, as a record does. Captures whose records shared one share the other too; whoever
waits for one goes on only once it is acknowledged, as before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from archive.warc.errors import ArchiveError

if TYPE_CHECKING:
    from archive.frontier import Frontier
    from archive.warc.model import StoredCapture


class Acknowledgements:
    """Captures on their way from durable to acknowledged.

    Args:
        frontier: which acknowledges them.
    """

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        self._waiting: list[tuple[StoredCapture, asyncio.Future[None]]] = []

    async def add(self, capture: StoredCapture) -> None:
        """Acknowledge a capture; returns once that is durable.

        Raises:
            ArchiveError: it cannot be acknowledged, nor can those that shared its transaction.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._acknowledge)
        acknowledged: asyncio.Future[None] = loop.create_future()
        self._waiting.append((capture, acknowledged))
        await acknowledged

    def _acknowledge(self) -> None:
        waiting, self._waiting = self._waiting, []
        failure: ArchiveError | None = None
        try:
            self._frontier.record_captures(capture for capture, _ in waiting)
        except ArchiveError as error:
            failure = error
        for _, acknowledged in waiting:
            if acknowledged.done():
                continue  # whoever waited was cancelled
            if failure is None:
                acknowledged.set_result(None)
            else:
                acknowledged.set_exception(failure)
