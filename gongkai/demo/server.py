"""A real HTTP/1.1 server on loopback that shows a demo site on one of its nights.

    with DemoServer(site) as server:      a free port, threads, keep-alive
        crawl(server.server_port)
        server.night = 2                  the same portal, a night later
        crawl(server.server_port)

Deliberately left out: TLS, what no crawl of the demo asks for (HEAD, POST), and any content of its own. The
`Date` header is the night's, not the machine's, so that an answer is the same bytes however often it is asked
for.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from gongkai.demo.answers import Asked, http_date, night_date

if TYPE_CHECKING:
    import datetime as dt

    from gongkai.demo.answers import Answer, Site

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
