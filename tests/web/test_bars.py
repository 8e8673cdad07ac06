from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.pages.search_page import bars_by_year
from gongkai.web.rendering.text_width import measure_text
from tests.web.charts import drawn, numbers

YEARS = st.dictionaries(st.integers(2000, 2030), st.integers(1, 100_000), max_size=12)


def test_a_year_of_which_nothing_is_held_is_no_0() -> None:
    years = bars_by_year({2018: 4, 2021: 2}, {2018: 9, 2019: 5, 2021: 2})
    assert years == [(2018, 4, 9), (2019, 0, 5), (2021, 2, 2)]
    svg = drawn("bars", years, 5, "by-year", "name", "told")
    # It is not drawn, and the axis is broken where it would stand.
    [(left,)], bars = numbers(svg.xpath("//line[@class='break']"), "x1"), numbers(svg.xpath("//rect"), "x")
    assert bars[1][0] < left < bars[2][0]


def test_the_axis_begins_at_0_and_ends_at_a_round_number() -> None:
    years = bars_by_year({2018: 37, 2019: 74}, {2018: 100, 2019: 100})
    svg = drawn("bars", years, 100, "by-year", "name", "told")
    assert [text.text for text in svg.xpath("//text[@class='amount']")] == ["100", "0"]
    [(one,), (other,)] = numbers(svg.xpath("//rect[@class='bar']"), "height")
    assert other == pytest.approx(2 * one, abs=0.2)


def test_of_many_years_not_each_is_written_but_the_last_is() -> None:
    svg = drawn("bars", bars_by_year(dict.fromkeys(range(1990, 2021), 1), {}), 1, "by-year", "name", "told")
    written = [text.text for text in svg.xpath("//text[@class='year']")]
    assert written[-1] == "2020"
    assert len(written) <= 9


@given(YEARS, YEARS)
def test_bars_stay_in_the_drawing_and_apart(counts: dict[int, int], held: dict[int, int]) -> None:
    if not counts and not held:
        return
    top = max(counts.values(), default=1)
    svg = drawn("bars", bars_by_year(counts, held), top, "by-year", "name", "told")
    at = 0.0
    for x, y, width, height in numbers(svg.xpath("./rect"), "x", "y", "width", "height"):
        assert at <= x
        at = x + width
        assert 0 <= y <= y + height <= 142.1
    assert at <= 400
    words = [
        (float(text.get("x", 0)), float(text.get("y", 0)), measure_text(text.text, 12))
        for text in svg.xpath("//text[@class='year']")
    ]
    for (one, height, width), (other, beside, wide) in itertools.combinations(words, 2):
        assert abs(other - one) >= (width + wide) / 2 or abs(height - beside) >= 12
