"""The rules of a picture, and the cells between them.

A cell is what no rule crosses: where a piece of rule is missing between two places, they are one merged cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipelines.readers.ocr.ink import contrast_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipelines.readers.ocr.ink import Mask
    from pipelines.text.blocks import Box

_LONG_ACROSS, _LONG_DOWN = 0.4, 0.22
"""Inches from which on a stroke is a rule: longer than those of characters."""
_SAME_RULE = 0.06
"""Inches between two rules that are one."""
_FAINT = 0.18
"""Of the contrast of print: rules are often paler."""
_THICKEST = 0.06
"""Inches."""
_CLEAR = 0.025
"""Inches on both sides of a rule that are paper."""
_MOST_BESIDE = 0.4
"""Of its length, beside which something else may stand close."""
_DRAWN = 0.5
"""Of an edge, from which on it is a rule."""
_LEAST_TABLE = 0.6
_MOST_PLACES = 20_000
_CHARACTER = 0.12


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a page: those that go across, and those that go down."""

    across: Mask
    down: Mask

    @property
    def all(self) -> Mask:
        """Both together, a little wider than drawn."""
        return np.asarray(cv2.dilate(self.across | self.down, np.ones((5, 5), np.uint8)), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table between rules.

    Attributes:
        cells: left, top, right, bottom in pixels; a merged cell once.
        torn: the numbers of those that the rules do not close well enough to say what is merged.
    """

    cells: tuple[Box, ...]
    torn: frozenset[int]


def find_rules(dark: Mask, dpi: float) -> Rules:
    """Find the rules of a page that is level.

    Args:
        dark: how much darker than paper each point is.
        dpi: pixels per inch.
    """
    faint = _FAINT * contrast_of(dark)
    return Rules(_strokes(dark, faint, dpi), _strokes(dark.T, faint, dpi, _LONG_DOWN).T)


def _strokes(dark: Mask, faint: float, dpi: float, long: float = _LONG_ACROSS) -> Mask:
    """Return the strokes that go across, are thin, and stand alone, without characters above and below."""
    # What is no thinner than this is shade, and no rule.
    thin = max(3, int(_THICKEST * dpi) | 1)
    narrow = cv2.morphologyEx(np.ascontiguousarray(dark), cv2.MORPH_TOPHAT, np.ones((thin, 1), np.uint8))
    # Smeared along itself a rule outlasts noise and small gaps.
    smeared = cv2.blur(narrow, (max(5, int(dpi * 0.06)), 1))
    drawn = np.where(smeared > faint, np.uint8(255), np.uint8(0))
    # A pixel of leeway, for what is not quite level.
    wide = cv2.dilate(drawn, np.ones((3, 1), np.uint8))
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((1, int(long * dpi)), np.uint8))
    return _standing_alone(np.asarray(opened, dtype=np.uint8), drawn, dpi)


def _standing_alone(strokes: Mask, drawn: Mask, dpi: float) -> Mask:
    """Return the strokes that have paper on both sides for the most part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    away = max(2, int(_CLEAR * dpi))
    kept = np.zeros(count, np.uint8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number][:4])
        above = drawn[max(0, top - away) : top, left : left + width].any(axis=0)
        below = drawn[top + height : top + height + away, left : left + width].any(axis=0)
        is_thin = height <= (_THICKEST + _CLEAR) * dpi
        kept[number] = 255 if is_thin and float((above | below).mean()) <= _MOST_BESIDE else 0
    return np.asarray(kept[labels], dtype=np.uint8)


def find_tables(rules: Rules, dpi: float) -> tuple[RuledTable, ...]:
    """Return the tables that rules make, from top to bottom."""
    near = cv2.dilate(rules.across | rules.down, np.ones((7, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    boxes = [tuple(int(value) for value in row[:4]) for row in stats[1:]]
    least = _LEAST_TABLE * dpi
    found = []
    for left, top, width, height in sorted(boxes, key=lambda box: (box[1], box[0])):
        if width >= least and height >= least / 2:
            table = _table_in(rules, (left, top, left + width, top + height), dpi)
            if len(table.cells) > 1:
                found.append(table)
    return tuple(found)


def _table_in(rules: Rules, box: tuple[int, int, int, int], dpi: float) -> RuledTable:
    left, top, right, bottom = box
    across, down = rules.across[top:bottom, left:right], rules.down[top:bottom, left:right]
    ys = _positions(across, dpi, is_across=True)
    xs = _positions(down, dpi, is_across=False)
    if len(ys) < 2 or not xs:
        return RuledTable((), frozenset())
    xs = _with_open_sides(xs, across, dpi)
    if len(xs) < 2 or len(xs) * len(ys) > _MOST_PLACES:
        return RuledTable((), frozenset())
    reach = max(3, int(_SAME_RULE * dpi))
    below = [[_is_drawn(across[_band(y, reach), x0:x1], 0) for x0, x1 in pairwise(xs)] for y in ys]
    beside = [[_is_drawn(down[y0:y1, _band(x, reach)], 1) for x in xs] for y0, y1 in pairwise(ys)]
    cells: list[Box] = []
    torn: set[int] = set()
    for region in _regions(below, beside):
        for rectangle in _rectangles(region):
            (y0, x0), (y1, x1) = rectangle
            if len(region) != (y1 - y0 + 1) * (x1 - x0 + 1):
                torn.add(len(cells))
            cells.append(
                (float(left + xs[x0]), float(top + ys[y0]), float(left + xs[x1 + 1]), float(top + ys[y1 + 1]))
            )
    return RuledTable(tuple(cells), frozenset(torn))


def _positions(mask: Mask, dpi: float, *, is_across: bool) -> list[int]:
    """Return where rules lie: the middle of each, those side by side taken once."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    long = int((_LONG_ACROSS if is_across else _LONG_DOWN) * dpi * 0.9)
    axis, size = (1, cv2.CC_STAT_WIDTH) if is_across else (0, cv2.CC_STAT_HEIGHT)
    found = sorted(
        (float(centre[axis]), int(row[size]))
        for row, centre in zip(stats[1:], centres[1:], strict=True)
        if row[size] >= long
    )
    groups: list[list[tuple[float, int]]] = []
    for place, weight in found:
        if groups and place - groups[-1][-1][0] <= _SAME_RULE * dpi:
            groups[-1].append((place, weight))
        else:
            groups.append([(place, weight)])
    return [round(sum(p * w for p, w in group) / sum(w for _, w in group)) for group in groups]


def _with_open_sides(xs: list[int], across: Mask, dpi: float) -> list[int]:
    """Return the edges of columns, and the ends of the rules across where a table is open at its sides."""
    reach = np.nonzero(across.any(axis=0))[0]
    if len(reach) == 0:
        return xs
    wide = 2 * _CHARACTER * dpi
    first, last = int(reach[0]), int(reach[-1])
    return [*([first] if xs[0] - first > wide else []), *xs, *([last] if last - xs[-1] > wide else [])]


def _band(place: int, reach: int) -> slice:
    return slice(max(0, place - reach), place + reach + 1)


def _is_drawn(piece: Mask, axis: int) -> bool:
    """Tell whether an edge is a rule for the most part, its ends left out."""
    line: NDArray[np.uint8] = np.max(piece, axis=axis, initial=0)
    inset = len(line) // 6
    inner = line[inset : len(line) - inset]
    return bool(len(inner)) and float(np.count_nonzero(inner)) >= _DRAWN * len(inner)


def _regions(
    below: Sequence[Sequence[bool]], beside: Sequence[Sequence[bool]]
) -> Iterator[list[tuple[int, int]]]:
    """Yield the places that no rule parts, row by row; the outermost edges always part."""
    height, width = len(beside), len(below[0]) if below else 0
    seen: set[tuple[int, int]] = set()
    for start in ((y, x) for y in range(height) for x in range(width)):
        if start in seen:
            continue
        seen.add(start)
        region, waiting = [], [start]
        while waiting:
            y, x = waiting.pop()
            region.append((y, x))
            for there, is_parted in (
                ((y + 1, x), y + 1 >= height or below[y + 1][x]),
                ((y - 1, x), y == 0 or below[y][x]),
                ((y, x + 1), x + 1 >= width or beside[y][x + 1]),
                ((y, x - 1), x == 0 or beside[y][x]),
            ):
                if not is_parted and there not in seen:
                    seen.add(there)
                    waiting.append(there)
        yield region


def _rectangles(region: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield a region as a rectangle, first and last place; one that is none as its single places."""
    ys, xs = [y for y, _ in region], [x for _, x in region]
    corners = (min(ys), min(xs)), (max(ys), max(xs))
    if len(region) == (max(ys) - min(ys) + 1) * (max(xs) - min(xs) + 1):
        yield corners
    else:
        yield from ((place, place) for place in sorted(region))
