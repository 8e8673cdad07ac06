"""Readings made ahead of the merge, by shards or on a cluster, and taken by it from where they stand.

    derive --shard I/N ─▶ its part of what is new ───────────┐
    tasks ─▶ slices ─ Dask ─▶ worker: children of its own ───┴▶ DATA/readings/NAME ─▶ in order; the rest read

A reading that is kept is named by all that it follows from, so that one of another parser, or of a capture
that is asked for otherwise by now, is passed over and read again; and when a worker is lost, a task is given
out twice, or `derive` is killed, what stands there whole is not. All machines have the data directory under
the same path, and read by the same function within the same limits.
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
from concurrent.futures import CancelledError, Future
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.reading.dispatch import ReadersBroken, hold_sandbox, open_sandbox, read_in_order
from archive.sandbox.pool import Limits, Sandbox, SandboxBroken
from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
from pipelines.document import PARSER_VERSION
from pipelines.errors import BadConfiguration
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from archive.reading.tasks import ReadResult, ReadTask

# What the names of readings by this parser begin with.
_VERSION = hashlib.sha256(PARSER_VERSION.encode()).hexdigest()[:8]
_DIGEST = hashlib.sha256().digest_size
# Captures that are looked up, and then read, together: so many readings are in memory at once.
_PART = 64
# So many readings are kept behind the merge: more than a transaction of the corpus holds.
_MERGED = 1024
SLICE = 8
"""Captures in a task of the cluster: what a lost worker can cost."""
# Slices for each thread of the cluster that are begun with ahead: two while a part is merged, and the part.
_AHEAD = 8
# How long the first worker of a cluster may take to be there.
_PATIENCE_S = 60


def keep_readings(
    sandbox: Sandbox, readings: Path, folder: Path, tasks: Iterable[ReadTask]
) -> Iterator[ReadTask]:
    """Read captures, and keep what they say; yield each that is kept by now.

    What holds no reading, or stands on lost evidence, is not kept: that may be the fault of this machine.

    Args:
        sandbox: children that read (`archive.reading.dispatch.open_sandbox`).
        readings: the folder of readings.
        folder: the WARC folder.
        tasks: what to read; of what is kept whole already, nothing.

    Raises:
        SandboxBroken: no reading process can be started.
        OSError: the disk refuses; what is kept is whole.
    """
    paths: dict[ReadTask, Path] = {}

    def find_missing() -> Iterator[ReadTask]:
        for task in tasks:
            path = readings / name_reading(folder, task)
            if load_reading(path) is None:
                paths[task] = path
                yield task

    for task, result in read_in_order(sandbox, folder, find_missing(), window=_PART):
        path = paths.pop(task)
        if result.reading is not None and not result.is_lost:
            keep_reading(path, result)
            yield task


class KeptReader(FrozenStruct):
    """Takes what is kept, and reads the rest in limited children; a `CaptureReader`.

    Attributes:
        readings: the folder of readings, empty once all is merged.
    """

    readings: Path

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        """Yield each task with its result, in their order; arguments and errors as of `read_captures`."""
        tasks = iter(tasks)
        merged: deque[Path] = deque()
        with hold_sandbox(workers, limits) as sandbox:
            while part := tuple(islice(tasks, _PART)):
                paths = {task: self.readings / name_reading(folder, task) for task in part}
                kept = {task: load_reading(path) for task, path in paths.items()}
                missing = (task for task, result in kept.items() if result is None)
                read = dict(read_in_order(sandbox, folder, missing, window=_PART))
                yield from ((task, kept[task] or read[task]) for task in part)
                merged.extend(paths.values())
                while len(merged) > _MERGED:
                    merged.popleft().unlink(missing_ok=True)
        for path in self.readings.glob("*"):
            path.unlink(missing_ok=True)


class ClusterReader:
    """Has the workers of a Dask cluster keep readings, and takes them; a `CaptureReader`.

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
            tasks: consumed as they are needed, some slices for each thread of the cluster ahead.
            workers: children on this machine, for what the cluster did not keep.
            limits: what one page may cost.

        Raises:
            ReadersBroken: the cluster is not there, or its workers cannot read; what was not yielded is still
                to be read.
        """
        try:
            with self._connect() as client:
                client.wait_for_workers(1, timeout=_PATIENCE_S)
                submit = client.get_executor(pure=False).submit
                keep = partial(submit, keep_slice, folder.resolve(), self._readings, limits, PARSER_VERSION)
                ahead = _keep_ahead(keep, iter(tasks), _AHEAD * sum(client.nthreads().values()))
                yield from KeptReader(self._readings)(folder, ahead, workers=workers, limits=limits)
        except (self._lost, SandboxBroken, CancelledError, OSError) as error:
            raise ReadersBroken(
                f"the cluster does not read: {error}",
                hint="What was read is kept. See that its workers run, then run gongkai derive",
            ) from error


def _keep_ahead(
    keep: Callable[[tuple[ReadTask, ...]], Future[None]], tasks: Iterator[ReadTask], room: int
) -> Iterator[ReadTask]:
    """Yield tasks in their order, each once the cluster is done with its slice."""
    slices = ((part, keep(part)) for part in iter(lambda: tuple(islice(tasks, SLICE)), ()))
    waiting = deque(islice(slices, room))
    while waiting:
        part, future = waiting.popleft()
        future.result()
        waiting.extend(islice(slices, 1))
        yield from part


# On a worker

_own = threading.local()


def keep_slice(folder: Path, readings: Path, limits: Limits, version: str, tasks: Iterable[ReadTask]) -> None:
    """Read captures on a worker of a cluster, and keep what they say.

    Args:
        folder: the WARC folder.
        readings: that of the readings.
        limits: what one page may cost.
        version: of the parser that is asked for.
        tasks: what to read.

    Raises:
        ReadersBroken: this machine has another version, or not the data.
    """
    if version != PARSER_VERSION or not folder.is_dir():
        raise ReadersBroken(
            f"this worker reads by {PARSER_VERSION} and not {version}, or does not see {folder}",
            where=socket.gethostname(),
            hint="Install one gongkai on all machines, and mount the data directory under one path",
        )
    for _ in keep_readings(_own_sandbox(limits), readings, folder, tasks):
        pass


def _own_sandbox(limits: Limits) -> Sandbox:
    """Return the children of this thread of a worker, which live as long as it does."""
    if getattr(_own, "limits", None) != limits:
        _own.limits, _own.sandbox = limits, open_sandbox(1, limits).__enter__()
        atexit.register(_own.sandbox.__exit__)
    sandbox: Sandbox = _own.sandbox
    return sandbox


# What stands in the folder


def name_reading(folder: Path, task: ReadTask) -> str:
    """Name a reading by the parser, the payload, and all else that it follows from."""
    try:
        stored = load_payload(folder, task.warc_file, task.warc_offset)
    except ArchiveError:
        return f"{_VERSION}-lost"  # never kept: reading it says why
    hints = (
        task.url,
        task.is_document,
        task.is_read,
        task.unknown,
        task.parts,
        stored.status,
        stored.headers,
    )
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
