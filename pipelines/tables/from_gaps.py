"""Tables whose cells are padded to the width of their columns: every line is blank before each column.

    一、本年新收政府信息公开申请数量    2004    9878  10737      so sets a page who pads cells (inscriptis)
    （一）予以公开                              9

So a blank cell keeps its place as it does between tabs, and what spans rows or columns is lost alike.
"""

from __future__ import annotations

import re
from itertools import starmap
from typing import TYPE_CHECKING

from pipelines.forms.label_matching import heading_table
from pipelines.forms.printed_labels import is_broken_label, is_column_label, is_row_label
from pipelines.grid import Layout
from pipelines.tables.page_columns import PLACED
from pipelines.tables.text_rows import PrintedRow, is_figure, joined_lines, lines_between, table_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.grid import Table
    from pipelines.tables.text_rows import Line

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
