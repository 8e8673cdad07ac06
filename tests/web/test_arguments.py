"""Arguments of an address as pages read them."""

from __future__ import annotations

import pytest

from gongkai.web.pages.page_queries import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("7", 7, id="a number"),
        pytest.param("0", 0, id="zero"),
        pytest.param("007", 7, id="leading zeros"),
        pytest.param("999", 999, id="as many digits as there may be"),
        pytest.param("1000", None, id="one digit more"),
        pytest.param(None, None, id="not given"),
        pytest.param("", None, id="empty"),
        pytest.param("-1", None, id="a sign"),
        pytest.param(" 1", None, id="a space"),
        pytest.param("1.5", None, id="no whole number"),
        pytest.param("²", None, id="a raised digit"),
        pytest.param("７", None, id="a full-width digit"),
    ],
)
def test_a_number_is_ascii_digits(text: str | None, number: int | None) -> None:
    assert whole_number(text, digits=3) == number
