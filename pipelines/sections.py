"""A text cut into its leaf passages, with nothing lost.

A leaf is a heading with what stands below it, up to the next heading of any level; the text before the first
heading is one leaf of level 0. Paragraphs that a page break cut stay together in their leaf, line breaks and
all. `"".join(p.lead + p.raw for p in passages) + tail` is the text, character for character.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.outline import PlacedHeading, find_headings
from pipelines.records import Passage
from pipelines.tab_tables import find_tab_tables

if TYPE_CHECKING:
    from collections.abc import Sequence


def split_passages(text: str) -> tuple[tuple[Passage, ...], str]:
    """Split a text into its leaf passages; they follow from the text alone, and no table is cut.

    Args:
        text: the main text of a document, table rows with tabs.

    Returns:
        The passages in order, and the characters after the last of them. A text that is all white space has
        no passage.

    Source: GB/T 9704-2012, 7.3.3 (一、 （一） 1. as the levels of a document).
    """
    tables = tuple(find_tab_tables(text))
    headings = find_headings(text, tables)
    index = _TableIndex([start for start, _ in tables], [end for _, end in tables])
    starts = [0, *(placed.offset for placed in headings)]
    owners: list[PlacedHeading | None] = [None, *headings]
    passages: list[Passage] = []
    path: list[PlacedHeading] = []
    position = 0
    for owner, (start, end) in zip(owners, pairwise([*starts, len(text)]), strict=True):
        if owner:
            path = [above for above in path if above.heading.level < owner.heading.level] + [owner]
        first, last = _printed_part(text, start, end, index)
        if first == last:
            continue
        titles = tuple(above.heading.title for above in path)
        level = owner.heading.level if owner else 0
        passages.append(Passage(text[position:first], text[first:last], titles, level))
        position = last
    return tuple(passages), text[position:]


@dataclass(frozen=True, slots=True)
class _TableIndex:
    """Where tables begin and end, in order, to be found by place."""

    starts: Sequence[int]
    ends: Sequence[int]

    def extent_within(self, first: int, last: int) -> tuple[int, int] | None:
        """Return from where to where the tables reach that a stretch touches; None if it touches none."""
        lowest, highest = bisect_right(self.ends, first), bisect_left(self.starts, last)
        return (self.starts[lowest], self.ends[highest - 1]) if lowest < highest else None


def _printed_part(text: str, start: int, end: int, tables: _TableIndex) -> tuple[int, int]:
    """Return where the printed part of a stretch begins and ends; blank cells of a table belong to it."""
    stretch = text[start:end]
    first = start + len(stretch) - len(stretch.lstrip())
    last = start + len(stretch.rstrip())
    if first >= last:
        return start, start
    reach = tables.extent_within(first, last)
    if reach:
        first = min(first, max(start, reach[0]))
        last = max(last, start + len(text[start : min(end, reach[1])].rstrip("\r\n")))
    return first, last
