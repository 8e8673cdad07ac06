"""The parent's side of reading: tasks out to the pools of children, and on from one to the next."""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from archive.reading.answers import answer
from archive.reading.capture import look_at, read_capture
from archive.reading.limits import HEAVIER, Demand, Limits, Weight
from archive.reading.pool import ChildFailed, ChildWorn, ReadingPools
from archive.reading.tasks import ReadResult, ReadTask, broken_off
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from archive.reading.answers import Read

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
            told = self.pools.answer(underway.future)
        except ChildWorn:
            self._ask_again(underway)
            return
        except ChildFailed as error:
            told = broken_off(underway.task, error.reason)
        if underway.failure is not None:
            underway.result = replace(underway.failure, file_type=told.file_type)
        elif isinstance(told, Demand):
            underway.demand = told
            self._ask_again(underway)
        else:
            self._settle(underway, told)

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
        return self.pools.schedule(weight, pages, answer, read or self.read, self.folder, task, weight)
