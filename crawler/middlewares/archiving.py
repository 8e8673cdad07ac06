"""Archiving, right next to the downloader: nothing goes on before its record is durable.

    downloader ─▶ here: WARC, fsync, frontier ─▶ redirects, retries, decompression, robots.txt, spider

So every try is kept with the payload as it came: the redirect and not only where it led, the failed first try
and not only the second. What ends without a response (and what robots.txt forbids) is kept as a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from archive.warc.model import ArchiveError, UnwritableEntry
from crawler.bounds.addresses import host_key
from crawler.bounds.refusals import Refused
from crawler.errand import errand_of, note_capture
from crawler.failures import describe, outcome_of
from crawler.manners.outcomes import ends_host
from crawler.manners.patience import asked_wait_s
from pipelines.response.outcome import Outcome
from pipelines.response.unknown_page import is_unknown_page

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.spiders.portal import PortalSpider

_ASKED_AGAIN = frozenset((429, 503))
"""Statuses that Scrapy asks again after, among those that ask for patience (`RETRY_HTTP_CODES`)."""


class ArchivingMiddleware:
    """Keeps every answer and every failure of a spider's requests."""

    def __init__(self, crawler: Crawler, spider: PortalSpider) -> None:
        self._crawler = crawler
        self._portal = spider.portal
        self._harvest = spider.harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchivingMiddleware:
        """Make one for a spider, as Scrapy asks for it."""
        return cls(crawler, crawler.spider)  # type: ignore[arg-type]  # the project has one spider

    def process_request(self, request: Request) -> None:
        """Put the request into the queue of its host and port.

        Always set anew: a redirect carries the queue of the host that it came from.
        """
        request.meta["download_slot"] = host_key(request.url)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Archive an answer; a host that blocks is left alone from here on."""
        context = self._harvest.context(self._portal, errand_of(request))
        try:
            capture_id, outcome = await self._harvest.keep_exchange(request, response, context)
        except ArchiveError as error:
            raise self._not_kept(request, error) from error
        note_capture(request, capture_id, outcome)
        # That a page that cannot exist is refused in some way of its own says nothing of the others.
        blocks = ends_host(outcome) and not is_unknown_page(request.url)
        if blocks and not self._waits_for(request, response, outcome):
            self._harvest.stop_host(self._portal, request.url, outcome)
        return response

    def _waits_for(self, request: Request, response: Response, outcome: str) -> bool:
        """Whether a host asks for patience, and gets it."""
        if outcome != Outcome.RATE_LIMITED or response.status not in _ASKED_AGAIN:
            return False
        retry_after = (response.headers.get("Retry-After") or b"").decode("latin-1")
        wait_s = asked_wait_s(retry_after, self._harvest.clock())
        return self._harvest.patience.grant(host_key(request.url), wait_s)

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Archive a failure, then let it take its course."""
        kept_by_rule = exception.kept if isinstance(exception, Refused) else None
        if kept_by_rule is False or (kept_by_rule is None and isinstance(exception, IgnoreRequest)):
            return
        outcome = exception.outcome if isinstance(exception, Refused) else outcome_of(exception)
        error = exception.reason if isinstance(exception, Refused) else describe(exception)
        context = self._harvest.context(self._portal, errand_of(request))
        try:
            capture_id = await self._harvest.keep_failure(
                request.url, request.method, outcome, error, context
            )
        except ArchiveError as broken:
            raise self._not_kept(request, broken) from broken
        note_capture(request, capture_id, outcome)

    def _not_kept(self, request: Request, error: ArchiveError) -> Refused:
        """What cannot be kept must not be seen."""
        if isinstance(error, UnwritableEntry):
            self._harvest.tally(self._portal).errors.append(f"{request.url}: {error}")
        return Refused("not_kept", str(error))
