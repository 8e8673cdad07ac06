"""Killed with -9 at twenty random moments of one night in the middle of a portal's life.

Some of what is known is due and some is not, some is new, and one of the lists is asked for by POST. Each
kill stops the process while requests wait for their answers. A document that was durable by then, and a list
page that was taken in, is not asked for again that night; in the end, all that was to be asked for has been.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.frontier.targets import PageRequest
from archive.warc.entries import Role
from archive.warc.files import repair
from archive.warc.verification import verify_archive
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import CrawlPlan
from pipelines.response.unknown_page import is_unknown_page
from tests.crawler.portal_server import PortalServer, Reply, list_page, page
from tests.crawler.test_crawl import LIMITS, LONG, stored
from tests.crawler.test_kill import crawl_and_kill
from tests.crawling import crawl
from tests.soak import seeds, series

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
IN_FLIGHT = 16
"""Requests at a time that are on their way or whose answers are being written (`CONCURRENT_REQUESTS`)."""
KNOWN, NEW = 90, 130
FIRST_NIGHT, NIGHT = "2026-05-12T15:00:00Z", "2026-05-13T15:00:00Z"
HOST = "killed.gongkai.test"
POSTED = {
    "body": "page=1",
    "content_type": "application/x-www-form-urlencoded",
    "items": "rows",
    "link": "url",
    "title": "title",
    "total": "total",
    "page": "form:page",
    "size": "10",
}


def portal() -> Portal:
    lists = (
        PortalList(f"http://{HOST}/nb/index.html"),
        PortalList(f"http://{HOST}/api/list", family="json_list", options=POSTED),
    )
    return Portal("killed", "断县人民政府", "static_list", f"http://{HOST}/", lists=lists, revisit_days=3)


def pages_of(numbers: list[int]) -> list[list[int]]:
    return [numbers[start : start + 10] for start in range(0, len(numbers), 10)]


def replies(count: int) -> dict[str, Reply]:
    """A portal with so many documents, newest first: even numbers in one list, odd ones in the other."""
    newest_first = range(count - 1, -1, -1)
    found = {f"/a/{n}.html": page(f"{n}号：{LONG}", etag=f'"{n}"') for n in newest_first}
    even, odd = ([n for n in newest_first if n % 2 == rest] for rest in (0, 1))
    parts = pages_of(even)
    for number, part in enumerate(parts):
        call = f'createPageHTML({len(parts)}, {number}, "index", "html", {len(even)});'
        shown = list_page([(f"/a/{n}.html", f"第{n}号") for n in part], call)
        found[f"/nb/index{f'_{number}' if number else ''}.html"] = shown
    for number, part in enumerate(pages_of(odd), 1):
        rows = [{"url": f"/a/{n}.html", "title": f"第{n}号"} for n in part]
        body = json.dumps({"total": len(odd), "rows": rows}).encode()
        found[f"POST /api/list page={number}"] = Reply(body, headers=(("Content-Type", "application/json"),))
    return found


class Watched:
    """What the server was asked for on the night, process by process."""

    def __init__(self, server: PortalServer, data: DataDir) -> None:
        self._server = server
        self._data = data
        self._seen, self._seen_posts = len(server.log), len(server.posted)

    def asked(self) -> Counter[str]:
        """Return what was asked for since the last call: paths, and what was posted."""
        posts = (f"{path} {body}" for path, body in self._server.posted[self._seen_posts :])
        gets = (path for method, path, _ in self._server.log[self._seen :] if method == "GET")
        asked = Counter([*gets, *posts])
        self._seen, self._seen_posts = len(self._server.log), len(self._server.posted)
        return asked

    def kept(self) -> set[str]:
        """Return what need not be asked for again: durable documents, and list pages that were taken in."""
        repair(self._data.warc)
        frontier = Frontier(self._data.crawl_db)
        ((run_id, _, _),) = frontier.list_unfinished_runs()
        paths = {
            each.url.removeprefix(f"http://{HOST}")
            for each in stored(self._data)
            if each.context and (each.context.run_id, each.context.role) == (run_id, Role.ARTICLE)
        }
        for (text,) in frontier.connection.execute("SELECT page FROM sweep_pages WHERE done = 1"):
            request = PageRequest.from_text(text)
            path = request.url.removeprefix(f"http://{HOST}")
            paths.add(path if request.body is None else f"{path} {request.body}")
        frontier.close()
        return paths


@series
@pytest.mark.parametrize("seed", seeds(10))
def test_no_request_is_lost_or_repeated_but_those_on_their_way(tmp_path: Path, seed: int) -> None:
    data, chance = DataDir(tmp_path), random.Random(20 + seed)
    with PortalServer(replies(KNOWN)) as server:
        connect_to = {HOST: f"127.0.0.1:{server.port}"}
        assert crawl([portal()], data=data, now=FIRST_NIGHT, limits=LIMITS, connect_to=connect_to)
        server.replies = replies(NEW)
        plan = CrawlPlan(data, (portal(),), now=NIGHT, limits=LIMITS, connect_to=connect_to)
        watched = Watched(server, data)
        asked: Counter[str] = Counter()
        kept: set[str] = set()
        for _ in range(KILLS):
            crawl_and_kill(server, plan, chance.randrange(9))
            again = watched.asked()
            assert not set(again) & kept, "kept, and asked for again"
            kept = watched.kept()
            lost = [path for path in again.keys() - kept if path.startswith(("/a/", "/nb/", "/api/"))]
            assert len(lost) <= IN_FLIGHT
            asked += again
        summary = crawl([portal()], data=data, now=NIGHT, limits=LIMITS, connect_to=connect_to)
        last = watched.asked()
    assert not set(last) & kept
    asked += last
    assert (summary.state, summary.resumed) == ("finished", True)
    assert {f"/a/{number}.html" for number in range(KNOWN, NEW)} <= set(asked)
    due = {path for path in asked if path.startswith("/a/")}
    assert NEW - KNOWN + 15 < len(due) < NEW - KNOWN + 50, "of what is known about a third is due"
    of_the_run = {each.url for each in stored(data) if each.context and each.context.run_id == summary.run_id}
    assert {f"http://{HOST}{path}" for path in due} <= of_the_run
    assert not [finding for report in verify_archive(data.warc) for finding in report.findings]
    assert len([path for path in asked if is_unknown_page(f"http://{HOST}{path}")]) == 1
