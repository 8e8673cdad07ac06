"""robots.txt, by the house rule: stricter than RFC 9309 where a server says no, patient where it cannot say.

200 with rules ─ obey       404, other 4xx, 200 that is HTML ─ no rules
401, 403 ─ deny everything  5xx, 429, no answer ─ leave the host alone for this run
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http.request import NO_CALLBACK

from archive.warc.entries import Role
from crawler.middlewares.archiving import TRANSPORT_ERRORS, outcome_of
from crawler.policy.access import Refused
from crawler.policy.politeness import JITTER_ALLOWANCE, POLITENESS
from crawler.request_context import (
    RequestContext,
    header_pairs,
    set_context,
)
from crawler.run.addon import RunMiddleware
from pipelines.addresses import host_key
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.http_message import decode_content, header_value
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response


logger = logging.getLogger(__name__)


# The product token that rules name (RFC 9309, section 2.2.1).
AGENT = "gongkai"


_UNPACKED_BYTES = 64 * POLITENESS.rules_bytes
_EXEMPT = "asks_for_robots_txt"
_FIRST = 1000
_DENY_ALL = "User-agent: *\nDisallow: /"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one origin allows.

    Attributes:
        parser: its rules; None where there are none.
        outcome: why robots.txt could not be had; empty where it could.
    """

    parser: Protego | None = None
    outcome: str = ""

    def allows(self, url: str) -> bool:
        """Whether an address may be fetched."""
        return self.parser is None or bool(self.parser.can_fetch(url, AGENT))

    @property
    def crawl_delay_s(self) -> float:
        """Seconds that it asks for between two requests; 0 where it asks for none."""
        delay = self.parser.crawl_delay(AGENT) if self.parser else None
        return min(float(delay or 0), POLITENESS.longest_crawl_delay_s)


def read_rules(status: int, body: bytes, content_type: str) -> Rules:
    """Return what an answer to the request for robots.txt comes to.

    Args:
        status: its HTTP status.
        body: its body, content coding undone.
        content_type: its `Content-Type`; empty where there is none.
    """
    if status in {401, 403}:
        return Rules(Protego.parse(_DENY_ALL))
    if status >= 500 or status == 429:
        return Rules(outcome=Outcome.RATE_LIMITED if status == 429 else Outcome.SERVER_ERROR)
    is_html = "html" in content_type.lower() or body.lstrip()[:1] == b"<"
    if status != 200 or is_html:
        return Rules()
    if len(body) > POLITENESS.rules_bytes:
        # In whole lines: half a rule would forbid too much.
        body = body[: POLITENESS.rules_bytes].rpartition(b"\n")[0]
    return Rules(Protego.parse(body.decode("utf-8-sig", "ignore")))


class RobotsMiddleware(RunMiddleware):
    """Asks for robots.txt once per origin and run, and obeys it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._answers: dict[str, asyncio.Future[Rules]] = {}

    async def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: robots.txt forbids it, or could not be had.
        """
        if request.meta.get(_EXEMPT):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._answers:
            self._answers[origin] = asyncio.ensure_future(self._ask(origin))
        rules = await self._answers[origin]
        self._rules.allows[host_key(request.url)] = rules.allows
        if rules.outcome:
            self._rules.stop_host(request.url, f"robots_{rules.outcome}")
            raise Refused("host_stopped", f"robots.txt could not be had: {rules.outcome}")
        if not rules.allows(request.url):
            raise Refused(Outcome.ROBOTS_DENIED, f"robots.txt of {origin} forbids it", kept=True)

    async def _ask(self, origin: str) -> Rules:
        url = f"{origin}/robots.txt"
        request = Request(url, callback=NO_CALLBACK, priority=_FIRST, meta={_EXEMPT: True})
        set_context(request, RequestContext(Role.PROBE, url))
        try:
            response = await self._crawler.engine.download_async(request)
        except Refused as refused:
            return Rules(outcome="" if refused.outcome == Outcome.REDIRECT_LOOP else refused.outcome)
        except IgnoreRequest as ignored:
            return Rules(outcome=str(ignored) or Outcome.FAILED)
        except TRANSPORT_ERRORS as error:
            return Rules(outcome=outcome_of(error))
        rules = self._read(response)
        self._slow_down(url, rules)
        return rules

    def _read(self, response: Response) -> Rules:
        headers = header_pairs(response.headers)
        try:
            body = decode_content(response.body, headers, _UNPACKED_BYTES)
        except (UnreadableDocument, ReaderMissing) as error:
            # Rules that cannot be read may forbid anything.
            logger.warning("%s cannot be read: %s", response.url, error)
            return Rules(outcome="unreadable")
        return read_rules(response.status, body, header_value(headers, "content-type") or "")

    def _slow_down(self, url: str, rules: Rules) -> None:
        delay = rules.crawl_delay_s * JITTER_ALLOWANCE
        throttle = self._crawler.get_extension(AutoThrottle)
        # On loopback nobody is waited for, so no throttle runs there.
        if not delay or throttle is None:
            return
        throttle.mindelay = max(throttle.mindelay, delay)
        slot = self._crawler.engine.downloader.slots.get(host_key(url))
        if slot is not None:
            slot.delay = max(slot.delay, delay)
