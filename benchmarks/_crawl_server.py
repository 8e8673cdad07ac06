"""The portals that `crawl_ratio` crawls: a quick server, so that the crawl is what is measured.

A page is one of the demo portal's reports with figures of its own, made when it is asked for, so that 20,000
pages of 27 kB need no more room than forty.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks._sample_reports import TEXT, sample_reports, with_other_figures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

ROWS_PER_LIST = 100

_TEMPLATES = 40
_PLACES = 60
_MARK = "@" * 8
_DATE = "Sat, 31 Jan 2026 15:00:00 GMT"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"
_PAGE = re.compile(rb"/nb/\d+/t20240311_(\d+)\.html")
_LIST = re.compile(rb"/nb/(\d+)/")


@dataclass(frozen=True, slots=True)
class Site:
    """What is served.

    Attributes:
        pages: of all portals together.
        portals: how many hosts they stand on; host k has every page whose list's number is k modulo that.
    """

    pages: int
    portals: int = 1

    @property
    def hosts(self) -> tuple[str, ...]:
        """The loopback address of each portal."""
        return tuple(f"127.0.0.{number}" for number in range(1, self.portals + 1))

    def lists_of(self, portal: int) -> tuple[str, ...]:
        """Return the paths of a portal's lists, portals counted from 0."""
        lists = -(-self.pages // ROWS_PER_LIST)
        return tuple(f"/nb/{number}/" for number in range(portal, lists, self.portals))

    @property
    def requests(self) -> int:
        """How many requests fetch every list and page once."""
        return self.pages + -(-self.pages // ROWS_PER_LIST)


def serve(site: Site, pipe: Connection) -> None:
    """Serve until told to end; says its port first, then on demand when it was asked.

    Args:
        site: what is served.
        pipe: takes `measured`, answered with how many requests for lists and pages there were, and with the
            instant of the first; and `end`.
    """
    asyncio.run(_serve(site, pipe))


def make_templates() -> tuple[bytes, ...]:
    """Return reports of the demo portal, with marks where each page has figures of its own."""
    chance = random.Random(7)
    reports = sample_reports()
    return tuple(_template(with_other_figures(chance, chance.choice(reports))) for _ in range(_TEMPLATES))


def page_body(templates: Sequence[bytes], number: int) -> bytes:
    """Return the page of a number."""
    return templates[number % len(templates)].replace(_MARK.encode(), b"%08d" % (number * 7919 % 100_000_000))


def _template(report: str) -> bytes:
    texts = list(TEXT.finditer(report))
    pieces, end = [], 0
    for text in texts[:: max(1, len(texts) // _PLACES)]:
        pieces += [report[end : text.start()], _MARK]
        end = text.start()
    return "".join([*pieces, report[end:]]).encode()


def _list_body(site: Site, number: int) -> bytes:
    numbers = range(number * ROWS_PER_LIST, min((number + 1) * ROWS_PER_LIST, site.pages))
    rows = "".join(
        f'<li><a href="/nb/{number}/t20240311_{page}.html">报告 {page}</a><span>2024-03-11</span></li>'
        for page in numbers
    )
    call = f'createPageHTML(1, 0, "index", "html", {len(numbers)});'
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>年报</title></head>'
    return f'{head}<body><ul class="list">{rows}</ul><script>{call}</script></body></html>'.encode()


class _Portal(asyncio.Protocol):
    """One kept-alive connection; requests come one by one, as from any crawler without pipelining."""

    def __init__(self, site: Site, templates: Sequence[bytes], asked: list[float]) -> None:
        self._site, self._templates, self._asked = site, templates, asked
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # of TCP

    def data_received(self, data: bytes) -> None:
        self._request += data
        if not self._request.endswith(b"\r\n\r\n"):
            return
        path = self._request.split(b" ", 2)[1]
        self._transport.write(self._answer(path, self._request))
        if _PAGE.fullmatch(path) or _LIST.fullmatch(path):
            self._asked.append(time.monotonic())
        self._request = b""

    def _answer(self, path: bytes, request: bytes) -> bytes:
        if page := _PAGE.fullmatch(path):
            number = int(page[1])
            etag = b'"page-%d"' % number
            if etag in request:
                return b"HTTP/1.1 304 Not Modified\r\n" + _fields(etag) + b"\r\n"
            return _ok(page_body(self._templates, number), etag)
        if listed := _LIST.fullmatch(path):
            return _ok(_list_body(self._site, int(listed[1])), b'"list"')
        return _ok(_ROBOTS, b'"robots"', b"text/plain") if path == b"/robots.txt" else _NOT_FOUND


def _fields(etag: bytes, kind: bytes = b"text/html; charset=utf-8") -> bytes:
    return b"Server: nginx\r\nDate: %s\r\nETag: %s\r\nContent-Type: %s\r\n" % (_DATE.encode(), etag, kind)


def _ok(body: bytes, etag: bytes, kind: bytes = b"text/html; charset=utf-8") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (_fields(etag, kind), len(body), body)


async def _serve(site: Site, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    asked: list[float] = []
    templates = make_templates()
    port = _free_port()
    server = await loop.create_server(lambda: _Portal(site, templates, asked), site.hosts, port, backlog=64)
    ended = loop.create_future()

    def listen() -> None:
        if pipe.recv() == "end":
            ended.set_result(None)
            return
        pipe.send((len(asked), asked[0] if asked else None))
        asked.clear()

    loop.add_reader(pipe.fileno(), listen)
    pipe.send(port)
    async with server:
        await ended


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
