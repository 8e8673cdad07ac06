"""How much of a text stands in another, too, and the longest run of characters that both have.

Compared are letters and digits (Unicode's categories L, N and M) after normalising. Prose and tables are
compared apart, so each character carries where it stands. A run may cross the border between two passages
and not that between prose and table.

A character is **copied** from another text if it lies in a run of at least `RUN` characters that also stands
there. It is **repeated** if it lies in a run of `SHINGLES.repeated_run` or more that stood earlier in it;
what is repeated counts neither as copied nor as anything else, so that a text that prints its first part
fourteen times weighs as much as one that prints it once. A phrase of officialese or the label of a row comes
back after 13 characters without any part of the text being printed again, hence the greater length: on five
real documents any from 25 to 40 takes fourteen rounds of one for one and leaves the tables whole.

Runs are found by 64-bit hashes of all windows of their length: among the 160 million windows of all reports
of a country, one pair in a thousand corpora shares a hash by chance. Who holds a run earlier is told by the
rank of texts in the total order (year, printed date of publication, address, unknown last), whatever the
order in which they came. Slices of the range of hashes are worked through in bounded memory.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage


class ShingleThresholds(Thresholds):
    """From what length on a run that stands twice is a copy (`knowledge/thresholds/shingles.yaml`)."""

    run: int
    repeated_run: int
    plain_search: int


SHINGLES = ShingleThresholds.load("shingles")
RUN = SHINGLES.run

BREAK = 0
"""Stands behind every stretch: no run crosses it."""
# Code points have 21 bits; flags stand above them.
TABLE = 1 << 24
"""Set in the characters of tables: they are other characters than those of prose."""
REPEATED = 1 << 25
"""Set in the characters that repeat their own text."""

Codes = NDArray[np.uint32]
"""Characters as compared: code points with the flags above, stretches of prose first, each with its break."""
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
Spans = Sequence[tuple[int, int]]
"""Stretches of a text, half-open."""

_CHARACTER = np.uint32(TABLE - 1)
# The golden ratio in 64 bits and the mixers of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
_BASE = 0x9E3779B97F4A7C15
_MIXERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def compared_codes(text: str, tables: Spans, hidden: Spans = ()) -> Codes:
    """Return the characters of a text that are compared.

    Args:
        text: as published.
        tables: where in it tables stand, as half-open spans.
        hidden: what is not compared, as half-open spans; runs end there.

    Returns:
        The letters and digits of its prose, then of its tables, each flagged `TABLE` and `REPEATED` where it
        is.
    """
    codes = fold_text(text, tables, hidden)
    codes[_find_repeated(codes)] |= np.uint32(REPEATED)
    return codes


def fold_text(text: str, tables: Spans, hidden: Spans = ()) -> Codes:
    """Return the same characters, of which none is flagged `REPEATED`; that takes a third of the time."""
    prose: list[Codes] = []
    cells: list[Codes] = []
    folded = _fold_codes(encode_text(text))
    for start, end, in_table in _cut_stretches(len(text), tables, hidden):
        codes = folded[start:end]
        if _IN_CONTEXT in codes:
            codes = encode_text(_strip_punctuation(normalise_passage(text[start:end])))
        # Characters that fold to nothing (punctuation, white space) were looked up as BREAK; they end no run.
        codes = codes[codes != BREAK]
        if len(codes):
            kind = cells if in_table else prose
            kind.append(codes | np.uint32(TABLE) if in_table else codes)
    return join_codes([*prose, *cells])


def _cut_stretches(size: int, tables: Spans, hidden: Spans) -> Iterator[tuple[int, int, bool]]:
    """Yield where the stretches of prose and of tables that are compared start and end, in order."""
    # Between two neighbouring borders a text is all hidden or not, all table or not.
    borders = sorted({0, size, *(border for span in (*tables, *hidden) for border in span)})
    for start, end in pairwise(borders):
        if not any(first <= start < last for first, last in hidden):
            yield start, end, any(first <= start < last for first, last in tables)


# Nearly all characters become the same whatever stands beside them, and are looked up: normalising takes ten
# times as long.
_UNKNOWN, _IN_CONTEXT = np.uint32(1 << 30), np.uint32(1 << 31)


def _fold_codes(codes: Codes) -> Codes:
    """Return what becomes of each character: none (`BREAK`), one, or `_IN_CONTEXT`."""
    folds = _folds()
    folded = folds[codes]
    if _UNKNOWN in folded:
        unknown = np.unique(codes[folded == _UNKNOWN])
        folds[unknown] = [_fold_character(chr(code)) for code in unknown.tolist()]
        folded = folds[codes]
    return folded


@cache
def _folds() -> Codes:
    """Return what becomes of each code point, as far as it was asked for."""
    return np.full(sys.maxunicode + 1, _UNKNOWN, np.uint32)


def _fold_character(char: str) -> int:
    form = _strip_punctuation(normalise_passage(char))
    # A mark joins the letter before it, parts of Korean syllables join, a raised figure may be that of m².
    joins = any(
        unicodedata.category(one)[0] == "M" or "\u1100" <= one <= "\u11ff" or one in "²³" for one in form
    )
    return int(_IN_CONTEXT) if joins or len(form) > 1 else ord(form or "\0")


def _strip_punctuation(form: str) -> str:
    others = [char for char in {*form} if unicodedata.category(char)[0] not in "LMN"]
    return form.translate(dict.fromkeys(map(ord, others)))


def encode_text(text: str) -> Codes:
    """Return the characters of a text as codes."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def join_codes(texts: Iterable[Codes]) -> Codes:
    """Return texts one behind the other, each with a break that no run crosses."""
    pieces = [piece for codes in texts for piece in (codes, np.array([BREAK], np.uint32))]
    return np.concatenate([*pieces, np.empty(0, np.uint32)])


def code_text(codes: Codes) -> str:
    """Write codes as a string; a break is a NUL, which no run holds."""
    return (codes & _CHARACTER).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def hash_shingles(codes: Codes, length: int = RUN) -> tuple[Hashes, Places]:
    """Hash every window of characters that holds no break.

    Args:
        codes: characters of one text, or of several one behind the other.
        length: of a window, in characters.

    Returns:
        The hashes, and where each window starts, ascending. Windows of prose and of tables never share a
        hash.
    """
    if len(codes) < length:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    breaks = np.cumsum(np.concatenate([[0], codes == BREAK]), dtype=np.int64)
    starts = np.flatnonzero(breaks[length:] == breaks[:-length])
    # Σ values[i + k] · base^(length − 1 − k) modulo 2⁶⁴: what stands before a window is taken away from the
    # sum of all up to its end; the base is odd and so has an inverse.
    powers, inverses = _powers((len(codes) + 1).bit_length())
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(_mix_codes(codes) * inverses[: len(codes)], out=sums[1:])
    return ((sums[length:] - sums[:-length]) * powers[length - 1 : len(codes)])[starts], starts


def _mix_codes(codes: Codes) -> Hashes:
    """Spread the characters over 64 bits, each to another value."""
    values = (codes & ~np.uint32(REPEATED)).astype(np.uint64)
    for mixer in _MIXERS:
        values *= mixer
        values ^= values >> np.uint64(31)
    return values


@cache
def _powers(bits: int) -> tuple[Hashes, Hashes]:
    """Return the first 2^bits powers of the base modulo 2⁶⁴, and those of its inverse."""
    bases = np.array([[_BASE], [pow(_BASE, -1, 2**64)]], np.uint64)
    steps = np.repeat(bases, 1 << bits, axis=1)
    steps[:, 0] = 1
    powers, inverses = np.cumprod(steps, axis=1)
    return powers, inverses


def mask_covered(starts: Places, size: int, length: int = RUN) -> Mask:
    """Return which of so many characters lie in a window that starts at one of these places."""
    edges = np.zeros(size + length, np.int32)
    edges[starts] += 1
    edges[starts + length] -= 1
    return np.cumsum(edges[:size]) > 0


def _find_repeated(codes: Codes) -> Mask:
    hashes, starts = hash_shingles(codes, SHINGLES.repeated_run)
    # Stable: of equal windows the first in the text stays first, and only the later ones are repetitions.
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    again = order[1:][ranked[1:] == ranked[:-1]]
    return mask_covered(starts[again], len(codes), SHINGLES.repeated_run)


class Shingles(FrozenStruct, eq=False):
    """A text as it is compared with others: all its runs of `RUN` characters.

    Attributes:
        codes: its characters (`compared_codes`).
        text: the same as a string.
        border: where its tables begin, behind its prose.
        starts: where its runs start.
        distinct: the hashes of its runs, once each, ascending.
        index: for each run the place of its hash among these.
    """

    codes: Codes
    text: str
    border: int
    starts: Places
    distinct: Hashes
    index: Places


def index_shingles(codes: Codes) -> Shingles:
    """Return a text as it is compared with others."""
    hashes, starts = hash_shingles(codes)
    distinct, index = np.unique(hashes, return_inverse=True)
    in_table = codes & np.uint32(TABLE) != 0
    border = int(np.argmax(in_table)) if in_table.any() else len(codes)
    return Shingles(codes, code_text(codes), border, starts, distinct, index)


def find_common(a: Shingles, b: Shingles) -> tuple[Places, Places]:
    """Return where in the first text runs start that stand in the second, too, and where in the second."""
    in_a, in_b = np.zeros(len(a.distinct), np.bool_), np.zeros(len(b.distinct), np.bool_)
    if len(b.distinct):
        # What would stand behind the last hash is compared with the last, and differs.
        places = np.minimum(np.searchsorted(b.distinct, a.distinct), len(b.distinct) - 1)
        in_a = b.distinct[places] == a.distinct
        in_b[places[in_a]] = True
    return a.starts[in_a[a.index]], b.starts[in_b[b.index]]


# The figures of a pair are exact: windows are compared by their hashes, and the run that is shown is looked
# for in the characters themselves.


class Share(FrozenStruct):
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


class Overlap(FrozenStruct):
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
    # Two places further on, what is appended ends the last row.
    ends = np.flatnonzero(np.diff(starts, append=starts[-1] + 2) != 1)
    begins = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - begins + RUN
    longest = ""
    for row in np.argsort(-sizes, kind="stable"):
        if sizes[row] <= len(longest):
            break
        start = int(starts[begins[row]])
        stretch = slice(start, start + int(sizes[row]))
        # As text a table's characters are those of prose (the flag is gone): only like is searched in like.
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
    if len(piece) <= SHINGLES.plain_search:
        return _search_common(piece, other, least)
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


def _search_common(piece: str, other: str, least: str) -> str:
    """Return the same without hashing the other text, which takes longer than a few plain searches in it."""
    longest, length = least, max(len(least), RUN - 1)
    for start in range(len(piece)):
        while start + length < len(piece) and (run := piece[start : start + length + 1]) in other:
            longest, length = run, length + 1
    return longest


def _first_common(piece: str, codes: Codes, other: str, other_codes: Codes, length: int) -> str:
    hashes, starts = hash_shingles(codes, length)
    for start in starts[np.isin(hashes, hash_shingles(other_codes, length)[0])]:
        run = piece[start : start + length]
        if run in other:
            return run
    return ""
