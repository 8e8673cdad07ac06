"""Redirects: followed within the portal, five hops at most, each hop the parent of the next.

A redirect that leads off the portal ends there: the answer itself is the evidence. One that runs in a circle
is kept as a failure of the address it began with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request

from archive.frontier.targets import PageRequest
from archive.warc.model import ArchiveError, Role
from crawler.errand import capture_of, errand_of, give_errand, note_capture, outcome_noted
from crawler.policy.access import Refused
from crawler.run.addon import RunAddon
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from scrapy.http import Response


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
        errand = errand_of(request)
        is_target = errand.role is not Role.PROBE and errand.role is not Role.LIST
        if not self._rules.site.covers(followed.url) or (is_target and self._rules.is_resting(followed.url)):
            return response
        return give_errand(followed, errand.after(capture_of(request)))

    def handle_referer(self, request: Request, response: Response) -> None:
        """Leave the referrer as it is: a redirect never leads off the portal."""

    async def _loop(self, request: Request, response: Response) -> Refused:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        errand = errand_of(request).after(capture_of(request))
        reason = f"more than {self.max_redirect_times} redirects, the last one to {location}"
        outcome = str(Outcome.REDIRECT_LOOP)
        if outcome_noted(request) == Outcome.CHALLENGE_COOKIE_REDIRECT:
            outcome = str(Outcome.CHALLENGE_COOKIE_REDIRECT)
            self._rules.stop_host(request.url, outcome)
        harvest = self._rules.harvest
        if harvest is None:
            return Refused(outcome, reason)
        context = harvest.context(self._rules.site, errand)
        try:
            began = PageRequest.from_text(errand.target)
            capture = await harvest.keep_failure(began.url, began.method, outcome, reason, context)
        except ArchiveError as error:
            return Refused("not_kept", str(error))
        note_capture(request, capture, outcome)
        return Refused(outcome, reason, kept=True)
