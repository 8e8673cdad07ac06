"""Which figure stands below which of the heads of columns, where no rule parts them.

Heads and figures stand within their cells: what stands below any part of a head is of its column. A figure
may stand beside its head, the one at the left of the cell and the other at the right. Then it is told where
there are as many columns of figures as heads, or where figures of several rows show at which side they stand.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import are_aligned, box_around, list_places
from pipelines.readers.layout.label_search import LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.grid import Box
    from pipelines.readers.layout.geometry import Word

_SLACK = 2 * LABELLED.same


def place_figures(heads: Sequence[Box], figures: Sequence[Word]) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures below each head; None where one of them may be below another.

    Args:
        heads: their boxes from left to right; no two overlap.
        figures: behind the labels, in any order.
    """
    if len(heads) == 1:
        return (tuple(figures),)
    columns = list(_split_columns(figures))
    side = _tell_side(columns)
    are_all = len(columns) == len(heads) and all(map(_is_column, columns))
    placed: list[tuple[Word, ...]] = [()] * len(heads)
    for number, column in enumerate(columns):
        box = box_around(word.box for word in column)
        below = [n for n, head in enumerate(heads) if min(head.right, box.right) > max(head.left, box.left)]
        if not below and are_all:
            below = [number]
        elif not below and side is not None:
            below = [sum(head.centre_x < box.centre_x for head in heads) + side]
        if len(below) != 1 or not 0 <= below[0] < len(heads) or placed[below[0]]:
            return None
        placed[below[0]] = column
    return tuple(placed) if _are_apart(heads, placed) else None


def _split_columns(figures: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield figures that stand above one another, from left to right."""
    column: list[Word] = []
    for word in sorted(figures, key=lambda word: word.box.left):
        if column and word.box.left >= max(other.box.right for other in column):
            yield tuple(column)
            column = []
        column.append(word)
    if column:
        yield tuple(column)


def _tell_side(columns: Sequence[Sequence[Word]]) -> int | None:
    """Return how far off a head beside a column is from the next at its right; None where that is not told.

    Numbers that end below one another stand at the right of their cells, where none of their heads begins
    further right: so theirs is the head before. Of those that begin so it is the next.
    """
    if not all(map(_is_column, columns)):
        return None
    spans = [(list_places([word.box for word in column]), _SLACK * column[0].height) for column in columns]
    lefts, rights = (all(max(at[n]) - min(at[n]) <= slack for at, slack in spans) for n in (0, 1))
    return None if lefts is rights else 0 if lefts else -1


def _is_column(column: Sequence[Word]) -> bool:
    """Tell whether figures begin, end, or have their middle below one another, a number among them."""
    # A dash may stand otherwise than the numbers of its column, and make one of its own beside a blank one.
    if not any(char.isdigit() for word in column for char in word.text):
        return False
    return are_aligned([word.box for word in column], _SLACK * column[0].height)


def _are_apart(heads: Sequence[Box], placed: Sequence[Sequence[Word]]) -> bool:
    """Tell whether no column, its head included, reaches into the next."""
    spans = [
        box_around([head, *(word.box for word in column)]) for head, column in zip(heads, placed, strict=True)
    ]
    return all(before.right <= behind.left for before, behind in pairwise(spans))
