"""How much of one text also stands in another, and the longest run that both have.

The figures of a pair are exact: windows are compared by their hashes (`pipelines.duplicates.shingles`),
and the run that is shown is looked for in the characters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.duplicates.shingles import (
    BREAK,
    REPEATED,
    RUN,
    TABLE,
    find_common,
    hash_shingles,
    mask_covered,
)

if TYPE_CHECKING:
    from pipelines.duplicates.shingles import Codes, Mask, Places, Shingles


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the characters of a text, its own repetitions left out.

    Attributes:
        chars: how many there are.
        counted: how many of them are copied, or new.
    """

    chars: int
    counted: int

    @property
    def ratio(self) -> float | None:
        """The share; None where there are no characters."""
        return self.counted / self.chars if self.chars else None


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of a text also stands in another.

    Attributes:
        prose: its prose, and how much of it is copied.
        tables: its tables, likewise.
        longest: the longest run that both have, of prose or of a table; empty where they have none.
    """

    prose: Share
    tables: Share
    longest: str


def count_shares(codes: Codes, counted: Mask) -> tuple[Share, Share]:
    """Count some characters of a text, in its prose and in its tables; what is repeated is none of either."""
    once = (codes != BREAK) & (codes & np.uint32(REPEATED) == 0)
    in_table = codes & np.uint32(TABLE) != 0
    prose, table = (
        Share(int(np.count_nonzero(kind)), int(np.count_nonzero(kind & counted)))
        for kind in (once & ~in_table, once & in_table)
    )
    return prose, table


def compare_texts(a: Shingles, b: Shingles) -> tuple[Overlap, Overlap]:
    """Return what of the first stands in the second, and what of the second stands in the first."""
    in_a, in_b = find_common(a, b)
    return _read_overlap(a, b, in_a), _read_overlap(b, a, in_b)


def _read_overlap(document: Shingles, source: Shingles, starts: Places) -> Overlap:
    prose, tables = count_shares(document.codes, mask_covered(starts, len(document.codes)))
    return Overlap(prose, tables, _longest_run(document, source, starts))


def _longest_run(document: Shingles, source: Shingles, starts: Places) -> str:
    """Return the longest run of a text that stands in the source, given where its common windows start.

    Shingles that follow one another may come from several places of the source, so a row of them is only the
    most that a run can have. Rows are looked at from the longest down, until none can hold more than was
    found.
    """
    if not len(starts):
        return ""
    ends = np.flatnonzero(np.diff(starts, append=starts[-1] + 2) != 1)
    begins = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - begins + RUN
    longest = ""
    for row in np.argsort(-sizes, kind="stable"):
        if sizes[row] <= len(longest):
            break
        start = int(starts[begins[row]])
        stretch = slice(start, start + int(sizes[row]))
        other = slice(source.border, None) if start >= document.border else slice(source.border)
        longest = _longest_common(
            *(document.text[stretch], document.codes[stretch]),
            *(source.text[other], source.codes[other]),
            longest,
        )
    return longest


def _longest_common(piece: str, codes: Codes, other: str, other_codes: Codes, least: str) -> str:
    """Return the longest run of a piece that stands in another text, if it is longer than `least`."""
    if piece in other:
        return piece
    # If a run of some length is common, so is one of each lesser length.
    longest, shortest, too_long = least, max(len(least), RUN - 1), len(piece)
    while too_long - shortest > 1:
        length = (shortest + too_long) // 2
        found = _first_common(piece, codes, other, other_codes, length)
        if found:
            longest, shortest = found, length
        else:
            too_long = length
    return longest


def _first_common(piece: str, codes: Codes, other: str, other_codes: Codes, length: int) -> str:
    hashes, starts = hash_shingles(codes, length)
    for start in starts[np.isin(hashes, hash_shingles(other_codes, length)[0])]:
        run = piece[start : start + length]
        if run in other:
            return run
    return ""
