"""Gzip and zlib streams taken in by small pieces, so that what is left of them is never copied.

`zlib` hands back all that it did not use: fed with the whole of a stream of a hundred thousand empty parts,
it would copy the rest a hundred thousand times.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
GZIP = zlib.MAX_WBITS | 16


class Inflating:
    """Inflates the streams in a payload, one behind the other.

    Args:
        payload: begins with a stream.

    Attributes:
        place: where the next stream begins, once one has ended; in bytes from the start of the payload.
    """

    def __init__(self, payload: bytes) -> None:
        self.place = 0
        self._payload = payload

    def stream(self, wbits: int) -> Iterator[bytes]:
        """Yield what comes out of the next stream, in pieces of at most `PIECE_BYTES`.

        Args:
            wbits: the kind of stream, as `zlib` has it.

        Raises:
            zlib.error: it is damaged.
            EOFError: it is cut short; all that is in it was yielded.
        """
        inflater = zlib.decompressobj(wbits)
        while not inflater.eof:
            given = self._payload[self.place : self.place + PIECE_BYTES]
            if not given:
                yield from filter(None, [inflater.flush()])  # what a last match still holds back
                raise EOFError
            self.place += len(given)
            while given:
                yield from filter(None, [inflater.decompress(given, PIECE_BYTES)])
                given = inflater.unconsumed_tail
        self.place -= len(inflater.unused_data)

    @property
    def is_at_gzip(self) -> bool:
        """Whether a gzip begins where the last stream ended."""
        return self._payload.startswith(GZIP_MAGIC, self.place)


def inflated_parts(payload: bytes) -> Iterator[bytes]:
    """Yield what comes out of a gzip of one or more parts, in pieces; raises as `Inflating.stream`."""
    inflating = Inflating(payload)
    while inflating.is_at_gzip:
        yield from inflating.stream(GZIP)
