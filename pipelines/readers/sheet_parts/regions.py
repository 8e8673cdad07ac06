"""A sheet as blocks: where rows hold lines of text, and where they hold a table.

A blank row ends a table. A row with a single cell is a line (a title, a heading, a paragraph), unless it
stands in a table: under a group's label, as a label whose cells are blank, as a caption across columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.readers.html.html_tables import MAX_COLUMNS, MAX_ROWS
from pipelines.tables.grid import Cell, Grid
from pipelines.tables.label_pieces import is_row_label
from pipelines.text.blocks import Block, table_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_CELLS = 300_000
"""Cells of a workbook that are not blank."""
MOST_PLACES = 1_000_000
"""Places of all grids of a workbook, blank ones too."""
MOST_LOOKS = 20_000_000
"""Looks of a cell at a merged cell in its row, whether that hides it; a sheet takes some thousands."""
UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)
HEADING = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]|附[件表]?[：:])"
)
CAPTION = re.compile(r"\s*第.{1,6}条")
"""The captions of the second table name articles of the regulation."""
PROSE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Merge:
    """A cell that covers others: its rows and columns, from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """A sheet as stored.

    Attributes:
        name: as its tab says.
        cells: the text of those that are not blank, by row and column from 0.
        merges: in any order.
    """

    name: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)


@dataclass(slots=True)
class Budget:
    """Places that may still be made of a workbook's sheets."""

    places: int = MOST_PLACES


def sheet_blocks(sheet: Sheet, budget: Budget, notes: set[str]) -> Iterator[Block]:
    """Yield a sheet's name, unless it is one that programs give, and what stands on it.

    Args:
        sheet: the sheet.
        budget: for the grids of this workbook; used up.
        notes: gains `covered_text` where a merged cell hides text, `table_capped` where spans were left out.
    """
    if not UNNAMED.match(sheet.name) and sheet.cells:
        yield Block(sheet.name)
    rows, merges = _shown_cells(sheet, notes)
    for part in _parts(rows, merges):
        if isinstance(part, str):
            yield from (Block(line) for line in part.split("\n") if line.strip())
        else:
            grid = _grid({row: rows[row] for row in part if row in rows}, part, merges, budget)
            if grid.capped:
                notes.add("table_capped")
            yield table_block(grid)


Rows = dict[int, dict[int, str]]
Merges = dict[tuple[int, int], Merge]


def _shown_cells(sheet: Sheet, notes: set[str]) -> tuple[Rows, Merges]:
    """Return the cells by row, without those that a merged cell hides, and merged cells that hold text."""
    merges = {(each.top, each.left): each for each in sheet.merges if (each.top, each.left) in sheet.cells}
    hidden = set(_hidden(sheet, notes))
    if hidden:
        notes.add("covered_text")
    rows: Rows = {}
    for (row, column), text in sorted(sheet.cells.items()):
        if (row, column) not in hidden:
            rows.setdefault(row, {})[column] = text
    return rows, merges


def _hidden(sheet: Sheet, notes: set[str]) -> Iterator[tuple[int, int]]:
    by_row: dict[int, list[Merge]] = {}
    rows_left = MOST_PLACES
    for each in sheet.merges:
        height = min(each.bottom - each.top + 1, MAX_ROWS)
        rows_left -= height
        if rows_left < 0:
            notes.add("table_capped")
            break
        for row in range(each.top, each.top + height):
            by_row.setdefault(row, []).append(each)
    looks_left = MOST_LOOKS
    for row, column in sheet.cells:
        looks_left -= len(by_row.get(row, ()))
        if looks_left < 0:
            notes.add("table_capped")
            return
        for each in by_row.get(row, ()):
            if each.left <= column <= each.right and (row, column) != (each.top, each.left):
                yield row, column


def _parts(rows: Rows, merges: Merges) -> Iterator[str | list[int]]:
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
            held_until = max([held_until, *(min(bottom, row + MAX_ROWS) for bottom in own)])
        last = row
    if table:
        yield table


def _is_line(row: int, cells: Mapping[int, str], merges: Merges, *, in_table: bool) -> bool:
    if len(cells) > 1:
        return False
    column, text = next(iter(cells.items()))
    if is_row_label(text):
        return False
    merge = merges.get((row, column))
    is_across = merge is not None and merge.right > merge.left
    if is_across and CAPTION.match(text):
        return False
    return not in_table or bool(HEADING.match(text)) or len(text) > PROSE_CHARS


def _grid(rows: Rows, numbers: Sequence[int], merges: Merges, budget: Budget) -> Grid:
    first, last = numbers[0], numbers[-1]
    left = min(min(cells) for cells in rows.values())
    places_held = ((row, column) for row, cells in rows.items() for column in cells)
    own = [merges[place] for place in places_held if place in merges]
    ends = [*(max(cells) for cells in rows.values()), *(min(m.right, m.left + MAX_COLUMNS) for m in own)]
    right = max(ends)
    height, width = last - first + 1, right - left + 1
    if height > MAX_ROWS or width > MAX_COLUMNS or height * width > budget.places:
        return _unexpanded(rows)
    budget.places -= height * width
    places = [[Cell("", y, x) for x in range(width)] for y in range(height)]
    for row, cells in rows.items():
        for column, text in cells.items():
            y, x = row - first, column - left
            merge = merges.get((row, column))
            down = 1 if merge is None else min(merge.bottom - row + 1, height - y)
            across = 1 if merge is None else min(merge.right - column + 1, width - x)
            covered = Cell(text, y, x, down, across, is_origin=False)
            for line in places[y : y + down]:
                line[x : x + across] = [covered] * across
            places[y][x] = Cell(text, y, x, down, across)
    return Grid(tuple(tuple(line) for line in places))


def _unexpanded(rows: Rows) -> Grid:
    return Grid(
        tuple(
            tuple(Cell(text, y, x) for x, text in enumerate(cells.values()))
            for y, cells in enumerate(rows.values())
        ),
        capped=True,
    )
