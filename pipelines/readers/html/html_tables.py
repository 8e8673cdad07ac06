r"""An element as blocks: one line per block, and its tables as grids, spans expanded, nothing glued together.

    <p>一、公开</p><table>…</table><p>二、…</p>  →  "一、公开", "项目\t数量\n许可\t3" (a table), "二、…"

A grid follows the table algorithm of the HTML standard. Three kinds of markup need a rule of ours:

- `rowspan="0"` reaches to the end of the table; a span that is no number is 1; `2%` is 2.
- Spans are capped, so that one attribute cannot ask for a billion cells. Rows and cells that are really
  there are never dropped: a table beyond the caps is read row by row, without expanding spans.
- A table in a cell makes the outer one a frame for layout, not data; but a statutory table is data whatever
  its markup, and one that stands in a cell of another is a table of its own, no part of that cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, takewhile

from pipelines.decoded import Block, table_block
from pipelines.forms.labels import STATUTORY
from pipelines.forms.printed_labels import is_statutory
from pipelines.grid import Cell, Grid, lay_out_cells
from pipelines.knowledge import Thresholds
from pipelines.readers.html.elements import Element, show_lines
from pipelines.text.page_source import fold_line

MARK = "gongkai-cell"
"""The attribute by which a caller who marks cells in a page finds them again in its grids."""


class GridThresholds(Thresholds):
    """What tells a table from a layout, and bounds it, in pages, word files and sheets alike."""

    most_columns: int
    most_rows: int
    box_chars: int
    article_chars: int
    article_blocks: int


GRIDS = GridThresholds.load("grids")

SECTIONS = frozenset({"thead", "tbody", "tfoot", "form"})
"""What may stand between a table and its rows; a form does on careless pages."""
# Cells of a table in which its labels are looked for: more than the largest form has.
_CELLS_THAT_TELL = 400
# Pieces of markup that the beginning of a cell is read from when its label is looked for.
_LABEL_PIECES = 60
FORMS = ("form", "iframe", "h1", "h2", "ucapcontent")
BLOCKS_IN_CELL = ("p", "div", "br", "li", "h3", "h4", "h5", "h6")
BORDER = re.compile(
    r"border(?:-(?:top|left|right|bottom|width|style))?\s*:(?!\s*(?:none|0|medium none))", re.IGNORECASE
)


def read_grid(table: Element) -> Grid:
    """Expand a `<table>` element into its grid; rows without cells that nothing covers are left out."""
    rows = [list(own_cells(row)) for row in own_rows(table)]
    if len(rows) > GRIDS.most_rows or any(len(row) > GRIDS.most_columns for row in rows):
        return _unexpanded_grid(rows)
    origins: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for element in row:
            while (y, x) in taken:
                x += 1
            origins.append(_place_cell(element, y, x, len(rows), taken))
        if len(taken) > GRIDS.most_columns * GRIDS.most_rows:
            return _unexpanded_grid(rows)
    width = max((x + 1 for _, x in taken), default=0)
    grid = lay_out_cells(origins, len(rows), width, fills_rows=True)
    printed = tuple(row for row in grid.rows if not all(cell.is_filler for cell in row))
    too_wide = (
        "colspan" in cell.attrib and _span_of(cell.get("colspan"), zero=1) > GRIDS.most_columns
        for row in rows
        for cell in row
    )
    return Grid(printed, capped=any(too_wide))


def own_rows(table: Element) -> Iterator[Element]:
    """Yield the rows of a table in order, not those of tables inside it.

    Cells that stand outside a row, as on old pages, make one row: their parent stands for it.
    """
    stray_seen = False
    for child in table.iterchildren("tr", "td", "th", *SECTIONS):
        if child.tag in SECTIONS:
            yield from own_rows(child)
        elif child.tag == "tr":
            yield child
        elif not stray_seen:
            stray_seen = True
            yield table


def own_cells(row: Element) -> Iterator[Element]:
    """Yield the cells of a row."""
    return iter(row.iterchildren("td", "th"))


def cell_text(cell: Element) -> str:
    r"""Return a cell's text as printed, its blocks separated by `\n`; empty when blank."""
    if len(cell) == 0:
        return fold_line(cell.text or "")
    # A table of its own is told by itself.
    shown = show_lines(cell, is_statutory_table)
    return "\n".join(line for line in shown if isinstance(line, str))


def is_statutory_table(table: Element) -> bool:
    """Tell whether a table is one that a statutory form prescribes, by the labels in its own cells."""
    cells = (cell for row in own_rows(table) for cell in own_cells(row))
    return is_statutory(_cell_beginning(cell) for cell in islice(cells, _CELLS_THAT_TELL))


def inner_statutory_tables(table: Element) -> Iterator[Element]:
    """Yield the statutory tables that stand in the cells of a table, outer ones only."""
    for inner in table.iterdescendants("table"):
        between = takewhile(lambda above: above is not table, inner.iterancestors("table"))
        if is_statutory_table(inner) and not any(map(is_statutory_table, between)):
            yield inner


def is_data_table(table: Element) -> bool:
    """Tell a table of data from one that only arranges a page.

    A statutory table is data. Else layout is: a table that holds another table, a form, a main heading or a
    known body; a single cell; a cell that holds an article; one column without drawn borders, or one whose
    cells are running text. Everything else is data, a single row too.
    """
    return _is_data_by_structure(table) or is_statutory_table(table)


def _is_data_by_structure(table: Element) -> bool:
    if next(table.iterdescendants("table", *FORMS), None) is not None:
        return False
    rows = [cells for row in own_rows(table) if (cells := list(own_cells(row)))]
    cells = [cell for row in rows for cell in row]
    width = max(map(len, rows), default=0)
    if width == 1 and not _has_borders(table):
        return False
    sizes = [count_characters(cell) for cell in cells]
    return not arranges_text(sizes, width, lambda n: len([*cells[n].iterdescendants(*BLOCKS_IN_CELL)]))


def arranges_text(sizes: Sequence[int], width: int, count_blocks: Callable[[int], int]) -> bool:
    """Tell a table that only arranges text, by its cells: a single one, a column of running text, an article.

    Args:
        sizes: the characters of each cell.
        width: the cells of its longest row.
        count_blocks: returns how many blocks the cell of a number in `sizes` has.
    """
    if len(sizes) < 2:
        return True
    if width == 1:
        return any(size > GRIDS.box_chars for size in sizes)
    long = (number for number, size in enumerate(sizes) if size > GRIDS.article_chars)
    return any(count_blocks(number) > GRIDS.article_blocks for number in long)


def _cell_beginning(cell: Element) -> str:
    """Return the first characters of a cell; none of one that holds a table, whose labels are not its own."""
    if len(cell) == 0:
        text = cell.text or ""
        return text if len(text) <= 2 * STATUTORY.shown_chars else ""
    if next(cell.iterdescendants("table"), None) is not None:
        return ""
    return "".join(islice(cell.itertext(), _LABEL_PIECES))[: 2 * STATUTORY.shown_chars]


def count_characters(element: Element) -> int:
    """Return how many characters stand in an element, white space around its pieces not counted."""
    return sum(len(text.strip()) for text in element.itertext())


def _has_borders(table: Element) -> bool:
    if table.get("border", "0").strip() not in ("0", "") or BORDER.search(table.get("style", "")):
        return True
    cells = list(table.iterdescendants("td", "th"))
    return any(cell.tag == "th" or BORDER.search(cell.get("style", "")) for cell in cells[:20])


def _place_cell(element: Element, y: int, x: int, height: int, taken: set[tuple[int, int]]) -> Cell:
    """Return a cell that begins at a place, and take the places that it covers."""
    rows_left, columns_left = height - y, GRIDS.most_columns - x
    row_span = min(_span_of(element.get("rowspan"), zero=rows_left), rows_left)
    column_span = max(1, min(_span_of(element.get("colspan"), zero=1), columns_left))
    while any((y, x + ahead) in taken for ahead in range(1, column_span)):
        column_span -= 1  # a cell from above stands there: the standard overlaps them, we keep both
    taken.update((y + below, x + ahead) for below in range(row_span) for ahead in range(column_span))
    return Cell(cell_text(element), y, x, row_span, column_span, mark=element.get(MARK))


def _span_of(printed: str | None, *, zero: int) -> int:
    found = re.match(r"\s*\+?(\d{1,6})", printed or "")
    if not found:
        return GRIDS.most_rows if re.match(r"\s*\d{7,}", printed or "") else 1
    return int(found.group(1)) or zero


def _unexpanded_grid(rows: list[list[Element]]) -> Grid:
    return Grid(
        tuple(
            tuple(Cell(cell_text(cell), y, x, mark=cell.get(MARK)) for x, cell in enumerate(row))
            for y, row in enumerate(rows)
            if row
        ),
        capped=True,
    )


def render_blocks(element: Element) -> tuple[Block, ...]:
    """Return the blocks that an element shows: none of them blank, but for cells of tables."""
    blocks: list[Block] = []
    for shown in show_lines(element, is_data_table):
        if isinstance(shown, str):
            blocks.append(Block(shown))
        else:
            for table in (shown, *inner_statutory_tables(shown)):
                blocks += _table_blocks(table)
    return tuple(blocks)


def _table_blocks(table: Element) -> Iterator[Block]:
    for caption in table.iterchildren("caption"):
        yield from map(Block, show_lines(caption))
    grid = read_grid(table)
    if grid.rows:
        yield table_block(grid)
