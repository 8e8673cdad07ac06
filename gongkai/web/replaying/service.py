"""Archived pages for readers: one is read at a time, in a limited child process; the last ones are kept.

    request ─▶ kept? ─▶ wait in line (not too many) ─▶ child: record, digest, page ─▶ kept ─▶ page

Whoever asks cannot make the site slow: a page that hangs is stopped, one that is too large is not begun, and
where many wait the next is told so at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from weakref import finalize

from archive.sandbox.pool import ChildEnded, Limits, Sandbox, SandboxBroken
from gongkai.web.replaying.records import ArchivedFile, NotReplayed, Replay, Why
from gongkai.web.replaying.replay import answer_job

if TYPE_CHECKING:
    from pathlib import Path

    from gongkai.web.replaying.records import Source

logger = logging.getLogger(__name__)

LIMITS = Limits(
    seconds=10, memory_bytes=1 << 30, cpu_seconds=20, documents=50, open_files=64, answer_bytes=24 << 20
)
"""What reading one page for a reader may cost."""

LARGEST_RECORD = 16 << 20
"""Bytes of a record, as stored, that is read for a reader."""

MOST_WAITING = 6
MOST_KEPT = 24
MOST_KEPT_CHARACTERS = 12_000_000
_KIND = "page"
_LASTING = frozenset({Why.SCAN, Why.NOT_READ, Why.TOO_LARGE, Why.SUPPRESSED})
"""Reasons that the same record would give again, and that take time to find out."""


class Replays:
    """Reads archived pages.

    Args:
        folder: of the WARC files; need not exist.
        limits: what reading one page may cost.
    """

    def __init__(self, folder: Path, limits: Limits = LIMITS) -> None:
        self._folder = folder
        self._limits = limits
        self._waiting = 0
        self._kept: OrderedDict[Source, Replay | Why] = OrderedDict()
        self._sandbox: Sandbox | None = None
        self._stack = ExitStack()
        self.close = finalize(self, self._stack.close)

    async def replay(self, source: Source) -> Replay:
        """Return an archived page.

        Raises:
            NotReplayed: it cannot be shown; the error says why.
        """
        kept = self._kept.get(source)
        if kept is None:
            answered = await self._ask("replay", source)
            kept = answered if isinstance(answered, Replay | Why) else Why.NOT_READ
            if isinstance(kept, Replay) or kept in _LASTING:
                self._keep(source, kept)
        else:
            self._kept.move_to_end(source)
        if isinstance(kept, Why):
            raise NotReplayed(kept)
        return kept

    async def file(self, source: Source) -> ArchivedFile:
        """Return an archived file as it was received.

        Raises:
            NotReplayed: it is not handed out; the error says why.
        """
        answered = await self._ask("file", source)
        if isinstance(answered, ArchivedFile):
            return answered
        raise NotReplayed(answered if isinstance(answered, Why) else Why.NOT_READ)

    async def _ask(self, job: str, source: Source) -> Any:
        if source.warc_length > LARGEST_RECORD:
            return Why.TOO_LARGE
        if not (self._folder / source.warc_file).is_file():
            return Why.OFFLINE
        if self._waiting >= MOST_WAITING:
            return Why.BUSY
        sandbox = self._working()
        self._waiting += 1
        try:
            return await asyncio.wrap_future(sandbox.submit(_KIND, job, self._folder, source))
        except ChildEnded:
            return Why.NOT_READ
        except SandboxBroken:
            # That is no fault of the page, and the rest of what is known of it is shown.
            logger.exception("no child process reads the archive for readers")
            self._stop(sandbox)
            return Why.BUSY
        finally:
            self._waiting -= 1

    def _working(self) -> Sandbox:
        if self._sandbox is None:
            kinds = {_KIND: (self._limits, 1)}
            self._sandbox = self._stack.enter_context(Sandbox(answer_job, kinds))
        return self._sandbox

    def _stop(self, broken: Sandbox) -> None:
        if self._sandbox is broken:
            self._sandbox = None
            self._stack.close()

    def _keep(self, source: Source, kept: Replay | Why) -> None:
        self._kept[source] = kept
        while len(self._kept) > MOST_KEPT or sum(map(_weight, self._kept.values())) > MOST_KEPT_CHARACTERS:
            if len(self._kept) == 1:
                break
            self._kept.popitem(last=False)


def _weight(kept: Replay | Why) -> int:
    if isinstance(kept, Why):
        return 0
    return len(kept.markup) + sum(len(table.markup or "") + 200 * len(table.rows) for table in kept.tables)
