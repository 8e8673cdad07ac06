"""The witnesses of what becomes of a document or a portal: addresses, lists, runs, others meanwhile.

One witness proves nothing: a page may be gone with the whole portal, and a row may leave a list whose page
stands. What they prove of a document together is told in `pipelines.response.lifecycle`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from pipelines.knowledge import Thresholds
from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.structs import FrozenStruct

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


class LifecycleThresholds(Thresholds):
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


LIFECYCLE = LifecycleThresholds.load("lifecycle")


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


class Crowd(FrozenStruct):
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


class Look(FrozenStruct):
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


class Row(FrozenStruct, order=True):
    """What a list that has, or had, a row for a document said on a night."""

    night: dt.date
    list_url: str
    state: RowState


class Surroundings(FrozenStruct):
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


# How a portal is, by what its newest run brought and what the runs before it did: a table of rules.
#
# A portal that turned silent must not pass for a quiet one. Quiet is: it answers, and shows what it showed. A
# list that lost its rows, articles that lost their dates, errors where there were few: each is a portal that
# no longer is what its family reads, and somebody has to look at it. Figures speak only where there are
# enough.

OK, BLOCKED_PORTAL, BROKEN = "ok", "blocked", "broken"


class ListFacts(FrozenStruct):
    """One list.

    Attributes:
        url: its address.
        before: the most rows that it ever showed before.
        now: the rows that it showed; None where the walk says nothing of that: it met what it knew and
            stopped, or an error.
        says_empty: whether it said itself that it has none.
        reason: why its last walk that found something new was not complete; None where each was.
        night: of the walk, ISO 8601.
        silent_since: the first night since which no walk came to an end of its own; None where the last did.
        incomplete_since: the first night since which no walk was complete; None where the last was.
    """

    url: str
    before: int
    now: int | None
    says_empty: bool = False
    reason: str | None = None
    night: str | None = None
    silent_since: str | None = None
    incomplete_since: str | None = None


class RunFacts(FrozenStruct):
    """What runs brought of a portal.

    Attributes:
        outcomes: of what was asked for, with how many there were; without what probes brought.
        probes: likewise of probes: robots.txt, what does not exist.
        articles: how many articles were read.
        dateless: how many of them state no date of publication.
        is_blocking: whether a list, the front page or several addresses were answered with a challenge or a
            block page. One page that is may be at fault itself.
    """

    outcomes: Mapping[str, int]
    probes: Mapping[str, int]
    articles: int
    dateless: int
    is_blocking: bool = False

    @property
    def asked(self) -> int:
        """How much was asked for."""
        return sum(self.outcomes.values())

    @property
    def errors(self) -> int:
        """How much of that is an error of the portal."""
        return count_errors(self.outcomes)


class Health(FrozenStruct):
    """How a portal is.

    Attributes:
        state: `ok`, `blocked`, `broken`, or why nothing answered; None where nothing was asked.
        reason: which rule says that it is broken, or that a list of it is not to be relied on.
        detail: the figures that the rule goes by, and the list, if it is about one.
    """

    state: str | None
    reason: str | None = None
    detail: Mapping[str, str | int] | None = None


def judge_health(now: RunFacts, before: RunFacts, lists: tuple[ListFacts, ...]) -> Health:
    """Tell how a portal is.

    Args:
        now: what its newest run brought.
        before: what the runs before that brought, together.
        lists: its lists.
    """
    is_shown = not SHOWN.isdisjoint(now.outcomes)
    if now.is_blocking or (not is_shown and not BLOCKED.isdisjoint((*now.probes, *now.outcomes))):
        return Health(BLOCKED_PORTAL)
    if not is_shown:
        # Where not even robots.txt answered, nothing else was asked for.
        # Of several kinds of silence the first by name, so that the state does not depend on the order of
        # requests.
        return Health(min(now.outcomes or now.probes, default=None), *next(_find_silent(lists), (None, None)))
    for fault in _find_faults(now, before, lists):
        return Health(BROKEN, *fault)
    for each in lists:
        for fault in _lasting("list_incomplete", each, each.incomplete_since, LIFECYCLE.days_incomplete):
            return Health(OK, *fault)
    return Health(OK)


def has_emptied(each: ListFacts) -> bool:
    """Whether a list that had rows has none, though it answers."""
    return each.before > 0 and each.now == 0


Figures = dict[str, str | int]

# Why a portal is broken, or a list not to be relied on, as sentences with the figures of `_find_faults`.
_WORDS = {
    "list_empty": "a list turned empty: {list_url} had {before} rows",
    "list_unread": "a list shows no rows that can be read: {list_url} had {before}",
    "list_unreachable": "a list could not be had since {since}: {list_url} ({why})",
    "list_incomplete": "a list was not read to its end since {since}: {list_url} ({why})",
    "list_shrunk": "a list shrank: {list_url} had {before} rows, now {now}",
    "dates_lost": "articles lost their dates: {dateless} of {articles}",
    "errors_jumped": "errors: {errors} of {asked} requests",
}


def _find_faults(
    now: RunFacts, before: RunFacts, lists: tuple[ListFacts, ...]
) -> Iterator[tuple[str, Figures]]:
    """Yield why a portal is broken, the gravest first, each with the figures that say so."""
    emptied = [each for each in lists if has_emptied(each)]
    for each in sorted(emptied, key=lambda one: not one.says_empty):
        yield "list_empty" if each.says_empty else "list_unread", _figures_of(each)
    yield from _find_silent(lists)
    for each in lists:
        # None and 0 are other faults: the walk told nothing, or the list is empty.
        has_shrunk = each.now and each.now < each.before * LIFECYCLE.fraction
        if has_shrunk and each.before >= LIFECYCLE.fewest:
            yield "list_shrunk", _figures_of(each)
    share, known = (_share_of(each.dateless, each.articles) for each in (now, before))
    if share is not None and known is not None and share >= max(LIFECYCLE.much, known + LIFECYCLE.jump):
        yield "dates_lost", {"articles": now.articles, "dateless": now.dateless}
    share, known = (_share_of(each.errors, each.asked) for each in (now, before))
    if share is not None and share >= (known or 0) + LIFECYCLE.jump:
        yield "errors_jumped", {"asked": now.asked, "errors": now.errors}


def _find_silent(lists: tuple[ListFacts, ...]) -> Iterator[tuple[str, Figures]]:
    """Yield the lists that have not answered for long, each with since when."""
    for each in lists:
        yield from _lasting("list_unreachable", each, each.silent_since, LIFECYCLE.days_silent)


def _lasting(said: str, each: ListFacts, since: str | None, days: int) -> Iterator[tuple[str, Figures]]:
    if (
        since
        and each.night
        and dt.date.fromisoformat(each.night) - dt.date.fromisoformat(since) >= dt.timedelta(days)
    ):
        yield said, {"list_url": each.url, "since": since, "why": each.reason or ""}


def _figures_of(each: ListFacts) -> Figures:
    return {"list_url": each.url, "before": each.before, "now": each.now or 0}


def _share_of(part: int, whole: int) -> float | None:
    return part / whole if whole >= LIFECYCLE.fewest else None


def describe_reason(reason: str, detail: Mapping[str, str | int]) -> str:
    """Say in words why a portal is broken, or a list of it not to be relied on.

    Args:
        reason: of `Health.reason`.
        detail: the figures with it.
    """
    return _WORDS[reason].format(**detail) if reason in _WORDS else reason
