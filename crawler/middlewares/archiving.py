"""Archiving, right next to the downloader: nothing goes on before its record is durable.

    downloader ─▶ here: WARC, fsync, frontier ─▶ redirects, retries, decompression, robots.txt, spider

So every try is kept with the payload as it came: the redirect and not only where it led, the failed first try
and not only the second. What ends without a response (and what robots.txt forbids) is kept as a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http.request import NO_CALLBACK
from service_identity import VerificationError
from twisted.internet import error as tx
from twisted.web import http as tx_http
from twisted.web._newclient import ParseError, _WrapperException

from archive.warc.entries import ArchiveError, Role, UnwritableEntry
from crawler.policy.access import Refused, ends_host
from crawler.policy.politeness import asked_wait_s
from crawler.policy.tls import HTTP2, TLCP
from crawler.request_context import (
    RequestContext,
    context_of,
    note_capture,
    set_context,
    take_addresses,
    take_wire_record,
)
from crawler.run.addon import RunMiddleware
from pipelines.addresses import host_key
from pipelines.response.outcome import Outcome
from pipelines.response.unknown_page import is_unknown_page, unknown_page_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

    from crawler.registry.portals import Portal
    from crawler.run.harvest import Harvest


logger = logging.getLogger(__name__)
# Statuses that Scrapy asks again after, among those that ask for patience (`RETRY_HTTP_CODES`).
_ASKED_AGAIN = frozenset((429, 503))


class ArchivingMiddleware(RunMiddleware):
    """Keeps every answer and every failure of a spider's requests, where there is a run to keep them in."""

    _looking: asyncio.Future[None] | None = None

    def process_request(self, request: Request) -> None:
        """Put the request into the queue of its host and port.

        Always set anew: a redirect carries the queue of the host that it came from.
        """
        host = request.meta["download_slot"] = host_key(request.url)
        if host in self._rules.site.loopback_hosts:
            request.meta["autothrottle_dont_adjust_delay"] = True

    async def process_response(self, request: Request, response: Response) -> Response:
        """Archive an answer; a host that blocks is left alone from here on."""
        harvest = self._rules.harvest
        if harvest is None:
            return response
        harvest.keep_lookup(request.url, take_addresses(request))
        context = harvest.context(self._rules.site, context_of(request))
        try:
            kept = await harvest.keep_exchange(request, response, context, self._look_around)
        except ArchiveError as error:
            raise _not_kept(harvest, self._rules.site, request, error) from error
        if kept is None:
            return response
        capture_id, outcome = kept
        note_capture(request, capture_id, outcome)
        # That a page that cannot exist, or where it leads, is refused in its own way says nothing of others;
        # that the host wants to be asked less does.
        is_about_others = outcome == Outcome.RATE_LIMITED or not is_unknown_page(context_of(request).target)
        blocks = ends_host(outcome) and is_about_others
        if blocks and not self._waits_for(request, response, outcome):
            self._rules.stop_host(request.url, outcome)
        return response

    async def _look_around(self, harvest: Harvest) -> None:
        """Have the portal asked, once in a run, for what its pages are held against."""
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._ask_around(harvest))
        await self._looking

    async def _ask_around(self, harvest: Harvest) -> None:
        site, run = self._rules.site, harvest.run_id
        if harvest.frontier.is_probed(run, site.id):
            return
        lists = {each.url for each in site.lists}
        for url in (unknown_page_url(site.home_url, run), *({site.home_url} - lists)):
            request = Request(url, callback=NO_CALLBACK, dont_filter=True)
            # What comes instead of an answer is kept by this very middleware.
            with contextlib.suppress(IgnoreRequest, *TRANSPORT_ERRORS):
                await self._crawler.engine.download_async(
                    set_context(request, RequestContext(Role.PROBE, url))
                )

    def _waits_for(self, request: Request, response: Response, outcome: str) -> bool:
        """Whether a host asks for patience, and gets it."""
        if outcome != Outcome.RATE_LIMITED or response.status not in _ASKED_AGAIN:
            return False
        retry_after = (response.headers.get("Retry-After") or b"").decode("latin-1")
        access = self._rules.access
        return access.patience.grant(host_key(request.url), asked_wait_s(retry_after, access.clock()))

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Archive a failure, then let it take its course; of a stranger's spider the log tells it too."""
        refused = exception if isinstance(exception, Refused) else None
        if refused is not None and self._rules.is_strangers:
            logger.warning("%s is not asked for: %s", request.url, refused)
        harvest = self._rules.harvest
        is_passing = not refused.kept if refused else isinstance(exception, IgnoreRequest)
        take_wire_record(request)
        if harvest is None or is_passing:
            return
        harvest.keep_lookup(request.url, take_addresses(request))
        outcome = refused.outcome if refused else outcome_of(exception)
        error = refused.reason if refused else describe_error(exception)
        context = harvest.context(self._rules.site, context_of(request))
        try:
            capture_id = await harvest.keep_failure(request.url, request.method, outcome, error, context)
        except ArchiveError as broken:
            raise _not_kept(harvest, self._rules.site, request, broken) from broken
        note_capture(request, capture_id, outcome)


def _not_kept(harvest: Harvest, site: Portal, request: Request, error: ArchiveError) -> Refused:
    """What cannot be kept must not be seen."""
    if isinstance(error, UnwritableEntry):
        harvest.tally(site).errors.append(f"{request.url}: {error}")
    return Refused("not_kept", str(error))


# Errors without a response, by the outcome word that each is recorded under.
# The words are those of the failure states in `docs/portals.md`. An error carries its cause, the cause its
# own: the innermost that the table knows decides, because it is nearest to what happened.

UNKNOWN = Outcome.FAILED


# Each word with the types of its errors, and a pattern of their text where the type does not say enough.
# Twisted's kinds of connections that were never made come before the one that they all are.
_RULES: tuple[tuple[Outcome, str, tuple[type[BaseException], ...]], ...] = (
    (Outcome.TLCP_ONLY, TLCP, (SSL.Error,)),
    (Outcome.HTTP2_ONLY, rf"{HTTP2}|no application protocol", (SSL.Error,)),
    (Outcome.TLS_CERT, r"certificate|self.signed|issuer", (SSL.Error,)),
    # Something answers that is no TLS at all.
    (UNKNOWN, "wrong version number|packet length too long", (SSL.Error,)),
    (Outcome.TLS_LEGACY, "", (SSL.Error,)),
    (Outcome.TLS_CERT, "", (VerificationError,)),
    (Outcome.TIMEOUT, "", (DownloadTimeoutError, tx.TCPTimedOutError, tx.TimeoutError)),
    (Outcome.REFUSED, "", (DownloadConnectionRefusedError, tx.ConnectionRefusedError)),
    (Outcome.DNS, "", (CannotResolveHostError, tx.DNSLookupError)),
    (Outcome.TOO_LARGE, "", (DownloadCancelledError,)),
    (UNKNOWN, "", (UnsupportedURLSchemeError, ParseError)),
    # Twisted raises the second and gives it no public name.
    (Outcome.RESET, "", (ResponseDataLossError, tx_http._DataLoss)),  # noqa: SLF001
    (Outcome.RESET, "", (tx.ConnectionLost, tx.ConnectionDone, tx.ConnectionAborted)),
    (UNKNOWN, "", (tx.ConnectError,)),
)

TRANSPORT_ERRORS: tuple[type[BaseException], ...] = (
    *(kind for _, _, kinds in _RULES for kind in kinds),
    DownloadFailedError,
    OSError,
)
"""What keeps an answer from coming; anything else is a fault of ours."""


def outcome_of(error: BaseException) -> Outcome:
    """Return the outcome word of an error; `failed` for one that the table does not know."""
    for each in reversed(list(_causes(error))):
        for outcome, pattern, kinds in _RULES:
            if isinstance(each, kinds) and re.search(pattern, str(each), re.IGNORECASE):
                return outcome
    return UNKNOWN


def describe_error(error: BaseException) -> str:
    """Return an error and its causes in one line, outermost first."""
    said = dict.fromkeys(f"{type(each).__name__}: {each}".rstrip(": ") for each in _causes(error))
    return " < ".join(said)[:2000]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error itself, then what it was raised from, then what Twisted wrapped up in that."""
    if error is None:
        return
    yield error
    if isinstance(error, _WrapperException):
        for reason in error.reasons:
            yield from _causes(reason.value)
    yield from _causes(error.__cause__)
