"""The portal of `quiet_night`: lists of twenty rows a page and reports behind them, from its own process."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks._sample_reports import sample_reports, with_other_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection

ROWS_PER_PAGE = 20
ROWS_PER_LIST = 1_000
_DATE = "Tue, 12 May 2026 12:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the server has seen since it was last asked.

    Attributes:
        requests: how many came in.
        size_bytes: what went out for them, heads and bodies.
    """

    requests: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Answer:
    whole: bytes
    etag: bytes
    unmodified: bytes


def lists_of(documents: int) -> tuple[str, ...]:
    """Return the paths of the lists of a portal with so many documents."""
    return tuple(f"/l{number}/index.html" for number in range(-(-documents // ROWS_PER_LIST)))


class QuietServer:
    """The server process.

    Args:
        documents: how many there are behind its lists.
    """

    def __init__(self, documents: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(documents, there), daemon=True)
        self._process.start()
        self.address = f"http://127.0.0.1:{self._pipe.recv()}"

    def traffic(self) -> Traffic:
        """Return what came in and went out since the last call."""
        self._pipe.send("traffic")
        seen: Traffic = self._pipe.recv()
        return seen

    def close(self) -> None:
        """End it."""
        self._pipe.send("end")
        self._process.join()


def _serve(documents: int, pipe: Connection) -> None:
    asyncio.run(_listen(documents, pipe))


async def _listen(documents: int, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    answers = {path.encode(): _answer(path, body) for path, body in _site(documents)}
    sent: list[int] = []
    server = await loop.create_server(lambda: _Visitor(answers, sent), "127.0.0.1", 0, backlog=64)
    ended = loop.create_future()

    def told() -> None:
        try:
            word = pipe.recv()
        except EOFError:  # whoever measured was killed
            word = "end"
        if word == "end":
            loop.remove_reader(pipe.fileno())
            ended.set_result(None)
            return
        pipe.send(Traffic(len(sent), sum(sent)))
        sent.clear()

    loop.add_reader(pipe.fileno(), told)
    pipe.send(server.sockets[0].getsockname()[1])
    await ended


class _Visitor(asyncio.Protocol):
    """One kept-alive connection; requests come one by one."""

    def __init__(self, answers: Mapping[bytes, _Answer], sent: list[int]) -> None:
        self._answers = answers
        self._sent = sent
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # of TCP

    def data_received(self, data: bytes) -> None:
        self._request += data
        if not self._request.endswith(b"\r\n\r\n"):
            return
        answer = self._answers.get(self._request.split(b" ", 2)[1], _NONE)
        reply = answer.unmodified if answer.etag in self._request else answer.whole
        self._transport.write(reply)
        self._sent.append(len(reply))
        self._request = b""


def _answer(path: str, body: bytes) -> _Answer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    kind = "text/plain" if path.endswith(".txt") else "text/html; charset=utf-8"
    fields = f"Server: nginx\r\nDate: {_DATE}\r\nETag: {etag}\r\nContent-Type: {kind}\r\n"
    head = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    unmodified = f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n"
    return _Answer(head.encode() + body, etag.encode(), unmodified.encode())


_NOT_FOUND = "<html><head><title>404</title></head><body>您访问的页面不存在</body></html>".encode()
_NONE = _Answer(
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
    % len(_NOT_FOUND)
    + _NOT_FOUND,
    b"no address has this tag",
    b"",
)


def _site(documents: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(7)
    reports = sample_reports()
    yield "/robots.txt", b"User-agent: *\nDisallow: /private/\n"
    for start, path in zip(range(0, documents, ROWS_PER_LIST), lists_of(documents), strict=True):
        numbers = range(start, min(start + ROWS_PER_LIST, documents))
        yield from _list(path.removesuffix("index.html"), numbers)
        for number in numbers:
            yield f"/a/t20250312_{number}.html", with_other_figures(chance, chance.choice(reports)).encode()


def _list(folder: str, numbers: range) -> Iterator[tuple[str, bytes]]:
    pages = -(-len(numbers) // ROWS_PER_PAGE)
    for page in range(pages):
        shown = numbers[page * ROWS_PER_PAGE : (page + 1) * ROWS_PER_PAGE]
        rows = "".join(
            f'<li><a href="/a/t20250312_{number}.html">第{number}号</a><span>2025-03-12</span></li>'
            for number in shown
        )
        call = f'createPageHTML({pages}, {page}, "index", "html", {len(numbers)});'
        head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>文件</title></head>'
        body = f'{head}<body><ul class="list">{rows}</ul><script>{call}</script></body></html>'
        yield f"{folder}index{f'_{page}' if page else ''}.html", body.encode()
