r"""Tables as browsers copy them where cells hold paragraphs: a tab on a line of its own between two cells.

    行政许可 ⏎ ⏎ \t ⏎ ⏎ 9 ⏎ ⏎ ⏎ ⏎ ⏎ 第二十条第（六）项 …

Between two rows stand more blank lines than between two paragraphs of a cell; where a tab follows them, or
stands before them, a cell holds them. A table ends without any mark:
a figure and words below it are no cell, so that the words stand behind the table.

Source: `innerText`, HTML Living Standard, 3.2.7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.forms.printed_labels import begins_label, is_column_label, is_part_of_label
from pipelines.grid import Layout, Table
from pipelines.tables.text_rows import (
    DRAWN,
    LONGEST_CELL,
    Line,
    PrintedRow,
    is_figure,
    lines_between,
    printed_part,
    table_of_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# Blank lines from which on a row ends: between paragraphs of one cell stands at most one.
_ROWS_APART = 2
# Rows of a table: the least block of T2 has one below its header.
_FEWEST_ROWS = 2


@dataclass(slots=True)
class _Copied:
    """The rows of a table while they are collected.

    Attributes:
        rows: of one cell and of several; the last is open.
        is_parted: whether a tab was the last that was seen.
        blank: how many blank lines follow what was seen last.
    """

    rows: list[PrintedRow] = field(default_factory=list)
    is_parted: bool = False
    blank: int = 0

    def add_tab(self, line: Line) -> None:
        """Take in a tab on a line of its own: the cell before it is complete."""
        open_row = self.rows.pop() if self.rows else PrintedRow(line.start, line.end, ("",))
        self.rows.append(open_row.with_more(line.end, "", ""))
        self.is_parted, self.blank = True, 0

    def add_text(self, line: Line) -> bool:
        """Take in a line; returns whether the table ended before it."""
        text, is_apart = printed_part(line.text), 0 < self.blank < _ROWS_APART
        cells = self.rows[-1].cells if self.rows else ()
        # A cell may begin with blank lines; a row that ends in a blank one has a label behind them.
        is_inside = self.is_parted and not (begins_label(text) and not is_column_label(text))
        is_below = self.blank >= _ROWS_APART and not is_inside
        is_behind = len(cells) > 1 and not self.is_parted and _cannot_hold(cells[-1], text)
        is_end = is_behind and is_apart
        # Chrome leaves no blank line before a row of one cell that spans the table.
        is_caption = is_behind and not is_apart and is_part_of_label(text)
        if len(cells) == len(self.rows) == 1 and is_apart:
            # What stands above the first row may be a heading.
            self.rows = []
        if is_end or is_caption or is_below or not self.rows:
            self.rows.append(PrintedRow(line.start, line.end, (text,)))
        else:
            self.rows[-1] = self.rows[-1].with_more(line.end, text)
        self.is_parted, self.blank = False, 0
        return is_end


def _cannot_hold(last: str, text: str) -> bool:
    """Tell whether words stand behind a cell that is blank or a figure."""
    return (not last or is_figure(last)) and bool(text) and not is_figure(text)


def find_tables_by_tab_lines(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables in a stretch of text whose cells lines of one tab part."""
    copied = _Copied()
    for line in lines_between(text, start, end):
        if not line.text:
            copied.blank += 1
        elif line.text.strip(" ") == "\t":
            copied.add_tab(line)
        elif "\t" in line.text or len(line.text) > LONGEST_CELL:
            yield from _table_of(text, copied.rows)
            copied = _Copied()
        elif copied.add_text(line):
            *rows, last = copied.rows
            yield from _table_of(text, rows)
            copied.rows = [last]
    yield from _table_of(text, copied.rows)


def _table_of(text: str, rows: Sequence[PrintedRow]) -> Iterator[Table]:
    """Yield the rows from the first to the last of several cells, and captions between and right above."""
    parted = [number for number, row in enumerate(rows) if len(row.cells) > 1]
    if len(parted) < _FEWEST_ROWS:
        return
    first, last = parted[0], parted[-1]
    has_caption = first > 0 and len(rows[first - 1].cells[0]) <= DRAWN.piece_chars
    yield table_of_rows(text, Layout.TABS, rows[first - has_caption : last + 1])
