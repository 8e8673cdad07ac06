"""Facts out of placed rows: one for each cell of the form, then those of rows and columns that it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.forms.cells import CellReading, read_cell
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


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Which table of a document facts belong to.

    Attributes:
        form: its id; None where it is not known.
        key: `t2`, `t3`, `t4`.
        number: which of the tables of this key, from 1.
        ordinals: the numbers of its facts, in order.
    """

    form: str | None
    key: str
    number: int
    ordinals: Iterator[int]


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


def table_facts(place: TablePlace, rows: Sequence[PrintedRow], others: Sequence[PrintedRow]) -> list[Fact]:
    """Return the facts of a table: the form's cells in its order, added columns, added rows.

    Args:
        place: of the table.
        rows: one for each row of the form, in its order.
        others: printed rows that the form does not have.
    """
    facts = [fact for row in rows for fact in _form_cells(place, row)]
    facts += [fact for row in rows if len(row.lines) == 1 for fact in _cells(place, row, only_added=True)]
    facts += [fact for row in others for fact in _cells(place, row, only_added=False)]
    return facts


def _form_cells(place: TablePlace, row: PrintedRow) -> Iterator[Fact]:
    printed = {one.column.key: number for number, one in enumerate(row.header.columns) if one.column}
    for column in row.block.columns:
        number = printed.get(column.key)
        label = column.label if number is None else row.header.columns[number].label
        if not row.lines:
            yield _not_printed(place, row, column, label, CellState.LAYOUT_ERROR)
        elif len(row.lines) > 1 or row.placing.trouble:
            yield _undetermined(place, row, column, label)
        elif number is None:
            yield _not_printed(place, row, column, label, CellState.BLANK)
        else:
            yield _stated(place, row, row.header.columns[number], row.placing.cells[number])


def _cells(place: TablePlace, row: PrintedRow, *, only_added: bool) -> Iterator[Fact]:
    columns = row.header.columns
    if row.placing.trouble and not columns:
        columns = () if only_added else (PrintedColumn(None, ""),)
    for number, printed in enumerate(columns):
        if only_added and printed.column:
            continue
        if row.placing.trouble:
            yield _undetermined(place, row, printed.column, printed.label or None)
        else:
            yield _stated(place, row, printed, row.placing.cells[number])


def _stated(place: TablePlace, row: PrintedRow, printed: PrintedColumn, cell: TableCell | None) -> Fact:
    raw = cell.text if cell else ""
    reading = _read(raw, printed.column.measure if printed.column else Measure.CHANGE)
    return _fact(
        place,
        row,
        printed.column,
        printed.label,
        state=reading.state,
        raw=raw,
        how=row.placing.how,
        value=reading.value,
        unit=reading.unit or printed.unit,
        grid_column=cell.column if cell else None,
    )


@lru_cache(maxsize=4_096)
def _read(raw: str, measure: Measure) -> CellReading:
    return read_cell(raw, measure)


def _undetermined(place: TablePlace, row: PrintedRow, column: Column | None, label: str | None) -> Fact:
    state = row.placing.trouble if len(row.lines) == 1 else None
    raw = "\n".join(line.row.text for line in row.lines[:_MOST_LINES])
    return _fact(place, row, column, label, state=state or CellState.AMBIGUOUS, raw=raw)


def _not_printed(place: TablePlace, row: PrintedRow, column: Column, label: str, state: CellState) -> Fact:
    return _fact(place, row, column, label, state=state, raw=None, how=How.NOT_PRINTED)


def _fact(
    place: TablePlace,
    row: PrintedRow,
    column: Column | None,
    label: str | None,
    *,
    state: CellState,
    raw: str | None,
    how: How | None = None,
    value: str | None = None,
    unit: str | None = None,
    grid_column: int | None = None,
) -> Fact:
    line = row.lines[0] if row.lines else None
    return Fact(
        form=place.form,
        table_key=place.key,
        table_no=place.number,
        ordinal=next(place.ordinals),
        block_key=row.block.key,
        row_key=row.key,
        row_label=row.label,
        column_key=column.key if column else None,
        column_label=label,
        value=value,
        unit=unit,
        raw=raw,
        state=state,
        how=how,
        start=line.row.start if line else None,
        grid_row=line.row.number if line else None,
        grid_column=grid_column,
        page=line.table.page if line else None,
    )
