"""Tables without any rule → the rules that they would be printed with.

Rows are told by the white between them and by their labels (see `label_rows`), groups of rows by the labels
that stand in their middle or at their head. What comes out is taken further as if it had been drawn (see
`levels`). Where rows are not certain, nothing is told: a text that is no grid is better than a wrong grid.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.readers.paper.columns import columns_of, is_figure, wrapped_heads
from pipelines.readers.paper.label_rows import is_head, rows_between
from pipelines.readers.paper.lines import lines_of
from pipelines.readers.paper.regions import has_gap, is_row, regions_of
from pipelines.readers.paper.words import hull, is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.paper.lines import Line
    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box

_WHITE = 0.22
"""Character sizes of white between two rows: more than between two lines of one cell."""
_FEWEST_ROWS = 3
_MOST_CROSSING = 0.35
"""Of the labels behind an edge: so many may reach over it, those of merged cells."""
_SIDE_BY_SIDE = 0.25
"""Of the height of a label: so much of it is beside another label."""
_CLOSE = 0.4
"""Character sizes of white between two words of one label, at most."""
_OFF_CENTRE = 8.0
"""Points that a label stands off the middle of its rows, at most."""


def rules_of(words: Sequence[Word]) -> list[list[Box]]:
    """Return the horizontal rules of each table that is printed without them.

    Args:
        words: of a page, those of ruled tables left out.
    """
    return [rules for lines in regions_of(lines_of(words)) if (rules := _rules(lines))]


def are_whole(cells: Sequence[Box], words: Sequence[Word]) -> bool:
    """Tell whether no cell beside figures holds words that stand apart on a line: those of two cells.

    Args:
        cells: the boxes of a table.
        words: of its page.
    """
    inside = [[word for word in words if is_inside(word.middle, cell)] for cell in cells]
    figures = (word.box[1] for held in inside for word in held if is_figure(word.text))
    top = min(figures, default=float("inf"))
    beside = (held for cell, held in zip(cells, inside, strict=True) if cell[3] > top)
    return not any(has_gap(line) for held in beside for line in lines_of(held))


def _rules(lines: Sequence[Line]) -> list[Box]:
    """Return the rules between the rows of a table; none where its rows cannot be told."""
    words = [word for line in lines for word in line.words]
    size = median([word.height for word in words])
    columns = columns_of(words)
    if columns is None:
        return []
    first = columns[0][0]
    top = min(word.box[1] for word in words if is_figure(word.text))
    if any(_reaches_into_figures(line, first) for line in lines):
        return []
    labels = _labels(words, first, top)
    edges = _label_edges(labels)
    behind = [word for word in words if word.box[2] > first]
    groups = list(_groups(labels, edges, _bands(behind, size)))
    inner = [word for word in labels if word not in groups]
    white = _bands([*inner, *behind], size)
    bands = rows_between(_with_heads(white, wrapped_heads(words)), inner, behind, edges)
    if not bands:
        return []
    left, _, right, _ = hull(word.box for word in words)
    left, right = left - size / 4, right + size / 4
    levels = [
        bands[0][0] - 1,
        *((above[1] + below[0]) / 2 for above, below in pairwise(bands)),
        bands[-1][1] + 1,
    ]
    starts = dict.fromkeys(levels, left)
    for start, end, edge in _group_spans(
        groups, edges, [level for level in levels if level > top - size], inner
    ):
        for level in levels:
            if start < level < end:
                starts[level] = max(starts[level], edge)
    return [(starts[level], level, right, level) for level in levels]


def _reaches_into_figures(line: Line, first: float) -> bool:
    """Tell whether beside figures a text reaches to where the first of them stand: it may be a label."""
    return is_row(line) and any(
        word.box[0] < first < word.box[2] and not is_figure(word.text) for word in line.words
    )


def _labels(words: Sequence[Word], first: float, top: float) -> list[Word]:
    """Return the words of labels: in front of the figures, from the first line of the first label on.

    Args:
        words: of the table.
        first: left edge of the first figures.
        top: upper edge of the topmost figures, above which a label begins that is wrapped.
    """
    lines = lines_of(word for word in words if word.box[2] <= first)
    start = next((number for number, line in enumerate(lines) if line.box[3] > top), len(lines))
    head = start
    while 0 < head < len(lines) and not is_head(lines[head]):
        head -= 1
    if head < len(lines) and is_head(lines[head]):
        start = head
    return [word for line in lines[start:] for word in line.words]


def _groups(
    labels: Sequence[Word], edges: Sequence[float], bands: Sequence[tuple[float, float]]
) -> Iterator[Word]:
    """Yield the words of labels in front of the last edge that are not the last label of their row."""
    last = dict.fromkeys(bands, 0)
    for word in labels:
        for top, bottom in bands:
            if top <= word.middle[1] <= bottom:
                last[top, bottom] = max(last[top, bottom], _column(word, edges))
    for word in labels:
        rows = [last[band] for band in bands if band[0] <= word.middle[1] <= band[1]]
        if _column(word, edges) < (max(rows) if rows else len(edges)):
            yield word


def _column(word: Word, edges: Sequence[float]) -> int:
    """Return how many edges are in front of the end of a word."""
    return bisect_left(edges, word.box[2])


def _bands(words: Sequence[Word], size: float) -> list[tuple[float, float]]:
    """Return from where to where each row reaches: white goes across the table between two."""
    bands: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda word: word.box[1]):
        if bands and word.box[1] - bands[-1][1] < _WHITE * size:
            bands[-1] = (bands[-1][0], max(bands[-1][1], word.box[3]))
        else:
            bands.append((word.box[1], word.box[3]))
    return bands


def _with_heads(
    bands: Sequence[tuple[float, float]], heads: Sequence[tuple[Word, Word]]
) -> list[tuple[float, float]]:
    """Return bands, those as one that a head goes on from the one to the other."""
    whole: list[tuple[float, float]] = []
    for top, bottom in bands:
        if whole and any(
            whole[-1][0] <= head.middle[1] <= whole[-1][1] and top <= line.middle[1] <= bottom
            for head, line in heads
        ):
            whole[-1] = (whole[-1][0], bottom)
        else:
            whole.append((top, bottom))
    return whole


def _label_edges(labels: Sequence[Word]) -> list[float]:
    """Return where one column of labels ends and the next begins, from left to right.

    An edge is where fewer labels reach over than to either side of it.
    """
    pieces = list(_pieces(labels))
    sides = sorted({side for word in labels for side in (word.box[0], word.box[2])})
    counts = []
    for low, high in pairwise(sides):
        x = (low + high) / 2
        before = sum(word.box[2] <= x for word in labels)
        behind = sum(word.box[0] >= x for word in labels)
        counts.append((x, before, behind, len(labels) - before - behind))
    return [
        x
        for (*_, left), (x, before, behind, crossing), (*_, right) in zip(
            counts, counts[1:], counts[2:], strict=False
        )
        if before
        and behind > _FEWEST_ROWS
        and crossing <= _MOST_CROSSING * behind
        and left > crossing < right
        and _parts(x, pieces)
    ]


def _parts(edge: float, pieces: Sequence[Box]) -> bool:
    """Tell whether labels stand side by side at an edge: else it is only where short labels end."""
    before = [box for box in pieces if box[2] <= edge]
    behind = [box for box in pieces if box[0] >= edge]
    return any(
        min(left[3], right[3]) - max(left[1], right[1]) > _SIDE_BY_SIDE * (left[3] - left[1])
        for left in before
        for right in behind
    )


def _pieces(labels: Sequence[Word]) -> Iterator[Box]:
    """Yield the boxes of words that stand close to one another on one line."""
    for line in lines_of(labels):
        piece = line.words[0].box
        for word in line.words[1:]:
            if word.box[0] - piece[2] < _CLOSE * line.size:
                piece = hull((piece, word.box))
            else:
                yield piece
                piece = word.box
        yield piece


def _group_spans(
    groups: Sequence[Word], edges: Sequence[float], levels: Sequence[float], inner: Sequence[Word]
) -> Iterator[tuple[float, float, float]]:
    """Yield from where to where the rows of each group reach, and the edge behind its label.

    A label stands in the middle of its rows, which begin where those of the group before end, or below a row
    whose own label reaches over the edge; or all labels of a column stand at the head of their rows.
    """
    for before, edge in pairwise([float("-inf"), *edges]):
        column = [word for word in groups if before <= word.middle[0] <= edge]
        own = [word for word in (*inner, *groups) if before < word.box[0] < edge - 1]
        own = [word for word in own if word.box[2] > edge + 1 or word in inner]
        labels = _bands(column, 1.5 * (column[0].height if column else 1.0))
        rows = [word.middle[1] for word in own]
        others = [word.middle[1] for word in inner if word.box[0] >= edge - 1]
        spans = _centred(labels, levels, rows)
        if not _covers(spans, rows, others):
            spans = _headed(labels, levels, rows)
        yield from ((start, end, edge) for start, end, _ in spans)


def _centred(
    labels: Sequence[tuple[float, float]], levels: Sequence[float], rows: Sequence[float]
) -> list[tuple[float, float, float]]:
    """Return from where to where the rows of labels in their middle reach, and where that middle is.

    Args:
        labels: from where to where each label of a column reaches.
        levels: between the rows of the table.
        rows: of the labels that reach over the column, their middles.
    """
    spans: list[tuple[float, float, float]] = []
    for top, bottom in labels:
        middle = (top + bottom) / 2
        done = spans[-1][1] - 1 if spans else float("-inf")
        floor = max([done, *(row for row in rows if row < middle)])
        start = min((level for level in levels if floor < level <= top + 1), default=None)
        ends = [level for level in levels if level >= bottom - 1]
        if start is not None and ends:
            spans.append((start, min(ends, key=lambda level: abs((start + level) / 2 - middle)), middle))
    return spans


def _covers(
    spans: Sequence[tuple[float, float, float]], rows: Sequence[float], others: Sequence[float]
) -> bool:
    """Tell whether labels stand in the middle of spans that leave out no row behind them."""
    starts = [start for start, *_ in spans]
    for start, end, middle in spans:
        limit = min([y for y in (*starts, *rows) if y > end - 1], default=float("inf"))
        if abs((start + end) / 2 - middle) > _OFF_CENTRE or any(end < y < limit for y in others):
            return False
    return True


def _headed(
    labels: Sequence[tuple[float, float]], levels: Sequence[float], rows: Sequence[float]
) -> list[tuple[float, float, float]]:
    """Return the same of labels in the first of their rows, which go on to the next label or own row."""
    spans = []
    for top, bottom in labels:
        start = max((level for level in levels if level <= top + 1), default=levels[0])
        below = [*(head for head, _ in labels if head > bottom), *(row for row in rows if row > bottom)]
        floor = min(below, default=float("inf"))
        spans.append((start, max(level for level in levels if level <= floor), (top + bottom) / 2))
    return spans
