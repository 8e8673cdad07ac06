r"""An element as text: one line per block, one line per table row.

<p>一、主动公开</p><table>…</table><p>二、…</p>
  →  "一、主动公开", "项目\t数量\n许可\t3" (a table), "二、…"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.decode.inline import LINE_BREAK, InlineText, walk
from pipelines.decode.tables import inner_statutory_tables, is_data_table, read_grid
from pipelines.text.blocks import Block, table_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.decode.elements import Element


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
        yield table_block(grid)


def _caption(table: Element) -> list[str]:
    text = InlineText()
    for caption in table.iterchildren("caption"):
        text.feed(caption)
    return text.taken()
