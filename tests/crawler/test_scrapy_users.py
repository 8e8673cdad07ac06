"""Whoever knows Scrapy is at home: its commands, spiders of other people, items, under the same rules."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from archive.clock import clock_from
from archive.data_folder import DataDir, hold
from archive.warc.entries import Role
from tests.conftest import ROOT
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to, zipped
from tests.crawler.project_copy import copy_project, run_in
from tests.crawler.test_crawl import LONG, stored

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

GUIDE = (ROOT / "docs" / "crawling.md").read_text("utf-8").partition("## With Scrapy's own commands")[2]
SPIDER = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
ROBOTS = Reply(b"User-agent: *\nDisallow: /secret/\n", headers=(("Content-Type", "text/plain"),))


@pytest.fixture
def server() -> Iterator[PortalServer]:
    rows = [("/a.html", "甲号报告"), ("/b.html", "乙号报告")]
    replies = {
        "/nb/": zipped(list_page(rows, "createPageHTML(2, 0, 'index', 'html', 3);")),
        "/nb/index_1.html": list_page([("/c.html", "丙号报告")]),
        "/a.html": page(f"<h1>甲号报告</h1>{LONG}"),
        "/b.html": page(f"<h1>乙号报告</h1>{LONG}乙"),
        "/c.html": page(f"<h1>丙号报告</h1>{LONG}丙"),
        "/moved": to("/a.html"),
        "/away": to("http://10.0.0.1/x"),
        "/robots.txt": ROBOTS,
    }
    with PortalServer(replies) as opened:
        yield opened


@pytest.fixture
def data(tmp_path: Path, server: PortalServer) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.make()
    (made.portals / "hexi.yaml").write_text(
        f"id: hexi\nname: 河西县\nfamily: static_list\nhome_url: {server.address}/\n"
        f"lists:\n  - url: {server.address}/nb/\n",
        encoding="utf-8",
    )
    return made


def scrapy(data: DataDir, *command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return run_in(folder, "scrapy", *command, "-s", f"GONGKAI_DATA={data.root}", GONGKAI_CONTACT="")


def test_fetch_prints_a_page(data: DataDir, server: PortalServer) -> None:
    done = scrapy(data, "fetch", f"{server.address}/moved", "--nolog")
    assert (done.returncode, "甲号报告" in done.stdout) == (0, True), done.stderr
    assert server.paths() == ["/robots.txt", "/moved", "/a.html"]
    assert server.log[-1][2]["user-agent"].startswith("gongkai/")
    assert stored(data) == []


def test_shell_looks_at_a_page_while_a_run_goes_on(data: DataDir, server: PortalServer) -> None:
    with hold(data.lock, verb="nightly", clock=clock_from(None)):
        done = scrapy(
            data, "shell", f"{server.address}/nb/", "-c", "response.css('a::text').getall()", "--nolog"
        )
    assert done.stdout.split("\n")[0] == "['甲号报告', '乙号报告']", done.stderr
    assert stored(data) == []


def test_parse_shows_what_a_list_page_says(data: DataDir, server: PortalServer) -> None:
    done = scrapy(
        data, "parse", f"{server.address}/nb/", "--spider=portal", "-a", "portal=hexi", "--nocolour"
    )
    assert done.returncode == 0, done.stderr
    assert all(f"'title': '{title}'" in done.stdout for title in ("甲号报告", "乙号报告"))
    assert f"<GET {server.address}/nb/index_1.html>" in done.stdout
    assert stored(data) == []


def test_crawl_yields_the_documents_to_feeds(data: DataDir, server: PortalServer, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = scrapy(data, "crawl", "portal", "-a", "portal=hexi", "-O", str(out))
    assert done.returncode == 0, done.stderr
    items = {item["title"]: item for item in map(json.loads, out.read_text("utf-8").splitlines())}
    assert set(items) == {"甲号报告", "乙号报告", "丙号报告"}
    kept = {capture.id: capture for capture in stored(data)}
    for item in items.values():
        capture = kept[item["capture_id"]]
        assert (capture.url, capture.context and capture.context.role) == (item["url"], Role.ARTICLE)
        assert (item["portal"], item["role"], item["date"]) == ("hexi", "article", "2024-03-11")
        assert item["list_url"] == f"{server.address}/nb/"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/", "http://10.1.2.3/", "http://[::1]:9/", "http://0x7f.1/"]
)
def test_no_command_reaches_a_private_host(data: DataDir, address: str) -> None:
    done = scrapy(data, "fetch", address, "-s", "GONGKAI_CONTACT=desk@example.org")
    assert "is not asked for: off_scope" in done.stderr or "address_denied" in done.stderr
    assert stored(data) == []


def test_a_public_host_wants_a_contact_and_gongkai_yaml_has_one(data: DataDir) -> None:
    asked = ("crawl", "portal", "-a", "portal=mva", "-s", "CLOSESPIDER_TIMEOUT_NO_ITEM=0")
    assert "is not asked for: contact_missing" in scrapy(data, "fetch", "http://www.mva.gov.cn/").stderr
    assert "Set GONGKAI_CONTACT" in scrapy(data, *asked).stderr
    (data.root / "gongkai.yaml").write_text("contact: desk@example.org\n", encoding="utf-8")
    (data.root / "stop_list.yaml").write_text(
        "- host: www.mva.gov.cn\n  reason: a test asks nobody\n  since: 2026-01-01\n", encoding="utf-8"
    )
    done = scrapy(data, "fetch", "http://www.mva.gov.cn/")
    assert "is not asked for: stop_listed" in done.stderr
    assert "(+desk@example.org)" in done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return copy_project(folder)


def test_the_spider_of_the_guide_runs_is_archived_and_fills_a_pipeline(
    data: DataDir, server: PortalServer, project: Path, tmp_path: Path
) -> None:
    assert SPIDER is not None
    (project / "crawler" / "spiders" / "titles.py").write_text(SPIDER[1], encoding="utf-8")
    (project / "shouting.py").write_text(
        "class Shouting:\n"
        "    def process_item(self, item):\n"
        "        return item | {'title': item['title'] + '!'}\n",
        encoding="utf-8",
    )
    assert "titles" in scrapy(data, "list", folder=project).stdout.split()
    out = tmp_path / "titles.jsonl"
    done = scrapy(
        data, "crawl", "titles", "-a", f"start={server.address}/nb/", "-O", str(out),
        "-s", 'ITEM_PIPELINES={"shouting.Shouting": 300}', folder=project,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    titles = {json.loads(line)["title"] for line in out.read_text("utf-8").splitlines()}
    assert titles == {"甲号报告!", "乙号报告!"}
    captures = stored(data)
    assert {capture.url.removeprefix(server.address) for capture in captures} == {
        "/robots.txt", "/nb/", "/a.html", "/b.html",
    }  # fmt: skip
    assert {capture.context.role for capture in captures if capture.context} == {Role.PROBE}
    with hold(data.lock, verb="nightly", clock=clock_from(None)):
        refused = scrapy(data, "crawl", "titles", folder=project)
    assert (refused.returncode, "LockHeld" in refused.stderr) == (1, True)


RUDE = """
import scrapy

class Rude(scrapy.Spider):
    name = "rude"
    custom_settings = {
        "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "AUTOTHROTTLE_ENABLED": False,
        "USER_AGENT": "Mozilla", "DOWNLOADER_MIDDLEWARES": {}, "DOWNLOAD_HANDLERS": {},
        "DOWNLOAD_SLOTS": {"www.hexi.gov.cn": {"delay": 0, "concurrency": 9}},
    }

    async def start(self):
        for path in PATHS:
            yield scrapy.Request(path, meta={"dont_obey_robotstxt": True, "proxy": "http://127.0.0.1:9"})

    def parse(self, response):
        for name in NAMES:
            yield {"url": response.url, "name": name, "value": self.settings.get(name)}
        yield {"url": response.url, "name": "slots", "value": list(self.settings.getdict("DOWNLOAD_SLOTS"))}
"""


def test_the_rules_hold_whatever_a_spider_sets(
    data: DataDir, server: PortalServer, project: Path, tmp_path: Path
) -> None:
    paths = [f"{server.address}{path}" for path in ("/a.html", "/secret/x.html", "/away")]
    names = ["DOWNLOAD_DELAY", "CONCURRENT_REQUESTS_PER_DOMAIN", "AUTOTHROTTLE_ENABLED", "USER_AGENT"]
    text = f"PATHS = {paths!r}\nNAMES = {names!r}\n{RUDE}"
    (project / "crawler" / "spiders" / "rude.py").write_text(text, encoding="utf-8")
    out = tmp_path / "rude.jsonl"
    done = scrapy(data, "crawl", "rude", "-O", str(out), "-s", "DOWNLOAD_DELAY=0", folder=project)
    assert done.returncode == 0, done.stderr
    items = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    said = {item["name"]: item["value"] for item in items}
    assert {item["url"] for item in items} == {f"{server.address}/a.html"}
    assert said["DOWNLOAD_DELAY"] >= 3
    assert (said["CONCURRENT_REQUESTS_PER_DOMAIN"], said["AUTOTHROTTLE_ENABLED"]) == (1, True)
    assert said["USER_AGENT"].startswith("gongkai/")
    assert "www.hexi.gov.cn" not in said["slots"]
    assert sorted(server.paths()) == ["/a.html", "/away", "/robots.txt"]
    outcomes = {capture.url: capture.outcome for capture in stored(data)}
    assert outcomes[f"{server.address}/secret/x.html"] == "robots_denied"
