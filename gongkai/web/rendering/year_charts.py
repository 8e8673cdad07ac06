"""A chart by year: one line or several, over the years of which there is a figure.

A line joins years that follow one another in one form and nothing else: a year without a figure is a gap, a
year before the first figure of all and one after the last are not drawn. Where there are two years or fewer
there are dots. The axis fits the figures. Drawn by `datasette/templates/charts/lines.html`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from gongkai.web.rendering.drawings import ROUND_STEPS, Scale, measure_text

WIDTH, TOP, BOTTOM, LETTERS = 360, 24, 160, 13
"""Of the drawing, of its plot, and the size of its texts, in units of the drawing."""

OWN = "own"
"""The kind of the line of the body that a chart is of."""

# Between two printed years, at least: four digits and a space.
_BETWEEN_YEARS = 40

_BETWEEN_LABELS = 16
_GAP = 8
_MOST_LABEL = 160
_MOST_TICKS = 4

# An axis begins above 0 where the lowest figure is more than this part of the highest.
_MOST_CUT = 0.5


class Value(NamedTuple):
    """A figure of one year.

    Attributes:
        amount: where it stands on the axis.
        text: as it is written.
        is_doubted: whether a check that used it fails.
    """

    amount: float
    text: str
    is_doubted: bool = False


class Series(NamedTuple):
    """The figures of one line.

    Attributes:
        kind: by which it looks: `own`, `near`, or `1` to `6` where several are set beside each other.
        name: written at its end, before the last figure; may be empty.
        values: by year.
    """

    kind: str
    name: str
    values: Mapping[int, Value]


class Point(NamedTuple):
    """A value with its coordinates."""

    x: float
    y: float
    year: int
    value: Value


class Tick(NamedTuple):
    """A place on an axis, and what is written there; nothing for a year between two that are written."""

    at: float
    text: str


class Line(NamedTuple):
    """A series as it is drawn.

    Attributes:
        kind: by which it looks.
        points: by year.
        runs: of two years and more each, as `points` of a polyline.
        label: right of the plot, its middle at `at`.
    """

    kind: str
    points: tuple[Point, ...]
    runs: tuple[str, ...]
    label: Tick


class LineChart(NamedTuple):
    """What is drawn.

    Attributes:
        lines: in the order in which they were given; those without a figure are left out.
        left: of the plot.
        right: of the plot; behind it stand the labels.
        years: the ticks of the axis, every year.
        gaps: (left edge, width) of the years without a figure of the body's own.
        amounts: the ticks of the axis of values.
        rings: where on the axis a year stands whose figure has two readings.
        rule: where the form changed; None where that lies outside.
        is_cut: whether the axis of values begins above 0.
    """

    lines: tuple[Line, ...]
    left: float
    right: float
    years: tuple[Tick, ...]
    gaps: tuple[tuple[float, float], ...]
    amounts: tuple[Tick, ...]
    rings: tuple[float, ...]
    rule: float | None
    is_cut: bool


def draw_lines(
    series: Sequence[Series], *, is_share: bool, changed_from: int, ambiguous: Iterable[int] = ()
) -> LineChart | None:
    """Place lines over the years of which any has a figure.

    Args:
        series: the body's own first, where there is one; six at most, so that their labels have room.
        is_share: whether amounts are shares from 0 to 1, or numbers of cases.
        changed_from: the first year of the later form, before which a line ends.
        ambiguous: the years in which the first series has a figure with two readings.

    Returns:
        None where there is no figure.
    """
    drawn = [one for one in series if one.values]
    if not drawn:
        return None
    amounts = [value.amount for one in drawn for value in one.values.values()]
    ticks = fit_axis(min(amounts), max(amounts), is_share=is_share)
    held = sorted({year for one in drawn for year in one.values})
    years = range(held[0], held[-1] + 1)
    labels = [_label(one, held[-1]) for one in drawn]
    left = round(max(measure_text(text, LETTERS) for _, text in ticks) + _GAP, 1)
    right = round(WIDTH - max(measure_text(label, LETTERS) for label in labels) - _GAP, 1)
    half = (right - left) / len(years) / 2
    across = Scale(years[0] - 0.5, years[-1] + 0.5, left, right)
    up = Scale(ticks[0][0], ticks[-1][0], BOTTOM, TOP)
    shown = math.ceil(_BETWEEN_YEARS / (2 * half))
    points = [
        tuple(Point(across.at(year), up.at(it.amount), year, it) for year, it in sorted(one.values.items()))
        for one in drawn
    ]
    heights = spread_labels([line[-1].y for line in points])
    return LineChart(
        lines=tuple(
            Line(one.kind, line, _runs(line, changed_from) if len(years) > 2 else (), Tick(at, label))
            for one, line, label, at in zip(drawn, points, labels, heights, strict=True)
        ),
        left=left,
        right=right,
        # Counted from the last year, which is the one that is looked for.
        years=tuple(
            Tick(across.at(year), str(year) if (years[-1] - year) % shown == 0 else "") for year in years
        ),
        gaps=tuple(
            (round(across.at(year) - half + 1, 1), round(2 * half - 2, 1))
            for year in years
            if series[0].kind == OWN and year not in series[0].values
        ),
        amounts=tuple(Tick(up.at(amount), text) for amount, text in ticks),
        rings=tuple(across.at(year) for year in ambiguous if year in years),
        rule=round(across.at(changed_from) - half, 1) if years[0] < changed_from <= years[-1] else None,
        is_cut=ticks[0][0] > 0,
    )


def fit_axis(low: float, high: float, *, is_share: bool) -> tuple[tuple[float, str], ...]:
    """Return the ticks of an axis that holds all figures: round numbers at equal steps, the lowest first.

    Args:
        low: the smallest figure, not negative.
        high: the largest.
        is_share: whether they are shares from 0 to 1, or numbers of cases.
    """
    start = low if low > high * _MOST_CUT and high > low else 0.0
    span = (high - start) or (0.05 if is_share else 10)
    step = next(each for each in ROUND_STEPS if each * _MOST_TICKS >= span * (1 - 1e-9))
    # Between two whole numbers of cases there is nothing to read.
    step = step if is_share else math.ceil(step)
    # A figure that is a multiple of the step but for rounding gets no step more.
    first = math.floor(start / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    form = "{:g}%" if is_share else "{:,.0f}"
    scale = 100 if is_share else 1
    amounts = (number * step for number in range(first, last + 1))
    return tuple((amount, form.format(round(amount * scale, 6))) for amount in amounts)


def spread_labels(heights: Sequence[float]) -> list[float]:
    """Return heights near the given ones that are so far apart that no label covers another."""
    order = sorted(range(len(heights)), key=lambda number: heights[number])
    placed = list(heights)
    # First each below the one above it; then, from the lowest up, none below the plot.
    for above, number in pairwise(order):
        placed[number] = max(placed[number], placed[above] + _BETWEEN_LABELS)
    lowest: float = BOTTOM
    for number in reversed(order):
        placed[number] = round(min(placed[number], lowest), 1)
        lowest = placed[number] - _BETWEEN_LABELS
    return placed


def _label(series: Series, last: int) -> str:
    """Return what stands at the end of a line; a long name is cut, for the lines need room more."""
    year = max(series.values)
    figure = series.values[year].text + ("" if year == last else f" ({year})")
    name = series.name
    while name and measure_text(f"{name} {figure}", LETTERS) > _MOST_LABEL:
        name = name.rstrip("…")[:-1] + "…" if len(name) > 2 else ""
    return f"{name} {figure}" if name else figure


def _runs(points: Sequence[Point], changed_from: int) -> tuple[str, ...]:
    """Return the runs of years that follow one another in one form."""
    # Years that follow one another are equally far from their places in the list.
    runs = groupby(enumerate(points), key=lambda each: (each[1].year - each[0], each[1].year >= changed_from))
    lines = [[f"{point.x:g},{point.y:g}" for _, point in run] for _, run in runs]
    return tuple(" ".join(line) for line in lines if len(line) > 1)
