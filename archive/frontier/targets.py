"""What the frontier deals in: addresses to fetch, links that become such, requests for list pages.

With them stands when an address is due for its next visit, and when its absence needs no further one. Reports
are published, corrected and silently replaced from January to April, so that is when reports and young
documents are looked at every ten days; everything is looked at every thirty days otherwise. Each address has
a slot of its own in the period, by its hash: what is found in one night is visited spread over many. That is
pure: days in, days out. What a visit brought is told by `Standing`. Last stands who is due in a crawl: whose
turn it is, in the order that serves best.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from archive.warc.entries import Role
from pipelines.addresses import scope_key
from pipelines.knowledge import Thresholds
from pipelines.metadata.fields import Kind
from pipelines.response.outcome import Outcome
from pipelines.response.witnesses import Crowd
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from archive.database import Database
    from archive.frontier.state import Frontier


class Target(FrozenStruct):
    """An address that is to be fetched.

    Attributes:
        seq: its place in the order of finding.
        url: as first found.
        role: why it is fetched.
        parent: the capture id of the page that linked here.
        list_title: the link text there.
        list_date: the date beside it, as printed.
        list_url: the list that led here, itself or through an article.
    """

    seq: int
    url: str
    role: Role
    parent: str | None
    list_title: str | None
    list_date: str | None
    list_url: str | None = None


class Terms(FrozenStruct):
    """What the registry says of a portal that decides when its targets are due.

    Attributes:
        revisit_days: at most so many days between two visits; None where the usual periods hold.
        kinds: what each list holds (`pipelines.metadata.fields.Kind`), by its address; lists of mixed kinds
            left out.
        hosts: the hosts that it may fetch from, as `pipelines.addresses.scope_key` writes them.
    """

    revisit_days: int | None = None
    kinds: Mapping[str, str] = {}
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Return the terms of a registry entry, as a run's record keeps it."""
        lists = entry.get("lists", ())
        own = (entry["home_url"], *(each["url"] for each in lists))
        return cls(
            entry.get("revisit_days"),
            {each["url"]: each["kind"] for each in lists if each.get("kind")},
            frozenset(map(scope_key, (*own, *(f"http://{host}/" for host in entry.get("hosts", ()))))),
        )


class Link(FrozenStruct):
    """A link found on a list page, before it is a target.

    Attributes:
        url: as printed, made absolute.
        wanted: whether it is to be fetched; one that leads off the portal is only counted.
    """

    url: str
    title: str | None
    date: str | None
    wanted: bool = True


class PageRequest(FrozenStruct):
    """How a page of a list is asked for: by its address alone, or with a body that is posted to it.

    Attributes:
        url: absolute.
        body: what is posted; None for a GET.
        content_type: of the body; None where there is none.
        ajax: whether it is asked for as the list's own script would, with `X-Requested-With`.
    """

    url: str
    body: str | None = None
    content_type: str | None = None
    ajax: bool = False

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.body is None else "POST"

    def as_text(self) -> str:
        """Return it as one line, equal for equal requests: the address, or JSON where there is more to it."""
        if self == PageRequest(self.url):
            return self.url
        return json.dumps([self.url, self.body, self.content_type, self.ajax], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the request that `as_text` wrote."""
        return cls(*json.loads(text)) if text.startswith("[") else cls(text)


# When they are due.

SEASON = frozenset((1, 2, 3, 4))
"""The months in which reports are published (Regulation on Open Government Information, art. 50)."""


class ScheduleThresholds(Thresholds):
    """What is simply set about visits; each is explained in `archive/thresholds/schedule.yaml`."""

    season_days: int
    usual_days: int
    young_days: int
    night_share: float
    late_nights: int
    settled_nights: int
    settled_days: int
    agreeing_share: float
    controls: int
    told_rows: int
    still_days: int


SCHEDULE = ScheduleThresholds.load("schedule", "archive")


class Standing(StrEnum):
    """What an answer says about the address that it was asked for."""

    THERE = "there"
    GONE = "gone"
    """It says that there is no such page."""
    ELSEWHERE = "elsewhere"
    """No page, and likely to stay so: a redirect, a shell, a refusal that is about this address."""
    UNTOLD = "untold"
    """Nothing about the address: an outage, a block, an answer that asks for patience."""


_STANDINGS = {
    Standing.THERE: (Outcome.OK, Outcome.NOT_MODIFIED),
    Standing.GONE: (Outcome.GONE, Outcome.SOFT_404),
    Standing.ELSEWHERE: (
        Outcome.REDIRECTED,
        Outcome.REDIRECT_HOME,
        Outcome.REDIRECT_LOOP,
        Outcome.LOGIN,
        Outcome.FORBIDDEN,
        Outcome.UNEXPECTED,
        Outcome.EMPTY_STUB,
        Outcome.JS_SHELL,
        Outcome.ATTACHMENT_IS_HTML,
        Outcome.ROBOTS_DENIED,
        Outcome.TOO_LARGE,
        Outcome.ADDRESS_DENIED,
    ),
}
_STANDING_OF = {str(outcome): standing for standing, outcomes in _STANDINGS.items() for outcome in outcomes}


def standing_of(outcome: str) -> Standing:
    """Return what an outcome says about the address; an unknown word says nothing."""
    return _STANDING_OF.get(outcome, Standing.UNTOLD)


def is_settled(nights: Collection[dt.date]) -> bool:
    """Whether an absence that was seen on these nights needs no nightly visit any more."""
    if len(set(nights)) < SCHEDULE.settled_nights:
        return False
    return (max(nights) - min(nights)).days >= SCHEDULE.settled_days


def visit_period(revisit_days: int | None, *, is_often: bool) -> int:
    """Return the most days between two visits.

    Args:
        revisit_days: the portal's own limit; None where it has none.
        is_often: whether it is the season, of something that is corrected in it.
    """
    longest = SCHEDULE.season_days if is_often else SCHEDULE.usual_days
    return min(longest, revisit_days or SCHEDULE.usual_days)


def next_due(
    visited: dt.date, *, key: str, kind: str | None, listed: dt.date | None, revisit_days: int | None
) -> dt.date:
    """Return the night on which an address is to be visited again, after a visit that settled it.

    Never later than the period that holds on the night of the visit, nor than the season's once that has
    begun, and never on the same night.

    Args:
        visited: the night of the visit (a Shanghai date).
        key: the canonical address, or whatever else is visited; decides the slot.
        kind: what its list holds, a `pipelines.metadata.fields.Kind`; None where that is not known.
        listed: the date that the list printed, or the night on which it was found; None for an old document.
        revisit_days: the portal's own limit in days; None where it has none.
    """

    def period(day: dt.date) -> int:
        is_young = listed is not None and (day - listed).days < SCHEDULE.young_days
        is_often = day.month in SEASON and (kind == Kind.ANNUAL_REPORT or is_young)
        return visit_period(revisit_days, is_often=is_often)

    due = _next_slot(visited, key, period(visited))
    if visited.month in SEASON or due.month not in SEASON:
        return due
    # The season begins in between: its own slots count from its first day.
    new_year = dt.date(due.year, 1, 1)
    return min(due, _next_slot(new_year - dt.timedelta(days=1), key, period(new_year)))


def _next_slot(after: dt.date, key: str, period: int) -> dt.date:
    """Return the first day after another whose number leaves the key's remainder."""
    # From 1 to `period` days on, and always on the days of one remainder: moving a visit moves none that
    # follow.
    return after + dt.timedelta(days=(_number(key) - after.toordinal() - 1) % period + 1)


@lru_cache(maxsize=4096)
def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])


# What a crawl asks for next: the targets whose turn it is, in the order that serves best.

_UNSETTLED = "due_on IS NULL AND seq > :seen ORDER BY seq"
_BEHIND = "due_on IS NULL AND seq <= :seen ORDER BY seq"
_ALL = -1
_DUE = "due_on <= :night AND (due_on, seq) > (:day, :last) ORDER BY due_on, seq"
_WAITING = """
SELECT count(*) FILTER (WHERE due_on <= ?1), count(*) FILTER (WHERE due_on <= ?2), count(due_on)
FROM targets WHERE portal_id = ?3
"""
_CONTROLS = """
due_on > :night AND seen_at IS NOT NULL AND ifnull(missed_on, '') < :night
AND NOT EXISTS (SELECT 1 FROM absences AS a WHERE a.key = targets.key) AND role = :role
ORDER BY seen_at DESC, seq
"""


TARGET_COLUMNS = Target.__struct_fields__
"""What the table of targets has of each, beside its schedule."""

# Of what was there before: how much was there tonight, is gone since tonight, was gone the last time.
_CROWDS = """
SELECT role, count(*) FILTER (WHERE seen_on = ?2), count(*) FILTER (WHERE since = ?2),
       count(*) FILTER (WHERE since < ?2)
FROM targets LEFT JOIN (
    SELECT key AS gone, min(night) AS since FROM absences GROUP BY key HAVING max(night) = ?2
) ON gone = key
WHERE portal_id = ?1 AND first_seen_on < ?2 GROUP BY role
"""


def read_crowds(db: Database, portal_id: str, night: str) -> Iterator[tuple[str, Crowd]]:
    """Yield for each role what became, on the newest night, of a portal's targets that were there before."""
    for role, *counts in db.rows(_CROWDS, portal_id, night):
        yield role, Crowd(*counts)


class DueTargets:
    """Hands out the targets of a portal whose turn it is, each once.

    Those that are due every night come first, in the order of finding, so that a host that always stops us
    early still gets to what is new. What is found while targets are fetched is handed out, too: it is newer
    than all before it. Then those whose day has come, that have waited longest first; where chance gave many
    the same day of the season, some of them a few nights later. Last, on a night that shows more articles, or
    more attachments, gone than there, come a few that were there, the newest first: only they can tell a
    portal that took something down from one under repair.

    Args:
        frontier: whose targets.
        portal_id: whose.
        run_id: the run; what came to an end in it is left out.
    """

    def __init__(self, frontier: Frontier, portal_id: str, run_id: str) -> None:
        self._db = frontier.connection
        self._schedule = frontier.schedule
        self._portal_id = portal_id
        self._run_id = run_id
        self._at: dict[str, str | int] = {"seen": 0, "day": "", "last": 0}
        self._room: int | None = None
        self._controlled: set[str] = set()
        self._handed: set[int] = set()

    def next_batch(self, limit: int) -> tuple[Target, ...]:
        """Return the next targets, at most so many; none once all were handed out."""
        # Asked first each time: what was found since the last batch is newer than what is due.
        if chosen := self._select(_UNSETTLED, limit):
            self._at["seen"] = chosen[-1][1].seq
        elif chosen := self._select(_DUE, min(limit, self._room_for_due())):
            self._room = self._room_for_due() - len(chosen)
            self._at |= {"day": chosen[-1][0], "last": chosen[-1][1].seq}
        else:
            # What an article has attached that a list told of is older than the new articles beside it.
            behind = [each for each in self._select(_BEHIND, _ALL) if each[1].seq not in self._handed]
            chosen = behind[:limit] or self._choose_controls()
        self._handed.update(target.seq for _, target in chosen)
        return tuple(target for _, target in chosen)

    def _room_for_due(self) -> int:
        """Return how many more whose day has come are asked for: in the season a share, or the late."""
        night = self._schedule.night_of_run(self._run_id)
        if self._room is None and night is not None:
            late_on = (night - dt.timedelta(days=SCHEDULE.late_nights)).isoformat()
            asked = (late_on, night.isoformat(), self._portal_id)
            late, waiting, known = self._db.row(_WAITING, *asked) or (0, 0, 0)
            terms = self._schedule.terms_of(self._portal_id)
            period = visit_period(terms.revisit_days, is_often=True)
            share = math.ceil(SCHEDULE.night_share * known / period)
            self._room = max(late, share) if night.month in SEASON else waiting
        return self._room or 0

    def _choose_controls(self) -> list[tuple[str, Target]]:
        """Return as many of a kind that were there as it takes to outweigh those that fell tonight."""
        chosen: list[tuple[str, Target]] = []
        for role, crowd in read_crowds(self._db, self._portal_id, self._night()):
            if crowd.is_ill and role not in self._controlled:
                self._controlled.add(role)
                # As many as it takes for those that stood to outweigh those that fell (`Crowd.is_itself`).
                limit = min(max(crowd.fell - crowd.stood, 1), SCHEDULE.controls)
                chosen += self._select(_CONTROLS, limit, role)
        return chosen

    def _select(self, condition: str, limit: int, role: str = "") -> list[tuple[str, Target]]:
        asked = {
            **self._at,
            "role": role,
            "portal": self._portal_id,
            "run": self._run_id,
            "night": self._night(),
            "limit": limit,
        }
        rows = self._db.execute(
            f"SELECT due_on, {', '.join(TARGET_COLUMNS)} FROM targets "  # noqa: S608  constants of this module
            f"WHERE portal_id = :portal AND done_run IS NOT :run AND {condition} LIMIT :limit",
            asked,
        )
        return [(day, Target(seq, url, Role(role), *rest)) for day, seq, url, role, *rest in rows]

    def _night(self) -> str:
        night = self._schedule.night_of_run(self._run_id)
        return night.isoformat() if night else ""
