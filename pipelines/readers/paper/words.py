"""A word where it stands on a page: what a text layer and a recogniser of characters both bring."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.text.blocks import Box


_FIGURE = re.compile(r"[-+−]?\d[\d,，]*(?:\.\d+)?%?|[-—–－/]+")


@dataclass(frozen=True, slots=True)
class Word:
    """Characters that stand together on one line: a Latin word, a number, a run of Chinese characters.

    Attributes:
        text: without white space at its ends, not empty. Two figures of a table are never one word.
        box: left, top, right, bottom in points of 1/72 inch from the page's top left corner as it is shown.
            The height is that of the line, so that it tells the size of the characters.
        confidence: of recognised characters, from 0 to 1; None where the characters were stored.
    """

    text: str
    box: Box
    confidence: float | None = None

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle of its box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def height(self) -> float:
        """The height of its box in points."""
        return self.box[3] - self.box[1]


def least_confidence(words: Iterable[Word]) -> float | None:
    """Return the least confidence of words; None where none of them was recognised."""
    return min((word.confidence for word in words if word.confidence is not None), default=None)


def is_figure(text: str) -> bool:
    """Tell whether a word is what stands in a cell of figures: a number, or the dash in its place."""
    return bool(_FIGURE.fullmatch(text))
