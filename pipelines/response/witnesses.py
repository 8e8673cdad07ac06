"""The witnesses of what becomes of a document: its address, lists, runs, others meanwhile.

One witness proves nothing: a page may be gone with the whole portal, and a row may leave a list whose page
stands. What they prove of a document together is told in `pipelines.response.lifecycle`, how its portal is in
`pipelines.response.portal_health`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.knowledge import load_thresholds
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping


SHOWN: frozenset[str] = frozenset({Outcome.OK, Outcome.NOT_MODIFIED})
GONE: frozenset[str] = frozenset({Outcome.GONE, Outcome.SOFT_404})
"""What the page itself says when it is not there any more."""
LED_AWAY: frozenset[str] = frozenset({Outcome.REDIRECTED, Outcome.REDIRECT_HOME})
"""Redirects: evidence only where the portal sends all that is unknown to the same place."""
OURS: frozenset[str] = frozenset({Outcome.ROBOTS_DENIED, Outcome.TOO_LARGE, Outcome.ADDRESS_DENIED})
"""What we would not fetch; neither the page nor the portal said anything."""
NO_ERRORS = SHOWN | GONE | OURS | LED_AWAY
"""Outcomes that are no errors of a portal; all others are."""
# RFC 9110, 15.4.2 and 15.4.9: only these say that the old address is to be forgotten.
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class LifecycleThresholds:
    """From how much on evidence proves something; see `thresholds/lifecycle.yaml`."""

    nights_gone: int
    days_gone: int
    least_chars: int
    fewest: int
    jump: float
    much: float
    fraction: float
    days_silent: int
    days_incomplete: int


LIFECYCLE = load_thresholds("pipelines.knowledge", "lifecycle", LifecycleThresholds)


def is_healthy(outcomes: Mapping[str, int]) -> bool:
    """Tell whether a portal that did not block answered in a run, so that what a page of it says counts.

    Args:
        outcomes: of its lists, articles and attachments, with how many there were.
    """
    answered = sum(count for outcome, count in outcomes.items() if outcome in SHOWN)
    # A portal half of whose answers are errors is not itself: what one page of it says then is no evidence.
    return answered > 0 and count_errors(outcomes) * 2 <= sum(outcomes.values())


def count_errors(outcomes: Mapping[str, int]) -> int:
    """Count what is an error of the portal, among outcomes with how many there were."""
    return sum(count for outcome, count in outcomes.items() if outcome not in NO_ERRORS)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What became of the documents of one kind that a portal was asked for, all of which it had shown before.

    Attributes:
        stood: how many were there.
        fell: how many were not, though they were when they were asked for last.
        away: how many were not there the last time either.
    """

    stood: int
    fell: int
    away: int = 0

    @property
    def is_itself(self) -> bool:
        """Whether what is gone went by itself: others stood, and no more fell than stood.

        A portal under repair leaves its lists as they were and answers every document, or every attachment,
        with 404, or with one page for all of them; one that takes down a few still has others.
        """
        return self.stood > 0 and self.fell <= self.stood

    @property
    def is_ill(self) -> bool:
        """Whether something is gone, and not by itself."""
        return self.fell + self.away > 0 and not self.is_itself


@dataclass(frozen=True, slots=True)
class Look:
    """What an address answered once.

    Attributes:
        fetched_at: the instant, ISO 8601 in UTC.
        capture: its capture.
        night: the Shanghai date of its run.
        portal: whose page was asked for; None for a file handed in without one.
        outcome: what came of it; a redirect to an error page counts as that.
        is_healthy: whether the portal answered as it always does in that run.
        is_alone: whether it went by itself: others of its kind stood, in that run and in the one before.
        is_handed_in: a file that people brought: the document is known, the portal was not asked.
        version: what it showed; None where nothing, or what could not be read.
        text: the hash of that text.
        chars: its length.
        title: the title that it states.
        payload: the hash of the bytes.
        leads_to: the document to which it redirects for good, through however many hops.
        doubt: the look, in the portal's next run, that shows that others of its kind had fallen with it.
    """

    fetched_at: str
    capture: str
    night: dt.date
    portal: str | None
    outcome: str
    is_healthy: bool = True
    is_alone: bool = True
    is_handed_in: bool = False
    version: str | None = None
    text: str | None = None
    chars: int = 0
    title: str | None = None
    payload: str | None = None
    leads_to: str | None = None
    doubt: Look | None = None

    def repeats(self, other: Look) -> bool:
        """Whether it shows what another look did: the same bytes, or text, and if that is short the title."""
        if other.payload is not None and other.payload == self.payload:
            return True
        if other.text is None or other.text != self.text:
            return False
        return self.chars >= LIFECYCLE.least_chars or (self.title is not None and self.title == other.title)


class RowState(StrEnum):
    """What a list said of a document on a night."""

    LEFT = "left"
    """Its row is not where it was."""
    STANDS = "stands"
    WALKED = "walked"
    """The list was read to its end; what else it said of the document holds."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """What a list that has, or had, a row for a document said on a night."""

    night: dt.date
    list_url: str
    state: RowState


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of a document beside looks.

    Attributes:
        was_listed: whether a list ever led to it.
        rows: what lists said of it, in order of time.
        silent: where it may have moved: looks, in order of time, that found no host of its name.
        crowd: tells, for a period that begins and ends with looks, what others of its kind did in it.
    """

    was_listed: bool = False
    rows: tuple[Row, ...] = ()
    silent: tuple[Look, ...] = ()
    crowd: Callable[[Look, Look], Crowd] = lambda _first, _last: Crowd(stood=1, fell=1)
