"""It is an ordinary Scrapy project: `scrapy list` and `scrapy crawl` work from the root."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from archive.clock import clock_from
from archive.data_folder import DataDir, hold
from archive.frontier.state import Frontier
from archive.frontier.targets import DueTargets
from crawler.run.list_pages import rebuild_crawl_db
from tests.conftest import ROOT
from tests.crawler.portal_server import PortalServer, Reply, list_page, page
from tests.crawler.test_crawl import LIMITS, LONG, portal_at, runs, stored
from tests.crawling import crawl
from tests.warm import run_module

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_module(ROOT, "scrapy", *arguments, env=os.environ)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    rows = [("/a.html", "甲号报告"), ("/b.html", "乙号报告")]
    listed = list_page(rows, "createPageHTML(1, 0, 'index', 'html', 2);")
    with PortalServer({"/nb/": listed, "/a.html": page(LONG)}) as opened:
        yield opened


@pytest.fixture
def data(tmp_path: Path, server: PortalServer) -> DataDir:
    made = DataDir(tmp_path)
    made.make()
    (made.portals / "hexi.yaml").write_text(
        f"id: hexi\nname: 河西县\nfamily: static_list\nhome_url: {server.address}/\n"
        f"lists:\n  - url: {server.address}/nb/\n",
        encoding="utf-8",
    )
    return made


def test_list_names_the_spiders() -> None:
    done = scrapy("list")
    assert (done.returncode, done.stdout.split()) == (0, ["portal", "survey"])


def test_crawl_runs_by_itself_and_takes_the_lock(data: DataDir, server: PortalServer) -> None:
    command = ("crawl", "portal", "-a", "portal=hexi", "-s", f"GONGKAI_DATA={data.root}")
    done = scrapy(*command)
    assert done.returncode == 0, done.stderr
    assert [each.event.event for each in runs(data)] == ["start", "end"]
    assert {capture.url for capture in stored(data) if capture.status == 200} == {
        f"{server.address}/nb/",
        f"{server.address}/a.html",
    }
    with hold(data.lock, verb="derive", clock=clock_from(None)):
        refused = scrapy(*command)
    assert refused.returncode == 1
    assert "LockHeld" in refused.stderr
    assert len(runs(data)) == 2


def test_crawl_of_a_public_portal_without_contact_is_refused(data: DataDir) -> None:
    done = scrapy("crawl", "portal", "-a", "portal=mva", "-s", f"GONGKAI_DATA={data.root}")
    assert done.returncode == 1
    assert "Set GONGKAI_CONTACT" in done.stderr
    assert not list(data.warc.iterdir())


def test_links_that_were_never_fetched_are_found_again(tmp_path: Path) -> None:
    """A host that blocks leaves links behind; a lost frontier finds them in the archived list page."""
    urls = [f"/a/{number:02}.html" for number in range(40)]
    challenge = Reply(b"<script>$_ts={};$_ts.cd='x'</script>" * 9, 412)
    listed = list_page([(url, f"报告{url}") for url in urls], "createPageHTML(1, 0, 'index', 'html', 40);")
    data = DataDir(tmp_path)
    with PortalServer({"/nb/": listed} | dict.fromkeys(urls, challenge)) as server:
        portal = portal_at(server, "/nb/")
        crawl([portal], data=data, limits=LIMITS)
    fetched = {capture.url for capture in stored(data) if capture.status == 412}
    assert len(fetched) < len(urls)
    for path in data.root.glob("crawl.db*"):
        path.unlink()
    assert rebuild_crawl_db(data, {portal.id: portal}) == ()
    frontier = Frontier(data.crawl_db)
    frontier.begin_run("the next night", dt.datetime.now(dt.UTC) + dt.timedelta(days=1), [portal.id])
    due = DueTargets(frontier, portal.id, "the next night")
    targets = [*due.next_batch(99), *due.next_batch(99)]
    known = [f"{server.address}{url}" for url in urls]
    # What was blocked stands behind what was never asked for.
    assert [target.url for target in targets] == sorted(known, key=fetched.__contains__)
    frontier.close()
