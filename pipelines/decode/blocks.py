r"""An element as text: one line per block, one line per table row.

<p>一、主动公开</p><table>…</table><p>二、…</p>
  →  "一、主动公开", "项目\t数量\n许可\t3" (a table), "二、…"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.decode.inline import LINE_BREAK, InlineText, walk
from pipelines.decode.tables import is_data_table, read_grid

if TYPE_CHECKING:
    from pipelines.decode.elements import Element


@dataclass(frozen=True, slots=True)
class Block:
    """One line of a rendered page, or one table of several lines.

    Attributes:
        text: the line; for a table its rows, separated by line feeds.
        is_table: whether this is a table, which is never cut, moved or trimmed.
    """

    text: str
    is_table: bool = False


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
    capped = False
    for piece in walk(element, is_data_table):
        if piece is LINE_BREAK:
            text.break_line()
        elif isinstance(piece, str):
            text.add(piece)
        else:
            blocks += map(Block, text.taken())
            blocks += map(Block, _caption(piece))
            grid = read_grid(piece)
            capped = capped or grid.capped
            if grid.rows:
                blocks.append(Block("\n".join(grid.lines()), is_table=True))
    blocks += map(Block, text.taken())
    return RenderedBlocks(tuple(blocks), capped)


def _caption(table: Element) -> list[str]:
    text = InlineText()
    for caption in table.iterchildren("caption"):
        text.feed(caption)
    return text.taken()
