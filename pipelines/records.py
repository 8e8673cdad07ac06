"""The records that pass between the stages of understanding: frozen, slotted, free of I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pipelines.attachments.records import Attachment
    from pipelines.checks.records import Check
    from pipelines.forms.records import Fact
    from pipelines.tables.records import Table


class Kind(StrEnum):
    """What a document is. `OTHER` is a document of none of the named kinds, not an unread one."""

    ANNUAL_REPORT = "annual_report"
    POLICY = "policy"
    TASK_PLAN = "task_plan"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a payload from outside it.

    Attributes:
        url: the address it was fetched from, or the `file:///` address of an import.
        content_type: the `Content-Type` header as served; None when there was none.
    """

    url: str
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page states beside its body: meta tags, header table, titles. All as printed.

    Attributes:
        titles: candidates for the title, best first (`ArticleTitle`, header table, `h1`, `title`).
        meta: the national meta tags by lower-case name; a tag present but empty is absent here.
        header: the header table (公文要素) by label without white space (`发文字号`, `成文日期`, …).
    """

    titles: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Apart:
    """What stands on a page beside the text: a running head, a page number, a footnote.

    Attributes:
        role: as `pipelines.blocks.Role` names it.
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
            A table row is one line, its cells joined by tabs (see `pipelines.tab_tables`).
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
        file_type: what the bytes are (see `pipelines.decode.sniff.PayloadType`).
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


@dataclass(frozen=True, slots=True)
class Passage:
    """One leaf section in its place: a heading with the text below it, up to the next heading.

    Attributes:
        lead: the characters between the passage before and this one (white space, page breaks).
        raw: the passage as printed, heading included, inner line breaks kept.
        heading_path: titles from the first level down to this passage's own heading; empty before
            the first heading.
        level: 1 for 一、 2 for （一） 3 for 1. ; 0 before the first heading.
    """

    lead: str
    raw: str
    heading_path: tuple[str, ...]
    level: int


class Source(StrEnum):
    """Where a document states something of itself."""

    META = "meta"
    """A national meta tag of its page."""
    HEADER = "header"
    """The header table (公文要素) of its page."""
    TITLE = "title"
    """Its title, or a heading of its page."""
    TEXT = "text"
    """Its text: the letterhead, labelled lines, the preamble, the statistical period."""
    SIGNATURE = "signature"
    """The body and the date under its text."""
    LIST = "list"
    """The page that led to it: its list, or the article that it is attached to."""
    FILE = "file"
    """The name of its file: as the server gives it, or in its address."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a document states of itself beside what was chosen, and otherwise.

    Attributes:
        field: the field of `Metadata`.
        value: as the field would have it; dates as printed.
        source: where it is stated.
    """

    field: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the document says of itself. A field that is not printed is None, never guessed.

    Attributes:
        title: without white space.
        issuer: the body that issued it, as printed.
        year: the year that it reports on or plans for.
        kind: what it is, by its title.
        doc_number: 发文字号, with 〔〕.
        index_number: 索引号, as printed.
        written_on: the date of signature (成文日期).
        written_on_printed: the same as printed; stands alone where it is on no calendar.
        published_on: the date of publication on the web (发布日期).
        published_on_printed: the same as printed.
        effectiveness: 有效, 废止, 失效 …, as printed.
        sources: where each field was found, by its name; the date fields without those of their print.
        disagreements: what else is stated for a field, in the order of trust, each value once.
    """

    title: str | None = None
    issuer: str | None = None
    year: int | None = None
    kind: Kind = Kind.OTHER
    doc_number: str | None = None
    index_number: str | None = None
    written_on: dt.date | None = None
    written_on_printed: str | None = None
    published_on: dt.date | None = None
    published_on_printed: str | None = None
    effectiveness: str | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One task that a plan assigns: who does what by when, all as printed.

    Attributes:
        position: its number in the document, from 0.
        passage: the index of the passage that it stands in.
        heading_path: the headings of that passage, see `Passage.heading_path`.
        text: what is to be done, without heading and assignment; inner line breaks kept.
        lead: the bodies that lead (牵头); None where none is named as leading.
        responsible: the other bodies, with their duties where those are printed; None where none is named.
        deadline_text: until when, as printed; None where nothing is.
        deadline: the last day, where the printed deadline and the plan's year determine one.
    """

    position: int
    passage: int
    heading_path: tuple[str, ...]
    text: str
    lead: str | None = None
    responsible: str | None = None
    deadline_text: str | None = None
    deadline: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload, understood.

    The text is exactly `"".join(p.lead + p.raw for p in passages) + tail`.

    Attributes:
        metadata: what the document says of itself.
        passages: the leaf sections in order.
        tail: the characters after the last passage.
        encoding: the codec that the bytes were decoded with.
        extractor: what found the main text: `container:<selector>`, `trafilatura`, `body`, `plain`.
        notes: observations worth keeping, as sorted words (`charset_mismatch`, `mojibake`, `big`).
        form: the statutory form that its tables follow; `form_mixed` for several, `form_none` for a report
            without any; None for a document that is no report.
        facts: the cells of its tables.
        checks: what was checked within the document, and what came of it.
        tables: where tables stand in the text, as half-open spans in order; what is outside them is prose.
        attachments: the files that its page has attached, in the order of the page.
        pages: where each page begins in the text, in characters, and its number; empty without pages.
        apart: running heads, page numbers and footnotes, in order.
        confidence: of recognised characters, their mean from 0 to 1; None where they were stored.
        file_type: what the bytes are.
    """

    metadata: Metadata
    passages: tuple[Passage, ...]
    tail: str
    encoding: str
    extractor: str
    notes: tuple[str, ...] = ()
    form: str | None = None
    facts: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    tables: tuple[tuple[int, int], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    apart: tuple[Apart, ...] = ()
    confidence: float | None = None
    file_type: str = "html"

    @property
    def text(self) -> str:
        """The whole text, rebuilt."""
        return "".join(passage.lead + passage.raw for passage in self.passages) + self.tail
