"""Boxes of cells between rules, and the words in them → a grid with its merged cells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.grid import Cell, Grid
from pipelines.readers.layout.geometry import hull, is_inside
from pipelines.readers.paper.lines import lines_of, separator
from pipelines.readers.paper.words import least_confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.readers.paper.lines import Line
    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box

_ROOM = 2.8
"""Character sizes that a full line leaves free in its cell, both sides and the padding together."""
_FIGURE = re.compile(r"[-+−\d.,，%\s]+")
_SAME_EDGE = 2.0
"""Points between two edges that are one: a rule is drawn as a thin box, or twice."""


def grid_of_cells(boxes: Sequence[Box], words: Sequence[Word], edges: Sequence[float] = ()) -> Grid:
    """Return a ruled table as a grid; a place that no box covers is a filler.

    Args:
        boxes: those of its cells, as `Page.ruled`; a merged cell is one box.
        words: that stand in its cells.
        edges: left edges that its columns have beside its own: of the parts of it on other pages.
    """
    lefts = distinct((*edges, *edges_of(boxes)))
    tops = distinct(y for box in boxes for y in (box[1], box[3]))
    inside = _words_by_box(boxes, words)
    width, height = max(1, len(lefts) - 1), max(1, len(tops) - 1)
    rows = [[Cell("", row, column, is_filler=True) for column in range(width)] for row in range(height)]
    for number, box in enumerate(boxes):
        row, row_end = _place(tops, box[1]), max(_place(tops, box[3]), _place(tops, box[1]) + 1)
        column, column_end = _place(lefts, box[0]), max(_place(lefts, box[2]), _place(lefts, box[0]) + 1)
        text, confidence = cell_text(inside[number], box[2] - box[0]), least_confidence(inside[number])
        for y in range(row, min(row_end, height)):
            for x in range(column, min(column_end, width)):
                is_origin = (y, x) == (row, column)
                spans = (row_end - row, column_end - column)
                rows[y][x] = Cell(text, row, column, *spans, is_origin=is_origin, confidence=confidence)
    return Grid(tuple(tuple(row) for row in rows))


def edges_of(boxes: Iterable[Box]) -> list[float]:
    """Return the edges between the columns of cells, from left to right, the outer ones too."""
    return distinct(x for box in boxes for x in (box[0], box[2]))


def is_in_cells(word: Word, boxes: Iterable[Box]) -> bool:
    """Tell whether a word stands in one of the cells of a table."""
    return any(is_inside(word.middle, box) for box in boxes)


def cell_text(words: Iterable[Word], width: float) -> str:
    """Return the words of a cell, its lines separated by line feeds.

    Lines are one where Chinese characters stand on both sides of a break and the next would not have had room
    on the line above: a label that is broken in a narrow cell. Two figures never are.

    Args:
        words: in any order.
        width: of the cell, in points.
    """
    text = ""
    before: Line | None = None
    for line in lines_of(words):
        is_broken = before is not None and width - (before.box[2] - before.box[0]) < _ROOM * before.size
        joins = is_broken and separator(text, line.text) == "" and not _FIGURE.fullmatch(line.text)
        text += line.text if before is None or joins else f"\n{line.text}"
        before = line
    return text


def box_of_cells(boxes: Sequence[Box]) -> Box:
    """Return the box of a table."""
    return hull(boxes)


def distinct(values: Iterable[float]) -> list[float]:
    """Return edges in order, those that are one taken once."""
    edges: list[float] = []
    last = None
    for value in sorted(values):
        if last is None or value - last > _SAME_EDGE:
            edges.append(value)
        last = value
    return edges


def _words_by_box(boxes: Sequence[Box], words: Sequence[Word]) -> dict[int, list[Word]]:
    inside: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        number = next((number for number, box in enumerate(boxes) if is_inside(word.middle, box)), None)
        if number is not None:
            inside[number].append(word)
    return inside


def _place(edges: Sequence[float], value: float) -> int:
    """Return the number of the edge that a value is on."""
    return max(0, bisect_right(edges, value + _SAME_EDGE) - 1)
