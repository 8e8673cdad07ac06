from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.rendering.year_charts import HEIGHT, WIDTH, draw_bars

YEARS = st.dictionaries(st.integers(2000, 2030), st.integers(1, 100_000), max_size=12)


def test_a_year_of_which_nothing_is_held_is_no_0() -> None:
    drawn = draw_bars({2018: 4, 2021: 2}, {2018: 9, 2019: 5, 2021: 2})
    assert [(bar.year, bar.count, bar.held) for bar in drawn.bars] == [
        (2018, 4, 9),
        (2019, 0, 5),
        (2020, None, 0),
        (2021, 2, 2),
    ]
    assert drawn.missing == (2020,)
    # Hatched from the axis to the top.
    assert drawn.bars[2].height == drawn.axis - drawn.upper


def test_the_axis_begins_at_0_and_ends_at_a_round_number() -> None:
    drawn = draw_bars({2018: 37, 2019: 74}, {2018: 100, 2019: 100})
    assert drawn.top == 100
    assert drawn.bars[1].height == pytest.approx(2 * drawn.bars[0].height, abs=0.2)


def test_of_many_years_not_each_is_written_but_the_last_is() -> None:
    drawn = draw_bars(dict.fromkeys(range(1990, 2021), 1), {})
    written = [bar.year for bar in drawn.bars if bar.is_written]
    assert written[-1] == 2020
    assert len(written) <= 14


@given(YEARS, YEARS)
def test_bars_stay_in_the_drawing_and_apart(counts: dict[int, int], held: dict[int, int]) -> None:
    if not counts and not held:
        return
    drawn = draw_bars(counts, held)
    at = 0.0
    for bar in drawn.bars:
        assert at <= bar.x
        at = bar.x + bar.width
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    assert at <= WIDTH
