"""How a portal is, by what its newest run brought and what the runs before it did: a table of rules.

A portal that turned silent must not pass for a quiet one. Quiet is: it answers, and shows what it showed. A
list that lost its rows, articles that lost their dates, errors where there were few: each is a portal that no
longer is what its family reads, and somebody has to look at it. Figures speak only where there are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.response.lifecycle import NO_ERRORS, SHOWN
from pipelines.response.outcome import BLOCKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OK, BLOCKED_PORTAL, BROKEN = "ok", "blocked", "broken"

_FEWEST = 10
"""Answers, rows or articles below which a share says nothing."""
_JUMP = 0.3
"""How much greater a share must be than it was."""
_MUCH = 0.5
"""And what it must be at least, for articles without a date."""
_FRACTION = 0.2
"""What of its rows a list must have lost, but for this share, to be told of."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """One list.

    Attributes:
        url: its address.
        before: the most rows that it ever showed before.
        now: the rows that it showed; None where the walk says nothing of that: it met what it knew and
            stopped, or an error.
        says_empty: whether it said itself that it has none.
    """

    url: str
    before: int
    now: int | None
    says_empty: bool = False


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What runs brought of a portal.

    Attributes:
        outcomes: of what was asked for, with how many there were; without what probes brought.
        probes: likewise of probes: robots.txt, what does not exist.
        articles: how many articles were read.
        dateless: how many of them state no date of publication.
    """

    outcomes: Mapping[str, int]
    probes: Mapping[str, int]
    articles: int
    dateless: int


@dataclass(frozen=True, slots=True)
class Health:
    """How a portal is.

    Attributes:
        state: `ok`, `blocked`, `broken`, or why nothing answered; None where nothing was asked.
        reason: of a broken one, which rule says so.
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
    asked = {**now.probes, **now.outcomes}
    if not BLOCKED.isdisjoint(asked):
        return Health(BLOCKED_PORTAL)
    if SHOWN.isdisjoint(now.outcomes):
        # Where not even robots.txt answered, nothing else was asked for.
        return Health(min(now.outcomes or now.probes, default=None))
    for reason, rule in _RULES.items():
        for detail in rule(now, before, lists):
            return Health(BROKEN, reason, detail)
    return Health(OK)


def has_emptied(each: ListFacts) -> bool:
    """Whether a list that had rows has none, though it answers."""
    return each.before > 0 and each.now == 0


Finding = dict[str, str | int]


def _emptied(_now: RunFacts, _before: RunFacts, lists: tuple[ListFacts, ...]) -> Iterator[Finding]:
    return (_of(each) for each in lists if has_emptied(each) and each.says_empty)


def _unread(_now: RunFacts, _before: RunFacts, lists: tuple[ListFacts, ...]) -> Iterator[Finding]:
    return (_of(each) for each in lists if has_emptied(each) and not each.says_empty)


def _shrunk(_now: RunFacts, _before: RunFacts, lists: tuple[ListFacts, ...]) -> Iterator[Finding]:
    for each in lists:
        if each.now and each.before >= _FEWEST and each.now < each.before * _FRACTION:
            yield _of(each)


def _dateless(now: RunFacts, before: RunFacts, _lists: tuple[ListFacts, ...]) -> Iterator[Finding]:
    share = _share(now.dateless, now.articles)
    known = _share(before.dateless, before.articles)
    if share is not None and known is not None and share >= max(_MUCH, known + _JUMP):
        yield {"articles": now.articles, "dateless": now.dateless}


def _failing(now: RunFacts, before: RunFacts, _lists: tuple[ListFacts, ...]) -> Iterator[Finding]:
    share, known = (_share(_errors(each), sum(each.outcomes.values())) for each in (now, before))
    if share is not None and share >= (known or 0) + _JUMP:
        yield {"asked": sum(now.outcomes.values()), "errors": _errors(now)}


_RULES: Mapping[str, Callable[[RunFacts, RunFacts, tuple[ListFacts, ...]], Iterator[Finding]]] = {
    "list_empty": _emptied,
    "list_unread": _unread,
    "list_shrunk": _shrunk,
    "dates_lost": _dateless,
    "errors_jumped": _failing,
}
"""The reasons for which a portal is broken, the gravest first."""


def _of(each: ListFacts) -> Finding:
    return {"list_url": each.url, "before": each.before, "now": each.now or 0}


def _errors(facts: RunFacts) -> int:
    return sum(count for outcome, count in facts.outcomes.items() if outcome not in NO_ERRORS)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole >= _FEWEST else None


_WORDS = {
    "list_empty": "a list turned empty: {list_url} had {before} rows",
    "list_unread": "a list shows no rows that can be read: {list_url} had {before}",
    "list_shrunk": "a list shrank: {list_url} had {before} rows, now {now}",
    "dates_lost": "articles lost their dates: {dateless} of {articles}",
    "errors_jumped": "errors: {errors} of {asked} requests",
}


def describe_reason(reason: str, detail: Mapping[str, str | int]) -> str:
    """Say in words why a portal is broken.

    Args:
        reason: of `Health.reason`.
        detail: the figures with it.
    """
    return _WORDS[reason].format(**detail) if reason in _WORDS else reason
