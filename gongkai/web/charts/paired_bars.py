"""Pairs of bars from 0 to 100 %, one pair a report; where a report has no share, words stand instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.web.charts.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 400
"""In units of the drawing: on a phone they are little less than pixels, so text of 15 stays legible."""

BARS_END = 330
"""Where 100 % lies; right of it stand the figures of full bars."""

ROW_HEIGHT = 54
_LABEL, _FIRST, _SECOND = 14, 20, 34


@dataclass(frozen=True, slots=True)
class Pair:
    """What a pair of bars shows.

    Attributes:
        label: what they are about.
        first: a share from 0 to 1; None where there is none.
        second: the same of the other bar.
    """

    label: str
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from the left edge.

    Attributes:
        y: its upper edge.
        width: in units of the drawing.
        share: that it shows.
    """

    y: int
    width: float
    share: float


@dataclass(frozen=True, slots=True)
class Row:
    """A label and the bars below it.

    Attributes:
        y: the base line of the label.
        label: as given.
        first: the upper bar; None where there is no share.
        second: the lower bar; likewise.
    """

    y: int
    label: str
    first: Bar | None
    second: Bar | None


@dataclass(frozen=True, slots=True)
class Bars:
    """The drawing: its rows from top to bottom, and its height in units."""

    rows: tuple[Row, ...]
    height: int


def paired_bars(pairs: Iterable[Pair]) -> Bars:
    """Place pairs of bars below one another, from 0 on one axis."""
    scale = Scale(0, 1, 0, BARS_END)
    rows = tuple(
        Row(
            top + _LABEL,
            pair.label,
            _bar(pair.first, top + _FIRST, scale),
            _bar(pair.second, top + _SECOND, scale),
        )
        for place, pair in enumerate(pairs)
        for top in [place * ROW_HEIGHT]
    )
    return Bars(rows, len(rows) * ROW_HEIGHT)


def _bar(share: float | None, y: int, scale: Scale) -> Bar | None:
    return None if share is None else Bar(y, scale.at(share), share)
