"""Numbers of an OFD as its attributes write them: boxes, matrices, the steps between characters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.text.blocks import Box

    Point = tuple[float, float]

POINTS_PER_MM = 72 / 25.4
FARTHEST = 1e6
"""Millimetres; what lies beyond is no place on a page."""


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
