"""Scope: a portal's spider asks the portal's own hosts, at its hours, and none that is not to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.warc.model import Role
from crawler.bounds.refusals import Refused
from crawler.errand import errand_of
from crawler.manners.spending import OVER_BUDGET
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.harvest import Harvest
    from crawler.registry.portal import Portal
    from crawler.spiders.portal import PortalSpider


class ScopeMiddleware:
    """Refuses what the portal's spider must not ask for."""

    def __init__(self, spider: PortalSpider) -> None:
        self._portal = spider.portal
        self._harvest = spider.harvest
        self._told: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ScopeMiddleware:
        """Make one for a spider, as Scrapy asks for it."""
        return cls(crawler.spider)  # type: ignore[arg-type]  # the project has one spider

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: on the stop list, another scheme, another site, the wrong hour, a host given up, the
                night's budget spent, or done already.
        """
        self._refuse_stop_listed(request)
        scheme = urlsplit(request.url).scheme
        if scheme not in {"http", "https"}:
            raise Refused("unsupported_scheme", f"{scheme} is not fetched")
        if not self._portal.covers(request.url):
            raise Refused("off_scope", f"{request.url} is not {self._portal.id}'s own")
        refuse_by_now(self._harvest, self._portal, request)
        self._refuse_done(request)

    def _refuse_stop_listed(self, request: Request) -> None:
        entry = self._harvest.stop_list.entry_for(request.url)
        if entry is None:
            return
        # Kept once: that nobody asked, and why, is one fact about the host and not one about each address.
        first = entry.host not in self._told
        self._told.add(entry.host)
        raise Refused(Outcome.STOP_LISTED, str(entry), kept=first)

    def _refuse_done(self, request: Request) -> None:
        # A target may come to its end as the goal of another one's redirect while it waits in the queue.
        errand = errand_of(request)
        targets = errand.role in {Role.ARTICLE, Role.ATTACHMENT}
        if targets and self._harvest.frontier.turns.is_finished(request.url, self._harvest.run_id):
            raise Refused("done", f"{request.url} was fetched in this run")


def refuse_by_now(harvest: Harvest, portal: Portal, request: Request) -> None:
    """Refuse what may not be asked for any more; asked again once a request has waited for its turn.

    Raises:
        Refused: the wrong hour, a host given up, or the night's budget spent.
    """
    hours = portal.night_hours
    if hours is not None and not hours.contains(harvest.clock()):
        raise Refused("outside_hours", f"{portal.id} is crawled at its night hours only")
    stopped = harvest.stopped(request.url)
    if stopped is not None:
        raise Refused("host_stopped", stopped)
    spent = harvest.spending(portal).spent
    # robots.txt must be had even then: without it the host would count as one to leave alone.
    if spent is not None and errand_of(request).role is not Role.PROBE:
        raise Refused(OVER_BUDGET, spent)
