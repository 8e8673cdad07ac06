"""The parent's side of reading: tasks out to limited children, and on from one weight to the next.

captures to read ─▶ window of tasks ─▶ children for pages ─┬─────────────▶ results in the same order
└▶ for files ─▶┤
└▶ for scans ─▶┘
"""

from __future__ import annotations

import signal
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from archive.reading.capture import answer_task, look_at, read_capture
from archive.reading.tasks import HEAVIER, Demand, ReadResult, ReadTask, Weight, break_off
from archive.sandbox.confinement import OUT_OF_MEMORY
from archive.sandbox.pool import ChildEnded, Sandbox, SandboxBroken
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from archive.reading.capture import Read
    from archive.sandbox.pool import Limits

    Answer = ReadResult | Demand

_WINDOW = 16
"""Tasks per child that are handed out ahead: while one scan is read, so many pages after it can be."""


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
        workers: how many children read pages, and how many read files. Half as many recognise characters,
            each with several threads.
        limits: what one page may cost.
        heavier: what a file of each greater weight may cost.
        read: what a child runs; must be importable by name.

    Raises:
        ReadersBroken: no reading process can be started; what was not yielded is still to be read.
    """
    children = dict.fromkeys(Weight, workers) | {Weight.SCAN: max(1, workers // 2)}
    kinds = {weight: (cost, children[weight]) for weight, cost in {Weight.PAGE: limits, **heavier}.items()}
    try:
        with Sandbox(answer_task, kinds) as sandbox:
            yield from _read_in_order(_Dispatcher(sandbox, folder, read), iter(tasks), _WINDOW * workers)
    except SandboxBroken as error:
        raise ReadersBroken(
            f"the reading processes do not work: {error}",
            hint="What was read is kept. See that processes can be started here, then run gongkai derive",
        ) from error


def _read_in_order(
    dispatcher: _Dispatcher, tasks: Iterator[ReadTask], window: int
) -> Iterator[tuple[ReadTask, ReadResult]]:
    waiting: deque[_Underway] = deque()
    while True:
        waiting.extend(dispatcher.begin(task) for task in islice(tasks, window - len(waiting)))
        if not waiting:
            return
        if (result := waiting[0].result) is not None:
            yield waiting.popleft().task, result
            continue
        unread = [underway for underway in waiting if underway.result is None]
        wait([underway.future for underway in unread], return_when=FIRST_COMPLETED)
        for underway in unread:
            if underway.future.done():
                dispatcher.advance(underway)


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
    future: Future[Answer]
    demand: Demand | None = None
    failure: ReadResult | None = None
    result: ReadResult | None = None


@dataclass(frozen=True, slots=True)
class _Dispatcher:
    """Hands tasks to the children, and on from those of one weight to those of the next."""

    sandbox: Sandbox
    folder: Path
    read: Read

    def begin(self, task: ReadTask) -> _Underway:
        """Begin with a task: every payload is first seen by the children for pages."""
        return _Underway(task, self._ask(task))

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
            underway.result = replace(underway.failure, file_type=answer.file_type)
        elif isinstance(answer, Demand):
            underway.demand = answer
            underway.future = self._ask(underway.task, answer, self.read)
        else:
            self._settle(underway, answer)

    def _settle(self, underway: _Underway, result: ReadResult) -> None:
        if result.file_type is None and underway.demand is not None:
            result = replace(result, file_type=underway.demand.file_type)
        if result.read_state == "failed" and result.file_type is None and not result.is_lost:
            underway.failure = result
            underway.future = self._ask(underway.task, underway.demand, look_at)
        else:
            underway.result = result

    def _ask(self, task: ReadTask, demand: Demand | None = None, read: Read | None = None) -> Future[Answer]:
        weight, pages = (demand.weight, demand.pages) if demand else (Weight.PAGE, 0)
        return self.sandbox.submit(weight, read or self.read, self.folder, task, weight, pages=pages)


def _explain_end(code: int | None) -> str:
    """Say why a child ended before it answered; the first word is the kind of the reason.

    Args:
        code: its exit code; None where its time was over.
    """
    if code is None:
        return "timeout: reading took too long and was stopped"
    if code == OUT_OF_MEMORY:
        return "memory: reading took more than the limit"
    if code == -signal.SIGXCPU:
        return "timeout: reading took too much processor time and was stopped"
    if code == -signal.SIGKILL:
        return "crash: the reading process was killed, as a system does that runs out of memory"
    return f"crash: the reading process ended with code {code}"
