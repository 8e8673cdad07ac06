"""Numbers of an OFD as its attributes write them: boxes, matrices, the steps between characters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.text.blocks import Box

    Point = tuple[float, float]

POINTS_PER_MM = 72 / 25.4
FARTHEST = 1e6
"""Millimetres; what lies beyond is no place on a page."""


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
    def turn(self) -> float:
        """How far it turns what was level: clockwise degrees from 0 to 360, as the page is seen."""
        return math.degrees(math.atan2(self.b, self.a)) % 360

    @property
    def scale_along(self) -> float:
        """How many times longer it makes what was level."""
        return math.hypot(self.a, self.b)

    @property
    def scale_across(self) -> float:
        """How many times longer it makes what was upright."""
        return math.hypot(self.c, self.d)


def numbers(text: str | None) -> tuple[float, ...]:
    """Return the numbers of an attribute; those in front of the first thing that is none."""
    return tuple(_numbers(text or ""))


def number(text: str | None, default: float) -> float:
    """Return the one number of an attribute, or what stands for it where there is none."""
    return next(iter(numbers(text)), default)


def matrix_of(text: str | None) -> Matrix:
    """Return the matrix of a `CTM`; the one that changes nothing where there is none."""
    values = numbers(text)
    return Matrix(*values) if len(values) == 6 else Matrix()


def box_of(text: str | None) -> Box | None:
    """Return left, top, right and bottom of a box written as left, top, width and height; None of none."""
    values = numbers(text)
    if len(values) != 4:
        return None
    left, top, width, height = values
    return left, top, left + width, top + height


def steps_of(text: str | None, count: int) -> tuple[float, ...] | None:
    """Return the steps from each character to the next.

    `g n v` stands for n times v. The last step goes on where there are fewer steps than characters.

    Args:
        text: a `DeltaX` or `DeltaY`.
        count: how many steps there are; no more are made, whatever n is.

    Returns:
        So many steps; None where the attribute has none.
    """
    steps = list(islice(_steps((text or "").split()), count))
    if not steps:
        return None
    return tuple(steps + steps[-1:] * (count - len(steps)))


def _steps(words: list[str]) -> Iterator[float]:
    queue = iter(words)
    for word in queue:
        is_repeated = word.lower() == "g"
        times = next(_numbers(next(queue, "")), 0.0) if is_repeated else 1.0
        step = next(_numbers(next(queue, "") if is_repeated else word), None)
        if step is None:
            return
        for _ in range(int(times)):
            yield step


def _numbers(text: str) -> Iterator[float]:
    for word in text.replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            return
        if not abs(value) <= FARTHEST:  # neither do what is no number and what is infinite
            return
        yield value
