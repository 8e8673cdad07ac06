"""Whose turn it is follows from what captures say, in whatever order they are recorded."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.frontier.schedule import Found
from archive.frontier.state import Frontier
from archive.frontier.targets import DueTargets, Link, Terms
from archive.warc.entries import Context, Role
from tests.archive.test_frontier import A, capture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST = "http://www.hexi.gov.cn/nb/"
MAY = dt.datetime(2026, 5, 12, 15, tzinfo=dt.UTC)
NIGHT = dt.date(2026, 5, 12)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    opened = Frontier(tmp_path / "crawl.db")
    begin(opened, range(40))
    yield opened
    opened.close()


def begin(frontier: Frontier, nights: range) -> None:
    for night in nights:
        frontier.begin_run(f"run{night}", MAY + dt.timedelta(days=night), ["hexi"])
    found = Found("hexi", "urn:uuid:list", LIST, NIGHT)
    frontier.schedule.add_links(found, [Link(A, "甲", "2020-01-01")])


def answer(frontier: Frontier, night: int, outcome: str, url: str = A, number: int = 0) -> None:
    context = Context(f"run{night}", Role.ARTICLE, "hexi", "urn:uuid:list")
    status = {"gone": 404, "redirected": 302, "server_error": 500}.get(outcome, 200)
    at = (MAY - dt.datetime(2026, 1, 31, 15, tzinfo=dt.UTC)).days * 1440 + night * 1440 + number
    frontier.record_capture(capture(at, url, status=status, context=context), outcome)


def due(frontier: Frontier, url: str = A) -> str | None:
    (found,) = frontier.connection.execute("SELECT due_on FROM targets WHERE url = ?", (url,)).fetchone()
    assert found is None or isinstance(found, str)
    return found


def test_what_was_seen_is_due_within_thirty_nights(frontier: Frontier) -> None:
    assert due(frontier) is None
    answer(frontier, 0, "ok")
    day = due(frontier)
    assert day is not None
    assert "2026-05-13" <= day <= "2026-06-11"
    assert frontier.schedule.is_resting(A, "run0")
    last = DueTargets(frontier, "hexi", "run30").next_batch(9)
    assert [target.url for target in last] == [A]


@pytest.mark.parametrize(
    ("answers", "settled"),
    [
        pytest.param([(0, "ok"), (1, "gone")], False, id="gone once"),
        pytest.param([(0, "ok"), (1, "gone"), (4, "gone"), (8, "gone")], True, id="gone for a week"),
        pytest.param([(1, "gone"), (4, "soft_404"), (8, "gone")], True, id="gone in two ways"),
        pytest.param([(1, "gone"), (4, "redirected"), (8, "gone")], False, id="gone and moved"),
        pytest.param([(1, "redirected"), (4, "redirected"), (8, "redirected")], True, id="moved"),
        pytest.param([(1, "gone"), (4, "ok"), (8, "gone"), (9, "gone")], False, id="there in between"),
        pytest.param(
            [(1, "gone"), (4, "server_error"), (8, "gone")], False, id="an outage counts for nothing"
        ),
        pytest.param([(1, "server_error"), (4, "timeout"), (9, "waf_403")], False, id="outages alone"),
        pytest.param([(1, "gone"), (4, "gone"), (8, "gone"), (9, "ok")], True, id="it has returned"),
    ],
)
def test_an_absence_is_asked_after_until_it_is_settled(
    frontier: Frontier, answers: list[tuple[int, str]], *, settled: bool
) -> None:
    for night, outcome in answers:
        answer(frontier, night, outcome)
    # What was blocked is asked for the next night too, behind all others.
    next_night = NIGHT + dt.timedelta(days=answers[-1][0] + 1)
    assert ((due(frontier) or "") > next_night.isoformat()) is settled
    assert frontier.schedule.is_resting(A, "run39") is False


def test_an_absence_within_a_repair_settles_nothing_once_that_is_over(frontier: Frontier) -> None:
    others = [f"http://www.hexi.gov.cn/{number}.html" for number in range(3)]
    for night, outcome in ((1, "ok"), *((night, "gone") for night in (5, 9, 13)), (14, "ok"), (15, "ok")):
        for url in others:
            answer(frontier, night, outcome, url)
        answer(frontier, night, "ok" if night == 1 else "gone")
        frontier.end_run(f"run{night}", "finished")
        assert (due(frontier) is not None) is (night in (1, 13)), f"night {night}"
    nights = frontier.connection.rows("SELECT night, is_over FROM ill_nights ORDER BY night")
    assert nights == [("2026-05-17", 0), ("2026-05-21", 0), ("2026-05-25", 0), ("2026-05-26", 1)]


def test_an_absence_on_the_night_before_a_repair_settles_nothing_either(frontier: Frontier) -> None:
    """The corpus does not count it, so that a page asked for no more would be withdrawn a month late."""
    others = [f"http://www.hexi.gov.cn/{number}.html" for number in range(3)]
    for night in range(1, 14):
        for url in others:
            answer(frontier, night, "gone" if 5 <= night <= 8 else "ok", url)
        if night not in {2, 10, 11}:
            answer(frontier, night, "ok" if night == 1 else "gone")
        frontier.end_run(f"run{night}", "finished")
        assert (due(frontier) is not None) is (night in (1, 2, 13)), f"night {night}"


def test_what_was_first_seen_by_a_clock_that_ran_ahead_makes_no_ill_night(frontier: Frontier) -> None:
    others = [f"http://www.hexi.gov.cn/{number}.html" for number in range(5)]
    for url in others:
        answer(frontier, 30, "ok", url)
    frontier.schedule.forget_after(MAY + dt.timedelta(days=1))
    for night in (2, 3):
        for url in others:
            answer(frontier, night, "ok" if url == others[-1] else "gone", url)
        frontier.end_run(f"run{night}", "finished")
    assert frontier.connection.rows("SELECT night FROM ill_nights") == []


@pytest.mark.parametrize("ahead", [("gone", "gone", "gone"), ("waf_403",)])
def test_what_a_clock_that_ran_ahead_put_off_is_due_once_it_is_turned_back(
    frontier: Frontier, ahead: tuple[str, ...]
) -> None:
    answer(frontier, 0, "ok")
    for number, outcome in enumerate(ahead):
        answer(frontier, 31 + 4 * number, outcome)
    assert (due(frontier) or "") >= "2026-06-13"
    frontier.schedule.forget_after(MAY + dt.timedelta(days=1))
    assert due(frontier) is None


def test_what_is_seen_after_a_clock_is_turned_back_is_the_newest_again(frontier: Frontier) -> None:
    answer(frontier, 30, "ok")
    frontier.schedule.forget_after(MAY + dt.timedelta(days=1))
    at = (MAY - dt.datetime(2026, 1, 31, 15, tzinfo=dt.UTC)).days * 1440 + 2 * 1440
    context = Context("run2", Role.ARTICLE, "hexi")
    frontier.record_capture(capture(at, A, headers=((b"ETag", b'"new"'),), context=context))
    assert frontier.validators_for(A)[0] == '"new"'


def test_an_end_that_is_told_again_judges_nothing_by_what_was_seen_since(frontier: Frontier) -> None:
    """The file of a run that is damaged is folded in before each crawl."""
    others = [f"http://www.hexi.gov.cn/{number}.html" for number in range(3)]
    for night in (0, 1, 2):
        for url in others:
            answer(frontier, night, "ok", url)
        if night < 2:
            answer(frontier, night, "gone" if night else "ok")
        frontier.end_run(f"run{night}", "finished")
    frontier.end_run("run1", "finished")
    assert frontier.connection.rows("SELECT night FROM ill_nights") == []


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(6)))
def test_the_order_of_recording_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    answers = [(0, "ok"), (2, "gone"), (3, "ok"), (5, "gone"), (9, "gone"), (13, "gone")]
    frontier = Frontier(tmp_path_factory.mktemp("frontier") / "crawl.db")
    begin(frontier, range(40))
    for number in [*order, *order]:
        answer(frontier, *answers[number])
    known = frontier.connection.execute("SELECT seen_on, due_on FROM targets").fetchall()
    absences = frontier.connection.execute("SELECT night FROM absences ORDER BY night").fetchall()
    frontier.close()
    ((seen_on, due_on),) = known
    assert (seen_on, absences) == ("2026-05-15", [("2026-05-17",), ("2026-05-21",), ("2026-05-25",)])
    assert due_on > "2026-05-25"


def test_what_its_list_misses_is_due_until_it_has_answered(frontier: Frontier) -> None:
    answer(frontier, 0, "ok")
    (key,) = frontier.connection.execute("SELECT key FROM targets").fetchone()
    frontier.schedule.record_due("hexi", [key, "unknown)/"], NIGHT + dt.timedelta(days=3))
    assert due(frontier) is None
    answer(frontier, 3, "server_error")
    assert due(frontier) is None
    answer(frontier, 4, "not_modified")
    assert due(frontier) is not None
    frontier.schedule.record_due("hexi", [key], NIGHT + dt.timedelta(days=3))
    assert due(frontier) is not None, "told late, as a frontier made again is told"


def test_what_was_gone_is_due_where_its_article_has_it_again(frontier: Frontier) -> None:
    """A page that came back left its attachment withdrawn for a month."""
    files = [f"http://www.hexi.gov.cn/{name}.pdf" for name in ("there", "gone", "asked")]
    links = [Link(url, None, None) for url in files]
    for night in (0, 20):
        on = NIGHT + dt.timedelta(days=night)
        frontier.schedule.add_links(Found("hexi", "urn:uuid:page", None, on, Role.ATTACHMENT), links)
        for url in files if night == 0 else files[2:]:
            answer(frontier, night, "ok" if night == 0 else "gone", url)
        for gone in (1, 4, 8) if night == 0 else ():
            for url in files[1:]:
                answer(frontier, gone, "gone", url)
    assert [bool(due(frontier, url)) for url in files] == [True, False, True]


def test_what_is_attached_is_due_where_its_article_was_told_of(frontier: Frontier) -> None:
    links = [Link("http://www.hexi.gov.cn/a.pdf", None, None)]
    found = Found("hexi", "urn:uuid:page", None, NIGHT, Role.ATTACHMENT)
    frontier.schedule.add_links(found, links)
    answer(frontier, 0, "ok", links[0].url)
    told_on = NIGHT + dt.timedelta(days=3)
    frontier.schedule.add_links(replace(found, night=told_on), links)
    assert due(frontier, links[0].url)
    answer(frontier, 0, "ok")
    assert frontier.schedule.told_on(A) is None
    frontier.schedule.record_told(
        "hexi", frontier.connection.column("SELECT key FROM targets LIMIT 1"), told_on
    )
    assert frontier.schedule.told_on(A) == told_on
    # The article answers a night late, and again in its turn: the file is asked for once.
    again = replace(found, night=told_on + dt.timedelta(days=1), told_on=told_on)
    frontier.schedule.add_links(again, links)
    assert due(frontier, links[0].url) is None
    answer(frontier, 4, "ok", links[0].url)
    frontier.schedule.add_links(replace(again, night=told_on + dt.timedelta(days=20)), links)
    assert due(frontier, links[0].url)


def test_every_night_comes_before_its_turn_and_the_longest_wait_first(frontier: Frontier) -> None:
    frontier.schedule.set_terms("hexi", Terms(revisit_days=1))
    urls = [f"http://www.hexi.gov.cn/{number}.html" for number in range(4)]
    frontier.schedule.add_links(Found("hexi", None, LIST, NIGHT), [Link(url, None, None) for url in urls])
    for night, url in ((5, A), (3, urls[0]), (4, urls[1])):
        answer(frontier, night, "ok", url)
    due_targets = DueTargets(frontier, "hexi", "run9")
    offered = list(itertools.chain.from_iterable(iter(lambda: due_targets.next_batch(1), ())))
    assert [target.url for target in offered] == [urls[2], urls[3], urls[0], urls[1], A]


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        # An even night has 100 / 10 of them; a quarter more is 13. What waited for three nights is asked for.
        pytest.param(270, {272: 13, 273: 13, 274: 13, 275: 61}, id="in February"),
        pytest.param(0, {2: 100}, id="in May"),
    ],
)
def test_what_chance_gave_one_night_of_the_season_is_spread(
    frontier: Frontier, first: int, asked: dict[int, int]
) -> None:
    begin(frontier, range(max(first, 40), first + 7))
    links = [Link(f"http://www.hexi.gov.cn/{number}.html", "乙", "2020-01-01") for number in range(99)]
    frontier.schedule.add_links(Found("hexi", "urn:uuid:list", LIST, NIGHT), links)
    day = NIGHT + dt.timedelta(days=first + 2)
    frontier.connection.execute("UPDATE targets SET due_on = ?", (day.isoformat(),))
    counts: dict[int, int] = {}
    for night in range(first, first + 7):
        turns = DueTargets(frontier, "hexi", f"run{night}")
        while batch := turns.next_batch(4):
            counts[night] = counts.get(night, 0) + len(batch)
            frontier.connection.executemany(
                "UPDATE targets SET due_on = '2027-12-31' WHERE seq = ?", [(target.seq,) for target in batch]
            )
    assert counts == asked


def test_terms_that_change_make_targets_due_anew(frontier: Frontier) -> None:
    frontier.schedule.set_terms("hexi", Terms(revisit_days=1))
    answer(frontier, 0, "ok")
    assert due(frontier) == "2026-05-13"
    frontier.schedule.set_terms("hexi", Terms(revisit_days=1, kinds={LIST: "annual_report"}))
    assert due(frontier) == "2026-05-13"
    frontier.schedule.set_terms("hexi", Terms())
    assert due(frontier) != "2026-05-13"


def test_a_few_that_were_there_are_asked_for_where_most_are_gone(frontier: Frontier) -> None:
    urls = [f"http://www.hexi.gov.cn/a/{number}.html" for number in range(30)]
    frontier.schedule.add_links(
        Found("hexi", "urn:uuid:list", LIST, NIGHT), [Link(url, "甲", None) for url in urls]
    )
    for number, url in enumerate([A, *urls]):
        answer(frontier, 0, "ok", url, number)
    for number, url in enumerate(urls[:25]):
        answer(frontier, 1, "gone", url, number)
    due_targets = DueTargets(frontier, "hexi", "run1")
    offered = [target.url for batch in iter(lambda: due_targets.next_batch(9), ()) for target in batch]
    assert len(offered) == len(set(offered))
    controls = [url for url in offered if (due(frontier, url) or "") > "2026-05-13"]
    resting = [url for url in urls[25:] if (due(frontier, url) or "") > "2026-05-13"]
    assert controls == [*reversed(resting), A], "the newest that were seen"
    assert not set(offered) & set(urls[:25]), "they have answered in this run"


def test_what_is_there_for_the_first_time_does_not_outweigh_what_is_gone(frontier: Frontier) -> None:
    """The corpus, which decides, asks only those that had been shown before what became of the portal."""
    late, resting = (f"http://www.hexi.gov.cn/{name}.html" for name in ("late", "resting"))
    found = Found("hexi", "urn:uuid:list", LIST, NIGHT)
    frontier.schedule.add_links(found, [Link(url, "乙", "2020-01-01") for url in (late, resting)])
    for night, outcomes in ((1, ("ok", "server_error", "ok")), (2, ("gone", "ok"))):
        for url, outcome in zip((A, late, resting), outcomes, strict=False):
            answer(frontier, night, outcome, url)
            frontier.schedule.finish_targets([url], f"run{night}")
    offered = [target.url for target in DueTargets(frontier, "hexi", "run2").next_batch(9)]
    assert offered == [resting]


def test_nobody_is_asked_out_of_turn_on_other_nights(frontier: Frontier) -> None:
    answer(frontier, 0, "ok")
    nights = [DueTargets(frontier, "hexi", f"run{night}").next_batch(9) for night in (1, 2, 3)]
    assert [len(each) for each in nights].count(1) <= 1
