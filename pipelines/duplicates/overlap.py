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
    code_text,
    covered,
    window_hashes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.duplicates.shingles import Codes, Hashes, Mask


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


@dataclass(frozen=True, slots=True)
class Windows:
    """A text as it is compared with others.

    Attributes:
        codes: its characters (`pipelines.duplicates.shingles.compared_codes`).
        text: the same as a string.
        border: where its tables begin, behind its prose.
        starts: where its windows start.
        distinct: the hashes of its windows, once each, ascending.
        index: for each window the place of its hash among these.
    """

    codes: Codes
    text: str
    border: int
    starts: NDArray[np.int64]
    distinct: Hashes
    index: NDArray[np.int64]


def windows_of(codes: Codes) -> Windows:
    """Return a text as it is compared with others."""
    hashes, starts = window_hashes(codes)
    distinct, index = np.unique(hashes, return_inverse=True)
    in_table = codes & np.uint32(TABLE) != 0
    border = int(np.argmax(in_table)) if in_table.any() else len(codes)
    return Windows(codes, code_text(codes), border, starts, distinct, index)


def count_shares(codes: Codes, counted: Mask) -> tuple[Share, Share]:
    """Count some characters of a text, in its prose and in its tables; what is repeated is none of either."""
    once = (codes != BREAK) & (codes & np.uint32(REPEATED) == 0)
    in_table = codes & np.uint32(TABLE) != 0
    prose, table = (
        Share(int(np.count_nonzero(kind)), int(np.count_nonzero(kind & counted)))
        for kind in (once & ~in_table, once & in_table)
    )
    return prose, table


def compare_texts(a: Windows, b: Windows) -> tuple[Overlap, Overlap]:
    """Return what of the first stands in the second, and what of the second stands in the first."""
    in_a, in_b = np.zeros(len(a.distinct), np.bool_), np.zeros(len(b.distinct), np.bool_)
    if len(b.distinct):
        places = np.minimum(np.searchsorted(b.distinct, a.distinct), len(b.distinct) - 1)
        in_a = b.distinct[places] == a.distinct
        in_b[places[in_a]] = True
    return _overlap(a, b, in_a), _overlap(b, a, in_b)


def _overlap(document: Windows, source: Windows, is_common: Mask) -> Overlap:
    """Return what of a text stands in the source, given which of its distinct windows do."""
    starts = document.starts[is_common[document.index]]
    prose, tables = count_shares(document.codes, covered(starts, len(document.codes)))
    return Overlap(prose, tables, _longest_run(document, source, starts))


def _longest_run(document: Windows, source: Windows, starts: NDArray[np.int64]) -> str:
    """Return the longest run of a text that stands in the source, given where its common windows start.

    Windows that follow one another may come from several places of the source, so a row of them is only the
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
    hashes, starts = window_hashes(codes, length)
    for start in starts[np.isin(hashes, window_hashes(other_codes, length)[0])]:
        run = piece[start : start + length]
        if run in other:
            return run
    return ""
