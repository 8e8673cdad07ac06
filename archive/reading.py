"""Reading captures in child processes that may hang, crash or eat memory without stopping the night.

    captures to read ─▶ window of tasks ─▶ children for pages ─┬─────────────▶ results in the same order
                                                               └▶ for files ─▶┤
                                                               └▶ for scans ─▶┘

The children for pages see every payload first. Of a heavier file they only tell the type, and it is read by a
child with the limits of that weight (`archive.reading_limits`). A child that passes a limit is killed and
replaced; its document becomes a result that says so. What survives what was measured: docs/derive.md.
"""

from __future__ import annotations

import errno
import pickle
from collections import deque
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from archive.reading_characters import holds_halves, may_hold_halves
from archive.reading_child import Meter, is_out_of_memory
from archive.reading_limits import HEAVIER, Demand, Limits, Weight, demand_of
from archive.reading_pool import ChildFailed, ChildWorn, ReadingPools
from archive.warc.errors import ArchiveError
from archive.warc.reader import load_payload
from pipelines.decode.coding import decode_content
from pipelines.decode.disposition import disposition_name
from pipelines.decode.http_headers import header_value
from pipelines.decode.sniff import sniff
from pipelines.document import read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.outcome import Outcome, classify_response
from pipelines.readers.registry import READERS
from pipelines.records import Hints
from pipelines.unknown_page import UnknownPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from pipelines.decode.http_headers import Headers
    from pipelines.records import Reading

    Read = Callable[[Path, "ReadTask", Weight], "ReadResult"]

__all__ = ["Limits", "Place", "ReadResult", "ReadTask", "ReadersBroken", "read_capture", "read_captures"]

_OUT_OF_MEMORY = "memory: reading took more than the limit"

_REASON = 500
"""Characters of a reason: what a library says of a file may be as long as the file."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""No fault of the document: it is read again by the next `derive`."""

_WINDOW = 16
"""Tasks per child that are handed out ahead: while one scan is read, so many pages after it can be."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: the WARC file's name, and the offset in bytes."""

    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One capture to be read: where its payload stands, and under which address.

    Attributes:
        capture_id: the capture that is read.
        url: its address.
        warc_file: the file that holds the payload (for a revisit, that of its original).
        warc_offset: where that record begins, in bytes.
        is_document: False for lists and probes, which are judged only.
        document_id: the document at that address; empty for lists and probes.
        source_id: the capture that holds the payload: itself, or for a revisit its original.
        fetched_at: the instant of the capture.
        unknown: what the portal showed in that run for an address that does not exist: a page that adds
            nothing to it is no document. None where nothing tells.
        is_read: whether the payload was read at that address before, so that it is only to be judged.
    """

    capture_id: str
    url: str
    warc_file: str
    warc_offset: int
    is_document: bool
    document_id: str
    source_id: str
    fetched_at: str
    unknown: Place | None = None
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a capture is, and what it says.

    Attributes:
        outcome: the state of the capture.
        reading: None where it is no document, or cannot be read.
        read_state: `read`, `waiting`, `failed`; None where there is nothing to read.
        reason: why it waits or failed.
        file_name: what the server calls it, where it does.
        file_type: what its bytes are (see `pipelines.decode.sniff.PayloadType`); None where nobody looked.
        is_lost: the evidence itself, or that by which it is judged, could not be loaded, or there was no room
            to read it in, which says nothing of the document.
    """

    outcome: Outcome
    reading: Reading | None = None
    read_state: str | None = None
    reason: str | None = None
    file_name: str | None = None
    file_type: str | None = None
    is_lost: bool = False


class ReadersBroken(GongkaiError):
    """The reading processes do not start, or do not live: no document is to blame."""


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
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing) as error:
        return _unread(Outcome.OK if (stored.status or 200) < 300 else Outcome.SERVER_ERROR, error)
    outcome = classify_response(url=task.url, status=stored.status, headers=stored.headers, body=body)
    if outcome != Outcome.OK:
        return ReadResult(outcome)
    lost = None
    try:
        if task.unknown and load_unknown_page(folder, task.unknown).resembles(stored.headers, body):
            return ReadResult(Outcome.SOFT_404)
    except ArchiveError as error:
        lost = f"evidence: {error}"
    is_done = task.is_read or not task.is_document
    result = ReadResult(outcome) if is_done else _read_body(task, stored.headers, body, heaviest)
    return result if lost is None else replace(result, reason=lost, is_lost=True)


def _read_body(task: ReadTask, headers: Headers, body: bytes, heaviest: Weight) -> ReadResult:
    hints = Hints(url=task.url, content_type=header_value(headers, "content-type"))
    kind = sniff(body, hints.content_type)
    demand = demand_of(kind, body)
    if kind in READERS and demand.weight > heaviest:
        raise TooHeavy(demand)
    try:
        result = ReadResult(Outcome.OK, read_document(body, hints), "read")
    except (UnreadableDocument, ReaderMissing) as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        result = _unread(Outcome.OK, error)
    return replace(result, file_name=disposition_name(headers), file_type=str(kind))


@lru_cache(maxsize=4)
def load_unknown_page(folder: Path, place: Place) -> UnknownPage:
    """Return what a portal shows for an address that does not exist; the next pages are judged by it too.

    Args:
        folder: the WARC folder.
        place: where the answer stands.

    Raises:
        ArchiveError: the record cannot be loaded from the archive.
    """
    stored = load_payload(folder, place.warc_file, place.warc_offset)
    try:
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing):
        body = b""  # what cannot be looked at tells nothing
    return UnknownPage.of(stored.headers, body)


def _unread(outcome: Outcome, error: GongkaiError) -> ReadResult:
    if isinstance(error, ReaderMissing):
        reason = f"{error.problem}. {error.hint}" if error.hint else error.problem
        return ReadResult(outcome, read_state="waiting", reason=_told(reason))
    return ReadResult(outcome, read_state="failed", reason=_told(error.problem))


def read_captures(
    folder: Path,
    tasks: Iterable[ReadTask],
    *,
    workers: int,
    limits: Limits,
    heavier: Mapping[Weight, Limits] = HEAVIER,
    read: Read = read_capture,
) -> Iterator[tuple[ReadTask, ReadResult]]:
    """Read captures in limited child processes; yield each with its result, in the order of the tasks.

    Args:
        folder: the WARC folder.
        tasks: consumed as they are needed, a window ahead.
        workers: how many children of each kind.
        limits: what one page may cost.
        heavier: what a file of each greater weight may cost.
        read: what a child runs; must be importable by name.

    Raises:
        ReadersBroken: no reading process can be started; what was not yielded is still to be read.
    """
    try:
        with ReadingPools(workers, {Weight.PAGE: limits, **heavier}) as pools:
            yield from _in_order(_Desk(pools, folder, read), iter(tasks), _WINDOW * workers)
    except (BrokenExecutor, RuntimeError) as error:
        raise ReadersBroken(
            f"the reading processes do not work: {error or type(error).__name__}",
            hint="What was read is kept. See that processes can be started here, then run gongkai derive",
        ) from error


def _in_order(desk: _Desk, tasks: Iterator[ReadTask], window: int) -> Iterator[tuple[ReadTask, ReadResult]]:
    waiting: deque[_Underway] = deque()
    while True:
        waiting.extend(desk.take(task) for task in islice(tasks, window - len(waiting)))
        if not waiting:
            return
        if (result := waiting[0].result) is not None:
            yield waiting.popleft().task, result
            continue
        unread = [underway for underway in waiting if underway.result is None]
        desk.pools.wait_for_any(underway.future for underway in unread)
        for underway in unread:
            if underway.future.done():
                desk.advance(underway)


@dataclass(slots=True)
class _Underway:
    """A task that is being read.

    Attributes:
        task: the task.
        future: the answer of the child that has it now.
        demand: what its file needs, as far as a child told.
        failure: how reading it ended, where only the type of its bytes is still to be told.
        result: None until it is settled.
    """

    task: ReadTask
    future: Future[bytes]
    demand: Demand | None = None
    failure: ReadResult | None = None
    result: ReadResult | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """Hands tasks to the pools, and on from one to the next."""

    pools: ReadingPools
    folder: Path
    read: Read

    def take(self, task: ReadTask) -> _Underway:
        """Begin with a task: every payload is first seen by the children for pages."""
        return _Underway(task, self._ask(task))

    def advance(self, underway: _Underway) -> None:
        """Settle a task whose child has answered, or ask for what is still to be told."""
        try:
            answer = self.pools.answer(underway.future)
        except ChildWorn:
            self._ask_again(underway)
            return
        except ChildFailed as error:
            answer = _broken_off(underway.task, error.reason)
        if underway.failure is not None:
            underway.result = replace(underway.failure, file_type=answer.file_type)
        elif isinstance(answer, Demand):
            underway.demand = answer
            self._ask_again(underway)
        else:
            self._settle(underway, answer)

    def _settle(self, underway: _Underway, result: ReadResult) -> None:
        if result.file_type is None and underway.demand is not None:
            result = replace(result, file_type=underway.demand.file_type)
        if result.read_state == "failed" and result.file_type is None and not result.is_lost:
            underway.failure = result
            self._ask_again(underway)
        else:
            underway.result = result

    def _ask_again(self, underway: _Underway) -> None:
        read = self.read if underway.failure is None else look_at
        underway.future = self._ask(underway.task, underway.demand, read)

    def _ask(self, task: ReadTask, demand: Demand | None = None, read: Read | None = None) -> Future[bytes]:
        weight, pages = (demand.weight, demand.pages) if demand else (Weight.PAGE, 0)
        return self.pools.schedule(weight, pages, _answer, read or self.read, self.folder, task, weight)


def look_at(folder: Path, task: ReadTask, _heaviest: Weight) -> ReadResult:
    """Tell what the bytes of a capture are, and nothing else.

    Raises:
        GongkaiError: the record cannot be loaded, or its content coding not undone.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    body = decode_content(stored.body, stored.headers)
    return ReadResult(Outcome.OK, file_type=str(sniff(body, header_value(stored.headers, "content-type"))))


def _answer(read: Read, folder: Path, task: ReadTask, weight: Weight, limits: Limits) -> bytes:
    """Read in the child; the answer is pickled here, so that none goes back that cannot, or is too large."""
    with Meter(limits).running() as meter:
        try:
            answer = _sendable(_read(read, folder, task, weight, meter), task, limits)
        except MemoryError:
            answer = pickle.dumps(_broken_off(task, _OUT_OF_MEMORY))
    return answer


def _read(read: Read, folder: Path, task: ReadTask, weight: Weight, meter: Meter) -> ReadResult | Demand:
    try:
        result = read(folder, task, weight)
    except TooHeavy as error:
        return error.demand
    except ArchiveError as error:
        return replace(_broken_off(task, f"evidence: {error}"), is_lost=True)
    except OSError as error:
        word = "output" if error.errno == errno.EFBIG else "error"
        result = _broken_off(task, f"{word}: {type(error).__name__}: {error}")
        if error.errno in _NO_ROOM:
            result = replace(_broken_off(task, f"disk: no room for temporary files: {error}"), is_lost=True)
    except Exception as error:  # one document never stops a night; the row says what happened
        if is_out_of_memory(error):
            raise MemoryError from error
        result = _broken_off(task, f"error: {type(error).__name__}: {error}")
    if str(result.reason).startswith(("damaged", "error")) and meter.is_near_limit:
        # Parsers in C call it a fault of the file when they get no more memory.
        return replace(result, reason=f"{_OUT_OF_MEMORY} ({result.reason})"[:_REASON])
    return result


def _sendable(answer: ReadResult | Demand, task: ReadTask, limits: Limits) -> bytes:
    reading = answer.reading if isinstance(answer, ReadResult) else None
    reason = None
    if reading is not None:
        characters = sum(len(passage.lead) + len(passage.raw) for passage in reading.passages)
        parts = len(reading.passages) + len(reading.facts) + len(reading.checks) + len(reading.tables)
        if characters + len(reading.tail) > limits.characters:
            reason = f"output: the text has more than {limits.characters:,} characters"
        elif parts > limits.parts:
            reason = f"output: the document has more than {limits.parts:,} passages, cells and checks"
    pickled = b"" if reason else pickle.dumps(answer)
    if len(pickled) > limits.answer_bytes:
        reason = f"output: the reading takes more than {limits.answer_bytes:,} bytes"
    elif may_hold_halves(pickled) and holds_halves(answer):
        reason = "damaged: its text holds halves of characters"
    if reason is None:
        return pickled
    told = answer.file_type if isinstance(answer, ReadResult) else None
    return pickle.dumps(replace(_broken_off(task, reason), file_type=told))


def _broken_off(task: ReadTask, reason: str) -> ReadResult:
    return ReadResult(Outcome.OK, read_state="failed" if task.is_document else None, reason=_told(reason))


def _told(reason: str) -> str:
    return reason.encode("utf-8", "replace").decode()[:_REASON]
