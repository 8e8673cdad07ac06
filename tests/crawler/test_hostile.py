"""Servers that mean harm, or merely broke: each answer ends in one word, and no other portal waits."""

from __future__ import annotations

import contextlib
import gzip
import random
import struct
import time
import zlib
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.warc.verification import verify_archive
from crawler.families.base import LISTS
from crawler.families.html_list import read_list
from crawler.policy.politeness import POLITENESS
from crawler.run.plan import CrawlSummary, Limits
from pipelines.response.unknown_page import is_unknown_page
from tests.crawler.list_cases import first_page
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to
from tests.crawler.raw_server import RawServer, answer
from tests.crawler.test_crawl import LONG, portal_at, stored
from tests.crawling import crawl

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.crawler.raw_server import Say

    Replies = dict[str, bytes | Say]

MOST = 300_000
LIMITS = Limits(timeout_s=2, max_bytes=MOST, retries=0)
HTML = "Content-Type: text/html; charset=utf-8"
TEXT = "Content-Type: text/plain"
BODY = f"<html><body>{LONG}</body></html>".encode()


def until_cut(head: bytes, again: bytes, pause_s: float = 0.0) -> Callable[[socket.socket], None]:
    """Say something, then something else for as long as the other side listens."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(again)
            time.sleep(pause_s)

    return speak


@cache
def zipped_bomb(megabytes: int) -> bytes:
    plain, packer, check = b"<p>" + b"a" * 2**20, zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), 0
    # From a full flush on, what is packed depends on nothing before it: once packed, it is repeated.
    packed = packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(megabytes):
        check = zlib.crc32(plain, check)
    end = struct.pack("<LL", check, len(plain) * megabytes)
    return gzip.compress(b"")[:10] + packed * megabytes + packer.flush() + end


def found(location: str) -> bytes:
    return answer(b"", f"Location: {location}", status="302 Found")


OK = b"HTTP/1.1 200 OK\r\n"
CASES: dict[str, tuple[bytes | Callable[[socket.socket], None], int | str]] = {
    "length too short": (answer(BODY, HTML, length=len(BODY) - 10), 200),
    "length too long": (answer(BODY, HTML, length=len(BODY) + 10), "reset"),
    "length below zero": (answer(BODY, HTML, "Content-Length: -5", length=-1), "failed"),
    "length in words": (answer(BODY, HTML, "Content-Length: five", length=-1), "failed"),
    "two lengths": (answer(BODY, HTML, "Content-Length: 5"), "failed"),
    "length beyond reason": (answer(BODY, HTML, f"Content-Length: {'9' * 20}", length=-1), "too_large"),
    "exactly the limit": (answer(b"a" * MOST, HTML), 200),
    "one byte over": (answer(b"a" * (MOST + 1), HTML), "too_large"),
    "exactly the limit, undeclared": (answer(b"b" * MOST, HTML, length=-1), 200),
    "one byte over, undeclared": (answer(b"b" * (MOST + 1), HTML, length=-1), "too_large"),
    "chunks of nonsense": (answer(b"zz\r\nx\r\n", HTML, "Transfer-Encoding: chunked", length=-1), "reset"),
    "chunk cut off": (answer(b"5\r\nhello\r\n", HTML, "Transfer-Encoding: chunked", length=-1), "reset"),
    "transfer coding unknown": (answer(BODY, HTML, "Transfer-Encoding: foo", length=-1), "failed"),
    "chunks without end": (
        until_cut(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        "too_large",
    ),
    "body without end": (until_cut(OK + b"\r\n", b"x" * 65536), "too_large"),
    "body drop by drop": (until_cut(OK + b"Content-Length: 9999\r\n\r\n", b"x", 0.1), "timeout"),
    "head drop by drop": (until_cut(OK, b"X: 1\r\n", 0.1), "timeout"),
    "head without end": (until_cut(OK, b"X-Pad: " + b"x" * 1000 + b"\r\n"), "too_large"),
    "line without end": (until_cut(OK + b"X: ", b"x" * 65536), "too_large"),
    "chunks of nothing without end": (
        until_cut(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 300 + b"\r\nx\r\n"),
        "too_large",
    ),
    "HTTP/1.0 without length": (b"HTTP/1.0 200 OK\r\n\r\n" + BODY, 200),
    "no HTTP at all": (BODY, "reset"),
    "nothing": (b"", "reset"),
    "100 before the answer": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(BODY, HTML), 200),
    "100 and no answer": (b"HTTP/1.1 100 Continue\r\n\r\n", "reset"),
    "204 with a body": (answer(BODY, HTML, status="204 No Content"), 204),
    "205 with a body": (answer(BODY, HTML, status="205 Reset Content"), 205),
    "304 unasked": (answer(b"", status="304 Not Modified"), 304),
    "no reason": (answer(BODY, HTML, status="200"), 200),
    "status 999": (answer(BODY, HTML, status="999 Denied"), 999),
    "status 99999": (answer(BODY, HTML, status="99999 Denied"), "failed"),
    "status zero": (answer(BODY, HTML, status="000 Nothing"), "failed"),
    "two content types": (answer(BODY, HTML, "Content-Type: application/pdf"), 200),
    "line that is no field": (answer(BODY, HTML, "nonsense"), 200),
    "fields in no charset": (answer(BODY, HTML, 'ETag: "\udcff中"', "Last-Modified: 昨天"), 200),
    "bomb": (answer(zipped_bomb(200), HTML, "Content-Encoding: gzip"), 200),
    "coded fifty times over": (answer(b"x" * 999, HTML, *["Content-Encoding: gzip"] * 50), 200),
    "coding unknown": (answer(BODY, HTML, "Content-Encoding: foo"), 200),
    "to another scheme": (found("ftp://127.0.0.1/x"), 302),
    "to a file": (found("file:///etc/passwd"), 302),
    "to a script": (found("javascript:alert(1)"), 302),
    "to another port": (found("http://127.0.0.1:1/"), 302),
    "to loopback in decimal": (found("http://2130706433/"), 302),
    "to another host": (found("//evil.example.com/x"), 302),
    "to a port that is none": (found("http://127.0.0.1:99999/"), 302),
    "to a host that is none": (found("http://[::1/"), 302),
    "to nowhere": (answer(b"", status="302 Found"), 302),
    "to itself": (found(""), "redirect_loop"),
    "with a user name": (found("http://user:secret@127.0.0.1:PORT/private"), 302),
    "with spaces": (found("/goal one"), 302),
    "with Chinese": (found("/目标"), 302),
    "with a line break": (found("/goal%0d%0aX-Evil:%201"), 302),
}  # fmt: skip

Ended = tuple[RawServer, DataDir, CrawlSummary]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    data = DataDir(tmp_path_factory.mktemp("hostile"))
    rows = [(f"/a/{number}.html", f"第{number}号报告") for number in range(len(CASES))]
    call = f"createPageHTML(1, 0, 'index', 'html', {len(rows)});"
    with RawServer({"/nb/": answer(list_page(rows, call).body, HTML)}) as server:
        for (url, _), (reply, _) in zip(rows, CASES.values(), strict=True):
            server.replies[url] = (
                reply.replace(b":PORT/", b":%d/" % server.port) if isinstance(reply, bytes) else reply
            )
        yield server, data, crawl([portal_at(server, "/nb/")], data=data, limits=LIMITS)


@pytest.mark.parametrize(
    ("number", "end"), [(i, end) for i, (_, end) in enumerate(CASES.values())], ids=CASES
)
def test_answer_ends_in_one_word(ended: Ended, number: int, end: int | str) -> None:
    server, data, _ = ended
    kept = [each for each in stored(data) if each.url == f"{server.address}/a/{number}.html"]
    assert kept, "nothing is left out"
    assert (kept[-1].outcome if isinstance(end, str) else kept[-1].status) == end


def test_nothing_else_is_asked_and_everything_kept_is_sound(ended: Ended) -> None:
    server, data, summary = ended
    assert (summary.state, summary.errors, summary.portals[0].errors) == ("finished", (), ())
    followed = {
        path for path in server.paths() if not path.startswith(("/a/", "/nb/", "/robots", "/gongkai-"))
    }
    assert followed - {"/"} == {"/goal%20one", "/%E7%9B%AE%E6%A0%87", "/goal%0d%0aX-Evil:%201"}
    assert [report.findings for report in verify_archive(data.warc)] == [()]
    frontier = Frontier(data.crawl_db)
    open_ends = frontier.connection.execute("SELECT url FROM targets WHERE done_run IS NULL").fetchall()
    frontier.close()
    assert open_ends == []


RULES = b"User-agent: *\nDisallow: /a/\n"
ROBOTS: dict[str, tuple[Replies, str]] = {
    "ten megabytes": ({"/robots.txt": answer(b"User-agent: *\n" + b"Disallow: /x*y\n" * 700_000)}, "read"),
    "cut inside a rule": (
        {
            "/robots.txt": answer(
                b"User-agent: *\n".ljust(POLITENESS.rules_bytes - 13, b"#") + b"\nDisallow: /a-b/"
            )
        },
        "read",
    ),
    "binary": ({"/robots.txt": answer(random.Random(1).randbytes(50_000), TEXT)}, "read"),
    "packed": ({"/robots.txt": answer(gzip.compress(RULES), TEXT, "Content-Encoding: gzip")}, "denied"),
    "packed, unsaid": ({"/robots.txt": answer(gzip.compress(RULES), TEXT)}, "denied"),
    "bomb": ({"/robots.txt": answer(zipped_bomb(100), TEXT, "Content-Encoding: gzip")}, "left"),
    "elsewhere": ({"/robots.txt": found("/rules"), "/rules": answer(RULES, TEXT)}, "denied"),
    "off the portal": ({"/robots.txt": found("http://www.example.com/robots.txt")}, "read"),
    "in a circle": ({"/robots.txt": found("/robots.txt")}, "read"),
    "to a host that is none": ({"/robots.txt": found("http://[::1/")}, "read"),
    "front page, to a host that is none": ({"/": found("http://[::1/")}, "read"),
    "later by a clock of its own": (
        {
            "/robots.txt": answer(
                b"", f"Retry-After: Sat, 31 Jan 2026 15:01:30 -{'9' * 20}", status="429 Too Many"
            )
        },
        "left",
    ),
    "status 999": ({"/robots.txt": answer(b"", status="999 No")}, "left"),
    "too large": ({"/robots.txt": answer(b"#" * 12_000_000, TEXT)}, "left"),
    "delay of a year": ({"/robots.txt": answer(b"User-agent: *\nCrawl-delay: 31536000\n", TEXT)}, "read"),
    "drop by drop": ({"/robots.txt": until_cut(OK + b"Content-Length: 9999\r\n\r\n", b"x", 0.1)}, "left"),
}  # fmt: skip
HOSTILE_LISTS: dict[str, tuple[bytes, str]] = {
    "empty": (answer(b"", HTML), "empty_stub: "),
    "binary": (answer(random.Random(2).randbytes(50_000), HTML), "binary: "),
    "bomb": (answer(zipped_bomb(100), HTML, "Content-Encoding: gzip"), "bomb: "),
    "larger than a list can be": (answer(b"<li>" * (LISTS.page_bytes // 4 + 1), HTML), "are no list page"),
    "nested deep": (answer(b"<div>" * 100_000, HTML), "declared nothing, found 0 rows"),
    "paging to nowhere": (
        answer(list_page([], "createPageHTML(9, 0, 'http://[x', 'html', 9);").body, HTML),
        "declared 9 rows, found 0",
    ),
    "numbers beyond reason": (
        answer(list_page([], f"createPageHTML({'9' * 5000}, 0, 'index', 'html', 3);").body, HTML),
        "declared nothing, found 0 rows",
    ),
    "base that is none": (
        answer(b"<base href='http://[x'>" + list_page([], "createPage(1, 0, '', '', 1);").body, HTML),
        "declared 1 rows, found 0",
    ),
    "to itself": (found("/nb/"), "redirect_loop"),
    "off the portal": (found("http://www.example.com/nb/"), "redirected"),
}  # fmt: skip


def test_no_robots_and_no_list_stops_the_portal_beside_it(tmp_path: Path) -> None:
    rows: Replies = {
        "/nb/": answer(list_page([("/a/1.html", "报告")]).body, HTML),
        "/a/1.html": answer(BODY, HTML),
    }
    replies = {f"robots-{i}": rows | reply for i, (reply, _) in enumerate(ROBOTS.values())}
    replies |= {f"list-{i}": rows | {"/nb/": reply} for i, (reply, _) in enumerate(HOSTILE_LISTS.values())}
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(RawServer(said)) for name, said in (replies | {"z": rows}).items()
        }
        portals = [portal_at(server, "/nb/", name=name) for name, server in servers.items()]
        limits = Limits(timeout_s=5, max_bytes=LISTS.page_bytes + 2**20, retries=0)
        summary = crawl(portals, data=DataDir(tmp_path), limits=limits, log_level="ERROR")
    ended = {each.portal: each for each in summary.portals}
    assert summary.errors == ()
    assert all(each.errors == () for each in summary.portals)
    assert ended["z"].outcomes["ok"] == 2
    for i, (name, (_, end)) in enumerate(ROBOTS.items()):
        paths = servers[f"robots-{i}"].paths()
        seen = "left" if "/nb/" not in paths else "read" if "/a/1.html" in paths else "denied"
        assert seen == ("read" if name == "too large" else end), name
    for i, (name, (_, reason)) in enumerate(HOSTILE_LISTS.items()):
        (sweep,) = ended[f"list-{i}"].sweeps
        assert sweep.ended, name
        assert reason in (sweep.reason or ""), name


@pytest.mark.parametrize(
    "end",
    [
        answer("<title>访问被拒绝</title>您的请求可能存在攻击行为".encode(), HTML, status="403 Forbidden"),
        answer(b"", "Location: /error.html", "Set-Cookie: a=1; Path=/", status="302 Found"),
    ],
    ids=["a refusal", "a circle"],
)
def test_where_unknown_addresses_lead_to_blocks_no_portal(tmp_path: Path, end: bytes) -> None:
    class Replies(dict[str, "bytes | Say"]):
        def get(self, key: str, default: bytes | Say) -> bytes | Say:  # type: ignore[override]  # as it is called
            return super().get(key) or (found("/error.html") if is_unknown_page(key) else default)

    rows = {"/nb/": answer(list_page([("/a/1.html", "报告")]).body, HTML), "/a/1.html": answer(BODY, HTML)}
    with RawServer({}) as server:
        server.replies = Replies({**rows, "/error.html": end})
        (portal,) = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS).portals
        assert "/error.html" in server.paths()
    assert (portal.stopped, portal.outcomes["ok"]) == ({}, 2)


def test_a_host_that_wants_to_be_asked_less_is_whatever_it_was_asked_for(tmp_path: Path) -> None:
    class Replies(dict[str, "bytes | Say"]):
        def get(self, key: str, default: bytes | Say) -> bytes | Say:  # type: ignore[override]  # as it is called
            less = answer(b"", "Retry-After: 86400", status="429 Too Many Requests")
            return super().get(key) or (less if is_unknown_page(key) else default)

    rows = [(f"/a/{number}.html", "报告") for number in range(40)]
    with RawServer({}) as server:
        shown = {"/nb/": answer(list_page(rows).body, HTML)} | {url: answer(BODY, HTML) for url, _ in rows}
        server.replies = Replies(shown)
        (portal,) = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS).portals
        assert len(server.paths()) < 30
    assert list(portal.stopped.values()) == ["rate_limited"]


def test_flood_of_cookies_locks_nobody_out(tmp_path: Path) -> None:
    flood = tuple(("Set-Cookie", f"c{number}={'x' * 60}; Path=/") for number in range(500))
    rows = [(f"/a/{number}.html", "报告") for number in range(20)]
    pages = {url: page(LONG + url, headers=flood) for url, _ in rows}
    with PortalServer(pages | {"/nb/": list_page(rows)}) as server:
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
        assert max(len(headers.get("cookie", "")) for _, _, headers in server.log) <= POLITENESS.cookie_bytes
    assert summary.portals[0].outcomes["ok"] == 21


def test_chain_of_redirects_is_followed_five_times(tmp_path: Path) -> None:
    hops = {f"/hop/{number}": to(f"/hop/{number + 1}") for number in range(9)}
    with PortalServer({"/nb/": list_page([("/hop/0", "报告")])} | hops) as server:
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
        assert [path for path in server.paths() if "hop" in path] == [f"/hop/{n}" for n in range(6)]
    assert summary.portals[0].outcomes["redirect_loop"] == 1


class EverNewPages(dict[str, Reply]):
    """A list whose `next` leads to ever new addresses: with new rows on each page, or always the same."""

    def __init__(self, prefix: str, rows: int) -> None:
        super().__init__()
        self._prefix = prefix
        self._rows = rows

    def get(self, key: str, default: Reply) -> Reply:  # type: ignore[override]  # as the server calls it
        if not key.startswith(self._prefix):
            return default
        number = int(key.partition("?p=")[2] or 0)
        row = number if number < self._rows else 0
        onward = f'<a href="{self._prefix}?p={number + 1}">下一页</a></body>'.encode()
        return Reply(list_page([(f"/a/{row}.html", "报告")]).body.replace(b"</body>", onward))


def test_list_that_leads_on_and_on_comes_to_an_end(tmp_path: Path) -> None:
    with PortalServer({}) as server:
        server.replies = EverNewPages("/nb/", rows=5)
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
        pages = [path for path in server.paths() if path.startswith("/nb/")]
    assert len(pages) == 6, "the first page that adds nothing is the last"
    (sweep,) = summary.portals[0].sweeps
    assert (sweep.found, sweep.complete) == (5, False)


def test_list_that_moves_on_while_it_is_walked_is_not_called_complete(tmp_path: Path) -> None:
    """A row is added at the top between two pages: the last of page 1 comes again, one is not seen."""
    call = "createPageHTML(2, {}, 'index', 'html', 4);"
    replies = {
        "/nb/": list_page([("/a/1.html", "一"), ("/a/2.html", "二")], call.format(0)),
        "/nb/index_1.html": list_page([("/a/2.html", "二"), ("/a/3.html", "三")], call.format(1)),
    }
    with PortalServer(replies) as server:
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
    (sweep,) = summary.portals[0].sweeps
    assert (sweep.found, sweep.complete, sweep.reason) == (3, False, "declared 4 rows, found 3")


HOSTILE_SCRIPTS = {
    "strings never closed": '"\\',
    "calls of write": "document.write(",
    "calls of paging": "createPageHTML(",
    "a name": "a",
    "names and dollars": "a$",
    "joined strings": "+'y'",
    "assignments": "a='\\",
    "numbers": "a=1+",
    "comments": "/*",
    "digits": "9",
}


@pytest.mark.parametrize("piece", HOSTILE_SCRIPTS.values(), ids=HOSTILE_SCRIPTS)
def test_scripts_are_read_in_linear_time(piece: str) -> None:
    """What is quadratic would take minutes here, and keep every other portal waiting."""
    script = "document.write('x'" + piece * (600_000 // len(piece))
    start = time.process_time()
    read_list(
        list_page([("/a/1.html", "报告")], script).body.decode(), first_page("http://www.hexi.gov.cn/nb/")
    )
    assert time.process_time() - start < 5


def test_halves_of_a_character_in_a_script_are_joined_or_replaced() -> None:
    script = r'var curTitle="\ud83d\ude00\ud800"; var curHref="/nb/t20240311_1.html";'
    listed = read_list(list_page([], script).body.decode(), first_page("http://www.hexi.gov.cn/nb/"))
    assert [link.title for link in listed.links] == ["\U0001f600�"]


def rate_limited(retry_after: str | None, status: int = 429) -> Reply:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Reply(LONG.encode(), 200, headers, first_status=status)


@pytest.mark.parametrize("status", [429, 503])
def test_host_that_asks_for_a_moment_is_given_it(tmp_path: Path, status: int) -> None:
    rows = [("/a/1.html", "一"), ("/a/2.html", "二")]
    pages = {"/a/1.html": rate_limited("1", status), "/a/2.html": page(LONG)}
    with PortalServer(pages | {"/nb/": list_page(rows)}) as server:
        limits = Limits(timeout_s=5, retries=2)
        start = time.monotonic()
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=limits)
        assert time.monotonic() - start >= 1
    assert (summary.portals[0].outcomes["rate_limited"], summary.portals[0].outcomes["ok"]) == (1, 3)
    assert not summary.portals[0].stopped
    statuses = Counter(each.status for each in stored(DataDir(tmp_path)) if each.url.endswith("/a/1.html"))
    assert statuses == {status: 1, 200: 1}, "each try is kept"


@pytest.mark.parametrize("retry_after", [None, "86400", "soon"], ids=["unsaid", "a day", "in words"])
def test_host_that_asks_for_more_than_moments_is_left_alone(tmp_path: Path, retry_after: str | None) -> None:
    rows = [(f"/a/{number}.html", "报告") for number in range(40)]
    pages = {url: rate_limited(retry_after) for url, _ in rows}
    with PortalServer(pages | {"/nb/": list_page(rows)}) as server:
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
        assert len(server.log) < 30
    assert set(summary.portals[0].stopped.values()) == {"rate_limited"}
