"""The child's side of reading: every end that it can take becomes an answer that can be sent."""

from __future__ import annotations

import errno
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.reading.capture import TooHeavy
from archive.reading.cell import Meter, is_out_of_memory
from archive.reading.characters import holds_halves, may_hold_halves
from archive.reading.tasks import ReadResult, ReadTask, broken_off, told
from archive.warc.model import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.reading.limits import Demand, Limits, Weight

    Read = Callable[[Path, ReadTask, Weight], ReadResult]

_OUT_OF_MEMORY = "memory: reading took more than the limit"

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""No fault of the document: it is read again by the next `derive`."""


def answer(read: Read, folder: Path, task: ReadTask, weight: Weight, limits: Limits) -> bytes:
    """Read in the child; the answer is pickled here, so that none goes back that cannot, or is too large.

    Args:
        read: reads one capture.
        folder: the WARC folder.
        task: what to read.
        weight: of the heaviest file that this child reads.
        limits: what reading it may cost.

    Returns:
        A pickled `ReadResult`, or the `Demand` of a file that weighs more.
    """
    with Meter(limits).running() as meter:
        try:
            pickled = _sendable(_read(read, folder, task, weight, meter), task, limits)
        except MemoryError:
            pickled = pickle.dumps(broken_off(task, _OUT_OF_MEMORY))
    return pickled


def _read(read: Read, folder: Path, task: ReadTask, weight: Weight, meter: Meter) -> ReadResult | Demand:
    try:
        result = read(folder, task, weight)
    except TooHeavy as error:
        return error.demand
    except ArchiveError as error:
        return replace(broken_off(task, f"evidence: {error}"), is_lost=True)
    except OSError as error:
        word = "output" if error.errno == errno.EFBIG else "error"
        result = broken_off(task, f"{word}: {type(error).__name__}: {error}")
        if error.errno in _NO_ROOM:
            result = replace(broken_off(task, f"disk: no room for temporary files: {error}"), is_lost=True)
    except Exception as error:  # one document never stops a night; the row says what happened
        if is_out_of_memory(error):
            raise MemoryError from error
        result = broken_off(task, f"error: {type(error).__name__}: {error}")
    if str(result.reason).startswith(("damaged", "error")) and meter.is_near_limit:
        # Parsers in C call it a fault of the file when they get no more memory.
        return replace(result, reason=told(f"{_OUT_OF_MEMORY} ({result.reason})"))
    return result


def _sendable(result: ReadResult | Demand, task: ReadTask, limits: Limits) -> bytes:
    reading = result.reading if isinstance(result, ReadResult) else None
    reason = None
    if reading is not None:
        characters = sum(len(passage.lead) + len(passage.raw) for passage in reading.passages)
        parts = len(reading.passages) + len(reading.facts) + len(reading.checks) + len(reading.tables)
        if characters + len(reading.tail) > limits.characters:
            reason = f"output: the text has more than {limits.characters:,} characters"
        elif parts > limits.parts:
            reason = f"output: the document has more than {limits.parts:,} passages, cells and checks"
    pickled = b"" if reason else pickle.dumps(result)
    if len(pickled) > limits.answer_bytes:
        reason = f"output: the reading takes more than {limits.answer_bytes:,} bytes"
    elif may_hold_halves(pickled) and holds_halves(result):
        reason = "damaged: its text holds halves of characters"
    if reason is None:
        return pickled
    file_type = result.file_type if isinstance(result, ReadResult) else None
    return pickle.dumps(replace(broken_off(task, reason), file_type=file_type))
