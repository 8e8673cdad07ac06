"""The cells of a row in its columns, by what the layout leaves known of where each stands.

    its column      HTML, ruled pages, sheets   as many as columns, or what stands below each name
    its order       tabs, bars, a cell a line   as many as columns, once what only pads the row is left out
    the figures'    white space                 as many figures as columns

A cell that is lost never moves another into its place: what rests on blank cells has to be borne out by the
rows around it. Where blank cells are lost, a row that states as many figures as there are columns may have
lost one in a table that has a column more; or some, and a torn figure, or those of a row whose label is lost,
stand in their place. What adds up to its totals has its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from pipelines.forms.align_order import FEWEST_WITNESSES, Widths, observe_widths, place_in_order
from pipelines.forms.cell_values import read_cell, texts_add_up
from pipelines.forms.column_headers import Header
from pipelines.forms.form_model import Block, CellState, How, Measure
from pipelines.forms.label_matching import keys_of
from pipelines.forms.lines import Line, is_filled, without_figures
from pipelines.forms.printed_labels import Kind
from pipelines.grid import Cell, Layout
from pipelines.structs import FrozenStruct


class Alignment(FrozenStruct):
    """A row's cells in its printed columns.

    Attributes:
        cells: one for each printed column; None where none is told but nothing is printed. Empty where the
            row is undetermined.
        how: what decided.
        trouble: why it is undetermined: `ambiguous` or `layout_error`; None where it is not.
        unread: the columns of which it is not told what the row states there, by their number.
    """

    cells: tuple[Cell | None, ...] = ()
    how: How | None = None
    trouble: CellState | None = None
    unread: frozenset[int] = frozenset()


class AlignedLine(FrozenStruct):
    """A line with cells, in its columns; of T4 the part of it that is one block.

    Attributes:
        line: as printed.
        header: its columns; without columns where they cannot be told.
        alignment: which cell stands in which.
        block: of the form that it stands in.
        label: of the row, in T4 of the block, as printed; None where it is not.
    """

    line: Line
    header: Header
    alignment: Alignment
    block: Block
    label: str | None = None


Placed = dict[str, list[AlignedLine]]
"""What stands for each row of the form, by its key."""

AMBIGUOUS = Alignment(trouble=CellState.AMBIGUOUS)
LAYOUT_ERROR = Alignment(trouble=CellState.LAYOUT_ERROR)

Extent = tuple[int, int]
"""The grid columns that the values of a row cover: the first, and the one behind the last."""


class Evidence(NamedTuple):
    """What the rows of a printed table say of one another.

    Attributes:
        widths: how the rows lost their spans.
        loses_blanks: whether blank cells are lost, so that a row is its figures in order.
        usual: the extent that most rows with all their cells share, if two or more do. A row of another may
            have lost a cell, even where a blank one beside its label makes up the number.
        reach: what the figures of all rows cover together; None where too few rows show it.
        has_nameless: whether most rows have more cells than columns, behind all that the header names.
        all_complete: whether every row has as many figures as columns.
        sums_hold: whether most of those that have as many add up.
        in_runs: whether lines end anywhere in most rows, so that one of them may be printed twice unseen.
    """

    widths: Widths
    loses_blanks: bool
    usual: Extent | None
    reach: Extent | None
    has_nameless: bool
    all_complete: bool
    sums_hold: bool
    in_runs: bool


def observe_rows(rows: Sequence[tuple[Line, Header]], sheet: Sequence[Line], count: int | None) -> Evidence:
    """Observe the rows of a printed table, each with its columns.

    Args:
        rows: at least one, in order.
        sheet: the rows of all tables that the sheet is cut into.
        count: how many columns it has; None where its blocks have columns of their own.
    """
    lines = [line for line, _ in rows]
    widths = Widths() if count is None else observe_widths(lines, sheet, count)
    layout = rows[0][0].table.layout
    extents = Counter(
        _extent_of(line.values) for line, header in rows if len(line.values) == len(header.columns)
    )
    usual = next((one for one, times in extents.items() if times > 1 and 2 * times > extents.total()), None)
    nameless = [
        len(line.values) > len(header.columns) > 0 and line.values[-1].end > header.full_end
        for line, header in rows
    ]
    ends = [(line.figures[0].column, line.figures[-1].end) for line in lines if line.filled]
    full = [(line, header) for line, header in rows if len(line.filled) == len(header.columns)]
    return Evidence(
        widths,
        layout is Layout.SPACES or (layout in (Layout.TABS, Layout.PIPES) and widths.loses_blanks),
        usual,
        (min(first for first, _ in ends), max(end for _, end in ends))
        if len(ends) >= FEWEST_WITNESSES
        else None,
        has_nameless=2 * sum(nameless) > len(rows) >= FEWEST_WITNESSES,
        all_complete=len(rows) > 1 and len(full) == len(rows),
        sums_hold=2 * sum(states_sums(line.figures, header) for line, header in full) > len(full),
        in_runs=2 * sum(map(has_run, lines)) > len(rows),
    )


def states_sums(cells: Sequence[Cell], header: Header) -> bool:
    """Tell whether a row states all its cells, and each total is the sum of those before it."""
    parts = header.parts_of(cells)
    return len(cells) == len(header.columns) and bool(parts) and all(map(adds_up, parts))


def adds_up(figures: Iterable[Cell]) -> bool:
    """Tell whether the last of several cells is the sum of the others."""
    return texts_add_up(cell.text for cell in figures)


def align_row(line: Line, header: Header, evidence: Evidence, *, is_whole: bool = False) -> Alignment:
    """Place the cells of a row in its columns; one that may be otherwise is undetermined.

    Args:
        line: the row.
        header: its columns.
        evidence: what the rows of its printed table say.
        is_whole: whether every row of the form is printed once, and all of its block state all their cells.
    """
    layout, count = line.table.layout, len(header.columns)
    is_overfull = len(line.filled) > count > 0 and not line.table.has_spans
    if layout is Layout.GLUED or is_overfull:
        return LAYOUT_ERROR
    is_in_disorder = header.is_torn and line.has_figures and not _proves_order(line, header)
    if not count or is_in_disorder or (layout is not Layout.CELLS and _took_figures_in(line)):
        return AMBIGUOUS
    if not line.has_figures:
        # 微山 2020 ends in the middle of a row: what has no cells was not seen blank.
        is_seen = line.table.has_spans or len(line.values) >= count
        return Alignment((None,) * count, How.GRID) if is_seen else AMBIGUOUS
    if line.table.has_spans:
        return _align_by_spans(line, header, evidence)
    if evidence.loses_blanks:
        is_told = _states_all(line, header, evidence, is_whole=is_whole)
        return Alignment(line.figures, How.FORM_ORDER) if is_told else AMBIGUOUS
    return _align_cells(place_in_order(line, header, evidence.widths), header)


def _align_cells(cells: Sequence[Cell | None], header: Header) -> Alignment:
    """Return a row as placed; a row that states its last cell only, the total, says so."""
    if not cells or any(map(_may_share_figures, pairwise(cells))):
        return AMBIGUOUS
    filled = [number for number, cell in enumerate(cells) if cell and is_filled(cell)]
    # 新乡 2019 and 信阳 2019 state only 总计 for the results, and leave the kinds of applicants blank.
    parts = header.parts_of(cells)
    is_total = filled == [len(cells) - 1] and parts == [cells]
    # Torn names of one column stand for several blocks alike, so that the order is the form's.
    how = How.FORM_ORDER if header.is_torn and len(parts) > 1 else How.GRID
    return Alignment(tuple(cells), How.ONLY_TOTAL if is_total else how)


def _may_share_figures(cells: tuple[Cell | None, Cell | None]) -> bool:
    """Tell whether one of two cells is blank, and the other holds several figures, of both perhaps.

    Figures below each other in a cell that is drawn on a page are not: a neighbour's would stand beside them.
    """
    stated = [cell for cell in cells if cell and is_filled(cell)]
    if len(stated) != 1 or (stated[0].box and "\n" in stated[0].text):
        return False
    return read_cell(stated[0].text, Measure.CHANGE).state is CellState.LAYOUT_ERROR


def _took_figures_in(line: Line) -> bool:
    """Tell whether a row that states nothing has a figure at the end of its label: their border was lost."""
    behind = line.label.removeprefix(without_figures(line.label))
    return not line.has_figures and any(map(str.isdecimal, behind))


def _proves_order(line: Line, header: Header) -> bool:
    """Tell whether the sums of a row show that its columns are the form's: its last cell is the total."""
    if len(line.filled) == len(header.columns):
        return states_sums(line.figures, header)
    is_last = line.filled[-1] == len(line.values) - 1
    return is_last and len(header.parts_of(header.columns)) == 1 and adds_up(line.figures)


# Figures of which the order alone is known.


def _states_all(line: Line, header: Header, evidence: Evidence, *, is_whole: bool) -> bool:
    """Tell whether a row states as many figures as there are columns, each of them whole and its own."""
    if len(line.filled) != len(header.columns) or (not is_whole and _adds_up_in_parts(line)):
        return False
    is_doubtful = not evidence.all_complete and evidence.in_runs and _repeats_zeros(line)
    if is_doubtful or not header.is_whole:
        return evidence.all_complete
    has_sums, holds = bool(header.parts_of(header.columns)), states_sums(line.figures, header)
    if holds or (has_sums and not evidence.sums_hold):
        return holds
    if line.table.layout is not Layout.SPACES:
        return evidence.all_complete or stands_on_one_line(line)
    # A number of a page, printed behind the row before its end, would stand for a blank cell that is lost.
    if stands_on_one_line(line):
        return is_whole or (len(line.filled) == 1 and not line.table.runs_on)
    return is_whole and evidence.all_complete and not has_sums and _has_cells_on_lines(line, header)


def _has_cells_on_lines(line: Line, header: Header) -> bool:
    """Tell whether each figure of a row has its own line, and none is broken, or the number of a page.

    Where no cell of the table goes over lines, names of columns included, no figure does. The numbers of
    other pages stand in the text around the table; one alone may stand behind the last row.
    """
    cells = [cell.text for row in line.table.rows for cell in row.cells]
    named = {key for text in cells for key in keys_of(line.words, text, Kind.COLUMN)}
    has_names = named.issuperset(printed.column.key for printed in header.columns if printed.column)
    lines = [one.strip() for one in line.row.text.splitlines() if one.strip()]
    has_lines = lines[-len(line.filled) :] == line.figure_words and not any("\n" in one for one in cells)
    is_last = line.row is line.table.rows[-1]
    may_be_page = line.table.is_paged or (is_last and lines[-1].isdecimal() and lines[-1] != "0")
    return has_names and has_lines and not may_be_page


def stands_on_one_line(line: Line) -> bool:
    """Tell whether the figures of a row are printed on one line with its label, or the end of it.

    Then none is torn, and none is that of a row whose label is lost.
    """
    last = line.row.text.rstrip().rpartition("\n")[2].split()
    printed = line.figure_words
    return len(last) > len(printed) and last[-len(printed) :] == printed


def has_run(line: Line) -> bool:
    """Tell whether a row over several lines has several figures on one of them."""
    printed = line.row.text.splitlines()
    return len(printed) > 1 and any(
        len(words) > 1 and all(map(str.isdecimal, words)) for words in map(str.split, printed)
    )


def _repeats_zeros(line: Line) -> bool:
    """Tell whether a line of zeros follows the same line.

    Printed twice, it would stand for a blank cell that is lost, and the row add up as before.
    """
    printed = [words for one in line.row.text.splitlines() if (words := one.split())]
    return any(one == below and {*one} == {"0"} for one, below in pairwise(printed))


def _adds_up_in_parts(line: Line) -> bool:
    """Tell whether each line of a row adds up: they may be two rows that lost their blank cells."""
    printed = [[*takewhile(str.isdecimal, reversed(one.split()))] for one in line.row.text.splitlines()]
    parts = [words[::-1] for words in printed if len(words) > 1]
    return len(parts) > 1 and all(map(texts_add_up, parts))


# Cells whose spans are known.


def _align_by_spans(line: Line, header: Header, evidence: Evidence) -> Alignment:
    """Place the cells of a row by their number, or else below the header cells that cover them."""
    values, filled = line.values, line.figures
    if not _are_seamless(values) or any(cell.row_span > 1 and is_filled(cell) for cell in values):
        return AMBIGUOUS
    is_elsewhere = header.table is not line.table
    if evidence.has_nameless and header.table is line.table:
        # Most rows have a column without a name: one that ends with the names has lost a cell, or moved.
        return AMBIGUOUS
    if header.is_whole and is_elsewhere and _all_stand(filled, values, header, evidence.reach):
        return _align_cells(filled, header)
    if len(values) == len(header.columns) and _is_complete(values, line, header, evidence.usual):
        return _align_cells(values, header)
    return AMBIGUOUS if is_elsewhere else _align_cells(_below_header(line, header), header)


def _all_stand(filled: Sequence[Cell], values: Sequence[Cell], header: Header, reach: Extent | None) -> bool:
    """Tell whether a row states all its cells; blank ones beside them must be blank in every row."""
    # 洪泽 2024 (PDF): overleaf a blank cell stands between the label （七）总计 and the figures of its row.
    if len(filled) != len(header.columns) or not _are_seamless(filled):
        return False
    return len(values) == len(filled) or _extent_of(filled) == reach


def _is_complete(values: Sequence[Cell], line: Line, header: Header, usual: Extent | None) -> bool:
    extent = _extent_of(values)
    if header.table and extent == _header_extent(header):
        if header.full_end == extent[1]:
            return True
        if header.table is line.table:
            # Where blank cells pad every line to its end, one of them may make up for a lost cell.
            return all(map(is_filled, values))
    if not header.is_whole:
        return header.table is not line.table and extent == usual
    return extent == usual or (is_filled(values[0]) and is_filled(values[-1]))


def _below_header(line: Line, header: Header) -> Sequence[Cell]:
    """Return the cell below each header cell; none where they do not cover the header.

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
        return ()
    below: list[list[Cell]] = [[] for _ in header.columns]
    for cell in inner:
        numbers = [
            number
            for number, column in enumerate(header.columns)
            if (column.first or 0) < cell.end and cell.column < (column.end or 0)
        ]
        if len(numbers) != 1:
            return ()
        below[numbers[0]].append(cell)
    if any(not cells or sum(map(is_filled, cells)) > 1 for cells in below):
        return ()
    return [next(filter(is_filled, cells), cells[0]) for cells in below]


def _header_extent(header: Header) -> Extent:
    return header.columns[0].first or 0, header.columns[-1].end or 0


def _extent_of(values: Sequence[Cell]) -> Extent:
    return (values[0].column, values[-1].end) if values else (0, 0)


def _begins_below(line: Line, cell: Cell, first: int) -> bool:
    """Tell whether a cell begins below the first header cell, or behind a label that reaches below it."""
    label = line.row.cells[line.depth - 1] if line.depth else None
    return cell.column == first or (label is not None and first < cell.column == label.end)


def _are_seamless(values: Sequence[Cell]) -> bool:
    return all(one.end == other.column for one, other in pairwise(values))
