"""A real HTTP/1.1 server on loopback that shows a demo site on one of its nights.

    with DemoServer(site) as server:      a free port, threads, keep-alive
        crawl(server.port)
        server.night = 2                  the same portal, a night later
        crawl(server.port)

Deliberately left out: TLS, and any content of its own. The `Date` header is the night's, not the
machine's, so that an answer is the same bytes however often it is asked for.
"""

from __future__ import annotations

import http.client
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from gongkai.demo.answers import Asked, http_date, night_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from gongkai.demo.answers import Answer, Site

LOOPBACK = "127.0.0.1"
MAX_POSTED = 1 << 20
"""Bytes of a request's body that the server reads; no list asks with more."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as it arrived and the status it was answered with.

    Attributes:
        method: `GET`, `HEAD` or `POST`.
        host: the host asked for, lower case, without port.
        target: path with query as sent.
        status: the HTTP status of the answer.
        headers: the request's headers by lower-case name.
        body: what was posted.
    """

    method: str
    host: str
    target: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class DemoServer:
    """Serves a site on a free loopback port while its context is open.

    Args:
        site: what to serve.
        handler: answers requests; by default in good order.

    Attributes:
        night: that is shown, from 1; it may be set at any time.
        day_of: the day that a night is; the demo's nights follow each other.
        log: the requests as they arrived.
    """

    day_of: Callable[[int], dt.date] = staticmethod(night_date)

    def __init__(self, site: Site, handler: type[Handler] | None = None) -> None:
        self.site = site
        self.night = 1
        self.log: list[LoggedRequest] = []
        self._listener = _Listener(self, handler or Handler)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), name="demo-portal")

    @property
    def port(self) -> int:
        """The loopback port."""
        return self._listener.server_port

    def stop(self) -> None:
        """Stop answering, close every connection and wait for every thread."""
        self._listener.shutdown()
        self._listener.hang_up()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering."""
        self.stop()


class _Listener(ThreadingHTTPServer):
    # Not daemons: closing waits for each thread, so that no socket outlives the server.
    daemon_threads = False
    # A crawl of several portals connects to all of them at once; of five that wait the next is dropped.
    request_queue_size = 128

    def __init__(self, demo: DemoServer, handler: type[Handler]) -> None:
        self.demo = demo
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((LOOPBACK, 0), handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        with self._guard:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            with self._guard:
                self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open: their threads are waiting for a next request."""
        with self._guard:
            waiting = tuple(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client has gone already, which is what was wanted
                continue


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        """Answer with head and body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with the head alone."""
        self._answer()

    def do_POST(self) -> None:
        """Take what is posted, and answer."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_POSTED:
            self.close_connection = True
            self.send_error(http.client.LENGTH_REQUIRED)
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing on stderr: the server keeps its log in `DemoServer.log`."""

    def _answer(self, body: bytes = b"") -> None:
        demo = self.server.demo
        host, target = split_request(self.path, self.headers.get("Host", ""))
        headers = {name.lower(): value for name, value in self.headers.items()} | {"host": host}
        answer = demo.site.answer(Asked(target, self.command, host, headers, body), demo.night)
        demo.log.append(LoggedRequest(self.command, host, target, answer.status, headers, body))
        head = head_bytes(answer, demo.day_of(demo.night))
        sent = b"" if self.command == "HEAD" else body_bytes(answer)
        self.send_answer(answer, head, sent)

    def send_answer(self, answer: Answer, head: bytes, body: bytes) -> None:  # noqa: ARG002 - for others
        """Send an answer in one write: in one segment, so that keep-alive meets no delayed ACK."""
        self.wfile.write(head + body)


def split_request(requested: str, host_header: str) -> tuple[str, str]:
    """Return host and target of a request line in origin form or in absolute form.

    Source: RFC 9112, sections 3.2.1 and 3.2.2 (the absolute form wins over the Host header).
    """
    if requested.startswith("/"):
        return urlsplit(f"//{host_header}").hostname or "", requested
    parts = urlsplit(requested)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname or "", target


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
