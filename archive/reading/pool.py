"""The pools of reading children, one for each weight of files, started when the first such file comes."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from pebble import ProcessExpired, ProcessPool

from archive.reading.cell import WORN, enter_cell
from archive.reading.limits import Weight
from archive.reading.server import interrupts_held, start_server
from archive.reading.traces import children_folder, remove_traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    from archive.reading.limits import Limits

_PATIENCE_S = 60.0
"""How much longer than its limits allow an answer may take before the children count as broken."""


class ChildFailed(Exception):
    """A child was stopped, or ended, before it answered; `reason` begins with a reason word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChildWorn(Exception):
    """A child ended before it began, to make room for a fresh one: ask again."""


class ReadingPools:
    """Runs functions in limited children; used as a context, after which nothing of them is left.

    Args:
        workers: how many children read pages, and how many read files. Half as many recognise characters,
            each with several threads.
        limits: of each weight.
    """

    def __init__(self, workers: int, limits: Mapping[Weight, Limits]) -> None:
        self.limits = limits
        self._workers = dict.fromkeys(Weight, workers) | {Weight.SCAN: max(1, workers // 2)}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["archive.reading.answers"])
        self._pools: dict[Weight, ProcessPool] = {}
        self._folder: Path
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the folder of the children."""
        self._folder = self._stack.enter_context(children_folder())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all children and remove what they left."""
        try:
            for pool in self._pools.values():
                pool.stop()  # type: ignore[no-untyped-call]  # pebble types some of its methods only
                pool.join()
        finally:
            self._stack.close()

    def schedule(
        self, weight: Weight, pages: int, function: Callable[..., bytes], *args: Any
    ) -> Future[bytes]:
        """Let a child run a function; its answer is pickled.

        Args:
            weight: of the file.
            pages: how many pages of it may have to be recognised.
            function: importable by name; given `args` and the limits of the weight.
            args: can be pickled.

        Raises:
            RuntimeError: the pool does not work.
        """
        limits = self.limits[weight]
        if weight not in self._pools:
            self._start(weight)
        with interrupts_held():
            pool = self._pools[weight]
            return pool.schedule(function, args=(*args, limits), timeout=limits.seconds_for(pages))

    def wait_for_any(self, futures: Iterable[Future[bytes]]) -> None:
        """Return when one of the answers is there, or a failure.

        Raises:
            RuntimeError: none came in the longest time that any of them may take.
        """
        longest = max(
            limits.seconds_for(10_000) for weight, limits in self.limits.items() if weight in self._pools
        )
        if not wait(futures, longest + _PATIENCE_S, FIRST_COMPLETED).done:
            raise RuntimeError(f"no answer came within {longest + _PATIENCE_S:.0f} s")

    def answer(self, future: Future[bytes]) -> Any:
        """Return what a child answered.

        Args:
            future: done.

        Raises:
            ChildFailed: it was stopped, or ended.
            ChildWorn: it did not begin.
        """
        try:
            return pickle.loads(future.result())  # noqa: S301  what our own child pickled
        except TimeoutError:
            reason = "timeout: reading took too long and was stopped"
        except ProcessExpired as error:
            if error.exitcode == WORN:
                raise ChildWorn from None
            reason = _ending(error.exitcode)
        except MemoryError:
            reason = "memory: reading took more than the limit"
        finally:
            if future.exception() is not None:
                remove_traces(self._folder)
        raise ChildFailed(reason)

    def _start(self, weight: Weight) -> None:
        try:
            start_server()
        except OSError as error:
            raise RuntimeError(f"the server that starts them does not start: {error}") from error
        limits = self.limits[weight]
        self._pools[weight] = ProcessPool(
            max_workers=self._workers[weight],
            max_tasks=limits.documents,
            initializer=enter_cell,
            initargs=(self._folder, limits),
            context=self._context,
        )


def _ending(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "timeout: reading took too much processor time and was stopped"
    if code == -signal.SIGKILL:
        return "crash: the reading process was killed, as a system does that runs out of memory"
    return f"crash: the reading process ended with code {code}"
