"""A picture of a page → its words and the cells of its tables, as a page of paper.

picture ─ scaled, straightened, the right way up ─┬─ rules ─▶ cells
                                                  └─ lines ─ figures again, unread ink ─▶ words
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.readers.layout.geometry import Matrix, Word, box_around, find_cell, turn_by, turn_page
from pipelines.readers.layout.page_blocks import Page
from pipelines.readers.page_pictures import (
    erase_boxes,
    find_cells,
    find_extent,
    find_ink,
    find_marks,
    find_rules,
    fit_scale,
    measure_darkness,
    scale_picture,
    straighten_picture,
)
from pipelines.readers.recogniser import (
    Line,
    list_turns,
    measure_legibility,
    read_line,
    read_lines,
)

if TYPE_CHECKING:
    from pipelines.readers.layout.drawn_tables import DrawnTable
    from pipelines.readers.page_pictures import Mask
    from pipelines.readers.recogniser import Picture


class LineThresholds(Thresholds):
    """What belongs to a line, and how it is read again (`knowledge/thresholds/recognised_lines.yaml`)."""

    spill: float
    end_reach: float
    sure_mark: float
    thinnest_picture: float
    longest_picture: int
    margin: float
    other_margin: float
    least_height: float
    piece_pixels: int
    slant: float


LINES = LineThresholds.load("recognised_lines")


class Sheet(NamedTuple):
    """A page made ready: level, its rules known.

    Attributes:
        picture: level, with its rules.
        clean: the same without them.
        ink: what is printed beside the rules.
        tables: between the rules.
        dpi: pixels per inch.
        angle: by which it was turned counter-clockwise until it was level, in degrees.
        quarters: by which it was turned counter-clockwise before that.
    """

    picture: Picture
    clean: Picture
    ink: Mask
    tables: tuple[DrawnTable, ...]
    dpi: float
    angle: float
    quarters: int = 0

    def lead_back(self) -> Matrix:
        """Return what leads from points of the level page to points of the picture as it was given."""
        height, width = (side * 72 / self.dpi for side in self.picture.shape[:2])
        from_middle = Matrix(e=-width / 2, f=-height / 2)
        turned = from_middle.then(turn_by(self.angle)).then(from_middle.inverse)
        return turned.then(turn_page(width, height, self.quarters))


def recognise_page(picture: Picture, dpi: float, page_number: int) -> Page:
    """Recognise a picture of a page.

    Args:
        picture: rows × columns × 3 of red, green and blue, 0 to 255.
        dpi: its pixels per inch.
        page_number: from 1.

    Returns:
        The page once it is level: every word with its confidence, which for a figure is that of the weaker of
        two readings, and 0 where they differ; `□` with 0 for print that cannot be made out; and the cells of
        its ruled tables. A cell without a word has no print in it.

    Raises:
        ReaderMissing: OCR is not installed.
    """
    if _is_sliver(picture, dpi):
        height, width = picture.shape[:2]
        return Page(page_number, width * 72 / dpi, height * 72 / dpi, (), is_recognised=True)
    sheet, lines = _right_way_up(picture, dpi)
    points = 72 / sheet.dpi
    height, width = sheet.picture.shape[:2]
    return Page(
        number=page_number,
        width=width * points,
        height=height * points,
        words=tuple(
            Word(text, line.box.scale(points), line.confidence)
            for line in _read_sheet(sheet, lines)
            if (text := line.text.strip())
        ),
        ruled=tuple(tuple(cell.scale(points) for cell in table.boxes) for table in sheet.tables),
        as_seen=sheet.lead_back(),
        seen_width=(height if sheet.quarters % 2 else width) * points,
        is_recognised=True,
    )


def _is_sliver(picture: Picture, dpi: float) -> bool:
    """Tell whether a picture is too thin for a line of print, or so long that it would vanish when scaled."""
    thin, long = sorted(picture.shape[:2])
    return bool(thin / dpi < LINES.thinnest_picture or long > LINES.longest_picture * thin)


def _made_ready(picture: Picture, dpi: float) -> Sheet:
    factor = fit_scale(picture.shape[1], picture.shape[0], dpi)
    level, angle = straighten_picture(scale_picture(picture, factor))
    dpi *= factor
    dark = measure_darkness(level, dpi)
    rules = find_rules(dark, dpi)
    clean = level.copy()
    clean[rules.all > 0] = np.uint8(np.median(level))
    ink = np.where(rules.all > 0, np.uint8(0), find_ink(dark, dpi))
    return Sheet(level, clean, ink, find_cells(rules, dpi), dpi, angle)


def _right_way_up(picture: Picture, dpi: float) -> tuple[Sheet, tuple[Line, ...]]:
    """Return a page that is ready, turned as it is read best, and its lines."""
    sheet = _made_ready(picture, dpi)
    lines = tuple(read_lines(sheet.picture))
    # Each turn is read anew in full, which takes as long as the page: only where its lines look turned.
    for quarters in list_turns(lines):
        other = _made_ready(np.ascontiguousarray(np.rot90(picture, quarters)), dpi)
        other_lines = tuple(read_lines(other.picture))
        if measure_legibility(other_lines) > measure_legibility(lines):
            sheet, lines = other._replace(quarters=quarters), other_lines
    return sheet, lines


def _read_sheet(sheet: Sheet, lines: tuple[Line, ...]) -> Iterator[Line]:
    torn = {cell for table in sheet.tables for cell in table.torn}
    boxes = [cell for table in sheet.tables for cell in table.boxes]
    kept = []
    for line in lines:
        cell = find_cell(line.box, boxes)
        if not _does_spill(line.box, cell, boxes):
            kept.append((line, cell))
    unread = erase_boxes(sheet.ink, (line.box for line, _ in kept), margin=max(1, int(0.01 * sheet.dpi)))
    found = [(mark, find_cell(mark, boxes)) for mark in _marks_by_cell(unread, sheet.dpi, boxes)]
    outside = {mark for mark, cell in found if cell is None}
    for line, cell in kept:
        yield (
            _check_line(line, cell, sheet, is_torn=cell in torn)
            if cell
            else _complete_line(line, outside, sheet)
        )
    for mark, cell in found:
        if cell is None and mark not in outside:
            continue
        line = read_mark(mark, sheet)
        if cell is not None:
            yield Line(line.text, line.box, 0.0 if cell in torn else line.confidence)
        elif line.confidence >= LINES.sure_mark or any(_stands_beside(mark, other.box) for other, _ in kept):
            yield line


def _complete_line(line: Line, marks: set[Box], sheet: Sheet) -> Line:
    """Return a line of text with the ink at its ends that was left out: the flat 一 of 一、 is overlooked.

    Args:
        line: outside of tables.
        marks: the ink outside of tables that belongs to no line; what is read here is taken from it.
        sheet: the page.
    """
    height = line.box.height
    ends = [
        mark
        for mark in marks
        if line.box.top <= mark.centre_y <= line.box.bottom
        and mark.height <= 1.2 * height
        and 0 < max(line.box.left - mark.left, mark.right - line.box.right) <= LINES.end_reach * height
    ]
    if ends:
        whole = read_again(line, box_around([line.box, *ends]), sheet)
        if whole:
            marks.difference_update(ends)
            return whole
    return _check_line(line, None, sheet, is_torn=False)


def _check_line(line: Line, cell: Box | None, sheet: Sheet, *, is_torn: bool) -> Line:
    if is_torn:
        return Line(line.text, line.box, 0.0)
    if not is_figure_like(line.text):
        return line
    reach = 0.3 * line.box.height
    left, right = line.box.left - reach, line.box.right + reach
    if cell:
        left, right = max(left, cell.left), min(right, cell.right)
    within = line.box._replace(left=left, right=right)
    return confirm_figure(line, within, sheet)


def _does_spill(box: Box, cell: Box | None, cells: Sequence[Box]) -> bool:
    """Tell whether a line covers parts of several cells, so that it may be the figures of several."""
    leeway = LINES.spill * min(box.height, box.width)
    inner = Box(box.left + leeway, box.top + leeway, box.right - leeway, box.bottom - leeway)
    others = (other for other in cells if other != cell)
    return any(
        min(inner.right, other.right) > max(inner.left, other.left) and inner.shared_height(other) > 0
        for other in others
    )


def _marks_by_cell(unread: Mask, dpi: float, cells: Sequence[Box]) -> Iterator[Box]:
    """Yield the marks of a mask, none over the edge of a cell."""
    parted = unread.copy()
    for left, top, right, bottom in cells:
        for x in (left, right):
            parted[int(top) : int(bottom), max(0, int(x) - 1) : int(x) + 2] = 0
    yield from find_marks(parted, dpi)


def _stands_beside(mark: Box, line: Box) -> bool:
    """Tell whether a mark is on a line and about as high as its characters."""
    height = line.height
    return mark.shared_height(line) >= 0.7 * mark.height and 0.4 * height <= mark.height <= 1.2 * height


# Figures read a second time, each cut out of its page alone, and ink that was not read the first time.
# Two readings at two scales seldom err alike: where they differ the confidence is 0, and the first is kept.

UNREAD = "□"
"""The mark that print has for a character that cannot be made out."""
_FIGURE = re.compile(r"[^\W\d_]{0,4}[\d〇][\d\W]*[^\W\d_]{0,4}")


def is_figure_like(text: str) -> bool:
    """Tell whether a line may be a figure, with its unit."""
    return _FIGURE.fullmatch(text.strip()) is not None


def confirm_figure(line: Line, within: Box, sheet: Sheet) -> Line:
    """Return a line with the confidence that two readings of it leave.

    Args:
        line: as it was read on its page.
        within: the box in pixels that holds this line and no other ink.
        sheet: the page.
    """
    box = find_extent(sheet.ink, within)
    if box is None:
        return line._replace(confidence=0.0)
    text, confidence = read_line(_cut_piece(sheet, box, LINES.margin))
    bare = _bare_text(text)
    is_same = bare == _bare_text(line.text) and not _is_stroke(bare, sheet.ink, box)
    return line._replace(confidence=min(line.confidence, confidence) if is_same else 0.0)


def read_mark(box: Box, sheet: Sheet) -> Line:
    """Read ink that was not found to be a line; twice, as all figures.

    Args:
        box: of the ink, in pixels.
        sheet: the page.
    """
    text, sure = read_line(_cut_piece(sheet, box, LINES.margin))
    again, as_sure = read_line(_cut_piece(sheet, box, LINES.other_margin))
    is_same = (
        bool(_bare_text(text))
        and _bare_text(text) == _bare_text(again)
        and not _is_stroke(_bare_text(text), sheet.ink, box)
    )
    best = text if sure >= as_sure else again
    return Line(best.strip() or UNREAD, box, min(sure, as_sure) if is_same else 0.0)


def read_again(line: Line, box: Box, sheet: Sheet) -> Line | None:
    """Read a line in a larger box; None where what was read of it before is not all there.

    Args:
        line: as it was read.
        box: around it and more, in pixels.
        sheet: the page.
    """
    text, confidence = read_line(_cut_piece(sheet, box, 0.0))
    if _bare_text(line.text) not in _bare_text(text) or _bare_text(line.text) == _bare_text(text):
        return None
    return Line(text, box, min(line.confidence, confidence))


def _cut_piece(sheet: Sheet, box: Box, margin: float) -> Picture:
    """Return a piece of a page without its rules, paper around it, as high as the recogniser likes it."""
    picture, height = sheet.clean, max(box.height, LINES.least_height * sheet.dpi)
    around = margin * height
    down = (height - box.height) / 2 + around
    x0, x1 = int(max(0, box.left - around)), int(min(picture.shape[1], box.right + around + 1))
    y0, y1 = int(max(0, box.top - down)), int(min(picture.shape[0], box.bottom + down + 1))
    piece = picture[y0:y1, x0:x1]
    factor = LINES.piece_pixels / max(1, piece.shape[0])
    return np.asarray(cv2.resize(piece, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def _is_stroke(text: str, ink: Mask, box: Box) -> bool:
    """Tell whether what was read as a one is a slanting stroke: `/` stands for a cell without a figure."""
    if text != "1":
        return False
    left, top, right, bottom = (int(value) for value in box)
    down, across = np.nonzero(ink[top:bottom, left:right])
    if len(down) < 2 or down.std() == 0 or across.std() == 0:
        return False
    return abs(float(np.corrcoef(down, across)[0, 1])) > LINES.slant


def _bare_text(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
