"""A payload as text, with what its page states beside it: what understanding begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.attachments.attached import Attachment
    from pipelines.grid import Table


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a payload from outside it.

    Attributes:
        url: the address it was fetched from, or the `file:///` address of an import.
        content_type: the `Content-Type` header as served; None when there was none.
        parts: payloads with their types as served, by address, that may be further pages of an article.
    """

    url: str
    content_type: str | None = None
    parts: Mapping[str, tuple[bytes, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page states beside its body: meta tags, header table, titles. All as printed.

    Attributes:
        titles: candidates for the title, best first (`ArticleTitle`, header table, `h1`, `title`).
        headings: those of them that the page shows as its heading (`h1` and its like).
        meta: the national meta tags by lower-case name; a tag present but empty is absent here.
        header: the header table (公文要素) by label without white space (`发文字号`, `成文日期`, …).
    """

    titles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Apart:
    """What stands on a page beside the text: a running head, a page number, a footnote.

    Attributes:
        role: as `pipelines.readers.file_text.Role` names it.
        text: as printed.
        page: from 1; None in documents without pages.
    """

    role: str
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class DecodedText:
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
    apart: tuple[Apart, ...] = ()
    confidence: float | None = None
    file_type: str = "html"
    parts: tuple[str, ...] = ()
