"""Figures read a second time, each cut out of its page alone, and ink that was not read the first time.

Two readings at two scales seldom err alike: where they differ the confidence is 0, and the first is kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipelines.readers.ocr.page_pictures import find_extent
from pipelines.readers.ocr.recogniser import Line, read_line

if TYPE_CHECKING:
    from pipelines.readers.ocr.page_pictures import Mask
    from pipelines.readers.ocr.recogniser import Picture
    from pipelines.text.blocks import Box

UNREAD = "□"
"""The mark that print has for a character that cannot be made out."""
_FIGURE = re.compile(r"[^\W\d_]{0,4}[\d〇][\d\W]*[^\W\d_]{0,4}")
_MARGINS = (0.35, 0.15)
"""Of the height of a line, around it: the second reading's, and that of a third."""
_LEAST_HEIGHT = 0.12
"""Inches: what is lower, a dash, is read within so much paper."""
_HEIGHT_PX = 64
_SLANTING = 0.7
"""How closely the ink of a stroke follows a slanting line."""


def is_figure_like(text: str) -> bool:
    """Tell whether a line may be a figure, with its unit."""
    return _FIGURE.fullmatch(text.strip()) is not None


def confirm_figure(line: Line, picture: Picture, ink: Mask, within: Box, dpi: float) -> Line:
    """Return a line with the confidence that two readings of it leave.

    Args:
        line: as it was read on its page.
        picture: the page, without its rules.
        ink: of the page, without its rules.
        within: the box in pixels that holds this line and no other ink.
        dpi: pixels per inch.
    """
    box = find_extent(ink, within)
    if box is None:
        return replace(line, confidence=0.0)
    text, confidence = read_line(_cut_piece(picture, box, _MARGINS[0], dpi))
    bare = _bare_text(text)
    is_same = bare == _bare_text(line.text) and not _is_stroke(bare, ink, box)
    return replace(line, confidence=min(line.confidence, confidence) if is_same else 0.0)


def read_mark(picture: Picture, ink: Mask, box: Box, dpi: float) -> Line:
    """Read ink that was not found to be a line; twice, as all figures.

    Args:
        picture: the page, without its rules.
        ink: of the page, without its rules.
        box: of the ink, in pixels.
        dpi: pixels per inch.
    """
    (text, sure), (again, as_sure) = (read_line(_cut_piece(picture, box, margin, dpi)) for margin in _MARGINS)
    is_same = (
        bool(_bare_text(text))
        and _bare_text(text) == _bare_text(again)
        and not _is_stroke(_bare_text(text), ink, box)
    )
    best = text if sure >= as_sure else again
    return Line(best.strip() or UNREAD, box, min(sure, as_sure) if is_same else 0.0)


def read_again(line: Line, box: Box, picture: Picture, dpi: float) -> Line | None:
    """Read a line in a larger box; None where what was read of it before is not all there.

    Args:
        line: as it was read.
        box: around it and more, in pixels.
        picture: the page, without its rules.
        dpi: pixels per inch.
    """
    text, confidence = read_line(_cut_piece(picture, box, 0.0, dpi))
    if _bare_text(line.text) not in _bare_text(text) or _bare_text(line.text) == _bare_text(text):
        return None
    return Line(text, box, min(line.confidence, confidence))


def _cut_piece(picture: Picture, box: Box, margin: float, dpi: float) -> Picture:
    """Return a piece of a page with paper around it, as high as the recogniser likes it."""
    height = max(box[3] - box[1], _LEAST_HEIGHT * dpi)
    around = margin * height
    down = (height - (box[3] - box[1])) / 2 + around
    x0, x1 = int(max(0, box[0] - around)), int(min(picture.shape[1], box[2] + around + 1))
    y0, y1 = int(max(0, box[1] - down)), int(min(picture.shape[0], box[3] + down + 1))
    piece = picture[y0:y1, x0:x1]
    factor = _HEIGHT_PX / max(1, piece.shape[0])
    return np.asarray(cv2.resize(piece, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def _is_stroke(text: str, ink: Mask, box: Box) -> bool:
    """Tell whether what was read as a one is a slanting stroke: `/` stands for a cell without a figure."""
    if text != "1":
        return False
    left, top, right, bottom = (int(value) for value in box)
    down, across = np.nonzero(ink[top:bottom, left:right])
    if len(down) < 2 or down.std() == 0 or across.std() == 0:
        return False
    return abs(float(np.corrcoef(down, across)[0, 1])) > _SLANTING


def _bare_text(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
