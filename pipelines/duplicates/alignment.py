"""Where two sequences differ: the blocks outside a longest common subsequence, at a bounded cost.

rapidfuzz compares bit-parallel: ten thousand against ten thousand elements take some 20 ms and 12 MB. What is
longer is compared by runs of elements first, and where those are too many it counts as rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

LIMIT = 2 * 10**8
"""Elements times elements that are compared one by one: 25 MB."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the old sequence and that of the new in its place; half-open, either may be empty."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def area(self) -> int:
        """What it costs to compare the two stretches."""
        return (self.old_end - self.old) * (self.new_end - self.new)


def differing_blocks(
    old: Sequence[str], new: Sequence[str], ends: Collection[str] = (), limit: int = LIMIT
) -> list[Block]:
    """Return where two sequences differ, in order; all that stands between two blocks is equal.

    Args:
        old: the elements of the one.
        new: the elements of the other.
        ends: elements that end a run, for sequences that are too long to be compared one by one.
        limit: how long that is, as a product of their lengths.
    """
    block = _without_equal_ends(old, new, Block(0, len(old), 0, len(new)))
    if block.area <= limit:
        return list(_differing(old, new, block))
    blocks: list[Block] = []
    for rewritten in _differing_runs(old, new, block, ends, limit):
        inner = _without_equal_ends(old, new, rewritten)
        blocks.extend(_differing(old, new, inner) if inner.area <= limit else [inner])
    return blocks


def _without_equal_ends(old: Sequence[str], new: Sequence[str], block: Block) -> Block:
    first, new_first, last, new_last = block.old, block.new, block.old_end, block.new_end
    while first < last and new_first < new_last and old[first] == new[new_first]:
        first, new_first = first + 1, new_first + 1
    while first < last and new_first < new_last and old[last - 1] == new[new_last - 1]:
        last, new_last = last - 1, new_last - 1
    return Block(first, last, new_first, new_last)


def _differing(old: Sequence[str], new: Sequence[str], block: Block) -> Iterator[Block]:
    """Yield the blocks within a block that lie outside a longest common subsequence."""
    numbers: dict[str, int] = {}
    ours = [numbers.setdefault(element, len(numbers)) for element in old[block.old : block.old_end]]
    theirs = [numbers.setdefault(element, len(numbers)) for element in new[block.new : block.new_end]]
    position, new_position = block.old, block.new
    for code in LCSseq.opcodes(ours, theirs):
        if code.tag != "equal":
            continue
        found = Block(position, block.old + code.src_start, new_position, block.new + code.dest_start)
        if found.old < found.old_end or found.new < found.new_end:
            yield found
        position, new_position = block.old + code.src_end, block.new + code.dest_end
    if position < block.old_end or new_position < block.new_end:
        yield Block(position, block.old_end, new_position, block.new_end)


def _differing_runs(
    old: Sequence[str], new: Sequence[str], block: Block, ends: Collection[str], limit: int
) -> Iterator[Block]:
    bounds = _run_bounds(old, block.old, block.old_end, ends)
    new_bounds = _run_bounds(new, block.new, block.new_end, ends)
    runs, new_runs = _runs(old, bounds), _runs(new, new_bounds)
    whole = Block(0, len(runs), 0, len(new_runs))
    if whole.area > limit:
        yield block
        return
    for found in _differing(runs, new_runs, whole):
        yield Block(
            bounds[found.old], bounds[found.old_end], new_bounds[found.new], new_bounds[found.new_end]
        )


def _run_bounds(elements: Sequence[str], start: int, end: int, ends: Collection[str]) -> list[int]:
    return [start, *(place + 1 for place in range(start, end - 1) if elements[place] in ends), end]


def _runs(elements: Sequence[str], bounds: Sequence[int]) -> list[str]:
    return ["\x00".join(elements[first:last]) for first, last in pairwise(bounds)]
