"""Tables of a word processor as grids.

A row says where it begins (`gridBefore`) and each cell how many columns it covers (`gridSpan`); a cell that
is covered from above is there all the same, and says so (`vMerge`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.readers.html.html_tables import ARTICLE_BLOCKS, ARTICLE_CHARS, BOX_CHARS, MAX_COLUMNS, MAX_ROWS
from pipelines.readers.word_parts.names import VAL, W, number_of
from pipelines.readers.word_parts.words import REVISED
from pipelines.tables.grid import Cell, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.html.elements import Element

WRAPPERS = frozenset(
    (*(f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")),)
)
"""What may stand around paragraphs, rows and cells without being anything itself."""


@dataclass(frozen=True, slots=True)
class PrintedCell:
    r"""A cell as its row holds it.

    Attributes:
        text: its lines, separated by `\n`.
        paragraphs: how many it has.
        column: where it begins.
        across: columns that it covers.
        down: `begins` or `continues` a cell that covers several rows; empty for one row.
    """

    text: str
    paragraphs: int
    column: int
    across: int
    down: str = ""


def children_of(parent: Element, *names: str) -> Iterator[Element]:
    """Yield the children of the given names (`p`, `tbl`, `tr`, `tc`), those inside wrappers too."""
    for child in parent.iterchildren("*"):
        if child.tag in WRAPPERS:
            yield from children_of(child, *names)
        elif child.tag.startswith(W) and child.tag[len(W) :] in names:
            yield child


def rows_of(table: Element) -> Iterator[Element]:
    """Yield the rows of a table that were not deleted."""
    for row in children_of(table, "tr"):
        if row.find(f"{W}trPr/{W}del") is None:
            yield row


def has_revised_rows(table: Element) -> bool:
    """Tell whether rows of a table were added or deleted with the change kept in view."""
    return any(mark.tag in REVISED for mark in table.iterfind(f"{W}tr/{W}trPr/*"))


def place_cells(row: Element, texts: Sequence[tuple[str, int]]) -> list[PrintedCell]:
    """Return the cells of a row in their columns.

    Args:
        row: the row.
        texts: of each of its cells the text, and how many paragraphs that has.
    """
    column = min(number_of(row.find(f"{W}trPr"), "gridBefore") or 0, MAX_COLUMNS)
    cells: list[PrintedCell] = []
    for element, (text, paragraphs) in zip(children_of(row, "tc"), texts, strict=True):
        properties = element.find(f"{W}tcPr")
        across = max(1, min(number_of(properties, "gridSpan") or 1, MAX_COLUMNS))
        if cells and _merge(properties, "hMerge") == "continues":
            cells[-1] = replace(cells[-1], across=cells[-1].across + across)
        else:
            cells.append(PrintedCell(text, paragraphs, column, across, _merge(properties, "vMerge")))
        column += across
    return cells


def _merge(properties: Element | None, name: str) -> str:
    merge = None if properties is None else properties.find(f"{W}{name}")
    if merge is None:
        return ""
    return "begins" if merge.get(VAL) == "restart" else "continues"


def is_frame(rows: Sequence[Sequence[PrintedCell]]) -> bool:
    """Tell a table that only arranges text from one of data, as it is told on pages.

    That is a single cell, a column of running text, or a table with an article in a cell.
    """
    cells = [cell for row in rows for cell in row if cell.down != "continues"]
    if len(cells) < 2:
        return True
    if max(len(row) for row in rows) == 1:
        return any(len(cell.text) > BOX_CHARS for cell in cells)
    return any(len(cell.text) > ARTICLE_CHARS and cell.paragraphs > ARTICLE_BLOCKS for cell in cells)


def grid_of(rows: Sequence[Sequence[PrintedCell]]) -> Grid:
    """Return rows of cells as a grid; rows without cells are left out.

    A table of more rows or columns than fit is returned row by row, its spans not expanded, and `capped`.
    """
    rows = [row for row in rows if row]
    width = max((row[-1].column + row[-1].across for row in rows), default=0)
    if len(rows) > MAX_ROWS or width > MAX_COLUMNS:
        plain = (tuple(Cell(cell.text, y, x) for x, cell in enumerate(row)) for y, row in enumerate(rows))
        return Grid(tuple(plain), capped=True)
    origins = _origins(rows)
    places = [[Cell("", y, x, is_filler=True) for x in range(width)] for y in range(len(rows))]
    for origin in origins:
        covered = replace(origin, is_origin=False)
        for y in range(origin.row, origin.row + origin.row_span):
            for x in range(origin.column, origin.column + origin.column_span):
                places[y][x] = covered
        places[origin.row][origin.column] = origin
    return Grid(tuple(tuple(row) for row in places))


def _origins(rows: Sequence[Sequence[PrintedCell]]) -> list[Cell]:
    origins: list[Cell] = []
    open_cells: dict[tuple[int, int], int] = {}
    for y, row in enumerate(rows):
        still_open: dict[tuple[int, int], int] = {}
        for cell in row:
            place = (cell.column, cell.across)
            if cell.down == "continues" and place in open_cells:
                at = open_cells[place]
                origins[at] = replace(origins[at], row_span=origins[at].row_span + 1)
            else:
                at = len(origins)
                origins.append(Cell(cell.text, y, cell.column, 1, cell.across))
            if cell.down:
                still_open[place] = at
        open_cells = still_open
    return origins
