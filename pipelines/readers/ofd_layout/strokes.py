"""Paths → the straight lines that can be rules of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.readers.ofd_layout.geometry import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.readers.ofd_layout.geometry import Matrix, Point

    Path = list[Point]
    Command = tuple[str, tuple[float, ...]]

ARGUMENTS: Mapping[str, int] = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
"""Numbers behind each letter of `AbbreviatedData`: start, move, line, two kinds of curve, arc, close."""
CURVES = frozenset("QBA")
THIN_PT = 3.0
"""A filled area up to this height or width is a rule that was drawn as a box."""
LARGEST_CHARACTER_PT = 60.0
LEVEL_PT = 0.7
"""How far the ends of a level line may differ: what is skewed more is no rule."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line between two points of a page, in points from its top left corner."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_level(self) -> bool:
        """Whether it goes from left to right."""
        return abs(self.y1 - self.y0) <= LEVEL_PT < abs(self.x1 - self.x0)

    @property
    def is_upright(self) -> bool:
        """Whether it goes from top to bottom."""
        return abs(self.x1 - self.x0) <= LEVEL_PT < abs(self.y1 - self.y0)


def strokes_of_path(data: str, matrix: Matrix, *, is_stroked: bool, is_filled: bool) -> Iterator[Path]:
    """Yield the straight pieces of a path, each as the points along it.

    Args:
        data: an `AbbreviatedData`: letters, each with its numbers behind it.
        matrix: from its numbers to points of the page.
        is_stroked: whether its lines are drawn.
        is_filled: whether what it encloses is; a thin area is a line along its middle.
    """
    commands = tuple(_commands(data))
    if _is_outline(commands, matrix):
        return
    for pieces in _figures(commands, matrix):
        if is_stroked:
            yield from pieces
        elif is_filled and len(pieces) == 1:
            yield from _middle_lines(pieces[0])


def _is_outline(commands: Sequence[Command], matrix: Matrix) -> bool:
    """Tell whether a path is the outline of a character: small, with curves; its sides are no rules."""
    if not any(letter in CURVES for letter, _ in commands):
        return False
    points = [matrix.place(*values[-2:]) for _, values in commands if values]
    wide, high = (max(ends) - min(ends) for ends in zip(*points, strict=True))
    return bool(max(wide, high) <= LARGEST_CHARACTER_PT)


def _figures(commands: Sequence[Command], matrix: Matrix) -> Iterator[list[Path]]:
    """Yield the figures of a path: its straight pieces, cut where a curve goes on."""
    pieces: list[Path] = []
    start = here = matrix.place(0.0, 0.0)
    for letter, values in commands:
        if letter in "SM":
            if any(len(piece) > 1 for piece in pieces):
                yield [piece for piece in pieces if len(piece) > 1]
            start = here = matrix.place(*values)
            pieces = [[here]]
        elif letter in CURVES:
            here = matrix.place(*values[-2:])
            pieces.append([here])
        else:
            here = start if letter == "C" else matrix.place(*values)
            if not pieces:
                pieces = [[start]]
            pieces[-1].append(here)
    if any(len(piece) > 1 for piece in pieces):
        yield [piece for piece in pieces if len(piece) > 1]


def _commands(data: str) -> Iterator[Command]:
    """Yield the commands of a path up to the first that is none."""
    words = iter(data.replace(",", " ").split())
    for word in words:
        letter = word.upper()
        if letter not in ARGUMENTS:
            return
        values = tuple(_value(next(words, "")) for _ in range(ARGUMENTS[letter]))
        if not all(abs(value) <= FARTHEST for value in values):
            return
        yield letter, values


def _value(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _middle_lines(path: Path) -> Iterator[Path]:
    left, right = min(x for x, _ in path), max(x for x, _ in path)
    top, bottom = min(y for _, y in path), max(y for _, y in path)
    if bottom - top <= THIN_PT < right - left:
        yield [(left, (top + bottom) / 2), (right, (top + bottom) / 2)]
    elif right - left <= THIN_PT < bottom - top:
        yield [((left + right) / 2, top), ((left + right) / 2, bottom)]
