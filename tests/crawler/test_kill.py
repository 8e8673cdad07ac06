"""Killed with -9 at several moments and gone on with: nothing acknowledged is lost, nothing is missing."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.sandbox.child_process import ChildProcess
from archive.warc.files import repair
from archive.warc.verification import verify_archive
from crawler.run.plan import CrawlPlan
from tests.crawler.portal_server import PortalServer, Reply, list_page, page
from tests.crawler.test_crawl import LIMITS, LONG, portal_at, runs, stored
from tests.crawling import crawl

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 40
NOW = "2026-01-31T15:00:00Z"


def replies() -> dict[str, Reply]:
    rows = [(f"/a/{number}.html", f"第{number}号报告") for number in range(COUNT)]
    pages = [rows[start : start + 10] for start in range(0, COUNT, 10)]
    lists = {
        f"/nb/index{f'_{index}' if index else ''}.html": list_page(
            part, f'createPageHTML(4, {index}, "index", "html", {COUNT});'
        )
        for index, part in enumerate(pages)
    }
    return lists | {url: page(LONG + title, etag=f'"{url}"') for url, title in rows}


def crawl_and_kill(server: PortalServer, plan: CrawlPlan, requests: int) -> None:
    """Start the crawling process, let it make so many requests, and kill it while the next ones wait."""
    server.hold(after=requests)
    child = ChildProcess("crawler.run.child")
    child.send(plan)
    assert server.held.wait(20)
    child.close(kill=True)
    server.release()


def test_killed_crawl_is_gone_on_with(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        portal = portal_at(server, "/nb/index.html")
        for requests in (0, 2, 4, 6, 20):
            crawl_and_kill(server, CrawlPlan(data, (portal,), now=NOW, limits=LIMITS), requests)
            repair(data.warc)
            known = {capture.id for capture in stored(data)}
            frontier = Frontier(data.crawl_db)
            acknowledged = {row[0] for row in frontier.connection.execute("SELECT original_id FROM visits")}
            frontier.close()
            assert acknowledged <= known
        summary = crawl([portal], data=data, now=NOW, limits=LIMITS)
        asked = server.paths()
    assert (summary.state, summary.resumed) == ("finished", True)
    (result,) = summary.portals
    (sweep,) = result.sweeps
    assert (sweep.found, sweep.complete) == (COUNT, True)
    kept = {capture.url for capture in stored(data) if capture.status == 200}
    assert {f"{server.address}/a/{number}.html" for number in range(COUNT)} <= kept
    assert {each.event.run_id for each in runs(data)} == {summary.run_id}
    assert not [finding for report in verify_archive(data.warc) for finding in report.findings]
    # What was acknowledged is not asked again: only what was on its way when the process was killed.
    assert len(asked) < COUNT + 4 + 5 * (8 + 1) + 6


def test_run_of_another_night_is_closed_and_a_new_one_begun(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        portal = portal_at(server, "/nb/index.html")
        crawl_and_kill(server, CrawlPlan(data, (portal,), now=NOW, limits=LIMITS), 4)
        summary = crawl([portal], data=data, now="2026-02-01T15:00:00Z", limits=LIMITS)
    assert not summary.resumed
    events = [(each.event.event, each.event.body.get("state")) for each in runs(data)]
    assert events == [("start", None), ("end", "interrupted"), ("start", None), ("end", "finished")]


def test_damaged_file_of_another_night_takes_nothing_from_a_walk_that_goes_on(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        portal = portal_at(server, "/nb/index.html")
        crawl([portal], data=data, now="2026-01-30T15:00:00Z", limits=LIMITS)
        (file,) = data.warc.glob("*.warc.gz")
        file.write_bytes(file.read_bytes() + b"no record")
        crawl_and_kill(server, CrawlPlan(data, (portal,), now=NOW, limits=LIMITS), 3)
        summary = crawl([portal], data=data, now=NOW, limits=LIMITS)
    (sweep,) = summary.portals[0].sweeps
    assert (summary.resumed, bool(summary.errors)) == (True, True)
    assert (sweep.found, sweep.complete) == (COUNT, True)


def test_interrupt_ends_in_good_order(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        server.hold(after=4)

        def interrupt() -> None:
            server.held.wait(20)
            os.kill(os.getpid(), signal.SIGINT)
            server.release()

        thread = threading.Thread(target=interrupt)
        thread.start()
        summary = crawl([portal_at(server, "/nb/index.html")], data=data, now=NOW, limits=LIMITS)
        thread.join()
    assert summary.state == "interrupted"
    assert runs(data)[-1].event.body["state"] == "interrupted"


def test_lost_frontier_is_made_again_by_the_next_crawl(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        portal = portal_at(server, "/nb/index.html")
        crawl([portal], data=data, now=NOW, limits=LIMITS)
        for path in data.root.glob("crawl.db*"):
            path.unlink()
        again = crawl([portal], data=data, now="2026-02-01T15:00:00Z", limits=LIMITS)
    assert again.portals[0].outcomes == {"not_modified": COUNT, "ok": 4}
    assert again.portals[0].new_links == 0


def test_unreadable_frontier_is_put_aside_and_made_again(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.crawl_db.write_bytes(b"no database at all" * 100)
    with PortalServer({}) as server:
        summary = crawl([portal_at(server, "/nb/")], data=data, now=NOW, limits=LIMITS, log_level="ERROR")
    assert summary.state == "finished"
    assert data.root.joinpath("crawl.db.unreadable").read_bytes().startswith(b"no database")


def test_second_interrupt_ends_at_once_and_is_no_finish(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with PortalServer(replies()) as server:
        server.hold(after=4)

        def interrupt_twice() -> None:
            server.held.wait(20)
            os.kill(os.getpid(), signal.SIGINT)
            # Requests are held, so the child is still ending in good order when the second one comes.
            threading.Event().wait(0.5)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt_twice)
        thread.start()
        summary = crawl([portal_at(server, "/nb/index.html")], data=data, now=NOW, limits=LIMITS)
        thread.join()
    assert summary.state == "interrupted"
