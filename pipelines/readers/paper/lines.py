"""Words → the lines that they stand on, and the text of a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import hull
from pipelines.readers.paper.words import Word, least_confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.text.blocks import Box

_SPACED = re.compile(r"[0-9A-Za-z\u00C0-\u1FFF]")
"""Characters of scripts that part their words by spaces: Latin, Cyrillic, Arabic, Tibetan, Mongolian."""
_OVERLAP = 0.5
"""Of the lower of two heights, from which on two words stand on one line."""
_GAP, _MIXED_GAP = 0.45, 0.8
"""Of the height of a line: a wider gap between Chinese characters is a space, and one beside a number."""

_SPREAD = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one line, from left to right; there is at least one."""

    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        """The smallest box around its words."""
        return hull(word.box for word in self.words)

    @property
    def size(self) -> float:
        """The height of most of its characters in points: one mark set higher does not change it."""
        return median(word.height for word in self.words for _ in word.text)

    @property
    def text(self) -> str:
        """The words, with a space where one was printed or where two would become another."""
        text = self.words[0].text
        for before, word in pairwise(self.words):
            gap = word.box[0] - before.box[2]
            is_mixed = _SPACED.match(before.text[-1]) or _SPACED.match(word.text[0])
            least = (_MIXED_GAP if is_mixed else _GAP) * self.size
            text += separator(before.text, word.text, is_apart=gap > least) + word.text
        return text

    @property
    def is_spread(self) -> bool:
        """Whether words stand so far apart that the line is a row of something, no running text."""
        gaps = (word.box[0] - before.box[2] for before, word in pairwise(self.words))
        return any(gap > _SPREAD * self.size for gap in gaps)

    @property
    def confidence(self) -> float | None:
        """The least confidence of its words."""
        return least_confidence(self.words)


def separator(before: str, after: str, *, is_apart: bool = False) -> str:
    """Return what stands between two texts that are joined: a space, or nothing in Chinese.

    Args:
        before: the text in front, not empty.
        after: the text behind, not empty.
        is_apart: whether a gap was printed between them.
    """
    return " " if is_apart or (_SPACED.match(before[-1]) and _SPACED.match(after[0])) else ""


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """Return the lines of words from top to bottom.

    Args:
        words: of one page, or of one cell or column of it, in any order.
    """
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle[1]):
        row = next((row for row in reversed(rows[-3:]) if _is_level(row, word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    lines = (Line(tuple(sorted(row, key=lambda word: word.box[0]))) for row in rows)
    return tuple(sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2))


def _is_level(row: Sequence[Word], word: Word) -> bool:
    """Tell whether a word stands on the line of the words beside it, not of those that stand far off."""
    nearest = min(row, key=lambda other: abs(other.middle[0] - word.middle[0]))
    shared = min(nearest.box[3], word.box[3]) - max(nearest.box[1], word.box[1])
    return shared >= _OVERLAP * min(nearest.height, word.height)
