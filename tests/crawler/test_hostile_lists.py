"""Lists without end, in size or in number, and lists that lead elsewhere: bounded, kept, reported."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.frontier.sweeps import Sweep, SweepKey
from archive.warc.verification import verify_archive
from crawler.families.base import LISTS
from crawler.policy.politeness import Budget
from crawler.registry.portals import Portal, PortalList
from crawler.run.list_pages import describe_excess, why_incomplete
from crawler.run.plan import Limits
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to
from tests.crawler.test_crawl import LONG, portal_at, stored
from tests.crawler.test_kill_at_random import POSTED
from tests.crawling import crawl

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(timeout_s=5, max_bytes=4_000_000, retries=0)
REQUESTS = 60
IN_FLIGHT = 16


class LinkFarm(dict[str, Reply]):
    """Ever new pages of ever new rows, with a session and a number of its own in each address."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def get(self, key: str, default: Reply) -> Reply:  # type: ignore[override]  # as the server calls it
        if key.startswith("/a/"):
            return page(LONG + key)
        if not key.startswith("/nb/"):
            return default
        numbers = list(itertools.islice(self._numbers, 20))
        shown = list_page([(f"/a/{n % 7}.html?jsessionid=S{n}&r={n}", "报告") for n in numbers])
        onward = f'<a href="/nb/?p={numbers[0]}&sid={numbers[0]}">下一页</a></body>'.encode()
        return Reply(shown.body.replace(b"</body>", onward))


def test_farm_of_links_costs_its_budget_and_no_more_and_says_so(tmp_path: Path) -> None:
    with PortalServer({}) as server:
        server.replies = LinkFarm()
        portal = portal_at(server, "/nb/", budget=Budget(requests=REQUESTS))
        summary = crawl([portal], data=DataDir(tmp_path), limits=LIMITS, log_level="ERROR")
        asked = len(server.log)
    (result,) = summary.portals
    (sweep,) = result.sweeps
    assert asked <= REQUESTS + IN_FLIGHT
    assert result.new_links == REQUESTS
    assert (sweep.complete, sweep.reason) == (
        False,
        "over_budget: more new addresses than a night may ask for",
    )
    assert result.spent == f"the night's {REQUESTS} requests are spent"


def test_page_with_more_rows_than_any_list_ends_its_walk(tmp_path: Path) -> None:
    rows = [(f"/a/{number}", "报") for number in range(LISTS.rows_on_page + 1)]
    with PortalServer({"/nb/": list_page(rows, "createPageHTML(9, 0, 'index', 'html');")}) as server:
        portal = portal_at(server, "/nb/", budget=Budget(requests=5))
        summary = crawl([portal], data=DataDir(tmp_path), limits=LIMITS, log_level="ERROR")
    (sweep,) = summary.portals[0].sweeps
    assert (sweep.found, sweep.complete) == (LISTS.rows_on_page, False)
    assert sweep.reason == "more than 20,000 rows on one page"


def sweep_after(found: int, pages: int) -> Sweep:
    key = SweepKey("run", "hexi", "http://www.hexi.gov.cn/nb/")
    return Sweep(key, None, None, found, pages, ended=False, complete=False, reason=None)


EXCESSES = {
    "a list as lists are": (sweep_after(40_000, 2_000), 20, 2_003, None),
    "a page without end": (sweep_after(9, 1), LISTS.rows_on_page + 1, 1, "rows on one page"),
    "rows without end": (sweep_after(LISTS.rows + 1, 30), 9, 30, "500,000 rows"),
    "pages that only lead to others": (sweep_after(0, 0), 0, LISTS.shells + 1, "without rows of their own"),
    "some that lead to the first": (sweep_after(0, 0), 0, 3, None),
}


@pytest.mark.parametrize(("sweep", "rows", "pages_read", "said"), EXCESSES.values(), ids=EXCESSES)
def test_walk_ends_that_goes_further_than_any_list(
    sweep: Sweep, rows: int, pages_read: int, said: str | None
) -> None:
    reason = describe_excess(sweep, rows=rows, pages_read=pages_read)
    assert (said is None) == (reason is None)
    assert (said or "") in (reason or "")


def test_walk_that_was_cut_off_at_a_short_page_was_not_complete() -> None:
    assert why_incomplete(sweep_after(100, 9), [20, 20, 7]) is None
    assert why_incomplete(sweep_after(100, LISTS.pages), [20, 20, 7]) is not None


LEADS = {
    "to loopback": "http://127.0.0.1:1/api/list",
    "to where machines of the cloud say who they are": "http://169.254.169.254/latest/",
    "to a file": "file:///etc/passwd",
    "with a user name": "http://user:secret@{host}/api/list",
    "in a circle": "/api/list",
}


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("target", LEADS.values(), ids=LEADS)
def test_list_that_is_posted_to_is_led_nowhere_and_kept_under_its_address(
    tmp_path: Path, target: str, status: int
) -> None:
    data = DataDir(tmp_path)
    with PortalServer({}) as server:
        host = server.address.removeprefix("http://")
        reply = to(target.format(host=host))
        reply = Reply(status=status, headers=reply.headers)
        server.replies = {"POST /api/list": reply, "/api/list": reply}
        server.none = reply
        lists = (PortalList(f"{server.address}/api/list", family="json_list", options=POSTED),)
        portal = Portal("hexi", "河西县人民政府", "static_list", f"{server.address}/", lists=lists)
        summary = crawl([portal], data=data, limits=LIMITS, log_level="ERROR")
        allowed = {"/robots.txt", "/api/list"}
        assert set(server.paths()) == allowed
        urls = {f"{server.address}{path}" for path in allowed}
        asked = {each.url for each in stored(data) if "gongkai-unknown-page" not in each.url}
        kept = asked - {f"{server.address}/"}
    assert kept == urls
    (sweep,) = summary.portals[0].sweeps
    expected = {"/": "redirect_loop", "f": "unexpected"}.get(target[0], "redirected")
    assert (sweep.reason or "").partition(":")[0] == expected
    assert [report.findings for report in verify_archive(data.warc)] == [()]


def test_no_process_gives_up_waiting_for_a_long_transaction_of_another(tmp_path: Path) -> None:
    """SQLite's own five seconds would end the whole run, because one page has many rows."""
    frontier = Frontier(tmp_path / "crawl.db")
    (wait_ms,) = frontier.connection.execute("PRAGMA busy_timeout").fetchone()
    frontier.close()
    assert wait_ms >= 60_000
