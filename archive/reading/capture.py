"""Reading a capture, in a limited child: what it is, and what it says if it is a document.

payload ─ content coding undone ─▶ outcome ─ of a document ─▶ reading, or the weight of who can read it
"""

from __future__ import annotations

import errno
import pickle
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from archive.reading.tasks import (
    Demand,
    Place,
    ReadResult,
    ReadTask,
    Weight,
    break_off,
    estimate_demand,
    prepare_text,
    shorten_reason,
)
from archive.sandbox.confinement import Meter, is_out_of_memory
from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.readers.pages import PART_MISSING
from pipelines.readers.registry import READERS
from pipelines.response.http_message import (
    decode_content,
    disposition_name,
    header_value,
    unpack_content,
)
from pipelines.response.outcome import Outcome, classify_response, outcome_of_status
from pipelines.response.payload_type import sniff
from pipelines.response.unknown_page import UnknownPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.sandbox.pool import Limits

    Read = Callable[[Path, ReadTask, Weight], ReadResult]
    Answer = ReadResult | Demand
    Part = tuple[bytes, str | None]
    """The payload of a further page, content coding undone, and its type as served."""


class TooHeavy(Exception):
    """A file that is not to be read under the limits of this child; `demand` says under which."""

    def __init__(self, demand: Demand) -> None:
        super().__init__(demand)
        self.demand = demand


def read_capture(folder: Path, task: ReadTask, heaviest: Weight = Weight.SCAN) -> ReadResult:
    """Classify a capture and read it, if it is a document.

    Args:
        folder: the WARC folder.
        task: what to read.
        heaviest: the heaviest file that is read here.

    Raises:
        GongkaiError: the record cannot be loaded from the archive.
        TooHeavy: the file weighs more than `heaviest`.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    try:
        body, is_all = unpack_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing) as error:
        is_whole = outcome_of_status(stored.status or 200) == Outcome.OK
        return _unread(Outcome.OK if is_whole else Outcome.SERVER_ERROR, error)
    outcome = classify_response(url=task.url, status=stored.status, headers=stored.headers, body=body)
    if outcome != Outcome.OK:
        return ReadResult(outcome)
    lost = None
    try:
        if any(_load_unknown_page(folder, place).resembles(stored.headers, body) for place in task.unknown):
            return ReadResult(Outcome.SOFT_404)
    except ArchiveError as error:
        lost = f"evidence: {error}"
    is_done = task.is_read or not task.is_document
    if is_done:
        result = ReadResult(outcome)
    else:
        loaded = ((url, _load_part(folder, place)) for url, place in task.parts)
        parts = {url: part for url, part in loaded if part is not None}
        content_type = header_value(stored.headers, "content-type")
        hints = Hints(task.url, content_type, parts, is_cut=not is_all)
        result = _read_body(body, hints, heaviest).replace(file_name=disposition_name(stored.headers))
    return result if lost is None else result.replace(reason=lost, is_lost=True)


def _load_part(folder: Path, place: Place) -> Part | None:
    """Return a further page; None where not all of it comes out, so that the article is read without it."""
    stored = load_payload(folder, *place)
    try:
        body, is_all = unpack_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing):
        return None
    return (body, header_value(stored.headers, "content-type")) if is_all else None


def _read_body(body: bytes, hints: Hints, heaviest: Weight) -> ReadResult:
    kind = sniff(body, hints.content_type)
    demand = estimate_demand(kind, body)
    if kind in READERS and demand.weight > heaviest:
        raise TooHeavy(demand)
    try:
        reading = read_document(body, hints)
        reason = None
        if PART_MISSING in reading.notes:
            reason = _CUT_SHORT if hints.is_cut else _NOT_ALL_THERE
        result = ReadResult(Outcome.OK, reading, "read", reason)
    except (UnreadableDocument, ReaderMissing) as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        result = _unread(Outcome.OK, error)
    return result.replace(file_type=str(kind))


_CUT_SHORT = (
    f"{PART_MISSING}: the answer ended, or is damaged, within its content coding: this is its beginning"
)
_NOT_ALL_THERE = (
    f"{PART_MISSING}: not all further pages of the article could be had, or be told to be its pages"
)


@lru_cache(maxsize=8)
def _load_unknown_page(folder: Path, place: Place) -> UnknownPage:
    """Return what a portal shows for an address that does not exist; the next pages are judged by it too.

    Args:
        folder: the WARC folder.
        place: where the answer stands.

    Raises:
        ArchiveError: the record cannot be loaded from the archive.
    """
    stored = load_payload(folder, *place)
    try:
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing):
        body = b""  # what cannot be looked at tells nothing
    return UnknownPage.of(stored.headers, body)


def _unread(outcome: Outcome, error: GongkaiError) -> ReadResult:
    if isinstance(error, ReaderMissing):
        reason = f"{error.problem}. {error.hint}" if error.hint else error.problem
        return ReadResult(outcome, read_state="waiting", reason=shorten_reason(reason))
    return ReadResult(outcome, read_state="failed", reason=shorten_reason(error.problem))


def look_at(folder: Path, task: ReadTask, _heaviest: Weight) -> ReadResult:
    """Tell what the bytes of a capture are, and nothing else.

    Raises:
        GongkaiError: the record cannot be loaded, or its content coding not undone.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    body = decode_content(stored.body, stored.headers)
    return ReadResult(Outcome.OK, file_type=str(sniff(body, header_value(stored.headers, "content-type"))))


# The child's side of reading: every end that it can take becomes an answer that can be sent.

OUT_OF_MEMORY_REASON = "memory: reading took more than the limit"

# No fault of the document: it is read again by the next `derive`.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def answer_task(meter: Meter, read: Read, folder: Path, task: ReadTask, weight: Weight) -> bytes:
    """Read in the child; the answer is pickled here, so that none goes back that cannot, or is too large.

    Args:
        meter: of the child.
        read: reads one capture.
        folder: the WARC folder.
        task: what to read.
        weight: of the heaviest file that this child reads.

    Returns:
        A pickled `ReadResult`, or the `Demand` of a file that weighs more.
    """
    try:
        return _sendable(_read_task(read, folder, task, weight, meter), task, meter.limits)
    except MemoryError:
        return pickle.dumps(break_off(task, OUT_OF_MEMORY_REASON))


def _read_task(read: Read, folder: Path, task: ReadTask, weight: Weight, meter: Meter) -> ReadResult | Demand:
    try:
        result = read(folder, task, weight)
        if reason := _refuse(result, meter.limits):
            return break_off(task, reason).replace(file_type=result.file_type)
        if result.reading is not None:
            result = result.replace(prepared=prepare_text(result.reading))
    except TooHeavy as error:
        return error.demand
    except ArchiveError as error:
        return break_off(task, f"evidence: {error}").replace(is_lost=True)
    except OSError as error:
        word = "output" if error.errno == errno.EFBIG else "error"
        result = break_off(task, f"{word}: {type(error).__name__}: {error}")
        if error.errno in _NO_ROOM:
            result = break_off(task, f"disk: no room for temporary files: {error}").replace(is_lost=True)
    except (
        Exception
    ) as error:  # of any parser: one document never stops a night, and its row says what happened
        if is_out_of_memory(error):
            raise MemoryError from error
        result = break_off(task, f"error: {type(error).__name__}: {error}")
    if str(result.reason).startswith(("damaged", "error")) and meter.is_near_limit:
        # Parsers in C call it a fault of the file when they get no more memory.
        return result.replace(reason=shorten_reason(f"{OUT_OF_MEMORY_REASON} ({result.reason})"))
    return result


def _refuse(result: ReadResult, limits: Limits) -> str | None:
    """Say why a reading is too much to be kept, or holds what cannot be; None where it is neither."""
    if (reading := result.reading) is None:
        return None
    characters = sum(len(passage.lead) + len(passage.raw) for passage in reading.passages)
    if characters + len(reading.tail) > limits.characters:
        return f"output: the text has more than {limits.characters:,} characters"
    if len(reading.passages) + len(reading.facts) + len(reading.checks) + len(reading.tables) > limits.parts:
        return f"output: the document has more than {limits.parts:,} passages, cells and checks"
    return "damaged: its text holds halves of characters" if _holds_halves(result) else None


def _sendable(result: ReadResult | Demand, task: ReadTask, limits: Limits) -> bytes:
    pickled = pickle.dumps(result)
    if len(pickled) <= limits.answer_bytes:
        return pickled
    file_type = result.file_type if isinstance(result, ReadResult) else None
    reason = f"output: the reading takes more than {limits.answer_bytes:,} bytes"
    return pickle.dumps(break_off(task, reason).replace(file_type=file_type))


def _holds_halves(result: ReadResult) -> bool:
    """Tell whether a text in a result holds half of a character, which no file, database or terminal takes.

    A font of a PDF, say, may name one as what its glyph means. The readers replace them where they know of
    them; this is the net below, so that none gets as far as the corpus.
    """
    try:
        msgspec.json.encode(result)
    except UnicodeEncodeError:
        return True
    return False
