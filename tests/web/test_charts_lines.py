from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.rendering.year_charts import BOTTOM, LEFT, RIGHT, TOP, Panel, Value, draw_panel

AXIS = ((0.0, "0"), (50.0, "50"), (100.0, "100"))


def draw(
    years: range, own: dict[int, float], near: dict[int, float] | None = None, ambiguous: tuple[int, ...] = ()
) -> Panel:
    def values(amounts: dict[int, float]) -> dict[int, Value]:
        return {year: Value(amount, f"{amount:g}") for year, amount in amounts.items()}

    return draw_panel(years, values(own), values(near or {}), AXIS, changed_from=2021, ambiguous=ambiguous)


@pytest.mark.parametrize(
    ("years", "runs", "points"),
    [
        ([2019, 2020, 2021], [3], 3),
        ([2019, 2021], [], 2),
        ([2017, 2018, 2020, 2021, 2022, 2024], [2, 3], 6),
        ([2019], [], 1),
        ([], [], 0),
    ],
    ids=["in a row", "a gap between", "three runs", "one year alone", "none"],
)
def test_a_line_joins_years_that_follow_one_another_and_no_others(
    years: list[int], runs: list[int], points: int
) -> None:
    drawn = draw(range(2017, 2025), dict.fromkeys(years, 10.0))
    assert [len(run.split()) for run in drawn.own.runs] == runs
    assert len(drawn.own.points) == points
    assert len(drawn.gaps) == 8 - points


def test_one_year_is_a_labelled_point_in_the_middle() -> None:
    drawn = draw(range(2019, 2020), {2019: 100.0})
    [point] = drawn.own.points
    assert (point.x, point.y) == ((LEFT + RIGHT) / 2, TOP)
    assert drawn.own.runs == ()
    assert drawn.own.label is not None
    assert drawn.own.label.text == "100"
    assert drawn.rule is None


@pytest.mark.parametrize(
    ("years", "has_rule"),
    [
        (range(2019, 2024), True),
        (range(2020, 2022), True),
        (range(2021, 2024), False),
        (range(2008, 2021), False),
    ],
)
def test_the_form_changed_between_2020_and_2021(years: range, has_rule: bool) -> None:
    drawn = draw(years, {})
    assert (drawn.rule is not None) == has_rule
    if drawn.rule is not None:
        at = {year: tick.at for year, tick in zip(years, drawn.years, strict=True)}
        assert drawn.rule == pytest.approx((at[2020] + at[2021]) / 2, abs=0.1)


def test_every_year_has_a_tick_and_the_last_is_written() -> None:
    drawn = draw(range(2008, 2026), {})
    assert len(drawn.years) == 18
    written = [tick for tick in drawn.years if tick.text]
    assert written[-1].text == "2025"
    assert all(later.at - one.at >= 34 for one, later in pairwise(written))


def test_a_zero_lies_on_the_axis_and_a_figure_with_two_readings_has_a_ring_and_no_point() -> None:
    drawn = draw(range(2019, 2022), {2019: 0.0}, ambiguous=(2020,))
    assert [point.y for point in drawn.own.points] == [BOTTOM]
    assert drawn.rings == (drawn.years[1].at,)
    assert len(drawn.gaps) == 2


shares = st.dictionaries(st.integers(2008, 2025), st.floats(0, 100), max_size=18)


@given(shares, shares)
def test_all_that_is_drawn_lies_in_the_plot_and_labels_do_not_cover_each_other(
    own: dict[int, float], near: dict[int, float]
) -> None:
    drawn = draw(range(2008, 2026), own, near)
    for point in (*drawn.own.points, *drawn.near.points):
        assert LEFT <= point.x <= RIGHT
        assert TOP <= point.y <= BOTTOM
    assert sum(len(run.split()) for run in drawn.own.runs) <= len(own)
    one, other = drawn.own.label, drawn.near.label
    if one and other and abs(one.x - other.x) < 90:
        assert abs(one.y - other.y) >= 15 - 1e-6
        assert TOP - 15 <= other.y <= BOTTOM + 15
