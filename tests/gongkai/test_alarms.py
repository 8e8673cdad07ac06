"""Alarms: each names its cause first, once, since when, and what to do."""

from __future__ import annotations

import contextlib
import datetime as dt
import string
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.corpus.store import create_corpus
from crawler.run.plan import PortalSummary
from gongkai.nights.alarms import (
    ALARMS,
    alarm_kinds,
    find_broken_portals,
    find_failed_steps,
    find_lasting_budgets,
    find_silent_portals,
    make_alarm,
    settle_alarms,
)
from gongkai.nights.night_report import Alarm, NightReport, StepLine, find_exit_code
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

NIGHT = NightReport(
    id="2026-02-04", night=dt.date(2026, 2, 4), started_at="2026-02-03T19:00:00Z", run_id="run"
)


def _before(*alarms: Alarm) -> NightReport:
    return replace(NIGHT, id="2026-02-03", night=dt.date(2026, 2, 3), alarms=alarms)


def _silent(**outcomes: dict[str, int]) -> list[Alarm]:
    portals = [PortalSummary(name, answers, 0, (), {}, ()) for name, answers in outcomes.items()]
    failed = [portal.portal for portal in portals if "ok" not in portal.outcomes]
    return list(find_silent_portals(portals, failed))


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ({"refused": 2}, "down: its server cannot be reached (refused). Most are back within days"),
        ({"timeout": 9, "server_error": 1}, "down: its server cannot be reached (timeout). Most"),
        ({"dns": 1}, "down: its name cannot be resolved (dns). It is down, or moved"),
        ({"tls_cert": 1}, "down: its certificate or its TLS cannot be used (tls_cert). Nothing is asked"),
        ({"waf_403": 1}, "down: it blocks us by now (waf_403). It is left alone, and asked again each night"),
        ({"server_error": 3}, "down: nothing answered (server_error). gongkai portals check down"),
        ({}, "down: nothing answered (no answer). gongkai portals check down"),
    ],
)
def test_a_portal_that_did_not_answer(outcomes: dict[str, int], told: str) -> None:
    [alarm] = settle_alarms(_silent(down=outcomes, other={"ok": 3}), None, NIGHT)
    assert alarm.describe().startswith(told)


def test_a_portal_refused_for_three_nights_is_said_to_be_since_the_first() -> None:
    night = _before(*settle_alarms(_silent(down={"refused": 1}, other={"ok": 1}), None, NIGHT))
    for _ in range(2):
        alarms = settle_alarms(_silent(down={"refused": 1}, other={"ok": 1}), night, NIGHT)
        night = replace(night, night=dt.date(2026, 2, 4), alarms=alarms)
    assert [(it.portal, it.since) for it in alarms] == [("down", "2026-02-03")]
    assert (
        alarms[0].describe().startswith("down: its server cannot be reached (refused) (since 2026-02-03). ")
    )
    assert settle_alarms(_silent(down={"ok": 1}), night, NIGHT) == (), "it is back"


def test_what_fails_two_steps_is_one_cause() -> None:
    steps = [StepLine(name, "failed", 1, error=error) for name, error in
             (("publish", "line 2"), ("backup", "gone"), ("purge", "line 2"))]  # fmt: skip
    causes = [alarm.cause for alarm in find_failed_steps(replace(NIGHT, steps=tuple(steps)))]
    assert causes == ["publish and purge failed: line 2", "backup failed: gone"]


def test_a_kind_that_only_another_version_knows_is_told_last_and_not_carried_on() -> None:
    unknown = Alarm("kind_of_tomorrow", "something", portal="here")
    known = make_alarm("finding", detail="odd")
    assert settle_alarms([unknown, known], _before(unknown), NIGHT) == (known, unknown)
    nothing_asked = replace(NIGHT, run_id=None)
    assert settle_alarms([], _before(unknown), nothing_asked) == ()


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"a": {"dns": 1}, "b": {"dns": 4}}, "names_unresolved"),
        ({"a": {"dns": 1}, "b": {"timeout": 4}}, "network_down"),
        ({"a": {"refused": 1}, "b": {"reset": 4}, "c": {"timeout": 1}}, "network_down"),
    ],
)
def test_a_network_that_is_down_is_one_alarm(answers: dict[str, dict[str, int]], kind: str) -> None:
    refusal = make_alarm("gate_refused", detail="error_outcomes: 500 of 500 answers are errors")
    [alarm] = settle_alarms([*_silent(**answers), refusal], None, NIGHT)
    assert (alarm.kind, alarm.portal) == (kind, None)
    assert f"none of {len(answers)} portals was reached" in alarm.cause


def test_one_that_answers_shows_that_the_network_is_there() -> None:
    for other in ({"ok": 1}, {"server_error": 1}, {"waf_403": 1}):
        alarms = settle_alarms(_silent(a={"dns": 1}, b={"dns": 4}, c=other), None, NIGHT)
        assert [it.portal for it in alarms][:2] == (["c", "a"] if "waf_403" in other else ["a", "b"])


@pytest.mark.parametrize(
    "detail",
    ["data/warc/a.gz: No space left on device", "corpus.db: database or disk is full", "Disk quota exceeded"],
)
def test_a_full_disk_is_one_alarm_whatever_it_stopped(detail: str) -> None:
    found = [
        make_alarm("step_failed", step="derive", detail=detail),
        make_alarm("step_failed", step="publish", detail="there is no corpus"),
        make_alarm("crawl_failed", detail=f"the run ended: {detail}"),
        make_alarm("gate_refused", detail="unfinished: …"),
    ]
    [alarm, *_] = settle_alarms(found, None, NIGHT)
    assert alarm.describe().startswith(f"the disk is full ({detail}). Make room")
    assert {it.kind for it in settle_alarms(found, None, NIGHT)} == {"disk_full"}


def test_the_gravest_is_told_first_and_of_a_portal_that_alone() -> None:
    found = [
        make_alarm(
            "portal_broken",
            portal="here",
            since="2026-01-20",
            health="broken",
            detail="a list turned empty: http://here/ had 40 rows",
            home_url="http://here/",
        ),
        *_silent(here={"server_error": 2}, other={"ok": 1}),
        make_alarm("evidence_damaged", detail="a.warc.gz, byte 7: torn"),
    ]
    told = [alarm.describe() for alarm in settle_alarms(found, None, NIGHT)]
    assert told[0].startswith("damaged evidence: a.warc.gz, byte 7: torn. Bring the file back")
    assert told[1].startswith("here: nothing answered (server_error)")
    assert len(told) == 2
    [broken] = settle_alarms(found[:1], None, NIGHT)
    assert (
        "here: broken, a list turned empty: http://here/ had 40 rows (since 2026-01-20). "
        in broken.describe()
    )
    assert "gongkai portals add http://here/ --replace" in broken.describe()


def test_a_portal_that_turned_to_block_us_is_an_alarm_and_one_that_always_did_is_none(tmp_path: Path) -> None:
    with contextlib.closing(create_corpus(tmp_path / "corpus.db", parser_version="1")) as corpus:
        for name in ("turned", "always"):
            corpus.execute(
                "INSERT INTO portals (id, name, family, home_url, enabled, registered_at, health) "
                "VALUES (?1, ?1, 'static_list', 'http://' || ?1, 1, 'run', 'blocked')",
                (name,),
            )
        corpus.execute(
            "INSERT INTO documents (id, portal_id, url, kind, status, read_state, first_seen, last_seen) "
            "VALUES ('d', 'turned', 'http://turned/a', 'policy', 'live', 'read', '', '')"
        )
        report = replace(NIGHT, portals={"turned": {"captcha": 1}, "always": {"captcha": 1}})
        assert [(it.kind, it.portal) for it in find_broken_portals(corpus, report)] == [
            ("portal_blocked", "turned")
        ]


def test_what_is_known_of_a_portal_holds_while_nobody_can_ask_it() -> None:
    before = _before(*settle_alarms(_silent(down={"dns": 1}, other={"ok": 1}), None, NIGHT))
    [alarm] = settle_alarms([], before, replace(NIGHT, run_id=None))
    assert (alarm.portal, alarm.since) == ("down", "2026-02-03")
    assert settle_alarms([], before, NIGHT) == ()


def test_a_budget_spent_once_is_none_and_night_after_night_is_one() -> None:
    spent = replace(NIGHT, budget_spent={"big": "the night's 50000 requests are spent"})
    nights = [replace(spent, night=dt.date(2026, 2, day)) for day in (3, 2, 1, 28 - 27, 1, 1)]
    assert len(nights) == ALARMS.budget_nights - 1
    assert list(find_lasting_budgets(spent, nights[1:])) == []
    assert list(find_lasting_budgets(spent, [*nights[1:], NIGHT])) == []
    [alarm] = find_lasting_budgets(spent, nights)
    assert alarm.describe().startswith(
        "big: the night's budget was spent on each of 7 nights (the night's 50000"
    )


@pytest.mark.parametrize(
    ("alarms", "facts", "failed", "code"),
    [
        ((), {"published": "a.db"}, None, ExitCode.DONE),
        (("portal_unreachable",), {"published": "a.db"}, None, ExitCode.ATTENTION),
        ((), {"published": "a.db"}, ExitCode.FAILED, ExitCode.ATTENTION),
        ((), {}, ExitCode.FAILED, ExitCode.FAILED),
        ((), {}, ExitCode.CONFIGURATION, ExitCode.CONFIGURATION),
        (("gate_refused", "portal_silent"), {"refused": "shrink: …"}, ExitCode.REFUSED, ExitCode.REFUSED),
        (("evidence_damaged",), {"refused": "shrink: …"}, ExitCode.REFUSED, ExitCode.DAMAGED),
        (("evidence_altered", "portal_silent"), {"published": "a.db"}, None, ExitCode.DAMAGED),
    ],
)
def test_four_wins_over_five_and_five_over_seven(
    alarms: tuple[str, ...], facts: dict[str, str], failed: ExitCode | None, code: ExitCode
) -> None:
    told = tuple(Alarm(kind, "…") for kind in alarms)
    assert find_exit_code(replace(NIGHT, alarms=told, **facts), failed) == code


@pytest.mark.parametrize("kind", alarm_kinds())
def test_each_kind_says_its_cause_and_swallows_kinds_that_there_are(kind: str) -> None:
    each = alarm_kinds()[kind]
    places = {
        name for text in (each.says, each.do) for _, name, _, _ in string.Formatter().parse(text) if name
    }
    alarm = make_alarm(kind, portal="here", **dict.fromkeys(places - {"portal"}, "it"))
    assert (alarm.kind, "{" in alarm.cause) == (kind, False)
    assert set(each.swallows) <= alarm_kinds().keys() - {kind}
