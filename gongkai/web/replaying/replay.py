"""A payload as a page that can be shown again, with the place of every figure that was read from it.

    payload ─▶ elements ─┬─▶ structure: markup, each cell with a mark
                         └─▶ the decoder and the reader of forms, as when it was derived ─▶ tables, facts
                                                         marks of the cells that facts stand in ◀──┘

A pure function of the bytes. A figure is never searched for: its place is where the reader took it from.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from markupsafe import escape

from archive.publish.suppressions import MARK as HIDDEN_MARK
from archive.reading.tasks import Weight, estimate_demand
from gongkai.web.replaying.structure import Structure, cell_id, write_structure
from pipelines.addresses import clean_url
from pipelines.decoded import DecodedText, Hints, assemble_text
from pipelines.document import read_decoded, tables_of
from pipelines.identity import document_at, section_id, text_sha256, version_id
from pipelines.readers.html.elements import base_of, is_too_deep
from pipelines.readers.layout.geometry import box_around
from pipelines.readers.pages import page_in_mhtml, parse_payload, read_parsed
from pipelines.readers.registry import read_file
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from pipelines.forms.form_model import Fact
    from pipelines.grid import Box, Cell, Table, TableRow

    Held = tuple[bytes, str | None]
    """A payload, content coding undone, and its type as served."""


_PAGES = (PayloadType.HTML, PayloadType.MHTML)


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


class Source(FrozenStruct):
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


class ShownTable(FrozenStruct):
    """A table as it was read.

    Attributes:
        rows: in order.
        page: the page that it stands on, from 1; None in documents without pages.
        markup: the table as text and structure; None where the page has no element for it.
        box: where on it the table is drawn, as `pipelines.grid.Cell.box`; None where that is not told.
    """

    rows: tuple[tuple[Cell, ...], ...]
    page: int | None = None
    markup: str | None = None
    box: Box | None = None


class Place(FrozenStruct):
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


class Replay(FrozenStruct):
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
    places: Mapping[str, Place] = {}


class ArchivedFile(FrozenStruct):
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


def replay_payload(
    payload: bytes,
    content_type: str | None,
    source: Source,
    parts: Mapping[str, Held] | None = None,
) -> Replay:
    """Read a payload again, and write it so that it can be shown.

    Args:
        payload: with content coding undone.
        content_type: as served.
        source: where it comes from, and what of it may not be shown.
        parts: the same of the further pages of an article, by address.

    Raises:
        NotReplayed: its text is not published, a passage of it may not be shown, or its characters would have
            to be recognised.
        UnreadableDocument: it cannot be read.
        ReaderMissing: there is no reader for it.
    """
    kind = sniff(payload, content_type)
    if estimate_demand(kind, payload).weight is Weight.SCAN:
        raise NotReplayed(Why.SCAN)
    shown = _Shown.of(payload, Hints(source.url, content_type, parts or {}), source, kind)
    reading = read_decoded(shown.text, is_checked=False)
    hidden = source.hidden_passages
    if hidden and any(section_id(normalise_passage(it.raw)) in hidden for it in reading.passages):
        raise NotReplayed(Why.SUPPRESSED)
    if version_id(source.document_id, text_sha256(reading.text)) not in source.versions:
        raise NotReplayed(Why.UNPUBLISHED)
    tables = tables_of(shown.text, reading.metadata.year)
    rows = {(row.start, row.number): (table, row) for table in tables for row in table.rows}
    placed = {
        fact.ref: (fact, *rows[fact.start, fact.grid_row])
        for fact in reading.facts
        if fact.start is not None and fact.grid_row is not None and (fact.start, fact.grid_row) in rows
    }
    # By identity, in the order of the figures: two tables of a text may be equal.
    used = list({id(table): table for _, table, _ in placed.values()}.values())
    numbers = {id(table): number for number, table in enumerate(used)}
    return Replay(
        file_type=str(kind),
        markup=shown.markup([row for _, _, row in placed.values()]),
        is_cut=shown.structure is not None and shown.structure.is_cut,
        tables=tuple(shown.table(table) for table in used),
        places={
            ref: shown.place(fact, row, numbers[id(table)]) for ref, (fact, table, row) in placed.items()
        },
    )


class _Shown(FrozenStruct):
    """A decoded payload, and the structure of its page where it is one.

    Attributes:
        text: as the pipelines read it.
        structure: None where the text is all there is to show.
    """

    text: DecodedText
    structure: Structure | None

    @classmethod
    def of(cls, payload: bytes, hints: Hints, source: Source, kind: PayloadType) -> _Shown:
        structure, content_type = None, hints.content_type
        # Of several pages there is no one structure: they are shown as the one text that they are.
        if kind not in _PAGES or hints.parts:
            file = read_file(kind, payload, hints)
        else:
            if kind is PayloadType.MHTML:
                payload, content_type = page_in_mhtml(payload, source.url)
            page = parse_payload(payload, content_type)
            if not is_too_deep(page.root):
                hides = _hides(base_of(page.root, source.url), source.hidden_documents)
                structure = write_structure(page.root, hides)
            file = read_parsed(page, source.url)
        return cls(assemble_text(file, kind), structure)

    def markup(self, rows: Iterable[TableRow]) -> str:
        if self.structure is not None:
            return self.structure.markup
        return _text_markup(self.text, rows)

    def table(self, table: Table) -> ShownTable:
        rows = tuple(row.cells for row in table.rows)
        cells = [cell for row in rows for cell in row]
        boxes = [cell.box for cell in cells if cell.box]
        first = next((cell.mark for cell in cells if cell.mark), None)
        markup = self.structure.table_around(first) if self.structure and first else None
        return ShownTable(rows, table.page, markup, box_around(boxes) if boxes else None)

    def place(self, fact: Fact, row: TableRow, number: int) -> Place:
        column = fact.grid_column
        cell = next((cell for cell in row.cells if cell.column == column), None)
        if self.structure is None:
            mark: str | None = _row_id(row)
        else:
            mark = cell_id(cell.mark) if cell and cell.mark else None
        return Place(number, row.number, column, mark, fact.raw, str(fact.state), cell.box if cell else None)


def _hides(base: str, hidden: Collection[str]) -> Callable[[str], str | None]:
    """Return what stands for the text of a link: its own, unless it may be the title of a hidden document."""

    def replaced(href: str) -> str | None:
        if not hidden or not href.strip():
            return None
        url = clean_url(href, base)
        return HIDDEN_MARK if document_at(url) in hidden else None

    return replaced


def _row_id(row: TableRow) -> str:
    return f"row-{row.start}"


def _text_markup(decoded: DecodedText, rows: Iterable[TableRow]) -> str:
    """Write a text as it was read, its pages numbered, the rows that figures stand in with ids."""
    text = decoded.text
    cuts: dict[int, str] = {start: f"〔第 {page} 页〕\n" for start, page in decoded.pages}
    opened = {row.start: row for row in rows if text.startswith(row.text, row.start)}
    pieces, position = ["<pre>"], 0
    for start in sorted({*cuts, *opened}):
        # A page may begin within a row that is marked, which stays whole.
        if start < position:
            continue
        pieces += [str(escape(text[position:start])), cuts.get(start, "")]
        position = start
        if row := opened.get(start):
            position = start + len(row.text)
            pieces.append(f'<span id="{_row_id(row)}">{escape(text[start:position])}</span>')
    return "".join((*pieces, str(escape(text[position:])), "</pre>"))
