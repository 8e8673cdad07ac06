"""A cell that holds a value, in a table of no statutory form, before it becomes a fact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forms.cells import CellReading, is_unit
from pipelines.forms.records import CellState, How

if TYPE_CHECKING:
    from pipelines.tables.records import TableCell, TableRow

_BRACKETED = re.compile(r"[(（](?:单位[:：])?([^()（）,，]{1,6})[,，)）]")
_UNTOLD = CellReading(CellState.LAYOUT_ERROR)


@dataclass(frozen=True, slots=True)
class ValueCell:
    """One cell that holds a value.

    Attributes:
        row: the printed row that it stands in.
        row_label: as printed.
        column_label: as printed; None where none stands above it.
        reading: what it states.
        raw: as printed; the whole row where the cell cannot be told apart, None where it is not printed.
        row_key: None where the form does not know the row.
        column_key: None where the form does not know the column.
        unit: that of its row or column; the cell's own goes before it.
        how: what decided its place.
        column: in the printed table; None where it cannot be told.
    """

    row: TableRow
    row_label: str
    column_label: str | None
    reading: CellReading
    raw: str | None
    row_key: str | None = None
    column_key: str | None = None
    unit: str | None = None
    how: How | None = How.GRID
    column: int | None = None


def covers(cell: TableCell, column: int) -> bool:
    """Tell whether a cell stands in a column or reaches over it."""
    return cell.column <= column < cell.column + cell.column_span


def printed_label(cell: TableCell) -> str:
    """Return a label as printed, its indent included."""
    return cell.text.rstrip()


def unit_in_header(label: str) -> str | None:
    """Return the unit that a header prints in brackets (金额（单位：万元）); None where it prints none."""
    found = _BRACKETED.search(label)
    return found.group(1).strip() if found and is_unit(found.group(1)) else None


def untold(row: TableRow, row_label: str, column_label: str | None, column_key: str | None) -> ValueCell:
    """Return the cell of a row whose cells cannot be told apart, with the row as printed."""
    return ValueCell(row, row_label, column_label, _UNTOLD, row.text, column_key=column_key, how=None)
