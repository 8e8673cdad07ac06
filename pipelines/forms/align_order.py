"""Cells of which blank ones stand but spans are lost: rows by tabs or pipes, a cell a line.

A label that covered several columns has lost them in one of three ways: blank cells behind the label, blank
cells at the end of the row, or no cells at all. Which way is a matter of the page, so that within a page the
rows are of one width, or have no cell too many. A row that keeps neither may have lost a cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.forms.cell_values import number_of
from pipelines.forms.lines import is_figure, is_filled
from pipelines.grid import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.forms.column_headers import Header
    from pipelines.forms.lines import Line
    from pipelines.grid import Table, TableCell

FEWEST_WITNESSES = 3
"""Rows that agree, where one or two may agree by chance."""
Shape = tuple[int, int, int, int]
"""Of a row: its table, its stretch of rows of one shape, how many cells it has, how many for its labels."""


@dataclass(frozen=True, slots=True)
class Widths:
    """What the rows of a sheet show of how they lost their spans.

    Attributes:
        shapes: by the id of the row.
        uniform: the ids of the rows that have as many cells behind their labels as all others, those with
            labels of other depths included: no blank cell makes up for a lost one.
        supported: those, and the ids of the rows that are as wide as the rows beside them.
        exact: how many rows have as many values as columns.
        has_padding: whether any row has more cells than columns behind its label.
        outspread: the ids of the tables in which some row spreads its figures over more cells than columns.
        lose_blanks: whether no blank cell is kept, though some rows have fewer cells than columns.
        leads: by shape, how many blank cells stand before the first value; for tables whose rows are uniform,
            also by that of the whole table.
    """

    shapes: Mapping[int, Shape]
    uniform: frozenset[int]
    supported: frozenset[int]
    exact: int
    has_padding: bool
    outspread: frozenset[int]
    lose_blanks: bool
    leads: Mapping[Shape, int]


NO_WIDTHS = Widths(
    {}, frozenset(), frozenset(), 0, has_padding=False, outspread=frozenset(), lose_blanks=False, leads={}
)


def observe_widths(lines: Sequence[Line], count: int) -> Widths:
    """Observe the rows of a sheet.

    Args:
        lines: its rows with cells, in order.
        count: how many columns the sheet has.
    """
    least = _least_widths(lines)
    uniform = _uniform_rows(lines)
    supported = uniform | {
        id(line.row)
        for number, line in enumerate(lines)
        if len(line.row.cells) >= least[id(line.table)] and _is_supported(lines, number)
    }
    supported -= _longer_rows(lines)
    shapes = _shapes_of(lines)
    leads: dict[Shape, set[int]] = defaultdict(set)
    for line in lines:
        found = _possible_leads(line, count)
        if id(line.row) in supported and len(found) == 1 and line.has_figures:
            leads[shapes[id(line.row)]].update(found)
            if id(line.row) in uniform:
                leads[_whole_table(line)].update(found)
    return Widths(
        shapes,
        uniform,
        supported,
        exact=sum(1 for line in lines if len(line.values) == count),
        has_padding=any(len(line.values) > count for line in lines),
        outspread=frozenset(id(line.table) for line in lines if _spread_of(line) > count),
        lose_blanks=_lose_blanks(lines, count),
        leads={shape: next(iter(found)) for shape, found in leads.items() if len(found) == 1},
    )


def _lose_blanks(lines: Sequence[Line], count: int) -> bool:
    """Tell whether rows are short because they lost blank cells; a single one has lost any cell."""
    # Whoever copies a table may drop the cells that hold nothing; then no tab borders a blank one.
    short = sum(1 for line in lines if len(line.values) < count)
    return short > 1 and all(len(line.filled) == len(line.values) for line in lines)


def place_in_order(line: Line, header: Header, widths: Widths) -> Sequence[TableCell]:
    """Return the cells of a row that stand in its columns: those that only pad it are left out.

    Args:
        line: a row that states at least one figure, and no more than there are columns.
        header: its columns.
        widths: what the rows of its sheet show.

    Returns:
        None of them where the row may have lost one, or it is not told which only pad it.
    """
    count = len(header.columns)
    joined = [number for number in line.filled if "\n" in line.values[number].text]
    all_stand = len(line.filled) == count and not joined
    leads = () if _may_be_two_rows(line, joined) else _possible_leads(line, count)
    if not leads or not _is_borne_out(line, header, widths, all_stand=all_stand):
        return ()
    lead = leads[0] if len(leads) == 1 else _usual_lead(line, header, widths)
    if lead not in leads:
        return ()
    if len(line.values) > count and (id(line.table) in widths.outspread or _ends_in_words(line)):
        return ()
    return line.values[lead : lead + count]


def _ends_in_words(line: Line) -> bool:
    """Tell whether the last cell of a row holds words: of the line below, where two lines became one."""
    return not is_figure(line.figures[-1].text)


def _may_be_two_rows(line: Line, joined: Sequence[int]) -> bool:
    """Tell whether a row may be two, of which the second lost its label.

    Where a line feed stands in a cell that is not the last, the cells behind it may be those of the second. A
    cell a line has no such rows.
    """
    return bool(joined) and joined[0] != line.filled[-1] and line.table.layout is not Layout.LINES


def _is_borne_out(line: Line, header: Header, widths: Widths, *, all_stand: bool) -> bool:
    """Tell whether a row has lost no cell: it states all, or is as wide as its header or its neighbours."""
    is_exact = len(line.values) == len(header.columns)
    others = widths.exact - is_exact
    if header.lead is not None and header.table is line.table:
        return len(line.row.cells) == header.width or (all_stand and header.is_whole)
    if not header.is_whole:
        return is_exact and not widths.has_padding and others >= FEWEST_WITNESSES
    if all_stand:
        return True
    if is_exact and not widths.has_padding and others >= FEWEST_WITNESSES:
        return True
    return id(line.row) in widths.supported or (len(widths.shapes) == 1 and _stands_by_itself(line, header))


def _stands_by_itself(line: Line, header: Header) -> bool:
    """Tell whether a row that has none beside it has lost no cell: it is as wide as its header.

    A blank cell at an edge may make up for one that is lost, unless sums confirm that none is.
    """
    cells = line.values[: len(header.columns)]
    if len(line.row.cells) != header.width or line.filled[-1] >= len(cells):
        return False
    is_framed = is_filled(cells[0]) and is_filled(cells[-1])
    return line.table.layout is Layout.LINES or is_framed or _confirm_each_other(header.parts_of(cells))


def _confirm_each_other(parts: Sequence[Sequence[TableCell]]) -> bool:
    """Tell whether every part that states anything states its total and adds up, one of them to a number."""
    stated = [part for part in parts if any(map(is_filled, part))]
    sums = [[number_of(cell.text) or Decimal(0) for cell in part if is_filled(cell)] for part in stated]
    add_up = all(
        is_filled(part[-1]) and sum(one) == 2 * one[-1] for part, one in zip(stated, sums, strict=True)
    )
    return add_up and any(one[-1] for one in sums)


def _usual_lead(line: Line, header: Header, widths: Widths) -> int | None:
    if header.lead is not None and header.table is line.table and line.depth == 1:
        return header.lead
    of_grid = _lead_of_grid(line, header, widths)
    if id(line.row) not in widths.shapes:
        return None
    of_table = widths.leads.get(_whole_table(line))
    return widths.leads.get(widths.shapes[id(line.row)], of_table if of_grid is None else of_grid)


def _lead_of_grid(line: Line, header: Header, widths: Widths) -> int | None:
    """Return the lead where every place of a grid has its cell, so that values stand below the header.

    That is so where the header says where they begin, and all rows of its width that are certain agree,
    those with deeper labels too.
    """
    if header.start is None or header.table is not line.table or header.start[1] != len(line.row.cells):
        return None
    same = (id(line.table), len(line.row.cells))
    starts = {
        depth + lead for (table, _, width, depth), lead in widths.leads.items() if (table, width) == same
    }
    return header.start[0] - line.depth if starts == {header.start[0]} else None


def _possible_leads(line: Line, count: int) -> list[int]:
    """Return how many cells may be left out before the first value, so that all left out are blank."""
    spare = len(line.values) - count
    if spare < 0 or not line.filled:
        return []
    first, last = line.filled[0], line.filled[-1]
    return [lead for lead in range(spare + 1) if lead <= first and last < lead + count]


def _spread_of(line: Line) -> int:
    return line.filled[-1] - line.filled[0] + 1 if line.filled else 0


def _shapes_of(lines: Sequence[Line]) -> dict[int, Shape]:
    shapes: dict[int, Shape] = {}
    stretch, before = 0, None
    for line in lines:
        shape = (id(line.table), len(line.row.cells), line.depth)
        stretch += shape != before
        before = shape
        shapes[id(line.row)] = (shape[0], stretch, *shape[1:])
    return shapes


def _whole_table(line: Line) -> Shape:
    return id(line.table), 0, 0, 0


def _is_supported(lines: Sequence[Line], number: int) -> bool:
    """Tell whether a row is as wide as both rows beside it, or as the next two on one side."""
    width, table = len(lines[number].row.cells), lines[number].table

    def is_alike(other: int) -> bool:
        if not 0 <= other < len(lines):
            return False
        return lines[other].table is table and len(lines[other].row.cells) == width

    before, behind = is_alike(number - 1), is_alike(number + 1)
    return (before and (behind or is_alike(number - 2))) or (behind and is_alike(number + 2))


def _uniform_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of the rows in tables where labels of different depth leave equally many cells.

    One row may be shorter, which then is not among them: it has lost a cell.
    """
    by_table: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_table[id(line.table)].append(line)
    uniform: set[int] = set()
    for rows in by_table.values():
        count, times = Counter(len(line.values) for line in rows).most_common(1)[0]
        alike = [line for line in rows if len(line.values) == count]
        depths = Counter(line.depth for line in alike)
        longest = max(len(line.values) for line in rows)
        for line in alike if times >= len(rows) - 1 and longest == count else ():
            depths_of_others = len(depths) - (depths[line.depth] == 1)
            if depths_of_others > 1:
                uniform.add(id(line.row))
    return frozenset(uniform)


def _longer_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of the rows that alone have more cells behind their label than all beside them."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for line in lines:
        counts[id(line.table)][len(line.values)] += 1
    longer = {
        table: max(times) for table, times in counts.items() if len(times) == 2 and times[max(times)] == 1
    }
    return frozenset(id(line.row) for line in lines if longer.get(id(line.table)) == len(line.values))


def _least_widths(lines: Sequence[Line]) -> dict[int, int]:
    """Return by table how wide a row must be to have kept the blank cells at its end."""
    tables = {id(line.table): line.table for line in lines}
    return {key: _least_width(_Same(key, table)) for key, table in tables.items()}


@dataclass(frozen=True, slots=True)
class _Same:
    """A table by its `id`: to compare two by their cells would take as long as what is asked."""

    key: int
    table: Table = field(compare=False)


# One, since the sheets of a table come one after the other: hundreds where somebody strung reports together.
@lru_cache(maxsize=1)
def _least_width(one: _Same) -> int:
    """Any width will do where some row ends in a blank cell; where none does they may have been trimmed."""
    rows = [row.cells for row in one.table.rows if row.cells]
    return 0 if any(not is_filled(cells[-1]) for cells in rows) else max(map(len, rows), default=0)
