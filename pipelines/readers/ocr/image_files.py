"""Images of paper: PNG, JPEG, BMP, GIF, WEBP, and TIFF with a page each.

frames ─ upright, on white, within 25 million pixels ─ recogniser ─▶ pages ─▶ blocks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.layout.page_blocks import make_blocks
from pipelines.readers.ocr.recogniser import require_engine

if TYPE_CHECKING:
    from pipelines.decoded import Hints


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an image by recognising its characters.

    Args:
        payload: its bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: it is `damaged`, `too_big`, or has `no_text`.
        ReaderMissing: OCR is not installed.
    """
    require_engine(hints.url)
    # Both stand on libraries that come with what recognises.
    from pipelines.readers.ocr.page_pictures import likely_dpi, open_pictures  # noqa: PLC0415
    from pipelines.readers.ocr.recognised_pages import recognise_page  # noqa: PLC0415

    with open_pictures(payload, hints.url) as opened:
        pages = [
            recognise_page(picture, likely_dpi(picture.shape[1], picture.shape[0], stated), number)
            for number, (picture, stated) in enumerate(opened.pictures, 1)
        ]
    blocks = make_blocks(pages)
    if not blocks:
        raise UnreadableDocument("no_text: no character on any page", where=hints.url)
    return FileText(blocks, "ocr", notes=("moving_image",) if opened.is_moving else ())
