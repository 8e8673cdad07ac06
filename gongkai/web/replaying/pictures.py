"""A page of a paged file as a picture: what a reader sees who opens the file."""

from __future__ import annotations

from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from PIL import Image

from gongkai.web.thresholds import REPLAY
from pipelines.errors import UnreadableDocument
from pipelines.readers.ocr.recogniser import require_engine
from pipelines.response.payload_type import PayloadType

if TYPE_CHECKING:
    from pipelines.readers.ocr.recogniser import Picture

PICTURED = frozenset({PayloadType.PDF, PayloadType.IMAGE})
"""The types whose pages are drawn."""


def draw_page(kind: PayloadType, payload: bytes, url: str, number: int) -> bytes:
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
        from pipelines.readers.pdf.pdf_pages import draw_sheet  # noqa: PLC0415  loads pdfium

        return draw_sheet(payload, url, number, REPLAY.picture_pixels)
    if kind is not PayloadType.IMAGE:
        raise UnreadableDocument(f"no_page: {kind} has none", where=url)
    require_engine()
    from pipelines.readers.ocr.page_pictures import open_pictures  # noqa: PLC0415  needs what is not installed

    with open_pictures(payload, url) as opened:
        for picture, _ in islice(opened.pictures, number - 1, None):
            return picture
    raise UnreadableDocument(f"no_page: it has no page {number}", where=url)
