"""What every layout brings its tables to: rows of cells, with what is known of where each stands.

    HTML, Word, sheets, ruled pages ─▶ Grid ─ table_of ─▶ Table     cells with spans
    tabs, bars, spaces, a cell a line ──────────────────▶ Table     cells in order (`pipelines.tables`)

HTML, ruled pages, word processors and sheets differ in how a cell says what it covers; behind `Grid` they do
not. `Layout` says how the cells of a `Table` were told apart, and so what a missing one can mean.

In the text of a document a grid stands as rows with tabs, and `find_tab_tables` finds those again.
Reports that were copied out of a PDF or a word processor keep theirs as such rows
(`标签<TAB>1<TAB><TAB>3`), or as cells, one a line, each behind a tab; there a cell can break over two
lines, and the broken-off part has no tab. All of them are interrupted by the blank lines of page breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r|\Z)")
_NUMERAL = "(?:[一二三四五六七八九十]+|[0-9０-９]{1,3})"
# A heading between two tables ends the first, however short it is; in a table it would hold a tab.
_HEADING = re.compile(rf"[#\s]*(?:[一二三四五六七八九十]+、|第{_NUMERAL}[章节条])")
# A numbered line whose number a word processor set off with a tab is no row.
_LIST_MARK = re.compile(
    rf"[#*\s]*(?:[（(]{_NUMERAL}[)）][、.．]?|{_NUMERAL}[)）、.．]|第{_NUMERAL}[章节条])\t *[^\t\s][^\t]*"
)


class Box(NamedTuple):
    """A rectangle: on a page in points of 1/72 inch from its top left corner as it is shown, or in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """How far it reaches across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How far it reaches down."""
        return self.bottom - self.top

    @property
    def centre_x(self) -> float:
        """Where its middle is across."""
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        """Where its middle is down the page."""
        return (self.top + self.bottom) / 2

    def holds_middle(self, other: Box) -> bool:
        """Tell whether the middle of another box is in this one."""
        return self.left <= other.centre_x <= self.right and self.top <= other.centre_y <= self.bottom

    def shared_height(self, other: Box) -> float:
        """Return how far this box and another stand side by side; less than 0 where they do not."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)

    def scale(self, factor: float) -> Box:
        """Return the box in another unit."""
        return Box(*(edge * factor for edge in self))


class TabThresholds(Thresholds):
    """What is a table that tabs draw (`knowledge/thresholds/tab_tables.yaml`)."""

    continuation_chars: int
    cell_chars: int
    cell_lines: int


TABS = TabThresholds.load("tab_tables")


def is_tab_row(line: str) -> bool:
    """Tell whether a line alone shows that it is a row: a tab borders a cell, not an indent or a number."""
    return "\t" in line.lstrip() and not _LIST_MARK.fullmatch(line)


def find_tab_tables(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open spans of the tables that tabs draw, without the line end of their last line.

    A table goes on over blank lines and over short lines that a broken cell left behind, as long as a line
    with a tab follows; it ends before a heading and before a paragraph.
    """
    run: list[tuple[int, int]] = []
    for found in LINE.finditer(text):
        line = found.group().rstrip("\r\n")
        if _may_be_table_line(line):
            run.append((found.start(), found.start() + len(line)))
        elif run and not _may_continue(line):
            yield from _as_table(run, text)
            run = []
    yield from _as_table(run, text)


def _may_be_table_line(line: str) -> bool:
    is_short = "\t" in line and len(line.strip()) <= TABS.cell_chars
    return is_tab_row(line) or (is_short and not _LIST_MARK.fullmatch(line))


def _may_continue(line: str) -> bool:
    bare = line.strip()
    return not bare or (
        "\t" not in line and len(bare) <= TABS.continuation_chars and not _HEADING.match(bare)
    )


def _as_table(run: list[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of a run of table lines, unless they are only indented lines."""
    has_rows = any(is_tab_row(text[begin:stop]) for begin, stop in run)
    if has_rows or len(run) >= TABS.cell_lines:
        yield run[0][0], run[-1][1]


class Layout(StrEnum):
    """How the cells of a table were told apart, which decides what a missing value can mean."""

    CELLS = "cells"
    """Every cell stands apart, blank ones too, and spans are known: HTML, ruled pages, sheets."""
    TABS = "tabs"
    """A row a line, tabs between cells; blank cells stand, spans are lost, so that label depth shifts."""
    PIPES = "pipes"
    """A row a line, `|` between cells; otherwise as tabs."""
    LINES = "lines"
    """A cell a line, each behind a tab: blank cells stand, a row ends with a blank line."""
    SPACES = "spaces"
    """White space between cells, or a cell a line without any mark: blank cells are lost."""
    GLUED = "glued"
    """Nothing between the cells: they cannot be told apart."""


class Cell(FrozenStruct):
    r"""One place of a grid, or one cell of a table where it begins.

    Attributes:
        text: of the cell that covers this place, as printed; its blocks are separated by `\n`.
        row: where that cell begins, from 0, in the grid or the part of a table that it was printed in.
        column: where that cell begins, from 0.
        row_span: rows that it covers, within the table.
        column_span: columns that it covers.
        is_origin: whether this place is where the cell begins; the other places only repeat it.
        is_filler: whether no cell covers this place, because its row is shorter than the table.
        confidence: of recognised characters, the least of the cell, from 0 to 1; None where they were stored.
        mark: of the element that it was read from (`pipelines.readers.html.html_tables.MARK`); None where it
            has none.
        box: where on its page it is drawn as a reader sees it, in thousandths of the page's width; None where
            that is not told.
    """

    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    is_origin: bool = True
    is_filler: bool = False
    confidence: float | None = None
    mark: str | None = None
    box: Box | None = None

    @property
    def end(self) -> int:
        """The column behind the last that it covers."""
        return self.column + self.column_span


class TableRow(FrozenStruct):
    """One row of a table.

    Attributes:
        cells: those that begin in this row, from left to right.
        text: the row as printed, cells joined by tabs where it has no characters of its own.
        start: where the row begins in the text of the document, in characters.
        number: its number in the table, from 0.
    """

    cells: tuple[Cell, ...]
    text: str
    start: int
    number: int


class Table(FrozenStruct):
    """One printed table, or one part of a table that is printed in several.

    Attributes:
        layout: how its cells were told apart.
        rows: in order.
        end: where the table ends in the text of the document, in characters.
        page: the page that it stands on, from 1, in documents that have pages.
        capped: whether it is beyond the caps, so that spans were not expanded.
        runs_on: whether rows stand on one line of the text, so that nothing says where a row ends.
        is_paged: whether bare numbers, as those of pages are, have lines in the text outside all tables.
    """

    layout: Layout
    rows: tuple[TableRow, ...]
    end: int
    page: int | None = None
    capped: bool = False
    runs_on: bool = False
    is_paged: bool = False

    @property
    def has_spans(self) -> bool:
        """Whether every cell stands apart and its spans are known."""
        return self.layout is Layout.CELLS and not self.capped

    @property
    def is_unsplit(self) -> bool:
        """Whether nothing but white space stands between its cells, or nothing at all."""
        return self.layout in (Layout.SPACES, Layout.GLUED)

    @property
    def start(self) -> int:
        """Where the table begins in the text of the document, in characters."""
        return self.rows[0].start if self.rows else self.end


class Grid(FrozenStruct):
    """A table as rows of places, all equally long.

    Attributes:
        rows: the places; a place that no cell covers is an origin with empty text, and a filler.
        capped: whether spans were cut or left unexpanded because the table is beyond the caps.
    """

    rows: tuple[tuple[Cell, ...], ...]
    capped: bool = False

    def lines(self) -> tuple[str, ...]:
        """Return a line per row, cells joined by tabs; a place that only repeats a cell is empty.

        Where those tabs alone would not show a table (one column, one cell behind blank ones, a number and
        its text), every row ends in a tab as well: what follows from the text alone must find it again.
        """
        lines = tuple(
            "\t".join(cell.text.replace("\n", " ") if cell.is_origin else "" for cell in row)
            for row in self.rows
        )
        text = "\n".join(lines)
        is_found = list(find_tab_tables(text)) == [(0, len(text))]
        return lines if is_found else tuple(f"{line}\t" for line in lines)


def lay_out_cells(origins: Iterable[Cell], height: int, width: int, *, fills_rows: bool = False) -> Grid:
    """Return the grid of cells that know their place and what they cover.

    Args:
        origins: the cells; one that overlaps an earlier one covers it.
        height: rows of the grid; no cell reaches beyond.
        width: columns of the grid; no cell reaches beyond.
        fills_rows: whether places that no cell covers only fill rows that are shorter than the table.
    """
    places: list[list[Cell | None]] = [[None] * width for _ in range(height)]
    for origin in origins:
        if origin.row_span > 1 or origin.column_span > 1:
            covered = origin.replace(is_origin=False)
            for line in places[origin.row : origin.row + origin.row_span]:
                line[origin.column : origin.column + origin.column_span] = [covered] * origin.column_span
        places[origin.row][origin.column] = origin
    return Grid(
        tuple(
            tuple(cell or Cell("", y, x, is_filler=fills_rows) for x, cell in enumerate(line))
            for y, line in enumerate(places)
        )
    )


def unexpanded_grid(rows: Iterable[Sequence[str]]) -> Grid:
    """Return a table beyond the caps: its rows as they are stored, no span expanded, and `capped`."""
    return Grid(
        tuple(tuple(Cell(text, y, x) for x, text in enumerate(row)) for y, row in enumerate(rows)),
        capped=True,
    )


def table_of(grid: Grid, start: int, lines: Sequence[str] | None = None, page: int | None = None) -> Table:
    """Return a grid as a table of the document.

    Only cells that are printed become cells, each where it begins: a place where a row is too short for the
    table holds none, so that a cell left out is not mistaken for a blank one.

    Args:
        grid: with at least one row.
        start: where the line of its first row begins in the text of the document, in characters.
        lines: the rows as they were rendered, one line each; what the grid renders by default.
        page: the page that it stands on, from 1; None in documents without pages.
    """
    rows: list[TableRow] = []
    position = start
    for number, (places, line) in enumerate(zip(grid.rows, lines or grid.lines(), strict=True)):
        cells = tuple(place for place in places if place.is_origin and not place.is_filler)
        rows.append(TableRow(cells, line, position, number))
        position += len(line) + 1
    return Table(Layout.CELLS, tuple(rows), position - 1, page, capped=grid.capped)
