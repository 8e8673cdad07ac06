"""Labels that are wrapped, beside figures → the rows of a table that is printed without rules.

A label may take several lines, its figures stand beside the first, the last or the middle of them. Lines are
of one row where that is certain: by the number at the head of labels, by the room that the line above leaves,
by how near they are to one another. Where it is not certain nothing is told, since figures beside the wrong
line would leave the row that they belong to blank.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.paper.columns import is_figure
from pipelines.readers.paper.lines import lines_of
from pipelines.readers.paper.words import hull

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.readers.paper.lines import Line
    from pipelines.readers.paper.words import Word

_NUMBERED = re.compile(
    r"[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]|\d{1,2}(?:[.．](?!\d)|、)"
)
_FEWEST_NUMBERED = 3
_SHORT = 2.5
"""Character sizes that a line is shorter than its column, from which on a label did not need a next line."""
_FAR = 2.2
"""Line heights from a line to the next, from which on they are of two cells."""
_NEARER = 0.75
"""Of the distance to one neighbour: so near is a line of the other."""
_OFF = 0.5
"""Line heights that figures may stand off the first, the last or the middle of the lines of their label."""


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in one row: the lines of its label from top to bottom, and everything behind it."""

    label: tuple[Line, ...]
    words: tuple[Word, ...]

    @property
    def extent(self) -> tuple[float, float]:
        """From where to where it reaches; there is something in it."""
        box = hull([*(line.box for line in self.label), *(word.box for word in self.words)])
        return box[1], box[3]

    @property
    def is_label(self) -> bool:
        """Whether nothing stands behind its label."""
        return bool(self.label) and not self.words

    def with_row(self, below: Row) -> Row:
        """Return this row and the one below it as one."""
        return Row(self.label + below.label, self.words + below.words)


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the labels of a table have in common.

    Attributes:
        edges: between their columns, from left to right.
        widths: of the widest line of the labels that begin in each column.
        is_numbered: whether labels begin with a number.
    """

    edges: tuple[float, ...]
    widths: tuple[float, ...]
    is_numbered: bool

    def are_apart(self, line: Line, below: Line) -> bool | None:
        """Tell whether two lines are of two labels; None where they may be of one or of two."""
        if is_head(below):
            return True
        is_short = _width(line) < self.widths[_column(self.edges, line)] - _SHORT * line.size
        if self.is_numbered:
            return None if is_short else False
        return True if is_short or _distance(line, below) > _FAR * line.size else None


def is_head(line: Line) -> bool:
    """Tell whether a line begins with the number of a label."""
    return bool(_NUMBERED.match(line.text))


def rows_between(
    bands: Sequence[tuple[float, float]],
    labels: Sequence[Word],
    words: Sequence[Word],
    edges: Sequence[float],
) -> list[tuple[float, float]]:
    """Return from where to where the rows of a table reach; none where it is not certain.

    Args:
        bands: from where to where words stand that no white parts.
        labels: the words of the labels beside the figures.
        words: those behind the labels, headers included.
        edges: between the columns of labels, from left to right.
    """
    lines = lines_of(labels)
    common = _common(lines, words, edges)
    rows: list[Row] = []
    for band in bands:
        inside = [line for line in lines if _is_in(line.box[1], line.box[3], band)]
        behind = [word for word in words if _is_in(word.box[1], word.box[3], band)]
        rows.extend(_parted(inside, behind, common))
    gathered = _gathered(rows, common)
    if gathered is None or not all(_is_certain(row, has_labels=bool(lines)) for row in gathered):
        return []
    extents = [row.extent for row in gathered]
    return extents if _are_in_order(gathered) else []


def _common(lines: Sequence[Line], words: Sequence[Word], edges: Sequence[float]) -> _Labels:
    widths = tuple(
        max((_width(line) for line in lines if _column(edges, line) == column), default=0.0)
        for column in range(len(edges) + 1)
    )
    heads = sum(map(is_head, lines))
    levels = sum(any(is_figure(word.text) for word in line.words) for line in lines_of(words))
    return _Labels(tuple(edges), widths, heads >= _FEWEST_NUMBERED and 2 * heads >= levels)


def _column(edges: Sequence[float], line: Line) -> int:
    return bisect_left(edges, line.box[0])


def _width(line: Line) -> float:
    return line.box[2] - line.box[0]


def _distance(line: Line, below: Line) -> float:
    return (below.box[1] + below.box[3] - line.box[1] - line.box[3]) / 2


def _is_in(top: float, bottom: float, band: tuple[float, float]) -> bool:
    return band[0] <= (top + bottom) / 2 <= band[1]


def _parted(lines: Sequence[Line], words: Sequence[Word], common: _Labels) -> list[Row]:
    """Return the rows of a band, of which some may stand so close that no white parts them."""
    labels: list[list[Line]] = []
    for line in lines:
        if labels and not common.are_apart(labels[-1][-1], line):
            labels[-1].append(line)
        else:
            labels.append([line])
    if len(labels) < 2:
        return [Row(tuple(lines), tuple(words))]
    behind: list[list[Word]] = [[] for _ in labels]
    for word in words:
        away = [_away(word, label) for label in labels]
        behind[away.index(min(away))].append(word)
    return [Row(tuple(label), tuple(found)) for label, found in zip(labels, behind, strict=True)]


def _away(word: Word, label: Sequence[Line]) -> float:
    """Return how far above or below the lines of a label the middle of a word is; negative within them."""
    y = word.middle[1]
    return max(label[0].box[1] - y, y - label[-1].box[3])


def _gathered(rows: Sequence[Row], common: _Labels) -> list[Row] | None:
    """Return rows, labels whose figures stand in another row put to it; None where that is not certain."""
    gaps = [
        _distance(above.label[-1], below.label[0]) if above.label and below.label else None
        for above, below in pairwise(rows)
    ]
    widest = max((gap for gap in gaps if gap is not None), default=0.0)
    joined: list[Row] = []
    for number, row in enumerate(rows):
        if not joined or not (joined[-1].label and row.label) or (joined[-1].words and row.words):
            joined.append(row)
            continue
        is_apart = common.are_apart(joined[-1].label[-1], row.label[0])
        if is_apart is None:
            here = gaps[number - 1] or widest
            sides = [gaps[at] if 0 <= at < len(gaps) else None for at in (number - 2, number)]
            other = sides[0] if rows[number - 1].is_label else sides[1]
            is_apart = _by_distance(here, widest if other is None else other)
        if is_apart is None:
            return None
        if is_apart:
            joined.append(row)
        else:
            joined[-1] = joined[-1].with_row(row)
    return joined


def _by_distance(here: float, other: float) -> bool | None:
    """Tell whether a line is apart from one neighbour by how far it is from it and from the other."""
    if here <= _NEARER * other:
        return False
    return True if other <= _NEARER * here else None


def _is_certain(row: Row, *, has_labels: bool) -> bool:
    """Tell whether the figures of a row stand on one level, and where those of its label stand."""
    levels = [word.middle[1] for word in row.words if is_figure(word.text)]
    if not levels or not has_labels:
        return not levels or max(levels) - min(levels) <= row.words[0].height / 2
    if not row.label:
        return False
    middles = [(line.box[1] + line.box[3]) / 2 for line in row.label]
    places = (middles[0], middles[-1], (middles[0] + middles[-1]) / 2)
    return all(
        min(abs(level - place) for place in places) <= _OFF * row.label[0].size for level in levels
    ) and (max(levels) - min(levels) <= row.label[0].size / 2)


def _are_in_order(rows: Iterable[Row]) -> bool:
    """Tell whether everything in a row stands above the middle between it and the next, or below."""
    for above, below in pairwise(rows):
        level = (above.extent[1] + below.extent[0]) / 2
        if any(y >= level for y in _middles(above)) or any(y <= level for y in _middles(below)):
            return False
    return True


def _middles(row: Row) -> list[float]:
    boxes = [*(line.box for line in row.label), *(word.box for word in row.words)]
    return [(box[1] + box[3]) / 2 for box in boxes]
