"""Conditional requests: what is known is asked for only if it changed.

Of a list only the first page is, and only where nothing can be lost by it: see `archive.frontier.sweeps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.frontier.targets import PageRequest
from archive.warc.model import Role
from crawler.errand import errand_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.harvest import Harvest
    from crawler.spiders.portal import PortalSpider

_CONDITIONAL_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))


class ConditionalMiddleware:
    """Sets `If-None-Match` and `If-Modified-Since` from what the frontier remembers."""

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConditionalMiddleware:
        """Make one for a spider, as Scrapy asks for it."""
        spider: PortalSpider = crawler.spider  # type: ignore[assignment]  # the project has one spider
        return cls(spider.harvest)

    def process_request(self, request: Request) -> None:
        """Set the conditions of this very address; a redirect carries those of the one before."""
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        etag, modified = self._validators(request)
        if etag:
            request.headers["If-None-Match"] = etag.encode("latin-1")
        if modified:
            request.headers["If-Modified-Since"] = modified.encode("latin-1")

    def _validators(self, request: Request) -> tuple[str | None, str | None]:
        errand = errand_of(request)
        if errand.role in _CONDITIONAL_ROLES:
            return self._harvest.frontier.validators(request.url)
        if errand.sweep is None:
            return None, None
        return self._harvest.sweeps.validators(errand.sweep, PageRequest.from_text(errand.target))
