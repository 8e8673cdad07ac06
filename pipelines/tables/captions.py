"""The small headings that stand above parts of T4, in which one printed table is set as several.

### 行政复议 ⏎ | 结果维持 | 结果纠正 | … ⏎ | 3 | 1 | …        names of columns do not tell which part it is
### 行政诉讼（未经复议直接起诉） ⏎ | 结果维持 | …              nor do they below a heading of two levels
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import forms_alone, tables_of
from pipelines.forms.labels import bare_label
from pipelines.forms.printed_labels import labels_above
from pipelines.grid import TableCell, TableRow
from pipelines.tables.text_rows import line_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.grid import Table
    from pipelines.tables.text_rows import Line

_MARKS = "#* _"
_BETWEEN = "()-—:、·"


def with_captions(text: str, tables: Iterable[Table]) -> Iterator[Table]:
    """Yield tables, each with the name of a block of T4 that stands above it as its first row.

    Args:
        text: of the document.
        tables: all of it, in order.
    """
    floor = 0
    for table in tables:
        caption = _line_above(text, table.start, floor)
        floor = table.end
        block = _name_block(caption.text) if caption else ""
        if caption is None or not block:
            yield table
            continue
        name = TableCell(block, 0, max(cell.end for row in table.rows for cell in row.cells))
        below = (replace(row, number=row.number + 1) for row in table.rows)
        yield replace(table, rows=(TableRow((name,), caption.text, caption.start, 0), *below))


def _line_above(text: str, start: int, floor: int) -> Line | None:
    """Return the line right above a table, blank ones passed over, if it belongs to no other."""
    line = line_before(text, start)
    while line is not None and line.is_blank and line.start > floor:
        line = line_before(text, line.start)
    return line if line is not None and line.start >= floor else None


def _name_block(line: str) -> str:
    """Return the block that a line names, by itself or behind what spans it; empty where it names none."""
    names, spanning = _names_of_blocks()
    bare = bare_label(line.strip(_MARKS))
    words = next((bare.removeprefix(outer).strip(_BETWEEN) for outer in spanning if outer in bare), bare)
    return next((name for name in (bare, words) if name in names), "")


@cache
def _names_of_blocks() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of T4's blocks, and of what spans several of them."""
    tables = tables_of("t4", forms_alone())
    names = frozenset(bare_label(block.caption or "") for table in tables for block in table.blocks)
    return names, frozenset(labels_above("t4")) - names
