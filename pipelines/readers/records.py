"""What a reader of files returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.text.blocks import Block


@dataclass(frozen=True, slots=True)
class FileText:
    """A file, read.

    Attributes:
        blocks: everything that stands in it, in reading order, none of them blank; running heads, page
            numbers and footnotes by their roles.
        extractor: what read it: `pdf`, `ocr`, `docx` …; of a converted file `doc>docx`.
        titles: what the file itself states as its title, best first; not its name, not its first line.
        notes: observations worth keeping, as words.
    """

    blocks: tuple[Block, ...]
    extractor: str
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
