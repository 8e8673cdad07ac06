"""The demo server speaks HTTP/1.1 as clients expect it, whatever site it shows."""

from __future__ import annotations

import http.client
import io
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.demo.server import Answer, Asked, body_bytes
from tests.gongkai.demo_client import ask, ask_on
from tests.portals.sent_fields import form_of, query_of
from tests.portals.site_server import SiteServer, split_request

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKED = (("Transfer-Encoding", "chunked"),)


class Echo:
    """Answers with what it was asked."""

    def answer(self, asked: Asked, night: int) -> Answer:
        body = f"{asked.headers['host']} {asked.target} night {night}".encode() + asked.body
        more = CHUNKED if asked.target.startswith("/chunked") else ()
        return Answer(200, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), *more), body)


@pytest.fixture
def server() -> Iterator[SiteServer]:
    with SiteServer(Echo()) as running:
        yield running


@pytest.mark.parametrize(
    ("requested", "host_header", "expected"),
    [
        pytest.param("/a?b=1", "demo.test", ("demo.test", "/a?b=1"), id="origin form"),
        pytest.param("/a", "Demo.Test:8080", ("demo.test", "/a"), id="a port and capitals in Host"),
        pytest.param("/a", "", ("", "/a"), id="no Host"),
        pytest.param("http://x.test/a?b", "y.test", ("x.test", "/a?b"), id="absolute form wins over Host"),
        pytest.param("http://x.test:81", "y.test", ("x.test", "/"), id="absolute form without a path"),
        pytest.param("//double", "y.test", ("y.test", "//double"), id="two slashes are a path"),
    ],
)
def test_request_line_names_host_and_target(
    requested: str, host_header: str, expected: tuple[str, str]
) -> None:
    assert split_request(requested, host_header) == expected


@pytest.mark.parametrize("target", ["/page", "http://demo.gongkai.test/page"], ids=["origin", "absolute"])
def test_both_forms_of_a_request_are_answered(server: SiteServer, target: str) -> None:
    assert ask(server, target).body == b"demo.gongkai.test /page night 1"


def test_night_is_set_between_requests(server: SiteServer) -> None:
    first = ask(server, "/")
    server.night = 2
    second = ask(server, "/")
    assert (first.body[-1:], second.body[-1:]) == (b"1", b"2")
    assert first.values("Date") == ["Sat, 31 Jan 2026 18:00:00 GMT"]
    assert second.values("Date") == ["Sun, 01 Feb 2026 18:00:00 GMT"]


def test_a_connection_serves_many_requests(server: SiteServer) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.connect()
        port = connection.sock.getsockname()[1]
        replies = [ask_on(connection, f"/{number}") for number in range(5)]
        assert connection.sock.getsockname()[1] == port
    assert [reply.status for reply in replies] == [200] * 5


def test_head_is_get_without_the_body(server: SiteServer) -> None:
    head, get = ask(server, "/page", method="HEAD"), ask(server, "/page")
    assert head.body == b""
    assert head.headers == get.headers


def test_header_fields_may_repeat(server: SiteServer) -> None:
    assert ask(server, "/").values("Set-Cookie") == ["a=1", "b=2"]


def test_chunks_arrive_whole(server: SiteServer) -> None:
    reply = ask(server, "/chunked")
    assert reply.body == b"demo.gongkai.test /chunked night 1"
    assert reply.values("Content-Length") == []


@given(body=st.binary(max_size=300), size=st.integers(1, 64))
@settings(deadline=None, max_examples=50)
def test_chunked_bodies_decode_to_themselves(body: bytes, size: int) -> None:
    wire = io.BytesIO(body_bytes(Answer(200, CHUNKED, body), chunk_bytes=size))
    decoded = b""
    while length := int(wire.readline(), 16):
        decoded += wire.read(length)
        assert wire.readline() == b"\r\n"
    assert decoded == body
    assert wire.read() == b"\r\n"


def test_log_keeps_method_host_target_and_status(server: SiteServer) -> None:
    ask(server, "/a?b=1", headers={"User-Agent": "gongkai-test"})
    ask(server, "/c", host="other.test", method="HEAD")
    assert [(each.method, each.host, each.target, each.status) for each in server.log] == [
        ("GET", "demo.gongkai.test", "/a?b=1", 200),
        ("HEAD", "other.test", "/c", 200),
    ]
    assert server.log[0].headers["user-agent"] == "gongkai-test"


def test_what_is_posted_reaches_the_site_and_the_log(server: SiteServer) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        replies = [
            ask_on(connection, "/list", method="POST", body=b"pageNo=%d" % number) for number in (1, 2)
        ]
    assert [reply.body for reply in replies] == [
        b"demo.gongkai.test /list night 1pageNo=1",
        b"demo.gongkai.test /list night 1pageNo=2",
    ]
    assert [(each.method, each.body) for each in server.log] == [("POST", b"pageNo=1"), ("POST", b"pageNo=2")]


def test_a_body_of_unknown_length_is_refused(server: SiteServer) -> None:
    reply = ask(server, "/", method="POST", headers={"Content-Length": "-1"})
    assert reply.status == 411
    assert server.log == []


def test_other_methods_are_refused(server: SiteServer) -> None:
    assert ask(server, "/", method="PUT").status == 501


def test_query_and_form_are_decoded() -> None:
    asked = Asked("/list?pageNo=2&name=%E5%B9%B4%E6%8A%A5&empty=", "POST", body="q=年报&q=2".encode())
    assert asked.path == "/list"
    assert query_of(asked) == {"pageNo": "2", "name": "年报", "empty": ""}
    assert form_of(asked) == {"q": "2"}


def test_stopping_ends_connections_that_clients_keep_open() -> None:
    with SiteServer(Echo()) as server:
        idle = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        idle.sendall(b"GET / HTTP/1.1\r\nHost: demo.test\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
    with closing(idle):
        while idle.recv(4096):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=10)
