r"""An element as text: one line per block, one line per table row.

<p>一、主动公开</p><table>…</table><p>二、…</p>
  →  "一、主动公开", "项目\t数量\n许可\t3" (a table), "二、…"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.decode.inline import LINE_BREAK, InlineText, walk
from pipelines.decode.tables import inner_statutory_tables, is_data_table, read_grid
from pipelines.tables.from_grid import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.decode.elements import Element
    from pipelines.decode.tables import Grid
    from pipelines.tables.records import Table


@dataclass(frozen=True, slots=True)
class Block:
    """One line of a rendered page, or one table of several lines.

    Attributes:
        text: the line; for a table its rows, separated by line feeds.
        grid: of a table, which is never cut, moved or trimmed; None for a line.
    """

    text: str
    grid: Grid | None = None

    @property
    def is_table(self) -> bool:
        """Whether this is a table."""
        return self.grid is not None


@dataclass(frozen=True, slots=True)
class RenderedBlocks:
    """The blocks of an element in order.

    Attributes:
        blocks: none of them blank, but for tables, whose blank cells are kept.
        capped: whether a table was beyond the caps of its grid.
    """

    blocks: tuple[Block, ...]
    capped: bool = False


def render_blocks(element: Element) -> RenderedBlocks:
    """Render what an element shows."""
    text = InlineText()
    blocks: list[Block] = []
    for piece in walk(element, is_data_table):
        if piece is LINE_BREAK:
            text.break_line()
        elif isinstance(piece, str):
            text.add(piece)
        else:
            blocks += map(Block, text.taken())
            for table in (piece, *inner_statutory_tables(piece)):
                blocks += _table_blocks(table)
    blocks += map(Block, text.taken())
    return RenderedBlocks(tuple(blocks), any(block.grid.capped for block in blocks if block.grid))


def _table_blocks(table: Element) -> Iterator[Block]:
    yield from map(Block, _caption(table))
    grid = read_grid(table)
    if grid.rows:
        yield Block("\n".join(grid.lines()), grid)


def join_blocks(blocks: Iterable[Block]) -> tuple[str, tuple[Table, ...]]:
    """Return the text of blocks, a line feed between two, and the tables in it with their places."""
    lines: list[str] = []
    tables: list[Table] = []
    position = 0
    for block in blocks:
        if block.grid is not None:
            tables.append(table_of(block.grid, position, block.text.split("\n")))
        lines.append(block.text)
        position += len(block.text) + 1
    return "\n".join(lines), tuple(tables)


def _caption(table: Element) -> list[str]:
    text = InlineText()
    for caption in table.iterchildren("caption"):
        text.feed(caption)
    return text.taken()
