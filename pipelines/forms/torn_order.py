"""All figures of a sheet of applications in their order of print, where sums leave one way to cut it.

    1 0 1      row by row          1 0 1 4 2 6
    4 2 6      column by column    1 4 0 2 1 6
               in bands            the first two columns row by row, and then the third: 1 0 4 2 1 6

An extractor prints what stands close together on a page one after another, so that a sheet comes in bands of
rows, and of each band its columns one by one or several at once. It is read only if it has as many figures as
cells, each row and each column adds up, and no other way to cut it does that. Results that change places add
up as before: so labels have to stand in the form's order, and the figures beside one be of its row.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

from pipelines.forms.cell_values import counted_number
from pipelines.forms.form_sums import is_contradicted, is_fulfilled, sums_of
from pipelines.forms.labels import STATUTORY
from pipelines.forms.lines import Role
from pipelines.forms.moved_figures import words_beside_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.form_catalogue import CellKey
    from pipelines.forms.form_model import Form, FormTable
    from pipelines.forms.lines import Line

    Matrix = tuple[tuple[str, ...], ...]
    """The figures of a table as printed, row by row."""


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
    named = [rows.index(keys[id(line.row)]) for line in lines if id(line.row) in keys]
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
    beside = ((told[keys[id(line.row)]], line) for line in lines if id(line.row) in keys)
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
        if all(2 * numbers[row[-1]] == sum(numbers[place] for place in row) for row in rows):
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


def _numbers_of(way: Matrix, rows: Sequence[str], columns: Sequence[str]) -> dict[CellKey, Decimal]:
    return {
        (None, row, column): number
        for row, figures in zip(rows, way, strict=False)
        for column, text in zip(columns, figures, strict=True)
        if (number := counted_number(text)) is not None
    }
