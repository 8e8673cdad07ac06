"""Readings made ahead of the merge by the tasks of any scheduler, and taken by it from where they stand.

    derive --shard I/N ─▶ its part of what is new ─▶ DATA/readings/NAME ─▶ derive: in order, the rest read

A reading that is kept is named by all that it follows from, so that one of
another parser, or of a capture that is asked for otherwise by now, is passed over and read again.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from archive.reading.capture import hold_sandbox, read_captures, read_in_order
from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
from pipelines.document import PARSER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from archive.reading.tasks import ReadResult, ReadTask
    from archive.sandbox.pool import Limits

VERSION = hashlib.sha256(PARSER_VERSION.encode()).hexdigest()[:8]
"""What the names of readings by this parser begin with."""

_DIGEST = hashlib.sha256().digest_size
# Captures that are looked up, and then read, together: so many readings are in memory at once.
_SLICE = 64


def keep_readings(
    readings: Path, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
) -> Iterator[ReadTask]:
    """Read captures in limited children, and keep what they say; yield each that is kept by now.

    Args:
        readings: the folder of readings.
        folder: the WARC folder.
        tasks: what to read; of what is kept already, nothing.
        workers: reading processes.
        limits: what one page may cost.

    Raises:
        ReadersBroken: no reading process can be started.
        OSError: the disk refuses; what is kept is whole.
    """
    paths: dict[ReadTask, Path] = {}

    def find_missing() -> Iterator[ReadTask]:
        for task in tasks:
            path = readings / name_reading(folder, task)
            if not path.exists():
                paths[task] = path
                yield task

    for task, result in read_captures(folder, find_missing(), workers=workers, limits=limits):
        path = paths.pop(task)
        if is_to_be_kept(result):
            keep_reading(path, result)
            yield task


@dataclass(frozen=True, slots=True)
class KeptReader:
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
        with hold_sandbox(workers, limits) as sandbox:
            while part := tuple(islice(tasks, _SLICE)):
                kept = {task: load_reading(self.readings / name_reading(folder, task)) for task in part}
                missing = (task for task, result in kept.items() if result is None)
                read = dict(read_in_order(sandbox, folder, missing, window=_SLICE))
                yield from ((task, kept[task] or read[task]) for task in part)
        sweep_readings(self.readings)


def is_to_be_kept(result: ReadResult) -> bool:
    """Whether a result holds a reading that stands on whole evidence."""
    return result.reading is not None and not result.is_lost


def sweep_readings(readings: Path, *, but: str = "") -> None:
    """Remove the readings that are kept, but for those whose names match a pattern."""
    spared = set(readings.glob(but)) if but else set()
    for path in set(readings.glob("*")) - spared:
        path.unlink(missing_ok=True)


def name_reading(folder: Path, task: ReadTask) -> str:
    """Name a reading by the parser, the payload, and all else that it follows from."""
    try:
        stored = load_payload(folder, task.warc_file, task.warc_offset)
    except ArchiveError:
        return f"{VERSION}-lost"  # never kept: reading it says why
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
    return "-".join((VERSION, *digests))


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
