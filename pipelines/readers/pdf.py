"""PDF files: the text layer where there is one, recognised characters on pages that are scans.

    pdfium ─ characters ─▶ words ──┐
           ─ paths ─▶ cells ───────┼─▶ pages ─▶ blocks
    scans ─ recogniser ─▶ words ───┘

A page is a scan where an image covers it and hardly a character is stored: that is asked of each page, since
one file holds both. What the text layer tells is never mixed with what is recognised on one page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
from pypdfium2 import raw

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.paper.pages import blocks_of_pages
from pipelines.readers.pdf_layer.sheets import read_sheet
from pipelines.text.blocks import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.decoded import Hints
    from pipelines.readers.pdf_layer.sheets import Sheet
    from pipelines.text.blocks import Block

MOST_BYTES = 100_000_000
MOST_PAGES = 300
_SHORTEST_TITLE = 6
_TITLE_LINES = 5


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a PDF file.

    Args:
        payload: its bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: it is `encrypted`, `damaged`, `too_big`, `empty`, or has `no_text` on any page.
        ReaderMissing: a page is a scan, and what recognises characters is not installed.
    """
    document = _opened(payload, hints.url)
    try:
        if len(document) > MOST_PAGES:
            raise UnreadableDocument(f"too_big: {len(document)} pages", where=hints.url)
        if not len(document):
            raise UnreadableDocument("empty: no page", where=hints.url)
        sheets = _sheets(document, hints.url)
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    blocks = blocks_of_pages([sheet.page for sheet in sheets])
    if not blocks:
        raise UnreadableDocument("no_text: no character on any page", where=hints.url)
    return FileText(
        blocks,
        _extractor(sheets),
        tuple(title for title in (title.strip(),) if is_title(title, blocks)),
        tuple(sorted({note for sheet in sheets for note in sheet.notes})),
    )


def is_title(title: str, blocks: Sequence[Block]) -> bool:
    """Tell whether the title in a file's properties is that of the document.

    It must be printed where the text begins, over one line or several: what is not may be left from the file
    that was written over, and where it is part of a longer line, that line is the title.

    Args:
        title: as the properties state it.
        blocks: of the document.
    """
    wanted = _solid(title)
    lines = [_solid(block.text) for block in blocks if block.role is Role.TEXT][:_TITLE_LINES]
    is_part = any(wanted != line and wanted in line for line in lines)
    return len(wanted) >= _SHORTEST_TITLE and wanted in "".join(lines) and not is_part


def _solid(text: str) -> str:
    return "".join(text.split())


def _opened(payload: bytes, url: str) -> pypdfium2.PdfDocument:
    if len(payload) > MOST_BYTES:
        raise UnreadableDocument(f"too_big: {len(payload)} bytes", where=url)
    try:
        return pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        reason = "encrypted: a password opens it" if is_locked else "damaged: it cannot be opened"
        raise UnreadableDocument(reason, where=url) from error


def _sheets(document: pypdfium2.PdfDocument, url: str) -> list[Sheet]:
    """Read every page; one that cannot be loaded makes the whole file damaged, since nothing is left out."""
    try:
        return [read_sheet(document[index], index + 1) for index in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument("damaged: a page cannot be loaded", where=url) from error


def _extractor(sheets: Sequence[Sheet]) -> str:
    """Return what read the pages that hold words."""
    kinds = {sheet.is_recognised for sheet in sheets if sheet.page.words}
    return "pdf+ocr" if len(kinds) == 2 else "ocr" if kinds == {True} else "pdf"
