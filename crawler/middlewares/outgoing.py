"""What a request passes on its way out: scope, robots.txt, conditions, cookies; and where a redirect leads.

A spider asks its own hosts, at their hours, what their robots.txt allows, and none that is not to be asked.
robots.txt is read stricter than RFC 9309 where a server says no, patiently where it cannot say:

    200 with rules ─ obey       404, other 4xx, 200 that is HTML ─ no rules
    401, 403 ─ deny everything  5xx, 429, no answer ─ leave the host alone for this run
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http.cookies import CookieJar
from scrapy.http.request import NO_CALLBACK

from archive.frontier.targets import PageRequest
from archive.warc.entries import TARGET_ROLES, ArchiveError, Role
from crawler.middlewares.archiving import TRANSPORT_ERRORS, outcome_of
from crawler.policy.access import Refused
from crawler.policy.politeness import JITTER_ALLOWANCE, POLITENESS
from crawler.request_context import (
    RequestContext,
    context_of,
    header_pairs,
    note_capture,
    noted_capture,
    noted_outcome,
    set_context,
)
from crawler.run.addon import RunAddon, RunMiddleware
from pipelines.addresses import host_key
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.http_message import decode_content, header_value
from pipelines.response.outcome import Outcome
from pipelines.response.unknown_page import is_unknown_page

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response


logger = logging.getLogger(__name__)


class ScopeMiddleware(RunMiddleware):
    """Refuses what a spider must not ask for."""

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: on the stop list, another scheme, another site, the wrong hour, a host given up, the
                night's budget spent, nobody who says that he asks, or done already.
        """
        role, rules, harvest = context_of(request).role, self._rules, self._rules.harvest
        rules.access.check_address(rules.site, request.url)
        rules.check_contact(request.url)
        rules.access.check_now(rules.site, request.url, is_probe=role is Role.PROBE)
        # A target may come to its end as the goal of another one's redirect while it waits in the queue.
        if (
            harvest is not None
            and role in TARGET_ROLES
            and harvest.frontier.schedule.is_finished(request.url, harvest.run_id)
        ):
            raise Refused("done", f"{request.url} was fetched in this run")


# Redirects: followed within the portal, five hops at most, each hop the parent of the next.
# A redirect that leads off the portal ends there: the answer itself is the evidence. One that runs in a
# circle
# is kept as a failure of the address it began with.


class ScopedRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects, kept within the portal and told to the archive."""

    @property
    def _rules(self) -> RunAddon:
        return RunAddon.of(self.crawler)

    async def process_response(  # type: ignore[override]  # Scrapy takes a coroutine here too
        self, request: Request, response: Response
    ) -> Request | Response:
        """Follow a redirect, or hand the answer on as it is.

        Raises:
            Refused: the chain is longer than five hops.
        """
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise await self._loop(request, response) from error
        except ValueError:
            # To no address at all. Raised on, it would be the end of whoever waits for this answer: of each
            # page of the portal, where it is robots.txt or the front page.
            return response
        if not isinstance(followed, Request):
            return followed
        about, harvest = context_of(request), self._rules.harvest
        # A program that hands out a file has not answered before that has.
        may_rest = about.role in TARGET_ROLES and about.role is not Role.ATTACHMENT
        if not self._rules.site.covers(followed.url) or (
            harvest is not None
            and may_rest
            and harvest.frontier.schedule.is_resting(followed.url, harvest.run_id)
        ):
            return response
        return set_context(followed, about.after(noted_capture(request)))

    def handle_referer(self, request: Request, response: Response) -> None:
        """Leave the referrer as it is: a redirect never leads off the portal."""

    async def _loop(self, request: Request, response: Response) -> Refused:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        about = context_of(request).after(noted_capture(request))
        reason = f"more than {self.max_redirect_times} redirects, the last one to {location}"
        outcome = str(Outcome.REDIRECT_LOOP)
        if noted_outcome(request) == Outcome.CHALLENGE_COOKIE_REDIRECT:
            outcome = str(Outcome.CHALLENGE_COOKIE_REDIRECT)
            # One page that leads to itself is no portal that blocks; nor is the page that cannot exist.
            is_page = about.role in TARGET_ROLES or is_unknown_page(about.target)
            if not is_page or self._rules.access.is_second_loop(request.url):
                self._rules.stop_host(request.url, outcome)
        harvest = self._rules.harvest
        if harvest is None:
            return Refused(outcome, reason)
        context = harvest.context(self._rules.site, about)
        try:
            began = PageRequest.from_text(about.target)
            capture = await harvest.keep_failure(began.url, began.method, outcome, reason, context)
        except ArchiveError as error:
            return Refused("not_kept", str(error))
        note_capture(request, capture, outcome)
        return Refused(outcome, reason, kept=True)


# Conditional requests: what is known is asked for only if it changed.
# Of a list only the first page is, and only where nothing can be lost by it: see `archive.frontier.sweeps`.


class ConditionalMiddleware(RunMiddleware):
    """Sets `If-None-Match` and `If-Modified-Since` from what the frontier remembers."""

    def process_request(self, request: Request) -> None:
        """Set the conditions of this very address; a redirect carries those of the one before."""
        harvest, about = self._rules.harvest, context_of(request)
        if harvest is None or about.role is Role.PROBE:
            return
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        etag = modified = None
        if about.role in TARGET_ROLES:
            etag, modified = harvest.frontier.validators_for(request.url)
        elif about.sweep is not None:
            asked = PageRequest.from_text(about.target)
            etag, modified = harvest.sweeps.validators_for(about.sweep, asked)
        if etag:
            request.headers["If-None-Match"] = etag.encode("latin-1")
        if modified:
            request.headers["If-Modified-Since"] = modified.encode("latin-1")


# Cookies, one jar per host and port: enough for portals that set one and look whether it comes back.
# Scrapy's own middleware keeps one jar for all hosts and therefore needs the list of public suffixes, which
# it
# fetches from the network on first use, past every rule of this crawler. With a jar per host nothing can
# cross.


class HostCookiesMiddleware:
    """Sends back to a host what it set, for as long as the run lasts."""

    def __init__(self) -> None:
        self._jars: defaultdict[str, CookieJar] = defaultdict(CookieJar)

    def process_request(self, request: Request) -> None:
        """Set the `Cookie` header of this very host; a redirect carries that of the one before."""
        request.headers.pop("Cookie", None)
        host = host_key(request.url)
        if host in self._jars:
            self._jars[host].add_cookie_header(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Take in what the host set."""
        if "Set-Cookie" in response.headers:
            host = host_key(request.url)
            jar = self._jars[host]
            jar.extract_cookies(response, request)
            # Those of other paths, too: a host may set new ones, to be sent nowhere, with each answer.
            if len("; ".join(f"{each.name}={each.value}" for each in jar)) > POLITENESS.cookie_bytes:
                del self._jars[host]
        return response


# The product token that rules name (RFC 9309, section 2.2.1).
_AGENT = "gongkai"


_UNPACKED_BYTES = 64 * POLITENESS.rules_bytes
_EXEMPT = "asks_for_robots_txt"
_FIRST = 1000
# Octets beyond ASCII, escaped or not.
_OCTET = re.compile(rb"%[89A-Fa-f][0-9A-Fa-f]|[\x80-\xff]")
_DENY_ALL = "User-agent: *\nDisallow: /"


class Rules(NamedTuple):
    """What one origin allows.

    Attributes:
        parser: its rules; None where there are none.
        outcome: why robots.txt could not be had; empty where it could.
    """

    parser: Protego | None = None
    outcome: str = ""

    def allows(self, url: str) -> bool:
        """Whether an address may be fetched."""
        return self.parser is None or bool(self.parser.can_fetch(_spell_octets(url.encode()), _AGENT))

    @property
    def crawl_delay_s(self) -> float:
        """Seconds that it asks for between two requests; 0 where it asks for none."""
        delay = self.parser.crawl_delay(_AGENT) if self.parser else None
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
    return Rules(_OurRules.parse(_spell_octets(body.removeprefix(codecs.BOM_UTF8))))


def _spell_octets(said: bytes) -> str:
    """Return rules, or an address, with each octet beyond ASCII as a character of its own, escaped.

    Protego reads escapes as UTF-8 and takes all that is none for one character: paths in GBK would be alike,
    and a rule that is written in GBK without escapes would be lost, or be cut to `Disallow: /`.
    """
    return _OCTET.sub(_escape_octet, said).decode("ascii")


def _escape_octet(found: re.Match[bytes]) -> bytes:
    octet = found[0][0] if len(found[0]) == 1 else int(found[0][1:], 16)
    return quote(chr(octet)).encode()


class _OurRules(Protego):
    """Rules, of which the groups for others are one: each rule is kept once per agent that its group names.

    Ten thousand names before ten thousand rules, in less than `rules_bytes`, were tens of gigabytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._user_agents = _Groups()


class _Groups(dict[str, Any]):
    """Protego's groups of rules, by the agents that they name."""

    def get(self, agent: str, default: Any = None) -> Any:
        return super().get(_our_name(agent), default)

    def __setitem__(self, agent: str, rules: Any) -> None:
        super().__setitem__(_our_name(agent), rules)


def _our_name(agent: str) -> str:
    # As Protego has it, what our name begins with names us, too.
    return agent if agent == "*" or _AGENT.startswith(agent) else "others"


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
