"""Conditional requests: what is known is asked for only if it changed.

Of a list only the first page is, and only where nothing can be lost by it: see `archive.frontier.sweeps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.frontier.targets import PageRequest
from archive.warc.model import Role
from crawler.errand import errand_of
from crawler.run.addon import RunAddon

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.harvest import Harvest

_CONDITIONAL_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))


class ConditionalMiddleware:
    """Sets `If-None-Match` and `If-Modified-Since` from what the frontier remembers."""

    def __init__(self, harvest: Harvest | None) -> None:
        self._harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConditionalMiddleware:
        """Make one for a crawler, as Scrapy asks for it."""
        return cls(RunAddon.of(crawler).harvest)

    def process_request(self, request: Request) -> None:
        """Set the conditions of this very address; a redirect carries those of the one before."""
        if self._harvest is None or errand_of(request).role is Role.PROBE:
            return
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        etag, modified = _validators(self._harvest, request)
        if etag:
            request.headers["If-None-Match"] = etag.encode("latin-1")
        if modified:
            request.headers["If-Modified-Since"] = modified.encode("latin-1")


def _validators(harvest: Harvest, request: Request) -> tuple[str | None, str | None]:
    errand = errand_of(request)
    if errand.role in _CONDITIONAL_ROLES:
        return harvest.frontier.validators(request.url)
    if errand.sweep is None:
        return None, None
    return harvest.sweeps.validators(errand.sweep, PageRequest.from_text(errand.target))
