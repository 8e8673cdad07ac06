"""The statutory tables of a document as facts: one for each cell of the form, stated or not.

    tables ─ sheets ─▶ rows of the form ─ alignment ─▶ cells in columns ─▶ Fact, `implied` beside it

Those of rows and columns that the form lacks follow. What the document does not determine is said to be
undetermined; nothing is repaired here. Figures that were recognised from an image have a value only where
they are sure (`pipelines.forms.form_sums`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from pipelines.forms.align_figures import align_by_arithmetic, number_of
from pipelines.forms.align_spans import AlignedLine, Alignment
from pipelines.forms.align_table import align_sheet
from pipelines.forms.catalogue import forms_alone
from pipelines.forms.cell_values import CellReading, read_cell
from pipelines.forms.column_headers import NO_HEADER, Header, PrintedColumn
from pipelines.forms.form_sums import implied_values, recognised_rows, settle_recognised
from pipelines.forms.lawsuits import align_lawsuits
from pipelines.forms.model import CellState, Fact, How, Measure
from pipelines.forms.printed_labels import STATUTORY_TABLES
from pipelines.forms.sheets import find_sheets, forms_of, match_lines
from pipelines.forms.statistics import read_statistics

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from decimal import Decimal

    from pipelines.forms.lines import Line
    from pipelines.forms.model import Block, Column, Form, FormTable
    from pipelines.forms.sheets import MatchedLines, Sheet
    from pipelines.grid import Table, TableCell, TableRow


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
        alignment: the cells of its only line.
    """

    block: Block
    key: str | None
    label: str
    lines: tuple[Line, ...]
    header: Header
    alignment: Alignment


_Rows = tuple["Sequence[PrintedRow]", "Sequence[PrintedRow]"]
"""The rows of the form in its order, and those printed beside them."""


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
        yield _fact_of(place, ordinal, cell, implied.get(ordinal))


def _form_cells(row: PrintedRow) -> Iterator[_Cell]:
    columns, placed = row.header.columns, row.alignment.cells
    printed = {one.column.key: number for number, one in enumerate(columns) if one.column}
    for column in row.block.columns:
        number = printed.get(column.key)
        label = column.label if number is None else columns[number].label
        if not row.lines:
            yield _Cell(row, column, label, None, _NOT_FOUND, How.NOT_PRINTED)
        elif len(row.lines) > 1 or row.alignment.trouble:
            yield _undetermined_cell(row, column, label)
        elif number is None:
            yield _Cell(row, column, label, None, _BLANK, How.NOT_PRINTED)
        else:
            yield _stated_cell(row, columns[number], placed[number])


def _printed_cells(row: PrintedRow, *, only_added: bool) -> Iterator[_Cell]:
    columns = row.header.columns
    if row.alignment.trouble and not columns:
        columns = () if only_added else (PrintedColumn(None, ""),)
    for number, printed in enumerate(columns):
        if only_added and printed.column:
            continue
        if row.alignment.trouble:
            yield _undetermined_cell(row, printed.column, printed.label or None)
        else:
            yield _stated_cell(row, printed, row.alignment.cells[number])


def _stated_cell(row: PrintedRow, printed: PrintedColumn, cell: TableCell | None) -> _Cell:
    column = printed.column
    raw = cell.text if cell else ""
    reading = _read_value(raw, column.measure if column else Measure.CHANGE)
    unit = reading.unit or printed.unit
    return _Cell(
        row, column, printed.label, raw, reading, row.alignment.how, unit, cell.column if cell else None
    )


@lru_cache(maxsize=4_096)
def _read_value(raw: str, measure: Measure) -> CellReading:
    return read_cell(raw, measure)


def _undetermined_cell(row: PrintedRow, column: Column | None, label: str | None) -> _Cell:
    trouble = row.alignment.trouble if len(row.lines) == 1 else None
    raw = "\n".join(line.row.text for line in row.lines[:_MOST_LINES])
    return _Cell(row, column, label, raw, _TROUBLES[trouble or CellState.AMBIGUOUS])


def _fact_of(place: TablePlace, ordinal: int, cell: _Cell, implied: str | None) -> Fact:
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


@dataclass(frozen=True, slots=True)
class FormReading:
    """What the tables of a document state.

    Attributes:
        form: the form that its statutory tables follow; `form_mixed` for several, `form_none` for a report
            without any. None for a document that is no report and has none, and where T4, which is the same
            in all forms, is the only one.
        facts: their cells, table by table.
    """

    form: str | None
    facts: tuple[Fact, ...]


def read_forms(
    tables: Sequence[Table],
    *,
    is_report: bool,
    year: int | None = None,
    forms: tuple[Form, ...] | None = None,
) -> FormReading:
    """Read the statutory tables out of all the tables of a document.

    Args:
        tables: all that the document prints, in any layout, in order of their start.
        is_report: whether the document is an annual report; decides what is said where no table is found.
        year: that it reports on; None where it prints none. It decides where words do not.
        forms: the statutory forms that it may follow; by default those that extend no other.

    Returns:
        The facts of each statutory table together, T2 before T3 before T4, the form's cells first and in its
        order; a cell of the form that is not printed, or not told from its neighbours, is a fact too. Then,
        for a report, those of all other tables.
    """
    sheets = find_sheets(tables, forms or forms_alone())
    followed = forms_of(sheets, year)
    facts: list[Fact] = []
    numbers = {key: count(1) for key in STATUTORY_TABLES}
    recognised = recognised_rows(tables)
    for sheet, form in sorted(zip(sheets, followed, strict=True), key=lambda pair: pair[0].key):
        facts += _read_sheet(sheet, form, numbers[sheet.key], recognised)
    used = {id(line.table) for sheet in sheets for line in sheet.lines}
    left = [table for table in tables if id(table) not in used]
    others = settle_recognised(read_statistics(left), recognised) if is_report else ()
    form_ids = _form_ids(sheets, followed) or {fact.form for fact in others if fact.form}
    return FormReading(_form_of_document(form_ids, is_open=not is_report or bool(sheets)), (*facts, *others))


def _form_ids(sheets: Sequence[Sheet], forms: Sequence[Form | None]) -> set[str]:
    """Return the forms of the sheets; T4 is the same in all."""
    return {form.id for sheet, form in zip(sheets, forms, strict=True) if form and sheet.key != "t4"}


def _form_of_document(form_ids: Collection[str], *, is_open: bool) -> str | None:
    if len(form_ids) > 1:
        return "form_mixed"
    return next(iter(form_ids), None if is_open else "form_none")


def _newest_form() -> Form:
    """Return the form whose rows and columns stand for a table that shows none: those in common are alike."""
    return next(form for form in reversed(forms_alone()) if form.table("t3"))


def _read_sheet(
    sheet: Sheet, form: Form | None, numbers: Iterator[int], recognised: Mapping[int, TableRow]
) -> Iterator[Fact]:
    """Yield the facts of a sheet; T4 may hold several printed tables."""
    form_id = form.id if form else None
    form = form or _newest_form()
    table = form.table(sheet.key)
    if table is None:
        return
    read = _lawsuit_rows if sheet.key == "t4" else _sheet_rows
    for rows, others in read(sheet, table, form):
        facts = table_facts(TablePlace(form_id, sheet.key, next(numbers)), rows, others, form.id)
        yield from settle_recognised(facts, recognised, form.id)


def _lawsuit_rows(sheet: Sheet, table: FormTable, _form: Form) -> Iterator[_Rows]:
    for found in align_lawsuits(sheet.lines, table):
        rows = []
        for block in table.blocks:
            printed = found.get(block.key or "", [])
            label = next((one.label for one in printed if one.label), block.rows[0].label)
            rows.append(_printed_row(block, block.key, label, printed))
        yield rows, [_printed_row(one.block, None, one.label or "", [one]) for one in found.get("", [])]


def _sheet_rows(sheet: Sheet, table: FormTable, form: Form) -> Iterator[_Rows]:
    matched = match_lines(sheet.lines, table)
    known = {
        id(line.row): (block, row)
        for block in table.blocks
        for row in block.rows
        for line in matched.rows.get(row.key, ())
    }
    aligned = align_sheet(sheet.lines, table, known)
    if sheet.key == "t3":
        aligned.update(_by_arithmetic(matched, aligned, form))
    rows = []
    for block in table.blocks:
        for row in block.rows:
            printed = [aligned[id(line.row)] for line in matched.rows.get(row.key, ())]
            label = printed[0].line.label if printed else row.label
            rows.append(_printed_row(block, row.key, label, printed))
    others = [aligned[id(line.row)] for line in matched.others if id(line.row) in aligned]
    yield rows, [_printed_row(one.block, None, one.line.label, [one]) for one in others]


def _printed_row(block: Block, key: str | None, label: str, printed: Sequence[AlignedLine]) -> PrintedRow:
    lines = tuple(one.line for one in printed)
    if not printed:
        return PrintedRow(block, key, label, lines, NO_HEADER, Alignment())
    return PrintedRow(block, key, label, lines, printed[0].header, printed[0].alignment)


def _by_arithmetic(
    matched: MatchedLines, placed: Mapping[int, AlignedLine], form: Form
) -> Iterator[tuple[int, AlignedLine]]:
    """Yield the rows that lost their blank cells and that arithmetic leaves one reading for."""
    single = {key: placed[id(lines[0].row)] for key, lines in matched.rows.items() if len(lines) == 1}
    lost = {
        key: one
        for key, one in single.items()
        if one.has_lost_blanks and one.alignment.trouble is CellState.AMBIGUOUS and one.header.columns
    }
    known = dict(_known_numbers(single)) if lost else {}
    for key, one in lost.items():
        alignment = align_by_arithmetic(one.line, key, one.header, known, form)
        yield id(one.line.row), replace(one, alignment=alignment)


def _known_numbers(single: Mapping[str, AlignedLine]) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for key, one in single.items():
        if one.alignment.trouble:
            continue
        for printed, cell in zip(one.header.columns, one.alignment.cells, strict=True):
            number = number_of(cell.text) if cell else None
            if printed.column and number is not None:
                yield (key, printed.column.key), number
