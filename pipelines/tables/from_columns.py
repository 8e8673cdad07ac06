"""Tables whose columns stand by position: labels over several lines, and figures beside them.

    二、上年结转政     2      7      7       17     18     2    53
    府信息公开申请
    数量
    （三） 1. 属于    0      0      72      0      2      0    74
    不予公 国家秘

Such are `pdftotext -layout` and whatever sets a page in characters. A line of figures is of the row beside
whose label it stands. Where a row states all columns its order tells them; where some are blank, figures that
stand straight above and below on the same page do, and the sums of the form where those leave several ways.
What may be otherwise keeps one cell for all its figures, so that none of them is told.

Where cells are padded to the width of their columns, every line is blank before each column:

    一、本年新收政府信息公开申请数量    2004    9878  10737      so sets a page who pads cells (inscriptis)
    （一）予以公开                              9

So a blank cell keeps its place as it does between tabs, and what spans rows or columns is lost alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, product, starmap
from math import prod

from pipelines.forms.cell_values import number_of
from pipelines.forms.figure_places import failing_columns
from pipelines.forms.form_catalogue import CellKey, Forms
from pipelines.forms.form_model import Form, FormTable
from pipelines.forms.label_matching import heading_table
from pipelines.forms.printed_labels import is_broken_label, is_column_label, is_row_label
from pipelines.grid import Cell, Layout, Table, TableRow
from pipelines.tables.page_columns import (
    PLACED,
    PageColumns,
    PlacedLine,
    Word,
    add_up,
    find_stretches,
    read_lines,
)
from pipelines.tables.placed_labels import PlacedRow, follow_labels
from pipelines.tables.text_rows import Line, PrintedRow, is_figure, joined_lines, lines_between, table_of_rows

Cells = Mapping[int, tuple[str, ...]]
"""The cells of rows, by their numbers; none of a row that is not told."""


def find_tables_by_columns(text: str, start: int, end: int, forms: Forms) -> Iterator[Table]:
    """Yield the tables of applications whose columns stand by position.

    Args:
        text: of the document.
        start: where the stretch begins that is looked at.
        end: where it ends.
        forms: that the document may follow.
    """
    for part in find_stretches(list(read_lines(text, start, end))):
        tables = ((form, table) for form in forms if (table := form.table("t3")))
        found = [(form, table, way) for form, table in tables if (way := follow_labels(part, table))]
        if found:
            form, table, (_, rows) = min(found, key=lambda one: one[2][0])
            guessed = _give_figures(part, rows)
            _place_cells(part, rows, guessed, table, form)
            # Below that words alone may tell more, but not where figures broke: their pieces look whole.
            is_told = 2 * sum(not row.is_doubtful for row in rows) > len(rows)
            if guessed or _have_broken(rows) or is_told:
                yield Table(Layout.CELLS, tuple(_table_rows(text, part, rows, table)), part[-1].end)


# Which lines of figures are of which row.


def _give_figures(lines: Sequence[PlacedLine], rows: Sequence[PlacedRow]) -> set[int]:
    """Give each row the lines of its figures; those that a line may be of as well are in doubt.

    Returns:
        The numbers of the rows beside figures that stand between two labels, which only sums can prove.
    """
    printed = [row for row in rows if row.pieces]
    between: list[int] = []
    for number, line in enumerate(lines):
        beside = [row for row in printed if any(number == at for at, _ in row.pieces)]
        among = beside or [row for row in printed if row.pieces[0][0] < number < row.pieces[-1][0]]
        if line.figures and not among:
            between.append(number)
        elif line.figures:
            among[0].figures.append(number)
            for row in among[1:]:
                row.is_doubtful = among[0].is_doubtful = True
    sides = _sides_of(printed)
    centred = {} if any(sides) else _centre_lines(between, printed)
    guessed = {row for number in between for row in _give_between(lines, number, printed, sides, centred)}
    # Beside a row in doubt, or over several lines, figures may be those of one that seems to have none.
    for order in (rows, rows[::-1]):
        for row, before in zip(order[1:], order, strict=False):
            row.is_doubtful |= not row.figures and (before.is_doubtful or len(before.figures) > 1)
    return guessed


def _sides_of(rows: Sequence[PlacedRow]) -> tuple[bool, bool]:
    """Tell whether figures always stand beside the first line of labels over several, and beside the last."""
    ends = [(row.pieces[0][0], row.pieces[-1][0], row.figures) for row in rows if row.figures]
    over_several = [
        (first, last, figures) for first, last, figures in ends if last > first + len(figures) - 1
    ]
    if len(over_several) < PLACED.telling_labels:
        return False, False
    return (
        all(figures[0] == first for first, _, figures in over_several),
        all(figures[-1] == last for _, last, figures in over_several),
    )


def _centre_lines(between: Iterable[int], rows: Sequence[PlacedRow]) -> dict[int, PlacedRow]:
    """Return the row of each line between labels if figures stand in the middle of their cells; or nothing.

    Then as many lines of a row stand above its label as below.
    """
    gaps: list[list[int]] = [[] for _ in range(len(rows) + 1)]
    for number in between:
        gaps[sum(row.pieces[0][0] < number for row in rows)].append(number)
    takers: dict[int, PlacedRow] = {}
    due = 0
    for gap, above, below in zip(gaps, (None, *rows), (*rows, None), strict=True):
        takers |= {
            number: row for row, part in ((above, gap[:due]), (below, gap[due:])) if row for number in part
        }
        due = len(gap) - due
        if due < 0:
            return {}
    return {} if due else takers


def _give_between(
    lines: Sequence[PlacedLine],
    number: int,
    rows: Sequence[PlacedRow],
    sides: tuple[bool, bool],
    centred: Mapping[int, PlacedRow],
) -> Iterator[int]:
    """Give figures between two labels to the row above or below, and yield the numbers of both.

    Where figures stand at the top of their cells they end a figure above that broke, where they stand at the
    foot they begin one below. They are all of the row above where that has none, and the row below has.
    """
    above = next((row for row in reversed(rows) if row.pieces[-1][0] < number), None)
    below = next((row for row in rows if row.pieces[0][0] > number), None)
    beside = [line.page for line in lines[number - 1 : number + 2]]
    is_inside = beside == [lines[number].page] * 3
    is_near = is_inside and (not below or not above or below.number == above.number + 1)
    at_top, at_foot = sides
    if (
        is_near
        and above
        and not above.figures
        and len(lines[number].figures) > 1
        and (not below or below.figures)
    ):
        above.figures.append(number)
        yield above.number
        return
    taker = centred.get(number)
    if taker:
        is_near = lines[taker.pieces[0][0]].page == lines[number].page
    taker = (
        None
        if not is_near
        else taker or (above if at_top and above and above.figures else below if at_foot else None)
    )
    for row in (above, below):
        if row:
            row.is_doubtful |= taker is None
            yield row.number
    if taker:
        taker.figures = sorted((*taker.figures, number))


# Which figure is of which column.


def _place_cells(
    lines: Sequence[PlacedLine], rows: Sequence[PlacedRow], guessed: set[int], table: FormTable, form: Form
) -> None:
    """Tell the cells of rows; those of which they are not told are in doubt."""
    told = [row for row in rows if not row.is_doubtful]
    by_page: dict[int, dict[int, Sequence[Sequence[Word]]]] = {}
    for row in told:
        if row.figures:
            of_page = by_page.setdefault(lines[row.figures[0]].page, {})
            of_page[row.number] = [lines[number].figures for number in row.figures]
    pages = [PageColumns(of_page, len(table.columns)) for of_page in by_page.values()]
    options = [page.list_cells() for page in pages]
    blank = {row.number: ("",) * len(table.columns) for row in told if not row.figures}
    ways: list[Cells] = []
    if prod(map(len, options)) <= PLACED.most_orders:
        ways = [dict(chain(blank.items(), *(page.items() for page in way))) for way in product(*options)]
    # Only where every cell is known sums leave no other way.
    whole = [way for way in ways if len(ways) > 1 and len(told) == len(rows) and all(way.values())]
    is_broken = _have_broken(rows)
    proved = [way for way in whole if not _failing_columns(way, table, form)]
    for row in told:
        found = {way[row.number] for way in proved or ways}
        row.cells = found.pop() if len(found) == 1 else ()
        # Where figures break off, and the line that they go on in is lost, what is left looks like a figure.
        row.is_doubtful = not row.cells or ((is_broken or row.is_cut) and not add_up(row.cells))
    guessed.update(*(page.guessed_rows() for page in pages))
    _doubt_unproved(rows, guessed, table, form)


def _have_broken(rows: Sequence[PlacedRow]) -> bool:
    """Tell whether figures of any row stand on several lines."""
    return any(len(row.figures) > 1 for row in rows)


def _doubt_unproved(rows: Sequence[PlacedRow], guessed: set[int], table: FormTable, form: Form) -> None:
    """Doubt rows that the sums of their columns contradict, and those guessed unless all sums hold.

    Args:
        rows: of the table.
        guessed: the numbers of the rows whose figures have no place of their own.
        table: of the form.
        form: whose sums hold.
    """
    for is_whole in (True, False):
        cells = {row.number: row.cells for row in rows if not row.is_doubtful}
        failing = _failing_columns(cells, table, form)
        for row in rows:
            stated = {column.key for column, cell in zip(table.columns, row.cells, strict=False) if cell}
            is_unproved = row.number in guessed and (failing or len(cells) < len(rows))
            if is_unproved if is_whole else "" in row.cells and stated & failing:
                row.is_doubtful = True


def _failing_columns(rows: Cells, table: FormTable, form: Form) -> set[str]:
    """Return the columns whose sums fail, where blank cells count as zero, and rows in doubt as unknown."""
    known: dict[CellKey, Decimal] = {
        (None, table.rows[number].key, column.key): number_of(cell) or Decimal(0)
        for number, cells in rows.items()
        for column, cell in zip(table.columns, cells, strict=False)
    }
    return failing_columns(known, form)


def _table_rows(
    text: str, lines: Sequence[PlacedLine], rows: Sequence[PlacedRow], table: FormTable
) -> Iterator[TableRow]:
    """Yield the rows that are printed, the label of a group above its first."""
    labels = {header.key: header.label for header in table.blocks[0].headers}
    group, number = None, 0
    for row in (one for one in rows if one.pieces):
        within = sorted({*row.figures, *(at for at, _ in row.pieces)})
        start, end = lines[within[0]].start, lines[within[-1]].end
        of_row = table.rows[row.number].group
        if of_row and of_row != group:
            yield TableRow((Cell(labels[of_row], number, 0, 1, len(table.columns) + 1),), "", start, number)
            number += 1
        group = of_row
        label = Cell("".join(word.text for _, word in row.pieces), number, 0)
        yield TableRow((label, *_cells_of(lines, row, len(table.columns))), text[start:end], start, number)
        number += 1


def _cells_of(lines: Sequence[PlacedLine], row: PlacedRow, count: int) -> Iterator[Cell]:
    """Yield the cells of a row; one for all in doubt, which holds the figures that may be its own."""
    if row.is_doubtful:
        at = row.pieces[-1][0]
        nearest = sorted((n for n, line in enumerate(lines) if line.figures), key=lambda n: abs(n - at))
        words = [word for number in row.figures or nearest[:1] for word in lines[number].figures]
        yield Cell(" ".join(word.text for word in words), row.number, 1, 1, count)
    else:
        yield from (Cell(cell, row.number, number) for number, cell in enumerate(row.cells, 1))


# Padded cells.


# What two spaces part are two cells.
_CELL = re.compile(rf"\S+(?: {{1,{PLACED.apart - 1}}}\S+)*")


def find_tables_by_gaps(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the statutory tables in a stretch of text whose cells are padded, each below its heading."""
    lines: list[Line] = []
    is_below = False
    for line in (*lines_between(text, start, end), None):
        if line is None or heading_table(line.text.strip()) or (lines and _is_text(line)):
            yield from _table_of(text, lines)
            lines, is_below = [], line is not None and not _is_text(line)
        elif is_below and not line.is_blank:
            lines.append(line)


def _is_text(line: Line) -> bool:
    """Tell whether a line is one of running text, or a heading: a long one that is not padded."""
    return (
        len(_CELL.findall(line.text)) == 1 and heading_table(line.text.strip()) is None and "。" in line.text
    )


def _table_of(text: str, lines: Sequence[Line]) -> Iterator[Table]:
    starts = _find_starts(lines)
    # In a page that is set in characters cells may stand anywhere in their columns.
    if not {found.start() for line in lines for found in _CELL.finditer(line.text)} <= {*starts}:
        return
    rows: list[PrintedRow] = []
    for line in lines:
        cells = _split_line(line, starts)
        above = rows[-1].cells if rows else ()
        if _goes_on(above, cells):
            whole = [*map(joined_lines, above, cells), *above[len(cells) :]]
            rows[-1] = PrintedRow(rows[-1].start, line.end, tuple(whole))
        else:
            rows.append(PrintedRow(line.start, line.end, cells))
    is_whole = all(_is_whole(row.cells) for row in rows) and any(_is_header(row.cells) for row in rows)
    if len(starts) >= PLACED.padded_columns and is_whole:
        yield table_of_rows(text, Layout.TABS, rows)


def _goes_on(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Tell whether a line holds nothing but the rest of labels that broke."""
    pieces = [(before, rest) for before, rest in zip(above, cells, strict=False) if rest]
    return 0 < len(pieces) == sum(map(bool, cells)) and all(starmap(is_broken_label, pieces))


def _find_starts(lines: Sequence[Line]) -> list[int]:
    """Return where cells begin before which every line is blank."""
    cells = [found.span() for line in lines for found in _CELL.finditer(line.text)]
    taken = {at for first, end in cells for at in range(first, end)}
    return sorted(
        {first for first, _ in cells if not taken.intersection(range(max(first - PLACED.apart, 0), first))}
    )


def _split_line(line: Line, starts: Sequence[int]) -> tuple[str, ...]:
    ends = [*starts[1:], len(line.text)]
    return tuple(
        line.text[first:end].strip()
        for first, end in zip(starts, ends, strict=True)
        if first < len(line.text)
    )


def _is_header(row: Sequence[str]) -> bool:
    return sum(map(is_column_label, row)) >= PLACED.padded_columns


def _is_whole(row: Sequence[str]) -> bool:
    """Tell whether each cell is one, and the figures of a row stand behind its label, or all alone."""
    labels = [cell for cell in row if cell and not is_figure(cell)]
    is_told = not labels or any(map(is_row_label, labels)) or not any(map(is_figure, row))
    return is_told and not any(" " * PLACED.apart in cell for cell in row)
