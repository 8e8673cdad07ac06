"""Where a picture of a page has ink."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pipelines.readers.ocr.engine import Picture
    from pipelines.text.blocks import Box

    Mask = NDArray[np.uint8]
    """255 where there is something, else 0; as large as the page."""

_DARKER = 0.3
"""Of the contrast between paper and print: what is darker than paper by more is ink."""
_LEAST_CONTRAST = 40
_LOCAL_INCHES = 0.5
_SHADE_DPI, _SHADE_INCHES = 50, 0.4
"""What is dark for the most part of so many inches is shade; seen at so many pixels per inch, for speed."""


def darkness(picture: Picture, dpi: float) -> Mask:
    """Return how much darker than the paper around it each point is, from 0 to 255; shadows are paper."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    # Paper is what is brightest around; seen at a coarse scale, for the sake of speed.
    factor = 20 / dpi
    coarse = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    size = max(3, int(_LOCAL_INCHES * 20) | 1)
    paper = cv2.medianBlur(cv2.dilate(coarse, np.ones((5, 5), np.uint8)), size)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.subtract(paper, grey), dtype=np.uint8)


def contrast_of(dark: Mask) -> float:
    """Return how much darker than paper the print is."""
    return max(float(np.percentile(dark, 99.5)), _LEAST_CONTRAST)


def ink_of(dark: Mask, dpi: float) -> Mask:
    """Return where print is: darker than the paper or the shade that it stands on."""
    factor = _SHADE_DPI / dpi
    coarse = cv2.resize(dark, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    shade = cv2.medianBlur(coarse, int(_SHADE_INCHES * _SHADE_DPI) | 1)
    shade = cv2.resize(shade, (dark.shape[1], dark.shape[0]), interpolation=cv2.INTER_LINEAR)
    print_alone = cv2.subtract(cv2.GaussianBlur(dark, (3, 3), 0), shade)
    return np.where(print_alone > _DARKER * contrast_of(dark), np.uint8(255), np.uint8(0))


def erased(mask: Mask, boxes: Iterable[Box], margin: int = 0) -> Mask:
    """Return a mask without what is in boxes of pixels, and so many pixels around them."""
    left = mask.copy()
    for box in boxes:
        x0, y0, x1, y1 = (int(value) for value in box)
        left[max(0, y0 - margin) : y1 + margin + 1, max(0, x0 - margin) : x1 + margin + 1] = 0
    return left


def marks(mask: Mask, dpi: float) -> Iterator[Box]:
    """Yield the boxes in pixels of what stands together on a line, from the size of a dash on."""
    near = cv2.dilate(mask, np.ones((3, max(3, int(dpi * 0.04))), np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    if count <= 1:
        return
    down, across = np.nonzero(mask)
    numbers = labels[down, across]
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(1, count + 1))
    for first, end in pairwise(starts):
        ys, xs = down[order[first:end]], across[order[first:end]]
        if len(ys) == 0:
            continue
        box = (float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1)
        if _is_mark(box, len(ys), dpi):
            yield box


def _is_mark(box: Box, pixels: int, dpi: float) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return max(width, height) >= 0.03 * dpi and pixels >= (0.016 * dpi) ** 2


def extent(mask: Mask, box: Box) -> Box | None:
    """Return the smallest box around what a mask has in a box of pixels; None where it has nothing."""
    x0, y0, x1, y1 = (max(0, int(value)) for value in box)
    down, across = np.nonzero(mask[y0:y1, x0:x1])
    if len(down) == 0:
        return None
    return (
        float(x0 + across.min()),
        float(y0 + down.min()),
        float(x0 + across.max()) + 1,
        float(y0 + down.max()) + 1,
    )
