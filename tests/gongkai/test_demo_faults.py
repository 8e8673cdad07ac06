"""Faults happen to the requests that they are meant for, and show what they are called."""

from __future__ import annotations

import gzip
import socket
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from gongkai.demo.server import Answer, Asked, html_answer
from pipelines.response.outcome import Outcome, classify_response
from tests.gongkai.demo_client import ask
from tests.portals.broken_wire import BrokenServer
from tests.portals.faults import FAULTS, FaultySite, read_faults
from tests.portals.material import DemoDataMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "demo.gongkai.test"
TEXT = ("<html><body>" + "<p>测试门户的一个页面，正文足够长，读得出来。</p>" * 30 + "</body></html>").encode()


PAGES = [
    ("server_error", 500, Outcome.SERVER_ERROR),
    ("rate_limited", 429, Outcome.RATE_LIMITED),
    ("busy", 503, Outcome.RATE_LIMITED),
    ("not_found", 404, Outcome.GONE),
    ("gone", 410, Outcome.GONE),
    ("stub", 200, Outcome.EMPTY_STUB),
    ("maintenance", 200, Outcome.SERVER_ERROR),
    ("redirect_loop", 302, Outcome.REDIRECTED),
    ("cookie_first", 302, Outcome.CHALLENGE_COOKIE_REDIRECT),
    ("to_https", 301, Outcome.REDIRECTED),
    ("challenge_ruishu", 412, Outcome.CHALLENGE_RUISHU),
    ("challenge_jsl", 521, Outcome.CHALLENGE_JSL),
    ("challenge_aliyun", 200, Outcome.CHALLENGE_ALIYUN),
    ("block_page", 403, Outcome.WAF_403),
]


class Well:
    """A site on which nothing goes wrong."""

    def answer(self, asked: Asked, night: int) -> Answer:
        del asked, night
        return html_answer(TEXT)


def faulty(*entries: dict[str, Any]) -> FaultySite:
    return FaultySite(Well(), read_faults(entries))


@pytest.fixture(scope="module")
def server() -> Iterator[BrokenServer]:
    """Serve a site where each fault happens at the address that has its name."""
    amounts = {"slow_start": 0.01, "slow_body": 0.01}
    every = ({"shows": name, "path": f"/{name}", "amount": amounts.get(name, 0)} for name in FAULTS)
    with BrokenServer(faulty(*every)) as running:
        yield running


def received(server: BrokenServer, path: str) -> tuple[bytes, bytes, bool]:
    """Return head and body as they came over the wire, and whether the connection was reset."""
    came, was_reset = b"", False
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        try:
            while piece := connection.recv(65536):
                came += piece
        except ConnectionResetError:
            was_reset = True
    head, _, body = came.partition(b"\r\n\r\n")
    return head, body, was_reset


@pytest.mark.parametrize(("fault", "status", "outcome"), PAGES)
def test_each_page_is_what_it_is_called(
    server: BrokenServer, fault: str, status: int, outcome: Outcome
) -> None:
    reply = ask(server, f"/{fault}", host=HOST)
    told = classify_response(
        url=f"http://{HOST}/{fault}",
        status=reply.status,
        headers=tuple((name.encode(), value.encode()) for name, value in reply.headers),
        body=reply.body,
    )
    assert (reply.status, told) == (status, outcome)


def test_every_fault_is_tested_here_or_below() -> None:
    here = {name for name, _, _ in PAGES}
    on_the_wire = {"slow_start", "hang", "slow_body", "reset", "reset_midway", "truncated"}
    of_the_body = {"declared_too_long", "declared_too_short", "gzip_broken", "gzip_undeclared"}
    assert here | on_the_wire | of_the_body == set(FAULTS)


def test_a_reset_leaves_no_answer(server: BrokenServer) -> None:
    assert received(server, "/reset") == (b"", b"", True)


def test_a_reset_midway_leaves_half_a_body(server: BrokenServer) -> None:
    head, body, was_reset = received(server, "/reset_midway")
    assert was_reset
    # What was sent before a reset may be thrown away unread.
    assert TEXT.startswith(body)
    assert len(body) < len(TEXT)
    assert head == b"" or head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("fault", "declared", "sent"),
    [
        pytest.param("truncated", len(TEXT), TEXT[: len(TEXT) // 2], id="cut in half"),
        pytest.param("declared_too_long", len(TEXT) + 100, TEXT, id="declared too long"),
        pytest.param("declared_too_short", len(TEXT) - 100, TEXT, id="declared too short"),
        pytest.param("slow_body", len(TEXT), TEXT, id="slow, but whole"),
        pytest.param("slow_start", len(TEXT), TEXT, id="late, but whole"),
    ],
)
def test_lengths_are_declared_and_kept_as_the_fault_has_it(
    server: BrokenServer, fault: str, declared: int, sent: bytes
) -> None:
    head, body, was_reset = received(server, f"/{fault}")
    assert f"Content-Length: {declared}".encode() in head.split(b"\r\n")
    assert (body, was_reset) == (sent, False)


def test_broken_gzip_does_not_decode_and_undeclared_gzip_does(server: BrokenServer) -> None:
    broken, undeclared = (ask(server, f"/gzip_{each}", host=HOST) for each in ("broken", "undeclared"))
    assert broken.values("Content-Encoding") == ["gzip"]
    with pytest.raises((zlib.error, EOFError, gzip.BadGzipFile)):
        gzip.decompress(broken.body)
    assert undeclared.values("Content-Encoding") == []
    assert gzip.decompress(undeclared.body) == TEXT


def test_a_server_that_hangs_ends_with_it() -> None:
    with BrokenServer(faulty({"shows": "hang", "path": "/.*"})) as server:
        waiting = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        waiting.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        waiting.settimeout(0.05)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
    waiting.close()


def test_redirects_lead_back_and_forth(server: BrokenServer) -> None:
    there = ask(server, "/redirect_loop", host=HOST).values("Location")[0]
    back = ask(server, there, host=HOST).values("Location")[0]
    assert (there, back) == ("/redirect_loop?again=1", "/redirect_loop")


def test_a_client_with_the_cookie_gets_the_page(server: BrokenServer) -> None:
    first = ask(server, "/cookie_first", host=HOST)
    assert first.values("Location") == ["/cookie_first"]
    cookie = first.values("Set-Cookie")[0].partition(";")[0]
    assert ask(server, "/cookie_first", host=HOST, headers={"Cookie": cookie}).body == TEXT


def test_https_is_only_pointed_at(server: BrokenServer) -> None:
    assert ask(server, "/to_https?a=1", host=HOST).values("Location") == [f"https://{HOST}/to_https?a=1"]


def status(site: FaultySite, path: str, night: int = 1, host: str = HOST) -> int:
    return site.answer(Asked(path, host=host), night).status


class TestWhenFaultsHappen:
    def test_the_first_requests_of_a_night_for_an_address(self) -> None:
        site = faulty({"shows": "server_error", "path": "/art/.*", "first": 2})
        assert [status(site, "/art/1.html") for _ in range(4)] == [500, 500, 200, 200]
        assert status(site, "/art/2.html") == 500
        assert status(site, "/art/1.html", night=2) == 500

    def test_on_their_nights_and_hosts_only(self) -> None:
        site = faulty(
            {"shows": "server_error", "path": ".*", "nights": [2, 3], "host": "a.test", "amount": 502}
        )
        assert [status(site, "/", night, "a.test") for night in (1, 2, 3, 4)] == [200, 502, 502, 200]
        assert status(site, "/", 2, "b.test") == 200

    def test_the_whole_path_must_match_and_the_query_does_not_count(self) -> None:
        site = faulty({"shows": "gone", "path": "/list"})
        assert [status(site, path) for path in ("/list", "/list?page=2", "/list/2", "/a/list")] == [
            410,
            410,
            200,
            200,
        ]

    def test_the_first_that_applies_happens(self) -> None:
        site = faulty({"shows": "gone", "path": "/a", "first": 1}, {"shows": "server_error", "path": "/.*"})
        assert [status(site, "/a"), status(site, "/a"), status(site, "/b")] == [410, 500, 500]


def test_a_fault_that_is_none_is_told() -> None:
    with pytest.raises(DemoDataMismatch, match="no fault is called 'flood'"):
        read_faults([{"shows": "flood", "path": "/"}])
