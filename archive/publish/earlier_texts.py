"""What of each text stands in earlier ones, worked out of all texts at once.

    all texts ──windows, by slices of their hashes──▶ who holds each first, and last before ──▶ Held of each

What waits goes through temporary files, so that memory stays small whatever the size of a corpus: they stand
in the folder where the copy is made, have no name and are gone when closed. At 160 million characters they
take about 3.5 GB.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.overlap import Codes, Hashes, Mask, Places, hash_shingles

WINDOWS_AT_ONCE = 1_000_000
"""How many windows are sorted at once; each takes some 100 bytes meanwhile."""

Counts = NDArray[np.int64]
"""How many windows of a text each holder has: rows of holder and count, by holder."""


class Held(NamedTuple):
    """What of a text stands in earlier ones.

    Attributes:
        starts: of each character, whether a window starts there that an earlier text holds.
        first: how many of these windows each text was the first to hold.
        nearest: how many of them each text was the last to hold before this one.
    """

    starts: Mask
    first: Counts
    nearest: Counts


def find_earlier(
    characters: CharacterFile,
    folder: Path,
    numbers: NDArray[np.int64],
    *,
    windows_at_once: int = WINDOWS_AT_ONCE,
) -> Iterator[Held]:
    """Yield of each text what stands in earlier ones.

    Args:
        characters: all texts, in the total order.
        folder: where temporary files may stand.
        numbers: by which the texts are told as holders.
        windows_at_once: how many windows may be held in memory at once, about.
    """
    # A bit for each character, from the lowest: whether a window starts there that an earlier text holds.
    marks = np.zeros(characters.size // 8 + 1, np.uint8)
    starts, texts = characters.starts, len(characters.starts)
    bits = (characters.size // windows_at_once).bit_length()
    with (
        WindowFile(folder, bits) as windows,
        HolderFile(folder, texts) as first,
        HolderFile(folder, texts) as nearest,
    ):
        for rank, start in enumerate(starts):
            hashes, places = hash_shingles(characters.read(rank))
            windows.append(hashes, places + start)
        for hashes, places in windows.parts():
            ranks = np.searchsorted(starts, places, side="right") - 1
            held, earliest, last = find_holders(hashes, ranks)
            marked = places[held]
            np.bitwise_or.at(marks, marked >> 3, (1 << (marked & 7)).astype(np.uint8))
            first.append(ranks[held], earliest)
            nearest.append(ranks[held], last)
        ends = [*starts[1:].tolist(), characters.size]
        # The last block of holders has room for more texts than there are.
        for start, end, ours, theirs in zip(
            starts.tolist(), ends, first.counts(), nearest.counts(), strict=False
        ):
            part = np.unpackbits(marks[start >> 3 : (end + 7) >> 3], bitorder="little")
            first_counts, nearest_counts = (
                np.column_stack([numbers[counts[:, 0]], counts[:, 1]]) for counts in (ours, theirs)
            )
            yield Held(part[start & 7 :][: end - start].astype(np.bool_), first_counts, nearest_counts)


def find_holders(hashes: Hashes, texts: Places) -> tuple[Places, Places, Places]:
    """Find the windows that earlier texts hold.

    Args:
        hashes: of windows; all windows of the corpus that have one of these hashes.
        texts: for each window the rank of its text, ascending.

    Returns:
        Which of the windows, for each the rank of the first text that has it, and for each that of the last
        text before its own that has it.
    """
    order = np.argsort(hashes, kind="stable")
    ranked, texts = hashes[order], texts[order]
    is_new_run = np.concatenate([[True], ranked[1:] != ranked[:-1]])[: len(ranked)]
    is_new_text = is_new_run.copy()
    is_new_text[1:] |= texts[1:] != texts[:-1]
    # For each window where its run, and its text within that, begins.
    run_start, text_start = (
        np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
        for begins in (is_new_run, is_new_text)
    )
    held = np.flatnonzero(text_start != run_start)
    return order[held], texts[run_start[held]], texts[text_start[held] - 1]


_WINDOW = np.dtype([("hash", "<u8"), ("place", "<i8")])
_BUFFERED = 1 << 21

TEXTS_AT_ONCE = 256
"""How many texts' holders are read together."""
_HOLDER_BITS = 32


class _Spill:
    """A temporary file."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed with this

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Groups(_Spill):
    """Rows written batch by batch, each in the order of its groups, and read group by group."""

    def __init__(self, folder: Path, row: np.dtype[np.void]) -> None:
        super().__init__(folder)
        self._row = row
        self._borders: list[NDArray[np.int64]] = []
        self._size = 0

    def _write_batch(self, rows: NDArray[np.void], borders: NDArray[np.int64]) -> None:
        """Write rows; the group of number n is those from the border n to the next."""
        self._file.write(rows.tobytes())
        self._borders.append(self._size + borders)
        self._size += len(rows)

    def _read_group(self, number: int) -> NDArray[np.void]:
        pieces = [np.empty(0, self._row)]
        for borders in self._borders:
            start, end = borders[number : number + 2].tolist()
            self._file.seek(start * self._row.itemsize)
            pieces.append(np.frombuffer(self._file.read((end - start) * self._row.itemsize), self._row))
        return np.concatenate(pieces)


class CharacterFile(_Spill):
    """The compared characters of texts, one text behind the other."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._ends = [0]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each text starts, in characters of the file."""
        return np.array(self._ends[:-1], np.int64)

    @property
    def size(self) -> int:
        """How many characters the file holds."""
        return self._ends[-1]

    def append(self, codes: Codes) -> None:
        """Write the next text."""
        self._file.write(codes.astype("<u4").tobytes())
        self._ends.append(self._ends[-1] + len(codes))

    def read(self, rank: int) -> Codes:
        """Return a text."""
        start, end = self._ends[rank : rank + 2]
        self._file.seek(4 * start)
        return np.frombuffer(self._file.read(4 * (end - start)), "<u4").astype(np.uint32)


class WindowFile(_Groups):
    """The windows of all texts, parted by the first bits of their hashes."""

    def __init__(self, folder: Path, bits: int) -> None:
        super().__init__(folder, _WINDOW)
        self._bits = bits
        self._waiting: list[NDArray[np.void]] = []
        self._count = 0

    def append(self, hashes: Hashes, places: NDArray[np.int64]) -> None:
        """Write windows; their places ascend from call to call."""
        windows = np.empty(len(hashes), _WINDOW)
        windows["hash"], windows["place"] = hashes, places
        self._waiting.append(windows)
        self._count += len(windows)
        if self._count >= _BUFFERED:
            self._flush()

    def _flush(self) -> None:
        windows = np.concatenate([*self._waiting, np.empty(0, _WINDOW)])
        self._waiting, self._count = [], 0
        # A shift by all 64 bits is none, so the bits are shifted out in two steps.
        parts = (windows["hash"] >> np.uint64(1) >> np.uint64(63 - self._bits)).astype(np.int64)
        order = np.argsort(parts, kind="stable")
        self._write_batch(windows[order], np.searchsorted(parts[order], np.arange((1 << self._bits) + 1)))

    def parts(self) -> Iterator[tuple[Hashes, NDArray[np.int64]]]:
        """Yield the hashes and ascending places of each part; equal hashes are in one part."""
        self._flush()
        for part in range(1 << self._bits):
            windows = self._read_group(part)
            yield windows["hash"].astype(np.uint64), windows["place"].astype(np.int64)


class HolderFile(_Groups):
    """How many windows of each text each holder has, added up from any number of parts."""

    _ROW = np.dtype([("key", "<u8"), ("count", "<u4")])

    def __init__(self, folder: Path, texts: int) -> None:
        super().__init__(folder, self._ROW)
        blocks = -(-texts // TEXTS_AT_ONCE)
        self._first_keys = np.arange(blocks + 1, dtype=np.uint64) * np.uint64(TEXTS_AT_ONCE << _HOLDER_BITS)

    def append(self, texts: NDArray[np.int64], holders: NDArray[np.int64]) -> None:
        """Count windows: of which text each is and who holds it."""
        keys = texts.astype(np.uint64) << np.uint64(_HOLDER_BITS) | holders.astype(np.uint64)
        distinct, counts = np.unique(keys, return_counts=True)
        rows = np.empty(len(distinct), self._ROW)
        rows["key"], rows["count"] = distinct, counts
        self._write_batch(rows, np.searchsorted(distinct, self._first_keys))

    def counts(self) -> Iterator[Counts]:
        """Yield for each text, in order, how many of its windows each holder has."""
        for block in range(len(self._first_keys) - 1):
            yield from self._counts(self._read_group(block), block)

    def _counts(self, rows: NDArray[np.void], block: int) -> Iterator[Counts]:
        keys, index = np.unique(rows["key"], return_inverse=True)
        counts = np.bincount(index, weights=rows["count"], minlength=len(keys)).astype(np.int64)
        texts = np.arange(TEXTS_AT_ONCE + 1, dtype=np.uint64) + np.uint64(block * TEXTS_AT_ONCE)
        ends = np.searchsorted(keys, texts << np.uint64(_HOLDER_BITS))
        holders = (keys & np.uint64((1 << _HOLDER_BITS) - 1)).astype(np.int64)
        for start, end in pairwise(ends.tolist()):
            yield np.column_stack([holders[start:end], counts[start:end]])
