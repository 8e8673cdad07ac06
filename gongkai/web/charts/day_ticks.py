"""A line of days with one tick for each thing that happened; days on which nobody looked are hatched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence, Set

WIDTH = 390
"""In units of the drawing: on a phone they are little less than pixels, so text of 15 stays legible."""

TICK_WIDTH, TICK_HEIGHT = 3, 9

_ACROSS = 3
_ROWS = 6
MOST_TICKS = _ACROSS * _ROWS
"""Ticks of a day that are drawn; of a day with more the number stands above them."""

_PITCH_X, _PITCH_Y = 4, 11
_TOP = 18
LINE = _TOP + _ROWS * _PITCH_Y + 2
"""Where the line of days lies."""

HEIGHT = LINE + 24
_BETWEEN_LABELS = 60


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the line.

    Attributes:
        x: its left edge.
        width: of its place.
        day: its date.
        was_looked: whether there was a run.
        label: its month and day, where there is room for it; empty else.
        ticks: upper left corners.
        total: how many happened, where that is more than is drawn; None else.
    """

    x: float
    width: float
    day: dt.date
    was_looked: bool
    label: str
    ticks: tuple[tuple[float, float], ...]
    total: int | None


def day_ticks(
    days: Sequence[dt.date], looked: Set[dt.date], happened: Mapping[dt.date, int]
) -> tuple[Day, ...]:
    """Place days on a line, and what happened on each.

    Args:
        days: those that follow one another, the oldest first.
        looked: those with a run.
        happened: day → how many things happened.
    """
    width = WIDTH / len(days) if days else WIDTH
    every = max(1, -(-_BETWEEN_LABELS // max(1, int(width))))
    # Counted from the newest: its date is always written.
    labelled = {day for place, day in enumerate(reversed(days)) if place % every == 0}
    return tuple(
        Day(
            round(place * width, 1),
            round(width, 1),
            day,
            day in looked,
            f"{day.month}-{day.day:02}" if day in labelled else "",
            _ticks(round(place * width, 1), happened.get(day, 0)),
            happened[day] if happened.get(day, 0) > MOST_TICKS else None,
        )
        for place, day in enumerate(days)
    )


def _ticks(left: float, count: int) -> tuple[tuple[float, float], ...]:
    return tuple(
        (round(left + 1 + place % _ACROSS * _PITCH_X, 1), LINE - (place // _ACROSS + 1) * _PITCH_Y)
        for place in range(min(count, MOST_TICKS))
    )
