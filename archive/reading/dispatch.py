"""Captures out to limited children, and on from those of one weight to those of the next.

captures to read ─▶ window of tasks ─▶ children for pages ─┬─▶ results in the same order
└▶ for files ─┤
└▶ for scans ─┘
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from archive.reading.capture import OUT_OF_MEMORY_REASON, answer_task, look_at, read_capture
from archive.reading.tasks import HEAVIER, Demand, Place, ReadResult, ReadTask, Weight, break_off
from archive.sandbox.confinement import OUT_OF_MEMORY
from archive.sandbox.pool import ChildEnded, Limits, Sandbox, SandboxBroken, temporary_prefix
from archive.warc.reader import bring_near
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.reading.capture import Answer, Read

# Tasks per child that are handed out ahead: while one scan is read, so many pages after it can be.
_WINDOW = 16


class ReadersBroken(GongkaiError):
    """The reading processes do not start, or do not live: no document is to blame."""


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
        workers: how many children read pages, how many read files, and how many recognise characters.
        limits: what one page may cost.
        heavier: what a file of each greater weight may cost.
        read: what a child runs; must be importable by name.

    Raises:
        ReadersBroken: no reading process can be started; what was not yielded is still to be read.
    """
    with hold_sandbox(workers, limits, heavier) as sandbox:
        yield from read_in_order(sandbox, folder, tasks, window=_WINDOW * workers, read=read)


@contextlib.contextmanager
def hold_sandbox(
    workers: int, limits: Limits, heavier: Mapping[Weight, Limits] = HEAVIER
) -> Iterator[Sandbox]:
    """Hold children that read captures while the block runs; arguments as of `read_captures`.

    Raises:
        ReadersBroken: no reading process can be started.
    """
    try:
        with open_sandbox(workers, limits, heavier) as sandbox:
            yield sandbox
    except SandboxBroken as error:
        raise ReadersBroken(
            f"the reading processes do not work: {error}",
            hint="What was read is kept. See that processes can be started here, then run gongkai derive",
        ) from error


def open_sandbox(workers: int, limits: Limits, heavier: Mapping[Weight, Limits] = HEAVIER) -> Sandbox:
    """Return children that read captures, so many of each weight; arguments as of `read_captures`."""
    kinds = {weight: (cost, workers) for weight, cost in {Weight.PAGE: limits, **heavier}.items()}
    return Sandbox(answer_task, kinds)


def read_in_order(
    sandbox: Sandbox,
    folder: Path,
    tasks: Iterable[ReadTask],
    *,
    window: int = _WINDOW,
    read: Read = read_capture,
) -> Iterator[tuple[ReadTask, ReadResult]]:
    """Read captures by the children of a sandbox; yield each with its result, in the order of the tasks.

    Args:
        sandbox: see `open_sandbox`.
        folder: the WARC folder.
        tasks: consumed as they are needed.
        window: so many are begun with ahead.
        read: what a child runs.

    Raises:
        SandboxBroken: there are no children any more.
        StoreUnreachable: evidence stands elsewhere and cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix=temporary_prefix()) as work:
        dispatcher, tasks = _Dispatcher(sandbox, folder, read, Path(work)), iter(tasks)
        waiting: deque[_Underway] = deque()
        while True:
            waiting.extend(dispatcher.begin(task) for task in islice(tasks, window - len(waiting)))
            if not waiting:
                return
            if (result := waiting[0].result) is not None:
                yield dispatcher.leave(waiting.popleft()), result
                continue
            unread = [underway for underway in waiting if underway.result is None]
            wait([underway.future for underway in unread], return_when=FIRST_COMPLETED)
            for underway in unread:
                if underway.future.done():
                    dispatcher.advance(underway)


class _Underway(Struct):
    """A task that is being read.

    Attributes:
        task: the task.
        folder: from which it is read.
        future: the answer of the child that has it now.
        demand: what its file needs, as far as a child told.
        failure: how reading it ended, where only the type of its bytes is still to be told.
        result: None until it is settled.
    """

    task: ReadTask
    folder: Path
    future: Future[Answer]
    demand: Demand | None = None
    failure: ReadResult | None = None
    result: ReadResult | None = None


class _Dispatcher(FrozenStruct):
    """Hands tasks to the children, and on from those of one weight to those of the next.

    The children have no network: what was moved elsewhere is brought to them, into a folder below `work`.
    """

    sandbox: Sandbox
    folder: Path
    read: Read
    work: Path

    def begin(self, task: ReadTask) -> _Underway:
        """Begin with a task: every payload is first seen by the children for pages."""
        own = Place(task.warc_file, task.warc_offset)
        places = (own, *task.unknown, *(part for _, part in task.parts))
        folder = bring_near(self.folder, places, self.work)
        return _Underway(task, folder, self._ask(task, folder))

    def leave(self, underway: _Underway) -> ReadTask:
        """Remove what was brought for a task that is settled, and return it."""
        if underway.folder != self.folder:
            shutil.rmtree(underway.folder)
        return underway.task

    def advance(self, underway: _Underway) -> None:
        """Settle a task whose child has answered, or ask for what is still to be told.

        Raises:
            SandboxBroken: there are no children any more.
        """
        try:
            answer = underway.future.result()
        except ChildEnded as ended:
            answer = break_off(underway.task, _explain_end(ended.code))
        if underway.failure is not None:
            underway.result = underway.failure.replace(file_type=answer.file_type)
        elif isinstance(answer, Demand):
            underway.demand = answer
            underway.future = self._ask(underway.task, underway.folder, answer)
        else:
            self._settle(underway, answer)

    def _settle(self, underway: _Underway, result: ReadResult) -> None:
        if result.file_type is None and underway.demand is not None:
            result = result.replace(file_type=underway.demand.file_type)
        if result.read_state == "failed" and result.file_type is None and not result.is_lost:
            underway.failure = result
            underway.future = self._ask(underway.task, underway.folder, underway.demand, look_at)
        else:
            underway.result = result

    def _ask(
        self, task: ReadTask, folder: Path, demand: Demand | None = None, read: Read | None = None
    ) -> Future[Answer]:
        weight, pages = (demand.weight, demand.pages) if demand else (Weight.PAGE, 0)
        return self.sandbox.submit(weight, read or self.read, folder, task, weight, pages=pages)


def _explain_end(code: int | None) -> str:
    """Say why a child ended before it answered; the first word is the kind of the reason.

    Args:
        code: its exit code; None where its time was over.
    """
    if code is None:
        return "timeout: reading took too long and was stopped"
    if code == OUT_OF_MEMORY:
        return OUT_OF_MEMORY_REASON
    if code == -signal.SIGXCPU:
        return "timeout: reading took too much processor time and was stopped"
    if code == -signal.SIGKILL:
        return "crash: the reading process was killed, as a system does that runs out of memory"
    return f"crash: the reading process ended with code {code}"
