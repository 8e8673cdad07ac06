"""Boxes and maps of pages: in points of 1/72 inch from the top left corner, downwards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.grid import Box
from pipelines.knowledge import load_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PaperThresholds:
    """What tells lines, paragraphs and edges of a page apart (`knowledge/thresholds/paper.yaml`)."""

    line_overlap: float
    space_gap: float
    mixed_gap: float
    spread_gap: float
    askew: float
    word_gap: float
    figure_size: float
    twice_shift: float
    stacked_from: float
    stacked_to: float
    full_line: float
    indent: float
    pitch: float
    widest_pitch: float
    alike_size: float
    title_size: float
    many_lines: int
    fewest_full: int
    narrowest: float
    edge: float
    head_lines: int
    head_shift: float
    footnote_size: float
    most_pages: int


PAPER = load_thresholds("pipelines.knowledge", "paper", PaperThresholds)


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine map as OFD and PDF write it: x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def place(self, x: float, y: float) -> Point:
        """Return where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def place_box(self, box: Box) -> Box:
        """Return the smallest box around where a box goes."""
        corners = [self.place(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        return box_around(Box(x, y, x, y) for x, y in corners)

    def then(self, after: Matrix) -> Matrix:
        """Return the map that does this one first and the other one afterwards."""
        e, f = after.place(self.e, self.f)
        return Matrix(
            after.a * self.a + after.c * self.b,
            after.b * self.a + after.d * self.b,
            after.a * self.c + after.c * self.d,
            after.b * self.c + after.d * self.d,
            e,
            f,
        )

    @property
    def inverse(self) -> Matrix:
        """The map back; that which changes nothing where there is none."""
        area = self.a * self.d - self.b * self.c
        if not area:
            return Matrix()
        a, b, c, d = self.d / area, -self.b / area, -self.c / area, self.a / area
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    @property
    def turn(self) -> float:
        """How far it turns what was level: clockwise degrees from 0 to 360, as the page is seen."""
        return math.degrees(math.atan2(self.b, self.a)) % 360


def turn_by(degrees: float) -> Matrix:
    """Return the map that turns clockwise about the origin."""
    across, down = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Matrix(across, down, -down, across)


def turn_page(width: float, height: float, turns: int) -> Matrix:
    """Return the map that turns a page clockwise.

    Args:
        width: of the page before it is turned.
        height: of the page before it is turned.
        turns: quarter turns, from 0 to 3.
    """
    return (
        Matrix(),
        Matrix(0, 1, -1, 0, height, 0),
        Matrix(-1, 0, 0, -1, width, height),
        Matrix(0, -1, 1, 0, 0, width),
    )[turns]


def list_places(boxes: Sequence[Box]) -> tuple[list[float], list[float], list[float]]:
    """Return how far from the left boxes begin, end, and have their middle."""
    return (
        [box.left for box in boxes],
        [box.right for box in boxes],
        [box.centre_x for box in boxes],
    )


def are_aligned(boxes: Sequence[Box], most: float) -> bool:
    """Tell whether boxes begin, end, or have their middle one below the other, so far apart at most."""
    return any(max(places) - min(places) <= most for places in list_places(boxes))


def find_cell(box: Box, cells: Iterable[Box]) -> Box | None:
    """Return the cell that the middle of a box is in, the first of several; None where it is in none."""
    return next((cell for cell in cells if cell.holds_middle(box)), None)


def box_around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around boxes, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
