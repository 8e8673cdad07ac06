"""What a demo site is asked and says, and an HTTP/1.1 server on loopback that shows it on one of its nights.

    with DemoServer(site) as server:      a free port, threads, keep-alive
        crawl(server.server_port)
        server.night = 2                  the same portal, a night later

Nights are numbered from 1. A site's answer depends on the night and on what was asked alone, so that the
same night always gives the same bytes, `Date` among them; only faults that hold for the first few requests
count them. Deliberately left out: TLS, and what no crawl of the demo asks for (HEAD, POST).
"""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import threading
from collections.abc import Mapping
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipelines.structs import FrozenStruct

FIRST_NIGHT = dt.date(2026, 2, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")

Headers = tuple[tuple[str, str], ...]


class Asked(FrozenStruct):
    """One request, as a site sees it.

    Attributes:
        target: path with query as sent, still percent-encoded.
        method: `GET`, `HEAD` or `POST`.
        host: the host asked for, lower case, without port.
        headers: the request's headers by lower-case name.
        body: what was posted; empty where nothing was.
    """

    target: str
    method: str = "GET"
    host: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path asked for, without query."""
        return urlsplit(self.target).path


class Answer(FrozenStruct):
    """One HTTP answer, without what the server adds (`Date`, `Content-Length`).

    Attributes:
        status: the HTTP status code.
        headers: name and value in the order sent; names may repeat.
        body: the payload, content coding applied.
    """

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Site(Protocol):
    """Anything the demo server can serve."""

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request.

        Args:
            asked: the request.
            night: the night shown, from 1.
        """


def night_date(night: int) -> dt.date:
    """Return the Shanghai day that names a night: 2026-02-01 for night 1."""
    return FIRST_NIGHT + dt.timedelta(days=night - 1)


def http_date(day: dt.date, hour: int = 9) -> str:
    """Write a Shanghai day and hour as an HTTP date."""
    moment = dt.datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True)


def html_answer(
    body: bytes, *, status: int = 200, charset: str | None = "utf-8", more: Headers = ()
) -> Answer:
    """Answer with an HTML page; `charset=None` leaves the header silent about the encoding."""
    content_type = f"text/html; charset={charset}" if charset else "text/html"
    return Answer(status, (("Content-Type", content_type), *more), body)


def redirect(status: int, location: str) -> Answer:
    """Answer with a redirect and the few words that portals put below it."""
    body = (
        f'<html><head><title>{status}</title></head><body><a href="{location}">{location}</a></body></html>'
    )
    return html_answer(body.encode(), status=status, more=(("Location", location),))


# Conditional requests and content coding: what HTTP adds to a page that the site has already made.
# Source: RFC 9110, sections 8.4.1 (gzip), 13.1.2 (If-None-Match), 13.1.3 (If-Modified-Since), 15.4.5.

KEPT_IN_304 = {"etag", "last-modified", "vary"}


def not_modified_or(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return 304 when the request's validators say that the client has this page, else the page."""
    if answer.status != 200 or not client_has_it(answer, headers):
        return answer
    kept = tuple((name, value) for name, value in answer.headers if name.lower() in KEPT_IN_304)
    return Answer(304, kept, b"")


def client_has_it(answer: Answer, headers: Mapping[str, str]) -> bool:
    """Say whether the request's validators match the page's; an entity tag outweighs a date."""
    etag, modified = answer.header("ETag"), answer.header("Last-Modified")
    if "if-none-match" in headers:
        named = {tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")}
        return etag is not None and ("*" in named or etag in named)
    if modified is None or "if-modified-since" not in headers:
        return False
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
    except ValueError:  # RFC 9110, 13.1.3: a date that is none is ignored
        return False
    return parsedate_to_datetime(modified) <= since


def gzip_for(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return the answer gzipped when the client accepts that; always the same bytes for the same page."""
    varying = (*answer.headers, ("Vary", "Accept-Encoding"))
    if "gzip" not in headers.get("accept-encoding", ""):
        return Answer(answer.status, varying, answer.body)
    varying += (("Content-Encoding", "gzip"),)
    return Answer(answer.status, varying, gzip.compress(answer.body, mtime=0))


LOOPBACK = "127.0.0.1"


class DemoServer(ThreadingHTTPServer):
    """Serves a site on a free loopback port while its context is open.

    Args:
        site: what to serve.

    Attributes:
        night: that is shown, from 1; it may be set at any time.
    """

    # A crawl of several portals connects to all of them at once; of five that wait the next is dropped.
    request_queue_size = 128

    def __init__(self, site: Site) -> None:
        super().__init__((LOOPBACK, 0), Handler)
        self.site = site
        self.night = 1
        # Looked at so often whether it is to end; by itself the library takes half a second.
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="demo-portal")

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: DemoServer

    def do_GET(self) -> None:
        """Answer in one write: in one segment, so that keep-alive meets no delayed ACK."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        answer = self.server.site.answer(Asked(self.path, "GET", host, headers), self.server.night)
        self.wfile.write(head_bytes(answer, night_date(self.server.night)) + body_bytes(answer))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing on stderr."""


def is_chunked(answer: Answer) -> bool:
    """Say whether the site asks for this answer to be sent in chunks."""
    return answer.header("Transfer-Encoding") == "chunked"


def head_bytes(answer: Answer, day: dt.date) -> bytes:
    """Write the status line and headers as they go over the wire."""
    lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, 'Unknown')}"]
    lines.append(f"Date: {http_date(day, hour=2)}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if not is_chunked(answer) and answer.status != http.client.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(answer.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def body_bytes(answer: Answer, chunk_bytes: int = 4096) -> bytes:
    """Write the body as it goes over the wire, in chunks where the site asks for them."""
    if not is_chunked(answer):
        return answer.body
    pieces = (answer.body[at : at + chunk_bytes] for at in range(0, len(answer.body), chunk_bytes))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
