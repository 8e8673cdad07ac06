"""Whether the figures of the applications table stand behind their labels, or before them.

Where white space alone parts the cells, an extractor may print the figures of a row before its label: then
those behind a label are of the next row. Rows add up either way; columns do not.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.forms.align_rows import stands_on_one_line
from pipelines.forms.cell_values import counted_number, number_of, texts_add_up
from pipelines.forms.form_sums import is_contradicted, is_fulfilled, sums_of
from pipelines.forms.lines import Role
from pipelines.grid import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.forms.align_rows import AlignedLine
    from pipelines.forms.form_catalogue import CellKey
    from pipelines.forms.form_model import Form, FormTable
    from pipelines.forms.form_sums import Numbers, Sum
    from pipelines.forms.lines import Line

    Placed = Mapping[str, Sequence[AlignedLine]]


def may_be_shifted(placed: Placed) -> bool:
    """Tell whether the figures behind each label may be those of the next row.

    Where white space alone parts the cells, an extractor may print the figures of a row before its label, or
    some of them. The last row then has page numbers and what is left, or figures of another table, and those
    of the first stand before all labels, where they may be taken for none of the sheet.
    """
    printed = sorted((one.line for of in placed.values() for one in of), key=lambda line: line.row.start)
    if not printed or printed[-1].table.layout is not Layout.SPACES:
        return False
    beside = [line for line in printed if {*words_beside_label(line)} & {*line.figure_words}]
    stating = [line for line in printed if line.has_figures]
    are_beside = len(printed[-1].filled) > 1 and printed[-1] in beside and 2 * len(beside) > len(stating)
    return not are_beside and 2 * sum(map(stands_on_one_line, printed)) <= len(printed)


def states_last_row(placed: Placed, table: FormTable) -> bool:
    """Tell whether the last label is that of the last row, with as many figures behind it as columns.

    One whose cells are blank looks like one whose figures stand before it. Where the label of the last row is
    lost, or printed twice, its figures may stand behind the label above.
    """
    line = max((one.line for of in placed.values() for one in of), key=lambda line: line.row.start)
    is_last = [line] == [one.line for one in placed.get(table.rows[-1].key, ())]
    return is_last and len(line.filled) >= len(table.columns)


def prove_figures_follow(lines: Sequence[Line], told: Placed, table: FormTable, form: Form) -> bool:
    """Tell whether sums hold where figures follow their labels, and fail where they precede them.

    Rows add up either way, so that the columns are asked, one by one since some are published with mistakes:
    one has to prove it, and none the contrary. Rows that are all alike are read alike, unless those of the
    first stand before a sheet without a header, whose first line is its label.
    """
    behind = _printed_numbers(told, table)
    next_row = {above.key: below.key for above, below in pairwise(table.rows)}
    before = {
        (block, next_row[row], column): number
        for (block, row, column), number in behind.items()
        if row in next_row
    }
    if before and before.items() <= behind.items():
        return any(line.role is Role.HEADER for line in lines)
    return failing_columns(behind, form) < failing_columns(before, form)


def prove_totals_follow(placed: Placed, table: FormTable, form: Form) -> bool:
    """Tell whether the last figures behind the labels are totals that add up, and would not before them.

    Of rows that lost blank cells the last figure is the total, if it is the sum of the others; one that
    states nothing has none. So all results are known, and both sums have to hold.
    """
    totals: dict[str, Decimal] = {}
    for row in table.rows:
        lines = [one.line for one in placed.get(row.key, ())]
        figures = lines[0].figure_words if lines else []
        numbers = [counted_number(text) for text in figures]
        is_known = len(lines) == 1 and lines[0].table.is_unsplit and None not in numbers
        adds_up = len(numbers) < 2 or texts_add_up(("0", "0", *figures))
        if not is_known or not adds_up or len(numbers) > len(table.columns):
            return False
        totals[row.key] = numbers[-1] or Decimal(0) if numbers else Decimal(0)
    last = table.columns[-1].key
    behind: Numbers = {(None, key, last): number for key, number in totals.items()}
    before: Numbers = {(None, below.key, last): totals[above.key] for above, below in pairwise(table.rows)}
    sums = [one for column, one in sums_of_columns(form) if column == last]
    hold = all(is_fulfilled(one, behind) for one in sums)
    return hold and any(totals.values()) and any(is_contradicted(one, before) for one in sums)


def _printed_numbers(told: Placed, table: FormTable) -> dict[CellKey, Decimal]:
    """Return what rows print, those in doubt included, to weigh orders by alone: a dash counts as zero.

    Of one that lost its blank cells, and adds up, the last figure is the total.
    """
    numbers: dict[CellKey, Decimal] = {}
    for key, printed in told.items():
        one = printed[0]
        placed_cells = [cell.text if cell else "" for cell in one.alignment.cells]
        figures = placed_cells or one.line.figure_words
        columns = table.columns if len(figures) == len(table.columns) else table.columns[-1:]
        if len(printed) == 1 and (len(columns) > 1 or texts_add_up(figures)):
            behind = zip(reversed(columns), reversed(figures), strict=False)
            numbers |= {(None, key, column.key): number_of(text) or Decimal(0) for column, text in behind}
    return numbers


def failing_columns(known: Numbers, form: Form) -> set[str]:
    """Return the columns of the applications table of which a sum fails, whatever its unknown cells hold."""
    return {column for column, one in sums_of_columns(form) if is_contradicted(one, known)}


def sums_of_columns(form: Form) -> Iterator[tuple[str, Sum]]:
    """Yield the sums that run down one column of the applications table, with the key of the column."""
    for one in sums_of(form.id, "t3"):
        first, *others = {column for (_, _, column), _ in one}
        if not others:
            yield first, one


def words_beside_label(line: Line) -> list[str]:
    """Return what a line prints behind its label, and not below."""
    return line.row.text.rstrip().rpartition(line.label)[2].partition("\n")[0].split()
