"""Lines of a page → those of each table that is printed without rules: rows of figures, and labels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.paper.columns import is_figure
from pipelines.readers.paper.label_rows import is_head
from pipelines.readers.paper.margins import is_page_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.paper.lines import Line

_APART = 1.5
"""Character sizes between two words that stand in two columns."""
_MOST_LEADING, _MOST_WHITE = 2, 6
"""Line heights of white between two lines, and beside a row of a table."""
_FEWEST_ROWS = 3
_SAME_SIZE = 1.2
_WIDE_ROW = 5
"""Figures on one line that are a table by themselves."""


def regions_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the runs of lines that are a table: of one size, and rows of figures among them."""
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and run and _is_alike(run[-1], line):
            run.append(line)
            continue
        for piece in _pieces_of(run):
            yield from _table_in(piece)
        run = [] if line is None else [line]


def _is_alike(before: Line, line: Line) -> bool:
    sizes = sorted((before.size, line.size))
    is_table = any(is_head(one) or is_row(one) or one.is_spread for one in (before, line))
    most = _MOST_WHITE if is_table else _MOST_LEADING
    return sizes[1] < _SAME_SIZE * sizes[0] and line.box[1] - before.box[3] < most * sizes[1]


def _pieces_of(run: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the pieces of a run between lines of text, which reach below its figures, and page numbers."""
    left = min((line.box[0] for line in run), default=0.0)
    piece: list[Line] = []
    first = float("inf")
    for line in run:
        if (_is_text(line, left) and line.box[2] > first) or is_page_number(line.text):
            yield piece
            piece, first = [], float("inf")
            continue
        if is_row(line):
            first = min(first, *(word.box[0] for word in line.words if is_figure(word.text)))
        piece.append(line)
    yield piece


def _table_in(run: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield a run without the lines of text around the table in it."""
    rows = [number for number, line in enumerate(run) if is_row(line)]
    is_wide = any(sum(is_figure(word.text) for word in run[number].words) >= _WIDE_ROW for number in rows)
    spread = sum(line.is_spread for line in run)
    if not is_wide and (len(rows) < _FEWEST_ROWS or 2 * spread < len(run) - _FEWEST_ROWS):
        return
    left = min(line.box[0] for line in run)
    first, last = rows[0], rows[-1]
    while first > 0 and (not _is_text(run[first - 1], left) or _begins_label(run[first - 1], run[first])):
        first -= 1
    while last < len(run) - 1 and not _is_text(run[last + 1], left):
        last += 1
    yield list(run[first : last + 1])


def is_row(line: Line) -> bool:
    """Tell whether a line holds a figure that stands apart from everything else on it."""
    words = line.words
    gaps = [after.box[0] - before.box[2] for before, after in pairwise(words)]
    sides = zip(words, [float("inf"), *gaps], [*gaps, float("inf")], strict=True)
    least = _APART * line.size
    return len(words) > 1 and any(
        is_figure(word.text) and min(left, right) > least for word, left, right in sides
    )


def _is_text(line: Line, left: float) -> bool:
    """Tell whether a line next to a table is one of text: it begins at the left, and nothing stands apart."""
    return not has_gap(line) and line.box[0] - left < 2.5 * line.size


def has_gap(line: Line) -> bool:
    """Tell whether words of a line stand so far apart that they are of two columns."""
    return any(after.box[0] - before.box[2] > _APART * line.size for before, after in pairwise(line.words))


def _begins_label(line: Line, row: Line) -> bool:
    """Tell whether a line begins the label of the row below it, which stands beside its figures."""
    return is_head(line) and not is_head(row) and is_row(row)
