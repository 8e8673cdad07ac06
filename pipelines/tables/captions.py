"""The small headings that stand above parts of T4, in which one printed table is set as several.

### 行政复议 ⏎ | 结果维持 | 结果纠正 | … ⏎ | 3 | 1 | …        names of columns do not tell which part it is
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import forms_alone, tables_of
from pipelines.forms.labels import bare_label
from pipelines.grid import TableCell, TableRow
from pipelines.tables.text_rows import line_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.grid import Table
    from pipelines.tables.text_rows import Line

_MARKS = "#* _"


def with_captions(text: str, tables: Iterable[Table]) -> Iterator[Table]:
    """Yield tables, each with the name of a block of T4 that stands above it as its first row.

    Args:
        text: of the document.
        tables: all of it, in order.
    """
    floor = 0
    for table in tables:
        caption = _caption_above(text, table.start, floor)
        floor = table.end
        if caption is None:
            yield table
            continue
        name = TableCell(
            caption.text.strip(_MARKS), 0, max(cell.end for row in table.rows for cell in row.cells)
        )
        below = (replace(row, number=row.number + 1) for row in table.rows)
        yield replace(table, rows=(TableRow((name,), caption.text, caption.start, 0), *below))


def _caption_above(text: str, start: int, floor: int) -> Line | None:
    """Return the line right above a table, blank ones passed over, if it is the name of a block."""
    line = line_before(text, start)
    while line is not None and line.is_blank and line.start > floor:
        line = line_before(text, line.start)
    is_name = (
        line is not None and line.start >= floor and bare_label(line.text.strip(_MARKS)) in _names_of_blocks()
    )
    return line if is_name else None


@cache
def _names_of_blocks() -> frozenset[str]:
    tables = tables_of("t4", forms_alone())
    return frozenset(bare_label(block.caption or "") for table in tables for block in table.blocks)
