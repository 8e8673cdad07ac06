"""Readers that misbehave on a document that asks for it, as a parser would: they run in a child process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NoReturn

from archive.reading import ReadResult, read_capture
from archive.warc.reader import load_payload

if TYPE_CHECKING:
    from pathlib import Path

    from archive.reading import ReadTask

ABORTS = b"<!-- this document makes the parser abort -->"
HANGS = b"<!-- this document makes the parser hang -->"
HUNGRY = b"<!-- this document makes the parser eat memory -->"
RAISES = b"<!-- this document makes the parser raise -->"
UNSENDABLE = b"<!-- this document makes the parser raise what cannot be pickled -->"


class Unsendable(Exception):
    """An error that cannot be made again from its message, as some libraries have them."""

    def __init__(self, number: int, place: int) -> None:
        super().__init__(f"{number} at {place}")


def die_at_start(*_limits: int) -> NoReturn:
    """End a child before it reads anything."""
    os._exit(3)


def misbehave(folder: Path, task: ReadTask) -> ReadResult:
    """Read a capture, or do what its payload asks for."""
    body = load_payload(folder, task.warc_file, task.warc_offset).body
    if ABORTS in body:
        os.abort()
    if HANGS in body:
        time.sleep(3600)
    if HUNGRY in body:
        bytearray(8 << 30)
    if UNSENDABLE in body:
        raise Unsendable(1, 2)
    if RAISES in body:
        raise LookupError("a fault of the parser")
    return read_capture(folder, task)
