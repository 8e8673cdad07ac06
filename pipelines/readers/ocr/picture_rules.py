"""The rules of a picture, and the cells between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipelines.readers.layout.drawn_tables import DrawnTable, Rule, find_tables
from pipelines.readers.layout.geometry import box_around
from pipelines.readers.ocr.page_pictures import measure_contrast
from pipelines.readers.ocr.recogniser import SCANS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.readers.ocr.page_pictures import Mask
    from pipelines.text.blocks import Box

# Inches from which on a level stroke is a rule: longer than those of characters.
_LONG_ACROSS = 0.4
# Of its length, beside which something else may stand close.
_MOST_BESIDE = 0.4


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a page: those that go across, and those that go down."""

    across: Mask
    down: Mask

    @property
    def all(self) -> Mask:
        """Both together, a little wider than drawn."""
        return np.asarray(cv2.dilate(self.across | self.down, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def find_rules(dark: Mask, dpi: float) -> Rules:
    """Find the rules of a page that is level.

    Args:
        dark: how much darker than paper each point is.
        dpi: pixels per inch.
    """
    faint = SCANS.faint_rule * measure_contrast(dark)
    return Rules(_find_strokes(dark, faint, dpi), _find_strokes(dark.T, faint, dpi, SCANS.rule_height).T)


def _find_strokes(dark: Mask, faint: float, dpi: float, long: float = _LONG_ACROSS) -> Mask:
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
    return _standing_alone(np.asarray(opened, dtype=np.uint8), drawn, dpi)


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
        kept[number] = 255 if is_thin and float((above | below).mean()) <= _MOST_BESIDE else 0
    return np.asarray(kept[labels], dtype=np.uint8)


def find_cells(rules: Rules, dpi: float) -> tuple[DrawnTable, ...]:
    """Return the tables that rules make, from top to bottom, their boxes in pixels."""
    points = 72 / dpi
    levels = (Rule(at * points, start * points, end * points) for at, start, end in _list_lines(rules.across))
    uprights = (
        Rule(at * points, start * points, end * points) for at, start, end in _list_lines(rules.down.T)
    )
    return tuple(
        DrawnTable(_scale_boxes(table.cells, dpi / 72), _scale_boxes(table.torn, dpi / 72))
        for table in find_tables(levels, uprights)
        if _is_large(table)
    )


def _list_lines(mask: Mask) -> Iterator[tuple[float, float, float]]:
    """Yield the strokes of a mask that go across: how far down each is, where it begins and where it ends."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask), connectivity=8)
    for (left, _, width, *_), (_, down) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        yield down, left, left + width


def _scale_boxes(boxes: Iterable[Box], factor: float) -> tuple[Box, ...]:
    return tuple((box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor) for box in boxes)


def _is_large(table: DrawnTable) -> bool:
    left, top, right, bottom = box_around(table.boxes)
    return right - left >= SCANS.least_table * 72 and bottom - top >= SCANS.least_table * 36
