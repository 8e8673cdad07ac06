"""A row as aligned with its columns, and how cells are whose spans are known: HTML, ruled pages, sheets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.forms.form_model import CellState, How
from pipelines.forms.labels import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.forms.column_headers import Header
    from pipelines.forms.form_model import Block
    from pipelines.forms.lines import Line
    from pipelines.grid import TableCell


@dataclass(frozen=True, slots=True)
class Alignment:
    """A row's cells in its printed columns.

    Attributes:
        cells: one for each printed column; None where none is told but nothing is printed. Empty where the
            row is undetermined.
        how: what decided.
        trouble: why it is undetermined: `ambiguous` or `layout_error`; None where it is not.
    """

    cells: tuple[TableCell | None, ...] = ()
    how: How | None = None
    trouble: CellState | None = None


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A line with cells, in its columns; of T4 the part of it that is one block.

    Attributes:
        line: as printed.
        header: its columns; without columns where they cannot be told.
        alignment: which cell stands in which.
        block: of the form that it stands in.
        label: of the row, in T4 of the block, as printed; None where it is not.
        has_lost_blanks: whether blank cells are lost in its table.
    """

    line: Line
    header: Header
    alignment: Alignment
    block: Block
    label: str | None = None
    has_lost_blanks: bool = False


AMBIGUOUS = Alignment(trouble=CellState.AMBIGUOUS)
LAYOUT_ERROR = Alignment(trouble=CellState.LAYOUT_ERROR)


def align_cells(cells: Sequence[TableCell | None], header: Header, how: How) -> Alignment:
    """Return a row as placed; a row that states its last cell only, the total, says so."""
    filled = [number for number, cell in enumerate(cells) if cell and is_filled(cell)]
    last = header.columns[-1].column
    # 新乡 2019 and 信阳 2019 state only 总计 for the results, and leave the kinds of applicants blank.
    if filled == [len(cells) - 1] and how is How.GRID and len(cells) > 2 and last and last.key == "total":
        return Alignment(tuple(cells), How.ONLY_TOTAL)
    return Alignment(tuple(cells), how)


def align_blank_row(header: Header) -> Alignment:
    """Return a row that prints nothing behind its label: all its cells are blank, wherever they stand."""
    return Alignment((None,) * len(header.columns), How.GRID)


def is_filled(cell: TableCell) -> bool:
    """Tell whether anything is printed in a cell."""
    return not is_blank(cell.text)


Extent = tuple[int, int]
"""The grid columns that the values of a row cover: the first, and the one behind the last."""


FEWEST_WITNESSES = 3
"""Rows that agree, where one or two may agree by chance."""


@dataclass(frozen=True, slots=True)
class RowExtents:
    """What the rows of a printed table show of where their values stand.

    Attributes:
        usual: the extent that most rows with all their cells share, if two or more do. A row of another may
            have lost a cell, even where a blank one beside its label makes up the number.
        figures: what the figures of all rows cover together; None where too few rows show it.
    """

    usual: frozenset[Extent] = frozenset()
    figures: Extent | None = None


def observe_extents(lines: Sequence[Line], full: Iterable[Line]) -> RowExtents:
    """Observe the rows of a printed table.

    Args:
        lines: its rows.
        full: those that have as many values as columns.
    """
    extents = Counter(_extent_of(line.values) for line in full)
    usual = {extent for extent, times in extents.items() if times > 1 and 2 * times > extents.total()}
    figures = [(line.values[line.filled[0]], line.values[line.filled[-1]]) for line in lines if line.filled]
    if len(figures) < FEWEST_WITNESSES:
        return RowExtents(frozenset(usual))
    reach = (min(first.column for first, _ in figures), max(last.end for _, last in figures))
    return RowExtents(frozenset(usual), reach)


def align_by_spans(line: Line, header: Header, extents: RowExtents) -> Alignment:
    """Place the cells of a row by their number, or else below the header cells that cover them."""
    values = line.values
    if not line.has_figures:
        return align_blank_row(header)
    if not _are_seamless(values) or any(cell.row_span > 1 and is_filled(cell) for cell in values):
        return AMBIGUOUS
    filled = line.figures
    if header.is_whole and header.table is not line.table and _all_stand(filled, values, header, extents):
        return align_cells(filled, header, How.GRID)
    if len(values) == len(header.columns) and _is_complete(values, line, header, extents.usual):
        return align_cells(values, header, How.GRID)
    below = _below_header(line, header) if header.table is line.table else None
    return align_cells(below, header, How.GRID) if below else AMBIGUOUS


def _all_stand(
    filled: Sequence[TableCell], values: Sequence[TableCell], header: Header, extents: RowExtents
) -> bool:
    """Tell whether a row states all its cells; blank ones beside them must be blank in every row."""
    if len(filled) != len(header.columns) or not _are_seamless(filled):
        return False
    return len(values) == len(filled) or _extent_of(filled) == extents.figures


def _is_complete(values: Sequence[TableCell], line: Line, header: Header, usual: frozenset[Extent]) -> bool:
    extent = _extent_of(values)
    if header.table and extent == _header_extent(header):
        if header.full_end == extent[1]:
            return True
        if header.table is line.table:
            # Where blank cells pad every line to its end, one of them may make up for a lost cell.
            return all(map(is_filled, values))
    if not header.is_whole:
        return header.table is not line.table and extent in usual
    return extent in usual or (is_filled(values[0]) and is_filled(values[-1]))


def _below_header(line: Line, header: Header) -> list[TableCell | None] | None:
    """Return the cell below each header cell; None where they do not cover the header.

    Under each stands at least one cell, and at most one that is filled; no cell stands under two. Blank cells
    beside the labels do not count, nor those that pad every line of the table to its end. The label may reach
    below the first header cell: a row that reaches the end of the table has lost no cell behind it.
    """
    # 上海 2019 lets the first value of a row cover two columns, and the header above it one: only
    # what stands below what tells them apart, within a block.
    values = line.values
    first, end = _header_extent(header)
    inner = [cell for cell in values if is_filled(cell) or first <= cell.column < end]
    full_end = header.full_end if header.is_whole else end
    if not _begins_below(line, inner[0], first) or (inner[-1].end, values[-1].end) != (end, full_end):
        return None
    below: list[list[TableCell]] = [[] for _ in header.columns]
    for cell in inner:
        numbers = [
            number
            for number, column in enumerate(header.columns)
            if (column.first or 0) < cell.end and cell.column < (column.end or 0)
        ]
        if len(numbers) != 1:
            return None
        below[numbers[0]].append(cell)
    if any(not cells or sum(map(is_filled, cells)) > 1 for cells in below):
        return None
    return [next(filter(is_filled, cells), cells[0]) for cells in below]


def _header_extent(header: Header) -> Extent:
    return header.columns[0].first or 0, header.columns[-1].end or 0


def _extent_of(values: Sequence[TableCell]) -> Extent:
    return (values[0].column, values[-1].end) if values else (0, 0)


def _begins_below(line: Line, cell: TableCell, first: int) -> bool:
    """Tell whether a cell begins below the first header cell, or behind a label that reaches below it."""
    label = line.row.cells[line.depth - 1] if line.depth else None
    return cell.column == first or (label is not None and first < cell.column == label.end)


def _are_seamless(values: Sequence[TableCell]) -> bool:
    return all(one.end == other.column for one, other in pairwise(values))
