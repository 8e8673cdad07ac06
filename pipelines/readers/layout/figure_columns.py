"""Which figure stands below which of the heads of columns, where no rule parts them.

Every figure stands in the cell below its head, with room at both sides. Where the edges of cells are depends
on where in their cells heads stand: at the left, in the middle, at the right. Heads that are all equally far
apart by one of these tell that it may be so; a figure is placed where all that may be so agree. Or every one
stands straight below a head.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import are_aligned, box_around, list_places
from pipelines.readers.layout.label_search import LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.grid import Box
    from pipelines.readers.layout.geometry import Word


def place_figures(heads: Sequence[Box], figures: Sequence[Word]) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures below each head; None where one of them may be below another.

    Args:
        heads: their boxes from left to right; no two overlap.
        figures: behind the labels, in any order.
    """
    if not figures:
        return ((),) * len(heads)
    slack = LABELLED.same * figures[0].height
    if len(heads) == 1:
        placed: tuple[tuple[Word, ...], ...] | None = (tuple(figures),)
    else:
        placed = (
            _by_heads(heads, figures, slack)
            or _in_order(heads, figures, slack)
            or _by_columns(heads, figures, slack)
        )
    return placed if placed and _are_apart(heads, placed) else None


def _by_heads(
    heads: Sequence[Box], figures: Sequence[Word], slack: float
) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures in the cells that heads tell; None where they tell none, or different ones."""
    ways = [_place_within(edges, figures, slack) for edges in _list_edges(heads)]
    # Heads and figures may stand at other sides of their cells, so that no reading of heads is the one.
    told = [way for way, place in zip(ways, list_places(heads), strict=True) if _are_regular(place, slack)]
    placed = {way for way in told or ways if way}
    is_open = len(placed) != 1 or (not told and None in ways)
    return None if is_open else placed.pop()


def _are_regular(places: Sequence[float], slack: float) -> bool:
    steps = [behind - before for before, behind in pairwise(places)]
    return len(places) >= LABELLED.regular_heads and max(steps) - min(steps) <= slack


def _list_edges(heads: Sequence[Box]) -> tuple[list[float], ...]:
    """Return the edges of cells whose heads stand at the left, at the right, and in the middle of them."""
    lefts, rights, middles = ([2 * at[0] - at[1], *at, 2 * at[-1] - at[-2]] for at in list_places(heads))
    return lefts[1:], rights[:-1], [(before + behind) / 2 for before, behind in pairwise(middles)]


def _place_within(
    edges: Sequence[float], figures: Iterable[Word], slack: float
) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures between each edge and the next; None where one reaches over an edge."""
    placed: list[list[Word]] = [[] for _ in edges[1:]]
    for word in figures:
        number = min(bisect_right(edges, word.box.centre_x), len(placed))
        left, right = edges[number - 1] - slack, edges[number] + slack
        if number == 0 or word.box.left < left or word.box.right > right:
            return None
        placed[number - 1].append(word)
    return tuple(map(tuple, placed))


def _in_order(
    heads: Sequence[Box], figures: Sequence[Word], slack: float
) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures by the columns that they make, where there is one for each head; None otherwise.

    All have to stand alike: at the left of their cells, where no head begins further left; at the right;
    below the middle of a head; or behind where heads begin. A dash may stand otherwise than the numbers of
    its column, and make one of its own beside one that is blank: so dashes alone are none.
    """
    columns = list(_split_columns(figures))
    if len(columns) != len(heads) or not all(_is_column(column, slack) for column in columns):
        return None
    pairs = [(head, word.box) for head, column in zip(heads, columns, strict=True) for word in column]
    is_alike = (
        all(box.left <= head.left + slack for head, box in pairs),
        all(box.right >= head.right - slack for head, box in pairs),
        all(abs(box.centre_x - head.centre_x) <= slack for head, box in pairs),
        _place_within(_list_edges(heads)[0], figures, slack) == tuple(columns),
    )
    return tuple(columns) if any(is_alike) else None


def _by_columns(
    heads: Sequence[Box], figures: Sequence[Word], slack: float
) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures by the columns that they make, below a head or beside one; None where one is open.

    Heads and figures are within their cells: what stands below any part of a head is of its column.
    """
    columns = list(_split_columns(figures))
    off = _tell_side(columns, slack)
    placed: list[tuple[Word, ...]] = [()] * len(heads)
    for column in columns:
        box = box_around(word.box for word in column)
        below = [n for n, head in enumerate(heads) if min(head.right, box.right) > max(head.left, box.left)]
        if not below and off is not None:
            below = [sum(head.centre_x < box.centre_x for head in heads) + off]
        if len(below) != 1 or not 0 <= below[0] < len(heads) or placed[below[0]]:
            return None
        placed[below[0]] = column
    return tuple(placed)


def _tell_side(columns: Sequence[Sequence[Word]], slack: float) -> int | None:
    """Return how far off a head beside a column is from the next at its right; None where that is not told.

    Numbers that end below one another stand at the right of their cells, where none of their heads begins
    further right: so theirs is the head before. Of those that begin so it is the next.
    """
    if not all(_is_column(column, slack) for column in columns):
        return None
    spans = [list_places([word.box for word in column]) for column in columns]
    lefts, rights = (all(max(at[side]) - min(at[side]) <= 2 * slack for at in spans) for side in (0, 1))
    return None if lefts is rights else 0 if lefts else -1


def _split_columns(figures: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield figures that stand above one another, from left to right."""
    column: list[Word] = []
    for word in sorted(figures, key=lambda word: word.box.left):
        if column and word.box.left >= max(other.box.right for other in column):
            yield tuple(column)
            column = []
        column.append(word)
    yield tuple(column)


def _is_column(column: Sequence[Word], slack: float) -> bool:
    """Tell whether figures begin, end, or have their middle below one another, a number among them."""
    if not any(char.isdigit() for word in column for char in word.text):
        return False
    return are_aligned([word.box for word in column], 2 * slack)


def _are_apart(heads: Sequence[Box], placed: Sequence[Sequence[Word]]) -> bool:
    """Tell whether no column, its head included, reaches into the next."""
    spans = [
        box_around([head, *(word.box for word in column)]) for head, column in zip(heads, placed, strict=True)
    ]
    return all(before.right <= behind.left for before, behind in pairwise(spans))
