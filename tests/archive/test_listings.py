"""What a list had and has: which rows are new, which are missing, and when it is walked to its end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.frontier.listings import Listing, ListState, Row, missing_rows, told_rows
from archive.frontier.state import Frontier
from archive.frontier.targets import PageRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST = "http://www.hexi.gov.cn/nb/"
MAY = dt.date(2026, 5, 12)


@pytest.fixture
def listing(tmp_path: Path) -> Iterator[Listing]:
    frontier = Frontier(tmp_path / "crawl.db")
    yield Listing(frontier.connection, "hexi", LIST)
    frontier.close()


def rows(addresses: str) -> list[Row]:
    return [Row(address, address.upper(), None) for address in addresses]


@pytest.mark.parametrize(
    ("known", "seen", "missing"),
    [
        pytest.param("abcdef", "abc", "", id="the first page as it was"),
        pytest.param("abcdef", "nabc", "", id="one is new"),
        pytest.param("abcdef", "acd", "b", id="one is gone from between two"),
        pytest.param("abcdef", "bcd", "a", id="the first is gone"),
        pytest.param("abcdef", "nmbcd", "a", id="the first is gone behind new ones"),
        pytest.param("abcdef", "ad", "bc", id="two are gone side by side"),
        pytest.param("abcdef", "abnd", "c", id="one is gone beside a new one"),
        pytest.param("abcdefgh", "habc", "", id="one moved to the top from far down"),
        pytest.param("abcdefgh", "abhcd", "", id="one moved into the middle from far down"),
        pytest.param("abcd", "bacd", "", id="two changed places"),
        pytest.param("abcd", "mno", "", id="another page altogether"),
        pytest.param("", "abc", "", id="nothing was known"),
    ],
)
def test_a_row_is_missing_where_both_sides_of_it_were_read(known: str, seen: str, missing: str) -> None:
    assert "".join(missing_rows(known, seen, is_whole=False)) == missing


TOLD: dict[str, tuple[list[Row], list[Row], str]] = {
    "as it was": (rows("abcd"), rows("abcd"), ""),
    "its first page as it was": (rows("abcd"), rows("ab"), ""),
    "one is new": (rows("abcd"), rows("nabcd"), "n"),
    "one is gone": (rows("abcd"), rows("abd"), ""),
    "one was moved to the top": (rows("abcd"), rows("dabc"), "d"),
    "another title": (rows("abc"), [*rows("a"), Row("b", "B（更正）", None), *rows("c")], "b"),
    "another date": (rows("abc"), [Row("a", "A", "2026-05-12"), *rows("bc")], "a"),
    "a new row with the title of another": (rows("abc"), [Row("n", "B", None), *rows("abc")], "nb"),
    "a new row with the title of several": (
        [Row("a", "T", None), Row("b", "T", None)],
        [Row("n", "T", None), Row("a", "T", None), Row("b", "T", None)],
        "n",
    ),
    "never read before": ([], rows("abc"), ""),
}


@pytest.mark.parametrize(("known", "seen", "told"), TOLD.values(), ids=TOLD)
def test_of_which_rows_a_list_says_something_new(known: list[Row], seen: list[Row], told: str) -> None:
    assert "".join(told_rows(known, seen)) == told


@settings(deadline=None, max_examples=60)
@given(known=st.text("abcdefghij", max_size=10), seen=st.text("abcdefghijxyz", max_size=10))
def test_what_is_shown_is_never_missing(known: str, seen: str) -> None:
    known, seen = "".join(dict.fromkeys(known)), "".join(dict.fromkeys(seen))
    whole = missing_rows(known, seen, is_whole=True)
    part = missing_rows(known, seen, is_whole=False)
    assert set(whole) == set(known) - set(seen)
    assert set(part) <= set(whole)


def test_a_reading_replaces_what_was_read_and_keeps_the_rest(listing: Listing) -> None:
    assert listing.replace_rows(rows("abcdef"), is_whole=True) == ()
    assert [
        listing.count_news([row])
        for row in (Row("a", "A", None), Row("b", "another title", None), Row("n", "N", None))
    ] == [0, 1, 1]
    assert listing.replace_rows(rows("nacd"), is_whole=False) == ("b",)
    assert listing.count_rows() == 6
    assert listing.replace_rows(rows("nacde"), is_whole=False) == (), "what was told once is not told again"
    assert listing.replace_rows(rows("na"), is_whole=True) == ("c", "d", "e", "f")
    assert [row.address for row in listing.read_rows()] == ["n", "a"]


def test_a_list_is_walked_to_its_end_when_its_turn_comes() -> None:
    walked = ListState(walked_on=MAY.isoformat(), most=40)
    due = [day for day in range(1, 31) if walked.is_walk_due(LIST, MAY + dt.timedelta(days=day), None)]
    assert due == list(range(due[0], 31))
    assert ListState().is_walk_due(LIST, MAY, None)
    assert walked.is_walk_due(LIST, MAY + dt.timedelta(days=1), 1)
    assert not walked.is_walk_due(LIST, MAY, 1)


@pytest.mark.parametrize(
    ("most", "found", "agrees"),
    [
        pytest.param(0, 40, False, id="nothing to compare with"),
        pytest.param(40, 40, True, id="as many as before"),
        pytest.param(40, 36, True, id="a few less"),
        pytest.param(40, 20, False, id="one page of two"),
    ],
)
def test_a_walk_is_relied_on_that_came_as_far_as_before(most: int, found: int, *, agrees: bool) -> None:
    assert ListState(most=most).agrees_with(found) is agrees


def test_only_the_first_page_is_asked_for_on_condition(listing: Listing) -> None:
    listing.write_state(ListState(MAY.isoformat(), 40, 40, LIST, '"1"', "Sat"))
    known = listing.read_state()
    assert known.validators(PageRequest(LIST)) == ('"1"', "Sat")
    assert known.validators(PageRequest(f"{LIST}index_1.html")) == (None, None)
    assert known.validators(PageRequest(LIST, "page=1", "text/plain")) == (None, None)
