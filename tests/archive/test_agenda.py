"""When an address is due: never late, spread evenly, and an absence settled by evidence."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.frontier.targets import Standing, is_settled, next_due, standing_of
from pipelines.response.outcome import BLOCKED, Outcome

DAYS = st.dates(dt.date(2023, 6, 1), dt.date(2027, 6, 1))
KINDS = st.sampled_from([None, "annual_report", "policy", "task_plan", "other"])
KEYS = st.text("abc/()0123", min_size=1, max_size=12)


def is_often(day: dt.date, kind: str | None, listed: dt.date | None) -> bool:
    young = listed is not None and (day - listed).days < 365
    return day.month <= 4 and (kind == "annual_report" or young)


@settings(deadline=None, max_examples=150)
@given(start=DAYS, key=KEYS, kind=KINDS, listed=st.none() | DAYS, limit=st.none() | st.integers(1, 30))
def test_no_sequence_of_visits_leaves_an_address_for_longer_than_its_period(
    start: dt.date, key: str, kind: str | None, listed: dt.date | None, limit: int | None
) -> None:
    visited = start
    for _ in range(40):
        due = next_due(visited, key=key, kind=kind, listed=listed, revisit_days=limit)
        waited = (due - visited).days
        assert 1 <= waited <= (limit or 30)
        if is_often(visited, kind, listed):
            assert waited <= 10
        often = [d for d in range(1, waited + 1) if is_often(visited + dt.timedelta(days=d), kind, listed)]
        assert len(often) <= 10, "ten days into the season it was visited"
        visited = due


@settings(deadline=None, max_examples=50)
@given(start=DAYS, key=KEYS, kind=KINDS, listed=st.none() | DAYS)
def test_one_day_means_every_night(
    start: dt.date, key: str, kind: str | None, listed: dt.date | None
) -> None:
    due = next_due(start, key=key, kind=kind, listed=listed, revisit_days=1)
    assert due == start + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("night", "kind", "period"),
    [
        pytest.param(dt.date(2026, 5, 12), "annual_report", 30, id="reports out of season"),
        pytest.param(dt.date(2026, 2, 3), "annual_report", 10, id="reports in season"),
        pytest.param(dt.date(2026, 2, 3), "policy", 30, id="old policies in season"),
    ],
)
def test_what_is_found_in_one_night_is_visited_spread_evenly(night: dt.date, kind: str, period: int) -> None:
    count = 6_000
    listed = dt.date(2020, 1, 1)
    due = Counter(
        next_due(night, key=f"cn,gov,hexi)/a/{n}.html", kind=kind, listed=listed, revisit_days=None)
        for n in range(count)
    )
    assert sorted(due) == [night + dt.timedelta(days=days) for days in range(1, period + 1)]
    share = count / period
    assert all(abs(found - share) < 5 * share**0.5 for found in due.values())


def test_an_address_keeps_its_slot() -> None:
    visits = [dt.date(2026, 5, 12)]
    for _ in range(5):
        visits.append(next_due(visits[-1], key="a", kind=None, listed=None, revisit_days=None))
    assert {(late - early).days for early, late in itertools.pairwise(visits[1:])} == {30}


@pytest.mark.parametrize(
    ("days", "settled"),
    [
        pytest.param((0, 3, 7), True, id="three nights over a week"),
        pytest.param((0, 1, 2), False, id="three nights in a row"),
        pytest.param((0, 9), False, id="two nights"),
        pytest.param((0, 9, 9), False, id="two nights, one of them twice"),
        pytest.param(range(8), True, id="every night of a week and a day"),
        pytest.param((0, 1, 6), False, id="one day short"),
    ],
)
def test_an_absence_is_settled_by_three_nights_over_a_week(days: tuple[int, ...], settled: bool) -> None:
    assert is_settled([dt.date(2026, 5, 1) + dt.timedelta(days=day) for day in days]) is settled


def test_only_an_answer_about_the_address_says_something_of_it() -> None:
    told = {outcome: standing_of(outcome) for outcome in Outcome}
    assert {outcome for outcome in told if told[outcome] is Standing.THERE} == {"ok", "not_modified"}
    assert {outcome for outcome in told if told[outcome] is Standing.GONE} == {"gone", "soft_404"}
    outages = {Outcome.SERVER_ERROR, Outcome.TIMEOUT, Outcome.DNS, Outcome.RESET, Outcome.RATE_LIMITED}
    assert all(told[outcome] is Standing.UNTOLD for outcome in BLOCKED | outages)
    assert standing_of("a word of tomorrow") is Standing.UNTOLD
