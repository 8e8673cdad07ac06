"""A printed table: rows of cells in the order in which they stand, and how they were told apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class TableCell:
    r"""One cell where it begins; what it covers beside and below is told by its spans.

    Attributes:
        text: as printed; its blocks or broken lines are separated by `\n`.
        column: the first column that it covers, from 0.
        column_span: columns that it covers.
        row_span: rows that it covers.
        confidence: of recognised characters, from 0 to 1; None where they were stored.
    """

    text: str
    column: int
    column_span: int = 1
    row_span: int = 1
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table.

    Attributes:
        cells: those that begin in this row, from left to right.
        text: the row as printed, cells joined by tabs where it has no characters of its own.
        start: where the row begins in the text of the document, in characters.
        number: its number in the table, from 0.
    """

    cells: tuple[TableCell, ...]
    text: str
    start: int
    number: int


@dataclass(frozen=True, slots=True)
class Table:
    """One printed table, or one part of a table that is printed in several.

    Attributes:
        layout: how its cells were told apart.
        rows: in order.
        end: where the table ends in the text of the document, in characters.
        page: the page that it stands on, from 1, in documents that have pages.
        capped: whether it is beyond the caps, so that spans were not expanded.
        runs_on: whether rows stand on one line of the text, so that nothing says where a row ends.
    """

    layout: Layout
    rows: tuple[TableRow, ...]
    end: int
    page: int | None = None
    capped: bool = False
    runs_on: bool = False

    @property
    def start(self) -> int:
        """Where the table begins in the text of the document, in characters."""
        return self.rows[0].start if self.rows else self.end
