"""Large answers on their way: in pieces that the reader has to take, and so many bytes together.

    answer ──large?──no──▶ as it is
                └─yes──▶ too much under way? ──yes──▶ 503
                                └─no──▶ piece after piece, each when the one before was taken

The HTTP server takes an answer of any size at once and keeps it until the reader has it or leaves: sixty
readers who took nothing of 16 MB each filled a server's memory.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gongkai.web.server.asgi import Send

logger = logging.getLogger(__name__)

PIECE = 1 << 16
LARGE = 1 << 18
"""Bytes above which an answer is counted: a thousand smaller ones, as many as there are files, do no harm."""
MOST_BYTES = 64_000_000
PATIENCE_S = 30.0
SLOWEST = 100_000
"""Bytes a second, below which a reader is left: an answer takes so long at most, and `PATIENCE_S`."""

_BUSY = "服务器正忙，请稍候再试。\nThe server is busy; please try again in a moment.\n"
_REFUSED_HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"retry-after", b"30"),
]
_REFUSAL: tuple[dict[str, Any], ...] = (
    {"type": "http.response.start", "status": 503, "headers": _REFUSED_HEADERS},
    {"type": "http.response.body", "body": _BUSY.encode()},
)


class Outgoing:
    """The large answers that are under way.

    Args:
        most_bytes: of all of them together; a larger one goes when it is alone.
        patience_s: seconds that a reader has beside those for the bytes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, patience_s: float = PATIENCE_S) -> None:
        self._most_bytes = most_bytes
        self._patience_s = patience_s
        self._bytes = 0

    def bounded(self, send: Send) -> Send:
        """Return what sends the answer of one request; what comes in parts goes on as it comes."""
        start: Any = None

        async def send_bounded(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message  # what it says is known with the body
                return
            first, start = start, None
            if not _is_large(message):
                await _send_all(send, first, message)
            elif first and self._bytes and self._bytes + len(message["body"]) > self._most_bytes:
                await _send_all(send, *_REFUSAL)
            else:
                await _send_all(send, first)
                await self._send_in_pieces(send, message["body"])

        return send_bounded

    async def _send_in_pieces(self, send: Send, body: bytes) -> None:
        self._bytes += len(body)
        try:
            async with asyncio.timeout(self._patience_s + len(body) / SLOWEST):
                for begin in range(0, len(body), PIECE):
                    piece = body[begin : begin + PIECE]
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # The HTTP server ends the connection of an answer that is not whole.
            logger.info("an answer of %s bytes: the reader took nothing any more", len(body))
        finally:
            self._bytes -= len(body)


def _is_large(message: Any) -> bool:
    """Return whether a message is a whole body, and a large one."""
    return not message.get("more_body") and len(message.get("body", b"")) > LARGE


async def _send_all(send: Send, *messages: Any) -> None:
    for message in messages:
        if message is not None:
            await send(message)
