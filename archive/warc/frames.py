"""What runs between a crawl and its writer process: pickled frames, each behind its length.

parent ─ Entry, …, None ─▶ child        None: seal the file, this was the last
parent ◀─ Outcome, … ─────── child      one frame per sync, as many results as entries, in their order
"""

from __future__ import annotations

import pickle  # both ends are this program, over a pipe of its own
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from archive.warc.model import ArchiveError, Entry, Written

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the oldest entries that were waiting.

    Attributes:
        results: one per entry, in order of submission.
        failure: why the writer takes nothing more; None while it goes on.
    """

    results: tuple[Written | ArchiveError, ...]
    failure: ArchiveError | None = None


class EndOfStream(Exception):
    """The other end is gone; what it was writing, if anything, is not whole."""


def pack(content: Entry | Outcome | None) -> bytes:
    """Make a frame."""
    body = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> bytes:
    """Read the next frame's content, still pickled.

    Raises:
        EndOfStream: the other end is gone.
    """
    (size,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    return _read_exactly(stream, size)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EndOfStream
    return content
