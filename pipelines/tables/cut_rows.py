"""Rows that the end of a page cut in ruled tables, put together again.

    8.属                   0  0  46        ┐
    ───────────── end of the page ─────────┤ one row
    于行政查询事项                         ┘

Office programs let a row go on overleaf and rule both parts, so that each looks like a row: the second would
be one whose cells are blank, and a figure that broke over lines would lose its last digits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.forms.printed_labels import is_broken_label, is_column_label
from pipelines.tables.text_rows import is_figure, joined_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.grid import Table, TableCell


def join_cut_rows(tables: Iterable[Table]) -> list[Table]:
    """Return tables, each row that a page's end cut in the table where it begins, and there alone.

    Args:
        tables: of a document, in order.
    """
    joined: list[Table] = []
    for table in tables:
        cells = _find_cut_cells(joined[-1], table) if joined else ()
        if cells:
            *rows, last = joined[-1].rows
            whole = replace(last, cells=cells, text=joined_lines(last.text, table.rows[0].text))
            joined[-1] = replace(joined[-1], rows=(*rows, whole))
        rest = replace(table, rows=table.rows[1:]) if cells else table
        if rest.rows or not cells:
            joined.append(rest)
    return joined


def _find_cut_cells(above: Table, below: Table) -> tuple[TableCell, ...]:
    """Return the cells of the row that two tables share; none where they share no row."""
    if not _goes_on(above, below):
        return ()
    last, first = above.rows[-1].cells, below.rows[0].cells
    rest = {cell.column: cell.text for cell in first if cell.text}
    if not rest or not {*rest} <= {cell.column for cell in last}:
        return ()
    pieces = [(cell.text, rest[cell.column]) for cell in last if cell.text and cell.column in rest]
    is_label = any(map(_is_cut_label, pieces))
    # Every row of a ruled table has its label; figures without one go on with the row above.
    is_figures = all(map(is_figure, rest.values())) and any(is_figure(cell.text) for cell in last)
    fits = all(_is_cut_label(piece) or all(map(is_figure, piece)) for piece in pieces)
    if not fits or not (is_label or is_figures):
        return ()
    return tuple(replace(cell, text=joined_lines(cell.text, rest.get(cell.column, ""))) for cell in last)


def _is_cut_label(pieces: tuple[str, str]) -> bool:
    # 总 and 计 are too short a label to be known for one that broke, but for standing where they do.
    return is_broken_label(*pieces) or is_column_label("".join(pieces))


def _goes_on(above: Table, below: Table) -> bool:
    """Tell whether a ruled table goes on overleaf with the same columns, and its characters were stored."""
    return (
        above.page is not None
        and below.page == above.page + 1
        and above.has_spans
        and below.has_spans
        and _width_of(above) == _width_of(below)
        and not any(
            cell.confidence is not None for row in (above.rows[-1], below.rows[0]) for cell in row.cells
        )
    )


def _width_of(table: Table) -> int:
    return max((cell.end for row in table.rows for cell in row.cells), default=0)
