"""Where things stand on a page: boxes and maps in points (1/72 inch) from its top left corner, words, lines.

A text layer and a recogniser of characters both bring words; behind them nobody asks which it was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

Point = tuple[float, float]

_FIGURE = re.compile(r"[-+−增减]?\d[\d,，]*(?:\.\d+)?%?|[-—–－/]+")

# Characters of scripts that part their words by spaces: Latin, Cyrillic, Arabic, Tibetan, Mongolian.
_SPACED = re.compile(r"[0-9A-Za-z\u00C0-\u1FFF]")


class PaperThresholds(Thresholds):
    """What tells lines, paragraphs and edges of a page apart (`knowledge/thresholds/paper.yaml`)."""

    line_overlap: float
    space_gap: float
    mixed_gap: float
    spread_gap: float
    askew: float
    word_gap: float
    figure_size: float
    raised_figure: float
    struck: float
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


PAPER = PaperThresholds.load("paper")


class Matrix(FrozenStruct):
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


class Word(NamedTuple):
    """Characters that stand together on one line: a Latin word, a number, a run of Chinese characters.

    Attributes:
        text: without white space at its ends, not empty. Two figures of a table are never one word.
        box: as high as the line, so that it tells the size of the characters.
        confidence: of recognised characters, from 0 to 1; None where the characters were stored.
    """

    text: str
    box: Box
    confidence: float | None = None

    @property
    def height(self) -> float:
        """The height of its box in points."""
        return self.box.height


def measure_share(boxes: Iterable[Box], width: float, height: float) -> float:
    """Return the share of a page that boxes cover; where they overlap, it is counted twice."""
    return sum(
        max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(bottom, height) - max(top, 0.0))
        for left, top, right, bottom in boxes
    ) / (width * height)


def least_confidence(words: Iterable[Word]) -> float | None:
    """Return the least confidence of words; None where none of them was recognised."""
    return min((word.confidence for word in words if word.confidence is not None), default=None)


def is_figure(text: str) -> bool:
    """Tell whether a word is what stands in a cell of figures: a number, or the dash in its place."""
    return bool(_FIGURE.fullmatch(text))


class Line(FrozenStruct):
    """Words of one line, from left to right.

    Attributes:
        words: at least one.
        digit: the width of one in a table whose words keep their places in the text; 0 elsewhere.
    """

    words: tuple[Word, ...]
    digit: float = 0.0

    @property
    def box(self) -> Box:
        """The smallest box around its words."""
        return box_around(word.box for word in self.words)

    @property
    def size(self) -> float:
        """The height of most of its characters in points: one mark set higher does not change it."""
        return median(word.height for word in self.words for _ in word.text)

    @property
    def text(self) -> str:
        """The words, with a space where one was printed or where two would become another.

        In a table without a grid each stands where it is printed, a character for the width of a digit.
        """
        if self.digit:
            text = ""
            for word in self.words:
                text = text.ljust(max(round(word.box.left / self.digit), len(text) + bool(text))) + word.text
            return text
        text = self.words[0].text
        for before, word in pairwise(self.words):
            gap = word.box.left - before.box.right
            is_mixed = _SPACED.match(before.text[-1]) or _SPACED.match(word.text[0])
            least = (PAPER.mixed_gap if is_mixed else PAPER.space_gap) * self.size
            text += choose_separator(before.text, word.text, is_apart=gap > least) + word.text
        return text

    @property
    def is_spread(self) -> bool:
        """Whether words stand so far apart that the line is a row of something, no running text."""
        if self.digit:
            return True
        gaps = (word.box.left - before.box.right for before, word in pairwise(self.words))
        return any(gap > PAPER.spread_gap * self.size for gap in gaps)

    @property
    def confidence(self) -> float | None:
        """The least confidence of its words."""
        return least_confidence(self.words)


def choose_separator(before: str, after: str, *, is_apart: bool = False) -> str:
    """Return what stands between two texts that are joined: a space, or nothing in Chinese.

    Args:
        before: the text in front, not empty.
        after: the text behind, not empty.
        is_apart: whether a gap was printed between them.
    """
    return " " if is_apart or (_SPACED.match(before[-1]) and _SPACED.match(after[0])) else ""


def join_lines(words: Iterable[Word]) -> tuple[Line, ...]:
    """Return the lines of words from top to bottom.

    Args:
        words: of one page, or of one cell or column of it, in any order.
    """
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.centre_y):
        row = next((row for row in reversed(rows[-3:]) if _is_level(row, word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    lines = (Line(tuple(sorted(row, key=lambda word: word.box.left))) for row in rows)
    return tuple(sorted(lines, key=lambda line: line.box.centre_y))


def _is_level(row: Sequence[Word], word: Word) -> bool:
    """Tell whether a word stands on the line of the words beside it, not of those that stand far off."""
    nearest = min(row, key=lambda other: abs(other.box.centre_x - word.box.centre_x))
    return nearest.box.shared_height(word.box) >= PAPER.line_overlap * min(nearest.height, word.height)
