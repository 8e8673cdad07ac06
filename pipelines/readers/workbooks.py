"""A workbook as blocks, whatever stored it: where rows hold lines of text, and where they hold a table.

A blank row ends a table. A row with a single cell is a line (a title, a heading, a paragraph), unless it
stands in a table: under a group's label, as a label whose cells are blank, as a caption across columns.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from pipelines.decoded import Block, FileText, table_block
from pipelines.errors import UnreadableDocument
from pipelines.forms.printed_labels import is_row_label
from pipelines.grid import Cell, Grid, lay_out_cells, unexpanded_grid
from pipelines.readers.html.elements import Element
from pipelines.readers.html.html_tables import GRIDS
from pipelines.readers.number_formats import show_number
from pipelines.readers.packages import FILES
from pipelines.readers.word_text import PICTURE_NOTES

Placed = tuple[int, int, str]
"""Row and column of a cell, from 0, and its text."""
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
"""Of a sheet, from 0: as many rows and columns as Excel has."""
# Places of all grids of a workbook, blank ones too: what a reading child has memory for.
_MOST_PLACES = 1_000_000
# What programs call a sheet that nobody named: no heading.
UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)
HEADING = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]|附[件表]?[：:])"
)
CAPTION = re.compile(r"\s*第.{1,6}条")
"""The captions of the second table name articles of the regulation."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A cell that covers others: its rows and columns, from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


Cells = dict[tuple[int, int], str]
"""The texts of a sheet that are not blank, by row and column from 0."""
Rows = dict[int, dict[int, str]]
Merges = dict[tuple[int, int], Merge]


class Workbook:
    """Takes the sheets of a workbook in their order, and keeps the bounds of the whole.

    Args:
        where: its address, for errors.
        from_1904: whether days are counted from 1904.

    Attributes:
        where: its address.
        notes: worth keeping, as words.
    """

    def __init__(self, where: str, *, from_1904: bool = False) -> None:
        self.notes: set[str] = set()
        self.where = where
        self._from_1904 = from_1904
        self._blocks: list[Block] = []
        self._cells_left = FILES.workbook_cells
        self._places_left = _MOST_PLACES

    def show_number(self, stored: Decimal, number_format: str) -> str:
        """Return a number as its cell shows it; as it is stored where the format's code is not imitated."""
        shown = show_number(stored, number_format, from_1904=self._from_1904)
        if not shown.is_plain:
            self.notes.add("format_not_shown")
        return shown.text

    def add_sheet(
        self, name: str, cells: Iterable[Placed], merges: Iterable[Merge], *, is_hidden: bool
    ) -> None:
        """Take the next sheet.

        Args:
            name: as its tab says.
            cells: row and column from 0 and text of each; blank ones are left out here.
            merges: its merged cells, in any order.
            is_hidden: whether a reader of the workbook has to ask for it.

        Raises:
            UnreadableDocument: `too_big`: it has more than `workbook_cells` cells that are not blank.
        """
        kept: Cells = {}
        for row, column, text in cells:
            if not text.strip() or row > LAST_ROW or column > LAST_COLUMN:
                continue
            self._cells_left -= 1
            if self._cells_left < 0:
                raise UnreadableDocument(f"too_big: more than {FILES.workbook_cells} cells", where=self.where)
            kept[row, column] = text
        if is_hidden and kept:
            self.notes.add("hidden_sheets")
        if kept and not UNNAMED.match(name):
            self._blocks.append(Block(name))
        rows, held = _shown_cells(kept, list(islice(merges, FILES.workbook_merges)))
        if sum(map(len, rows.values())) < len(kept):
            self.notes.add("covered_text")
        for part in _split_parts(rows, held):
            if isinstance(part, str):
                self._blocks += (Block(line) for line in part.split("\n") if line.strip())
            else:
                self._add_table({row: rows[row] for row in part if row in rows}, part, held)

    def add_drawing(self, root: Element) -> None:
        """Take what floats above the last sheet: text boxes as lines; pictures and charts are noted."""
        self.notes.update(
            note for name, note in PICTURE_NOTES.items() if next(root.iter(f"{{*}}{name}"), None) is not None
        )
        for paragraph in root.iter("{*}p"):
            text = "".join(piece.text or "" for piece in paragraph.iter("{*}t")).strip()
            self._blocks += [Block(text)] if text else []

    def _add_table(self, rows: Rows, numbers: Sequence[int], merges: Merges) -> None:
        grid = _lay_out_table(rows, numbers, merges, self._places_left)
        if grid.capped:
            self.notes.add("table_capped")
        else:
            self._places_left -= sum(map(len, grid.rows))
        self._blocks.append(table_block(grid))

    def finish(self, extractor: str) -> FileText:
        """Return all sheets as one file.

        Raises:
            UnreadableDocument: `no_text`: all cells are blank.
        """
        if not self._blocks:
            raise UnreadableDocument("no_text: all cells are blank", where=self.where)
        return FileText(tuple(self._blocks), extractor, notes=tuple(sorted(self.notes)))


def fold_cell_text(stored: str) -> str:
    """Return the text of a cell with line feeds for its line ends and spaces for its tabs."""
    return stored.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()


def _shown_cells(cells: Cells, merges: Sequence[Merge]) -> tuple[Rows, Merges]:
    """Return the cells by row, without those that a merged cell hides, and merged cells that hold text."""
    hidden = set(_hidden_cells(cells, merges))
    rows: Rows = {}
    for (row, column), text in sorted(cells.items()):
        if (row, column) not in hidden:
            rows.setdefault(row, {})[column] = text
    return rows, {(each.top, each.left): each for each in merges if (each.top, each.left) in cells}


def _hidden_cells(cells: Cells, merges: Iterable[Merge]) -> Iterator[tuple[int, int]]:
    columns: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        columns.setdefault(row, []).append(column)
    numbers = list(columns)
    for each in merges:
        for row in numbers[bisect_left(numbers, each.top) : bisect_right(numbers, each.bottom)]:
            own = columns[row]
            for column in own[bisect_left(own, each.left) : bisect_right(own, each.right)]:
                if (row, column) != (each.top, each.left):
                    yield row, column


def _split_parts(rows: Rows, merges: Merges) -> Iterator[str | list[int]]:
    """Yield lines, and the numbers of rows that form a table."""
    held_until = -1
    table: list[int] = []
    last = -2
    for row, cells in rows.items():
        is_held = row <= held_until
        is_line = not is_held and _is_line(row, cells, merges, in_table=bool(table) and row == last + 1)
        if table and (is_line or (row != last + 1 and not is_held)):
            yield table
            table = []
        if is_line:
            yield next(iter(cells.values()))
        else:
            table.append(row)
            own = [merge.bottom for column in cells if (merge := merges.get((row, column)))]
            held_until = max([held_until, *(min(bottom, row + GRIDS.most_rows) for bottom in own)])
        last = row
    if table:
        yield table


def _is_line(row: int, cells: Mapping[int, str], merges: Merges, *, in_table: bool) -> bool:
    column, text = next(iter(cells.items()))
    merge = merges.get((row, column))
    is_caption = merge is not None and merge.right > merge.left and CAPTION.match(text)
    if len(cells) > 1 or is_row_label(text) or is_caption:
        return False
    return not in_table or bool(HEADING.match(text)) or len(text) > FILES.sheet_prose_chars


def _lay_out_table(rows: Rows, numbers: Sequence[int], merges: Merges, places_left: int) -> Grid:
    first, left = numbers[0], min(min(cells) for cells in rows.values())
    places_held = ((row, column) for row, cells in rows.items() for column in cells)
    own = [merges[place] for place in places_held if place in merges]
    ends = [
        *(max(cells) for cells in rows.values()),
        *(min(m.right, m.left + GRIDS.most_columns) for m in own),
    ]
    height, width = numbers[-1] - first + 1, max(ends) - left + 1
    if height > GRIDS.most_rows or width > GRIDS.most_columns or height * width > places_left:
        return unexpanded_grid([*cells.values()] for cells in rows.values())
    origins = []
    for row, cells in rows.items():
        for column, text in cells.items():
            y, x = row - first, column - left
            merge = merges.get((row, column))
            down = 1 if merge is None else min(merge.bottom - row + 1, height - y)
            across = 1 if merge is None else min(merge.right - column + 1, width - x)
            origins.append(Cell(text, y, x, down, across))
    return lay_out_cells(origins, height, width)
