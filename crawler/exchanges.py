"""Request and response as the archive wants them.

Scrapy hands over a reconstruction: header names in one spelling, repeated fields together, the reason phrase
lost, chunks joined. What was lost on the way is listed in `docs/crawling.md`; nothing is added but `Host` and
`Content-Length`, which are sent without passing through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from archive.warc.model import Exchange

if TYPE_CHECKING:
    import datetime as dt

    from scrapy import Request
    from scrapy.http import Response
    from scrapy.http.headers import Headers as ScrapyHeaders

    from archive.warc.model import Context, Headers, Original


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


def _request_headers(request: Request) -> Headers:
    host = urlsplit(request.url).netloc.rpartition("@")[2].encode("ascii", "replace")
    own = ((b"Host", host),) if b"Host" not in request.headers else ()
    length = ((b"Content-Length", str(len(request.body)).encode()),) if request.body else ()
    return (*own, *header_pairs(request.headers), *length)


def header_pairs(headers: ScrapyHeaders) -> Headers:
    """Return header fields as the archive has them: repeated fields are pairs of their own."""
    return tuple((name, value) for name, values in headers.items() for value in values)
