"""Cells of which blank ones stand but spans are lost: rows by tabs or pipes, a cell a line.

A label that covered several columns has lost them in one of three ways: blank cells behind the label, blank
cells at the end of the row, or no cells at all. Which way is a matter of the page, so that within a page the
rows are of one width, or have no cell too many. A row that keeps neither may have lost a cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby, pairwise

from pipelines.forms.cell_values import number_of
from pipelines.forms.column_headers import Header
from pipelines.forms.lines import Line, is_figure, is_filled
from pipelines.grid import Cell, Layout
from pipelines.structs import FrozenStruct

FEWEST_WITNESSES = 3
"""Rows that agree, where one or two may agree by chance."""
Shape = tuple[int, int, int]
"""Of a row: its stretch of rows of one shape, how many cells it has, how many for its labels."""


class Widths(FrozenStruct):
    """What the rows of a printed table show of how they lost their spans.

    Attributes:
        shapes: by the id of the row.
        leads: by shape, how many blank cells stand before the first value.
        uniform_lead: the same for the rows that are uniform; None where they do not tell.
        uniform: the ids of the rows that have as many cells behind their labels as all others, those with
            labels of other depths included: no blank cell makes up for a lost one.
        supported: those, and the ids of the rows that are as wide as the rows beside them.
        exact: how many rows of the sheet have as many values as columns.
        has_padding: whether any row of the sheet has more cells than columns behind its label.
        is_outspread: whether some row of the sheet spreads its figures over more cells than columns, or rows
            that are alike do together.
        loses_blanks: whether no blank cell is kept, though some rows of the sheet have fewer than columns.
    """

    shapes: Mapping[int, Shape] = {}
    leads: Mapping[Shape, int] = {}
    uniform_lead: int | None = None
    uniform: frozenset[int] = frozenset()
    supported: frozenset[int] = frozenset()
    exact: int = 0
    has_padding: bool = False
    is_outspread: bool = False
    loses_blanks: bool = False


def observe_widths(lines: Sequence[Line], sheet: Sequence[Line], count: int) -> Widths:
    """Observe the rows of a printed table.

    Args:
        lines: its rows with cells, in order.
        sheet: those, and the rows of the other tables that the sheet is cut into.
        count: how many columns the sheet has.
    """
    uniform = _uniform_rows(lines)
    supported = uniform | _supported_rows(lines)
    shapes: dict[int, Shape] = {}
    of_one_shape = groupby(lines, key=lambda line: (len(line.row.cells), line.depth))
    for stretch, (shape, alike) in enumerate(of_one_shape):
        shapes |= {line.row_id: (stretch, *shape) for line in alike}
    certain = [
        (line.row_id, found[0])
        for line in lines
        if line.row_id in supported and len(found := _possible_leads(line, count)) == 1
    ]
    leads: dict[Shape, set[int]] = defaultdict(set)
    for row, lead in certain:
        leads[shapes[row]].add(lead)
    of_uniform = {lead for row, lead in certain if row in uniform}
    short = sum(1 for line in sheet if len(line.values) < count)
    return Widths(
        shapes,
        {shape: next(iter(found)) for shape, found in leads.items() if len(found) == 1},
        next(iter(of_uniform)) if len(of_uniform) == 1 else None,
        uniform,
        supported,
        exact=sum(1 for line in sheet if len(line.values) == count),
        has_padding=any(len(line.values) > count for line in sheet),
        is_outspread=len(of_uniform) > 1
        or any(line.filled[-1] - line.filled[0] >= count for line in sheet if line.filled),
        # Whoever copies a table may drop the cells that hold nothing; then no tab borders a blank one. A
        # single row that is short has lost any cell.
        loses_blanks=short > 1 and all(len(line.filled) == len(line.values) for line in sheet),
    )


def _supported_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of the rows that are as wide as both rows beside them, or as the next two on one side.

    Where none ends in a blank cell those at the ends of rows may have been trimmed, so that only the widest
    have kept theirs.
    """
    widths = [len(line.row.cells) for line in lines]
    printed = [row.cells for row in lines[0].table.rows if row.cells] if lines else []
    least = max(map(len, printed), default=0) if all(is_filled(cells[-1]) for cells in printed) else 0
    supported = set()
    for number, line in enumerate(lines):
        beside = [number + step for step in (-2, -1, 1, 2)]
        alike = [0 <= at < len(widths) and widths[at] == widths[number] for at in beside]
        if any(map(all, pairwise(alike))) and widths[number] >= least:
            supported.add(line.row_id)
    return frozenset(supported)


def _uniform_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of the rows if labels of different depth leave equally many cells.

    One row may be shorter, which then is not among them: it has lost a cell.
    """
    counts = Counter(len(line.values) for line in lines)
    longest = max(counts, default=0)
    if counts[longest] < len(lines) - 1:
        return frozenset()
    alike = [line for line in lines if len(line.values) == longest]
    depths = Counter(line.depth for line in alike)
    return frozenset(line.row_id for line in alike if len(depths) - (depths[line.depth] == 1) > 1)


def place_in_order(line: Line, header: Header, widths: Widths) -> Sequence[Cell]:
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
    leads = range(0) if _may_be_two_rows(line, joined) else _possible_leads(line, count)
    if not leads or not _is_borne_out(line, header, widths, all_stand=all_stand):
        return ()
    lead = leads[0] if len(leads) == 1 else _usual_lead(line, header, widths)
    if lead is None or lead not in leads:
        return ()
    # Words in the last cell are of the line below, where two lines became one.
    if len(line.values) > count and (widths.is_outspread or not is_figure(line.figures[-1].text)):
        return ()
    return line.values[lead : lead + count]


def _may_be_two_rows(line: Line, joined: Sequence[int]) -> bool:
    """Tell whether a row may be two, of which the second lost its label.

    Where a line feed stands in a cell that is not the last, the cells behind it may be those of the second. A
    cell a line has no such rows.
    """
    return bool(joined) and joined[0] != line.filled[-1] and line.table.layout is not Layout.LINES


def _is_borne_out(line: Line, header: Header, widths: Widths, *, all_stand: bool) -> bool:
    """Tell whether a row has lost no cell: it states all, or is as wide as its header or its neighbours."""
    is_exact = len(line.values) == len(header.columns)
    has_witnesses = is_exact and not widths.has_padding and widths.exact > FEWEST_WITNESSES
    if header.lead is not None and header.table is line.table:
        return len(line.row.cells) == header.width or (all_stand and header.is_whole)
    if not header.is_whole:
        return has_witnesses
    if all_stand or has_witnesses or line.row_id in widths.supported:
        return True
    return len(widths.shapes) == 1 and _stands_by_itself(line, header)


def _stands_by_itself(line: Line, header: Header) -> bool:
    """Tell whether a row that has none beside it has lost no cell: it is as wide as its header.

    A blank cell at an edge may make up for one that is lost, unless sums confirm that none is.
    """
    cells = line.values[: len(header.columns)]
    if len(line.row.cells) != header.width or line.filled[-1] >= len(cells):
        return False
    is_framed = is_filled(cells[0]) and is_filled(cells[-1])
    return line.table.layout is Layout.LINES or is_framed or _confirm_each_other(header.parts_of(cells))


def _confirm_each_other(parts: Sequence[Sequence[Cell]]) -> bool:
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
    return widths.leads.get(widths.shapes[line.row_id], widths.uniform_lead) if widths.shapes else None


def _possible_leads(line: Line, count: int) -> range:
    """Return how many cells may be left out before the first value, so that all left out are blank."""
    if not line.filled:
        return range(0)
    most = min(len(line.values) - count, line.filled[0])
    return range(max(line.filled[-1] + 1 - count, 0), most + 1)
