"""A chart by year: one panel of small multiples.

A line joins years that follow one another and nothing else: a year without a figure is a gap, marked on the
axis, a year of which nothing is held is hatched and never a 0. Drawn by `datasette/templates/charts/`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.web.rendering.tile_grid import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


PANEL_WIDTH, PANEL_HEIGHT = 340, 178
LEFT, RIGHT, TOP, BOTTOM = 46, 254, 22, 142
"""Of the plot; right of it stand the labels of the lines, below it the years."""

_BETWEEN_YEARS = 36
"""Between two printed years, at least: four digits and a space."""

_BETWEEN_LABELS = 15
_LONGEST_LABEL = 90
_LABEL_GAP = 6


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one year.

    Attributes:
        amount: where it stands on the axis.
        text: as it is written.
        is_doubted: whether a check that used it fails.
    """

    amount: float
    text: str
    is_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its coordinates."""

    x: float
    y: float
    year: int
    value: Value


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside the last point of a line, its middle at `y`."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Points, and the runs of years that follow one another as `points` of a polyline.

    Attributes:
        points: by year.
        runs: of two years and more each.
        label: of the last point; None where there is no point.
    """

    points: tuple[Point, ...]
    runs: tuple[str, ...]
    label: Label | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and what is written there; nothing for a year between two that are written."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn.

    Attributes:
        own: the body's own line.
        near: the median of its neighbours.
        years: the ticks of the axis, every year.
        gaps: (left edge, width) of the years without a figure of the body's own.
        amounts: the ticks of the axis of values.
        rings: where on the axis a year stands whose figure has two readings.
        rule: where the form changed; None where that lies outside.
    """

    own: Line
    near: Line
    years: tuple[Tick, ...]
    gaps: tuple[tuple[float, float], ...]
    amounts: tuple[Tick, ...]
    rings: tuple[float, ...]
    rule: float | None


def draw_panel(
    years: Sequence[int],
    own: Mapping[int, Value],
    near: Mapping[int, Value],
    amounts: Sequence[tuple[float, str]],
    *,
    changed_from: int,
    ambiguous: Sequence[int] = (),
) -> Panel:
    """Place two lines over all years of a range.

    Args:
        years: every year of the range, in order; one at least.
        own: the body's own figures by year.
        near: the medians by year; their `text` says of how many.
        amounts: the ticks of the axis of values, from the lowest; the first and the last are its ends.
        changed_from: the first year of the later form, before which the rule stands.
        ambiguous: the years whose own figure has two readings.
    """
    half = (RIGHT - LEFT) / len(years) / 2
    across = Scale(years[0] - 0.5, years[-1] + 0.5, LEFT, RIGHT)
    up = Scale(amounts[0][0], amounts[-1][0], BOTTOM, TOP)
    shown = math.ceil(_BETWEEN_YEARS / (2 * half))
    own_line, near_line = _line(own, across, up), _line(near, across, up)
    return Panel(
        own=own_line,
        near=_beside(near_line, own_line),
        # Counted from the last year, which is the one that is looked for.
        years=tuple(
            Tick(across.at(year), str(year) if (years[-1] - year) % shown == 0 else "") for year in years
        ),
        gaps=tuple(
            (round(across.at(year) - half + 1, 1), round(2 * half - 2, 1))
            for year in years
            if year not in own
        ),
        amounts=tuple(Tick(up.at(amount), text) for amount, text in amounts),
        rings=tuple(across.at(year) for year in ambiguous),
        rule=round(across.at(changed_from) - half, 1) if years[0] < changed_from <= years[-1] else None,
    )


def _line(values: Mapping[int, Value], across: Scale, up: Scale) -> Line:
    points = tuple(
        Point(across.at(year), up.at(value.amount), year, value) for year, value in sorted(values.items())
    )
    runs = tuple(
        " ".join(f"{point.x:g},{point.y:g}" for point in run) for run in _runs(points) if len(run) > 1
    )
    label = Label(points[-1].x + _LABEL_GAP, points[-1].y, points[-1].value.text) if points else None
    return Line(points, runs, label)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in points:
        if run and point.year != run[-1].year + 1:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _beside(line: Line, other: Line) -> Line:
    """Move the label of a line so far up or down that it does not cover the other's."""
    if line.label is None or other.label is None:
        return line
    apart = line.label.y - other.label.y
    if abs(apart) >= _BETWEEN_LABELS or abs(line.label.x - other.label.x) >= _LONGEST_LABEL:
        return line
    below = apart >= 0 and other.label.y + _BETWEEN_LABELS <= BOTTOM + _LABEL_GAP
    above = other.label.y - _BETWEEN_LABELS
    y = other.label.y + _BETWEEN_LABELS if below or above < TOP - _LABEL_GAP else above
    return Line(line.points, line.runs, Label(line.label.x, y, line.label.text))
