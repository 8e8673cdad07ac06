"""Readings made ahead of the merge by the tasks of any scheduler, and taken by it from where they stand.

    derive --shard I/N ─▶ its part of what is new ─▶ DATA/readings/NAME ─▶ derive: in order, the rest read

A reading that is kept is named by all that it follows from (`archive.reading.cluster`), so that one of
another parser, or of a capture that is asked for otherwise by now, is passed over and read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from archive.reading.capture import hold_sandbox, read_captures, read_in_order
from archive.reading.cluster import keep_reading, load_reading, name_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from archive.reading.tasks import ReadResult, ReadTask
    from archive.sandbox.pool import Limits

_SLICE = 64
"""Captures that are looked up, and then read, together: so many readings are in memory at once."""


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
    missing = (task for task in tasks if not (readings / name_reading(folder, task)).exists())
    for task, result in read_captures(folder, missing, workers=workers, limits=limits):
        if result.reading is not None and not result.is_lost:
            keep_reading(readings / name_reading(folder, task), result)
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
        for path in self.readings.glob("*"):
            path.unlink(missing_ok=True)
