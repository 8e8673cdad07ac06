"""How fast hosts may be asked, and under which name."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from archive.clock import SHANGHAI, Clock
from crawler.errors import ContactMissing
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct


class PolitenessThresholds(Thresholds):
    """Thresholds of `crawler/thresholds/politeness.yaml`, which says what each means."""

    min_delay_s: float
    longest_delay_s: float
    jitter: float
    longest_wait_s: float
    most_pauses: int
    longest_crawl_delay_s: float
    rules_bytes: int
    cookie_bytes: int
    head_bytes: int
    survey_pages: int
    least_left: float


POLITENESS = PolitenessThresholds.load("politeness", "crawler")


JITTER_ALLOWANCE = 1 / (1 - POLITENESS.jitter)
"""Scrapy varies a delay by `POLITENESS.jitter` both ways: asked for this much more, it never falls below."""


def polite_settings(delay_s: float) -> Mapping[str, Any]:
    """Return the Scrapy settings by which public hosts are asked: one request at a time, never too soon.

    Args:
        delay_s: seconds between two requests to one host; no less than `POLITENESS.min_delay_s` counts.
    """
    delay = max(delay_s, POLITENESS.min_delay_s) * JITTER_ALLOWANCE
    return {
        "DOWNLOAD_DELAY": delay,
        "DOWNLOAD_DELAY_JITTER": POLITENESS.jitter,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": delay,
        # Scrapy's own is a minute, to which it would cut what a portal, or robots.txt, asks for beyond that.
        "AUTOTHROTTLE_MAX_DELAY": POLITENESS.longest_delay_s * JITTER_ALLOWANCE,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    }


def loopback_settings(concurrency: int) -> Mapping[str, Any]:
    """Return the Scrapy settings for a portal on this machine, where nobody is to be spared."""
    return {
        "DOWNLOAD_DELAY": 0.0,
        "AUTOTHROTTLE_ENABLED": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
    }


def check_contact(public: Iterable[str], contact: str | None) -> None:
    """Refuse to ask a public host without saying who asks.

    Args:
        public: the names of portals that are not on this machine.
        contact: who asks.

    Raises:
        ContactMissing: there is a public portal and no contact.
    """
    named = list(public)
    if named and not (contact or "").strip():
        raise ContactMissing(
            "no public host is asked without a contact",
            where=", ".join(named),
            hint="Set GONGKAI_CONTACT to a mail address or a page that says who you are",
        )


def user_agent(contact: str | None) -> str:
    """Return the User-Agent: project, version, and who to turn to."""
    try:
        number = version("gongkai")
    except PackageNotFoundError:
        number = "0"
    return f"gongkai/{number} (+{contact})" if contact else f"gongkai/{number} (loopback only)"


# What a portal allows in a night: at which hours it is asked, and how much that may cost.

_MEGABYTE = 1_000_000


class Budget(FrozenStruct):
    """What a portal may cost in one night; what is beyond it waits for the next.

    Attributes:
        requests: how many may be made. At one every three seconds a day has time for 28,800.
        megabytes: how many million bytes of bodies may come in.
    """

    requests: int = 50_000
    megabytes: int = 10_000


USUAL_BUDGET = Budget()
"""What a portal may cost whose YAML says nothing of it."""


class Spending:
    """The requests and bytes of one portal in one run.

    Args:
        budget: how much there may be.
        requests: how many were made before, in a run that is gone on with.
        size_bytes: what came in for them.
    """

    def __init__(self, budget: Budget, requests: int = 0, size_bytes: int = 0) -> None:
        self._budget = budget
        self._requests = requests
        self._size_bytes = size_bytes

    def spend(self, size_bytes: int) -> None:
        """Count a request, and the body that came in for it."""
        self._requests += 1
        self._size_bytes += size_bytes

    @property
    def spent(self) -> str | None:
        """Why no more is asked for tonight, in words; None while there is something left."""
        if self._requests >= self._budget.requests:
            return f"the night's {self._budget.requests} requests are spent"
        if self._size_bytes >= self._budget.megabytes * _MEGABYTE:
            return f"the night's {self._budget.megabytes} megabytes are spent"
        return None


class NightBudget(FrozenStruct):
    """What a whole night may cost, all portals together.

    Attributes:
        hours: after so many nothing more is asked for; None for no end.
        size_bytes: how many bytes of bodies may come in; None for as many as the portals may cost.
    """

    hours: float | None = None
    size_bytes: int | None = None


class NightShares:
    """Deals out a night's budget: in each round equal shares, and what is left of it to those cut short.

    Args:
        budget: of the night.
        portals: the ids of all.
        at_once: how many of them are crawled side by side.
        clock: tells the time.
        spent_bytes: what came in before, in a run that is gone on with.
    """

    def __init__(
        self,
        budget: NightBudget,
        portals: Collection[str],
        *,
        at_once: int,
        clock: Clock,
        spent_bytes: int = 0,
    ) -> None:
        self._clock = clock
        self._at_once = at_once
        self._begun = clock()
        self._seconds = budget.hours and budget.hours * 3600
        self._bytes = budget.size_bytes
        self._left_bytes = (budget.size_bytes or 0) - spent_bytes
        self.cut: dict[str, str] = {}
        self._begin_round(portals)

    def _begin_round(self, portals: Collection[str]) -> None:
        self.cut = {}
        self._spent = dict.fromkeys(portals, 0)
        self._since: dict[str, dt.datetime] = {}
        self._share_bytes = self._left_bytes / max(len(portals), 1)
        beside = min(self._at_once, len(portals)) / max(len(portals), 1)
        self._share_s = (self._left_s() or 0) * beside

    def _left_s(self) -> float | None:
        return self._seconds and self._seconds - (self._clock() - self._begun).total_seconds()

    def spend(self, portal: str, size_bytes: int) -> None:
        """Count a body that came in."""
        self._spent[portal] = self._spent.get(portal, 0) + size_bytes
        self._left_bytes -= size_bytes

    def why_spent(self, portal: str) -> str | None:
        """Return why a portal asks for no more in this round, in words; None while it may."""
        reason = None
        now = self._clock()
        since = self._since.setdefault(portal, now)
        if self._seconds and (now - since).total_seconds() >= self._share_s:
            reason = f"its share of the night's {self._seconds / 3600:g} hours is over"
        elif self._bytes is not None and self._spent.get(portal, 0) >= self._share_bytes:
            reason = f"its share of the night's {self._bytes / _MEGABYTE:g} megabytes is spent"
        if reason:
            self.cut[portal] = reason
        return reason

    def next_round(self) -> frozenset[str]:
        """Return the portals that were cut short, if something is left for them: another round begins."""
        left_s = self._left_s()
        has_time = left_s is None or left_s > POLITENESS.least_left * (self._seconds or 0)
        has_room = self._bytes is None or self._left_bytes > POLITENESS.least_left * self._bytes
        if not (self.cut and has_time and has_room):
            return frozenset()
        again = frozenset(self.cut)
        self._begin_round(again)
        return again


class NightHours(FrozenStruct):
    """The hours of a Shanghai day in which a portal may be crawled; they may pass midnight."""

    start: dt.time
    end: dt.time

    def contains(self, moment: dt.datetime) -> bool:
        """Whether crawling is allowed at an instant."""
        now = moment.astimezone(SHANGHAI).time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


# How long a host that asks for patience is given it: `Retry-After`, within reason.
# 429 or 503, asks for two minutes at most ─ the host waits, then the request is made again
# asks for longer, for no time at all, or for the fourth time ─ the host is left alone for this run
# A night is short and a portal has thousands of pages: what asks for hours is asked again the next night.
# Source: RFC 9110, 10.2.3.


def asked_wait_s(retry_after: str, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` asks for; None where it says nothing that can be understood.

    Args:
        retry_after: the field as sent: seconds, or an HTTP date.
        now: the instant from which a date is counted.
    """
    said = retry_after.strip()
    if said.isdecimal() and len(said) <= 9:
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    return max((until - now).total_seconds(), 0.0) if until.tzinfo else None


class Patience:
    """The hosts of a run that wait."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._pauses: dict[str, int] = {}

    def grant(self, host: str, wait_s: float | None) -> bool:
        """Let a host have its time; whether it is to be asked again in this run.

        An answer to a request that was on its way before the pause began asks for nothing new.
        """
        now = _loop_time()
        if self._until.get(host, 0.0) > now:
            return True
        if (
            wait_s is None
            or wait_s > POLITENESS.longest_wait_s
            or self._pauses.get(host, 0) >= POLITENESS.most_pauses
        ):
            return False
        self._pauses[host] = self._pauses.get(host, 0) + 1
        self._until[host] = now + wait_s
        return True

    async def wait(self, host: str) -> None:
        """Wait until a host may be asked again."""
        while (rest := self._until.get(host, 0.0) - _loop_time()) > 0:
            await asyncio.sleep(rest)


def _loop_time() -> float:
    return asyncio.get_event_loop().time()
