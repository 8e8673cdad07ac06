"""A file's blocks as one text, with what stands around it kept apart."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.decoded import Apart, DecodedText, PageFacts
from pipelines.text.blocks import Role, join_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.records import FileText
    from pipelines.text.blocks import Block


def assemble(file: FileText, file_type: str) -> DecodedText:
    """Make one text of a file's blocks.

    Args:
        file: as read.
        file_type: what its bytes are.
    """
    body = [block for block in file.blocks if block.role is Role.TEXT]
    text, tables = join_blocks(body)
    return DecodedText(
        text=text,
        encoding="",
        extractor=file.extractor,
        facts=PageFacts(titles=file.titles),
        notes=tuple(sorted(set(file.notes))),
        tables=tables,
        pages=tuple(_pages(body)),
        apart=tuple(
            Apart(str(block.role), block.text, block.page)
            for block in file.blocks
            if block.role is not Role.TEXT
        ),
        confidence=_confidence(body),
        file_type=file_type,
    )


def _pages(body: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yield where each page begins in the text, and its number."""
    position, pages = 0, []
    for block in body:
        if block.page is not None:
            pages.append((position, block.page))
        position += len(block.text) + 1
    yield from pages[:1]
    yield from (after for before, after in pairwise(pages) if after[1] != before[1])


def _confidence(body: Sequence[Block]) -> float | None:
    """Return the mean confidence of what was recognised, each character counted once."""
    recognised = [(block.confidence, len(block.text)) for block in body if block.confidence is not None]
    total = sum(size for _, size in recognised)
    return sum(sure * size for sure, size in recognised) / total if total else None
