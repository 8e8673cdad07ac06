"""The demo's server as tests need it: with a log, HEAD and POST, and an end to every connection.

with SiteServer(site) as server:      as `DemoServer`
    crawl(server.port)
    server.log                        what was asked
"""

from __future__ import annotations

import http.client
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gongkai.demo.server import Asked, DemoServer, Handler, body_bytes, head_bytes, night_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from gongkai.demo.server import Answer, Site

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


class SiteServer(DemoServer):
    """Serves a site on a free loopback port while its context is open.

    Args:
        site: what to serve.
        handler: answers requests; by default in good order.

    Attributes:
        day_of: the day that a night is; the demo's nights follow each other.
        log: the requests as they arrived.
    """

    # Not daemons: closing waits for each thread, so that no socket outlives the server.
    daemon_threads = False
    day_of: Callable[[int], dt.date] = staticmethod(night_date)

    def __init__(self, site: Site, handler: type[SiteHandler] | None = None) -> None:
        super().__init__(site)
        self.RequestHandlerClass = handler or SiteHandler
        self.log: list[LoggedRequest] = []
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    @property
    def port(self) -> int:
        """The loopback port."""
        return self.server_port

    def shutdown(self) -> None:
        """Stop taking connections, and end those that clients keep open: their threads wait for a request."""
        super().shutdown()
        with self._guard:
            waiting = tuple(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client has gone already, which is what was wanted
                continue

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Take a connection."""
        connection, address = super().get_request()
        with self._guard:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Let a connection go."""
        if isinstance(request, socket.socket):
            with self._guard:
                self._open.discard(request)
        super().shutdown_request(request)


class SiteHandler(Handler):
    """Answers the requests of one connection."""

    server: SiteServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        """Answer with head and body."""
        self._answer()

    def do_HEAD(self) -> None:  # noqa: N802 - the base class's name
        """Answer with the head alone."""
        self._answer()

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        """Take what is posted, and answer."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_POSTED:
            self.close_connection = True
            self.send_error(http.client.LENGTH_REQUIRED)
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes = b"") -> None:
        server = self.server
        host, target = split_request(self.path, self.headers.get("Host", ""))
        headers = {name.lower(): value for name, value in self.headers.items()} | {"host": host}
        answer = server.site.answer(Asked(target, self.command, host, headers, body), server.night)
        server.log.append(LoggedRequest(self.command, host, target, answer.status, headers, body))
        head = head_bytes(answer, server.day_of(server.night))
        sent = b"" if self.command == "HEAD" else body_bytes(answer)
        self.send_answer(answer, head, sent)

    def send_answer(self, answer: Answer, head: bytes, body: bytes) -> None:  # noqa: ARG002 - for others
        """Send an answer in one write."""
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
