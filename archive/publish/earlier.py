"""Which runs of each text stand in an earlier one, and in which: exactly, over a whole corpus.

texts in the total order ─▶ characters ─▶ windows, parted by their hashes ─▶ holders ─▶ marks, counts
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from archive.publish.run_files import HolderFile, WindowFiles
from pipelines.duplicates.shingles import find_holders, hash_shingles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from archive.publish.run_files import CharacterFile

WINDOWS_AT_ONCE = 1_000_000
"""How many windows are sorted at once; each takes some 100 bytes meanwhile."""
_MOST_BITS = 7


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of a corpus stands in earlier texts.

    Attributes:
        marks: a bit for each character of the corpus, from the lowest: whether a window starts there that an
            earlier text holds.
        holders: for each text, in order, the ranks of the texts to compare it with.
    """

    marks: NDArray[np.uint8]
    holders: tuple[tuple[int, ...], ...]

    def starts(self, first: int, size: int) -> NDArray[np.int64]:
        """Return where in a text, given by its place in the corpus, windows start that are held earlier."""
        bits = np.unpackbits(self.marks[first >> 3 : (first + size + 7) >> 3], bitorder="little")
        return np.flatnonzero(bits[first & 7 :][:size])


def find_earlier(
    characters: CharacterFile, folder: Path, *, holders: int, windows_at_once: int = WINDOWS_AT_ONCE
) -> Earlier:
    """Find what stands in earlier texts.

    Args:
        characters: all texts, in the total order.
        folder: where temporary files may stand.
        holders: so many of those who held most of a text's windows first, and as many who did so last.
        windows_at_once: how many windows may be held in memory at once, about.
    """
    marks = np.zeros(characters.size // 8 + 1, np.uint8)
    starts, texts = characters.starts, len(characters.starts)
    bits = min((characters.size // windows_at_once).bit_length(), _MOST_BITS)
    with (
        WindowFiles(folder, bits) as windows,
        HolderFile(folder, texts) as first,
        HolderFile(folder, texts) as nearest,
    ):
        for rank, start in enumerate(starts):
            hashes, places = hash_shingles(characters.read(rank))
            windows.append(hashes, places + start)
        for hashes, places in windows.parts():
            held = find_holders(hashes, np.searchsorted(starts, places, side="right") - 1)
            marked = places[held.places]
            np.bitwise_or.at(marks, marked >> 3, (1 << (marked & 7)).astype(np.uint8))
            first.append(held.texts, held.first)
            nearest.append(held.texts, held.nearest)
        most = zip(first.most(holders), nearest.most(holders), strict=True)
        chosen = tuple(tuple(sorted({*ours, *theirs})) for ours, theirs in most)
    return Earlier(marks, chosen[:texts])
