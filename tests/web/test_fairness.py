"""Nobody takes the server from others: slow heads end, a body has one length, own SQL leaves a thread."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import pytest

from gongkai.serving import HOST, datasette_app, free_port, serve_command
from gongkai.web.server.gate import asks_own_work, read_arguments
from gongkai.web.thresholds import SERVER
from tests.web.conftest import answering

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from archive.data_folder import DataDir
    from tests.web.conftest import Site

ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
HEAD = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n"

FORM = b"POST /-/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nfeed="


def exchange(server: str, *parts: bytes, pause_s: float = 0) -> tuple[bytes, float]:
    """Send parts with pauses between, and return what came until the end, and the seconds that took."""
    began = time.monotonic()
    with closing(socket.create_connection((HOST, int(server.rpartition(":")[2])), timeout=30)) as there:
        there.settimeout(0.05)
        answer = b""
        for part in parts:
            try:
                there.sendall(part)
                time.sleep(pause_s)
                answer += there.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
        there.settimeout(30)
        try:
            while more := there.recv(65536):
                answer += more
        except ConnectionResetError:
            pass
    return answer, time.monotonic() - began


IMPATIENT = """
import runpy, sys

from msgspec import structs
from gongkai.web import thresholds
thresholds.SERVER = structs.replace(thresholds.SERVER, head_seconds=1)
runpy.run_module("gongkai.web", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def impatient_server(data: DataDir) -> Iterator[str]:
    """The server as it is started, but that it waits a second for a head."""
    port = free_port(HOST)
    _, _, _, *arguments = serve_command(data, port=port)
    with answering([sys.executable, "-c", IMPATIENT, *arguments], port) as address:
        yield address


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((), id="nothing at all"),
        pytest.param((HEAD,), id="no end of the head"),
        pytest.param((HEAD, *[b"X-Slow: 1\r\n"] * 20), id="a field a second"),
        pytest.param((HEAD + b"\r\n", HEAD), id="the head of a second request"),
        pytest.param((HEAD + b"\r\n" + HEAD,), id="the head of a second request with the first"),
        pytest.param((FORM, *[b"x"] * 20), id="a form a letter a second"),
    ],
)
def test_a_slow_head_ends(impatient_server: str, parts: tuple[bytes, ...]) -> None:
    answer, seconds = exchange(impatient_server, *parts, pause_s=0.2)
    assert answer.endswith(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert seconds < 5


def test_a_body_has_one_length(server: str) -> None:
    two = HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    smuggled = b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer, _ = exchange(server, two + smuggled)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1, "what stands behind was taken for a request"
    for one in (
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ):
        answer, _ = exchange(server, HEAD + b"Connection: close\r\n" + one)
        assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("query", "is_own"),
    [
        ("sql=select+1", True),
        ("year=2020&_where=1", True),
        ("_facet=kind", True),
        ("_facet_array=cells", True),
        ("", False),
        ("q=sql", False),
        ("mysql=1", False),
        ("_sort=year", False),
        ("%73ql=select+1", True),
        ("year=2020&%5Ffacet=kind", True),
    ],
)
def test_own_work_is_known_by_its_arguments(query: str, is_own: bool) -> None:
    assert asks_own_work(read_arguments({"query_string": query.encode()})) is is_own


@pytest.mark.parametrize("argument", ["_facet", "_facet_array", "_where", "sql", "_search", "_search_title"])
@pytest.mark.parametrize(
    "path",
    [
        "/gongkai/refused_most",
        "/gongkai/refused_most.json",
        "/gongkai/refused~5Fmost.json",
        "/-/export/refused_most.csv",
    ],
)
def test_a_question_is_not_asked_what_only_tables_answer(site: Site, path: str, argument: str) -> None:
    """It would pass over it and show all rows; as own work its counts would keep pages waiting."""
    answer = site.get(path, **{argument: "x"})
    assert answer.status_code == 400
    assert ("问题的答案不能这样筛选" in answer.text) or (f"{argument} narrows no question" in answer.text)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait, however busy the machine is."""
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


def test_a_page_waits_for_no_reader_s_own_sql(server: str) -> None:
    """Twelve statements of a second each take six; with every thread at them a page waited as long."""

    async def crowd() -> tuple[float, float]:
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            await client.get("/gongkai/issuers")
            crowded = time.monotonic()
            address = "/gongkai.json?" + urlencode({"sql": ENDLESS})
            busy = [asyncio.create_task(client.get(address)) for _ in range(12)]
            await asyncio.sleep(0.3)
            waited = []
            for path in ("/gongkai/issuers", "/-/checks", "/gongkai/documents?_sort=title"):
                began = time.monotonic()
                assert (await client.get(path)).status_code == 200
                waited.append(time.monotonic() - began)
            assert not all(task.done() for task in busy)
            assert {answer.status_code for answer in await asyncio.gather(*busy)} == {400}
        return max(waited), time.monotonic() - crowded

    longest, whole = asyncio.run(crowd())
    assert longest < whole / 3


def test_readers_who_leave_hold_their_threads_until_these_have_ended(data: DataDir) -> None:
    async def leave() -> tuple[int, int]:
        database = datasette_app(data).get_database("gongkai")
        running: list[int] = []
        at_once = []

        def work(_: sqlite3.Connection) -> None:
            running.append(1)
            at_once.append(len(running))
            time.sleep(0.3)
            running.pop()

        async def ask() -> None:
            with database.one_copy(for_own_work=True):
                await database.execute_fn(work)

        for _ in range(4):
            asked = [asyncio.create_task(ask()) for _ in range(4)]
            await until(lambda: len(running) == SERVER.own_work_threads)
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        await until(lambda: not running)
        await ask()
        database.close()
        return max(at_once), len(running)

    assert asyncio.run(leave()) == (SERVER.own_work_threads, 0)


def test_what_pages_share_waits_for_nobody_s_own_work(data: DataDir) -> None:
    async def share() -> int:
        database = datasette_app(data).get_database("gongkai")
        over = asyncio.Event()
        held = []

        async def hold() -> None:
            with database.one_copy(for_own_work=True):
                await asyncio.gather(*(database.execute_fn(wait) for _ in range(SERVER.own_work_threads)))

        def wait(_: sqlite3.Connection) -> None:
            held.append(1)
            asyncio.run_coroutine_threadsafe(over.wait(), loop).result()

        async def count(*, for_own_work: bool) -> int:
            with database.one_copy(for_own_work=for_own_work):
                work = partial(database.execute_fn, lambda db: db.execute("SELECT 7").fetchone()[0])
                return int(await database.once("seven", work))

        loop = asyncio.get_running_loop()
        busy = asyncio.create_task(hold())
        await until(lambda: len(held) == SERVER.own_work_threads)
        first = asyncio.create_task(count(for_own_work=True))
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(count(for_own_work=False), 60)
        finally:
            over.set()
            await asyncio.gather(busy, first, return_exceptions=True)
            database.close()

    assert asyncio.run(share()) == 7


@pytest.mark.parametrize(("own", "other"), [(True, False), (False, True)])
def test_exports_of_one_kind_leave_the_other_its_places(site: Site, own: bool, other: bool) -> None:
    async def ask() -> int:
        database = site.app.get_database("gongkai")
        async with database.reader(10, is_own=own), database.reader(10, is_own=own):
            address = "/-/export.csv?sql=select+1" if other else "/-/export/documents.csv"
            return int((await site.app.client.get(address)).status_code)

    assert asyncio.run(ask()) == 200
