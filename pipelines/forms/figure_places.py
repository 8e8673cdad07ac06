"""Where the figures of the applications table stand that print does not tell the place of, as its sums tell.

behind their labels, or before them     an extractor may print the figures of a row before its label
in the order of print                   all of a sheet, where sums leave one way to cut it
in some of the columns                  of a row that lost its blank cells, as the columns add up
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import combinations, pairwise, product

from msgspec import Struct

from pipelines.forms.align_rows import Placed, stands_on_one_line
from pipelines.forms.cell_values import counted_number, number_of, texts_add_up
from pipelines.forms.form_model import Form, FormTable
from pipelines.forms.form_sums import Numbers, Sum, is_contradicted, is_fulfilled, sums_of
from pipelines.forms.labels import STATUTORY
from pipelines.forms.lines import Line, Role
from pipelines.grid import Layout

Matrix = tuple[tuple[str, ...], ...]
"""The figures of a table as printed, row by row."""

Way = tuple[str | None, ...]
"""The parts of a row by column, None for blank cells, or where they are not told."""
Vector = tuple[int, ...]
"""What a row counts in each column but the last."""
Choices = Mapping[str, Sequence[Vector]]
"""By the key of a row, what it may count."""
Balance = Mapping[str, int]
"""Rows that add up to nothing in every column, each with its sign."""


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


def _printed_numbers(told: Placed, table: FormTable) -> Numbers:
    """Return what rows print, those in doubt included, to weigh orders by alone: a dash counts as zero.

    Of one that lost its blank cells, and adds up, the last figure is the total.
    """
    numbers: Numbers = {}
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


# All figures of a sheet in their order of print.
#
#     1 0 1      row by row          1 0 1 4 2 6
#     4 2 6      column by column    1 4 0 2 1 6
#                in bands            the first two columns row by row, and then the third: 1 0 4 2 1 6
#
# An extractor prints what stands close together on a page one after another, so that a sheet comes in bands
# of rows, and of each band its columns one by one or several at once. It is read only if it has as many
# figures as cells, each row and each column adds up, and no other way to cut it does that. Results that
# change places add up as before: so labels have to stand in the form's order, and the figures beside one be
# of its row.


def order_figures(
    lines: Sequence[Line], keys: Mapping[int, str], columns: Sequence[str], table: FormTable, form: Form
) -> dict[str, tuple[str, ...]]:
    """Return the figures of each row, by its key; none unless there is one way in which all sums hold.

    Args:
        lines: of the sheet, in order.
        keys: by the id of a printed row, which one of the form it is.
        columns: keys of the columns, in printed order; the last holds the sums of the others.
        table: of the form.
        form: whose sums hold.

    Source: 国办公开办函〔2021〕30号, table 3.
    """
    rows = [row.key for row in table.rows]
    named = [rows.index(keys[line.row_id]) for line in lines if line.row_id in keys]
    words = [word for line in lines for word in line.row.text.split() if counted_number(word) is not None]
    is_whole = len(words) == len(rows) * len(columns) and named == sorted(set(named))
    if not is_whole or any(line.table.has_spans for line in lines) or not _has_rows_in_step(lines, columns):
        return {}
    # Zeros alone add up in whatever way they are cut.
    if not any(map(counted_number, words)):
        return {}
    known = {way: _numbers_of(way, rows, columns) for way in _ways_to_cut(words, len(columns))}
    sums = sums_of(form.id, table.key)
    found = [way for way, numbers in known.items() if all(is_fulfilled(one, numbers) for one in sums)]
    if len(found) != 1:
        return {}
    # The figures of the first row may stand above what is taken for the sheet, and others behind it.
    (way,) = found
    moved = _numbers_of(way, rows[1:], columns), _numbers_of(way[1:], rows, columns)
    is_in_place = all(any(is_contradicted(one, numbers) for one in sums) for numbers in moved)
    told = dict(zip(rows, way, strict=True))
    beside = ((told[keys[line.row_id]], line) for line in lines if line.row_id in keys)
    return told if is_in_place and all(_holds_own(row, line) for row, line in beside) else {}


def _has_rows_in_step(lines: Sequence[Line], columns: Sequence[str]) -> bool:
    """Tell whether no line lacks a figure that another has too many, where most have as many as columns."""
    counts = [len(line.figure_words) for line in lines if line.has_figures and line.role is not Role.HEADER]
    are_rows = 2 * counts.count(len(columns)) > len(counts)
    return not are_rows or not any(count % len(columns) for count in counts)


def _holds_own(row: Sequence[str], line: Line) -> bool:
    """Tell whether a row holds the figures that stand beside its label, and all if those are as many."""
    own = line.figure_words
    beside = words_beside_label(line)
    return Counter(word for word in own if word in beside) <= Counter(row)


def _ways_to_cut(words: Sequence[str], width: int) -> Iterable[Matrix]:
    """Return the ways to cut figures into rows that add up; none where there are more than are tried."""
    numbers = [counted_number(word) or Decimal(0) for word in words]
    ways: dict[int, dict[Matrix, None]] = {len(words): {(): None}}
    tries = 0
    for start in range(len(words) - width, -1, -width):
        ways[start] = {}
        for high in range(1, (len(words) - start) // width + 1):
            behind = ways[start + high * width]
            places = _bands_of(numbers[start:], high, width) if behind else ()
            bands = {tuple(tuple(words[start + place] for place in row) for row in band) for band in places}
            tries += len(bands) * len(behind)
            if tries > STATUTORY.tries:
                return ()
            ways[start] |= dict.fromkeys((*band, *rest) for band in bands for rest in behind)
    return ways[0]


def _bands_of(numbers: Sequence[Decimal], high: int, width: int) -> Iterator[Sequence[Sequence[int]]]:
    """Yield the places of so many rows that add up, in each way to print columns of all before others."""
    for rows in _bands(high, width):
        if all(2 * numbers[row[-1]] == sum(map(numbers.__getitem__, row)) for row in rows):
            yield rows


@cache
def _bands(high: int, width: int) -> Sequence[Sequence[Sequence[int]]]:
    """Return the places of figures in so many rows, column by column, row by row and all that is between."""
    found = []
    for borders in product((False, True), repeat=width - 1):
        ends = [0, *(place for place, is_border in enumerate(borders, 1) if is_border), width]
        parts = [(high * begin, end - begin) for begin, end in pairwise(ends)]
        rows = [
            [place for start, wide in parts for place in range(start + row * wide, start + (row + 1) * wide)]
            for row in range(high)
        ]
        found.append(rows)
    return found if high > 1 else found[:1]


def _numbers_of(way: Matrix, rows: Sequence[str], columns: Sequence[str]) -> Numbers:
    return {
        (None, row, column): number
        for row, figures in zip(rows, way, strict=False)
        for column, text in zip(columns, figures, strict=True)
        if (number := counted_number(text)) is not None
    }


# Rows that lost their blank cells.
#
#     2. 重复申请        2 4 22 28        28 = 2 + 4 + 22 is the total; the others are in three of six columns
#     （七）总计  40 488 8316 6992 2664 20762
#
# A row may stand in each way that keeps the order of print. Ways are ruled out that no ways of the other
# rows complete to columns that add up. What all agree on that are left is told: of some rows a figure, and
# no other.


def place_figures(
    rows: Mapping[str, Sequence[str]], width: int, balances: Sequence[Balance]
) -> dict[str, Way]:
    """Return of each row that lost blank cells the figures by column; None where they are not told.

    Args:
        rows: by key, the figures of all rows; the last of those that count anything is their total.
        width: how many columns there are, that of totals included.
        balances: what holds in every column, that of totals included.
    """
    ways = {key: _ways_of(figures, width - 1) for key, figures in rows.items()}
    search = _Search(balances, _narrow({key: tuple(of) for key, of in ways.items()}, balances))
    if not search.choices or not search.complete(search.choices) or not search.seen:
        return {}
    placed: dict[str, Way] = {}
    for key, figures in rows.items():
        if 0 < len(figures) < width and any(map(counted_number, figures)):
            possible = [way for vector in search.possible(key) for way in ways[key][vector]]
            agreed = (
                of.pop() if len(of := {*column}) == 1 else None for column in zip(*possible, strict=True)
            )
            placed[key] = (*agreed, figures[-1])
    return placed


def _ways_of(figures: Sequence[str], width: int) -> dict[Vector, list[Way]]:
    """Return the ways in which the parts of a row may stand, None for blank cells, by what they count."""
    parts = figures[:-1] if any(map(counted_number, figures)) else ()
    ways: dict[Vector, list[Way]] = {}
    for places in combinations(range(width), len(parts)):
        texts = dict(zip(places, parts, strict=True))
        way = tuple(texts.get(place) for place in range(width))
        vector = tuple(int((text and counted_number(text)) or 0) for text in way)
        ways.setdefault(vector, []).append(way)
    return ways


class _Search(Struct, dict=True):
    """Looks for choices of what the rows count with which every column adds up.

    Attributes:
        balances: what holds in every column.
        choices: of each row.
        seen: by row, what it counts in some way that was found.
        tries: so far.
    """

    balances: Sequence[Balance]
    choices: Choices
    seen: dict[str, set[Vector]] = {}
    tries: int = 0

    def possible(self, key: str) -> Sequence[Vector]:
        """Return what a row may count; what is not ruled out in time may be."""
        return [
            one
            for one in self.choices[key]
            if one in self.seen.get(key, ()) or self.complete({**self.choices, key: (one,)})
        ]

    def complete(self, choices: Choices) -> bool:
        """Tell whether some choice completes what is chosen, or none was refused in time."""
        self.tries += 1
        if self.tries > STATUTORY.choices:
            return True
        left = _narrow(choices, self.balances)
        unsettled = [key for key, of in left.items() if len(of) > 1]
        if left and not unsettled:
            for key, (one,) in left.items():
                self.seen.setdefault(key, set()).add(one)
            return True
        key = min(unsettled, key=lambda row: len(left[row]), default="")
        return any(self.complete({**left, key: (one,)}) for one in left.get(key, ()))


def _narrow(choices: Choices, balances: Sequence[Balance]) -> Choices:
    """Return the choices that fit the most and the least of the others; nothing if a row has none."""
    left, before = choices, None
    while left != before:
        before = left
        for balance in balances:
            left = {**left, **_fit_choices(left, balance)}
            if not all(left.values()):
                return {}
    return left


def _fit_choices(choices: Choices, balance: Balance) -> Choices:
    """Return the choices of the rows of a balance with which it may come to nothing in every column."""
    spans = {key: _span_of(choices[key], sign) for key, sign in balance.items()}
    least = [*map(sum, zip(*(low for low, _ in spans.values()), strict=True))]
    most = [*map(sum, zip(*(high for _, high in spans.values()), strict=True))]
    fitting: dict[str, Sequence[Vector]] = {}
    for key, sign in balance.items():
        low, high = spans[key]
        # What a row adds has to make up for what the others add at most, and at least.
        ends = [(h - m, w - t) for h, m, w, t in zip(high, most, low, least, strict=True)]
        of_row = zip(ends, low, high, strict=True)
        if all(first <= lowest and highest <= last for (first, last), lowest, highest in of_row):
            fitting[key] = choices[key]
            continue
        fitting[key] = [
            one
            for one in choices[key]
            if all(first <= sign * number <= last for number, (first, last) in zip(one, ends, strict=True))
        ]
    return fitting


def _span_of(vectors: Sequence[Vector], sign: int) -> tuple[Vector, Vector]:
    """Return the least and the most that vectors add in each column."""
    columns = [*zip(*vectors, strict=True)]
    low, high = tuple(map(min, columns)), tuple(map(max, columns))
    return (low, high) if sign > 0 else (tuple(-one for one in high), tuple(-one for one in low))
