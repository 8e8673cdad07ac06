"""Alarms: what somebody has to look at, cause first, since when, and what to do.

    crawl, corpus, steps ─▶ what was found ─root causes swallow what follows─▶ one alarm a cause
    the report before ─since when─────────────────────────────────────┘

What each is called, and what it swallows, stands in `alarms.yaml`.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from gongkai.nights.night_record import describe_failure
from gongkai.nights.night_report import Alarm, NightReport
from pipelines.errors import GongkaiError
from pipelines.knowledge import Thresholds, load_table
from pipelines.response.witnesses import describe_reason
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from crawler.run.plan import PortalSummary


class AlarmKind(FrozenStruct, forbid_unknown_fields=True):
    """One kind of alarm, as `alarms.yaml` states it.

    Attributes:
        says: its cause, a sentence with places for figures.
        do: what to do about it, likewise.
        outcomes: what a portal answers that means this, where nothing of it answered well.
        words: what a failure says that means this.
        swallows: kinds that only follow from it.
    """

    says: str
    do: str
    outcomes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    swallows: tuple[str, ...] = ()


class AlarmThresholds(Thresholds):
    """From when on something is an alarm (`gongkai/thresholds/alarms.yaml`)."""

    budget_nights: int


ALARMS = AlarmThresholds.load("alarms", "gongkai")


@cache
def alarm_kinds() -> Mapping[str, AlarmKind]:
    """Return the kinds of alarms by name, the gravest first."""
    return msgspec.convert(load_table("alarms", "gongkai.nights"), dict[str, AlarmKind])


def make_alarm(kind: str, *, portal: str | None = None, since: str | None = None, **figures: object) -> Alarm:
    """Return an alarm in the words of its kind; a failure whose words say another cause is of that kind.

    Args:
        kind: of `alarms.yaml`.
        portal: whose it is; None where it is no portal's.
        since: the night from which on it is known to be so.
        figures: what its sentences have places for.
    """
    kinds = alarm_kinds()
    detail = str(figures.get("detail", ""))
    told = next((name for name, each in kinds.items() if any(word in detail for word in each.words)), kind)
    said = {"portal": portal} | figures
    kind_told = kinds[told]
    return Alarm(told, kind_told.says.format(**said), since, kind_told.do.format(**said) or None, portal)


def make_alarms(kind: str, details: Iterable[str], portal: str | None = None) -> Iterator[Alarm]:
    """Yield an alarm of a kind for each detail."""
    return (make_alarm(kind, portal=portal, detail=detail) for detail in details)


@contextlib.contextmanager
def alarming(alarms: list[Alarm], kind: str, **figures: str) -> Iterator[None]:
    """Make an alarm of what fails in the block."""
    try:
        yield
    except (OSError, GongkaiError) as failure:
        alarms.append(make_alarm(kind, detail=describe_failure(failure), **figures))


def find_failed_steps(report: NightReport) -> Iterator[Alarm]:
    """Say which steps of a night failed, and what the gates refused."""
    failed: dict[str | None, list[str]] = {}
    for step in report.steps:
        if step.state == "failed":
            failed.setdefault(step.error, []).append(step.name)
    for error, names in failed.items():
        yield make_alarm("step_failed", step=" and ".join(names), detail=error)
    yield from make_alarms("gate_refused", [report.refused] if report.refused else [])


def find_silent_portals(portals: Sequence[PortalSummary], is_failed: Collection[str]) -> Iterator[Alarm]:
    """Say which portals broke, or did not answer, and whether that is the network.

    Args:
        portals: all that were crawled.
        is_failed: the ids of those of which nothing answered.
    """
    meant = {outcome: kind for kind, each in alarm_kinds().items() for outcome in each.outcomes}
    silent: Counter[str] = Counter()
    for portal in portals:
        yield from make_alarms("portal_failed", portal.errors, portal.portal)
        if portal.portal in is_failed and not portal.errors:
            outcome = max(portal.outcomes, key=lambda each: portal.outcomes[each], default="no answer")
            silent[outcome] += 1
            yield make_alarm(meant.get(outcome, "portal_silent"), portal=portal.portal, detail=outcome)
    causes = {meant.get(outcome) for outcome in silent}
    if silent.total() == len(portals) > 1 and causes <= {"portal_unnamed", "portal_unreachable"}:
        kind = "names_unresolved" if causes == {"portal_unnamed"} else "network_down"
        yield make_alarm(kind, count=len(portals), detail=", ".join(sorted(silent)))


# One that never showed us anything blocks us as it always did: a result, and no alarm.
_HEALTH = """
SELECT id, home_url, health, health_reason, health_detail FROM portals AS p
WHERE id IN (SELECT value FROM json_each(?)) AND (health_reason IS NOT NULL
    OR health = 'blocked' AND EXISTS (SELECT 1 FROM documents AS d WHERE d.portal_id = p.id)) ORDER BY id
"""
# More gone than there, of articles or of attachments: the portal, and not its documents.
_CHANGED = """
SELECT w.portal_id, p.home_url, sum(w.fell + w.away), sum(w.stood + w.fell + w.away), (
    SELECT count(*) FROM changes AS h JOIN captures AS c ON c.id = h.capture_id
    WHERE h.kind = 'moved' AND c.run_id = w.run_id AND c.portal_id = w.portal_id)
FROM _crowds AS w JOIN portals AS p ON p.id = w.portal_id
WHERE w.run_id = ? AND w.fell + w.away > 0 AND (w.stood = 0 OR w.fell > w.stood) GROUP BY w.portal_id
"""


def find_broken_portals(corpus: sqlite3.Connection, report: NightReport) -> Iterator[Alarm]:
    """Say which of the portals that a night crawled block us by now, or are not what they were."""
    for portal, home_url, health, reason, detail in corpus.execute(_HEALTH, (json.dumps([*report.portals]),)):
        figures = json.loads(detail or "{}")
        kind, told = "portal_blocked", health
        if reason:
            kind, told = "portal_broken", describe_reason(reason, figures)
        said = {"health": health, "detail": told, "home_url": home_url}
        yield make_alarm(kind, portal=portal, since=figures.get("since") if reason else None, **said)
    for portal, home_url, gone, asked, moved in corpus.execute(_CHANGED, (report.run_id,)):
        said = {"gone": gone, "asked": asked, "moved": moved, "home_url": home_url}
        yield make_alarm("portal_moved", portal=portal, **said)


def settle_alarms(
    found: Iterable[Alarm], before: NightReport | None, report: NightReport
) -> tuple[Alarm, ...]:
    """Return one alarm for each cause, the gravest first, with since when it is so.

    Args:
        found: what was found, in any order.
        before: the report before this one; None where there is none.
        report: of the night, which says what was crawled.
    """
    kinds = alarm_kinds()
    order = {kind: place for place, kind in enumerate(kinds)}
    # Another version of gongkai may have kept alarms of kinds that this one does not know.
    known = [each for each in (before.alarms if before else ()) if each.kind in kinds]
    earlier = {(each.kind, each.portal): each for each in known}
    # Of a portal that nobody could ask this night, the last that is known still holds.
    kept = [each for each in earlier.values() if each.portal and not report.run_id]
    alarms = sorted(
        {*found, *kept}, key=lambda each: (order.get(each.kind, len(order)), each.portal or "", each.cause)
    )
    swallowed = {kind for each in alarms if each.kind in kinds for kind in kinds[each.kind].swallows}
    settled: dict[tuple[str, ...], Alarm] = {}
    for each in alarms:
        if each.kind not in swallowed:
            # Of a portal one alarm is told, the gravest: they come in that order.
            key = (each.portal,) if each.portal else (each.kind, each.cause)
            was = earlier.get((each.kind, each.portal))
            nights = [each.since] if each.since else []
            if was and before:
                nights.append(was.since or before.night.isoformat())
            settled.setdefault(key, each.replace(since=min(nights, default=None)))
    return tuple(settled.values())


def find_lasting_budgets(report: NightReport, before: Iterable[NightReport]) -> Iterator[Alarm]:
    """Say of which portals the budget was spent night after night, this one among them.

    Args:
        report: of the night.
        before: the reports before it, newest first; looked at where a budget was spent.
    """
    spent = report.budget_spent
    nights = [report, *before] if spent else []
    if len(nights) < ALARMS.budget_nights:
        return
    since = nights[-1].night.isoformat()
    for portal, detail in spent.items():
        if all(portal in night.budget_spent for night in nights):
            yield make_alarm("budget_spent", portal=portal, since=since, nights=len(nights), detail=detail)
