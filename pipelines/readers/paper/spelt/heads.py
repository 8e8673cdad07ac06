"""The labels above the columns of a sheet, where they stand on a page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.paper.spelt.labels import spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.paper.spelt.labels import Spelt
    from pipelines.readers.paper.spelt.sheets import Above, Sheet
    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box


@dataclass(frozen=True, slots=True)
class SpeltHeads:
    """The header of a sheet.

    Attributes:
        heads: those of its columns, from left to right.
        spanning: the labels above several of them.
        corner: what stands above the labels of rows; None where that is not printed as the form has it.
    """

    heads: tuple[Spelt, ...]
    spanning: tuple[tuple[Above, Spelt], ...]
    corner: Spelt | None

    @property
    def all(self) -> tuple[Spelt, ...]:
        """Every label of the header."""
        corner = (self.corner,) if self.corner else ()
        return (*self.heads, *(label for _, label in self.spanning), *corner)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of the heads of columns."""
        return tuple(head.box for head in self.heads)


def heads_of_sheet(
    sheet: Sheet, words: Sequence[Word], between: tuple[float, float], left: float
) -> SpeltHeads | None:
    """Return the header of a sheet; None where it is not all there, or something else stands in it.

    Args:
        sheet: whose header is wanted.
        words: of its page.
        between: from where to where it stands, in points down the page.
        left: what it stands to the right of.
    """
    zone = [word for word in words if between[0] < word.middle[1] < between[1]]
    behind = [word for word in zone if word.middle[0] > left]
    spanning = []
    for one in sheet.spanning:
        ways = spelt(one.label, behind)
        if len(ways) != 1:
            return None
        spanning.append((one, ways[0]))
    if spanning:
        highest = min(label.first for _, label in spanning)
        behind = [word for word in behind if word.middle[1] > highest - word.height]
    heads = _heads(sheet, behind)
    if heads is None:
        return None
    corners = spelt(sheet.corner, zone) if sheet.corner else ()
    found = SpeltHeads(heads, tuple(spanning), corners[0] if len(corners) == 1 else None)
    return found if _is_whole(found, behind) and _stand_above(found) else None


def _heads(sheet: Sheet, words: Sequence[Word]) -> tuple[Spelt, ...] | None:
    """Return the heads of columns, if they stand side by side in the order of the form."""
    ways = [
        (name, one)
        for name in dict.fromkeys(head.label for head in sheet.heads)
        for one in spelt(name, words)
    ]
    ways.sort(key=lambda way: way[1].box[0])
    if [name for name, _ in ways] != [head.label for head in sheet.heads]:
        return None
    heads = tuple(head for _, head in ways)
    is_apart = all(one.box[2] <= other.box[0] for one, other in pairwise(heads))
    return heads if is_apart else None


def _is_whole(found: SpeltHeads, words: Sequence[Word]) -> bool:
    """Tell whether nothing else stands beside the heads: it may be that of a column that the form lacks."""
    named = {word for label in found.all for word in label.words}
    top = min(head.first for head in found.heads) - found.heads[0].height / 2
    return all(word in named for word in words if word.middle[1] > top)


def _stand_above(found: SpeltHeads) -> bool:
    """Tell whether the labels above several columns stand above them, and above no other."""
    for one, label in found.spanning:
        first, end = one.columns
        left, right = found.heads[first].box[0], found.heads[end - 1].box[2]
        beside = [*found.heads[:first], *found.heads[end:]]
        middle = (label.box[0] + label.box[2]) / 2
        is_over = left - label.height <= middle <= right or label.box[0] < right
        if not is_over or any(head.box[0] < middle < head.box[2] for head in beside):
            return False
    return True
