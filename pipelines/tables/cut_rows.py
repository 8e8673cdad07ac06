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

from pipelines.forms.printed_labels import is_broken_label, is_column_label, is_row_label
from pipelines.tables.text_rows import is_figure, joined_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.grid import Table, TableCell


def join_cut_rows(text: str, tables: Iterable[Table]) -> list[Table]:
    """Return tables, each row that a page's end cut in the table where it begins, and there alone.

    Args:
        text: of the document, in which nothing stands between the parts of a table.
        tables: all of it, in order.
    """
    joined: list[Table] = []
    for table in tables:
        is_beside = bool(joined) and not text[joined[-1].end : table.start].strip()
        cells = _find_cut_cells(joined[-1], table) if is_beside else ()
        if not cells:
            joined.append(table)
            continue
        *rows, last = joined[-1].rows
        first, *others = table.rows
        whole = replace(last, cells=cells, text=joined_lines(last.text, first.text))
        joined[-1] = replace(joined[-1], rows=(*rows, whole), end=first.start + len(first.text))
        if others:
            joined.append(replace(table, rows=tuple(others)))
    return joined


def _find_cut_cells(above: Table, below: Table) -> tuple[TableCell, ...]:
    """Return the cells of the row that two tables share; none where they share no row."""
    if not _goes_on(above, below):
        return ()
    last = above.rows[-1].cells
    rest = {cell.column: cell.text for cell in below.rows[0].cells if cell.text}
    if not rest or not {*rest} <= {cell.column for cell in last}:
        return ()
    pieces = [(cell.text, rest[cell.column]) for cell in last if cell.column in rest]
    # Every row of T2 and T3 has its label: figures without one go on with those of the row above, or are all
    # of them. Below a blank cell beside others they may be of another row.
    states_none = not any(is_figure(cell.text) for cell in last)
    is_row = any(is_row_label(cell.text) for cell in last) and all(map(is_figure, rest.values()))
    if not is_row and not any(map(_is_cut_label, pieces)):
        return ()
    if not all(_is_cut_label(piece) or _is_cut_figure(piece, states_none) for piece in pieces):
        return ()
    return tuple(replace(cell, text=joined_lines(cell.text, rest.get(cell.column, ""))) for cell in last)


def _is_cut_figure(pieces: tuple[str, str], states_none: bool) -> bool:
    above, below = pieces
    return is_figure(below) and (is_figure(above) or (states_none and not above))


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
