"""Where a label that is known word for word stands on a page, over as many lines as it takes.

A label is found only where words spell all of it: its lines one below the other, aligned at one side or in
their middle. So nothing has to be guessed of where a label ends and the next begins. Left out: labels that
are printed otherwise than the form has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forms.labels import folded_label
from pipelines.readers.layout.geometry import hull

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box

Label = tuple[str, ...]
"""The ways in which a label is spelt, the form's first; folded, see `pipelines.forms.labels`."""

_BESIDE = 1.0
"""Heights of a word from it to the next one of its line, at most."""
_OVERLAPPING = 0.2
"""Heights of a word by which the boxes of two words of one line may run into one another."""
_NEAREST, _FURTHEST = 0.6, 3.2
"""Heights of a word from the middle of a line to that of the next."""
_ALIGNED = 0.6
"""Heights of a word by which the lines of a label may be off one another."""
_HANGING = "，。；：、！？）”’"
"""Marks, as wide as a character, that must not begin a line."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A label where it is printed.

    Attributes:
        lines: its words, line by line from top to bottom; there is at least one.
    """

    lines: tuple[tuple[Word, ...], ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words in the order in which they are read."""
        return tuple(word for line in self.lines for word in line)

    @property
    def box(self) -> Box:
        """The smallest box around it."""
        return hull(word.box for word in self.words)

    @property
    def end(self) -> float:
        """Its right edge; a mark that must not begin a line may hang over the edge of its cell."""
        last = (line[-1] for line in self.lines)
        return max(word.box[2] - word.height * (word.text[-1] in _HANGING) for word in last)

    @property
    def height(self) -> float:
        """The height of its characters."""
        return self.lines[0][0].height

    @property
    def first(self) -> float:
        """The middle of its first line, down the page."""
        return _middle(self.lines[0])

    @property
    def last(self) -> float:
        """The middle of its last line, down the page."""
        return _middle(self.lines[-1])


def spelt(label: Label, words: Iterable[Word]) -> tuple[Spelt, ...]:
    """Return where a label is printed, from top to bottom.

    Args:
        label: that is sought.
        words: of a page, in any order.
    """
    folded = [(text, word) for word in words if (text := folded_label(word.text))]
    found = {way for spelling in label for way in _lines_that_spell(spelling, folded)}
    aligned = (Spelt(lines) for lines in found if _are_aligned(lines))
    return tuple(sorted(aligned, key=lambda one: (one.first, one.box)))


def _lines_that_spell(
    spelling: str, words: Iterable[tuple[str, Word]]
) -> Iterator[tuple[tuple[Word, ...], ...]]:
    pieces = [(text, word) for text, word in words if text in spelling]
    for text, word in pieces:
        if spelling.startswith(text):
            yield from _ways(spelling[len(text) :], ((word,),), pieces)


def _ways(
    rest: str, lines: tuple[tuple[Word, ...], ...], pieces: Sequence[tuple[str, Word]]
) -> Iterator[tuple[tuple[Word, ...], ...]]:
    """Yield the ways in which words spell the rest of a label whose first lines are found."""
    if not rest:
        yield lines
        return
    for text, word in pieces:
        if not rest.startswith(text):
            continue
        if _is_beside(lines[-1][-1], word):
            yield from _ways(rest[len(text) :], (*lines[:-1], (*lines[-1], word)), pieces)
        elif _is_below(lines[-1], word):
            yield from _ways(rest[len(text) :], (*lines, (word,)), pieces)


def _is_beside(before: Word, word: Word) -> bool:
    gap = word.box[0] - before.box[2]
    off = abs(word.middle[1] - before.middle[1])
    return (
        -_OVERLAPPING * before.height <= gap <= _BESIDE * before.height and off < _NEAREST * before.height / 2
    )


def _is_below(line: Sequence[Word], word: Word) -> bool:
    left, _, right, _ = hull(one.box for one in line)
    down = word.middle[1] - _middle(line)
    height = line[0].height
    return _NEAREST * height <= down <= _FURTHEST * height and left < word.box[2] and word.box[0] < right


def _are_aligned(lines: Sequence[Sequence[Word]]) -> bool:
    """Tell whether lines begin, end, or have their middle one below the other."""
    boxes = [hull(word.box for word in line) for line in lines]
    most = _ALIGNED * lines[0][0].height
    sides = (
        [box[0] for box in boxes],
        [box[2] for box in boxes],
        [(box[0] + box[2]) / 2 for box in boxes],
    )
    return any(max(side) - min(side) <= most for side in sides)


def _middle(line: Sequence[Word]) -> float:
    return sum(word.middle[1] for word in line) / len(line)
