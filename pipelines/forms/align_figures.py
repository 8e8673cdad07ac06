"""Where the figures of a row stand between which only white space is left, so that blank cells are lost.

A row that states as many figures as its table has columns states all its cells, if the rows around it
bear that out. One that states fewer is aligned by arithmetic, and only in one case.

Published sums are often wrong, so arithmetic rules a place out only where the table has confirmed itself: the
rows of the balance (第一项加第二项之和，等于第三项加第四项之和) state all their cells, each adds up to its
total, the balance holds in every column, and nothing else that is known contradicts them. Then no result is
larger than the total of the results in its column. That is the only ground. A row's own sum never chooses
between places, since it may be the sum that is wrong; it can only refuse the one place that is left.

So a single place is the true one unless a figure of the row is itself larger than all the results of its own
column, in a table that shows no other fault: a misprint that no arithmetic can tell from a lost blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from pipelines.forms.align_spans import AMBIGUOUS, LAYOUT_ERROR, Alignment, align_blank_row
from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_catalogue import measures_of
from pipelines.forms.form_model import How, Measure
from pipelines.forms.form_sums import is_contradicted, sums_of
from pipelines.grid import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.forms.align_spans import AlignedLine
    from pipelines.forms.column_headers import Header
    from pipelines.forms.form_model import Form, FormTable, Identity
    from pipelines.forms.lines import Line
    from pipelines.grid import TableCell

    Known = Mapping[tuple[str, str], Decimal]
    """The cells whose place the layout decided, by row and column."""
    Place = tuple[int, ...]
    """For each figure of a row, in order, the number of the column that it stands in."""

TABLE = "t3"


@dataclass(frozen=True, slots=True)
class ResultSums:
    """The identities of the applications table that hold between rows and between columns.

    Attributes:
        parts: the columns that add up.
        whole: the column that they add up to.
        results: the rows that add up.
        total: the row that they add up to.
        balance: what the form demands of the total and the rows beside it.
    """

    parts: frozenset[str]
    whole: str
    results: frozenset[str]
    total: str
    balance: Identity


def possible_places(
    values: Sequence[Decimal], row: str, columns: Sequence[str], known: Known, form: Form
) -> tuple[Place, ...]:
    """Return the places that the figures of a row may take, in order, among its columns.

    Args:
        values: the figures of the row, in printed order.
        row: the row's key in the applications table (收到和处理政府信息公开申请情况).
        columns: the keys of the cells of the row, in printed order.
        known: the cells whose place the layout decided.
        form: the form whose identities hold.

    Returns:
        Every order-preserving placement that is not ruled out; none where the figures contradict a table that
        has confirmed itself, or are more than the columns.

    Source: 国办公开办函〔2021〕30号, table 3.
    """
    # 新乡 2019 states results by 总计 alone: copied without borders, one figure is left of seven cells.
    places = tuple(combinations(range(len(columns)), len(values)))
    sums = find_sums(form)
    if len(places) <= 1 or sums is None or row not in sums.results:
        return places
    if {*columns} != sums.parts | {sums.whole} or not _is_confirmed(sums, known, form):
        return places
    limits = [known[sums.total, column] for column in columns]
    allowed = tuple(
        place
        for place in places
        if all(0 <= value <= limits[index] for value, index in zip(values, place, strict=True))
    )
    if len(allowed) == 1:
        placed = {(row, columns[index]): value for value, index in zip(values, allowed[0], strict=True)}
        most = sum(placed.get((row, column), known[sums.total, column]) for column in sums.parts)
        is_reached = placed.get((row, sums.whole), 0) <= most
        return allowed if is_reached and contradicts_no_sum({**known, **placed}, form) else ()
    return allowed


def find_sums(form: Form) -> ResultSums | None:
    """Find the identities by what they relate, so that another form needs no line here."""
    same_year = [
        identity
        for identity in form.identities
        if identity.table == TABLE and identity.relation == "=" and not identity.spans_years
    ]
    by_rows = [identity for identity in same_year if identity.over == "rows"]
    results = [one for one in same_year if one.over == "columns" and len(one.right) == 1]
    balances = [one for one in same_year if one.over == "columns" and len(one.right) > 1]
    if not (by_rows and results and balances):
        return None
    return ResultSums(
        parts=frozenset(term.key for term in by_rows[0].left),
        whole=by_rows[0].right[0].key,
        results=frozenset(term.key for term in results[0].left),
        total=results[0].right[0].key,
        balance=balances[0],
    )


def _is_confirmed(sums: ResultSums, known: Known, form: Form) -> bool:
    """Tell whether the balance is stated in full, and no sum of the form contradicts what is known."""
    terms = [term.key for term in (*sums.balance.left, *sums.balance.right)]
    of_balance = {(key, column) for key in terms for column in (*sums.parts, sums.whole)}
    if sums.total not in terms or not of_balance <= known.keys() or min(known.values()) < 0:
        return False
    return contradicts_no_sum(known, form)


def contradicts_no_sum(known: Known, form: Form) -> bool:
    """Tell whether no sum of the form fails whatever stands in the cells of T3 that are not known."""
    numbers = {
        place: known[row, column]
        for place, (_, row, column) in enumerate(measures_of(form.id, TABLE))
        if (row, column) in known
    }
    return not any(is_contradicted(one, numbers) for one in sums_of(form.id, TABLE))


def known_numbers(rows: Mapping[str, AlignedLine]) -> dict[tuple[str, str], Decimal]:
    """Return the numbers of rows whose cells are told from one another, by row and column."""
    known: dict[tuple[str, str], Decimal] = {}
    for key, one in rows.items():
        if one.alignment.trouble:
            continue
        for printed, cell in zip(one.header.columns, one.alignment.cells, strict=True):
            number = number_of(cell.text) if cell else None
            if printed.column and number is not None:
                known[key, printed.column.key] = number
    return known


def may_be_shifted(rows: Mapping[str, AlignedLine], table: FormTable) -> bool:
    """Tell whether the figures behind each label of T3 may be those of the next row.

    Where white space alone parts the cells, an extractor may print the figures of a row before its label. The
    last row then has none but a page number. One whose cells are blank looks alike, and in a report of few
    cases no sum tells the two apart.

    Args:
        rows: those that are printed once, by key.
        table: of the form.
    """
    last = rows.get(table.rows[-1].key)
    return last is not None and last.line.table.layout is Layout.SPACES and len(last.line.filled) < 2


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the rows of a table say of a row that has as many figures as columns.

    One that has as many may state all its cells. Or it has lost one in a table that has a column more; or it
    has lost some, and a torn figure, or those of a row whose label is lost, stand in their place.

    Attributes:
        all_complete: whether every row of the table has as many figures as columns.
        sums_hold: whether most rows with as many figures as columns add up.
        is_whole: whether every row of the form is printed once, and those of its block have as many figures
            as columns.
        in_runs: whether lines end anywhere in most rows, so that one of them may be printed twice unseen.
    """

    all_complete: bool
    sums_hold: bool
    is_whole: bool
    in_runs: bool


def observe_witnesses(lines: Sequence[Line], count: int, *, is_whole: bool) -> Witnesses:
    """Observe the rows of a table.

    Args:
        lines: those that share their columns.
        count: how many columns they have.
        is_whole: see `Witnesses`.
    """
    figures = [line.figures for line in lines]
    full = [cells for cells in figures if len(cells) == count]
    return Witnesses(
        all_complete=len(lines) > 1 and all(len(cells) == count for cells in figures),
        sums_hold=2 * sum(map(adds_up, full)) > len(full),
        is_whole=is_whole,
        in_runs=2 * sum(map(_has_run, lines)) > len(lines),
    )


def align_figures(line: Line, header: Header, witnesses: Witnesses) -> Alignment:
    """Place the figures of a row that states all its cells.

    Args:
        line: the row.
        header: its columns.
        witnesses: what the rows of its table say.
    """
    figures = line.figures
    if not figures:
        # Blank cells are lost here, and a row without figures may have lost its line of them.
        return align_blank_row(header) if len(line.values) >= len(header.columns) > 0 else AMBIGUOUS
    if len(figures) > len(header.columns):
        return LAYOUT_ERROR
    if not witnesses.all_complete and witnesses.in_runs and _repeats_zeros(line):
        return AMBIGUOUS
    if header.is_torn:
        is_proven = len(figures) == len(header.columns) and witnesses.sums_hold and adds_up(figures)
        return Alignment(figures, How.FORM_ORDER) if is_proven else AMBIGUOUS
    if len(figures) < len(header.columns):
        return AMBIGUOUS
    last = header.columns[-1].column
    has_total = last is not None and last.key == "total"
    states_all = _states_all(line, figures, witnesses, has_total=has_total)
    if not header.is_whole:
        states_all = witnesses.all_complete
    return Alignment(figures, How.FORM_ORDER) if states_all else AMBIGUOUS


def _states_all(line: Line, figures: Sequence[TableCell], witnesses: Witnesses, *, has_total: bool) -> bool:
    """Tell whether as many figures as columns are the cells of one row, each of them whole."""
    if has_total and adds_up(figures):
        return True
    if has_total and not witnesses.sums_hold:
        return False
    if line.table.layout is Layout.SPACES:
        # 太平镇 2022, a cell a line: where every row of the form has its figures, none has another's.
        if witnesses.is_whole:
            return True
        return len(figures) == 1 and not line.table.runs_on and stand_on_one_line(line, figures)
    return witnesses.all_complete or stand_on_one_line(line, figures) or adds_up(figures)


def _has_run(line: Line) -> bool:
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


def align_by_arithmetic(
    line: Line, row: str, header: Header, known: Mapping[tuple[str, str], Decimal], form: Form
) -> Alignment:
    """Place the figures of a row of T3 that has fewer than columns, if only one reading is left.

    Args:
        line: the row.
        row: its key.
        header: its columns, those of the form.
        known: the cells whose place the layout decided.
        form: that the table follows.
    """
    figures = line.figures
    numbers = [number for cell in figures if (number := number_of(cell.text)) is not None]
    keys = [column.column.key for column in header.columns if column.column]
    if not header.is_whole or len(numbers) != len(figures) or not 0 < len(figures) < len(keys):
        return AMBIGUOUS
    places = possible_places(numbers, row, keys, known, form)
    if len(places) != 1:
        return AMBIGUOUS
    by_column = dict(zip(places[0], figures, strict=True))
    return Alignment(tuple(by_column.get(number) for number in range(len(keys))), How.ARITHMETIC)


def stand_on_one_line(line: Line, figures: Sequence[TableCell]) -> bool:
    """Tell whether the figures of a row are printed on one line with its label, or the end of it.

    Then none is torn, and none is that of a row whose label is lost.
    """
    last = line.row.text.rstrip().rpartition("\n")[2].split()
    printed = [word for cell in figures for word in cell.text.split()]
    return len(last) > len(printed) and last[-len(printed) :] == printed


def adds_up(figures: Iterable[TableCell]) -> bool:
    """Tell whether the last of several cells is the sum of the others."""
    return texts_add_up(cell.text for cell in figures)


def texts_add_up(figures: Iterable[str]) -> bool:
    """Tell whether the last of several figures is the sum of the others."""
    numbers = [number_of(text) for text in figures]
    if len(numbers) < 3 or None in numbers:
        return False
    *parts, whole = (number for number in numbers if number is not None)
    return sum(parts) == whole


def number_of(text: str) -> Decimal | None:
    """Return the number that a cell states; None where it states none."""
    value = read_cell(text, Measure.COUNT).value
    return None if value is None else Decimal(value)
