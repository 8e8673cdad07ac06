"""A printed passage as blocks that a page can show: its heading, its paragraphs, its tables."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a passage.

    Attributes:
        kind: `heading`, `paragraph` or `table`.
        text: the characters of a heading or a paragraph; empty for a table.
        rows: the cells of a table; empty otherwise.
    """

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def text_blocks(text: str, heading_path: str = "", level: int = 0) -> tuple[Block, ...]:
    """Cut a passage into blocks: a line is a paragraph, neighbouring lines with tabs are a table.

    Args:
        text: the passage as printed.
        heading_path: titles joined by ` › `; the last one is this passage's own.
        level: the heading level; 0 where the passage has no heading.
    """
    own = heading_path.rpartition(" › ")[2] if level else ""
    blocks = []
    if own and text.startswith(own):
        blocks.append(Block("heading", own))
        text = text[len(own) :]
    lines = [line for line in text.splitlines() if line.strip()]
    for tabular, group in groupby(lines, key=lambda line: "\t" in line):
        if tabular:
            blocks.append(Block("table", rows=tuple(tuple(line.split("\t")) for line in group)))
        else:
            blocks += [Block("paragraph", line.strip()) for line in group]
    return tuple(blocks)
