"""A strip of dots for differences, on an axis to both sides of 0.

The axis of the strip is symmetric and logarithmic, log10(1 + |difference|) to both sides of 0, because most
differences of printed sums are small and a few are very large. Dots that would lie on one another are
stacked; where a stack would be too high, each dot stands for more than one. Drawn by
`datasette/templates/charts/`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from gongkai.web.rendering.year_charts import Tick

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


STRIP_WIDTH = 400
"""In units of the drawing: on a phone they are little less than pixels, so text of 15 stays legible."""

RADIUS = 4.5
MOST_STACKED = 12
"""Dots in the highest column."""

_MARGIN = 34
_STEP = 2 * RADIUS + 1
_ABOVE, _BELOW = 6, 28
_LEAST_DECADES = 1


@dataclass(frozen=True, slots=True)
class Dot:
    """The middle of a dot."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The drawing.

    Attributes:
        dots: each for `per_dot` differences in one place, the last of a column for as many or fewer.
        per_dot: how many differences a dot stands for.
        ticks: of the axis, from left to right.
        height: of the whole, in units of the drawing.
        axis: the height at which the axis lies.
        middle: the median of the differences, whatever their side; None where there is none.
        most: the widest; None likewise.
    """

    dots: tuple[Dot, ...]
    per_dot: int
    ticks: tuple[Tick, ...]
    height: float
    axis: float
    middle: Decimal | None
    most: Decimal | None


def draw_dot_strip(differences: Sequence[Decimal]) -> Strip:
    """Place dots for differences: one each, as long as the stacks stay low.

    Args:
        differences: left side less right side, in the unit of the check.
    """
    decades = max([_LEAST_DECADES, *(math.ceil(_logarithm(one)) for one in differences)])
    places = sorted(_place(float(one), decades) for one in differences)
    columns = [list(column) for _, column in groupby(places, key=lambda place: round(place / _STEP))]
    highest = max((len(column) for column in columns), default=1)
    per_dot = math.ceil(highest / MOST_STACKED)
    rows = math.ceil(highest / per_dot)
    axis = _ABOVE + rows * _STEP
    dots = tuple(
        Dot(round(sum(column) / len(column), 1), round(axis - (row + 0.5) * _STEP, 1))
        for column in columns
        for row in range(math.ceil(len(column) / per_dot))
    )
    apart = sorted(abs(one) for one in differences)
    middle, most = (apart[(len(apart) - 1) // 2], apart[-1]) if apart else (None, None)
    return Strip(dots, per_dot, tuple(_ticks(decades)), axis + _BELOW, axis, middle, most)


def _logarithm(difference: Decimal | float) -> float:
    return math.log10(1 + abs(float(difference)))


def _place(difference: float, decades: int) -> float:
    half = STRIP_WIDTH / 2 - _MARGIN
    return STRIP_WIDTH / 2 + math.copysign(_logarithm(difference) / decades * half, difference)


def _ticks(decades: int) -> list[Tick]:
    # So many that their texts never meet.
    step = math.ceil(decades / (3 if decades < 4 else 2))
    powers = [10**power for power in range(0, decades + 1, step) if _logarithm(10**power) <= decades]
    values = [*(-power for power in reversed(powers)), 0, *powers]
    return [Tick(round(_place(value, decades), 1), f"{value:,}".replace("-", "−")) for value in values]
