"""The one spider: walks a portal's lists, then fetches what they led to.

    start ─▶ lists, page by page ─▶ frontier ─ idle ─▶ targets, a handful at a time ─ idle ─▶ … ─▶ closed

The queue is the frontier. Scrapy's own holds one page per list, or one handful of articles, so that a kill
loses nothing that it knew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.exceptions import DontCloseSpider

from archive.clock import night_of
from archive.frontier.recovery import LEADING, find_leads
from archive.frontier.schedule import Found
from archive.frontier.sweeps import NOTHING_NEW, PageAdded, PageFound, Sweep, SweepKey
from archive.frontier.targets import DueTargets, Link, PageRequest
from archive.warc.entries import ArchiveError, Headers, Role
from archive.warc.reader import load_payload
from crawler.families.base import LISTS, ListPage
from crawler.families.pages.pager import has_pager
from crawler.items import DocumentItem
from crawler.policy.access import OVER_BUDGET, Refused
from crawler.request_context import (
    RequestContext,
    context_of,
    header_pairs,
    make_request,
    noted_capture,
    noted_outcome,
    set_context,
)
from crawler.run.addon import SiteSpider, find_portal, is_looking, open_run, plan_of
from crawler.run.list_pages import describe_excess, leave_whole_rows, page_text, why_incomplete
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.html.elements import PAGES
from pipelines.response.http_message import header_value
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.registry.portals import Portal
    from crawler.run.harvest import Harvest

_HANDFUL = 512
_PUT_OFF = frozenset(("host_stopped", Outcome.STOP_LISTED, "outside_hours", "not_kept", OVER_BUDGET))


class PortalSpider(SiteSpider):
    """Harvests one portal."""

    name = "portal"

    def __init__(self, portal: Portal, run: Harvest | None) -> None:
        super().__init__(portal, run)
        self._due_targets = run and DueTargets(run.frontier, portal.id, run.run_id)
        self._asked_parts: defaultdict[str | None, set[str]] = defaultdict(set)

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *, portal: Portal | str = "", harvest: Harvest | None = None
    ) -> Self:
        """Make the spider: within a run that is open, or with a run of its own for `scrapy crawl`.

        Args:
            crawler: Scrapy's.
            portal: the portal, or its id (`-a portal=ID`).
            harvest: the run; None for one of its own, or none where a command only looks at a page.

        Raises:
            GongkaiError: no such portal, a faulty one, one on the stop list, no contact, or the lock is held.
        """
        if isinstance(portal, str):
            portal = find_portal(crawler.settings, portal)
        if harvest is None and not is_looking(cls):
            harvest = open_run(crawler, plan_of(crawler.settings, portal))
        spider = cls(portal, harvest)
        spider._set_crawler(crawler)
        if harvest is not None:
            crawler.signals.connect(spider.offer_targets, signal=signals.spider_idle)
            harvest.on_broken(spider.close_soon)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the next page of every list not walked to its end."""
        for each in self.portal.lists:
            with self._giving_up():
                key = SweepKey(self.harvest.run_id, self.portal.id, each.url)
                sweep = self.harvest.sweeps.open_sweep(key, self.portal.first_request(each.url))
                page = self.harvest.sweeps.next_page(key)
                if not sweep.ended and page is not None:
                    yield self._list_request(key, page, None)
                elif not sweep.ended:
                    # Killed between the last page and the end of the walk.
                    self._end_walk(sweep)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Say what a list page of the portal lists, and how it goes on: for `scrapy parse`."""
        del kwargs
        first = cast("Request", response.request).url
        list_url = next((each.url for each in self.portal.lists if urldefrag(each.url)[0] == first), first)
        text, _ = page_text(response.body, header_pairs(response.headers))
        page = self.portal.read_list(text, response.url, PageRequest(first), list_url)
        for link in page.links:
            yield DocumentItem(link.url, self.portal.id, Role.ARTICLE, link.title, link.date, list_url)
        for following in page.next_pages:
            yield make_request(following, referer=list_url, callback=self.parse, errback=None)

    def parse_list(self, response: Response) -> Iterator[Request]:
        """Take in a list page: its links go to the frontier, its next page is asked for."""
        with self._giving_up():
            yield from self._take_in(response)

    def _take_in(self, response: Response) -> Iterator[Request]:
        request = cast("Request", response.request)
        key = self._sweep_of(request)
        is_conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        if response.status == 304 and is_conditional:
            self.harvest.sweeps.end_sweep(key, NOTHING_NEW)
            return
        if response.status != 200:
            yield from self._give_up(request, noted_outcome(request) or f"status {response.status}")
            return
        headers = header_pairs(response.headers)
        try:
            text, is_whole = page_text(response.body, headers)
        except (UnreadableDocument, ReaderMissing) as error:
            yield from self._give_up(request, f"{noted_outcome(request)}: {error}")
            return
        asked = PageRequest.from_text(context_of(request).target)
        part = self.harvest.sweeps.pages_of(key).part_at(asked)
        page = self.portal.read_list(text, response.url, asked, key.list_url, part)
        page = page if is_whole else leave_whole_rows(page)
        found = self._page_found(page, noted_capture(request), headers)
        is_alone = not found.next_pages and not has_pager(text, asked)
        found = found.replace(is_alone=is_alone)
        added = self.harvest.sweeps.finish_page(key, asked, found)
        self.harvest.tally(self.portal).new_links += added.targets
        next_page = self._go_on(key, asked, page, added)
        if next_page is not None:
            yield self._list_request(key, next_page, noted_capture(request))

    def _go_on(
        self, key: SweepKey, asked: PageRequest, page: ListPage, added: PageAdded
    ) -> PageRequest | None:
        """End a walk with the page just taken in, or return the request for the page after it."""
        sweeps = self.harvest.sweeps
        sweep, next_page = sweeps.read_sweep(key), sweeps.next_page(key)
        excess = describe_excess(sweep, rows=len(page.links), pages_read=sweeps.pages_of(key).count())
        if excess is not None:
            sweeps.end_sweep(key, excess)
        elif added.is_cut:
            sweeps.end_sweep(key, f"{OVER_BUDGET}: more new addresses than a night may ask for")
        elif page.unreadable is not None:
            return self._end_part(key, asked, page.unreadable)
        elif page.is_shell and next_page is not None:
            return next_page
        elif added.addresses == 0:
            # A stub, an empty part, or the first page served again under another name.
            return self._end_part(key, asked)
        elif next_page is None or sweep.pages >= LISTS.pages:
            self._end_walk(sweep)
        elif page.links and not added.news and sweeps.is_unchanged(key):
            sweeps.end_sweep(key, NOTHING_NEW, at_its_end=True)
        else:
            return next_page
        return None

    def _end_part(self, key: SweepKey, asked: PageRequest, fault: str | None = None) -> PageRequest | None:
        """End the part of a list that a page belongs to; the walk goes on with the next, or ends."""
        sweeps = self.harvest.sweeps
        next_page = sweeps.end_part(key, asked, fault)
        sweep = sweeps.read_sweep(key)
        if next_page is None:
            self._end_walk(sweep)
        elif fault is None and sweep.found and sweeps.is_unchanged(key):
            # Of what the newest year gathers the last may be empty yet.
            sweeps.end_sweep(key, NOTHING_NEW, at_its_end=True)
            return None
        return next_page

    def _give_up(self, request: Request, reason: str) -> Iterator[Request]:
        """End the part of a list to which a request belongs that brought no page of it."""
        key, about = self._sweep_of(request), context_of(request)
        asked = PageRequest.from_text(about.target)
        # Behind its last page a list may lead on to one that is not there: how many rows it has shows whether
        # that was the last.
        is_behind = reason == Outcome.GONE and self.harvest.sweeps.pages_of(key).is_further(asked)
        next_page = self._end_part(key, asked, None if is_behind else reason)
        if next_page is not None:
            yield self._list_request(key, next_page, about.parent)

    def parse_target(self, response: Response) -> Iterator[DocumentItem | Request]:
        """Note that a target came to its end, follow where it leads, and yield it where it answered.

        What it says is read from the archive, later.
        """
        request = cast("Request", response.request)
        with self._giving_up():
            yield from self._follow_leads(response)
            self._finish(request)
        about = context_of(request)
        if noted_outcome(request) == Outcome.OK:
            yield DocumentItem(
                url=response.url,
                portal=self.portal.id,
                role=about.role,
                title=about.list_title,
                date=about.list_date,
                list_url=about.list_url,
                capture_id=noted_capture(request),
            )

    def parse_part(self, response: Response) -> Iterator[Request]:
        """Follow where a further page of an article leads; it is read with the article, later."""
        with self._giving_up():
            yield from self._follow_leads(response)

    def _follow_leads(self, response: Response) -> Iterator[Request]:
        request = cast("Request", response.request)
        about, schedule = context_of(request), self.harvest.frontier.schedule
        # A list tells of the address that was asked for, wherever that redirects to.
        told_on = schedule.told_on(about.target)
        page = self._page_of(response, is_told=told_on is not None) if about.role in LEADING else None
        if page is None:
            return
        is_part = about.role is Role.PART
        first = about.target if is_part else response.url
        attached, parts = find_leads(
            *page, response.url, first=first, date=about.list_date, covers=self.portal.covers
        )
        capture = noted_capture(request)
        night = schedule.night_of_run(self.harvest.run_id) or night_of(self.harvest.clock())
        found = Found(self.portal.id, capture, about.list_url, night, Role.ATTACHMENT, told_on)
        if attached:
            schedule.add_links(found, attached)
        if told_on is not None:
            schedule.forget_told(about.target)
        if not is_part:
            schedule.note_parts(self.portal.id, first, parts)
            about = about.replace(role=Role.PART, parent=capture, target=first)
        yield from self._ask_for_parts(about, parts)

    def _page_of(self, response: Response, *, is_told: bool) -> tuple[bytes, Headers] | None:
        """The page that an address has: as it was kept where a list told of it and it is as it was."""
        outcome = noted_outcome(cast("Request", response.request))
        if response.status == 200 and outcome == Outcome.OK:
            return response.body, header_pairs(response.headers)
        is_same = is_told and response.status == 304
        place = self.harvest.frontier.find_kept_page(response.url) if is_same else None
        if place is None:
            return None
        try:
            kept = load_payload(self.harvest.plan.data.warc, *place)
        except ArchiveError as error:
            # Tonight's captures do not depend on those of other nights: a file may be away, or damaged.
            self.logger.warning("%s: what it has attached is not known: %s", response.url, error)
            return None
        return kept.body, kept.headers

    def _ask_for_parts(self, about: RequestContext, parts: Sequence[str]) -> Iterator[Request]:
        """Yield requests for the parts of an article that are not asked for yet: each names the others."""
        asked = self._asked_parts[about.parent]
        further = [part for part in parts if part not in asked]
        for part in further[: PAGES.most_parts - len(asked)]:
            asked.add(part)
            request = Request(part, callback=self.parse_part, errback=self.fail, dont_filter=True)
            # A part that is elsewhere is none: what stands there may be anything.
            request.meta["dont_redirect"] = True
            yield set_context(request, about)

    def fail(self, failure: Failure) -> Iterator[Request]:
        """Note how a request ended that brought nothing."""
        if self.harvest.broken is not None:
            # Nothing came to an end: the run stays open, and what it was about is asked for again.
            return
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        error = failure.value
        outcome = error.outcome if isinstance(error, Refused) else noted_outcome(request)
        with self._giving_up():
            if context_of(request).role is Role.LIST:
                reason = str(error) if isinstance(error, Refused) else outcome or type(error).__name__
                if not (outcome == OVER_BUDGET and self._may_go_on):
                    yield from self._give_up(request, reason)
            elif outcome not in _PUT_OFF:
                self._finish(request)
        if not outcome:
            # Neither kept nor refused: a fault of ours, which nobody else tells of.
            self.note_error(failure, request)

    def offer_targets(self) -> None:
        """Ask for the next handful of targets; nothing is offered twice in one process.

        Raises:
            DontCloseSpider: there were some.
        """
        if self.harvest.broken is not None:
            return
        targets = self._due_targets.next_batch(_HANDFUL) if self._due_targets else ()
        for target in targets:
            about = RequestContext(
                role=target.role,
                target=target.url,
                parent=target.parent,
                list_title=target.list_title,
                list_date=target.list_date,
                list_url=target.list_url,
            )
            request = Request(target.url, callback=self.parse_target, errback=self.fail, dont_filter=True)
            self.crawler.engine.crawl(set_context(request, about))
        if targets:
            raise DontCloseSpider

    def note_end(self, reason: str) -> None:
        """End what is left open; a run that was interrupted says so."""
        super().note_end(reason)
        if self._may_go_on:
            return
        with self._giving_up():
            for sweep in self.harvest.sweeps.list_sweeps(self.harvest.run_id):
                if sweep.key.portal_id == self.portal.id and not sweep.ended and self.harvest.broken is None:
                    self.harvest.sweeps.end_sweep(sweep.key, f"the walk ended early ({reason})")

    @property
    def _may_go_on(self) -> bool:
        """Whether another round of the night may go on with what this one leaves, lists included."""
        night = self.harvest.access.night
        return night is not None and self.portal.id in night.cut

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
        """End a walk that came to its end; where a part was not read, that is why it is not complete.

        Parts that are gone are left out: the walk came to an end of its own, and they are asked for again
        when all of the list is.
        """
        parts = self.harvest.sweeps.pages_of(sweep.key).read_parts()
        faults = [part.fault for part in parts if part.fault]
        if faults:
            is_left_out = len(faults) < len(parts) and {*faults} == {Outcome.GONE}
            self.harvest.sweeps.end_sweep(sweep.key, faults[0], at_its_end=is_left_out)
            return
        is_whole = sweep.declared is not None and sweep.found == sweep.declared
        open_parts = {
            part: why for part in parts if not is_whole and (why := why_incomplete(part, part.page_rows))
        }
        # Each of these is one page without a pager: what else there is says where it ends.
        is_alone = all(part.is_alone and part.pages == 1 for part in open_parts)
        reason = next(iter(open_parts.values()), None)
        self.harvest.sweeps.end_sweep(sweep.key, reason, at_its_end=True, is_alone=is_alone)

    def _list_request(self, key: SweepKey, page: PageRequest, parent: str | None) -> Request:
        referer = key.list_url if page.url != key.list_url else None
        request = make_request(
            page, referer=referer, callback=self.parse_list, errback=self.fail, priority=10
        )
        return set_context(request, RequestContext(Role.LIST, page.as_text(), parent, sweep=key))

    def _sweep_of(self, request: Request) -> SweepKey:
        key = context_of(request).sweep
        if key is None:
            raise ValueError(f"{request.url} is no page of a list")
        return key

    def _page_found(self, page: ListPage, capture_id: str | None, headers: Headers) -> PageFound:
        new = self.harvest.tally(self.portal).new_links
        return PageFound(
            capture_id=capture_id,
            links=[
                Link(link.url, link.title, link.date, wanted=self.portal.covers(link.url))
                for link in page.links[: LISTS.rows_on_page]
            ],
            next_pages=[each for each in page.next_pages if self.portal.covers(each.url)],
            parts={each: rows for each, rows in page.parts.items() if self.portal.covers(each.url)},
            declared=page.declared_total,
            is_empty=page.is_empty,
            declared_pages=page.declared_pages,
            counts=not page.is_shell,
            etag=header_value(headers, "etag"),
            last_modified=header_value(headers, "last-modified"),
            # As many as a night may ask for.
            room=max(self.portal.budget.requests - new, 0),
        )

    def _finish(self, request: Request) -> None:
        self.harvest.frontier.schedule.finish_targets(
            {context_of(request).target, request.url}, self.harvest.run_id
        )
