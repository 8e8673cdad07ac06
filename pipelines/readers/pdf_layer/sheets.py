"""One page of a PDF file: its text layer, or what is recognised on it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypdfium2 import raw

from pipelines.readers.layout.geometry import Matrix, turn_page
from pipelines.readers.paper.pages import Page, recognised_elsewhere
from pipelines.readers.pdf_layer.characters import Frame, characters_of, words_of
from pipelines.readers.pdf_layer.drawings import read_drawings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypdfium2 import PdfPage

    from pipelines.readers.pdf_layer.characters import Character
    from pipelines.readers.pdf_layer.drawings import Drawings
    from pipelines.text.blocks import Box

_FEWEST_CHARACTERS = 30
"""Fewer stored characters on a page that an image covers, and it is a scan."""
_COVERING = 0.5
"""Of a page's area, from which on its images cover it: a scan has margins, or is stored in strips."""
_FULL = 0.85
_OUTLINES = 200
"""Paths on a page without any character, from which on its text is drawn as outlines."""
_MOSTLY, _NOTED = 0.5, 0.05
"""Shares of characters that the file does not tell."""
_DPI = 200.0
_MOST_PIXELS = 25_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, and how it was read.

    Attributes:
        page: its words and rules.
        notes: observations, as words.
        is_recognised: whether its words were recognised, not stored.
    """

    page: Page
    notes: tuple[str, ...] = ()
    is_recognised: bool = False


def read_sheet(page: PdfPage, number: int) -> Sheet:
    """Read a page.

    Args:
        page: of pdfium.
        number: of the page, from 1.

    Raises:
        ReaderMissing: it is a scan, and what recognises characters is not installed.
    """
    frame = _frame(page)
    characters = tuple(characters_of(page.get_textpage(), frame))
    drawings = read_drawings(page, frame.to_shown)
    covered = _share(drawings.images, frame)
    unknown = sum(not character.is_known for character in characters)
    notes = ["no_unicode"] if unknown > _NOTED * len(characters) else []
    if _is_scan(page, len(characters), covered) or unknown > _MOSTLY * len(characters):
        return Sheet(_recognised(page, number), tuple(notes), is_recognised=True)
    whole = _page(number, frame, characters, drawings)
    if covered >= _FULL and _is_behind(page):
        return Sheet(recognised_elsewhere(whole), (*notes, "text_layer_over_image"))
    return Sheet(whole, tuple(notes))


def _frame(page: PdfPage) -> Frame:
    """Return the shown part of a page; where the file gives it no area, the one that pdfium takes instead."""
    media, crop, turns = page.get_mediabox(), page.get_cropbox(), page.get_rotation() // 90
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:
        width, height = page.get_size()[::-1] if turns % 2 else page.get_size()
        left, bottom, right, top = 0.0, 0.0, width, height
    width, height = right - left, top - bottom
    to_shown = Matrix(1, 0, 0, -1, -left, top).then(turn_page(width, height, turns))
    return Frame((height, width) if turns % 2 else (width, height), to_shown, turns)


def _is_scan(page: PdfPage, characters: int, covered: float) -> bool:
    if characters < _FEWEST_CHARACTERS and covered >= _COVERING:
        return True
    return not characters and _count(page, raw.FPDF_PAGEOBJ_PATH) >= _OUTLINES


def _share(boxes: Sequence[Box], frame: Frame) -> float:
    """Return the share of a page that images cover; where they overlap, it is counted twice."""
    width, height = frame.size
    return sum(
        max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(bottom, height) - max(top, 0.0))
        for left, top, right, bottom in boxes
    ) / (width * height)


def _count(page: PdfPage, kind: int) -> int:
    return sum(1 for _ in page.get_objects(filter=[kind]))


def _is_behind(page: PdfPage) -> bool:
    """Tell whether the characters of a page are not what is seen: invisible, or drawn before the image."""
    is_hidden = True
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE]):
        if drawn.type == raw.FPDF_PAGEOBJ_IMAGE:
            is_hidden = True
        elif raw.FPDFTextObj_GetTextRenderMode(drawn) != raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            is_hidden = False
    return is_hidden


def _page(number: int, frame: Frame, characters: Sequence[Character], drawings: Drawings) -> Page:
    """Return a page as it is read: turned so that most of its characters stand upright."""
    turns = Counter(character.turns for character in characters)
    main = next((turn for turn, _ in turns.most_common() if turn is not None), 0)
    back = (4 - main) % 4
    size = frame.size
    upright = turn_page(*size, back).place_box
    straight = [character.turned_back(upright) for character in characters if character.turns == main]
    tables = tuple(tuple(upright(cell) for cell in table) for table in drawings.tables)
    cells = [cell for table in tables for cell in table]
    aslant = [character.turned_back(upright) for character in characters if character.turns != main]
    width, height = size if back % 2 == 0 else size[::-1]
    return Page(
        number,
        width,
        height,
        words=words_of(straight, cells),
        ruled=tables,
        aslant="".join(character.text for character in aslant),
    )


def _recognised(page: PdfPage, number: int) -> Page:
    """Return the words and tables that are recognised on a page."""
    from pipelines.readers.ocr.pages import recognise_page  # noqa: PLC0415 - loads models, and only scans need it

    width, height = page.get_size()
    scale = min(_DPI / 72, math.sqrt(_MOST_PIXELS / (width * height)))
    image = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return recognise_page(image, scale * 72, number)
