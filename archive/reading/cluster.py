"""Reading on many machines: slices of the queue to the workers of a Dask cluster, readings back as files.

    tasks ─▶ slices ─ Dask ─▶ worker: limited children of its own ─▶ DATA/readings/NAME ─▶ results in order

Every machine has the data directory under the same path. A worker reads by the same function and within the
same limits as a local child. What it read is a file, named by all that the reading follows from: when a
worker is lost, a task is given out twice, or `derive` is killed, what stands there whole is not read again.
"""

from __future__ import annotations

import atexit
import socket
import threading
from collections import deque
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.reading.capture import ReadersBroken, open_sandbox, read_in_order
from archive.reading.kept import (
    VERSION,
    is_to_be_kept,
    keep_reading,
    load_reading,
    name_reading,
    sweep_readings,
)
from archive.reading.tasks import ReadResult, break_off
from archive.sandbox.pool import SandboxBroken
from pipelines.document import PARSER_VERSION
from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from archive.reading.tasks import ReadTask
    from archive.sandbox.pool import Limits, Sandbox

    Answer = str | ReadResult
    """The name of a reading that is kept, or what there is instead of one."""

SLICE = 8
"""Captures in a task of the cluster: what a lost worker can cost."""

# So many readings are kept behind the merge: more than a transaction of the corpus holds.
_MERGED = 1024

# How long the first worker of a cluster may take to be there.
_PATIENCE_S = 60

_own = threading.local()


class ClusterReader:
    """Reads captures on the workers of a Dask cluster; a `CaptureReader`.

    Args:
        address: of its scheduler, as the operator gives it: `dask://HOST:PORT`.
        readings: the folder of readings, on a disk that all workers share.

    Raises:
        BadConfiguration: the address is none, or Dask is not installed.
    """

    def __init__(self, address: str, readings: Path) -> None:
        parts = urlsplit(address)
        if parts.scheme != "dask" or not parts.netloc:
            raise BadConfiguration("this is no executor", where=address, hint="Give dask://HOST:PORT")
        try:
            import distributed  # noqa: PLC0415  an extra
        except ImportError as error:
            raise BadConfiguration("Dask is missing", hint="pip install 'gongkai[dask]'") from error
        self._connect = partial(distributed.Client, f"tcp://{parts.netloc}", set_as_default=False)
        self._lost = distributed.KilledWorker
        self._readings = readings.resolve()

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        """Yield each task with its result, in the order of the tasks.

        Args:
            folder: the WARC folder.
            tasks: consumed as they are needed, two slices for each thread of the cluster ahead.
            workers: the cluster has its own.
            limits: what one page may cost.

        Raises:
            ReadersBroken: the cluster is not there, or its workers cannot read; what was not yielded is still
                to be read.
        """
        del workers
        sweep_readings(self._readings, but=f"{VERSION}-*")
        try:
            with self._connect() as client:
                client.wait_for_workers(1, timeout=_PATIENCE_S)
                submit = client.get_executor(pure=False).submit
                ask = partial(submit, read_slice, folder.resolve(), self._readings, limits, PARSER_VERSION)
                yield from self._read_in_order(ask, iter(tasks), 2 * sum(client.nthreads().values()))
        except (self._lost, SandboxBroken, CancelledError, OSError) as error:
            raise ReadersBroken(
                f"the cluster does not read: {error}",
                hint="What was read is kept. See that its workers run, then run gongkai derive",
            ) from error
        sweep_readings(self._readings)

    def _read_in_order(
        self, ask: Callable[[Sequence[ReadTask]], Future[list[Answer]]], tasks: Iterator[ReadTask], room: int
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        slices = ((part, ask(part)) for part in iter(lambda: tuple(islice(tasks, SLICE)), ()))
        waiting = deque(islice(slices, room))
        merged: deque[str] = deque()
        while waiting:
            part, future = waiting.popleft()
            for task, answer in zip(part, future.result(), strict=True):
                yield task, self._load(answer) or self._load(ask((task,)).result()[0]) or _lose_reading(task)
                merged.extend([answer] if isinstance(answer, str) else [])
            waiting.extend(islice(slices, 1))
            while len(merged) > _MERGED:
                (self._readings / merged.popleft()).unlink(missing_ok=True)

    def _load(self, answer: Answer) -> ReadResult | None:
        return load_reading(self._readings / answer) if isinstance(answer, str) else answer


def _lose_reading(task: ReadTask) -> ReadResult:
    """Return the result of a task whose reading does not arrive: the next derive tries it again."""
    return replace(break_off(task, "disk: its reading was torn twice"), is_lost=True)


# On a worker


def read_slice(
    folder: Path, readings: Path, limits: Limits, version: str, tasks: Sequence[ReadTask]
) -> list[Answer]:
    """Read captures, but for those whose readings stand there whole.

    Args:
        folder: the WARC folder.
        readings: that of the readings.
        limits: what one page may cost.
        version: of the parser that is asked for.
        tasks: what to read.

    Returns:
        Of each task the name of its reading, or its result, where there is no reading to be kept.

    Raises:
        ReadersBroken: this machine has another version, or not the data.
    """
    if version != PARSER_VERSION or not folder.is_dir():
        raise ReadersBroken(
            f"this worker reads by {PARSER_VERSION} and not {version}, or does not see {folder}",
            where=socket.gethostname(),
            hint="Install one gongkai on all machines, and mount the data directory under one path",
        )
    names = {task: name_reading(folder, task) for task in tasks}
    missing = (task for task, name in names.items() if load_reading(readings / name) is None)
    answers: dict[ReadTask, Answer] = dict(names)
    for task, result in read_in_order(_own_sandbox(limits), folder, missing):
        if is_to_be_kept(result):
            keep_reading(readings / names[task], result)
        else:
            answers[task] = result
    return list(answers.values())


def _own_sandbox(limits: Limits) -> Sandbox:
    """Return the children of this thread of a worker, which live as long as it does."""
    if getattr(_own, "limits", None) != limits:
        _own.limits, _own.sandbox = limits, open_sandbox(1, limits).__enter__()
        atexit.register(_own.sandbox.__exit__)
    sandbox: Sandbox = _own.sandbox
    return sandbox
