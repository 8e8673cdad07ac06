"""The figures of a table of no known form, each with the label of its row and the header above it.

Columns that hold figures are columns of values; what stands in them is kept, blank cells too. The others are
words about them. A table without a figure is layout or prose and yields nothing; so does one whose cells are
told apart by white space alone, or not at all, since nobody can say what stands above what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from pipelines.forms.cell_values import CellReading, fact_of_cell, is_unit, read_cell
from pipelines.forms.form_model import CellState, Fact, How, Measure
from pipelines.forms.labels import bare_label
from pipelines.grid import Cell, Table, TableRow

Headers = Sequence[Mapping[int, Cell]]
"""For each header row, the lowest first, the cell above each column."""
ReadRow = tuple[TableRow, Sequence[tuple[Cell, CellReading]]]


_BRACKETED = re.compile(r"[(（](?:单位[:：])?([^()（）,，]{1,6})[,，)）]")
_UNTOLD = CellReading(CellState.LAYOUT_ERROR)


def unit_in_header(label: str) -> str | None:
    """Return the unit that a header prints in brackets (金额（单位：万元）); None where it prints none."""
    found = _BRACKETED.search(label)
    return found.group(1).strip() if found and is_unit(found.group(1)) else None


def untold_cell(row: TableRow, row_label: str, column_label: str | None) -> Fact:
    """Return the cell of a row whose cells cannot be told apart, with the row as printed."""
    return fact_of_cell(row, row_label, column_label, _UNTOLD, row.text)


_STATED = frozenset({CellState.NUMBER, CellState.ZERO})
_WORDS = frozenset({CellState.TEXT, CellState.BLANK})
# A column that numbers the rows holds no figures.
_NUMBERING = frozenset({"序号", "编号", "代码", "行次", "序"})
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# Headers above headers, as spreadsheets are grouped.
_DEEPEST = 6
# Header rows and columns of one header cell that are looked at, whatever a table claims.
_WIDEST = 1_000
# Cells by which is told what heads a table and which of its columns hold figures.
_CELLS_THAT_TELL = 10_000
_AMBIGUOUS = CellReading(CellState.AMBIGUOUS)


def read_other(table: Table) -> Iterator[Fact]:
    """Yield the cells of columns that hold figures, in printed order; reads no more than is asked for."""
    if table.is_unsplit or len(table.rows) < 2:
        return
    told = [_read_row(row) for row in _rows_that_tell(table)]
    depth = _header_depth(told)
    above = [row for row, _ in told[max(0, depth - _DEEPEST) : depth]]
    headers = _header_lines(above)
    columns = _value_columns(headers, told[depth:])
    if not columns:
        return
    repeated = {row.text for row in above}
    width = _stated_width(above[-1]) if above and not table.has_spans else None
    reaching: Cell | None = None
    reached = 0
    for row, cells in chain(told[depth:], map(_read_row, table.rows[len(told) :])):
        if row.text not in repeated:
            label = _label_of_row((row, cells)) or (reaching if row.number < reached else None)
            if label is not None and label is not reaching:
                reaching, reached = label, row.number + label.row_span
            is_placed = width is None or _stated_width(row) <= width <= len(row.cells)
            yield from _value_cells((row, cells), label, columns, headers if is_placed else None)


def _rows_that_tell(table: Table) -> Iterator[TableRow]:
    seen = 0
    for row in table.rows:
        if seen >= _CELLS_THAT_TELL:
            return
        seen += len(row.cells)
        yield row


def _read_row(row: TableRow) -> ReadRow:
    return row, [(cell, read_cell(cell.text, Measure.MONEY)) for cell in row.cells]


def _header_depth(rows: Sequence[ReadRow]) -> int:
    """Return how many rows stand above the first that states a figure; a bare year is a header's."""
    # 2017 and 2018 above columns are years, not figures of a first row.
    for index, (_, cells) in enumerate(rows):
        if not all(reading.state in _WORDS or _YEAR.fullmatch(cell.text.strip()) for cell, reading in cells):
            return index
    return len(rows)


def _value_columns(headers: Headers, body: Sequence[ReadRow]) -> frozenset[int]:
    stated: dict[int, list[str | None]] = {}
    for _, cells in body:
        for cell, reading in cells:
            if reading.state in _STATED:
                stated.setdefault(cell.column, []).append(reading.value)
    return frozenset(
        column
        for column, values in stated.items()
        if bare_label(_header_above(headers, column) or "") not in _NUMBERING
        and not (column == 0 and _is_numbering(values))
    )


def _is_numbering(values: Sequence[str | None]) -> bool:
    return len(values) > 1 and list(values) == [str(number) for number in range(1, len(values) + 1)]


def _value_cells(
    read: ReadRow, label: Cell | None, columns: frozenset[int], headers: Headers | None
) -> Iterator[Fact]:
    """Yield the values of a row; without headers it cannot be told which columns they stand in."""
    row, cells = read
    for cell, reading in cells:
        if cell.column in columns and cell is not label:
            is_untold = headers is None and reading.state in _STATED
            header = _header_above(headers, cell.column, cell.column_span) if headers else None
            told = _AMBIGUOUS if is_untold else reading
            fact = fact_of_cell(row, label.text.rstrip() if label else "", header, told, cell.text)
            unit = told.unit or (unit_in_header(header) if header else None)
            yield fact.replace(unit=unit, how=None if is_untold else How.GRID, grid_column=cell.column)


def _label_of_row(read: ReadRow) -> Cell | None:
    """Return the first words of a row, those first that are its own and not of the rows below too."""
    words = [cell for cell, reading in read[1] if reading.state is CellState.TEXT]
    return next((cell for cell in words if cell.row_span == 1), words[0] if words else None)


def _stated_width(row: TableRow) -> int:
    return max((index for index, cell in enumerate(row.cells, 1) if cell.text.strip()), default=0)


def _header_lines(rows: Sequence[TableRow]) -> Headers:
    """Return what each header row prints above each column, the lowest row first, titles left out."""
    width = max((cell.end for row in rows for cell in row.cells), default=0)
    return tuple(
        {
            column: cell
            for cell in row.cells
            if cell.text.strip() and not (cell.column_span == width > 1)
            for column in range(cell.column, cell.column + min(cell.column_span, _WIDEST))
        }
        for row in reversed(rows)
    )


def _header_above(headers: Headers, column: int, span: int = 1) -> str | None:
    """Return what heads some columns: the lowest cell above them; None where several cells do."""
    for line in headers:
        above = {
            id(line[each]): line[each] for each in range(column, column + min(span, _WIDEST)) if each in line
        }
        if above:
            return next(iter(above.values())).text.strip() if len(above) == 1 else None
    return None
