"""The portal that `crawl_ratio` crawls: a quick server, so that the crawl is what is measured."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

_DATE = "Sat, 31 Jan 2026 15:00:00 GMT"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class _Portal(asyncio.Protocol):
    """One kept-alive connection; requests come one by one, as from any crawler without pipelining."""

    def __init__(self, answers: Mapping[bytes, tuple[bytes, bytes, bytes]], counts: list[float]) -> None:
        self._answers = answers
        self._counts = counts
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # of TCP

    def data_received(self, data: bytes) -> None:
        self._request += data
        if not self._request.endswith(b"\r\n\r\n"):
            return
        path = self._request.split(b" ", 2)[1]
        answer, etag, unmodified = self._answers.get(path, (_NOT_FOUND, b"-", _NOT_FOUND))
        self._transport.write(unmodified if etag in self._request else answer)
        self._counts.append(time.monotonic())
        self._request = b""


def serve(site: Mapping[str, bytes], pipe: Connection) -> None:
    """Serve bodies by path until told to end; says its port first, then on demand when it was asked.

    Args:
        site: bodies of HTML pages by path; those below `/nb/` with a file name have an ETag.
        pipe: takes `measured`, answered with the number of requests and the instant of the first; and `end`.
    """
    asyncio.run(_serve(site, pipe))


async def _serve(site: Mapping[str, bytes], pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    counts: list[float] = []
    answers = {path.encode(): _answers(path, body) for path, body in site.items()}
    server = await loop.create_server(lambda: _Portal(answers, counts), "127.0.0.1", 0, backlog=64)
    ended = loop.create_future()

    def listen() -> None:
        if pipe.recv() == "end":
            ended.set_result(None)
            return
        pipe.send((len(counts), counts[0]))
        counts.clear()

    loop.add_reader(pipe.fileno(), listen)
    pipe.send(server.sockets[0].getsockname()[1])
    await ended


def _answers(path: str, body: bytes) -> tuple[bytes, bytes, bytes]:
    """The answer in full, the tag that is met with a 304, and that."""
    kind = "text/plain" if path.endswith(".txt") else "text/html; charset=utf-8"
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    fields = f"Server: nginx\r\nDate: {_DATE}\r\nETag: {etag}\r\nContent-Type: {kind}\r\n"
    head = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body, etag.encode(), f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n".encode()
