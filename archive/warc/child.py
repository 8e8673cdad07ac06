"""The writer process itself: takes what waits, writes it, syncs once, acknowledges it, says so, begins again.

    stdin ─▶ reading thread ─▶ bounded queue ─▶ append each ─ sync ─▶ crawl.db, one transaction ─▶ stdout

No timer and no count: while a sync runs the next entries gather, and they share the next sync. A parent that
closes the archive says so; when the pipe just ends, the parent was killed: what came whole is written and
synced, and the file stays open for `archive.warc.files`. What an answer is, is judged here too, while the
sync runs: that takes a third of a millisecond, which the crawling process does not have.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archive.clock import clock_from
from archive.frontier.judging import Judge
from archive.frontier.state import Answer, Frontier
from archive.warc.frames import EndOfStream, Outcome, pack, read_frame
from archive.warc.model import ArchiveError, Exchange, RunEvent, UnwritableEntry, Written
from archive.warc.reader import stored_capture
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from archive.warc.model import Entry

QUEUE_BYTES = 1 << 26
"""How much may wait here, in bytes of pickled entries, before the pipe fills and the parent waits."""

_DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Intake:
    """Reads frames ahead of the writing, up to a bound."""

    def __init__(self, stream: BinaryIO, limit_bytes: int = QUEUE_BYTES) -> None:
        self._stream = stream
        self._limit = limit_bytes
        self._frames: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._ended = False
        self._changed = threading.Condition()

    def run(self) -> None:
        """Read until the other end is gone."""
        try:
            while True:
                self._put(read_frame(self._stream))
        except EndOfStream:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, frame: bytes) -> None:
        with self._changed:
            self._frames.append(frame)
            self._bytes += len(frame)
            self._changed.notify_all()
            # One frame above the limit is let in: an entry may be larger than the limit by itself.
            self._changed.wait_for(lambda: self._bytes < self._limit)

    def take(self) -> list[bytes]:
        """Return all frames that wait, at least one; none once the other end is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended)
            frames = list(self._frames)
            self._frames.clear()
            self._bytes = 0
            self._changed.notify_all()
            return frames


def serve(
    intake: Intake, writer: WarcWriter, judge: Judge, frontier: Frontier | None, answers: BinaryIO
) -> bool:
    """Write what comes until the parent closes, goes, or the disk refuses.

    Args:
        intake: what comes.
        writer: where it goes.
        judge: says what an answer is.
        frontier: which acknowledges what became durable, before the parent is told; None for nobody.
        answers: the way back.

    Returns:
        Whether to seal the file: yes unless the parent went without a word.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as aside:
        while frames := intake.take():
            entries = [pickle.loads(frame) for frame in frames]  # noqa: S301 - a pipe of our own
            closing = entries[-1] is None
            asked = entries[:-1] if closing else entries
            outcome = write_together(writer, judge, asked, aside)
            if frontier is not None:
                outcome = acknowledge(frontier, asked, outcome)
            _answer(answers, outcome)
            if closing or outcome.failure is not None:
                return True
    return False


def write_together(writer: WarcWriter, judge: Judge, entries: Sequence[Entry], aside: Executor) -> Outcome:
    """Append entries and sync once; where the disk refuses, what was appended before still counts.

    Args:
        writer: where they go.
        judge: says what each answer is, while the disk works.
        entries: what came together.
        aside: runs the sync.
    """
    results, failure = _append(writer, entries)
    synced = aside.submit(writer.sync)
    told = _judged(judge, entries, results)
    try:
        synced.result()
    except ArchiveError as error:
        return Outcome((), failure or error)
    return Outcome(told, failure)


def _append(
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


def _judged(
    judge: Judge, entries: Sequence[Entry], results: Sequence[Written | ArchiveError]
) -> tuple[Written | ArchiveError, ...]:
    # Of more entries than results the disk refused the last.
    return tuple(
        dataclasses.replace(result, outcome=judge.judge(entry, result.capture_id))
        if isinstance(result, Written) and isinstance(entry, Exchange)
        else result
        for entry, result in zip(entries, results, strict=False)
    )


def acknowledge(frontier: Frontier, entries: Sequence[Entry], outcome: Outcome) -> Outcome:
    """Acknowledge what was written together, in one transaction; nobody is told of what is not acknowledged.

    Args:
        frontier: which acknowledges.
        entries: as asked for.
        outcome: what became of them.

    Returns:
        The outcome; where nothing can be acknowledged, the failure alone.
    """
    try:
        frontier.record_captures(_captures(entries, outcome.results))
    except ArchiveError as error:
        return Outcome((), error)
    return outcome


def _captures(entries: Sequence[Entry], results: Sequence[Written | ArchiveError]) -> Iterator[Answer]:
    for entry, result in zip(entries, results, strict=False):
        if isinstance(result, Written) and not isinstance(entry, RunEvent):
            size_bytes = len(entry.payload) if isinstance(entry, Exchange) else 0
            yield Answer(stored_capture(entry, result), result.outcome, size_bytes)


def _answer(answers: BinaryIO, outcome: Outcome) -> None:
    # A parent that was killed reads no answers; its records are durable all the same.
    with contextlib.suppress(BrokenPipeError):
        answers.write(pack(outcome))
        answers.flush()


def main(folder: str, now: str, roll_bytes: str, crawl_db: str = "") -> int:
    """Serve the parent at the other end of stdin and stdout."""
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    writer = WarcWriter(Path(folder), clock=clock_from(now), roll_bytes=int(roll_bytes))
    # Not sys.stdin: the interpreter would wait for its lock at exit, and the reading thread holds it.
    intake = Intake(os.fdopen(0, "rb", closefd=False))
    threading.Thread(target=intake.run, name="intake", daemon=True).start()
    frontier = Frontier(Path(crawl_db)) if crawl_db else None
    judge = Judge(Path(folder), frontier)
    try:
        if serve(intake, writer, judge, frontier, sys.stdout.buffer):
            writer.close()
    except ArchiveError as error:
        _answer(sys.stdout.buffer, Outcome((), error))
        return 1
    finally:
        if frontier is not None:
            frontier.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
