"""Conditional requests: an article that is known is asked for only if it changed.

Lists are always asked for in full, because their links must be seen to be counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.warc.model import Role
from crawler.errand import errand_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from archive.frontier import Frontier
    from crawler.spiders.portal import PortalSpider

_CONDITIONAL_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))


class ConditionalMiddleware:
    """Sets `If-None-Match` and `If-Modified-Since` from what the frontier remembers."""

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConditionalMiddleware:
        """Make one for a spider, as Scrapy asks for it."""
        spider: PortalSpider = crawler.spider  # type: ignore[assignment]  # the project has one spider
        return cls(spider.harvest.frontier)

    def process_request(self, request: Request) -> None:
        """Set the conditions of this very address; a redirect carries those of the one before."""
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        if errand_of(request).role not in _CONDITIONAL_ROLES:
            return
        etag, modified = self._frontier.validators(request.url)
        if etag:
            request.headers["If-None-Match"] = etag.encode("latin-1")
        if modified:
            request.headers["If-Modified-Since"] = modified.encode("latin-1")
