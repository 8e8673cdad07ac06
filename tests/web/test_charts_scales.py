from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.rendering.drawings import Scale, find_step


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
