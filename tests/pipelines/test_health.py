"""A portal that fell silent is broken, a quiet one is not; figures speak only where there are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.response.witnesses import ListFacts, RunFacts, describe_reason, has_emptied, judge_health

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_RUN = RunFacts({}, {}, 0, 0)


def run_of(
    outcomes: Mapping[str, int],
    *,
    probes: Mapping[str, int] | None = None,
    articles: int = 0,
    dateless: int = 0,
    is_blocking: bool = False,
) -> RunFacts:
    return RunFacts(outcomes, probes or {"ok": 1}, articles, dateless, is_blocking)


def trouble(
    reason: str, *, silent_since: str | None = None, incomplete_since: str | None = None
) -> ListFacts:
    return ListFacts(LIST, 40, None, False, reason, "2026-05-10", silent_since, incomplete_since)


WELL = run_of({"ok": 40, "not_modified": 60}, articles=40, dateless=1)
LIST = "http://www.testville.example/nb/"
CASES: dict[str, tuple[RunFacts, RunFacts, tuple[ListFacts, ...], str | None, str | None]] = {
    "as ever": (WELL, WELL, (ListFacts(LIST, 40, 40),), "ok", None),
    "quiet: a list with nothing new": (
        run_of({"not_modified": 1}),
        WELL,
        (ListFacts(LIST, 40, None),),
        "ok",
        None,
    ),
    "the first night": (WELL, NO_RUN, (ListFacts(LIST, 0, 40),), "ok", None),
    "a new list that is empty": (WELL, WELL, (ListFacts(LIST, 0, 0, says_empty=True),), "ok", None),
    "a list turned empty": (WELL, WELL, (ListFacts(LIST, 40, 0, says_empty=True),), "broken", "list_empty"),
    "a list shows nothing that is read": (WELL, WELL, (ListFacts(LIST, 40, 0),), "broken", "list_unread"),
    "a list shrank": (WELL, WELL, (ListFacts(LIST, 100, 19),), "broken", "list_shrunk"),
    "a list lost some rows": (WELL, WELL, (ListFacts(LIST, 100, 21),), "ok", None),
    "a short list shrank": (WELL, WELL, (ListFacts(LIST, 9, 1),), "ok", None),
    "a list of ten shrank": (WELL, WELL, (ListFacts(LIST, 10, 1),), "broken", "list_shrunk"),
    "half of the articles lost their dates": (
        run_of({"ok": 40}, articles=20, dateless=10),
        WELL,
        (),
        "broken",
        "dates_lost",
    ),
    "nearly half of the articles lost their dates": (
        run_of({"ok": 40}, articles=20, dateless=9),
        WELL,
        (),
        "ok",
        None,
    ),
    "errors jumped by three tenths": (
        run_of({"ok": 70, "server_error": 30}),
        WELL,
        (),
        "broken",
        "errors_jumped",
    ),
    "errors jumped by less": (run_of({"ok": 71, "server_error": 29}), WELL, (), "ok", None),
    "articles lost their dates": (
        run_of({"ok": 40}, articles=20, dateless=12),
        WELL,
        (),
        "broken",
        "dates_lost",
    ),
    "articles never had dates": (
        run_of({"ok": 40}, articles=20, dateless=20),
        run_of({"ok": 40}, articles=90, dateless=88),
        (),
        "ok",
        None,
    ),
    "a few articles without dates": (run_of({"ok": 9}, articles=9, dateless=9), WELL, (), "ok", None),
    "errors jumped": (run_of({"ok": 60, "server_error": 40}), WELL, (), "broken", "errors_jumped"),
    "errors from the first night": (run_of({"ok": 60, "timeout": 40}), NO_RUN, (), "broken", "errors_jumped"),
    "errors as ever": (run_of({"ok": 60, "timeout": 40}), run_of({"ok": 6, "timeout": 5}), (), "ok", None),
    "a few errors": (run_of({"ok": 5, "timeout": 4}), WELL, (), "ok", None),
    "pages that are gone are no errors": (
        run_of({"ok": 10, "gone": 60, "soft_404": 9}),
        WELL,
        (),
        "ok",
        None,
    ),
    "one page with a challenge": (run_of({"ok": 90, "challenge_jsl": 1}), WELL, (), "ok", None),
    "a challenge for a list or several": (
        run_of({"ok": 90, "challenge_jsl": 1}, is_blocking=True),
        WELL,
        (),
        "blocked",
        None,
    ),
    "a challenge and nothing else": (run_of({"challenge_jsl": 1}), WELL, (), "blocked", None),
    "a list is silent for the second night": (
        WELL,
        WELL,
        (trouble("timeout", silent_since="2026-05-09"),),
        "ok",
        None,
    ),
    "a list is silent for the third night": (
        WELL,
        WELL,
        (trouble("timeout", silent_since="2026-05-08"),),
        "broken",
        "list_unreachable",
    ),
    "a portal is silent for the third night": (
        run_of({"timeout": 2}),
        WELL,
        (trouble("timeout", silent_since="2026-05-08"),),
        "timeout",
        "list_unreachable",
    ),
    "a list was not complete for six days": (
        WELL,
        WELL,
        (trouble("declared 45 rows, found 40", incomplete_since="2026-05-04"),),
        "ok",
        None,
    ),
    "a list was not complete for a week": (
        WELL,
        WELL,
        (trouble("declared 45 rows, found 40", incomplete_since="2026-05-03"),),
        "ok",
        "list_incomplete",
    ),
    "robots.txt is blocked": (run_of({}, probes={"waf_403": 1}), WELL, (), "blocked", None),
    "nothing answered": (run_of({"timeout": 9}), WELL, (), "timeout", None),
    "not even robots.txt answered": (run_of({}, probes={"dns": 1}), WELL, (), "dns", None),
}


@pytest.mark.parametrize(("now", "before", "lists", "state", "reason"), CASES.values(), ids=CASES)
def test_how_a_portal_is(
    now: RunFacts, before: RunFacts, lists: tuple[ListFacts, ...], state: str | None, reason: str | None
) -> None:
    health = judge_health(now, before, lists)
    assert (health.state, health.reason) == (state, reason)
    assert (health.detail is None) is (reason is None)


def test_every_reason_is_said_in_words_with_its_figures() -> None:
    for now, before, lists, _, reason in CASES.values():
        health = judge_health(now, before, lists)
        if reason is not None and health.detail is not None:
            said = describe_reason(reason, health.detail)
            assert all(str(figure) in said for key, figure in health.detail.items() if key != "now")
            assert reason not in said


def test_an_emptied_list_is_told_from_one_of_which_nothing_is_known() -> None:
    assert has_emptied(ListFacts(LIST, 3, 0))
    assert not has_emptied(ListFacts(LIST, 3, None))
    assert not has_emptied(ListFacts(LIST, 0, 0))
