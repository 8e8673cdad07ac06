"""Reading on many machines: slices of the queue to the workers of a Dask cluster, readings back as files.

    tasks ─▶ slices ─ Dask ─▶ worker: limited children of its own ─▶ DATA/readings/NAME ─▶ results in order

Every machine has the data directory under the same path. A worker reads by the same function and within the
same limits as a local child. What it read is a file, named by all that the reading follows from: when a
worker is lost, a task is given out twice, or `derive` is killed, what stands there whole is not read again.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pickle
import socket
import threading
import zlib
from collections import deque
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.reading.capture import ReadersBroken, open_sandbox, read_in_order
from archive.reading.tasks import ReadResult, break_off
from archive.sandbox.pool import SandboxBroken
from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
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

_MERGED = 1024
"""So many readings are kept behind the merge: more than a transaction of the corpus holds."""

_PATIENCE_S = 60
"""How long the first worker of a cluster may take to be there."""

_DIGEST = hashlib.sha256().digest_size
_VERSION = hashlib.sha256(PARSER_VERSION.encode()).hexdigest()[:8]
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
        self._sweep(f"{_VERSION}-*")
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
        self._sweep()

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

    def _sweep(self, kept: str = "") -> None:
        """Remove the readings that are merged, or of another parser."""
        keep = set(self._readings.glob(kept)) if kept else set()
        for path in set(self._readings.glob("*")) - keep:
            path.unlink(missing_ok=True)


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
        if result.reading is None or result.is_lost:
            answers[task] = result
        else:
            keep_reading(readings / names[task], result)
    return list(answers.values())


def _own_sandbox(limits: Limits) -> Sandbox:
    """Return the children of this thread of a worker, which live as long as it does."""
    if getattr(_own, "limits", None) != limits:
        _own.limits, _own.sandbox = limits, open_sandbox(1, limits).__enter__()
        atexit.register(_own.sandbox.__exit__)
    sandbox: Sandbox = _own.sandbox
    return sandbox


def name_reading(folder: Path, task: ReadTask) -> str:
    """Name a reading by the parser, the payload, and all else that it follows from."""
    try:
        stored = load_payload(folder, task.warc_file, task.warc_offset)
    except ArchiveError:
        return f"{_VERSION}-lost"  # never kept: reading it says why
    hints = (task.url, task.is_document, task.is_read, task.unknown, stored.status, stored.headers)
    digests = (hashlib.sha256(one).hexdigest() for one in (stored.body, repr(hints).encode()))
    return "-".join((_VERSION, *digests))


def keep_reading(path: Path, result: ReadResult) -> None:
    """Keep a reading, behind its digest; who reads it meanwhile sees it whole or not at all."""
    kept = zlib.compress(pickle.dumps(result), level=1)
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    unfinished.write_bytes(hashlib.sha256(kept).digest() + kept)
    unfinished.replace(path)


def load_reading(path: Path) -> ReadResult | None:
    """Return a reading that is kept; None where there is none, or it is torn."""
    try:
        said = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, kept = said[:_DIGEST], said[_DIGEST:]
    if hashlib.sha256(kept).digest() != digest:
        return None
    result: ReadResult = pickle.loads(zlib.decompress(kept))  # noqa: S301  what our own worker pickled
    return result
