"""Pictures made fit to be read: straight, large enough, not larger than the machine can bear."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.readers.ocr.engine import Picture

MOST_PIXELS = 25_000_000
_STEEPEST = 6.0
"""Degrees up to which a page is taken to be skewed."""
_LEAST_SKEW = 0.05
_SHARPEST_STEP = 0.02
_FEWEST_DPI, _USUAL_DPI = 150, 200
_PAGE_WIDTH_INCHES = 8.27


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
    wanted = max(1.0, _USUAL_DPI / dpi) if dpi < _USUAL_DPI else min(1.0, 300 / dpi)
    most = math.sqrt(MOST_PIXELS / (width * height))
    return min(wanted, most, 4.0)


def scaled(picture: Picture, factor: float) -> Picture:
    """Return a picture scaled by a factor."""
    if abs(factor - 1) < 0.01:
        return picture
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=how), dtype=np.uint8)


def straightened(picture: Picture) -> tuple[Picture, float]:
    """Return a picture with its lines level, and the angle in degrees that it was turned by."""
    angle = skew_of(picture)
    if abs(angle) < _LEAST_SKEW:
        return picture, 0.0
    return turned(picture, angle), angle


def turned(picture: Picture, angle: float) -> Picture:
    """Return a picture turned counter-clockwise about its middle, its corners filled with paper."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    paper = [float(np.median(picture[:, :, band])) for band in range(3)]
    level = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper)
    return np.asarray(level, dtype=np.uint8)


def skew_of(picture: Picture) -> float:
    """Return by how many degrees a page must be turned counter-clockwise for its lines to be level.

    The angle at which the ink gathers in the fewest rows: first by whole degrees, then finer around the best.
    """
    ink = _small_ink(picture)
    if not ink.any():
        return 0.0
    best, step, reach = 0.0, 1.0, _STEEPEST
    while step >= _SHARPEST_STEP:
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=lambda angle: (_gathered(ink, angle), -abs(angle))))
        step, reach = step / 4, step
    return best


def _small_ink(picture: Picture) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    factor = min(1.0, 1000 / max(grey.shape))
    small = cv2.GaussianBlur(
        cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), (3, 3), 0
    )
    around = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    return np.asarray(around, dtype=np.uint8)


def _gathered(ink: NDArray[np.uint8], angle: float) -> float:
    """Return how unevenly the ink falls on the rows of a picture that is turned by an angle."""
    down, across = np.nonzero(ink)
    rows = down - (across - ink.shape[1] / 2) * math.tan(math.radians(angle))
    counts, _ = np.histogram(rows, bins=ink.shape[0], range=(0, ink.shape[0]))
    return float(np.square(counts.astype(np.float64)).sum())
