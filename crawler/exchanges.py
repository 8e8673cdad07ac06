"""Request and response as the archive wants them.

Scrapy hands over a reconstruction: header names in one spelling, repeated fields together, the reason phrase
lost, chunks joined. What was lost on the way is listed in `docs/crawling.md`; nothing is added but `Host` and
`Content-Length`, which are sent without passing through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from archive.warc.model import Exchange, StoredCapture

if TYPE_CHECKING:
    import datetime as dt

    from scrapy import Request
    from scrapy.http import Response
    from scrapy.http.headers import Headers as ScrapyHeaders

    from archive.warc.model import Context, Failure, Headers, Original, Written


def exchange_of(
    request: Request, response: Response, context: Context, at: dt.datetime, original: Original | None
) -> Exchange:
    """Return the exchange, with the payload as received: content coding intact."""
    return Exchange(
        url=urldefrag(request.url)[0],
        fetched_at=at,
        method=request.method,
        request_headers=_request_headers(request),
        request_body=request.body,
        status=response.status,
        response_headers=header_pairs(response.headers),
        payload=response.body,
        context=context,
        protocol=response.protocol or "HTTP/1.1",
        ip_address=None if response.ip_address is None else str(response.ip_address),
        original=original,
    )


def stored(entry: Exchange | Failure, written: Written) -> StoredCapture:
    """Return a capture as it will be read back, once it is written."""
    if isinstance(entry, Exchange):
        return _stored_exchange(entry, written)
    return _stored_failure(entry, written)


def _stored_exchange(exchange: Exchange, written: Written) -> StoredCapture:
    return StoredCapture(
        id=written.capture_id,
        kind="revisit" if exchange.original else "response",
        url=exchange.url,
        fetched_at=exchange.fetched_at,
        status=exchange.status,
        headers=exchange.response_headers,
        payload_sha256=written.payload_sha256,
        warc_file=written.warc_file,
        warc_offset=written.offset,
        warc_length=written.length,
        original=exchange.original,
        outcome=None,
        error=None,
        context=exchange.context,
    )


def _stored_failure(failure: Failure, written: Written) -> StoredCapture:
    return StoredCapture(
        id=written.capture_id,
        kind="failure",
        url=failure.url,
        fetched_at=failure.failed_at,
        status=None,
        headers=(),
        payload_sha256=None,
        warc_file=written.warc_file,
        warc_offset=written.offset,
        warc_length=written.length,
        original=None,
        outcome=failure.outcome,
        error=failure.error,
        context=failure.context,
    )


def _request_headers(request: Request) -> Headers:
    host = urlsplit(request.url).netloc.rpartition("@")[2].encode("ascii", "replace")
    own = ((b"Host", host),) if b"Host" not in request.headers else ()
    length = ((b"Content-Length", str(len(request.body)).encode()),) if request.body else ()
    return (*own, *header_pairs(request.headers), *length)


def header_pairs(headers: ScrapyHeaders) -> Headers:
    """Return header fields as the archive has them: repeated fields are pairs of their own."""
    return tuple((name, value) for name, values in headers.items() for value in values)
