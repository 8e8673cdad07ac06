"""Where a value stands on an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale.

    Attributes:
        low: the value at `start`.
        high: the value at `end`, above `low`.
        start: a coordinate.
        end: a coordinate, on either side of `start`.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the coordinate of a value, to a tenth of a unit of the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def round_up(value: float, least: float) -> float:
    """Return a round number that no value exceeds: 1, 2 or 5 times a power of ten.

    Args:
        value: the largest that is to be shown, not negative.
        least: the smallest answer, above 0, so that a chart of zeros has an axis.
    """
    if value <= least:
        return least
    power = 10.0 ** math.floor(math.log10(value))
    # A value that lies on a step by its digits may lie above it by the last bit.
    return next(float(f"{step * power:.12g}") for step in _STEPS if step * power >= value * (1 - 1e-9))


def find_step(value: float, top: float, steps: int) -> int:
    """Return in which of equal steps from 0 to the top a value lies, from 1; the top lies in the last."""
    return min(steps, int(value / top * steps * (1 + 1e-9)) + 1)
