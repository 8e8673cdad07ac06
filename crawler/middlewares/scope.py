"""Scope: a portal's spider asks the portal's own hosts, at its hours, and no host that was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.warc.model import Role
from crawler.errand import errand_of
from crawler.refusals import Refused

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.spiders.portal import PortalSpider


class ScopeMiddleware:
    """Refuses what the portal's spider must not ask for."""

    def __init__(self, spider: PortalSpider) -> None:
        self._portal = spider.portal
        self._harvest = spider.harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ScopeMiddleware:
        """Make one for a spider, as Scrapy asks for it."""
        return cls(crawler.spider)  # type: ignore[arg-type]  # the project has one spider

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: another scheme, another site, the wrong hour, a host given up, or done already.
        """
        scheme = urlsplit(request.url).scheme
        if scheme not in {"http", "https"}:
            raise Refused("unsupported_scheme", f"{scheme} is not fetched")
        if not self._portal.covers(request.url):
            raise Refused("off_scope", f"{request.url} is not {self._portal.id}'s own")
        hours = self._portal.night_hours
        if hours is not None and not hours.contains(self._harvest.clock()):
            raise Refused("outside_hours", f"{self._portal.id} is crawled at its night hours only")
        stopped = self._harvest.stopped(request.url)
        if stopped is not None:
            raise Refused("host_stopped", stopped)
        self._refuse_done(request)

    def _refuse_done(self, request: Request) -> None:
        # A target may come to its end as the goal of another one's redirect while it waits in the queue.
        errand = errand_of(request)
        targets = errand.role in {Role.ARTICLE, Role.ATTACHMENT}
        if targets and self._harvest.frontier.is_finished(request.url, self._harvest.run_id):
            raise Refused("done", f"{request.url} was fetched in this run")
