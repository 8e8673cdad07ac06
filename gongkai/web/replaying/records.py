"""What is asked of the archive for a page, and what comes back: plain records that pass between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.grid import Box, TableCell


class Why(StrEnum):
    """Why an archived page is not shown again."""

    OFFLINE = "offline"
    """The WARC file is not where the site runs."""
    SUPPRESSED = "suppressed"
    """A passage of it may not be shown."""
    DAMAGED = "damaged"
    """The record cannot be read, or its digest is not the one that is published."""
    TOO_LARGE = "too_large"
    """There is more of it than is read while a reader waits."""
    SCAN = "scan"
    """Its characters are recognised from pictures, which takes longer than a reader waits."""
    UNPUBLISHED = "unpublished"
    """It is no document, or its text is none of those that are published of its document."""
    NOT_READ = "not_read"
    """It cannot be read, or took more time or memory than it may."""
    BUSY = "busy"
    """Too many readers wait for other pages."""


@dataclass(frozen=True, slots=True)
class Source:
    """A record of the archive, by the published rows.

    Attributes:
        url: the address of the capture.
        warc_file: the name of the file that holds the payload.
        warc_offset: where its record begins, in bytes.
        warc_length: the length of the record in bytes, as stored.
        payload_sha256: of the payload, in hexadecimal digits.
        document_id: the document at that address.
        versions: the ids of its texts that are published; of any other nothing is shown.
        hidden_passages: the ids of the passages that may not be shown.
        hidden_documents: the ids of the documents that may not be shown.
        parts: the records of the further pages of an article, which are read with it.
    """

    url: str
    warc_file: str
    warc_offset: int
    warc_length: int
    payload_sha256: str
    document_id: str
    versions: frozenset[str]
    hidden_passages: frozenset[str] = frozenset()
    hidden_documents: frozenset[str] = frozenset()
    parts: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as it was read.

    Attributes:
        rows: in order.
        page: the page that it stands on, from 1; None in documents without pages.
        markup: the table as text and structure; None where the page has no element for it.
        box: where on it the table is drawn, as `pipelines.grid.Cell.box`; None where that is not told.
    """

    rows: tuple[tuple[TableCell, ...], ...]
    page: int | None = None
    markup: str | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands in an archived page.

    Attributes:
        table: its number among the tables that hold facts.
        row: the row in that table, from 0.
        column: the column where its cell begins; None where the whole row is all that is known.
        mark: the id of its cell, or else of its row, in the markup; None where neither has one.
        raw: the characters of the cell as they were read just now.
        state: its state as it was read just now.
        box: where on its page the cell is drawn, as `pipelines.grid.Cell.box`; None where that is not told.
    """

    table: int
    row: int
    column: int | None
    mark: str | None
    raw: str | None
    state: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """An archived page as it can be shown.

    Attributes:
        file_type: what its bytes are (`pipelines.response.payload_type.PayloadType`).
        markup: the page as text and structure, safe to show.
        is_cut: whether the markup ends before the page does.
        tables: those that hold facts.
        places: by the name of the fact within the text (`pipelines.forms.form_model.Fact.ref`).
    """

    file_type: str
    markup: str
    is_cut: bool = False
    tables: tuple[ShownTable, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """An archived file as it was received, or a page of it as it is seen.

    Attributes:
        file_type: what its bytes are; `webp` for a page.
        content: the bytes, content coding undone.
    """

    file_type: str
    content: bytes


class NotReplayed(Exception):
    """An archived page is not shown again; `why` tells the reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why
