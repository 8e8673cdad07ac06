"""What a request passes on its way out: scope, robots.txt, conditions, cookies; and where a redirect leads.

A spider asks its own hosts, at their hours, what their robots.txt allows, and none that is not to be asked.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.cookies import CookieJar

from archive.frontier.targets import PageRequest
from archive.warc.entries import TARGET_ROLES, ArchiveError, Role
from crawler.policy.access import Refused
from crawler.policy.politeness import POLITENESS
from crawler.request_context import (
    context_of,
    note_capture,
    noted_capture,
    noted_outcome,
    set_context,
)
from crawler.run.addon import RunAddon, RunMiddleware
from pipelines.addresses import host_key
from pipelines.response.outcome import Outcome
from pipelines.response.unknown_page import is_unknown_page

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawler.run.harvest import Harvest

logger = logging.getLogger(__name__)


class ScopeMiddleware(RunMiddleware):
    """Refuses what a spider must not ask for."""

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: on the stop list, another scheme, another site, the wrong hour, a host given up, the
                night's budget spent, nobody who says that he asks, or done already.
        """
        role, rules = context_of(request).role, self._rules
        rules.access.check_address(rules.site, request.url)
        rules.check_contact(request.url)
        rules.access.check_now(rules.site, request.url, is_probe=role is Role.PROBE)
        # A target may come to its end as the goal of another one's redirect while it waits in the queue.
        if role in TARGET_ROLES and rules.is_finished(request.url):
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
        if not isinstance(followed, Request):
            return followed
        about = context_of(request)
        # A program that hands out a file has not answered before that has.
        may_rest = about.role in TARGET_ROLES and about.role is not Role.ATTACHMENT
        if not self._rules.site.covers(followed.url) or (may_rest and self._rules.is_resting(followed.url)):
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
            is_page = about.role in TARGET_ROLES or is_unknown_page(request.url)
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
        harvest = self._rules.harvest
        if harvest is None or context_of(request).role is Role.PROBE:
            return
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        etag, modified = _validators(harvest, request)
        if etag:
            request.headers["If-None-Match"] = etag.encode("latin-1")
        if modified:
            request.headers["If-Modified-Since"] = modified.encode("latin-1")


def _validators(harvest: Harvest, request: Request) -> tuple[str | None, str | None]:
    about = context_of(request)
    if about.role in TARGET_ROLES:
        return harvest.frontier.validators_for(request.url)
    if about.sweep is None:
        return None, None
    return harvest.sweeps.validators_for(about.sweep, PageRequest.from_text(about.target))


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
        if host not in self._jars:
            return
        self._jars[host].add_cookie_header(request)
        if len(request.headers.get("Cookie") or b"") > POLITENESS.cookie_bytes:
            del request.headers["Cookie"]
            del self._jars[host]

    def process_response(self, request: Request, response: Response) -> Response:
        """Take in what the host set."""
        if "Set-Cookie" in response.headers:
            self._jars[host_key(request.url)].extract_cookies(response, request)
        return response
