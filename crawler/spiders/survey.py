"""The spider that looks around: asks for what a survey wants to see, one page at a time.

    survey ─ PageRequest ─▶ ask ─▶ every rule of a crawl ─▶ answer or failure ─ Seen ─▶ survey ─▶ … ─▶ found

A survey is a generator that fetches nothing itself (`crawler.discovery`). Whatever comes of a request is
sent to it, and a site that leads it on for ever only gets so many pages asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

from archive.warc.entries import Role
from crawler.discovery.probe_crawl import Proposal, Seen
from crawler.errors import CrawlBroken
from crawler.policy.access import Refused
from crawler.policy.politeness import POLITENESS
from crawler.request_context import (
    RequestContext,
    header_pairs,
    make_request,
    noted_capture,
    noted_outcome,
    set_context,
)
from crawler.run.addon import RunAddon, SiteSpider
from crawler.run.list_pages import CUT_SHORT, page_text
from crawler.run.plan import Surveyed, SurveyOrder
from pipelines.addresses import clean_url, host_key
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.outcome import REDIRECTS, Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from archive.frontier.targets import PageRequest
    from crawler.run.harvest import Harvest


NOT_ASKED = "not_asked"
"""The outcome word of a request that was one too many, or that names no page of the web."""

_MOST_ANSWERS = 2 * POLITENESS.survey_pages
_MOST_NOTES = 20


class SurveySpider(SiteSpider):
    """Carries out one survey."""

    name = "survey"

    def __init__(self, order: SurveyOrder, harvest: Harvest) -> None:
        super().__init__(order.site, harvest)
        self._survey = order.begin()
        self._asked: PageRequest | None = None
        self._parent: str | None = None
        self._page_before: str | None = None
        self._answers = 0
        self._pages = 0
        self._ended = False
        self._found: Any = None
        self._notes: dict[str, None] = {}

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *, order: SurveyOrder | None = None, harvest: Harvest | None = None
    ) -> Self:
        """Make the spider, within a run that is open.

        Raises:
            CrawlBroken: it was started without one.
        """
        if order is None or harvest is None:
            raise CrawlBroken("a survey needs an order", hint="Start it by `gongkai portals add` or `check`")
        spider = cls(order, harvest)
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first page that the survey wants to see."""
        for request in self._go_on(None):
            yield request

    def parse_page(self, response: Response) -> Iterator[Request]:
        """Show the survey an answer, and ask for what it wants next."""
        request = cast("Request", response.request)
        outcome = noted_outcome(request)
        self._parent, self._page_before = noted_capture(request), response.url
        self._note_way_out(response)
        try:
            text, is_whole = page_text(response.body, header_pairs(response.headers))
            if not is_whole:
                self._note(f"{response.url}: {CUT_SHORT}")
        except (UnreadableDocument, ReaderMissing) as error:
            self._note(f"{response.url}: {error}")
            text = ""
        yield from self._go_on(self._seen(response.url, response.status, outcome, text))

    def fail(self, failure: Failure) -> Iterator[Request]:
        """Tell the survey that no answer came, and why."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        error = failure.value
        outcome = self._outcome_of(request, error)
        self._note(f"{request.url}: {error.reason if isinstance(error, Refused) else outcome}")
        yield from self._go_on(self._seen(request.url, None, outcome))

    def note_end(self, reason: str) -> None:
        """Leave what was found with the run."""
        super().note_end(reason)
        errors = self.harvest.tally(self.portal).errors
        if not self._ended and not errors:
            errors.append(f"the survey came to no end ({reason})")
        self.harvest.surveyed[self.portal.id] = Surveyed(
            self.portal.id,
            self._found,
            self._pages,
            tuple(self._notes),
            tuple(errors),
            frozenset(self._forbidden_rows()),
        )

    def _forbidden_rows(self) -> Iterator[str]:
        """The rows of what was found that robots.txt forbids, where it was asked for."""
        allows = RunAddon.of(self.crawler).allows
        found = self._found.columns if isinstance(self._found, Proposal) else ()
        for row in (row for column in found for row in column.rows):
            is_allowed = allows.get(host_key(row.url))
            if is_allowed is not None and not is_allowed(row.url):
                yield row.url

    def _go_on(self, seen: Seen | None) -> Iterator[Request]:
        while self._answers < _MOST_ANSWERS:
            try:
                page = self._survey.send(cast("Seen", seen))  # None starts it
            except StopIteration as end:
                self._ended, self._found = True, end.value
                return
            self._answers += 1
            self._asked = page
            if self._pages < POLITENESS.survey_pages and clean_url(page.url, page.url) is not None:
                self._pages += 1
                request = make_request(
                    page, referer=self._page_before, callback=self.parse_page, errback=self.fail
                )
                yield set_context(request, RequestContext(Role.PROBE, page.url, self._parent))
                return
            if self._pages >= POLITENESS.survey_pages:
                self._note(
                    f"more than {POLITENESS.survey_pages} pages were wanted; the rest was not asked for"
                )
            seen = self._seen(page.url, None, NOT_ASKED)
        self._survey.close()
        self.harvest.tally(self.portal).errors.append("the survey would not end")

    def _seen(self, url: str, status: int | None, outcome: str, text: str = "") -> Seen:
        return Seen(cast("PageRequest", self._asked), url, status, outcome, text)

    def _outcome_of(self, request: Request, error: BaseException | None) -> str:
        """Return what kept the answer from coming; of a host that was given up, why it was."""
        if not isinstance(error, Refused):
            return noted_outcome(request) or Outcome.FAILED
        why = (self.harvest.access.why_stopped(request.url) or "").removeprefix("robots_")
        return why if error.outcome == "host_stopped" and why in set(Outcome) else str(error.outcome)

    def _note_way_out(self, response: Response) -> None:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status in REDIRECTS and location:
            to = clean_url(location, response.url) or location
            self._note(f"{response.url} leads to {to}, which is another site")

    def _note(self, said: str) -> None:
        if len(self._notes) < _MOST_NOTES:
            self._notes[said] = None
