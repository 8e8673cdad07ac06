"""Archived pages for readers: one is read at a time, in a limited child process; the last ones are kept.

    request ─▶ kept? ─▶ wait in line (not too many) ─▶ child: record, digest, page ─▶ kept ─▶ page

Whoever asks cannot make the site slow: a page that hangs is stopped, one that is too large is not begun, and
where many wait the next is told so at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import pickle
import tempfile
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PIL import Image

from archive.sandbox.pool import ChildEnded, Limits, SandboxBroken, temporary_prefix
from archive.warc.entries import ArchiveError
from archive.warc.moved_files import StoreUnreachable, is_stored
from archive.warc.reader import bring_near, load_payload
from gongkai.web.cache import Cache
from gongkai.web.reading import SingleChild, TooMany
from gongkai.web.replaying.replay import ArchivedFile, NotReplayed, Replay, Source, Why, replay_payload
from gongkai.web.thresholds import REPLAY
from pipelines.errors import GongkaiError, UnreadableDocument
from pipelines.readers.recogniser import require_engine
from pipelines.response.http_message import decode_content, header_value
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.sandbox.confinement import Meter
    from gongkai.web.replaying.replay import Held
    from pipelines.readers.recogniser import Picture

    Answer = Replay | ArchivedFile

logger = logging.getLogger(__name__)

Shown = TypeVar("Shown", Replay, ArchivedFile)

LIMITS = Limits(
    seconds=10, memory_bytes=1 << 30, cpu_seconds=20, documents=50, open_files=64, answer_bytes=24 << 20
)
"""What reading one page for a reader may cost."""

# Reasons that the same record would give again, and that take time to find out.
_LASTING = frozenset({Why.SCAN, Why.NOT_READ, Why.TOO_LARGE, Why.SUPPRESSED})


PICTURED = frozenset({PayloadType.PDF, PayloadType.IMAGE})
"""The types whose pages are drawn."""


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


# What runs in the limited child process that reads an archived page for a reader of the site.

DOWNLOADED = frozenset(
    {
        *(PayloadType.PDF, PayloadType.OFD, PayloadType.DOCX, PayloadType.DOC, PayloadType.RTF),
        *(PayloadType.XLSX, PayloadType.XLS, PayloadType.ODF, PayloadType.PPTX, PayloadType.PPT),
    }
)
"""The types that are handed out as received. A page is not: opened from a disk, its scripts would run."""


def answer_job(meter: Meter, job: str, folder: Path, source: Source, page: int) -> bytes:
    """Read a record and answer with what a job makes of it, or why it does not, pickled.

    Args:
        meter: of this process.
        job: `replay`, `file` or `picture`.
        folder: of the WARC files.
        source: the record.
        page: to be drawn, from 1; says nothing for other jobs.
    """
    try:
        parts = {part.url: _load_content(folder, part) for part in source.parts}
        answered: Answer | Why = _answer(job, _load_content(folder, source), source, parts, page)
    except NotReplayed as error:
        answered = error.why
    except ArchiveError:
        answered = Why.DAMAGED
    except (GongkaiError, MemoryError, RecursionError):
        answered = Why.NOT_READ
    except (EOFError, BrokenPipeError) as error:
        # To the worker these mean that its parent is gone; here they are a fault of ours.
        raise RuntimeError(str(error)) from error
    sent = pickle.dumps(answered)
    return sent if len(sent) <= meter.limits.answer_bytes else pickle.dumps(Why.TOO_LARGE)


def _load_content(folder: Path, source: Source) -> Held:
    """Return the payload of a record whose digest is the published one, content coding undone, and its type.

    Raises:
        NotReplayed: the file is not here, or the digest is another.
        ArchiveError: the record cannot be read.
    """
    if not (folder / source.warc_file).is_file():
        raise NotReplayed(Why.OFFLINE)
    stored = load_payload(folder, source.warc_file, source.warc_offset)
    if hashlib.sha256(stored.body).hexdigest() != source.payload_sha256:
        raise NotReplayed(Why.DAMAGED)
    return decode_content(stored.body, stored.headers), header_value(stored.headers, "content-type")


def _answer(job: str, held: Held, source: Source, parts: Mapping[str, Held], page: int) -> Answer:
    content, content_type = held
    if job == "replay":
        return replay_payload(content, content_type, source, parts)
    kind = sniff(content, content_type)
    if job == "picture":
        image = Image.fromarray(_find_page(kind, content, source.url, page))
        image.thumbnail((REPLAY.picture_pixels, REPLAY.picture_pixels))
        written = BytesIO()
        image.save(written, "WEBP")
        return ArchivedFile("webp", written.getvalue())
    if kind not in DOWNLOADED:
        raise NotReplayed(Why.NOT_READ)
    # What it says must be known, and be what is published; of a scan nobody can tell in time.
    replay_payload(content, content_type, source)
    return ArchivedFile(str(kind), content)


def _find_page(kind: PayloadType, payload: bytes, url: str, number: int) -> Picture:
    """Return a page as it is seen.

    Args:
        kind: what the bytes are.
        payload: with content coding undone.
        url: where it came from, for errors.
        number: of the page, from 1.

    Raises:
        UnreadableDocument: it cannot be opened, has no such page, or is of a type without pages.
        ReaderMissing: it is an image file, and what opens those is not installed.
    """
    if kind is PayloadType.PDF:
        from pipelines.readers.pdf_pages import draw_sheet  # noqa: PLC0415  loads pdfium

        return draw_sheet(payload, url, number, REPLAY.picture_pixels)
    if kind is not PayloadType.IMAGE:
        raise UnreadableDocument(f"no_page: {kind} has none", where=url)
    require_engine()
    from pipelines.readers.page_pictures import open_pictures  # noqa: PLC0415  needs what is not installed

    with open_pictures(payload, url) as (pictures, _):
        for picture, _ in islice(pictures, number - 1, None):
            return picture
    raise UnreadableDocument(f"no_page: it has no page {number}", where=url)
