r"""A payload as text: the blocks that a reader returns, and the one text that everything else is read from.

"一、主动公开", [项目|数量], "二、…"   ─ join ─▶   "一、主动公开\n项目\t数量\n二、…", and where the table is
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import accumulate, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from msgspec import field

from pipelines.grid import Box, Grid, Table, table_of
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from pipelines.attachments import Attachment


class Hints(FrozenStruct):
    """What is known of a payload from outside it.

    Attributes:
        url: the address it was fetched from, or the `file:///` address of an import.
        content_type: the `Content-Type` header as served; None when there was none.
        parts: payloads with their types as served, by address, that may be further pages of an article.
        is_cut: whether the payload is only the beginning of what was sent.
    """

    url: str
    content_type: str | None = None
    parts: Mapping[str, tuple[bytes, str | None]] = {}
    is_cut: bool = False


class PageFacts(FrozenStruct):
    """What a page states beside its body: meta tags, header table, titles. All as printed.

    Attributes:
        titles: candidates for the title, best first (`ArticleTitle`, header table, `h1`, `title`).
        headings: those of them that the page shows as its heading (`h1` and its like).
        meta: the national meta tags by lower-case name; a tag present but empty is absent here.
        header: the header table (公文要素) by label without white space (`发文字号`, `成文日期`, …).
    """

    titles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    meta: Mapping[str, str] = {}
    header: Mapping[str, str] = {}


class DecodedText(FrozenStruct):
    r"""A payload as text, before it is segmented.

    Attributes:
        text: the main text; for a plain file every character of it. Lines end with `\n` as decoded.
            A table row is one line, its cells joined by tabs (see `pipelines.grid`).
        encoding: the codec that the bytes were decoded with; empty for files that are no text.
        extractor: what found the main text: `container:<selector>`, `trafilatura`, `body`, `plain`; the
            reader of a file (see `pipelines.readers`).
        facts: what the page states beside its body.
        notes: observations worth keeping, as sorted words.
        tables: those that the source itself marks as tables, in order; tables that only the characters of
            the text draw are found in it later (`pipelines.tables`).
        attachments: the files that the page has attached, in its order.
        pages: where each page begins in the text, in characters, and its number; empty without pages.
        apart: running heads, page numbers and footnotes, in order.
        confidence: of recognised characters, their mean from 0 to 1; None where they were stored.
        file_type: what the bytes are (see `pipelines.response.payload_type.PayloadType`).
        parts: the addresses of the further pages of an article that stand in it, in order.
    """

    text: str
    encoding: str
    extractor: str
    facts: PageFacts = field(default_factory=PageFacts)
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    apart: tuple[Block, ...] = ()
    confidence: float | None = None
    file_type: str = "html"
    parts: tuple[str, ...] = ()


# What a reader returns.


class Role(StrEnum):
    """What a block is to its document: its text, or what stands around it on paper."""

    TEXT = "text"
    RUNNING_HEAD = "running_head"
    """Repeated at the head or the foot of pages."""
    PAGE_NUMBER = "page_number"
    FOOTNOTE = "footnote"


class Block(FrozenStruct):
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


class _Recognised(Protocol):
    """A text, and how sure it is."""

    @property
    def text(self) -> str:
        """Its characters."""

    @property
    def confidence(self) -> float | None:
        """From 0 to 1; None where the characters were stored."""


def mean_confidence(texts: Iterable[_Recognised]) -> float | None:
    """Return the mean confidence of what was recognised, each character counted once; None for nothing."""
    recognised = [(each.confidence, len(each.text)) for each in texts if each.confidence is not None]
    total = sum(size for _, size in recognised)
    return sum(sure * size for sure, size in recognised) / total if total else None


CHINESE = re.compile("[\u3400-\u9fff]")
SHORTEST_TITLE, LONGEST_TITLE = 6, 100
"""Characters of a title: fewer are a word, more a paragraph."""
# Blocks at the head of a file in which its title stands: behind a letterhead, a number and a signer.
_TITLE_BLOCKS = 5


class FileText(FrozenStruct):
    """A payload, read.

    Attributes:
        blocks: everything that stands in it, in reading order, none of them blank; running heads, page
            numbers and footnotes by their roles. A plain file is one block, with every character of it.
        extractor: what read it: `pdf`, `ocr`, `docx` …; of a converted file `doc>docx`; of a page what found
            its body.
        titles: what the file itself states as its title, best first; not its name, not its first line.
        notes: observations worth keeping, as words.
        encoding: the codec that its bytes were decoded with; empty for files that are no text.
        meta: the national meta tags of a page (see `pipelines.decoded.PageFacts`).
        header: the header table of a page.
        attachments: the files that a page has attached, in its order.
        headings: what a page shows as its heading.
        parts: the addresses of the further pages of an article that stand in it, in order.
    """

    blocks: tuple[Block, ...]
    extractor: str
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = ""
    meta: Mapping[str, str] = {}
    header: Mapping[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    headings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def printed_titles(stated: str, blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the title in a file's properties, if it is that of the document.

    It must be printed where the text begins, over one line or several: what is not may be left from the file
    that was written over, and where it is part of a longer line, that line is the title.

    Args:
        stated: as the properties state it.
        blocks: of the document.
    """
    title = stated.strip()
    wanted = "".join(title.split())
    lines = ["".join(block.text.split()) for block in blocks if block.role is Role.TEXT][:_TITLE_BLOCKS]
    is_plausible = SHORTEST_TITLE <= len(wanted) <= LONGEST_TITLE and len(CHINESE.findall(wanted)) >= 4
    is_part = any(wanted != line and wanted in line for line in lines)
    return (title,) if is_plausible and wanted in "".join(lines) and not is_part else ()


def assemble_text(file: FileText, file_type: str) -> DecodedText:
    """Make one text of a file's blocks; what stands around it is kept apart.

    Args:
        file: as read.
        file_type: what its bytes are.
    """
    body = [block for block in file.blocks if block.role is Role.TEXT]
    # A line feed stands between two blocks.
    starts = accumulate((len(block.text) + 1 for block in body), initial=0)
    placed = list(zip(starts, body, strict=False))
    on_pages = ((at, block.page) for at, block in placed if block.page is not None)
    return DecodedText(
        text="\n".join(block.text for block in body),
        encoding=file.encoding,
        extractor=file.extractor,
        facts=PageFacts(file.titles, file.headings, file.meta, file.header),
        notes=tuple(sorted(set(file.notes))),
        tables=tuple(
            table_of(block.grid, at, block.text.split("\n"), block.page)
            for at, block in placed
            if block.grid is not None
        ),
        attachments=file.attachments,
        parts=file.parts,
        pages=tuple(next(run) for _, run in groupby(on_pages, key=itemgetter(1))),
        apart=tuple(block for block in file.blocks if block.role is not Role.TEXT),
        confidence=mean_confidence(body),
        file_type=file_type,
    )
