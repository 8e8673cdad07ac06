"""The one spider: walks a portal's lists, then fetches what they led to.

    start ─▶ lists, page by page ─▶ frontier ─ idle ─▶ articles, a handful at a time ─ idle ─▶ … ─▶ closed

The queue is the frontier. Scrapy's own holds one page per list, or one handful of articles, so that a kill
loses nothing that it knew.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Self, cast

import scrapy
from scrapy import Request, signals
from scrapy.exceptions import DontCloseSpider

from archive.sweeps import PageFound, SweepKey
from archive.targets import Link
from archive.warc.errors import ArchiveError
from archive.warc.model import Role
from crawler.errand import Errand, capture_of, errand_of, give_errand, outcome_noted
from crawler.exchanges import header_pairs
from crawler.families import FAMILIES
from crawler.pagetext import page_text
from crawler.politeness import portal_settings
from crawler.refusals import Refused
from crawler.standalone import open_standalone
from crawler.walk import is_over, why_incomplete
from pipelines.errors import ReaderMissing, UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from archive.sweeps import Sweep
    from crawler.families.base import ListPage
    from crawler.harvest import Harvest
    from crawler.portal import Portal

_HANDFUL = 512
_PUT_OFF = frozenset(("host_stopped", "outside_hours", "not_kept"))


class PortalSpider(scrapy.Spider):
    """Harvests one portal.

    Args:
        portal: the portal.
        harvest: the run that it is part of.
    """

    name = "portal"

    def __init__(self, portal: Portal, harvest: Harvest) -> None:
        super().__init__()
        self.portal = portal
        self.harvest = harvest
        self._offered = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *, portal: Portal | str, harvest: Harvest | None = None) -> Self:
        """Make the spider: within a run that is open, or with a run of its own for `scrapy crawl`."""
        if harvest is None or isinstance(portal, str):
            portal, harvest = open_standalone(crawler, str(portal))
        spider = cls(portal, harvest)
        spider._set_crawler(crawler)
        plan = harvest.plan
        crawler.settings.setdict(
            portal_settings(
                portal,
                loopback=portal.is_loopback(plan.connect_to),
                contact=plan.contact,
                limits=plan.limits,
                loopback_concurrency=crawler.settings.getint("GONGKAI_LOOPBACK_CONCURRENCY"),
            ),
            priority="spider",
        )
        crawler.signals.connect(spider.offer_targets, signal=signals.spider_idle)
        crawler.signals.connect(spider.note_error, signal=signals.spider_error)
        crawler.signals.connect(spider.note_end, signal=signals.spider_closed)
        harvest.on_broken(spider.close_soon)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the next page of every list that is not walked to its end."""
        for each in self.portal.lists:
            with self._giving_up():
                key = SweepKey(self.harvest.run_id, self.portal.id, each.url)
                sweep = self.harvest.sweeps.open(key)
                page = self.harvest.sweeps.next_page(key)
                if not sweep.ended and page is not None:
                    yield self._list_request(key, page, None)
                elif not sweep.ended:
                    # Killed between the last page and the end of the walk.
                    self._end_walk(sweep)

    def parse_list(self, response: Response) -> Iterator[Request]:
        """Take in a list page: its links go to the frontier, its next page is asked for."""
        with self._giving_up():
            yield from self._take_in(response)

    def _take_in(self, response: Response) -> Iterator[Request]:
        request = cast("Request", response.request)
        key = self._sweep_of(request)
        if response.status != 200:
            self.harvest.sweeps.end(key, outcome_noted(request) or f"status {response.status}")
            return
        try:
            text = page_text(response.body, header_pairs(response.headers))
        except (UnreadableDocument, ReaderMissing) as error:
            self.harvest.sweeps.end(key, f"{outcome_noted(request)}: {error}")
            return
        page = FAMILIES[self.portal.family](text, response.url)
        added = self.harvest.sweeps.finish_page(
            key, errand_of(request).target, self._page_found(page, capture_of(request))
        )
        self.harvest.tally(self.portal).new_links += added.targets
        sweep, next_page = self.harvest.sweeps.get(key), self.harvest.sweeps.next_page(key)
        if is_over(sweep, added=added.addresses, next_page=next_page):
            self._end_walk(sweep)
        elif next_page is not None:
            yield self._list_request(key, next_page, capture_of(request))

    def parse_target(self, response: Response) -> None:
        """Note that a target came to its end; what it says is read from the archive, later."""
        with self._giving_up():
            self._finish(cast("Request", response.request))

    def fail(self, failure: Failure) -> None:
        """Note how a request ended that brought nothing."""
        if self.harvest.broken is not None:
            # Nothing came to an end: the run stays open, and what it was about is asked for again.
            return
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        error = failure.value
        outcome = error.outcome if isinstance(error, Refused) else outcome_noted(request)
        with self._giving_up():
            if errand_of(request).role is Role.LIST:
                reason = str(error) if isinstance(error, Refused) else outcome or type(error).__name__
                self.harvest.sweeps.end(self._sweep_of(request), reason)
            elif outcome not in _PUT_OFF:
                self._finish(request)

    def offer_targets(self) -> None:
        """Ask for the next handful of targets; nothing is offered twice in one process.

        Raises:
            DontCloseSpider: there were some.
        """
        if self.harvest.broken is not None:
            return
        targets = self.harvest.frontier.pending(
            self.portal.id, self.harvest.run_id, after=self._offered, limit=_HANDFUL
        )
        for target in targets:
            self._offered = target.seq
            errand = Errand(target.role, target.url, target.parent, target.list_title, target.list_date)
            request = Request(target.url, callback=self.parse_target, errback=self.fail, dont_filter=True)
            self.crawler.engine.crawl(give_errand(request, errand))
        if targets:
            raise DontCloseSpider

    def note_error(self, failure: Failure, response: Response) -> None:
        """Keep an error of ours: it is the portal's, and the other portals go on."""
        said = f"{type(failure.value).__name__}: {failure.getErrorMessage()}"
        self.harvest.tally(self.portal).errors.append(f"{response.url}: {said}")

    def note_end(self, reason: str) -> None:
        """End what is left open; a run that was interrupted says so."""
        self.harvest.ended.add(self.portal.id)
        if reason == "shutdown":
            self.harvest.interrupted = True
        with self._giving_up():
            for sweep in self.harvest.sweeps.of_run(self.harvest.run_id):
                if sweep.key.portal_id == self.portal.id and not sweep.ended and self.harvest.broken is None:
                    self.harvest.sweeps.end(sweep.key, f"the walk ended early ({reason})")

    def close_soon(self) -> None:
        """Close, because nothing more can be kept."""
        engine = self.crawler.engine
        if engine.spider is not None:
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason="archive_broken"))

    @contextlib.contextmanager
    def _giving_up(self) -> Iterator[None]:
        """When nothing can be noted any more, the run ends; it is told once, not per page."""
        try:
            yield
        except ArchiveError as error:
            self.harvest.give_up(error)

    def _end_walk(self, sweep: Sweep) -> None:
        self.harvest.sweeps.end(sweep.key, why_incomplete(sweep, self.harvest.sweeps.page_rows(sweep.key)))

    def _list_request(self, key: SweepKey, url: str, parent: str | None) -> Request:
        request = Request(url, callback=self.parse_list, errback=self.fail, dont_filter=True, priority=10)
        return give_errand(request, Errand(Role.LIST, url, parent, sweep=key))

    def _sweep_of(self, request: Request) -> SweepKey:
        key = errand_of(request).sweep
        if key is None:
            raise ValueError(f"{request.url} is no page of a list")
        return key

    def _page_found(self, page: ListPage, capture_id: str | None) -> PageFound:
        return PageFound(
            capture_id=capture_id,
            links=[
                Link(link.url, link.title, link.date, wanted=self.portal.covers(link.url))
                for link in page.links
            ],
            next_pages=[url for url in page.next_pages if self.portal.covers(url)],
            declared=page.declared_total,
            declared_pages=page.declared_pages,
        )

    def _finish(self, request: Request) -> None:
        self.harvest.frontier.finish({errand_of(request).target, request.url}, self.harvest.run_id)
