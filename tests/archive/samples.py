"""Entries that the archive's tests write, and the fixed clock and ids that make their bytes comparable."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from typing import TYPE_CHECKING

from archive.warc.entries import Connection, Context, Exchange, Headers, Original, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOMENT = dt.datetime(2026, 1, 31, 19, 0, 0, 123456, tzinfo=dt.UTC)

CONTEXT = Context(
    run_id="20260201T030000+0800-1",
    role=Role.ARTICLE,
    portal="demo",
    parent="urn:uuid:00000000-0000-0000-0000-00000000beef",
    list_title="2019年政府信息公开工作年度报告",
    list_date="2020-01-19",
)

HTML = ((b"Content-Type", b"text/html; charset=utf-8"),)


def fixed_clock() -> dt.datetime:
    return MOMENT


def counted_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: uuid.UUID(int=next(numbers)).urn


def http_response(status: int, headers: Headers, payload: bytes) -> bytes:
    """A response as a server sends it, without a reason phrase."""
    lines = (b"HTTP/1.1 %03d " % status, *(b"%s: %s" % field for field in headers), b"", payload)
    return b"\r\n".join(lines)


def exchange(
    url: str = "http://demo.gongkai.test/art/1.html",
    *,
    payload: bytes = b"<p>\xe5\x85\xac\xe5\xbc\x80</p>",
    headers: Headers = HTML,
    status: int = 200,
    original: Original | None = None,
) -> Exchange:
    return Exchange(
        url=url,
        fetched_at=MOMENT,
        request=b"GET /art/1.html HTTP/1.1\r\nHost: demo.gongkai.test\r\n\r\n",
        response=http_response(status, headers, payload),
        context=CONTEXT,
        connection=Connection("127.0.0.1"),
        original=original,
    )


def page_like_payloads(count: int, size: int = 6_000, seed: int = 7) -> Iterator[bytes]:
    """Yield payloads that compress as pages do, each its own."""
    chance = random.Random(seed)
    words = [f"<td>{chance.randrange(10**6)}件</td>".encode() for _ in range(400)]
    for _ in range(count):
        yield b"".join(chance.choices(words, k=size // 16))
