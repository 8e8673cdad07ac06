"""Cells of which blank ones stand but spans are lost: rows by tabs or pipes, a cell a line.

A label that covered several columns has lost them in one of three ways: blank cells behind the label, blank
cells at the end of the row, or no cells at all. Which way is a matter of the page, so that within a page the
rows are of one width, or have no cell too many. A row that keeps neither may have lost a cell.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forms.placing import AMBIGUOUS, LAYOUT_ERROR, Placing, is_filled, nothing_printed, placed
from pipelines.forms.records import How

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.forms.headers import Header
    from pipelines.forms.lines import Line

_FEWEST_WITNESSES = 3


@dataclass(frozen=True, slots=True)
class Widths:
    """What the rows of a sheet show of how they lost their spans.

    Attributes:
        supported: the ids of the rows that are as wide as the rows beside them.
        exact: how many rows have as many values as columns.
        has_padding: whether any row has more cells than columns behind its label.
        leads: by table, width and depth of the labels: how many blank cells stand before the first value.
    """

    supported: frozenset[int]
    exact: int
    has_padding: bool
    leads: Mapping[tuple[int, int, int], int]


def widths_of(lines: Sequence[Line], count: int) -> Widths:
    """Observe the rows of a sheet.

    Args:
        lines: its rows with cells, in order.
        count: how many columns the sheet has.
    """
    least = _least_widths(lines)
    supported = frozenset(
        id(line.row)
        for number, line in enumerate(lines)
        if len(line.row.cells) >= least[id(line.table)] and _is_supported(lines, number)
    )
    leads: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    for line in lines:
        found = _leads(line, count)
        if id(line.row) in supported and len(found) == 1 and line.has_figures:
            leads[_shape(line)].update(found)
    return Widths(
        supported,
        exact=sum(1 for line in lines if len(line.values) == count),
        has_padding=any(len(line.values) > count for line in lines),
        leads={shape: next(iter(found)) for shape, found in leads.items() if len(found) == 1},
    )


def place_fields(line: Line, header: Header, widths: Widths) -> Placing:
    """Place the cells of a row in order, once those that only pad it are left out."""
    if not line.has_figures:
        return nothing_printed(header)
    count = len(header.columns)
    filled = sum(map(is_filled, line.values))
    if filled > count:
        return LAYOUT_ERROR
    leads = _leads(line, count)
    if not leads or not _is_borne_out(line, header, widths, all_stand=filled == count):
        return AMBIGUOUS
    lead = leads[0] if len(leads) == 1 else _usual_lead(line, header, widths)
    if lead not in leads or _is_unusual(line, lead, widths, all_stand=filled == count):
        return AMBIGUOUS
    return placed(line.values[lead : lead + count], header, How.GRID)


def _is_borne_out(line: Line, header: Header, widths: Widths, *, all_stand: bool) -> bool:
    """Tell whether a row has lost no cell: it states all, or is as wide as its header or its neighbours."""
    is_exact = len(line.values) == len(header.columns)
    others = widths.exact - is_exact
    if header.lead is not None and header.table is line.table:
        return len(line.row.cells) == header.width or (all_stand and header.is_whole)
    if not header.is_whole:
        return is_exact and not widths.has_padding and others >= _FEWEST_WITNESSES
    if all_stand:
        return True
    if is_exact and not widths.has_padding and others >= _FEWEST_WITNESSES:
        return True
    return id(line.row) in widths.supported


def _usual_lead(line: Line, header: Header, widths: Widths) -> int | None:
    if header.lead is not None and header.table is line.table and line.depth == 1:
        return header.lead
    return widths.leads.get(_shape(line))


def _is_unusual(line: Line, lead: int, widths: Widths, *, all_stand: bool) -> bool:
    return not all_stand and widths.leads.get(_shape(line), lead) != lead


def _leads(line: Line, count: int) -> list[int]:
    """Return how many cells may be left out before the first value, so that all left out are blank."""
    spare = len(line.values) - count
    filled = [number for number, cell in enumerate(line.values) if is_filled(cell)]
    if spare < 0 or not filled:
        return []
    return [lead for lead in range(spare + 1) if lead <= filled[0] and filled[-1] < lead + count]


def _shape(line: Line) -> tuple[int, int, int]:
    return id(line.table), len(line.row.cells), line.depth


def _is_supported(lines: Sequence[Line], number: int) -> bool:
    """Tell whether a row is as wide as both rows beside it, or as the next two on one side."""
    width, table = len(lines[number].row.cells), lines[number].table

    def is_alike(other: int) -> bool:
        if not 0 <= other < len(lines):
            return False
        return lines[other].table is table and len(lines[other].row.cells) == width

    before, behind = is_alike(number - 1), is_alike(number + 1)
    return (before and (behind or is_alike(number - 2))) or (behind and is_alike(number + 2))


def _least_widths(lines: Sequence[Line]) -> dict[int, int]:
    """Return by table how wide a row must be to have kept the blank cells at its end.

    Any width will do where some row ends in a blank cell; where none does they may have been trimmed.
    """
    tables = {id(line.table): line.table for line in lines}
    return {
        key: 0
        if any(row.cells and not is_filled(row.cells[-1]) for row in table.rows)
        else max(len(row.cells) for row in table.rows)
        for key, table in tables.items()
    }
