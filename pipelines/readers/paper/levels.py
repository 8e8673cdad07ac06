"""Tables with horizontal rules only → the boxes of their cells.

Rules tell the rows, and which cells go on below: there the rule is missing. The figures tell the columns,
since those of one column stand above one another; in front of the first, rules that begin further right do.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.readers.paper.columns import columns_of, is_figure
from pipelines.readers.paper.ruled import distinct
from pipelines.readers.paper.words import hull

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box

_SAME_LEVEL = 3.0
_SAME_SIDE = 6.0
_FEWEST_LEVELS = 3
"""Rules that make a table: above it, below its header, below it."""
_FEWEST_COLUMNS = 2
_HEADING = 1.15
"""Of the size of the words of a table, from which on a line alone between two rules is a heading."""


def cells_between(rules: Sequence[Box], words: Sequence[Word]) -> list[tuple[Box, ...]]:
    """Return the boxes of the cells of each table that horizontal rules draw.

    Args:
        rules: of a page, none of them of a table whose cells are closed.
        words: of the page, those of such tables left out.
    """
    found = []
    for region in _regions(rules, words):
        box = hull(region)
        found.append(_cells(region, [word for word in words if _is_in(word, box)]))
    return [cells for cells in found if cells]


def _is_in(word: Word, box: Box) -> bool:
    x, y = word.middle
    return box[0] - _SAME_SIDE <= x <= box[2] + _SAME_SIDE and box[1] <= y <= box[3]


def _regions(rules: Sequence[Box], words: Sequence[Word]) -> Iterator[list[Box]]:
    """Yield the rules of each table: those one below the other with the same sides, no heading between."""
    levels: dict[int, list[Box]] = defaultdict(list)
    tops = distinct(rule[1] for rule in rules)
    for rule in rules:
        levels[min(range(len(tops)), key=lambda n: abs(tops[n] - rule[1]))].append(rule)
    size = median([word.height for word in words]) if words else 0.0
    region: list[Box] = []
    for _, level in sorted(levels.items()):
        if region and not _goes_on(region, level, words, size):
            yield from _enough(region)
            region = []
        region.extend(level)
    yield from _enough(region)


def _enough(region: list[Box]) -> Iterator[list[Box]]:
    if len(distinct(rule[1] for rule in region)) >= _FEWEST_LEVELS:
        yield region


def _goes_on(region: Sequence[Box], level: Sequence[Box], words: Sequence[Word], size: float) -> bool:
    """Tell whether rules on the next level are of the same table."""
    above, below = hull(region), hull(level)
    if not (above[0] - _SAME_SIDE <= below[0] and below[2] <= above[2] + _SAME_SIDE):
        return False
    band = (above[0], above[3], above[2], below[1])
    between = [word for word in words if _is_in(word, band)]
    is_full = abs(below[0] - above[0]) < _SAME_SIDE and abs(below[2] - above[2]) < _SAME_SIDE
    in_table = [word.height for word in words if _is_in(word, above)]
    usual = median(in_table) if in_table else size
    is_heading = (
        bool(between)
        and max(word.height for word in between) >= _HEADING * usual
        and not any(is_figure(word.text) for word in between)
    )
    return bool(between) and not (is_full and is_heading)


def _cells(rules: Sequence[Box], words: Sequence[Word]) -> tuple[Box, ...]:
    """Return the boxes of the cells of a table; none where its figures tell no columns."""
    whole = columns_of(words)
    if whole is None or len(whole) < _FEWEST_COLUMNS:
        return ()
    boxes: list[Box] = []
    for caption, section in _sections(rules, words):
        box = hull(section)
        inside = [word for word in words if _is_in(word, box)]
        columns = columns_of(inside)
        if columns is None:
            return ()
        columns = columns or whole
        lefts = distinct([box[0], *_edges(columns, section, inside), box[2]])
        tops = distinct(rule[1] for rule in section)
        cells = [
            (left, top, right, bottom)
            for left, right in pairwise(lefts)
            for top, bottom in _stretches(section, tops, (left + right) / 2)
        ]
        boxes.extend(([caption] if caption else []) + list(_merged(cells, inside)))
    return tuple(boxes)


def _sections(rules: Sequence[Box], words: Sequence[Word]) -> Iterator[tuple[Box | None, list[Box]]]:
    """Yield the parts of a table that captions begin, each with the box of its caption and its rules.

    Below a caption, a row of one text in the middle, the columns may be others.
    """
    box = hull(rules)
    tops = distinct(rule[1] for rule in rules)
    full = [top for top in tops if _width_at(rules, top) > 0.95 * (box[2] - box[0])]
    captions = [
        (top, bottom)
        for top, bottom in pairwise(full)
        if _is_caption([word for word in words if top < word.middle[1] < bottom], box)
    ]
    ends = [*(top for top, _ in captions), box[3]]
    if not captions or captions[0][0] > box[1] + _SAME_LEVEL:
        yield None, _within(rules, box[1], ends[0])
    for (top, bottom), end in zip(captions, ends[1:], strict=True):
        if end > bottom:
            yield (box[0], top, box[2], bottom), _within(rules, bottom, end)


def _within(rules: Sequence[Box], top: float, bottom: float) -> list[Box]:
    return [rule for rule in rules if top - _SAME_LEVEL <= rule[1] <= bottom + _SAME_LEVEL]


def _width_at(rules: Sequence[Box], top: float) -> float:
    return sum(rule[2] - rule[0] for rule in rules if abs(rule[1] - top) <= _SAME_LEVEL)


def _is_caption(words: Sequence[Word], box: Box) -> bool:
    """Tell whether words between two full rules are one text in the middle."""
    if not words or any(is_figure(word.text) for word in words):
        return False
    left, top, right, bottom = hull(word.box for word in words)
    width = box[2] - box[0]
    is_one = bottom - top < 1.8 * words[0].height and right - left < width / 2
    gaps = [after[0] - before[2] for before, after in pairwise(sorted(word.box for word in words))]
    is_apart = any(gap > 2 * words[0].height for gap in gaps)
    return is_one and not is_apart and abs((left + right) / 2 - (box[0] + box[2]) / 2) < width / 10


def _edges(
    columns: Sequence[tuple[float, float]], rules: Sequence[Box], words: Sequence[Word]
) -> Iterator[float]:
    """Yield the edges between the columns of labels, and those in front of the columns of figures.

    Where a rule begins or ends between two columns, the edge is there; otherwise it is half-way.
    """
    first = columns[0][0]
    drawn = sorted({edge for rule in rules for edge in (rule[0], rule[2])})
    labels = [word.box[2] for word in words if word.box[2] <= first]
    if labels:
        yield from (rule[0] for rule in rules if rule[0] < max(labels))
        columns = [(0.0, max(labels)), *columns]
    for (_, right), (left, _) in pairwise(columns):
        between = [edge for edge in drawn if right <= edge <= left]
        yield between[0] if between else (right + left) / 2


def _stretches(rules: Sequence[Box], tops: Sequence[float], x: float) -> Iterator[tuple[float, float]]:
    """Yield from where to where each cell of a column reaches: from one rule over its middle to the next."""
    here = [
        top
        for number, top in enumerate(tops)
        if number in (0, len(tops) - 1)
        or any(abs(rule[1] - top) <= _SAME_LEVEL and rule[0] <= x <= rule[2] for rule in rules)
    ]
    yield from pairwise(here)


def _merged(boxes: Sequence[Box], words: Sequence[Word]) -> tuple[Box, ...]:
    """Return boxes, those as one that stand side by side at one height and that a word reaches over."""
    rows: Mapping[tuple[float, float], list[Box]] = defaultdict(list)
    for box in boxes:
        rows[box[1], box[3]].append(box)
    merged: list[Box] = []
    for (top, bottom), row in rows.items():
        inside = [word for word in words if top <= word.middle[1] <= bottom]
        current: Box | None = None
        for box in sorted(row):
            is_one = current is not None and abs(current[2] - box[0]) < 1 and _reaches_over(inside, box[0])
            if current is not None and not is_one:
                merged.append(current)
            current = hull((current, box)) if current is not None and is_one else box
        if current is not None:
            merged.append(current)
    return tuple(merged)


def _reaches_over(words: Iterable[Word], edge: float) -> bool:
    """Tell whether a word stands on an edge, not only its outermost point."""
    return any(
        word.box[0] < edge - 0.3 * word.height and word.box[2] > edge + 0.3 * word.height for word in words
    )
