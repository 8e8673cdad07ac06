"""Two sequences aligned: where they differ, and what of the one stands in the place of the other.

A sequence is a text, or the tokens, clauses or passages of one. Near copies are aligned by the fewest edits,
so that one character may stand for another; whatever else is compared by the longest common subsequence, for
what stands in another's place there need not mean the same. rapidfuzz compares bit-parallel: ten thousand
against ten thousand elements take some 20 ms and 12 MB. What is longer, and differs from near its
beginning to near its end, counts as rewritten.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from operator import attrgetter
from typing import NamedTuple

from rapidfuzz.distance import LCSseq, Opcodes

Aligner = Callable[[Sequence[str], Sequence[str]], Opcodes]

_OLD_END = attrgetter("old_end")

LIMIT = 2 * 10**8
"""Elements times elements that are compared one by one: 25 MB."""


class Block(NamedTuple):
    """A stretch of the old sequence and that of the new in its place; half-open, either may be empty."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def area(self) -> int:
        """What it costs to compare the two stretches."""
        return (self.old_end - self.old) * (self.new_end - self.new)

    @property
    def size(self) -> int:
        """How many elements the longer of the two stretches has."""
        return max(self.old_end - self.old, self.new_end - self.new)


def differing_blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Return where two sequences differ, in order; all that stands between two blocks is equal.

    Those of which more than `LIMIT` pairs would be compared are one block.
    """
    # Two versions of a text differ in few places: what is cut off here costs nothing in the square below.
    start = count_shared((old, new))
    same_end = count_shared((old[start:][::-1], new[start:][::-1]))
    whole = Block(start, len(old) - same_end, start, len(new) - same_end)
    if whole.area > LIMIT:
        return [whole]
    found = find_edits(old[start : whole.old_end], new[start : whole.new_end])
    return [Block(*(start + place for place in block)) for block in join_blocks(found)]


def equal_blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
    """Yield the stretches that two sequences have in common in one order, both sides of equal length."""
    position, new_position = 0, 0
    for block in (*differing_blocks(old, new), Block(len(old), len(old), len(new), len(new))):
        if position < block.old:
            yield Block(position, block.old, new_position, block.new)
        position, new_position = block.old_end, block.new_end


def find_edits(old: Sequence[str], new: Sequence[str], align: Aligner = LCSseq.opcodes) -> Iterator[Block]:
    """Yield the single edits that make the new sequence of the old one, in order.

    Args:
        old: the elements of the one.
        new: the elements of the other.
        align: by what: `LCSseq.opcodes`, or `Levenshtein.opcodes` where one element may stand for another.
    """
    for code in align(old, new):
        if code.tag != "equal":
            yield Block(code.src_start, code.src_end, code.dest_start, code.dest_end)


def _touch(one: Block, other: Block) -> bool:
    return (one.old_end, one.new_end) == (other.old, other.new)


def join_blocks(blocks: Iterable[Block], are_one: Callable[[Block, Block], bool] = _touch) -> list[Block]:
    """Return blocks, neighbours as one where they are: by default those between which nothing stands."""
    joined: list[Block] = []
    for block in blocks:
        if joined and are_one(joined[-1], block):
            before = joined.pop()
            joined.append(Block(before.old, block.old_end, before.new, block.new_end))
        else:
            joined.append(block)
    return joined


def count_shared(sequences: Iterable[Sequence[str]]) -> int:
    """Count the elements with which all sequences begin alike."""
    return sum(1 for _ in takewhile(lambda elements: len({*elements}) == 1, zip(*sequences, strict=False)))


def counterpart(edits: Sequence[Block], start: int, end: int) -> tuple[int, int]:
    """Return the stretch of the new sequence that stands in the place of one of the old.

    What is added at either end of it belongs to it.

    Args:
        edits: that make the new of the old, in order.
        start: where the stretch begins, not within an edit.
        end: where it ends, not within an edit.
    """
    first, last = (bisect_right(edits, place, key=_OLD_END) for place in (start, end))
    # An insertion at `start` has its `old_end` there, too, so the search counted it as passed: it is taken
    # back, once for each.
    while first and edits[first - 1].old == start:
        first -= 1
    return start + _shift_behind(edits, first), end + _shift_behind(edits, last)


def _shift_behind(edits: Sequence[Block], count: int) -> int:
    return edits[count - 1].new_end - edits[count - 1].old_end if count else 0
