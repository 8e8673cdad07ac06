r"""Blocks: what every reader makes of its bytes, before they are one text.

"一、主动公开", [项目|数量], "二、…"   ─ join ─▶   "一、主动公开\n项目\t数量\n二、…", and where the table is
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pipelines.grid import Box, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.grid import Grid, Table


class Role(StrEnum):
    """What a block is to its document: its text, or what stands around it on paper."""

    TEXT = "text"
    RUNNING_HEAD = "running_head"
    """Repeated at the head or the foot of pages."""
    PAGE_NUMBER = "page_number"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Block:
    """One line or paragraph, or one table of several lines.

    Attributes:
        text: the line, without line feeds; for a table its rows, separated by line feeds.
        grid: of a table, which is never cut, moved or trimmed; None for a line.
        page: the page that it stands on, from 1; None in documents without pages.
        box: where on the page, in points; None where it is not told.
        role: whether it is text, or stands around it.
        confidence: of recognised characters, from 0 to 1; None where the characters were stored.
    """

    text: str
    grid: Grid | None = None
    page: int | None = None
    box: Box | None = None
    role: Role = Role.TEXT
    confidence: float | None = None

    @property
    def is_table(self) -> bool:
        """Whether this is a table."""
        return self.grid is not None


def table_block(grid: Grid, page: int | None = None, box: Box | None = None) -> Block:
    """Return a grid with at least one row as a block, its rows as lines."""
    return Block("\n".join(grid.lines()), grid, page, box)


def join_blocks(blocks: Iterable[Block]) -> tuple[str, tuple[Table, ...]]:
    """Return the text of blocks, a line feed between two, and the tables in it with their places."""
    lines: list[str] = []
    tables: list[Table] = []
    position = 0
    for block in blocks:
        if block.grid is not None:
            tables.append(table_of(block.grid, position, block.text.split("\n"), block.page))
        lines.append(block.text)
        position += len(block.text) + 1
    return "\n".join(lines), tuple(tables)


class Recognised(Protocol):
    """A text, and how sure it is."""

    @property
    def text(self) -> str:
        """Its characters."""

    @property
    def confidence(self) -> float | None:
        """From 0 to 1; None where the characters were stored."""


def mean_confidence(texts: Iterable[Recognised]) -> float | None:
    """Return the mean confidence of what was recognised, each character counted once; None for nothing."""
    recognised = [(each.confidence, len(each.text)) for each in texts if each.confidence is not None]
    total = sum(size for _, size in recognised)
    return sum(sure * size for sure, size in recognised) / total if total else None
