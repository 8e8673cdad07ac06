"""Images of paper: PNG, JPEG, BMP, GIF, WEBP, and TIFF with a page each.

    frames ─ upright, on white, within 25 million pixels ─ recogniser ─▶ pages ─▶ blocks

Other formats that the library knows are not opened: one of them starts a program.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.ocr.engine import require_engine
from pipelines.readers.paper.pages import blocks_of_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.decoded import Hints
    from pipelines.readers.ocr.engine import Picture

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_WITH_PAGES = frozenset({"TIFF"})
MOST_PAGES = 300
MOST_DECODED = 72_000_000
"""Pixels of an image, beyond which it is not decoded: A4 at 600 dpi has 35 million."""
_LEAST_SIDE = 16
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(ZeroDivisionError, struct.error, zlib.error),
)
"""What the library raises for files that are not what they say."""


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
    from pipelines.readers.ocr.deskew import likely_dpi  # noqa: PLC0415  comes with what recognises
    from pipelines.readers.ocr.pages import recognise_page  # noqa: PLC0415

    with warnings.catch_warnings():
        # Its size is judged here, before a pixel is decoded.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = _opened(payload, hints.url)
        pages = []
        for number, (picture, stated) in enumerate(_pictures(image, hints.url), 1):
            dpi = likely_dpi(picture.shape[1], picture.shape[0], stated)
            pages.append(recognise_page(picture, dpi, number))
    blocks = blocks_of_pages(pages)
    if not blocks:
        raise UnreadableDocument("no_text: no character on any page", where=hints.url)
    has_more = image.format not in _WITH_PAGES and getattr(image, "n_frames", 1) > 1
    return FileText(blocks, "ocr", notes=("moving_image",) if has_more else ())


def _opened(payload: bytes, url: str) -> Image.Image:
    try:
        return Image.open(BytesIO(payload), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise UnreadableDocument("too_big: more pixels than a page has", where=url) from error
    except _DAMAGE as error:
        raise UnreadableDocument("damaged: no image can be opened", where=url) from error


def _pictures(image: Image.Image, url: str) -> Iterator[tuple[Picture, float | None]]:
    """Yield the pages of an image, and what it says of their pixels per inch."""
    try:
        count = getattr(image, "n_frames", 1) if image.format in _WITH_PAGES else 1
    except _DAMAGE as error:
        raise UnreadableDocument("damaged: its pages cannot be counted", where=url) from error
    if count > MOST_PAGES:
        raise UnreadableDocument(f"too_big: {count} pages", where=url)
    for number in range(count):
        try:
            image.seek(number)
            yield _picture(image, url)
        except _DAMAGE as error:
            raise UnreadableDocument(f"damaged: page {number + 1} breaks off", where=url) from error


def _picture(image: Image.Image, url: str) -> tuple[Picture, float | None]:
    width, height = image.size
    if width * height > MOST_DECODED:
        raise UnreadableDocument(f"too_big: {width} × {height} pixels", where=url)
    if min(width, height) < _LEAST_SIDE:
        raise UnreadableDocument(f"no_text: {width} × {height} pixels", where=url)
    stated = _stated_dpi(image)
    factor = _reduction(width, height)
    shown = _on_white(ImageOps.exif_transpose(image))
    shown = shown.reduce(factor) if factor > 1 else shown
    return np.asarray(shown, dtype=np.uint8), stated / factor if stated else None


def _reduction(width: int, height: int) -> int:
    from pipelines.readers.ocr.deskew import MOST_PIXELS  # noqa: PLC0415  comes with what recognises

    return max(1, math.ceil(math.sqrt(width * height / MOST_PIXELS)))


def _stated_dpi(image: Image.Image) -> float | None:
    stated = image.info.get("dpi")
    try:
        return float(stated[0]) or None if stated else None
    except _DAMAGE:
        return None


def _on_white(image: Image.Image) -> Image.Image:
    """Return an image in red, green and blue, what is transparent in it as white paper."""
    if image.mode.startswith(("I", "F")):
        # Of 16 bits a pixel: brought to 8, which the library would cut off instead.
        levels = np.asarray(image, dtype=np.float64)
        top = 65535.0 if levels.max(initial=0) > 255 else 255.0
        return Image.fromarray((levels.clip(0, top) * (255.0 / top)).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        picture = image.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return image.convert("RGB")
