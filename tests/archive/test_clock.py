"""Instants are UTC, nights are Shanghai days."""

from __future__ import annotations

import datetime as dt

import pytest

from archive.clock import instant, night_of


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2026-01-31T15:59:59+00:00", "2026-01-31"),
        ("2026-01-31T16:00:00+00:00", "2026-02-01"),
        ("2026-02-01T00:00:00+08:00", "2026-02-01"),
    ],
)
def test_a_night_is_named_by_its_date_in_shanghai(moment: str, night: str) -> None:
    assert night_of(dt.datetime.fromisoformat(moment)).isoformat() == night


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    moment = dt.datetime.fromisoformat("2026-02-01T00:00:00.5+08:00")
    assert instant(moment) == "2026-01-31T16:00:00.500000Z"


def test_an_instant_of_the_first_year_has_four_digits_for_it() -> None:
    assert instant(dt.datetime(1, 1, 1, tzinfo=dt.UTC)) == "0001-01-01T00:00:00.000000Z"
