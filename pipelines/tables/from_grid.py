r"""A table that the source marks as one: its grid, with its place in the text that was rendered from it.

Grid ─ lines ─▶ "规章\t0\t0\t0"        the text of the document, a line a row
   └── origins ─▶ TableRow(cells, start)  the same rows, with spans
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.tables.records import Layout, Table, TableCell, TableRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.tables.grid import Cell, Grid


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
        cells = tuple(_cell(place) for place in places if place.is_origin and not place.is_filler)
        rows.append(TableRow(cells, line, position, number))
        position += len(line) + 1
    return Table(Layout.CELLS, tuple(rows), position - 1, page, capped=grid.capped)


def _cell(place: Cell) -> TableCell:
    return TableCell(place.text, place.column, place.column_span, place.row_span, place.confidence)
