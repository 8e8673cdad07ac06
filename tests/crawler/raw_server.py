"""A server that says exactly the bytes it is told to, lawful HTTP or not."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from typing import TYPE_CHECKING, Self, cast

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from types import TracebackType

    Say = Callable[[socket.socket], None]


def answer(body: bytes, *fields: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A lawful answer, unless the fields or the length say otherwise; -1 leaves the length out."""
    size = len(body) if length is None else length
    framing = () if size < 0 else (f"Content-Length: {size}",)
    head = "\r\n".join((f"HTTP/1.1 {status}", *fields, *framing, "Connection: close", "", ""))
    return head.encode("utf-8", "surrogateescape") + body


class RawServer:
    """Answers each path with bytes, or by letting a function speak; one request per connection.

    Args:
        replies: by path with its query; a path that is not there is 404.

    Attributes:
        asked: the first line of every request, in order of arrival.
    """

    def __init__(self, replies: Mapping[str, bytes | Say]) -> None:
        self.replies = dict(replies)
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.raw = self
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [line.split(" ")[1] for line in self.asked]


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 64
    daemon_threads = True
    allow_reuse_address = True
    raw: RawServer


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        raw = cast("_Server", self.server).raw
        with contextlib.suppress(OSError):
            first = self.rfile.readline().decode("latin-1").strip()
            while self.rfile.readline().strip():
                pass
            if not first:
                return
            raw.asked.append(first)
            reply = raw.replies.get(first.split(" ")[1], answer(b"none", status="404 Not Found"))
            if callable(reply):
                reply(self.connection)
            else:
                self.connection.sendall(reply)
