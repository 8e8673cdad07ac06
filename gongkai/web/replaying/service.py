"""Archived pages for readers: one is read at a time, in a limited child process; the last ones are kept.

    request ─▶ kept? ─▶ wait in line (not too many) ─▶ child: record, digest, page ─▶ kept ─▶ page

Whoever asks cannot make the site slow: a page that hangs is stopped, one that is too large is not begun, and
where many wait the next is told so at once.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from archive.sandbox.pool import ChildEnded, Limits, SandboxBroken, temporary_prefix
from archive.warc.moved_files import StoreUnreachable, is_stored
from archive.warc.reader import bring_near
from gongkai.web.cache import Cache
from gongkai.web.reading import SingleChild, TooMany
from gongkai.web.replaying.records import ArchivedFile, NotReplayed, Replay, Why
from gongkai.web.replaying.replay import answer_job
from gongkai.web.thresholds import REPLAY

if TYPE_CHECKING:
    from gongkai.web.replaying.records import Source

logger = logging.getLogger(__name__)

Shown = TypeVar("Shown", Replay, ArchivedFile)

LIMITS = Limits(
    seconds=10, memory_bytes=1 << 30, cpu_seconds=20, documents=50, open_files=64, answer_bytes=24 << 20
)
"""What reading one page for a reader may cost."""

# Reasons that the same record would give again, and that take time to find out.
_LASTING = frozenset({Why.SCAN, Why.NOT_READ, Why.TOO_LARGE, Why.SUPPRESSED})


class Replays:
    """Reads archived pages.

    Args:
        folder: of the WARC files; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = Cache(
            REPLAY.kept_chars, weigh=_weight, is_kept=lambda it: not isinstance(it, Why) or it in _LASTING
        )
        self._child = SingleChild(answer_job, LIMITS, REPLAY.waiting)
        self.close = self._child.close

    async def replay(self, source: Source) -> Replay:
        """Return an archived page.

        Raises:
            NotReplayed: it cannot be shown; the error says why.
        """
        answered = await self._kept.once(source, lambda: self._ask("replay", source))
        return _given(answered, Replay)

    async def file(self, source: Source) -> ArchivedFile:
        """Return an archived file as it was received.

        Raises:
            NotReplayed: it is not handed out; the error says why.
        """
        return _given(await self._ask("file", source), ArchivedFile)

    async def picture(self, source: Source, page: int, *, is_cleared: bool) -> ArchivedFile:
        """Return a page of an archived file as it is seen.

        Args:
            source: its record.
            page: from 1.
            is_cleared: of a scan, which is not read again: whether nothing in it is hidden.

        Raises:
            NotReplayed: it cannot be shown; the error says why.
        """
        try:
            # Whatever keeps a page from being shown as text keeps its picture, too.
            await self.replay(source)
        except NotReplayed as error:
            if not (error.why is Why.SCAN and is_cleared):
                raise
        answered = await self._kept.once((source, page), lambda: self._ask("picture", source, page))
        return _given(answered, ArchivedFile)

    async def _ask(self, job: str, source: Source, page: int = 0) -> Any:
        if source.warc_length > REPLAY.record_bytes:
            return Why.TOO_LARGE
        if not is_stored(self._folder / source.warc_file):
            return Why.OFFLINE
        try:
            with self._child.line.taken():
                return await self._ask_child(job, source, page)
        except TooMany:
            return Why.BUSY

    async def _ask_child(self, job: str, source: Source, page: int) -> Any:
        """Ask the child, which has no network: what stands elsewhere is brought to it."""
        places = [(each.warc_file, each.warc_offset) for each in (source, *source.parts)]
        try:
            with tempfile.TemporaryDirectory(prefix=temporary_prefix()) as work:
                folder = await asyncio.to_thread(bring_near, self._folder, places, Path(work))
                return await self._child.ask(job, folder, source, page)
        except StoreUnreachable as silent:
            logger.warning("an archived page cannot be had: %s", silent)
            return Why.OFFLINE
        except ChildEnded:
            return Why.NOT_READ
        except SandboxBroken:
            # That is no fault of the page, and the rest of what is known of it is shown.
            logger.exception("no child process reads the archive for readers")
            return Why.BUSY


def _given(answered: Any, kind: type[Shown]) -> Shown:
    if isinstance(answered, kind):
        return answered
    raise NotReplayed(answered)


def _weight(kept: Replay | ArchivedFile | Why) -> int:
    """Return the characters of what is kept, so many at least that no more than `REPLAY.kept` are."""
    least = REPLAY.kept_chars // REPLAY.kept
    if isinstance(kept, Why):
        return least
    if isinstance(kept, ArchivedFile):
        return max(least, len(kept.content))
    characters = len(kept.markup) + sum(
        len(table.markup or "") + 200 * len(table.rows) for table in kept.tables
    )
    return max(least, characters)
