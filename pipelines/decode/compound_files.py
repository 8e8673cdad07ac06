"""The names at the top of a compound file (MS-CFB), the container of older office files.

A file inside the file has names of its own further down: a workbook that holds a Word object is a workbook.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY_BYTES = 128
NONE = 0xFFFF_FFFA
"""From here on, numbers of sectors and entries have other meanings: the end, a free place."""
IN_HEADER = 109
MOST_SECTORS = 10_000


def top_names(payload: bytes) -> frozenset[str]:
    """Return the names of streams and storages at the top; none where the directory cannot be followed."""
    try:
        size = 1 << struct.unpack_from("<H", payload, 30)[0]
        if size not in (512, 4096):
            return frozenset()
        table = list(islice(_table_sectors(payload, size), MOST_SECTORS))
        first = struct.unpack_from("<L", payload, 48)[0]
        directory = b"".join(_sector(payload, each, size) for each in _chain(payload, first, table, size))
        return frozenset(_children_of_root(directory))
    except (struct.error, IndexError):
        return frozenset()


def _sector(payload: bytes, number: int, size: int) -> bytes:
    return payload[(number + 1) * size : (number + 2) * size]


def _table_sectors(payload: bytes, size: int) -> Iterator[int]:
    """Yield the sectors of the table that tells which sector follows which."""
    yield from (each for each in struct.unpack_from(f"<{IN_HEADER}L", payload, 76) if each < NONE)
    further = struct.unpack_from("<L", payload, 68)[0]
    seen: set[int] = set()
    while further < NONE and further not in seen:
        seen.add(further)
        *numbers, further = struct.unpack(f"<{size // 4}L", _sector(payload, further, size))
        yield from (each for each in numbers if each < NONE)


def _chain(payload: bytes, first: int, table: list[int], size: int) -> Iterator[int]:
    seen: set[int] = set()
    while first < NONE and first not in seen and len(seen) < MOST_SECTORS:
        seen.add(first)
        yield first
        at, place = divmod(first, size // 4)
        first = struct.unpack_from("<L", _sector(payload, table[at], size), 4 * place)[0]


def _children_of_root(directory: bytes) -> Iterator[str]:
    entries = len(directory) // ENTRY_BYTES
    waiting = [struct.unpack_from("<L", directory, 76)[0]] if entries else []
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in seen or number >= entries:
            continue
        seen.add(number)
        start = number * ENTRY_BYTES
        length = min(struct.unpack_from("<H", directory, start + 64)[0], 64)
        yield directory[start : start + max(length - 2, 0)].decode("utf-16-le", "replace")
        waiting += struct.unpack_from("<LL", directory, start + 68)
