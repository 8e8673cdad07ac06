"""What a plan asks for, item by item, and a report as plans are looked for in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from pipelines.repetition.answered.quoting import BLOCK, block_codes
from pipelines.repetition.answered.titles import (
    characters,
    is_in_every_report,
    is_preamble,
    particular_words,
    title_characters,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipelines.text.outline import Passage

LEAST_TITLE = 4
"""Characters of a heading below which it is not looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A plan as it is looked for in reports.

    Attributes:
        items: positions of its items among its passages.
        titles: their titles, see `title_characters`.
        texts: their characters, with what stands below them, without punctuation.
        blocks: codes of every seventh block of each text.
        owners: whose block each is, as an index of `items`.
        last: index of the item that the plan ends with; None where it ends with something else.
    """

    items: tuple[int, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    blocks: NDArray[np.uint64]
    owners: NDArray[np.intp]
    last: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report as plans are looked for in it.

    Attributes:
        passages: all of them.
        texts: the characters of each, without punctuation.
        headings: positions of those with a title of their own; of passages of one title the first alone.
        titles: the titles of these.
        codes: the codes of all blocks of all passages, sorted.
    """

    passages: tuple[Passage, ...]
    texts: tuple[str, ...]
    headings: tuple[int, ...]
    titles: tuple[str, ...]
    codes: NDArray[np.uint64]


def find_items(passages: Sequence[Passage]) -> tuple[int, ...]:
    """Return the positions of the items of a plan: what it asks for, each under a numbered title.

    Items are the passages of the level at which most of the outline ends. A division above it that has none
    below it is an item too if its title is about something; 总体要求 and 保障措施 are not. An article has
    no title (第三条), so a regulation has no items.

    Args:
        passages: of the plan, in order.
    """
    titles = [title_characters(passage.heading_path) for passage in passages]
    levels = [passage.level if title else 0 for passage, title in zip(passages, titles, strict=True)]
    ends = {
        position
        for position, (level, below) in enumerate(zip_longest(levels, levels[1:], fillvalue=0))
        if 0 < level >= below
    }
    counts = Counter(levels[position] for position in ends)
    deepest = max(counts, key=lambda level: (counts[level], level), default=0)
    return tuple(
        position
        for position, (level, title) in enumerate(zip(levels, titles, strict=True))
        if level > 0
        and not is_preamble(title)
        and (level == deepest or (position in ends and level < deepest and particular_words(title)))
    )


def read_plan(passages: Sequence[Passage]) -> Plan:
    """Make a plan ready to be looked for in reports."""
    items = find_items(passages)
    ends = [_end_of(passages, item) for item in items]
    texts = tuple(
        characters("".join(passage.raw for passage in passages[item:end]))
        for item, end in zip(items, ends, strict=True)
    )
    blocks = [block_codes(text, BLOCK) for text in texts]
    return Plan(
        items,
        tuple(title_characters(passages[item].heading_path) for item in items),
        texts,
        np.concatenate([np.zeros(0, np.uint64), *blocks]),
        np.repeat(np.arange(len(items)), [len(codes) for codes in blocks]),
        ends.index(len(passages)) if len(passages) in ends else None,
    )


def read_report(passages: Sequence[Passage]) -> Report:
    """Make a report ready for plans to be looked for in it."""
    texts = tuple(characters(passage.raw) for passage in passages)
    first: dict[str, int] = {}
    for position, passage in enumerate(passages):
        title = title_characters(passage.heading_path) if passage.level else ""
        if len(title) >= LEAST_TITLE and not is_in_every_report(title):
            first.setdefault(title, position)
    return Report(
        tuple(passages), texts, tuple(first.values()), tuple(first), np.sort(block_codes("\n".join(texts)))
    )


def _end_of(passages: Sequence[Passage], item: int) -> int:
    """Return where an item ends: before the next passage that does not stand below it."""
    level = passages[item].level
    after = range(item + 1, len(passages))
    return next((position for position in after if passages[position].level <= level), len(passages))
