"""A portal made for a test: a real HTTP/1.1 server on loopback, its answers written down one by one."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from pipelines.response.unknown_page import is_unknown_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from archive.data_folder import DataDir


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        etag: answered with 304 when the request has it.
        first_status: the status of the very first answer, where it differs.
        declared: whether the length is declared; else the connection's end is the body's.
        hang: nothing is answered until the server closes.
        drop: the connection is cut in the middle of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    etag: str | None = None
    first_status: int | None = None
    declared: bool = True
    hang: bool = False
    drop: bool = False


def page(text: str, **more: object) -> Reply:
    """An HTML page."""
    return Reply(f"<!DOCTYPE html><html><body>{text}</body></html>".encode(), **more)  # type: ignore[arg-type]


def zipped(reply: Reply) -> Reply:
    """The same answer, gzip-coded."""
    return Reply(
        gzip.compress(reply.body, mtime=0),
        headers=(*reply.headers, ("Content-Encoding", "gzip")),
        etag=reply.etag,
    )


def to(location: str, *headers: tuple[str, str]) -> Reply:
    """A redirect."""
    return Reply(status=302, headers=(("Location", location), *headers))


def list_page(rows: list[tuple[str, str]], call: str = "") -> Reply:
    """A list page: rows of address and title, and a paging call."""
    items = "".join(f'<li><a href="{url}">{title}</a><span>2024-03-11</span></li>' for url, title in rows)
    return page(f'<ul class="list">{items}</ul><script>{call}</script>')


NOBODY = "http://127.0.0.1:9"
"""Where nothing listens."""
DAILY = "revisit_days: 1"
"""A line of a portal's file: what is known is asked for on each night."""


def write_portal(data: DataDir, address: str, name: str = "here", *more: str) -> None:
    """Write the file of a portal with one list, `/nb/index.html`; more lines say more."""
    lines = (
        f"id: {name}",
        "name: 试城市",
        "family: static_list",
        f"home_url: {address}/",
        "enabled: true",
        *more,
        f"lists: [{{url: '{address}/nb/index.html'}}]",
    )
    (data.portals / f"{name}.yaml").write_text("\n".join(lines), "utf-8")


class PortalServer:
    """Serves replies by path while its context is open.

    Args:
        replies: by path, query string included; what is not there is 404. A POST is answered by
            `POST <path> <body>`, or by `POST <path>` whatever was posted.
        host: where on this machine it listens.

    Attributes:
        log: method, path and headers (lower-case names) of every request, in order of arrival.
        posted: path and body of every POST, in order of arrival.
        none: what answers every address that is not there.
        hold_after: requests after this one wait until `release`; None for none.
        held: set once one waits.
    """

    def __init__(self, replies: Mapping[str, Reply], host: str = "127.0.0.1") -> None:
        self.replies = dict(replies)
        self.none = Reply(b"none", 404)
        self.log: list[tuple[str, str, dict[str, str]]] = []
        self.posted: list[tuple[str, str]] = []
        self.hold_after: int | None = None
        self._seen: set[str] = set()
        self.held = threading.Event()
        self._released = threading.Event()
        self._closing = threading.Event()
        self._server = (_Server6 if ":" in host else _Server)((host, 0), _handler(self))
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """What was asked for, in order, but for the page that cannot exist and the front page."""
        paths = [path for _, path, _ in self.log]
        for _ in filter(is_unknown_page, [self.address + path for path in paths]):
            if "/" in paths:  # each run asks for both
                paths.remove("/")
        return [path for path in paths if not is_unknown_page(self.address + path)]

    def hold(self, after: int) -> None:
        """Let so many requests pass from now on, and no further."""
        self._released.clear()
        self.held.clear()
        self.hold_after = len(self.log) + after

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """From now on, speak TLS."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def release(self) -> None:
        self.hold_after = None
        self._released.set()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.log.append((handler.command, handler.path, {k.lower(): v for k, v in handler.headers.items()}))
        if self.hold_after is not None and len(self.log) > self.hold_after:
            self.held.set()
            self._released.wait(30)
        reply = self._reply_to(handler)
        if reply.hang:
            self._closing.wait(30)
            handler.close_connection = True
            return
        if reply.etag and handler.headers.get("If-None-Match") == reply.etag:
            _send(handler, Reply(b"", 304, (("ETag", reply.etag),)))
            return
        first = handler.path not in self._seen
        self._seen.add(handler.path)
        _send(handler, reply, reply.first_status if first and reply.first_status else reply.status)

    def _reply_to(self, handler: BaseHTTPRequestHandler) -> Reply:
        none = self.none
        if handler.command != "POST":
            return self.replies.get(handler.path, none)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        self.posted.append((handler.path, body))
        any_body = self.replies.get(f"POST {handler.path}", none)
        return self.replies.get(f"POST {handler.path} {body}", any_body)


def _send(handler: BaseHTTPRequestHandler, reply: Reply, status: int | None = None) -> None:
    handler.send_response_only(status or reply.status)
    for name, value in reply.headers:
        handler.send_header(name, value)
    if reply.etag and reply.status != 304:
        handler.send_header("ETag", reply.etag)
    if reply.declared:
        handler.send_header("Content-Length", str(len(reply.body) + (1000 if reply.drop else 0)))
    else:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    handler.wfile.write(reply.body)
    if reply.drop:
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # with the usual 5, a ninth connection at once waits a second
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def _handler(server: PortalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            # The crawler hangs up on a body too large, and when it is killed.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                super().handle()

        def finish(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                super().finish()

        def do_GET(self) -> None:
            server.answer(self)

        def do_POST(self) -> None:
            server.answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler
