"""PDF files: the text layer where there is one, recognised characters on pages that are scans.

    pdfium ─ characters ─▶ words ──┐
           ─ paths ─▶ cells ───────┼─▶ pages ─▶ blocks
    scans ─ recogniser ─▶ words ───┘

A page is a scan where an image covers it and hardly a character is stored: that is asked of each page, since
one file holds both. What the text layer tells is never mixed with what is recognised on one page.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pypdfium2
from pypdfium2 import PdfPage, raw

from pipelines.decoded import FileText, Hints, Role, printed_titles
from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.knowledge import Thresholds
from pipelines.readers.layout.characters import hold_page
from pipelines.readers.layout.geometry import PAPER, Matrix, measure_share, turn_page
from pipelines.readers.layout.page_blocks import Page, assemble_pages, recognised_elsewhere
from pipelines.readers.pdf_objects import Frame, count_untold, read_characters, read_drawings
from pipelines.readers.recogniser import SCANS, require_engine

if TYPE_CHECKING:
    from pipelines.readers.recogniser import Picture


class PdfThresholds(Thresholds):
    """What makes a page a scan, and what is noted of it (`knowledge/thresholds/pdf.yaml`)."""

    most_bytes: int
    full_page: float
    outlines: int
    untold: float
    untold_noted: float


# Annotations that show text: fields of forms, what is written or stamped on a page; links show none.
_PRINTED_NOTES = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)

PDF = PdfThresholds.load("pdf")


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a PDF file.

    Args:
        payload: its bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: it is `encrypted`, `damaged`, `too_big`, `empty`, or has `no_text` on any page.
        ReaderMissing: a page is a scan, and what recognises characters is not installed.
    """
    document = _open_document(payload, hints.url)
    try:
        if len(document) > PAPER.most_pages:
            raise UnreadableDocument(f"too_big: {len(document)} pages", where=hints.url)
        if not len(document):
            raise UnreadableDocument("empty: no page", where=hints.url)
        # Where one page cannot be loaded the whole file is damaged, since nothing is left out.
        with refuse_broken(pypdfium2.PdfiumError, "damaged: a page cannot be loaded", hints.url):
            numbers = range(1, len(document) + 1)
            sheets = [read_sheet(load_page(document, number), number) for number in numbers]
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    file = assemble_pages(sheets, "pdf", hints.url)
    return replace(file, titles=printed_titles(title, file.blocks))


def draw_sheet(payload: bytes, url: str, number: int, pixels: int) -> Picture:
    """Return a page of a PDF file as it is seen.

    Args:
        payload: the bytes of the file.
        url: where it came from, for errors.
        number: of the page, from 1.
        pixels: of the longer side.

    Raises:
        UnreadableDocument: it is `encrypted`, `damaged` or `too_big`, or has no such page.
    """
    document = _open_document(payload, url)
    try:
        with refuse_broken(pypdfium2.PdfiumError, "damaged: a page cannot be loaded", url):
            page = load_page(document, number)
            return _draw(page, pixels / max(*page.get_size(), 1.0))
    finally:
        document.close()


def _draw(page: PdfPage, scale: float) -> Picture:
    """Return a page as rows × columns × 3 of red, green and blue, so many pixels to a point."""
    drawn: Picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return drawn


def _open_document(payload: bytes, url: str) -> pypdfium2.PdfDocument:
    if len(payload) > PDF.most_bytes:
        raise UnreadableDocument(f"too_big: {len(payload)} bytes", where=url)
    try:
        return pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        reason = "encrypted: a password opens it" if is_locked else "damaged: it cannot be opened"
        raise UnreadableDocument(reason, where=url) from error


def load_page(document: pypdfium2.PdfDocument, number: int) -> PdfPage:
    """Return a page of a file, from 1; all of its media box where its crop box shows nothing of that."""
    page = document[number - 1]
    if _has_printed_notes(page):
        # What fields of forms hold, and what is written above a page, is text of it once it is drawn there.
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page = document[number - 1]
    if not all(page.get_size()):
        # Viewers show such a page, pdfium takes it for one of no size.
        page.set_cropbox(*page.get_mediabox())
    return page


def _has_printed_notes(page: PdfPage) -> bool:
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in _PRINTED_NOTES:
            return True
    return False


def read_sheet(page: PdfPage, number: int) -> Page:
    """Read a page.

    Args:
        page: of pdfium.
        number: of the page, from 1.

    Raises:
        ReaderMissing: it is a scan, and what recognises characters is not installed.
    """
    frame = _read_frame(page)
    text_page = page.get_textpage()
    drawings = read_drawings(page, frame.to_shown)
    characters = tuple(read_characters(text_page, frame, drawings.unseen))
    covered = measure_share(drawings.images, *frame.size)
    unknown = sum(not character.is_known for character in characters)
    notes = {"no_unicode"} if unknown > PDF.untold_noted * len(characters) else set[str]()
    if _is_scan(page, len(characters), covered) or unknown > PDF.untold * len(characters):
        return replace(_recognise_sheet(page, number), notes=notes)
    painted = tuple(character for character in characters if character.is_painted)
    is_hidden = len(painted) < len(characters)
    is_layer = measure_share(drawings.above, *frame.size) >= PDF.full_page or (
        is_hidden and (not painted or _is_scan(page, len(painted), covered))
    )
    notes.update(["text_layer_over_image"] if is_layer else ["hidden_text"] if is_hidden else [])
    held = hold_page(number, frame.size, characters if is_layer else painted, drawings.strokes)
    if any(block.role is not Role.RUNNING_HEAD for block in held.asides):
        notes.add("turned_text")
    untold = count_untold(text_page, drawings.texts)
    whole = replace(held, repeated=held.repeated + untold, notes=notes)
    return recognised_elsewhere(whole) if is_layer else whole


def _read_frame(page: PdfPage) -> Frame:
    """Return the shown part of a page, its media box within its crop box."""
    turns = page.get_rotation() // 90
    left, bottom, right, top = page.get_bbox()
    width, height = right - left, top - bottom
    to_shown = Matrix(1, 0, 0, -1, -left, top).then(turn_page(width, height, turns))
    return Frame((height, width) if turns % 2 else (width, height), to_shown, turns)


def _is_scan(page: PdfPage, characters: int, covered: float) -> bool:
    if characters < SCANS.scan_characters and covered >= SCANS.covering:
        return True
    outlines = page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
    return not characters and sum(1 for _ in outlines) >= PDF.outlines


def _recognise_sheet(page: PdfPage, number: int) -> Page:
    """Return the words and tables that are recognised on a page."""
    require_engine()
    # Loads models, and only scans need it.
    from pipelines.readers.recognised_pages import recognise_page  # noqa: PLC0415

    width, height = page.get_size()
    scale = min(SCANS.usual_dpi / 72, math.sqrt(SCANS.most_pixels / (width * height)))
    return recognise_page(_draw(page, scale), scale * 72, number)
