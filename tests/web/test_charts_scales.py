from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.rendering.tile_grid import Scale, find_step, round_up


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [
        (0, 10, 10),
        (10, 10, 10),
        (11, 10, 20),
        (414, 10, 500),
        (501, 10, 1000),
        (1000, 10, 1000),
        (0.0528, 0.05, 0.1),
        (0.2, 0.05, 0.2),
        (0.6187, 0.05, 1),
        (1, 0.05, 1),
    ],
)
def test_an_axis_ends_at_a_round_number(value: float, least: float, expected: float) -> None:
    assert round_up(value, least) == expected


@given(st.floats(min_value=0, max_value=1e9))
def test_no_value_lies_above_its_axis_and_none_is_lost_below(value: float) -> None:
    top = round_up(value, 0.05)
    assert value <= top * (1 + 1e-9)
    assert top <= max(0.05, 2.5 * value * (1 + 1e-9))


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_a_larger_share_never_has_a_paler_tint(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1 <= find_step(low, 1, 5) <= find_step(high, 1, 5) <= 5


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 1), (0.19, 1), (0.2, 2), (0.39, 2), (0.6, 4), (0.8, 5), (1, 5)]
)
def test_the_tints_divide_the_range_evenly(value: float, expected: int) -> None:
    assert find_step(value, 1, 5) == expected


def test_a_scale_may_run_upwards() -> None:
    up = Scale(0, 10, 142, 22)
    assert [up.at(value) for value in (0, 5, 10)] == [142, 82, 22]
