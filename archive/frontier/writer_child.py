"""The writer process itself: takes what waits, writes it, syncs once, acknowledges it, says so, begins again.

    parent ─▶ reading thread ─▶ bounded queue ─▶ append each ─ sync ─▶ crawl.db, one transaction ─▶ parent

No timer and no count: while a sync runs the next entries gather, and they share the next sync. A parent that
closes the archive says so; when the pipe just ends, the parent was killed: what came whole is written and
synced, and the file stays open for `archive.warc.files`. What an answer is, is judged here too, while the
sync runs: that takes a third of a millisecond, which the crawling process does not have.
"""

from __future__ import annotations

import collections
import contextlib
import pickle
import signal
import sys
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from archive.clock import clock_from
from archive.frontier.outcomes import Judge
from archive.frontier.state import Frontier
from archive.frontier.writer_process import Acknowledgement
from archive.sandbox.child_process import connect_to_parent, receive_bytes
from archive.warc.entries import (
    ArchiveError,
    Entry,
    Exchange,
    Lookup,
    RunEvent,
    StoredCapture,
    UnwritableEntry,
    Written,
)
from archive.warc.reader import stored_capture
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection


QUEUE_BYTES = 1 << 26
"""How much may wait here, in bytes of pickled entries, before the pipe fills and the parent waits."""

# A terminal signals all processes of its group, and what waits here must still be written.
_DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Intake:
    """Reads entries, still pickled, ahead of the writing, up to a bound."""

    def __init__(self, requests: Connection) -> None:
        self._requests = requests
        self._frames: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._ended = False
        self._changed = threading.Condition()

    def read_all(self) -> None:
        """Read until the other end is gone."""
        try:
            while True:
                self._put(receive_bytes(self._requests))
        except EOFError:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, frame: bytes) -> None:
        with self._changed:
            self._frames.append(frame)
            self._bytes += len(frame)
            self._changed.notify_all()
            # One frame above the limit is let in: an entry may be larger than the limit by itself.
            self._changed.wait_for(lambda: self._bytes < QUEUE_BYTES)

    def take_waiting(self) -> list[bytes]:
        """Return all frames that wait, at least one; none once the other end is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended)
            frames = list(self._frames)
            self._frames.clear()
            self._bytes = 0
            self._changed.notify_all()
            return frames


def serve_parent(
    intake: Intake, writer: WarcWriter, judge: Judge, frontier: Frontier, answers: Connection
) -> bool:
    """Write what comes until the parent closes, goes, or the disk refuses.

    Args:
        intake: what comes.
        writer: where it goes.
        judge: says what an answer is.
        frontier: which acknowledges what became durable, before the parent is told.
        answers: the way back.

    Returns:
        Whether to seal the file: yes unless the parent went without a word.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as aside:
        while frames := intake.take_waiting():
            entries = [pickle.loads(frame) for frame in frames]  # noqa: S301 - a pipe of our own
            # The parent sends nothing behind None, so it can only be the last.
            closing = entries[-1] is None
            asked = entries[:-1] if closing else entries
            # By what was acknowledged: two equal bodies that arrive together are both written whole.
            asked = [find_repeated(frontier, entry) for entry in asked]
            outcome = acknowledge_entries(frontier, asked, write_together(writer, judge, asked, aside))
            _tell_parent(answers, outcome)
            if closing or outcome.failure is not None:
                return True
    return False


def find_repeated(frontier: Frontier, entry: Entry) -> Entry:
    """Return an exchange with the capture whose payload it repeats; anything else as it is.

    Args:
        frontier: which knows what was acknowledged.
        entry: as asked for.
    """
    if not isinstance(entry, Exchange):
        return entry
    original = frontier.find_repeated(entry.url, entry.received.status, entry.received.body)
    return entry if original is None else entry.replace(original=original)


def write_together(
    writer: WarcWriter, judge: Judge, entries: Sequence[Entry], aside: Executor
) -> Acknowledgement:
    """Append entries and sync once; where the disk refuses, what was appended before still counts.

    Args:
        writer: where they go.
        judge: says what each answer is, while the disk works.
        entries: what came together.
        aside: runs the sync.
    """
    results, failure = _append_entries(writer, entries)
    synced = aside.submit(writer.sync)
    told = _judge_results(judge, entries, results)
    try:
        synced.result()
    except ArchiveError as error:
        # Nothing of this batch is durable: nobody is told of any.
        return Acknowledgement((), failure or error)
    return Acknowledgement(told, failure)


def _append_entries(
    writer: WarcWriter, entries: Sequence[Entry]
) -> tuple[Sequence[Written | ArchiveError], ArchiveError | None]:
    results: list[Written | ArchiveError] = []
    failure: ArchiveError | None = None
    for entry in entries:
        try:
            results.append(writer.append(entry))
        except UnwritableEntry as error:
            results.append(error)
        except ArchiveError as error:
            failure = error
            break
    return results, failure


def _judge_results(
    judge: Judge, entries: Sequence[Entry], results: Sequence[Written | ArchiveError]
) -> tuple[Written | ArchiveError, ...]:
    # Of more entries than results the disk refused the last.
    return tuple(
        result.replace(outcome=judge.judge(entry, result.capture_id))
        if isinstance(result, Written) and isinstance(entry, Exchange)
        else result
        for entry, result in zip(entries, results, strict=False)
    )


def acknowledge_entries(
    frontier: Frontier, entries: Sequence[Entry], outcome: Acknowledgement
) -> Acknowledgement:
    """Acknowledge what was written together, in one transaction; nobody is told of what is not acknowledged.

    Args:
        frontier: which acknowledges.
        entries: as asked for.
        outcome: what became of them.

    Returns:
        The outcome; where nothing can be acknowledged, the failure alone.
    """
    try:
        frontier.record_captures(_list_captures(entries, outcome.results))
    except ArchiveError as error:
        return Acknowledgement((), error)
    return outcome


def _list_captures(
    entries: Sequence[Entry], results: Sequence[Written | ArchiveError]
) -> Iterator[tuple[StoredCapture, int]]:
    for entry, result in zip(entries, results, strict=False):
        if isinstance(result, Written) and not isinstance(entry, (Lookup, RunEvent)):
            size_bytes = len(entry.received.body) if isinstance(entry, Exchange) else 0
            yield stored_capture(entry, result), size_bytes


def _tell_parent(answers: Connection, outcome: Acknowledgement) -> None:
    # A parent that was killed reads no answers; its records are durable all the same.
    with contextlib.suppress(BrokenPipeError):
        answers.send(outcome)


def main(folder: str, now: str, roll_bytes: str, crawl_db: str, shard: str) -> int:
    """Serve the parent at the other end of standard input and output; return the exit code."""
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    writer = WarcWriter(Path(folder), clock=clock_from(now), roll_bytes=int(roll_bytes), shard=shard or None)
    requests, answers = connect_to_parent()
    intake = Intake(requests)
    threading.Thread(target=intake.read_all, name="intake", daemon=True).start()
    try:
        with contextlib.closing(Frontier(Path(crawl_db))) as frontier:
            if serve_parent(intake, writer, Judge(Path(folder), frontier), frontier, answers):
                writer.close()
    except ArchiveError as error:
        _tell_parent(answers, Acknowledgement((), error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
