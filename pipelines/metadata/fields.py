"""What a document says of itself, and where it says so: the records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a document is. `OTHER` is a document of none of the named kinds, not an unread one."""

    ANNUAL_REPORT = "annual_report"
    POLICY = "policy"
    TASK_PLAN = "task_plan"
    OTHER = "other"


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
