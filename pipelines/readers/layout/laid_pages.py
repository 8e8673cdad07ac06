"""Pages of a document beside each other: tables that go on from one to the next.

A table that goes on after a page break is a grid for each part, all with the same columns. The part on one
page may lack rules that the other has: its labels are merged over two columns. Taken alone it would count
fewer columns, and its figures would stand under other headers than they are printed under.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.grid import Cell, lay_out_cells
from pipelines.readers.layout.drawn_tables import DRAWN
from pipelines.readers.layout.geometry import (
    box_around,
    choose_separator,
    join_lines,
    least_confidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.grid import Box, Grid
    from pipelines.readers.layout.geometry import Line, Word
    from pipelines.readers.layout.page_blocks import Page


# Character sizes that a full line leaves free in its cell, both sides and the padding together.
_ROOM = 2.8
# Points by which the sides of the parts of one table may differ.
_SAME_SIDE = 3.0
_FIGURE = re.compile(r"[-+−\d.,，%\s]+")


def make_grid(boxes: Sequence[Box], words: Mapping[Box, Sequence[Word]], edges: Sequence[float]) -> Grid:
    """Return a ruled table as a grid; a place that no box covers is a filler.

    Args:
        boxes: those of its cells, as `Page.ruled`; a merged cell is one box.
        words: that stand in its cells, by their boxes.
        edges: left edges that its columns have beside its own: of the parts of it on other pages.
    """
    lefts = merge_edges((*edges, *find_edges(boxes)))
    tops = merge_edges(y for box in boxes for y in (box.top, box.bottom))
    width, height = max(1, len(lefts) - 1), max(1, len(tops) - 1)
    cells = []
    for box in boxes:
        row, down = _find_edges(tops, box.top, box.bottom)
        column, across = _find_edges(lefts, box.left, box.right)
        inside = words.get(box, ())
        text, confidence = join_cell_lines(inside, box.width), least_confidence(inside)
        # Edges from other pages may leave a sliver at the end of the table without a column of its own.
        if row < height and column < width:
            cells.append(Cell(text, row, column, down, across, confidence=confidence, box=box))
    return lay_out_cells(cells, height, width, fills_rows=True)


def find_edges(boxes: Iterable[Box]) -> list[float]:
    """Return the edges between the columns of cells, from left to right, the outer ones too."""
    return merge_edges(x for box in boxes for x in (box.left, box.right))


def join_cell_lines(words: Iterable[Word], width: float) -> str:
    """Return the words of a cell, its lines separated by line feeds.

    Lines are one where Chinese characters stand on both sides of a break and the next would not have had room
    on the line above: a label that is broken in a narrow cell. Two figures never are.

    Args:
        words: in any order.
        width: of the cell, in points.
    """
    text = ""
    before: Line | None = None
    for line in join_lines(words):
        is_broken = before is not None and width - before.box.width < _ROOM * before.size
        joins = is_broken and choose_separator(text, line.text) == "" and not _FIGURE.fullmatch(line.text)
        text += line.text if before is None or joins else f"\n{line.text}"
        before = line
    return text


def merge_edges(values: Iterable[float]) -> list[float]:
    """Return edges in order, those that are one taken once."""
    edges: list[float] = []
    last = None
    for value in sorted(values):
        if last is None or value - last > DRAWN.same_line:
            edges.append(value)
        last = value
    return edges


def _find_edges(edges: Sequence[float], start: float, end: float) -> tuple[int, int]:
    """Return the number of the edge that a cell begins at, and over how many gaps it reaches."""
    first, last = (max(0, bisect_right(edges, value + DRAWN.same_line) - 1) for value in (start, end))
    return first, max(last - first, 1)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table on a page.

    Attributes:
        cells: the boxes of its cells, a merged cell once; of its words where no rule draws it.
        words: that stand in cells that rules draw, by their boxes.
        grid: of a table that no rule draws; None where its cells tell it.
    """

    cells: tuple[Box, ...]
    words: Mapping[Box, Sequence[Word]]
    grid: Grid | None = None

    @property
    def box(self) -> Box:
        """The box around its cells."""
        return box_around(self.cells)


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page with what is told apart on it.

    Attributes:
        page: as it is held.
        lines: from top to bottom.
        tables: from top to bottom.
    """

    page: Page
    lines: Sequence[Line]
    tables: Sequence[Drawn]


def make_grids(pages: Sequence[LaidPage]) -> list[list[Grid]]:
    """Return the grids of the tables of each page, from top to bottom.

    Args:
        pages: with those of their lines that are text.
    """
    grids: list[list[Grid]] = [[] for _ in pages]
    for chain in _chain_parts(pages):
        shift = chain[0][1].box.left
        edges = merge_edges(
            edge - table.box.left + shift for _, table in chain for edge in find_edges(table.cells)
        )
        for number, table in chain:
            moved = [edge - shift + table.box.left for edge in edges]
            grids[number].append(table.grid or make_grid(table.cells, table.words, moved))
    return grids


def _chain_parts(pages: Sequence[LaidPage]) -> Iterator[list[tuple[int, Drawn]]]:
    """Yield the parts of each table with the numbers of their pages, in order."""
    chain: list[tuple[int, Drawn]] = []
    for number, page in enumerate(pages):
        for index, table in enumerate(page.tables):
            if chain and not (index == 0 and _goes_on(chain[-1], (number, table), pages)):
                yield chain
                chain = []
            chain.append((number, table))
    if chain:
        yield chain


def _goes_on(before: tuple[int, Drawn], after: tuple[int, Drawn], pages: Sequence[LaidPage]) -> bool:
    """Tell whether the first table of a page goes on with the last one of the page before it."""
    if after[0] != before[0] + 1 or before[1].grid or after[1].grid:
        return False
    one, other = before[1].box, after[1].box
    # A caption or a paragraph between two tables of the same width parts them.
    is_between = any(line.box.top > one.top for line in pages[before[0]].lines) or any(
        line.box.bottom < other.bottom for line in pages[after[0]].lines
    )
    return not is_between and abs(one.width - other.width) < 2 * _SAME_SIDE
