"""Bars by year, from 0: how many of those held; a year of which nothing is held is hatched, never a 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.web.charts.scales import Scale, ceiling

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 640
HEIGHT = 160
_LEFT, _RIGHT = 44, 8
_ABOVE, _BELOW = 20, 24
_GAP = 0.2
"""Of the width of a year, what stays empty."""
_YEARS_WRITTEN = 14
"""Years up to which each is written below its bar; of more, every second, third …"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One year.

    Attributes:
        year: the year.
        count: how many; None where nothing of the year is held.
        held: of how many.
        x: the left edge.
        y: the upper edge.
        width: of the bar.
        height: of the bar; that of the whole chart for a year of which nothing is held.
        is_written: whether the year is written below it.
    """

    year: int
    count: int | None
    held: int
    x: float
    y: float
    width: float
    height: float
    is_written: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """The drawing.

    Attributes:
        bars: from the first year to the last, none left out.
        top: the largest number on the axis.
        axis: the height at which 0 lies.
        upper: the height at which `top` lies.
    """

    bars: tuple[Bar, ...]
    top: int
    axis: float
    upper: float

    @property
    def missing(self) -> tuple[int, ...]:
        """The years of which nothing is held."""
        return tuple(bar.year for bar in self.bars if bar.count is None)


def bars(counts: Mapping[int, int], held: Mapping[int, int]) -> Bars:
    """Place a bar for every year between the first and the last that is held or counted.

    Args:
        counts: how many by year; a year that is not there has none.
        held: of how many by year; a year that is not there has nothing that could be counted.
    """
    years = sorted({*counts, *held})
    span = range(years[0], years[-1] + 1)
    top = int(ceiling(max(counts.values(), default=0), 1))
    scale = Scale(0, top, HEIGHT - _BELOW, _ABOVE)
    step = (WIDTH - _LEFT - _RIGHT) / len(span)
    every = -(-len(span) // _YEARS_WRITTEN)
    drawn = []
    for at, year in enumerate(span):
        count = counts.get(year, 0) if year in held or year in counts else None
        y = scale.end if count is None else scale.at(count)
        drawn.append(
            Bar(
                year=year,
                count=count,
                held=held.get(year, 0),
                x=round(_LEFT + (at + _GAP / 2) * step, 1),
                y=y,
                width=round(step * (1 - _GAP), 1),
                height=round(scale.start - y, 1),
                is_written=(span[-1] - year) % every == 0,
            )
        )
    return Bars(tuple(drawn), top, scale.start, scale.end)
