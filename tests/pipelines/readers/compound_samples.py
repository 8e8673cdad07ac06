"""Compound files (MS-CFB) of a few short streams, written byte by byte."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTOR = 512
END, FREE, TABLE, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def compound(*names: str, inside: Sequence[str] = ()) -> bytes:
    """Return a compound file with empty streams at its top, and more in a storage called `Object`.

    The names at the top hang on each other by their right sides, as an unbalanced tree does.
    """
    top = [*names, *(["Object"] if inside else [])]
    entries = [_entry("Root Entry", 5, child=1)]
    for at, name in enumerate(top, 1):
        is_storage = bool(inside) and at == len(top)
        right = at + 1 if at < len(top) else NONE
        entries.append(_entry(name, 1 if is_storage else 2, right, len(top) + 1 if is_storage else NONE))
    for at, name in enumerate(inside, len(top) + 1):
        entries.append(_entry(name, 2, at + 1 if at < len(top) + len(inside) else NONE))
    sectors = -(-len(entries) // 4)
    directory = b"".join(entries).ljust(sectors * SECTOR, bytes(1))
    chain = [TABLE, *range(2, sectors + 1), END]
    table = struct.pack("<128L", *chain, *[FREE] * (128 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6x9L109L",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, END, 0, END, 0, 0),
        *[FREE] * 108,
    )
    return header + table + directory


def _entry(name: str, kind: int, right: int = NONE, child: int = NONE) -> bytes:
    written = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBLLL16xL8x8xLQ", written, len(written) + 2, kind, 1, NONE, right, child, 0, END, 0
    )
