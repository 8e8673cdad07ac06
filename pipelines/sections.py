"""A text cut into its leaf passages, with nothing lost.

A leaf is a heading with what stands below it, up to the next heading of any level; the text before the first
heading is one leaf of level 0. Paragraphs that a page break cut stay together in their leaf, line breaks and
all. `"".join(p.lead + p.raw for p in passages) + tail` is the text, character for character.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.outline import PlacedHeading, find_headings
from pipelines.records import Passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def split_passages(text: str, tables: Sequence[tuple[int, int]]) -> tuple[tuple[Passage, ...], str]:
    """Split a text into its leaf passages.

    Args:
        text: the main text of a document.
        tables: half-open spans of `text` that are tables, in order; none is cut.

    Returns:
        The passages in order, and the characters after the last of them. A text that is all white space has
        no passage.

    Source: GB/T 9704-2012, 7.3.3 (一、 （一） 1. as the levels of a document).
    """
    headings = find_headings(text, tables)
    starts = [0, *(placed.offset for placed in headings)]
    owners: list[PlacedHeading | None] = [None, *headings]
    passages: list[Passage] = []
    path: list[PlacedHeading] = []
    position = 0
    for owner, (start, end) in zip(owners, pairwise([*starts, len(text)]), strict=True):
        if owner:
            path = [above for above in path if above.heading.level < owner.heading.level] + [owner]
        first, last = _trim(text, start, end, tables)
        if first == last:
            continue
        titles = tuple(above.heading.title for above in path)
        level = owner.heading.level if owner else 0
        passages.append(Passage(text[position:first], text[first:last], titles, level))
        position = last
    return tuple(passages), text[position:]


def _trim(text: str, start: int, end: int, tables: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return where the printed part of a stretch begins and ends; blank cells of a table belong to it."""
    stretch = text[start:end]
    first = start + len(stretch) - len(stretch.lstrip())
    last = start + len(stretch.rstrip())
    if first >= last:
        return start, start
    for table_start, table_end in _within(tables, first, last):
        first = min(first, max(start, table_start))
        last = max(last, start + len(text[start : min(end, table_end)].rstrip("\r\n")))
    return first, last


def _within(tables: Sequence[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    return ((start, end) for start, end in tables if start < last and end > first)
