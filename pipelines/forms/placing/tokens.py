"""Figures between which only white space stands, so that blank cells are lost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.forms.cells import read_cell
from pipelines.forms.placing.arithmetic import possible_places
from pipelines.forms.placing.records import AMBIGUOUS, LAYOUT_ERROR, Placing, nothing_printed
from pipelines.forms.records import How, Measure
from pipelines.tables.records import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.forms.lines import Line
    from pipelines.forms.placing.headers import Header
    from pipelines.forms.records import Form
    from pipelines.tables.records import TableCell


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the rows of a table say of a row that has as many figures as columns.

    One that has as many may state all its cells. Or it has lost one in a table that has a column more; or it
    has lost some, and a torn figure, or those of a row whose label is lost, stand in their place.

    Attributes:
        all_complete: whether every row of the table has as many figures as columns.
        sums_hold: whether most rows with as many figures as columns add up.
        is_whole_sheet: whether every row of the form is printed once, and has as many figures as columns.
    """

    all_complete: bool
    sums_hold: bool
    is_whole_sheet: bool


def witnesses_of(lines: Sequence[Line], count: int, *, is_whole_sheet: bool) -> Witnesses:
    """Observe the rows of a table.

    Args:
        lines: those that share their columns.
        count: how many columns they have.
        is_whole_sheet: whether every row of the form is printed once, and has as many figures as columns.
    """
    figures = [[line.values[number] for number in line.filled] for line in lines]
    full = [cells for cells in figures if len(cells) == count]
    return Witnesses(
        all_complete=len(lines) > 1 and all(len(cells) == count for cells in figures),
        sums_hold=2 * sum(map(adds_up, full)) > len(full),
        is_whole_sheet=is_whole_sheet,
    )


def place_tokens(line: Line, header: Header, witnesses: Witnesses) -> Placing:
    """Place the figures of a row that states all its cells.

    Args:
        line: the row.
        header: its columns.
        witnesses: what the rows of its table say.
    """
    figures = [line.values[number] for number in line.filled]
    if not figures:
        return nothing_printed(header)
    if len(figures) > len(header.columns):
        return LAYOUT_ERROR
    if len(figures) < len(header.columns):
        return AMBIGUOUS
    last = header.columns[-1].column
    has_total = last is not None and last.key == "total"
    states_all = _states_all(line, figures, witnesses, has_total=has_total)
    if not header.is_whole:
        states_all = witnesses.all_complete
    return Placing(tuple(figures), How.FORM_ORDER) if states_all else AMBIGUOUS


def _states_all(line: Line, figures: Sequence[TableCell], witnesses: Witnesses, *, has_total: bool) -> bool:
    """Tell whether as many figures as columns are the cells of one row, each of them whole."""
    if has_total and adds_up(figures):
        return True
    if has_total and not witnesses.sums_hold:
        return False
    if line.table.layout is Layout.SPACES:
        if witnesses.is_whole_sheet:
            return has_total or stand_on_one_line(line, figures)
        return len(figures) == 1 and not line.table.runs_on and stand_on_one_line(line, figures)
    return witnesses.all_complete or stand_on_one_line(line, figures) or adds_up(figures)


def place_by_arithmetic(
    line: Line, row: str, header: Header, known: Mapping[tuple[str, str], Decimal], form: Form
) -> Placing:
    """Place the figures of a row of T3 that has fewer than columns, if only one reading is left.

    Args:
        line: the row.
        row: its key.
        header: its columns, those of the form.
        known: the cells whose place the layout decided.
        form: that the table follows.
    """
    figures = [line.values[number] for number in line.filled]
    numbers = [number for cell in figures if (number := number_of(cell.text)) is not None]
    keys = [column.column.key for column in header.columns if column.column]
    if not header.is_whole or len(numbers) != len(figures) or not 0 < len(figures) < len(keys):
        return AMBIGUOUS
    places = possible_places(numbers, row, keys, known, form)
    if len(places) != 1:
        return AMBIGUOUS
    by_column = dict(zip(places[0], figures, strict=True))
    return Placing(tuple(by_column.get(number) for number in range(len(keys))), How.ARITHMETIC)


def stand_on_one_line(line: Line, figures: Sequence[TableCell]) -> bool:
    """Tell whether the figures of a row are printed on one line with its label, or the end of it.

    Then none is torn, and none is that of a row whose label is lost.
    """
    last = line.row.text.rstrip().rpartition("\n")[2].split()
    printed = [word for cell in figures for word in cell.text.split()]
    return len(last) > len(printed) and last[-len(printed) :] == printed


def adds_up(figures: Sequence[TableCell]) -> bool:
    """Tell whether the last of several figures is the sum of the others."""
    numbers = [number_of(cell.text) for cell in figures]
    if len(numbers) < 3 or None in numbers:
        return False
    *parts, whole = (number for number in numbers if number is not None)
    return sum(parts) == whole


def number_of(text: str) -> Decimal | None:
    """Return the number that a cell states; None where it states none."""
    value = read_cell(text, Measure.COUNT).value
    return None if value is None else Decimal(value)
