"""Words where they stand on a page, the lines that they stand on, and the text of a line.

A text layer and a recogniser of characters both bring words; behind them nobody asks which it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import PAPER, box_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.grid import Box


_FIGURE = re.compile(r"[-+−]?\d[\d,，]*(?:\.\d+)?%?|[-—–－/]+")

# Characters of scripts that part their words by spaces: Latin, Cyrillic, Arabic, Tibetan, Mongolian.
_SPACED = re.compile(r"[0-9A-Za-z\u00C0-\u1FFF]")


@dataclass(frozen=True, slots=True)
class Word:
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


def least_confidence(words: Iterable[Word]) -> float | None:
    """Return the least confidence of words; None where none of them was recognised."""
    return min((word.confidence for word in words if word.confidence is not None), default=None)


def is_figure(text: str) -> bool:
    """Tell whether a word is what stands in a cell of figures: a number, or the dash in its place."""
    return bool(_FIGURE.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one line, from left to right; there is at least one."""

    words: tuple[Word, ...]

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
        """The words, with a space where one was printed or where two would become another."""
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
