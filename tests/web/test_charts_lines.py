from __future__ import annotations

import itertools
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.rendering.drawings import measure_text
from gongkai.web.rendering.year_charts import (
    BOTTOM,
    LETTERS,
    TOP,
    WIDTH,
    LineChart,
    Series,
    Value,
    draw_lines,
    fit_axis,
)
from tests.web.charts import drawn


def values(amounts: dict[int, float]) -> dict[int, Value]:
    return {year: Value(amount, f"{amount:.1%}") for year, amount in amounts.items()}


def draw(*amounts: dict[int, float], ambiguous: tuple[int, ...] = ()) -> LineChart:
    names = itertools.cycle(["新乡", "新乡市平原城乡一体化示范区管理委员会", "W" * 30])
    series = [
        Series(str(number), f"{number}{next(names)}", values(each)) for number, each in enumerate(amounts, 1)
    ]
    chart = draw_lines(series, is_share=True, changed_from=2021, ambiguous=ambiguous)
    assert chart is not None
    return chart


@pytest.mark.parametrize(
    ("years", "runs"),
    [
        ([2018, 2019, 2020], [3]),
        ([2018, 2020], []),
        ([2012, 2013, 2015, 2016, 2017, 2019], [2, 3]),
        ([2019, 2020, 2021, 2022], [2, 2]),
        ([2019], []),
        ([2019, 2020], []),
    ],
    ids=["in a row", "a gap between", "three runs", "two forms", "one year alone", "two years are dots"],
)
def test_a_line_joins_years_that_follow_one_another_in_one_form(years: list[int], runs: list[int]) -> None:
    [line] = draw(dict.fromkeys(years, 0.1)).lines
    assert [len(run.split()) for run in line.runs] == runs
    assert len(line.points) == len(years)


def test_years_before_the_first_figure_and_after_the_last_are_not_drawn() -> None:
    chart = draw({2019: 0.1, 2022: 0.2}, {2020: 0.1})
    assert len(chart.years) == 4
    assert chart.gaps == ()
    own = draw_lines([Series("own", "", values({2019: 0.1, 2022: 0.2}))], is_share=True, changed_from=2021)
    assert own is not None
    assert len(own.gaps) == 2
    assert draw_lines([Series("own", "", {})], is_share=True, changed_from=2021) is None


def test_one_year_is_a_labelled_point_in_the_middle() -> None:
    chart = draw({2019: 0.1})
    [line] = chart.lines
    [point] = line.points
    assert point.x == pytest.approx((chart.left + chart.right) / 2, abs=0.1)
    assert (line.label.text, chart.rule) == ("1新乡 10.0%", None)


def test_a_label_says_the_year_where_it_is_not_the_last() -> None:
    assert [line.label.text for line in draw({2019: 0.1}, {2020: 0.2}).lines] == [
        "1新乡 10.0% (2019)",
        "2新乡市平原城… 20.0%",
    ]


@pytest.mark.parametrize(
    ("first", "last", "has_rule"),
    [(2019, 2023, True), (2020, 2021, True), (2021, 2023, False), (2008, 2020, False)],
)
def test_the_form_changed_between_2020_and_2021(first: int, last: int, *, has_rule: bool) -> None:
    chart = draw({first: 0.1, last: 0.1})
    assert (chart.rule is not None) == has_rule
    if chart.rule is not None:
        at = dict(zip(range(first, last + 1), (tick.at for tick in chart.years), strict=True))
        assert chart.rule == pytest.approx((at[2020] + at[2021]) / 2, abs=0.1)


def test_of_many_years_not_each_is_written_but_the_last_is() -> None:
    written = [tick for tick in draw({2008: 0.1, 2025: 0.1}).years if tick.text]
    assert written[-1].text == "2025"
    assert all(later.at - one.at >= 34 for one, later in pairwise(written))


def test_a_figure_with_two_readings_has_a_ring_and_no_point() -> None:
    chart = draw({2019: 0.0, 2021: 0.0}, ambiguous=(2020, 2008))
    assert [point.y for point in chart.lines[0].points] == [BOTTOM, BOTTOM]
    assert chart.rings == (chart.years[1].at,)


@pytest.mark.parametrize(
    ("low", "high", "is_share", "texts"),
    [
        (0.021, 0.0528, True, ["0%", "2%", "4%", "6%"]),
        (0.61, 0.72, True, ["60%", "65%", "70%", "75%"]),
        (0.0, 0.0, True, ["0%", "2%"]),
        (0.3, 0.3, True, ["0%", "10%", "20%", "30%"]),
        (1500, 1606, False, ["1,500", "1,550", "1,600", "1,650"]),
        (3, 4, False, ["3", "4"]),
        (0, 0, False, ["0", "3"]),
    ],
)
def test_an_axis_fits_its_figures(low: float, high: float, *, is_share: bool, texts: list[str]) -> None:
    assert [text for _, text in fit_axis(low, high, is_share=is_share)] == texts


shares = st.dictionaries(st.integers(2008, 2025), st.floats(0, 1), max_size=18)


@given(st.lists(shares, min_size=1, max_size=6).filter(any))
def test_all_that_is_drawn_lies_in_the_plot_and_no_label_covers_another(
    amounts: list[dict[int, float]],
) -> None:
    chart = draw(*amounts)
    for line in chart.lines:
        for point in line.points:
            assert chart.left <= point.x <= chart.right
            assert TOP <= point.y <= BOTTOM
        assert chart.right + measure_text(line.label.text, LETTERS) <= WIDTH
        assert TOP - LETTERS <= line.label.at <= BOTTOM
    assert chart.right - chart.left > WIDTH / 3
    heights = sorted(line.label.at for line in chart.lines)
    assert all(below - above >= LETTERS for above, below in pairwise(heights))
    assert all(later.at - one.at >= LETTERS for later, one in pairwise(chart.amounts))
    svg = drawn("lines", chart, "id", "title", "told", "rule")
    assert len(svg.xpath("//circle")) == sum(len(line.points) for line in chart.lines)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.booleans())
def test_an_axis_holds_its_figures(one: int, other: int, is_share: bool) -> None:
    low, high = sorted(amount / 10**7 if is_share else amount for amount in (one, other))
    ticks = [amount for amount, _ in fit_axis(low, high, is_share=is_share)]
    assert ticks[0] <= low * (1 + 1e-9)
    assert high <= ticks[-1] * (1 + 1e-9)
    assert 2 <= len(ticks) <= 7
    assert len({text for _, text in fit_axis(low, high, is_share=is_share)}) == len(ticks)
