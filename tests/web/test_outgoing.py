"""Large answers: what readers who take nothing cost."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
from msgspec.structs import replace

from gongkai.web.server import asgi
from gongkai.web.server.asgi import Outgoing
from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

BODY = b"0123456789" * 52_428


def messages(body: bytes, *, more: bool = False) -> list[dict[str, Any]]:
    start = {"type": "http.response.start", "status": 200, "headers": []}
    return [start, {"type": "http.response.body", "body": body, "more_body": more}]


class Reader:
    """A reader who takes so many messages, and then nothing until told."""

    def __init__(self, takes: int) -> None:
        self.taken: list[dict[str, Any]] = []
        self.goes_on = asyncio.Event()
        self._takes = takes

    async def send(self, message: dict[str, Any]) -> None:
        if len(self.taken) >= self._takes:
            await self.goes_on.wait()
        self.taken.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.taken[1:])

    @property
    def is_whole(self) -> bool:
        return not self.taken[-1].get("more_body")


async def send_all(outgoing: Outgoing, reader: Reader, sent: Sequence[dict[str, Any]]) -> None:
    send = outgoing.bounded(reader.send)
    for message in sent:
        await send(message)


def test_a_large_answer_goes_in_pieces_and_a_small_one_as_it_is() -> None:
    async def ask(body: bytes) -> Reader:
        reader = Reader(takes=1_000)
        await send_all(Outgoing(), reader, messages(body))
        return reader

    large, small = asyncio.run(ask(BODY)), asyncio.run(ask(b"small"))
    assert large.body == BODY
    assert large.is_whole
    assert max(len(message["body"]) for message in large.taken[1:]) == 65_536
    assert small.taken == messages(b"small")


def set_limits(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    monkeypatch.setattr(asgi, "SERVER", replace(SERVER, **limits))


def test_what_comes_in_parts_goes_on_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits(monkeypatch, under_way_bytes=1)

    async def ask() -> Reader:
        reader = Reader(takes=1_000)
        sent = [*messages(BODY, more=True), {"type": "http.response.body", "body": b""}]
        await send_all(Outgoing(), reader, sent)
        return reader

    assert [len(message["body"]) for message in asyncio.run(ask()).taken[1:]] == [len(BODY), 0]


def test_no_more_large_answers_are_under_way_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits(monkeypatch, under_way_bytes=2 * len(BODY))

    async def ask() -> tuple[list[Reader], Reader]:
        outgoing = Outgoing()
        slow = [Reader(takes=2) for _ in range(2)]
        waiting = [asyncio.create_task(send_all(outgoing, reader, messages(BODY))) for reader in slow]
        await asyncio.sleep(0)
        third = Reader(takes=1_000)
        await send_all(outgoing, third, messages(BODY))
        for reader in slow:
            reader.goes_on.set()
        await asyncio.gather(*waiting)
        fourth = Reader(takes=1_000)
        await send_all(outgoing, fourth, messages(BODY))
        return [*slow, fourth], third

    served, refused = asyncio.run(ask())
    assert all(reader.body == BODY and reader.is_whole for reader in served)
    assert refused.taken[0]["status"] == 503
    assert dict(refused.taken[0]["headers"])[b"retry-after"] == b"30"


def test_an_answer_larger_than_all_may_be_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits(monkeypatch, under_way_bytes=1)

    async def ask() -> Reader:
        reader = Reader(takes=1_000)
        await send_all(Outgoing(), reader, messages(BODY))
        return reader

    assert asyncio.run(ask()).body == BODY


def test_a_reader_who_takes_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits(monkeypatch, under_way_bytes=len(BODY), patience_s=-len(BODY) / 100_000 + 0.05)

    async def ask() -> tuple[Reader, Reader]:
        outgoing = Outgoing()
        gone, next_one = Reader(takes=2), Reader(takes=1_000)
        await send_all(outgoing, gone, messages(BODY))
        await send_all(outgoing, next_one, messages(BODY))
        return gone, next_one

    gone, next_one = asyncio.run(ask())
    assert not gone.is_whole
    assert next_one.body == BODY


LARGE_SQL = """
    with recursive n(x) as (select 1 union all select x + 1 from n limit 16)
    select hex(randomblob(490000)) from n"""


def test_readers_who_take_nothing_do_not_fill_the_memory(server: str) -> None:
    place = urlsplit(server)
    line = f"GET /gongkai.json?sql={quote(LARGE_SQL)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with ExitStack() as open_ones:
        statuses = []
        for _ in range(12):
            reader = open_ones.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect((place.hostname, place.port))
            reader.sendall(line)
            reader.settimeout(60)
            statuses.append(int(reader.recv(12).split(b" ")[1]))
        assert statuses == [200] * 4 + [503] * 8
        assert httpx.get(f"{server}/gongkai/documents").status_code == 200
