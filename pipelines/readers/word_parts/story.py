"""A story of a word processor: paragraphs, text boxes and tables, in order, as blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.word_parts.names import W
from pipelines.readers.word_parts.tables import (
    PrintedCell,
    children_of,
    grid_of,
    has_revised_rows,
    is_frame,
    place_cells,
    rows_of,
)
from pipelines.tables.label_pieces import is_statutory
from pipelines.text.blocks import Block, Role, table_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.html.elements import Element
    from pipelines.readers.word_parts.words import Words

CHINESE = re.compile("[\u3400-\u9fff]")
SHORTEST_TITLE, LONGEST_TITLE = 6, 100
BLOCKS_WITH_TITLE = 20
"""Blocks at the head of a file in which its title stands, where what it states as such is none of another."""
PAGE_FIELD = re.compile(r"\b(?:PAGE|NUMPAGES|SECTIONPAGES)\b")


class Story:
    """Reads blocks in their order; numbers count on from part to part.

    Args:
        words: reads its paragraphs.

    Attributes:
        notes: observations, as words.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self.notes = words.notes

    def blocks(self, parent: Element) -> Iterator[Block]:
        """Yield what stands in a body, a cell or a text box."""
        for child in children_of(parent, "p", "tbl", "altChunk"):
            if child.tag == f"{W}p":
                paragraph = self._words.read(child)
                yield from map(Block, paragraph.lines)
                for box in paragraph.boxes:
                    yield from self.blocks(box)
            elif child.tag == f"{W}tbl":
                yield from self._table(child)
            else:
                self.notes.add("embedded_document")

    def _table(self, table: Element) -> Iterator[Block]:
        if has_revised_rows(table):
            self.notes.add("tracked_changes")
        rows: list[list[PrintedCell]] = []
        parts: list[list[Block]] = []
        for row in rows_of(table):
            contents = [list(self.blocks(cell)) for cell in children_of(row, "tc")]
            placed = place_cells(row, [_printed(content) for content in contents])
            rows.append(placed)
            parts += contents
            if any(cell.text and cell.down == "continues" for cell in placed):
                self.notes.add("covered_text")
        inner = [block for content in parts for block in content if block.is_table]
        is_form = is_statutory(cell.text for row in rows for cell in row)
        if not is_form and (inner or is_frame(rows)):
            for content in parts:
                yield from content
            return
        grid = grid_of(rows)
        if grid.capped:
            self.notes.add("table_capped")
        yield table_block(grid)
        yield from inner

    def blocks_around(self, part: Element, role: Role) -> Iterator[Block]:
        """Yield what stands in a header, a footer or a note, by its role; one that counts pages is told."""
        own = Role.PAGE_NUMBER if role is Role.RUNNING_HEAD and _counts_pages(part) else role
        for block in self.blocks(part):
            yield Block(block.text, role=own)


def _printed(content: list[Block]) -> tuple[str, int]:
    """Return the text of a cell beside the tables in it, which are told on their own, and its paragraphs."""
    lines = [block.text.replace("\t", " ") for block in content if not block.is_table]
    return "\n".join(lines), len(lines)


def _counts_pages(part: Element) -> bool:
    fields = "".join(text.text or "" for text in part.iter(f"{W}instrText"))
    simple = (field.get(f"{W}instr", "") for field in part.iter(f"{W}fldSimple"))
    return any(PAGE_FIELD.search(field) for field in (fields, *simple))


def stated_titles(stated: str | None, blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the title that a file states, if it stands at its head: templates leave those of others.

    Args:
        stated: the title among its properties.
        blocks: what stands in the file.
    """
    title = (stated or "").strip()
    head = "".join("".join(block.text.split()) for block in blocks[:BLOCKS_WITH_TITLE])
    bare = "".join(title.split())
    is_plausible = SHORTEST_TITLE <= len(bare) <= LONGEST_TITLE and len(CHINESE.findall(bare)) >= 4
    return (title,) if is_plausible and bare in head else ()
