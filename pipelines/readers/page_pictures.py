"""Pictures made fit to be read: opened, on white, straight, of a size that is read; their ink and rules."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.grid import Box
from pipelines.readers.layout.drawn_tables import DrawnTable, Rule, find_tables
from pipelines.readers.layout.geometry import PAPER, box_around
from pipelines.readers.recogniser import SCANS

if TYPE_CHECKING:
    from cv2.typing import MatLike

    from pipelines.readers.recogniser import Picture

    Pictures = Iterator[tuple[Picture, float | None]]
    """Pages, and what the file says of the pixels per inch of each; they are decoded one by one."""
    Mask = MatLike
    """255 where there is something, else 0; as large as the page."""


_PAGE_WIDTH_INCHES = 8.27  # of A4 (ISO 216)
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
# The frames of a GIF are a film.
_WITH_PAGES = frozenset({"TIFF"})
_LOCAL_INCHES = 0.5
# Pixels per inch at which paper and shade are looked for.
_PAPER_DPI, _SHADE_DPI = 20, 50
# What the library raises for files that are not what they say.
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(ZeroDivisionError, struct.error, zlib.error),
)


@contextmanager
def open_pictures(payload: bytes, url: str) -> Iterator[tuple[Pictures, bool]]:
    """Open an image file; formats that are not named are not opened, since one of them starts a program.

    Args:
        payload: its bytes.
        url: where it came from, for errors.

    Yields:
        Its pages, and whether it has further frames, which are no pages but a film.

    Raises:
        UnreadableDocument: it is `damaged` or `too_big`.
    """
    with warnings.catch_warnings():
        # Its size is judged here, before a pixel is decoded.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with (
            refuse_broken(_DAMAGE, "damaged: no image can be opened", url),
            refuse_broken(Image.DecompressionBombError, "too_big: more pixels than a page has", url),
        ):
            image = Image.open(BytesIO(payload), formats=_FORMATS)
        has_more = image.format not in _WITH_PAGES and getattr(image, "n_frames", 1) > 1
        yield _read_pages(image, url), has_more


def _read_pages(image: Image.Image, url: str) -> Pictures:
    """Yield the pages of an image, and what it says of their pixels per inch."""
    with refuse_broken(_DAMAGE, "damaged: its pages cannot be counted", url):
        count = getattr(image, "n_frames", 1) if image.format in _WITH_PAGES else 1
    if count > PAPER.most_pages:
        raise UnreadableDocument(f"too_big: {count} pages", where=url)
    for number in range(count):
        with refuse_broken(_DAMAGE, f"damaged: page {number + 1} breaks off", url):
            image.seek(number)
            yield _read_page(image, url)


def _read_page(image: Image.Image, url: str) -> tuple[Picture, float | None]:
    width, height = image.size
    if width * height > SCANS.most_decoded:
        raise UnreadableDocument(f"too_big: {width} × {height} pixels", where=url)
    if min(width, height) < SCANS.least_side:
        raise UnreadableDocument(f"no_text: {width} × {height} pixels", where=url)
    stated = _stated_dpi(image)
    factor = max(1, math.ceil(math.sqrt(width * height / SCANS.most_pixels)))
    shown = _on_white(ImageOps.exif_transpose(image))
    shown = shown.reduce(factor) if factor > 1 else shown
    return np.asarray(shown, dtype=np.uint8), stated / factor if stated else None


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


def likely_dpi(width: int, height: int, stated: float | None = None) -> float:
    """Return the pixels per inch of a picture of a page.

    Args:
        width: in pixels.
        height: in pixels.
        stated: what its file says; believed where a page of it would be between a third and three times A4.
    """
    by_page = min(width, height) / _PAGE_WIDTH_INCHES
    if stated and by_page / 3 <= stated <= by_page * 3:
        return stated
    return by_page


def fit_scale(width: int, height: int, dpi: float) -> float:
    """Return by what a picture is to be scaled: to 200 dpi at least, to 300 and 25 million pixels at most."""
    wanted = max(SCANS.usual_dpi / dpi, min(1.0, SCANS.most_dpi / dpi))
    most = math.sqrt(SCANS.most_pixels / (width * height))
    return min(wanted, most, SCANS.most_enlarged)


def scale_picture(picture: Picture, factor: float) -> Picture:
    """Return a picture scaled by a factor."""
    if abs(factor - 1) < 0.01:
        return picture
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=how)


def straighten_picture(picture: Picture) -> tuple[Picture, float]:
    """Return a picture with its lines level, and the angle in degrees that it was turned by."""
    angle = measure_skew(picture)
    if abs(angle) < SCANS.least_skew:
        return picture, 0.0
    return turn_picture(picture, angle), angle


def turn_picture(picture: Picture, angle: float) -> Picture:
    """Return a picture turned counter-clockwise about its middle, its corners filled with paper."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    paper = [float(np.median(picture[:, :, band])) for band in range(3)]
    return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper)


def measure_skew(picture: Picture) -> float:
    """Return by how many degrees a page must be turned counter-clockwise for its lines to be level.

    The angle at which the ink gathers in the fewest rows: first by whole degrees, then finer around the best.
    """
    ink = _small_ink(picture)
    if not ink.any():
        return 0.0
    best, step, reach = 0.0, 1.0, SCANS.steepest
    while step >= SCANS.skew_step:
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=lambda angle: (_measure_gathering(ink, angle), -abs(angle))))
        step, reach = step / 4, step
    return best


def _small_ink(picture: Picture) -> Mask:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    factor = min(1.0, 1000 / max(grey.shape))
    small = cv2.GaussianBlur(
        cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), (3, 3), 0
    )
    return cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)


def _measure_gathering(ink: Mask, angle: float) -> float:
    """Return how unevenly the ink falls on the rows of a picture that is turned by an angle."""
    down, across = np.nonzero(ink)
    rows = down - (across - ink.shape[1] / 2) * math.tan(math.radians(angle))
    counts, _ = np.histogram(rows, bins=ink.shape[0], range=(0, ink.shape[0]))
    return float(np.square(counts.astype(np.float64)).sum())


def measure_darkness(picture: Picture, dpi: float) -> Mask:
    """Return how much darker than the paper around it each point is, from 0 to 255; shadows are paper."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    # Paper is what is brightest around.
    paper = _blur_coarsely(grey, dpi, _PAPER_DPI, _LOCAL_INCHES, np.ones((5, 5), np.uint8))
    return cv2.subtract(paper, grey)


def _blur_coarsely(mask: Mask, dpi: float, coarse_dpi: int, inches: float, spread: Mask) -> Mask:
    """Return what is usual around each point of a mask; seen at a coarse scale, for the sake of speed."""
    factor = coarse_dpi / dpi
    coarse = cv2.resize(mask, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    usual = cv2.medianBlur(cv2.dilate(coarse, spread), int(inches * coarse_dpi) | 1)
    return cv2.resize(usual, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_LINEAR)


def measure_contrast(dark: Mask) -> float:
    """Return how much darker than paper the print is."""
    return max(float(np.percentile(dark, 99.5)), SCANS.least_contrast)


def find_ink(dark: Mask, dpi: float) -> Mask:
    """Return where print is: darker than the paper or the shade that it stands on."""
    shade = _blur_coarsely(dark, dpi, _SHADE_DPI, SCANS.shade, np.ones((1, 1), np.uint8))
    print_alone = cv2.subtract(cv2.GaussianBlur(dark, (3, 3), 0), shade)
    return np.where(print_alone > SCANS.darker * measure_contrast(dark), np.uint8(255), np.uint8(0))


def erase_boxes(mask: Mask, boxes: Iterable[Box], margin: int) -> Mask:
    """Return a mask without what is in boxes of pixels, and so many pixels around them."""
    left = mask.copy()
    for box in boxes:
        x0, y0, x1, y1 = (int(value) for value in box)
        left[max(0, y0 - margin) : y1 + margin + 1, max(0, x0 - margin) : x1 + margin + 1] = 0
    return left


def find_marks(mask: Mask, dpi: float) -> Iterator[Box]:
    """Yield the boxes in pixels of what stands together on a line, from the size of a dash on."""
    near = cv2.dilate(mask, np.ones((3, max(3, int(dpi * 0.04))), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    for number, (left, top, width, height, _) in enumerate(stats[1:].tolist(), 1):
        around = np.s_[top : top + height, left : left + width]
        own = np.where(labels[around] == number, mask[around], np.uint8(0))
        box = _box_of(own, left, top)
        is_large = box and max(box.width, box.height) >= 0.03 * dpi
        if box and is_large and cv2.countNonZero(own) >= (0.016 * dpi) ** 2:
            yield box


def find_extent(mask: Mask, box: Box) -> Box | None:
    """Return the smallest box around what a mask has in a box of pixels; None where it has nothing."""
    x0, y0, x1, y1 = (max(0, int(value)) for value in box)
    return _box_of(mask[y0:y1, x0:x1], x0, y0)


def _box_of(mask: Mask, left: int, top: int) -> Box | None:
    """Return the box around what is in a piece of a mask that begins at a point; None where it is empty."""
    x, y, width, height = cv2.boundingRect(mask) if mask.size else (0, 0, 0, 0)
    return Box(left + x, top + y, left + x + width, top + y + height) if width else None


# The rules of a picture, and the cells between them.


class Rules(NamedTuple):
    """The rules of a page: those that go across, and those that go down."""

    across: Mask
    down: Mask

    @property
    def all(self) -> Mask:
        """Both together, a little wider than drawn."""
        return cv2.dilate(cv2.bitwise_or(self.across, self.down), np.ones((5, 5), np.uint8))


def find_rules(dark: Mask, dpi: float) -> Rules:
    """Find the rules of a page that is level.

    Args:
        dark: how much darker than paper each point is.
        dpi: pixels per inch.
    """
    faint = SCANS.faint_rule * measure_contrast(dark)
    return Rules(_find_strokes(dark, faint, dpi), _find_strokes(dark.T, faint, dpi, SCANS.rule_height).T)


def _find_strokes(dark: Mask, faint: float, dpi: float, long: float = SCANS.rule_length) -> Mask:
    """Return the strokes that go across, are thin, and stand alone, without characters above and below."""
    # What is no thinner than this is shade, and no rule.
    thin = max(3, int(SCANS.thickest_rule * dpi) | 1)
    narrow = cv2.morphologyEx(np.ascontiguousarray(dark), cv2.MORPH_TOPHAT, np.ones((thin, 1), np.uint8))
    # Smeared along itself a rule outlasts noise and small gaps.
    smeared = cv2.blur(narrow, (max(5, int(dpi * 0.06)), 1))
    drawn = np.where(smeared > faint, np.uint8(255), np.uint8(0))
    # A pixel of leeway, for what is not quite level.
    wide = cv2.dilate(drawn, np.ones((3, 1), np.uint8))
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((1, int(long * dpi)), np.uint8))
    return _standing_alone(opened, drawn, dpi)


def _standing_alone(strokes: Mask, drawn: Mask, dpi: float) -> Mask:
    """Return the strokes that have paper on both sides for the most part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    away = max(2, int(SCANS.clear * dpi))
    kept = np.zeros(count, np.uint8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number][:4])
        above = drawn[max(0, top - away) : top, left : left + width].any(axis=0)
        below = drawn[top + height : top + height + away, left : left + width].any(axis=0)
        is_thin = height <= (SCANS.thickest_rule + SCANS.clear) * dpi
        kept[number] = 255 if is_thin and float((above | below).mean()) <= SCANS.beside_rule else 0
    return np.asarray(kept[labels], dtype=np.uint8)


def find_cells(rules: Rules, dpi: float) -> tuple[DrawnTable, ...]:
    """Return the tables that rules make, from top to bottom, their boxes in pixels."""
    levels, uprights = _list_rules(rules.across, 72 / dpi), _list_rules(rules.down.T, 72 / dpi)
    return tuple(
        DrawnTable(*(tuple(box.scale(dpi / 72) for box in boxes) for boxes in (table.cells, table.torn)))
        for table in find_tables(levels, uprights)
        if _is_large(table)
    )


def _list_rules(mask: Mask, points: float) -> Iterator[Rule]:
    """Yield the strokes of a mask that go across, of so many points a pixel."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask), connectivity=8)
    for (left, _, width, *_), (_, down) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        yield Rule(down * points, left * points, (left + width) * points)


def _is_large(table: DrawnTable) -> bool:
    box = box_around(table.boxes)
    return box.width >= SCANS.least_table * 72 and box.height >= SCANS.least_table * 36
