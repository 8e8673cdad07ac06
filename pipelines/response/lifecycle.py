"""What became of a document at its address: withdrawn, returned, moved, told by looks at it in order of time.

    own looks ──┐
                ├─ in order of time ─▶ _Course ─▶ events, status
    twins' looks┘

One look proves nothing, and a portal that is ill proves nothing: a document is withdrawn when the page itself
said on three nights, over a week at least, that it is not there, while the portal answered as it always does.
Whatever is no answer of the page itself (silence, errors, challenges, block pages, stubs) is neither evidence
nor takes evidence away. A document has moved when its text stands at another address of the portal, and
its own says that it is gone, or leads there for good. Each event is told at the moment that proves it, from
what was seen until then, so that later looks never rewrite what was told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.knowledge import load_thresholds
from pipelines.response.outcome import BLOCKED, Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

SHOWN: frozenset[str] = frozenset({Outcome.OK, Outcome.NOT_MODIFIED})
GONE: frozenset[str] = frozenset({Outcome.GONE, Outcome.SOFT_404})
"""What the page itself says when it is not there any more."""
LED_AWAY: frozenset[str] = frozenset({Outcome.REDIRECTED, Outcome.REDIRECT_HOME})
"""Redirects: evidence only where the portal sends all that is unknown to the same place."""
OURS: frozenset[str] = frozenset({Outcome.ROBOTS_DENIED, Outcome.TOO_LARGE, Outcome.ADDRESS_DENIED})
"""What we would not fetch; neither the page nor the portal said anything."""
NO_ERRORS = SHOWN | GONE | OURS | LED_AWAY
"""Outcomes that are no errors of a portal; all others are."""
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class LifecycleThresholds:
    """From how much on evidence proves something; see `thresholds/lifecycle.yaml`."""

    nights_gone: int
    days_gone: int
    many_gone: int
    least_chars: int
    fewest: int
    jump: float
    much: float
    fraction: float
    days_silent: int
    days_incomplete: int


LIFECYCLE = load_thresholds("pipelines.knowledge", "lifecycle", LifecycleThresholds)


class Status(StrEnum):
    """What `documents.status` says."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    UNREACHABLE = "unreachable"


class EventKind(StrEnum):
    """What `changes.kind` says, of what takes more evidence than two texts."""

    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    MOVED = "moved"


def is_healthy(outcomes: Mapping[str, int], probes: Mapping[str, int]) -> bool:
    """Tell whether a portal was itself in a run, so that what a page of it says counts.

    Args:
        outcomes: of its lists, articles and attachments, with how many there were.
        probes: likewise of what else was asked for.
    """
    if not BLOCKED.isdisjoint((*outcomes, *probes)):
        return False
    errors = sum(count for outcome, count in outcomes.items() if outcome not in NO_ERRORS)
    answered = sum(count for outcome, count in outcomes.items() if outcome in SHOWN)
    return answered > 0 and errors * 2 <= sum(outcomes.values())


def is_gone_altogether(shown: int, gone: int) -> bool:
    """Whether so many documents and no other are gone in a run that it is the portal that is, and not they.

    A portal under repair leaves its lists as they were and answers every document with 404, or with one
    notice for all of them; one that takes down many documents still has others.

    Args:
        shown: addresses of documents that were there.
        gone: addresses of documents that were not, or that led elsewhere.
    """
    return gone >= LIFECYCLE.many_gone and shown <= 1


@dataclass(frozen=True, slots=True)
class Look:
    """What an address answered once.

    Attributes:
        fetched_at: the instant, ISO 8601 in UTC.
        capture: its capture.
        night: the Shanghai date of its run.
        portal: whose page was asked for; None for a file handed in without one.
        outcome: what came of it; a redirect to an error page counts as that.
        is_healthy: whether the portal was itself in that run.
        is_handed_in: a file that people brought: the document is known, the portal was not asked.
        version: what it showed; None where nothing, or what could not be read.
        text: the hash of that text.
        chars: its length.
        leads_to: the document to which it redirects for good, through however many hops.
    """

    fetched_at: str
    capture: str
    night: dt.date
    portal: str | None
    outcome: str
    is_healthy: bool = True
    is_handed_in: bool = False
    version: str | None = None
    text: str | None = None
    chars: int = 0
    leads_to: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a document.

    Attributes:
        kind: what.
        proof: the look that proves it, of the document or of the one to which it moved.
        before: the version that the document showed last; None where it could not be read.
        after: the version that it, or the one to which it moved, shows now.
        evidence: the looks that together prove it, in order of time.
        to_document: to which it moved.
        how: of a move: `redirect` or `same_text`.
        since: the last look that showed the document before it went.
    """

    kind: EventKind
    proof: Look
    before: str | None
    after: str | None
    evidence: tuple[Look, ...]
    to_document: str | None = None
    how: str | None = None
    since: Look | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a document: its status, and what happened, in order of time."""

    status: Status
    events: tuple[Event, ...]


def trace_fate(looks: Iterable[Look], twins: Mapping[str, Sequence[Look]]) -> Fate:
    """Tell what became of a document.

    Args:
        looks: at the document itself.
        twins: by document id, looks at other documents that showed a text of this one, or to which it led.
    """
    course = _Course()
    timeline = [(_order_of(look), "", look) for look in looks]
    timeline += [(_order_of(look), twin, look) for twin, seen in twins.items() for look in seen]
    timeline.sort(key=lambda one: one[:2])
    for _, night in groupby(timeline, key=lambda one: one[2].night):
        for _, twin, look in night:
            if twin:
                course.take_twin(twin, look)
            else:
                course.take_look(look)
        course.conclude_night()
    return Fate(course.status, tuple(course.events))


def _order_of(look: Look) -> tuple[dt.date, str, str]:
    """Return what puts looks in order, night by night."""
    return look.night, look.fetched_at, look.capture


@dataclass(slots=True)
class _Twin:
    """What is known, so far, of a document that may be this one at a new address."""

    first_night: dt.date
    shows: Look | None


@dataclass(slots=True)
class _Course:
    """What is known of a document so far.

    Attributes:
        shown: the last look that showed it.
        first_night: on which it was known first.
        gone: since then, the first look of each night at which the page itself said that it is not there.
        leading: since then, the last look that led elsewhere for good.
        twins: documents that may be this one, by id.
    """

    status: Status = Status.LIVE
    events: list[Event] = field(default_factory=list)
    shown: Look | None = None
    first_night: dt.date | None = None
    gone: list[Look] = field(default_factory=list)
    leading: Look | None = None
    twins: dict[str, _Twin] = field(default_factory=dict)

    def take_look(self, look: Look) -> None:
        """Take in a look at the document itself."""
        if look.outcome in SHOWN:
            self._take_shown(look)
        elif self.shown is None:
            return  # before it was there for the first time, nothing can go
        elif look.outcome == Outcome.REDIRECTED:
            self.leading = look if look.leads_to else None
        else:
            self._take_nothing(look)

    def _take_shown(self, look: Look) -> None:
        if look.is_handed_in and self.shown is not None:
            return
        if self.status is Status.WITHDRAWN and self.shown is not None:
            evidence = (self.events[-1].proof, look)
            self.events.append(Event(EventKind.RETURNED, look, self.shown.version, look.version, evidence))
        self.status = Status.LIVE
        self.first_night = self.first_night or look.night
        self.shown = look if look.version or self.shown is None else self.shown
        self.gone.clear()
        self.leading = None

    def _take_nothing(self, look: Look) -> None:
        if self.status is Status.LIVE:
            self.status = Status.UNREACHABLE
        if look.outcome not in GONE or not look.is_healthy:
            return
        if not self.gone or self.gone[-1].night < look.night:
            self.gone.append(look)

    def take_twin(self, twin: str, look: Look) -> None:
        """Take in a look at another document: errors say nothing of it, a redirect that it is elsewhere."""
        known = self.twins.get(twin)
        if look.outcome in SHOWN and not look.is_handed_in:
            first_night = known.first_night if known else look.night
            self.twins[twin] = _Twin(first_night, look)
        elif known and look.outcome in GONE | LED_AWAY:
            known.shows = None

    def conclude_night(self) -> None:
        """Tell, when a night is over, what it proves: in which order a run asks must not matter."""
        if self.shown is None or self.status is Status.MOVED:
            return
        found = self._find_twin()
        if found is not None:
            self._tell_move(self.shown, *found)
        elif self.status is not Status.WITHDRAWN and self._is_gone_for_good():
            self.status = Status.WITHDRAWN
            looks = tuple(self.gone)
            self.events.append(
                Event(EventKind.WITHDRAWN, looks[-1], self.shown.version, None, looks, since=self.shown)
            )

    def _is_gone_for_good(self) -> bool:
        if len(self.gone) < LIFECYCLE.nights_gone:
            return False
        return (self.gone[-1].night - self.gone[0].night).days >= LIFECYCLE.days_gone

    def _tell_move(self, shown: Look, twin: str, here: Look, there: Look) -> None:
        self.status = Status.MOVED
        evidence = tuple(sorted((here, there), key=_order_of))
        how = "redirect" if here is self.leading else "same_text"
        self.events.append(
            Event(EventKind.MOVED, evidence[-1], shown.version, there.version, evidence, twin, how, shown)
        )

    def _find_twin(self) -> tuple[str, Look, Look] | None:
        """Return the document that is this one now, the look that says it is not here, and the one there."""
        here = self.leading or next(iter(self.gone), None)
        if here is None or self.shown is None or self.shown.text is None:
            return None
        for twin, known in sorted(self.twins.items(), key=lambda one: (one[1].first_night, one[0])):
            there = known.shows
            if there is None or there.text != self.shown.text or there.portal != here.portal:
                continue
            if self.leading is not None and twin == self.leading.leads_to:
                return twin, self.leading, there
            if self.gone and self.shown.chars >= LIFECYCLE.least_chars and self._is_newer(known):
                return twin, self.gone[0], there
        return None

    def _is_newer(self, twin: _Twin) -> bool:
        return self.first_night is not None and twin.first_night > self.first_night
