"""What one run may still ask for: stop list, scope, hours, hosts given up, the night's budget.

    request ─▶ check_address (once) ─▶ queue of its host ─▶ check_now (again, when its turn has come) ─▶ sent

One object for all spiders of a run, so that a host given up by one is left alone by every other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest

from crawler.policy.politeness import NightHours, NightShares, Patience, Spending
from pipelines.addresses import host_key
from pipelines.response.outcome import BLOCKED, Outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from archive.clock import Clock
    from crawler.policy.hosts import StopList

OVER_BUDGET = "over_budget"
"""The word for what is put off to another night because this one's budget is spent."""


class Refused(IgnoreRequest):
    """A request that is not sent.

    Args:
        outcome: the word for it (`robots_denied`, `address_denied`, `host_stopped`, …).
        reason: why, for a person.
        kept: whether it is an observation that goes into the archive; what the crawl only puts off is not.
    """

    def __init__(self, outcome: str, reason: str, *, kept: bool = False) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason
        self.kept = kept


class Site(Protocol):
    """What a spider may ask: a portal of the registry, a site that is looked at, or the web at large."""

    @property
    def id(self) -> str:
        """Its name, for people and for counts."""

    @property
    def night_hours(self) -> NightHours | None:
        """When it may be asked; None for always."""

    @property
    def tls_ciphers(self) -> str | None:
        """OpenSSL's cipher string for its old servers; None for servers as they should be."""

    def covers(self, url: str) -> bool:
        """Whether an address may be asked for."""


class AccessPolicy:
    """What a run may ask for, and what its hosts have said to that.

    Args:
        stop_list: hosts that are never asked.
        clock: tells the time.

    Attributes:
        patience: the hosts that asked to be waited for.
        spending: what portals have cost so far, by id; a site that is not there has no budget.
        night: their shares of what the whole night may cost; None where it may cost what they may.
    """

    def __init__(self, stop_list: StopList, clock: Clock) -> None:
        self.stop_list = stop_list
        self.clock = clock
        self.patience = Patience()
        self.spending: dict[str, Spending] = {}
        self.night: NightShares | None = None
        self._stopped: dict[str, tuple[str, str]] = {}
        self._told: set[tuple[str, str]] = set()
        self._looping: dict[str, set[str]] = {}

    def check_address(self, site: Site, url: str) -> None:
        """Refuse an address that a spider must never ask for.

        Raises:
            Refused: on the stop list, another scheme, or another site.
        """
        entry = self.stop_list.entry_for(url)
        if entry is not None:
            # Kept once: that nobody asked, and why, is one fact about the host, not one about each address.
            is_first = (site.id, entry.host) not in self._told
            self._told.add((site.id, entry.host))
            raise Refused(Outcome.STOP_LISTED, str(entry), kept=is_first)
        scheme = urlsplit(url).scheme
        if scheme not in {"http", "https"}:
            raise Refused("unsupported_scheme", f"{scheme} is not fetched")
        if not site.covers(url):
            raise Refused("off_scope", f"{url} is not {site.id}'s own")

    def check_now(self, site: Site, url: str, *, is_probe: bool) -> None:
        """Refuse what may not be asked for any more; checked again once a request has waited for its turn.

        Args:
            site: whose spider asks.
            url: what it asks for.
            is_probe: whether it is robots.txt or the like, which must be had even when the budget is spent:
                without it the host would count as one to leave alone.

        Raises:
            Refused: the wrong hour, a host given up, or the night's budget spent.
        """
        hours = site.night_hours
        if hours is not None and not hours.contains(self.clock()):
            raise Refused("outside_hours", f"{site.id} is crawled at its night hours only")
        stopped = self.why_stopped(url)
        if stopped is not None:
            raise Refused("host_stopped", stopped)
        spending = self.spending.get(site.id)
        if spending is not None and not is_probe:
            spent = spending.spent or (self.night and self.night.why_spent(site.id))
            if isinstance(spent, str):
                raise Refused(OVER_BUDGET, spent)

    def stop_host(self, site: Site, url: str, reason: str) -> bool:
        """Leave a host alone for the rest of the run; returns whether that is new."""
        host = host_key(url)
        if host in self._stopped:
            return False
        self._stopped[host] = site.id, reason
        return True

    def is_second_loop(self, url: str) -> bool:
        """Note an address that leads to itself; return whether another one of its host has, too."""
        known = self._looping.setdefault(host_key(url), set())
        known.add(url)
        return len(known) > 1

    def why_stopped(self, url: str) -> str | None:
        """Return why a host is left alone; None where it is not."""
        return self._stopped.get(host_key(url), (None, None))[1]

    def stopped_by(self, site: Site) -> dict[str, str]:
        """Return the hosts that a site's spider gave up, with the reason word."""
        return {host: reason for host, (name, reason) in self._stopped.items() if name == site.id}


class PolicyAddon:
    """The Scrapy add-on by which every spider of this project asks under its rules.

    Attributes:
        site: what the spider may ask.
        access: what may still be asked for in this run.
    """

    site: Site
    access: AccessPolicy

    @classmethod
    def of(cls, crawler: Crawler) -> PolicyAddon:
        """Return a crawler's own.

        Raises:
            LookupError: its settings have none, so that nothing may be asked.
        """
        found = crawler.get_addon(PolicyAddon)
        if found is None:
            raise LookupError("the rules of this project are not loaded: leave the setting ADDONS as it is")
        return found


def ends_host(outcome: str) -> bool:
    """Whether the host is to be left alone for the rest of the run: it blocks, or asks for patience."""
    # A page that sets a cookie and sends back to itself is content with the cookie; only a loop of it blocks.
    is_block = outcome in BLOCKED and outcome != Outcome.CHALLENGE_COOKIE_REDIRECT
    return is_block or outcome == Outcome.RATE_LIMITED
