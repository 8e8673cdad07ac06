"""A table as a grid of places: what every source that knows its cells brings its tables to.

HTML, ruled pages, word processors and sheets differ in how a cell says what it covers; behind this, they
do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.tab_tables import find_tab_tables

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Cell:
    r"""One place of a grid.

    Attributes:
        text: of the cell that covers this place, as printed; its blocks are separated by `\n`.
        row: where that cell begins, from 0.
        column: where that cell begins, from 0.
        row_span: rows that it covers, within the table.
        column_span: columns that it covers.
        is_origin: whether this place is where the cell begins; the other places only repeat it.
        is_filler: whether no cell covers this place, because its row is shorter than the table.
        confidence: of recognised characters, the least of the cell, from 0 to 1; None where they were stored.
        mark: of the element that it was read from (`readers.html.html_tables.MARK`); None where it has none.
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


@dataclass(frozen=True, slots=True)
class Grid:
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


def lay_out_cells(
    origins: Iterable[Cell], height: int, width: int, *, fills_rows: bool = False, capped: bool = False
) -> Grid:
    """Return the grid of cells that know their place and what they cover.

    Args:
        origins: the cells; one that overlaps an earlier one covers it.
        height: rows of the grid; no cell reaches beyond.
        width: columns of the grid; no cell reaches beyond.
        fills_rows: whether places that no cell covers only fill rows that are shorter than the table.
        capped: as of the grid.
    """
    places = [[Cell("", y, x, is_filler=fills_rows) for x in range(width)] for y in range(height)]
    for origin in origins:
        covered = replace(origin, is_origin=False)
        for line in places[origin.row : origin.row + origin.row_span]:
            line[origin.column : origin.column + origin.column_span] = [covered] * origin.column_span
        places[origin.row][origin.column] = origin
    return Grid(tuple(map(tuple, places)), capped)
