r"""An element as text: one line per block, one line per table row, with the spans of the tables.

<p>一、主动公开</p><table>…</table><p>二、…</p>
  →  "一、主动公开\n项目\t数量\n许可\t3\n二、…",  tables = ((7, 19),)
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


def join_blocks(blocks: tuple[Block, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Join blocks with line feeds; return the text and the half-open spans of its tables."""
    spans: list[tuple[int, int]] = []
    offset = 0
    for block in blocks:
        if block.is_table:
            spans.append((offset, offset + len(block.text)))
        offset += len(block.text) + 1
    return "\n".join(block.text for block in blocks), tuple(spans)


def _caption(table: Element) -> list[str]:
    text = InlineText()
    for caption in table.iterchildren("caption"):
        text.feed(caption)
    return text.taken()
