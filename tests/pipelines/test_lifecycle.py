"""What became of a document: told on evidence, never by an outage, and never told otherwise afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipelines.response.lifecycle import trace_fate
from pipelines.response.outcome import Outcome
from pipelines.response.witnesses import NO_ERRORS, Crowd, Look, Row, RowState, Surroundings, is_healthy

FIRST = dt.date(2026, 2, 1)
TEXT = "a" * 64
SIGNS = {
    "o": Outcome.OK,
    "n": Outcome.NOT_MODIFIED,
    "g": Outcome.GONE,
    "f": Outcome.SOFT_404,
    "h": Outcome.REDIRECT_HOME,
    "r": Outcome.REDIRECTED,
    "e": Outcome.SERVER_ERROR,
    "t": Outcome.TIMEOUT,
    "c": Outcome.CHALLENGE_RUISHU,
    "w": Outcome.WAF_403,
    "b": Outcome.EMPTY_STUB,
    "l": Outcome.RATE_LIMITED,
    "x": Outcome.ROBOTS_DENIED,
}


def look_at(night: int, sign: str, *, second: int = 0, twin: str = "") -> Look:
    """Return a look by its sign; a capital is one on a night on which the portal was ill."""
    outcome = SIGNS[sign.lower()]
    shows = sign.lower() in "on"
    return Look(
        fetched_at=f"{FIRST + dt.timedelta(days=night - 1)}T19:00:{second:02}Z",
        capture=f"{twin}{night}.{second}",
        night=FIRST + dt.timedelta(days=night - 1),
        portal="testville",
        outcome=outcome,
        is_healthy=sign.islower(),
        version=f"{twin}v" if shows else None,
        text=TEXT if shows else None,
        chars=900 if shows else 0,
    )


def looks_of(nights: str, *, twin: str = "", second: int = 0) -> list[Look]:
    """Return the looks of so many nights, one sign a night; a point is a night without a look."""
    return [
        look_at(night, sign, twin=twin, second=second)
        for night, sign in enumerate(nights, start=1)
        if sign != "."
    ]


def told(looks: list[Look], **twins: list[Look]) -> tuple[str, list[str]]:
    """Return the status, and each event with the night that proves it."""
    fate = trace_fate(looks, twins)
    return fate.status.value, [
        f"{event.kind} {(event.proof.night - FIRST).days + 1}" for event in fate.events
    ]


COURSES = {
    "always there": ("onnno", "live", []),
    "gone for a night": ("og", "unreachable", []),
    "gone for seven nights in a row": ("oggggggg", "unreachable", []),
    "gone for eight": ("ogggggggg", "withdrawn", ["withdrawn 9"]),
    "three looks in a week and a day": ("og...g..g", "withdrawn", ["withdrawn 9"]),
    "two looks in a month": ("og............................g", "unreachable", []),
    "three looks in six days": ("og..g..g", "unreachable", []),
    "each way of saying so": ("of...f..g", "withdrawn", ["withdrawn 9"]),
    "there in between": ("og...o..g.g", "unreachable", []),
    "there in between, unchanged": ("og...n..g.g", "unreachable", []),
    "an outage in between is neither evidence nor takes it away": (
        "ogetcwbg.g",
        "withdrawn",
        ["withdrawn 10"],
    ),
    "three nights of errors": ("oeee", "unreachable", []),
    "a month of errors": ("o" + "e" * 30, "unreachable", []),
    "a month of silence": ("o" + "t" * 30, "unreachable", []),
    "a month of challenges": ("o" + "c" * 30, "unreachable", []),
    "a month of block pages": ("o" + "w" * 30, "unreachable", []),
    "a month of stubs": ("o" + "b" * 30, "unreachable", []),
    "a month of throttling": ("o" + "l" * 30, "unreachable", []),
    "a month that robots.txt denied": ("o" + "x" * 30, "unreachable", []),
    "a month of 404 while the portal was ill": ("o" + "G" * 30, "unreachable", []),
    "ill on the third night only": ("og..g...G", "unreachable", []),
    "ill, then well": ("og..g...Gg", "withdrawn", ["withdrawn 10"]),
    "led to the home page for a month": ("o" + "h" * 30, "unreachable", []),
    "redirected for a month": ("o" + "r" * 30, "live", []),
    "redirected, then gone": ("orrrg", "unreachable", []),
    "back again": ("oggggggggo", "live", ["withdrawn 9", "returned 10"]),
    "back, and withdrawn again": (
        "oggggggggnggggggggg",
        "withdrawn",
        ["withdrawn 9", "returned 10", "withdrawn 18"],
    ),
    "withdrawn once, whatever follows": ("og...g..gggeetggg", "withdrawn", ["withdrawn 9"]),
    "not there before it came": ("ggggggggggo", "live", []),
    "never there": ("gggggggggggg", "live", []),
}


@pytest.mark.parametrize(("nights", "status", "events"), COURSES.values(), ids=COURSES)
def test_what_looks_tell(nights: str, status: str, events: list[str]) -> None:
    assert told(looks_of(nights)) == (status, events)


def test_two_runs_of_one_night_are_one_night() -> None:
    looks = [look_at(1, "o"), *(look_at(2, "g", second=second) for second in range(3)), look_at(10, "g")]
    assert told(looks)[0] == "unreachable"


def test_the_evidence_of_a_withdrawal_is_its_looks() -> None:
    (event,) = trace_fate(looks_of("og...g..g"), {}).events
    assert [look.night.day for look in event.evidence] == [2, 6, 9]
    assert (event.before, event.after, event.proof.capture) == ("v", None, "9.0")


def test_a_file_that_people_brought_is_no_answer_of_the_portal() -> None:
    brought = replace(look_at(9, "o"), is_handed_in=True)
    assert told([*looks_of("og...g.."), brought, look_at(10, "g")])[0] == "withdrawn"
    assert told([replace(look_at(1, "o"), is_handed_in=True), *looks_of(".g...g..g")])[0] == "withdrawn"


MOVES = {
    "gone, and there the same night": ("oog", "..o", "moved", ["moved 3"]),
    "there first, gone later": ("ooong", "..o", "moved", ["moved 5"]),
    "gone first, there later": ("og..", "...o", "moved", ["moved 4"]),
    "gone, while the portal was ill": ("ooG", "..o", "unreachable", []),
    "silent": ("oet", "..o", "unreachable", []),
    "still there": ("ooo", "..o", "live", []),
    "there as long as the old one": ("oog", "o", "unreachable", []),
    "there, but gone too": ("oo.g", "..og", "unreachable", []),
    "moved is not withdrawn": ("oogggggggggggg", "..o", "moved", ["moved 3"]),
    "found after it was withdrawn": ("og...g..g", ".........o", "moved", ["withdrawn 9", "moved 10"]),
    "moved, and there again": ("oogo", "..o", "live", ["moved 3"]),
}


@pytest.mark.parametrize(("own", "twin", "status", "events"), MOVES.values(), ids=MOVES)
def test_where_a_text_went(own: str, twin: str, status: str, events: list[str]) -> None:
    assert told(looks_of(own, second=1), new=looks_of(twin, twin="new")) == (status, events)
    assert told(looks_of(own), new=looks_of(twin, twin="new", second=1)) == (status, events)


SHORT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the same title": ({"title": "公告"}, {"title": "公告"}, "moved"),
    "another title": ({"title": "公告"}, {"title": "通知"}, "unreachable"),
    "no title": ({}, {}, "unreachable"),
    "the same bytes": ({"payload": "b"}, {"payload": "b"}, "moved"),
    "the same bytes, and nothing to read": ({"payload": "b", "text": None}, {"payload": "b"}, "moved"),
    "other bytes, and nothing to read": ({"payload": "b", "text": None}, {"payload": "c"}, "unreachable"),
}


@pytest.mark.parametrize(("old", "new", "status"), SHORT.values(), ids=SHORT)
def test_a_short_document_that_moved(old: dict[str, Any], new: dict[str, Any], status: str) -> None:
    own = [replace(look, chars=9, **old) for look in looks_of("oog")]
    assert told(own, new=[replace(look, chars=9, **new) for look in looks_of("..o", twin="new")])[0] == status


def test_another_portal_or_another_text_is_no_move() -> None:
    own, new = looks_of("oog"), looks_of("..o", twin="new")
    assert told(own, new=[replace(look, portal="othertown") for look in new])[0] == "unreachable"
    assert told(own, new=[replace(look, text="b" * 64) for look in new])[0] == "unreachable"


def silent_on(*nights: int) -> Surroundings:
    return Surroundings(silent=tuple(replace(look_at(night, "t"), outcome=Outcome.DNS) for night in nights))


LASTING: dict[str, tuple[str, tuple[int, ...], str, tuple[str, list[str]]]] = {
    "gone for a week": ("ogggggggg", (), ".....o", ("moved", ["moved 9"])),
    "gone for less": ("oggggggg", (), ".....o", ("unreachable", [])),
    "gone with its portal": ("oG..G...G", (), "...o", ("moved", ["moved 9"])),
    "its host is silent": ("o", (2, 5, 9), "...o", ("moved", ["moved 9"])),
    "its host is silent for less": ("o", (2, 5, 8), "...o", ("live", [])),
    "its host is silent on two nights": ("o", (2, 19), "...o", ("live", [])),
    "its host was there in between": ("o...n", (2, 9, 10), "...o", ("live", [])),
    "there after its host was silent": ("o", (2, 5, 9), "...........o", ("moved", ["moved 12"])),
    "and there again": ("o..........o", (2, 5, 9), "...o", ("live", ["moved 9", "retracted 12"])),
    "the other was there before": ("..o", (4, 7, 11), "o", ("live", [])),
    "the other is gone, too": ("o", (2, 5, 9), "...o...g", ("live", [])),
}


@pytest.mark.parametrize(("own", "silent", "new", "wanted"), LASTING.values(), ids=LASTING)
def test_a_portal_that_moved_to_another_of_its_body(
    own: str, silent: tuple[int, ...], new: str, wanted: tuple[str, list[str]]
) -> None:
    twin = [replace(look, portal="newtown") for look in looks_of(new, twin="new")]
    fate = trace_fate(looks_of(own), {"new": twin}, silent_on(*silent))
    days = [f"{event.kind} {(event.proof.night - FIRST).days + 1}" for event in fate.events]
    assert (fate.status, days) == wanted


@pytest.mark.parametrize(("chars", "status"), [(200, "moved"), (199, "unreachable")])
def test_from_which_length_on_a_text_tells_documents_apart(chars: int, status: str) -> None:
    own, new = looks_of("oog"), looks_of("..o", twin="new")
    assert told(own, new=[replace(look, chars=chars) for look in new])[0] == status


CROWDS = {
    "one of two": (Crowd(stood=1, fell=1), True, False),
    "most of them": (Crowd(stood=1, fell=2), False, True),
    "all of them": (Crowd(stood=0, fell=1), False, True),
    "gone before, and nobody else was asked for": (Crowd(stood=0, fell=0, away=3), False, True),
    "gone before, and others stand": (Crowd(stood=1, fell=0, away=30), True, False),
    "all is there": (Crowd(stood=9, fell=0), True, False),
    "nothing was asked for": (Crowd(stood=0, fell=0), False, False),
}


@pytest.mark.parametrize(("crowd", "is_itself", "is_ill"), CROWDS.values(), ids=CROWDS)
def test_what_is_gone_with_its_portal(crowd: Crowd, *, is_itself: bool, is_ill: bool) -> None:
    assert (crowd.is_itself, crowd.is_ill) == (is_itself, is_ill)


def leading(night: int, target: str | None) -> Look:
    return replace(look_at(night, "r"), leads_to=target)


def test_a_permanent_redirect_to_the_same_text_is_a_move() -> None:
    new = looks_of("o", twin="new", second=1)
    assert told([look_at(1, "o"), leading(2, "new")], new=new) == ("moved", ["moved 2"])
    later = [look_at(3, "o", twin="new")]
    assert told([look_at(1, "o"), leading(2, "new")], new=later) == ("moved", ["moved 3"])
    fate = trace_fate([look_at(1, "o"), leading(2, "new")], {"new": later})
    assert (fate.events[0].to_document, fate.events[0].how, fate.events[0].after) == (
        "new",
        "redirect",
        "newv",
    )


NO_MOVES = {
    "to another text": (leading(2, "new"), replace(look_at(2, "o", twin="new"), text="b" * 64)),
    "to a page that shows nothing": (leading(2, "new"), look_at(2, "e", twin="new")),
    "not for good": (leading(2, None), look_at(2, "o", twin="new")),
    "to another portal": (leading(2, "new"), replace(look_at(2, "o", twin="new"), portal="othertown")),
}


@pytest.mark.parametrize(("redirect", "new"), NO_MOVES.values(), ids=NO_MOVES)
def test_any_other_redirect_leaves_the_status_as_it_was(redirect: Look, new: Look) -> None:
    assert told([look_at(1, "o"), redirect], new=[new]) == ("live", [])
    assert told([look_at(1, "o"), look_at(1, "e", second=9), redirect], new=[new]) == ("unreachable", [])


HEALTH = {
    "lists and articles answer": ({"ok": 3, "not_modified": 9}, True),
    "some are gone": ({"ok": 1, "gone": 30}, True),
    "some fail": ({"ok": 5, "server_error": 5}, True),
    "most fail": ({"ok": 4, "timeout": 3, "reset": 2}, False),
    "nothing answers well": ({"gone": 3}, False),
    "one page that leads to itself": ({"ok": 90, "challenge_cookie_redirect": 1}, True),
    "nothing was asked": ({}, False),
}


@pytest.mark.parametrize(("outcomes", "expected"), HEALTH.values(), ids=HEALTH)
def test_when_a_portal_answers(outcomes: dict[str, int], *, expected: bool) -> None:
    assert is_healthy(outcomes) is expected


ROWS = st.text(st.sampled_from("lswwww...."), max_size=24)
STATES = {"l": RowState.LEFT, "s": RowState.STANDS, "w": RowState.WALKED}


def rows_of(nights: str) -> tuple[Row, ...]:
    """Return what a list said, one sign a night, from the second on."""
    return tuple(
        Row(FIRST + dt.timedelta(days=number), "list", STATES[sign])
        for number, sign in enumerate(nights, start=1)
        if sign != "."
    )


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ogggG.e"), max_size=24), ROWS)
def test_nothing_is_withdrawn_whose_row_stands_or_whose_list_was_not_read(own: str, nights: str) -> None:
    looks, rows = looks_of("o" + own), rows_of(nights)
    for end in sorted({look.night for look in looks}):
        known = tuple(row for row in rows if row.night <= end)
        fate = trace_fate([look for look in looks if look.night <= end], {}, Surroundings(True, known))
        told = [row.state for row in known if row.state is not RowState.WALKED]
        if fate.status == "withdrawn" and looks[-1].night == end:
            assert told[-1:] == [RowState.LEFT]
            assert RowState.WALKED in {row.state for row in known}
        whole = trace_fate(looks, {}, Surroundings(True, rows)).events
        assert fate.events == whole[: len(fate.events)]


COURSE = st.text(st.sampled_from("oongGfhrretcwblx....."), max_size=24)


@settings(deadline=None, max_examples=200)
@given(COURSE, COURSE)
def test_later_looks_never_rewrite_what_was_told(own: str, twin: str) -> None:
    looks, seen = looks_of("o" + own), looks_of(twin, twin="new", second=1)
    whole = trace_fate(looks, {"new": seen}).events
    for end in sorted({look.night for look in looks + seen}):
        until = trace_fate(
            [look for look in looks if look.night <= end],
            {"new": [look for look in seen if look.night <= end]},
        ).events
        assert until == whole[: len(until)]


@settings(deadline=None, max_examples=200)
@given(COURSE)
def test_a_withdrawal_always_has_its_evidence(own: str) -> None:
    for event in trace_fate(looks_of("o" + own), {}).events:
        if event.kind != "withdrawn":
            continue
        nights = [look.night for look in event.evidence]
        assert len(set(nights)) == len(nights) >= 3
        assert (nights[-1] - nights[0]).days >= 7
        assert all(look.is_healthy and look.outcome in NO_ERRORS for look in event.evidence)


@settings(deadline=None, max_examples=100)
@given(COURSE, st.sampled_from("etcwblG"), st.integers(0, 20))
def test_a_three_night_outage_changes_no_withdrawal(own: str, outage: str, start: int) -> None:
    course = "o" + own
    ill = course[: start + 1] + outage * 3 + course[start + 4 :]
    well = course[: start + 1] + "..." + course[start + 4 :]
    kinds = [event.kind for event in trace_fate(looks_of(ill), {}).events]
    assert kinds == [event.kind for event in trace_fate(looks_of(well), {}).events]
