"""Why a request is made: carried in its `meta`, through retries and redirects, into the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from msgspec import Struct, field
from scrapy import Request

from archive.warc.entries import Connection, Context, Exchange, Headers, Role
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from scrapy.http.headers import Headers as ScrapyHeaders

    from archive.frontier.sweeps import SweepKey
    from archive.frontier.targets import PageRequest


_META = "request_context"
_CAPTURE = "capture_id"
_OUTCOME = "outcome"
_ADDRESSES = "addresses"
WIRE_RECORD = "wire_record"
"""Where a request bears what went over the wire for it."""


class RequestContext(FrozenStruct):
    """What a fetch is for.

    Attributes:
        role: why it is fetched.
        parent: the capture id of the page that led here: a list page, or the redirect before.
        target: the address that the request began with; a chain of redirects ends this one.
        list_title: the link text on the list page.
        list_date: the date beside it, as printed.
        sweep: the walk that a list page belongs to.
        list_url: the list that led to a target, itself or through an article.
    """

    role: Role
    target: str
    parent: str | None = None
    list_title: str | None = None
    list_date: str | None = None
    sweep: SweepKey | None = None
    list_url: str | None = None

    def after(self, capture_id: str | None) -> RequestContext:
        """Return the context of the next hop, whose parent is the capture of this one."""
        return self.replace(parent=capture_id or self.parent)


def context_of(request: Request) -> RequestContext:
    """Return why a request is made; what comes without one looks around (robots.txt)."""
    about = request.meta.get(_META)
    return about if isinstance(about, RequestContext) else RequestContext(Role.PROBE, request.url)


def set_context(request: Request, about: RequestContext) -> Request:
    """Set why a request is made and return the request."""
    request.meta[_META] = about
    return request


def note_capture(request: Request, capture_id: str, outcome: str) -> None:
    """Note the capture that the answer to a request became, and what the answer was."""
    request.meta[_CAPTURE] = capture_id
    request.meta[_OUTCOME] = outcome


def noted_capture(request: Request) -> str | None:
    """Return the capture id of the answer to a request."""
    capture_id = request.meta.get(_CAPTURE)
    return capture_id if isinstance(capture_id, str) else None


def noted_outcome(request: Request) -> str:
    """Return what the answer to a request was."""
    return str(request.meta.get(_OUTCOME, ""))


# A page request as Scrapy wants it: a GET, or the POST that a list's own script would send.


def make_request(
    page: PageRequest,
    *,
    referer: str | None,
    callback: Callable[..., Any],
    errback: Callable[..., Any] | None,
    priority: int = 0,
) -> Request:
    """Return the request for a page.

    Args:
        page: what is asked for.
        referer: the page that leads there; None where none does.
        callback: takes the answer.
        errback: takes what came instead of one.
        priority: higher goes first.
    """
    headers = {"Referer": referer} if referer else {}
    if page.ajax:
        headers["X-Requested-With"] = "XMLHttpRequest"
    if page.content_type:
        headers["Content-Type"] = page.content_type
    return Request(
        page.url,
        method=page.method,
        body=page.body or "",
        headers=headers,
        callback=callback,
        errback=errback,
        dont_filter=True,
        priority=priority,
    )


# Request and response as the archive wants them: as they went over the wire. What a middleware of somebody's
# own answers in place of the server has no such record, and is kept nowhere.


class WireRecord(Struct):
    """What went over the wire for one request.

    Attributes:
        sent: the request, in pieces.
        received: interim responses and the response, in pieces.
        connection: over what it came; known once something has come.
        excess: why the rest of the response was not taken in; empty where it was.
    """

    sent: list[bytes] = []
    received: list[bytes] = []
    connection: Connection = field(default_factory=Connection)
    excess: str = ""


def take_wire_record(request: Request) -> WireRecord | None:
    """Return what went over the wire for a request, once; None for an answer that did not come over it."""
    record = request.meta.pop(WIRE_RECORD, None)
    return record if isinstance(record, WireRecord) else None


def note_addresses(request: Request, addresses: tuple[str, ...]) -> None:
    """Note what the name of the host led to, where it was looked up for this request."""
    request.meta[_ADDRESSES] = addresses


def take_addresses(request: Request) -> tuple[str, ...]:
    """Return what the name of the host led to, once."""
    return tuple(request.meta.pop(_ADDRESSES, ()))


def make_exchange(request: Request, context: Context, at: dt.datetime) -> Exchange | None:
    """Return the exchange as it went over the wire; None for an answer that did not come over it."""
    record = take_wire_record(request)
    if record is None:
        return None
    return Exchange(
        url=urldefrag(request.url)[0],
        fetched_at=at,
        request=b"".join(record.sent),
        response=b"".join(record.received),
        context=context,
        connection=record.connection,
    )


def header_pairs(headers: ScrapyHeaders) -> Headers:
    """Return header fields as the archive has them: repeated fields are pairs of their own."""
    return tuple((name, value) for name, values in headers.items() for value in values)
