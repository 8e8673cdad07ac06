"""Answers that go wrong on the wire: late, in drips, cut off, reset, or of another length than they say.

with BrokenServer(site) as server:      a `SiteServer` whose site may answer with `BrokenAnswer`
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gongkai.demo.server import Answer
from tests.portals.site_server import SiteHandler, SiteServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Site


@dataclass(frozen=True, slots=True)
class Wire:
    """How an answer goes over the wire.

    Attributes:
        wait_s: seconds before the first byte.
        pause_s: seconds between pieces of the body, each of `piece_bytes`.
        piece_bytes: the size of those pieces.
        cut_at: the connection ends in good order after so many bytes of the body.
        reset: the connection is reset where it would have ended; with `cut_at=None`, before any answer.
        declared: the Content-Length that is declared instead of the true one.
    """

    wait_s: float = 0.0
    pause_s: float = 0.0
    piece_bytes: int = 256
    cut_at: int | None = None
    reset: bool = False
    declared: int | None = None


class BrokenAnswer(Answer):
    """An answer that is sent as its wire says."""

    wire: Wire = Wire()


def break_answer(answer: Answer, **wire: Any) -> BrokenAnswer:
    """Return an answer that is sent otherwise than it should be; arguments are those of `Wire`."""
    return BrokenAnswer(answer.status, answer.headers, answer.body, Wire(**wire))


class BrokenServer(SiteServer):
    """A demo server that breaks what its site wants broken; its end ends all waiting."""

    def __init__(self, site: Site) -> None:
        super().__init__(site, _BreakingHandler)
        self.stopping = threading.Event()

    def shutdown(self) -> None:
        """Stop answering, and end all waiting."""
        self.stopping.set()
        super().shutdown()


class _BreakingHandler(SiteHandler):
    def send_answer(self, answer: Answer, head: bytes, body: bytes) -> None:
        if not isinstance(answer, BrokenAnswer):
            super().send_answer(answer, head, body)
            return
        # Nothing sensible can follow on a connection whose last answer was broken.
        self.close_connection = True
        wire = answer.wire
        if wire.declared is not None:
            true = b"Content-Length: %d\r\n" % len(answer.body)
            head = head.replace(true, b"Content-Length: %d\r\n" % wire.declared)
        self._wait(wire.wait_s)
        try:
            if wire.cut_at is not None or not wire.reset:
                self.wfile.write(head)
                for piece in _pieces(body[: wire.cut_at], wire):
                    self.wfile.write(piece)
                    self.wfile.flush()
                    self._wait(wire.pause_s)
        except ConnectionError:  # the client has given up, as it may on an answer like this
            return
        if wire.reset:
            # A socket that closes without lingering, and without saying goodbye first, resets its connection.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

    def _wait(self, seconds: float) -> None:
        server = self.server
        if seconds and isinstance(server, BrokenServer):
            server.stopping.wait(seconds)


def _pieces(body: bytes, wire: Wire) -> Iterator[bytes]:
    """Cut a body into the pieces in which it is sent: one, but for a slow answer."""
    size = wire.piece_bytes if wire.pause_s else max(1, len(body))
    return (body[at : at + size] for at in range(0, len(body), size))
