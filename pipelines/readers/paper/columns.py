"""Figures and the heads above them → the columns of a table that no rule parts from side to side.

Figures of one column stand below one another, and below their head; those at one side of their column may
stand beside a short head in its middle. A head over several columns tells none. Where it is not certain which
head is over which figures nothing is told: figures below another head would be those of another column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from pipelines.readers.paper.words import hull

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.readers.paper.words import Word

Span = tuple[float, float]
"""From where to where, in points."""

_FIGURE = re.compile(r"[-+−]?\d[\d,，]*(?:\.\d+)?%?|[-—–－/]+")
_AROUND = 4.0
"""Heights of a word beside it: what begins there below it is what it is over, though it is shorter."""
_SAME_PLACE = 0.5
"""Heights of a word by which the lines of one head may begin, end, or have their middle off one another."""
_FAR = 2.2
"""Heights of a word from a line of a head to the next, from which on they are of two."""
_SAME_PITCH = 1.3
"""Of the distance of the closest lines of heads: as near as this the lines of all heads are."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: from where to where it reaches, and whether figures and a head tell of it."""

    left: float
    right: float
    has_figures: bool = False
    has_head: bool = False

    def joined(self, other: _Column) -> _Column:
        """Return both as one."""
        return _Column(
            min(self.left, other.left),
            max(self.right, other.right),
            self.has_figures or other.has_figures,
            self.has_head or other.has_head,
        )


def is_figure(text: str) -> bool:
    """Tell whether a word is what stands in a cell of figures: a number, or the dash in its place."""
    return bool(_FIGURE.fullmatch(text))


def columns_of(words: Sequence[Word]) -> tuple[Span, ...] | None:
    """Return from where to where each column of figures reaches, its head included, from left to right.

    Args:
        words: of a table, or of a part of it that has the same columns throughout.

    Returns:
        The columns, those of labels left out; none where there is no figure; None where it is not certain
        which heads and figures are of one column.
    """
    columns, _ = _told(words)
    paired = _paired(columns)
    return None if paired is None else tuple((column.left, column.right) for column in paired)


def wrapped_heads(words: Sequence[Word]) -> tuple[tuple[Word, Word], ...]:
    """Return the lines of heads that go on in a line below, each with that line.

    Args:
        words: of a table.
    """
    return _told(words)[1]


def _told(words: Sequence[Word]) -> tuple[list[_Column], tuple[tuple[Word, Word], ...]]:
    """Return what figures and heads tell of columns, and the lines of heads that go on in another."""
    figures = [word for word in words if is_figure(word.text)]
    if not figures:
        return [], ()
    columns = _united(_Column(word.box[0], word.box[2], has_figures=True) for word in figures)
    heads = _heads(words, columns[0].left, min(word.box[1] for word in figures))
    above = {line: head for head, line in _next_lines(heads).items()}
    going_on: list[tuple[Word, Word]] = []
    for lowest in sorted(set(heads) - set(above.values()), key=lambda head: (-head.middle[1], head.box)):
        lines = _lines_of_head(columns, lowest, above)
        left, _, right, _ = hull(line.box for line in lines)
        column = _Column(left, right, has_head=True)
        over = sum(_overlap(column, other) for other in columns)
        is_lowest = _is_above_none(lowest, heads, 0.0 if over else _AROUND * lowest.height)
        if over <= 1 and is_lowest:
            columns = _united([*columns, column])
            going_on.extend((line, next_line) for next_line, line in pairwise(lines))
    return columns, tuple(going_on)


def _lines_of_head(columns: Sequence[_Column], lowest: Word, above: Mapping[Word, Word]) -> list[Word]:
    """Return the lines of a head from the lowest up, as many as may be over one column."""
    lines = [lowest]
    while lines[-1] in above:
        left, _, right, _ = hull(line.box for line in (*lines, above[lines[-1]]))
        column = _Column(left, right)
        over = [number for number, other in enumerate(columns) if _overlap(column, other)]
        if len(over) > 1 or (over and right - left >= _room(columns, over[0])):
            break
        lines.append(above[lines[-1]])
    return lines


def _heads(words: Sequence[Word], first: float, top: float) -> list[Word]:
    """Return the words above the figures that stand behind the labels; where there are none, all of them.

    Args:
        words: of the table.
        first: left edge of the first figures.
        top: upper edge of the topmost figures.
    """
    labels = [word.box[2] for word in words if word.middle[1] >= top and word.box[2] <= first]
    behind = max(labels, default=float("-inf"))
    return [word for word in words if word.middle[1] < top and (word.box[2] > first or word.box[0] >= behind)]


def _next_lines(heads: Sequence[Word]) -> dict[Word, Word]:
    """Return heads that may go on in a line below, with that line: in the same place, and no wider.

    All are as far from one another as the closest: a head over several columns stands further off.
    """
    found: dict[Word, Word] = {}
    for head in heads:
        below = [other for other in heads if _distance(head, other) >= head.height / 2]
        below = [other for other in below if _is_within(other, head, 0.0)]
        nearest = min((_distance(head, other) for other in below), default=0.0)
        line = [other for other in below if _distance(head, other) - nearest < head.height / 2]
        if len(line) == 1 and nearest < _FAR * head.height and _may_go_on(head, line[0]):
            found[head] = line[0]
    closest = min((_distance(head, line) for head, line in found.items()), default=0.0)
    return {head: line for head, line in found.items() if _distance(head, line) < _SAME_PITCH * closest}


def _may_go_on(head: Word, line: Word) -> bool:
    """Tell whether a line is in the same place as the one above it, and no wider: that one had to be full."""
    off = (
        head.box[0] - line.box[0],
        head.box[2] - line.box[2],
        head.middle[0] - line.middle[0],
    )
    width = line.box[2] - line.box[0]
    return min(map(abs, off)) <= _SAME_PLACE * head.height and width < head.box[2] - head.box[0] + head.height


def _room(columns: Sequence[_Column], number: int) -> float:
    """Return how far a column is from the nearest one beside it, from the same side to the same side."""
    here = columns[number]
    beside = (columns[at] for at in (number - 1, number + 1) if 0 <= at < len(columns))
    return min(
        (max(abs(other.left - here.left), abs(other.right - here.right)) for other in beside),
        default=float("inf"),
    )


def _is_above_none(head: Word, heads: Sequence[Word], around: float) -> bool:
    """Tell whether no other head is below one, or below what is so many points beside it."""
    return not any(other.box[1] >= head.box[3] and _is_within(other, head, around) for other in heads)


def _distance(above: Word, below: Word) -> float:
    return below.middle[1] - above.middle[1]


def _is_within(other: Word, word: Word, around: float) -> bool:
    """Tell whether a word stands above or below another, or above or below so much beside it."""
    return other.box[0] < word.box[2] + around and word.box[0] - around < other.box[2]


def _overlap(one: _Column, other: _Column) -> bool:
    return one.left < other.right and other.left < one.right


def _united(columns: Iterable[_Column]) -> list[_Column]:
    """Return columns from left to right, those that overlap as one."""
    united: list[_Column] = []
    for column in sorted(columns, key=lambda column: (column.left, column.right)):
        if united and _overlap(united[-1], column):
            united[-1] = united[-1].joined(column)
        else:
            united.append(column)
    return united


def _paired(columns: Sequence[_Column]) -> list[_Column] | None:
    """Return columns, heads without figures and the figures beside them as one; None where that is open."""
    paired: list[_Column] = []
    for is_whole, run in groupby(columns, key=lambda column: column.has_head and column.has_figures):
        parts = list(run)
        kinds = {part.has_figures for part in parts}
        if is_whole or len(kinds) == 1:
            paired.extend(parts)
        elif len(parts) % 2 or any(one.has_figures == other.has_figures for one, other in pairwise(parts)):
            return None
        else:
            paired.extend(one.joined(other) for one, other in zip(parts[::2], parts[1::2], strict=True))
    return paired
