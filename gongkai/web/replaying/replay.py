"""A payload as a page that can be shown again, with the place of every figure that was read from it.

    payload ─▶ elements ─┬─▶ structure: markup, each cell with a mark
                         └─▶ the decoder and the reader of forms, as when it was derived ─▶ tables, facts
                                                         marks of the cells that facts stand in ◀──┘

A pure function of the bytes. A figure is never searched for: its place is where the reader took it from.
"""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from markupsafe import escape
from PIL import Image

from archive.publish.suppressions import MARK as HIDDEN_MARK
from archive.reading.tasks import Weight, estimate_demand
from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
from gongkai.web.replaying.records import (
    ArchivedFile,
    NotReplayed,
    Place,
    Replay,
    ShownTable,
    Why,
)
from gongkai.web.replaying.structure import Structure, cell_id, write_structure
from gongkai.web.thresholds import REPLAY
from pipelines.addresses import AddressUnusable, canonical_address, clean_url
from pipelines.decoded import Hints, assemble_text
from pipelines.document import read_decoded, tables_of
from pipelines.errors import GongkaiError, UnreadableDocument
from pipelines.identity import document_id, section_id, text_sha256, version_id
from pipelines.readers.html.elements import base_of, is_too_deep
from pipelines.readers.layout.geometry import box_around
from pipelines.readers.pages import page_in_mhtml, parse_payload, read_parsed
from pipelines.readers.recogniser import require_engine
from pipelines.readers.registry import read_file
from pipelines.response.http_message import decode_content, header_value
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from archive.sandbox.confinement import Meter
    from gongkai.web.replaying.records import Source
    from pipelines.decoded import DecodedText
    from pipelines.forms.form_model import Fact
    from pipelines.grid import Table, TableRow
    from pipelines.readers.recogniser import Picture

    Held = tuple[bytes, str | None]
    """A payload, content coding undone, and its type as served."""

    Answer = Replay | ArchivedFile

_PAGES = (PayloadType.HTML, PayloadType.MHTML)

PICTURED = frozenset({PayloadType.PDF, PayloadType.IMAGE})
"""The types whose pages are drawn."""


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


@dataclass(frozen=True, slots=True)
class _Shown:
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
        try:
            leads_to_hidden = url is not None and document_id(canonical_address(url)) in hidden
        except AddressUnusable:
            return None
        return HIDDEN_MARK if leads_to_hidden else None

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


# What runs in the limited child process that reads an archived page for a reader of the site.

DOWNLOADED = frozenset(
    {
        *(PayloadType.PDF, PayloadType.OFD, PayloadType.DOCX, PayloadType.DOC, PayloadType.RTF),
        *(PayloadType.XLSX, PayloadType.XLS, PayloadType.ODF, PayloadType.PPTX, PayloadType.PPT),
    }
)
"""The types that are handed out as received. A page is not: opened from a disk, its scripts would run."""


def answer_job(meter: Meter, job: str, folder: Path, source: Source, page: int) -> bytes:
    """Read a record and answer with what a job makes of it, or why it does not, pickled.

    Args:
        meter: of this process.
        job: `replay`, `file` or `picture`.
        folder: of the WARC files.
        source: the record.
        page: to be drawn, from 1; says nothing for other jobs.
    """
    try:
        parts = {part.url: _load_content(folder, part) for part in source.parts}
        answered: Answer | Why = _answer(job, _load_content(folder, source), source, parts, page)
    except NotReplayed as error:
        answered = error.why
    except ArchiveError:
        answered = Why.DAMAGED
    except (GongkaiError, MemoryError, RecursionError):
        answered = Why.NOT_READ
    except (EOFError, BrokenPipeError) as error:
        # To the worker these mean that its parent is gone; here they are a fault of ours.
        raise RuntimeError(str(error)) from error
    sent = pickle.dumps(answered)
    return sent if len(sent) <= meter.limits.answer_bytes else pickle.dumps(Why.TOO_LARGE)


def _load_content(folder: Path, source: Source) -> Held:
    """Return the payload of a record whose digest is the published one, content coding undone, and its type.

    Raises:
        NotReplayed: the file is not here, or the digest is another.
        ArchiveError: the record cannot be read.
    """
    if not (folder / source.warc_file).is_file():
        raise NotReplayed(Why.OFFLINE)
    stored = load_payload(folder, source.warc_file, source.warc_offset)
    if hashlib.sha256(stored.body).hexdigest() != source.payload_sha256:
        raise NotReplayed(Why.DAMAGED)
    return decode_content(stored.body, stored.headers), header_value(stored.headers, "content-type")


def _answer(job: str, held: Held, source: Source, parts: Mapping[str, Held], page: int) -> Answer:
    content, content_type = held
    if job == "replay":
        return replay_payload(content, content_type, source, parts)
    kind = sniff(content, content_type)
    if job == "picture":
        return ArchivedFile("webp", _draw_page(kind, content, source.url, page))
    if kind not in DOWNLOADED:
        raise NotReplayed(Why.NOT_READ)
    # What it says must be known, and be what is published; of a scan nobody can tell in time.
    replay_payload(content, content_type, source)
    return ArchivedFile(str(kind), content)


def _draw_page(kind: PayloadType, payload: bytes, url: str, number: int) -> bytes:
    """Return a page as a picture (WebP).

    Args:
        kind: what the bytes are.
        payload: with content coding undone.
        url: where it came from, for errors.
        number: of the page, from 1.

    Raises:
        UnreadableDocument: it cannot be opened, has no such page, or is of a type without pages.
        ReaderMissing: it is an image file, and what opens those is not installed.
    """
    image = Image.fromarray(_find_page(kind, payload, url, number))
    image.thumbnail((REPLAY.picture_pixels, REPLAY.picture_pixels))
    written = BytesIO()
    image.save(written, "WEBP")
    return written.getvalue()


def _find_page(kind: PayloadType, payload: bytes, url: str, number: int) -> Picture:
    if kind is PayloadType.PDF:
        from pipelines.readers.pdf_pages import draw_sheet  # noqa: PLC0415  loads pdfium

        return draw_sheet(payload, url, number, REPLAY.picture_pixels)
    if kind is not PayloadType.IMAGE:
        raise UnreadableDocument(f"no_page: {kind} has none", where=url)
    require_engine()
    from pipelines.readers.page_pictures import open_pictures  # noqa: PLC0415  needs what is not installed

    with open_pictures(payload, url) as (pictures, _):
        for picture, _ in islice(pictures, number - 1, None):
            return picture
    raise UnreadableDocument(f"no_page: it has no page {number}", where=url)
