"""Reading captures in child processes that may hang, crash or eat memory without stopping the night.

    captures to read ─▶ window of tasks ─▶ N children, each limited ─▶ results in the same order
                                             read_capture(task)

A child that passes a limit is killed and replaced; its document becomes a result that says so. The limits and
what survives what were measured: docs/derive.md.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections import deque
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

from archive.warc.errors import ArchiveError
from archive.warc.reader import load_payload
from pipelines.decode.coding import decode_content
from pipelines.decode.http_headers import header_value
from pipelines.document import read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.outcome import Outcome, classify_response
from pipelines.records import Hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from pipelines.records import Reading


_WINDOW = 4
"""Tasks per child that are handed out ahead."""

_PATIENCE_S = 60.0
"""How much longer than its limits allow an answer may take before the children count as broken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost.

    Attributes:
        seconds: wall clock before the child is killed.
        memory_bytes: address space of the child (RLIMIT_AS).
        cpu_seconds: processor time of one child over all its documents, a net below `seconds`.
        documents: how many documents a child reads before it is replaced; so few that together they cannot
            reach `cpu_seconds`, which would blame the last of them for what the others took.
    """

    seconds: float = 20.0
    memory_bytes: int = 2 << 30
    cpu_seconds: int = 4_000
    documents: int = 200


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One capture to be read: where its payload stands, and under which address.

    Attributes:
        capture_id: the capture that is read.
        url: its address.
        warc_file: the file that holds the payload (for a revisit, that of its original).
        warc_offset: where that record begins, in bytes.
        is_document: False for lists and probes, which are classified only.
        document_id: the document at that address; empty for lists and probes.
        source_id: the capture that holds the payload: itself, or for a revisit its original.
        fetched_at: the instant of the capture.
    """

    capture_id: str
    url: str
    warc_file: str
    warc_offset: int
    is_document: bool
    document_id: str
    source_id: str
    fetched_at: str


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a capture is, and what it says.

    Attributes:
        outcome: the state of the capture.
        reading: None where it is no document, or cannot be read.
        read_state: `read`, `waiting`, `failed`; None where there is nothing to read.
        reason: why it waits or failed.
        is_lost: the evidence itself could not be loaded, which says nothing of the document.
    """

    outcome: Outcome
    reading: Reading | None = None
    read_state: str | None = None
    reason: str | None = None
    is_lost: bool = False


class ReadersBroken(GongkaiError):
    """The reading processes do not start, or do not live: no document is to blame."""


def read_capture(folder: Path, task: ReadTask) -> ReadResult:
    """Classify a capture and read it, if it is a document.

    Args:
        folder: the WARC folder.
        task: what to read.

    Raises:
        GongkaiError: the record cannot be loaded from the archive.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    try:
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing) as error:
        return _unread(Outcome.OK if (stored.status or 200) < 300 else Outcome.SERVER_ERROR, error)
    outcome = classify_response(url=task.url, status=stored.status, headers=stored.headers, body=body)
    if outcome != Outcome.OK or not task.is_document:
        return ReadResult(outcome)
    hints = Hints(url=task.url, content_type=header_value(stored.headers, "content-type"))
    try:
        reading = read_document(body, hints)
    except (UnreadableDocument, ReaderMissing) as error:
        return _unread(outcome, error)
    return ReadResult(outcome, reading, "read")


def _unread(outcome: Outcome, error: GongkaiError) -> ReadResult:
    state = "waiting" if isinstance(error, ReaderMissing) else "failed"
    return ReadResult(outcome, read_state=state, reason=error.problem)


def read_captures(
    folder: Path,
    tasks: Iterable[ReadTask],
    *,
    workers: int,
    limits: Limits,
    read: Callable[[Path, ReadTask], ReadResult] = read_capture,
) -> Iterator[tuple[ReadTask, ReadResult]]:
    """Read captures in limited child processes; yield each with its result, in the order of the tasks.

    Args:
        folder: the WARC folder.
        tasks: consumed as they are needed, a window ahead.
        workers: how many children.
        limits: what one document may cost.
        read: what a child runs; must be importable by name.

    Raises:
        ReadersBroken: no reading process can be started; what was not yielded is still to be read.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["archive.reading"])
    waiting: deque[tuple[ReadTask, Future[ReadResult]]] = deque()
    pool = ProcessPool(
        max_workers=workers,
        max_tasks=limits.documents,
        initializer=_limit_process,
        initargs=(limits.memory_bytes, limits.cpu_seconds),
        context=context,
    )
    patience_s = _PATIENCE_S + limits.seconds * 2 * _WINDOW
    try:
        for task in tasks:
            waiting.append((task, pool.schedule(_read, args=(read, folder, task), timeout=limits.seconds)))
            if len(waiting) >= _WINDOW * workers:
                yield _settle(*waiting.popleft(), patience_s)
        while waiting:
            yield _settle(*waiting.popleft(), patience_s)
    except (BrokenExecutor, RuntimeError) as error:
        raise ReadersBroken(
            f"the reading processes do not work: {error or type(error).__name__}",
            hint="What was read is kept. See that processes can be started here, then run gongkai derive",
        ) from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types some of its methods only
        pool.join()


def _read(read: Callable[[Path, ReadTask], ReadResult], folder: Path, task: ReadTask) -> ReadResult:
    """Read in the child: only results go back, for an exception need not survive the way."""
    try:
        return read(folder, task)
    except MemoryError:
        reason = "memory: reading took more than the limit"
    except ArchiveError as error:
        return ReadResult(Outcome.OK, read_state=_failed(task), reason=f"evidence: {error}", is_lost=True)
    except Exception as error:  # noqa: BLE001  one document never stops a night; the row says what happened
        reason = f"error: {type(error).__name__}: {error}".encode("utf-8", "replace").decode()
    return ReadResult(Outcome.OK, read_state=_failed(task), reason=reason)


def _settle(task: ReadTask, future: Future[ReadResult], patience_s: float) -> tuple[ReadTask, ReadResult]:
    try:
        return task, future.result(patience_s)
    except FutureTimeout:
        if not future.done():
            raise RuntimeError(f"no answer came within {patience_s:.0f} s") from None
        reason = "timeout: reading took too long and was stopped"
    except ProcessExpired as error:
        reason = f"crash: the reading process ended with code {error.exitcode}"
    except MemoryError:
        reason = "memory: reading took more than the limit"
    return task, ReadResult(Outcome.OK, read_state=_failed(task), reason=reason)


def _failed(task: ReadTask) -> str | None:
    return "failed" if task.is_document else None


def _limit_process(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process; a limit that is lower already, by whoever started us, stays."""
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (lowest, lowest))
