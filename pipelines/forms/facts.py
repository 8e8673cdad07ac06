"""Facts out of placed rows: one for each cell of the form, then those of rows and columns that it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pipelines.forms.cells import CellReading, read_cell
from pipelines.forms.implied import implied_values
from pipelines.forms.placing.headers import PrintedColumn
from pipelines.forms.records import CellState, Fact, How, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.forms.lines import Line
    from pipelines.forms.placing.headers import Header
    from pipelines.forms.placing.records import Placing
    from pipelines.forms.records import Block, Column
    from pipelines.tables.records import TableCell

_MOST_LINES = 10
"""Of a row that is printed again and again, so many are quoted."""
_BLANK = CellReading(CellState.BLANK)
_NOT_FOUND = CellReading(CellState.LAYOUT_ERROR)
_TROUBLES = {state: CellReading(state) for state in (CellState.AMBIGUOUS, CellState.LAYOUT_ERROR)}


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Which table of a document facts belong to.

    Attributes:
        form: its id; None where it is not known.
        key: `t2`, `t3`, `t4`.
        number: which of the tables of this key, from 1.
    """

    form: str | None
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row with what is printed of it.

    Attributes:
        block: of the form that it stands in.
        key: None for a row that the form does not have.
        label: as printed; as the form prints it where the document does not.
        lines: none where it is not found, several where it is printed several times.
        header: the columns of its first line.
        placing: the cells of its only line.
    """

    block: Block
    key: str | None
    label: str
    lines: tuple[Line, ...]
    header: Header
    placing: Placing


class _Cell(NamedTuple):
    """What becomes one fact."""

    row: PrintedRow
    column: Column | None
    label: str | None
    raw: str | None
    reading: CellReading
    how: How | None = None
    unit: str | None = None
    grid_column: int | None = None


def table_facts(
    place: TablePlace, rows: Sequence[PrintedRow], others: Sequence[PrintedRow], form_id: str
) -> Iterator[Fact]:
    """Yield the facts of a table: the form's cells in its order, added columns, added rows.

    Args:
        place: of the table.
        rows: one for each row of the form, in its order.
        others: printed rows that the form does not have.
        form_id: the form by whose arithmetic blank cells are implied.
    """
    cells = [cell for row in rows for cell in _form_cells(row)]
    implied = implied_values([cell.reading for cell in cells], form_id, place.key)
    cells += [cell for row in rows if len(row.lines) == 1 for cell in _printed_cells(row, only_added=True)]
    cells += [cell for row in others for cell in _printed_cells(row, only_added=False)]
    for ordinal, cell in enumerate(cells):
        yield _fact(place, ordinal, cell, implied.get(ordinal))


def _form_cells(row: PrintedRow) -> Iterator[_Cell]:
    columns, placed = row.header.columns, row.placing.cells
    printed = {one.column.key: number for number, one in enumerate(columns) if one.column}
    for column in row.block.columns:
        number = printed.get(column.key)
        label = column.label if number is None else columns[number].label
        if not row.lines:
            yield _Cell(row, column, label, None, _NOT_FOUND, How.NOT_PRINTED)
        elif len(row.lines) > 1 or row.placing.trouble:
            yield _undetermined(row, column, label)
        elif number is None:
            yield _Cell(row, column, label, None, _BLANK, How.NOT_PRINTED)
        else:
            yield _stated(row, columns[number], placed[number])


def _printed_cells(row: PrintedRow, *, only_added: bool) -> Iterator[_Cell]:
    columns = row.header.columns
    if row.placing.trouble and not columns:
        columns = () if only_added else (PrintedColumn(None, ""),)
    for number, printed in enumerate(columns):
        if only_added and printed.column:
            continue
        if row.placing.trouble:
            yield _undetermined(row, printed.column, printed.label or None)
        else:
            yield _stated(row, printed, row.placing.cells[number])


def _stated(row: PrintedRow, printed: PrintedColumn, cell: TableCell | None) -> _Cell:
    column = printed.column
    raw = cell.text if cell else ""
    reading = _read(raw, column.measure if column else Measure.CHANGE)
    unit = reading.unit or printed.unit
    return _Cell(
        row, column, printed.label, raw, reading, row.placing.how, unit, cell.column if cell else None
    )


@lru_cache(maxsize=4_096)
def _read(raw: str, measure: Measure) -> CellReading:
    return read_cell(raw, measure)


def _undetermined(row: PrintedRow, column: Column | None, label: str | None) -> _Cell:
    trouble = row.placing.trouble if len(row.lines) == 1 else None
    raw = "\n".join(line.row.text for line in row.lines[:_MOST_LINES])
    return _Cell(row, column, label, raw, _TROUBLES[trouble or CellState.AMBIGUOUS])


def _fact(place: TablePlace, ordinal: int, cell: _Cell, implied: str | None) -> Fact:
    row, reading = cell.row, cell.reading
    line = row.lines[0] if row.lines else None
    return Fact(
        form=place.form,
        table_key=place.key,
        table_no=place.number,
        ordinal=ordinal,
        block_key=row.block.key,
        row_key=row.key,
        row_label=row.label,
        column_key=cell.column.key if cell.column else None,
        column_label=cell.label,
        value=reading.value,
        unit=cell.unit,
        raw=cell.raw,
        state=reading.state,
        how=cell.how,
        implied=implied,
        start=line.row.start if line else None,
        grid_row=line.row.number if line else None,
        grid_column=cell.grid_column,
        page=line.table.page if line else None,
    )
