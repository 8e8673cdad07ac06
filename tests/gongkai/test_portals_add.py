"""`gongkai portals add` over a real server, with and without a person at the terminal."""

from __future__ import annotations

import json
import os
import pty
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.clock import clock_from
from archive.data_folder import DataDir, hold
from crawler.registry.loading import load_portal, load_registry
from crawler.registry.portals import Portal, PortalList
from gongkai.cli import main
from gongkai.operator_settings import load_settings
from gongkai.surveying import PortalKnown, Site, check_new, look_for_portal, save
from pipelines.errors import ExitCode
from tests.crawler.portal_server import PortalServer, Reply, page, to
from tests.crawler.test_crawl import runs
from tests.e2e.content import rows
from tests.gongkai.small_portal import POLICIES, REPORTS, county
from tests.warm import run_gongkai

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


def run(data: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["--data", str(data), "portals", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer(county()) as opened:
        yield opened


def only_file(data: Path) -> Path:
    (path,) = DataDir(data).portals.glob("*.yaml")
    return path


def test_an_address_becomes_a_portal_that_is_off(server: PortalServer, tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "add", f"{server.address}/")
    assert code == 0, err
    path = only_file(tmp_path)
    portal = load_portal(path)
    assert [each.url for each in portal.lists] == [f"{server.address}{path}" for path in (REPORTS, POLICIES)]
    assert (portal.enabled, portal.verified, portal.name) == (False, False, "河西县人民政府")
    for said in (str(path), f"portals enable {portal.id}", "2026-01-20", "2025年政府信息公开工作年度报告"):
        assert said in out
    assert out.count("重点工作方案的通知") == 5, "the newest five"
    assert "Not sure:" in out
    assert f"{server.address}{REPORTS}" in err, "each page that is asked for is said"
    assert runs(DataDir(tmp_path))[0].event.body["verb"] == "survey"


def test_what_was_added_is_enabled_and_crawled(server: PortalServer, tmp_path: Path) -> None:
    assert run(tmp_path, "add", server.address)[0] == 0
    name = only_file(tmp_path).stem
    assert run(tmp_path, "enable", name)[0] == 0
    done = CliRunner().invoke(main, ["--data", str(tmp_path), "crawl", "--json"])
    (crawled,) = json.loads(done.stdout)["portals"]
    assert (done.exit_code, crawled["new_links"], crawled["incomplete_lists"]) == (0, 13, [])


def test_json_says_all_of_it(server: PortalServer, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "add", server.address, "--json")
    told = json.loads(out)
    path = only_file(tmp_path)
    assert (code, told["path"], told["portal"], told["family"]) == (0, str(path), path.stem, "static_list")
    reports, policies = told["lists"]
    assert (reports["kind"], reports["declared"], reports["written"]) == ("annual_report", 6, True)
    assert (policies["newest"][0]["date"], len(policies["newest"])) == ("2026-01-20", 5)
    assert told["requests"] == 3


def test_rows_that_are_not_fetched_or_there_twice_are_marked(server: PortalServer, tmp_path: Path) -> None:
    server.replies["/robots.txt"] = Reply(
        f"User-agent: *\nDisallow: {REPORTS}t1".encode(), headers=(("Content-Type", "text/plain"),)
    )
    listed = server.replies[REPORTS].body.decode()
    shown = listed.replace(f"{REPORTS}t2.html", "http://www.hedong.gov.cn/t2.html")
    row = shown[shown.index("<li>") : shown.index("</li>") + 5]
    server.replies[REPORTS] = Reply(shown.replace(row, row + row).encode())
    reports = json.loads(run(tmp_path, "add", server.address, "--json")[1])["lists"][0]
    marks = [", ".join(each["marks"]) for each in reports["newest"]]
    assert marks == ["twice", "twice", "robots.txt forbids it", "another site", ""]
    out = run(tmp_path, "add", server.address, "--replace")[1]
    assert [out.count(mark) for mark in ("twice", "robots.txt forbids it")] == [2, 1]


def test_a_name_of_the_roster_will_do_and_tells_the_region(server: PortalServer, tmp_path: Path) -> None:
    roster = DataDir(tmp_path).roster
    roster.mkdir()
    row = f"信阳市河西县人民政府,411599,county,government,{server.address}/"
    (roster / "own.csv").write_text(f"name,region_code,level,kind,home_url\n{row}\n", "utf-8")
    code, _, err = run(tmp_path, "add", "河西县")
    assert code == 0, err
    portal = load_portal(only_file(tmp_path))
    assert (portal.issuer, portal.region_code) == ("信阳市河西县人民政府", "411599")
    assert run(tmp_path, "add", "河西县")[0] == 3, "it is known now"


def test_a_portal_that_is_known_is_told_and_kept(server: PortalServer, tmp_path: Path) -> None:
    assert run(tmp_path, "add", server.address)[0] == 0
    path = only_file(tmp_path)
    ours = path.read_text("utf-8") + "# looked at by hand\n"
    path.write_text(ours, "utf-8")
    asked = len(server.log)
    code, out, err = run(tmp_path, "add", f"{server.address}{REPORTS}")
    assert (code, out, path.stem in err, len(server.log)) == (3, "", True, asked)
    assert path.read_text("utf-8") == ours
    assert run(tmp_path, "add", server.address, "--replace")[0] == 0
    assert (only_file(tmp_path), path.with_suffix(".yaml.old").read_text("utf-8")) == (path, ours)
    assert "by hand" not in path.read_text("utf-8")


def test_a_portal_that_moved_keeps_its_documents(server: PortalServer, tmp_path: Path) -> None:
    def gongkai(day: str, *arguments: str) -> str:
        env = {"GONGKAI_NOW": f"2026-{day}T15:00:00Z"}
        done = CliRunner().invoke(main, ["--data", str(tmp_path), *arguments], env=env)
        assert done.exit_code in (ExitCode.DONE, ExitCode.ATTENTION), done.output
        return done.output

    old = server.address
    gongkai("05-12", "portals", "add", old)
    name = only_file(tmp_path).stem
    for verb in (("portals", "enable", name), ("crawl",), ("derive",)):
        gongkai("05-12", *verb)
    pages, server.replies = server.replies, {"/": page("网站已迁移")}
    told = gongkai("06-13", "nightly")
    assert ": 13 of 13 documents are gone, 0 stand at new addresses, none is withdrawn by that" in told
    assert f"gongkai portals add {old}/ --replace" in told
    moved = {path.replace("/t", "/new/t"): reply for path, reply in pages.items()}
    moved |= {path: Reply(pages[path].body.replace(b"/t", b"/new/t")) for path in (REPORTS, POLICIES)}
    with PortalServer(moved) as new:
        gongkai("06-14", "portals", "add", new.address, "--replace")
        portal = load_portal(only_file(tmp_path))
        assert (portal.id, portal.home_url) == (name, f"{new.address}/")
        assert portal.hosts == (old.removeprefix("http://"),)
        for verb in (("portals", "enable", name), ("crawl",), ("derive",)):
            gongkai("06-14", *verb)
    statuses = "SELECT url LIKE ? || '%', status, count(*) FROM documents GROUP BY 1, 2"
    assert rows(DataDir(tmp_path).corpus_db, statuses, old) == [(0, "live", 13), (1, "moved", 13)]
    assert rows(DataDir(tmp_path).corpus_db, "SELECT id, home_url FROM portals") == [
        (name, f"{new.address}/")
    ]


def test_a_portal_that_only_ships_is_looked_at_and_wins(server: PortalServer, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    known = Portal(
        "hexi", "河西县", "static_list", f"{server.address}/", lists=(PortalList(f"{server.address}/old/"),)
    )
    (shipped / "hexi.yaml").write_text(
        f"id: hexi\nname: 河西县\nfamily: static_list\nhome_url: {known.home_url}\n"
        f"lists:\n  - url: {known.lists[0].url}\n",
        "utf-8",
    )
    settings = load_settings(tmp_path / "data", {})
    registry = load_registry(settings.data.portals, shipped=shipped)
    found = look_for_portal(settings, registry, Site(known.home_url), replace=False, told=lambda _: None)
    path = save(settings, found, confirmed=False)
    assert path.stem == "hexi"
    assert f"{server.address}/old/, which was not found here" in path.read_text("utf-8")
    registry = load_registry(settings.data.portals, shipped=shipped)
    assert registry.get("hexi").lists[0].url == f"{server.address}{REPORTS}"
    with pytest.raises(PortalKnown, match="your registry"):
        check_new(settings, registry, known.home_url, replace=False)


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        pytest.param({"/": page("施工中")}, "No list was found", id="a site without lists"),
        pytest.param({"/": Reply(b"fault", 500)}, "answered server_error", id="a site at fault"),
        pytest.param(
            {"/": Reply(b'<script>$_ts=window["$_ts"];</script>', 412)}, "challenge", id="turned away"
        ),
        pytest.param({"/": to("https://www.example.com/")}, "https://www.example.com/", id="gone elsewhere"),
    ],
)
def test_where_nothing_is_found_nothing_is_written(
    tmp_path: Path, replies: dict[str, Reply], says: str
) -> None:
    with PortalServer(replies) as server:
        code, out, _ = run(tmp_path, "add", server.address)
    assert code == 1
    assert says in out
    assert "by hand" in out
    assert "gongkai import" in out
    assert list(DataDir(tmp_path).portals.iterdir()) == []


def test_a_site_that_is_down_is_told_in_json_too(tmp_path: Path) -> None:
    with PortalServer({}) as server:
        address = server.address
    code, out, _ = run(tmp_path, "add", address, "--json")
    told = json.loads(out)
    assert (code, told["path"], told["outcome"], told["lists"]) == (1, None, "refused", [])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["add", "www.hexi.gov.cn"], 3, "GONGKAI_CONTACT", id="a public site, and no contact"),
        pytest.param(["add", "河西"], 3, "nobody in the roster", id="an unknown name"),
        pytest.param(["add", "http://gk.hedong.gov.cn/"], 3, "its owner asked", id="on the stop list"),
        pytest.param(["add"], 2, "Missing argument", id="nothing"),
    ],
)
def test_what_cannot_be_looked_at_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, says: str
) -> None:
    monkeypatch.delenv("GONGKAI_CONTACT", raising=False)
    entry = "- {host: hedong.gov.cn, reason: its owner asked, since: 2026-03-14}\n"
    (tmp_path / "stop_list.yaml").write_text(entry, "utf-8")
    got, out, err = run(tmp_path, *arguments)
    assert (got, says in err, out) == (code, True, "")


def test_it_waits_for_nobody_who_writes(server: PortalServer, tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    with hold(data.lock, verb="crawl", clock=clock_from(None)):
        assert run(tmp_path, "add", server.address)[0] == 6
    assert server.log == []


def answered(data: Path, address: str, answers: str) -> subprocess.CompletedProcess[str]:
    """Add an address at a terminal, where somebody answers what is asked."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    done = run_gongkai("--data", str(data), "portals", "add", address, env=os.environ, terminal=theirs)
    os.close(theirs)
    os.close(ours)
    return done


def test_a_person_at_the_terminal_says_what_a_script_leaves_open(tmp_path: Path) -> None:
    script = "$.get('/api/list?ch=' + getQueryString('ch') + '&page=1', show);"
    items = [
        {"title": f"河西县{year}年政府信息公开工作年度报告", "url": f"/{year}.html"}
        for year in range(2019, 2026)
    ]
    replies = {
        "/": page('<a href="/nb/">政府信息公开年报</a>'),
        "/nb/": page(f"<div id=list></div><script>{script}</script>"),
        "/api/list?ch=7&page=1": Reply(json.dumps({"total": len(items), "items": items}).encode()),
    }
    with PortalServer(replies) as server:
        assert run(tmp_path, "add", server.address)[0] == 1
        assert list(DataDir(tmp_path).portals.iterdir()) == []
        done = answered(tmp_path, server.address, "7\n\n\n")
        assert done.returncode == 0, done.stderr
        assert "what is ch? Its script has getQueryString('ch')" in done.stderr
        portal = load_portal(only_file(tmp_path))
        assert [each.url for each in portal.lists] == [f"{server.address}/api/list?ch=7&page=1"]


@pytest.mark.parametrize(
    ("answers", "enabled"),
    [
        pytest.param("y\ny\n", True, id="written and confirmed"),
        pytest.param("\n\n", False, id="written, to be looked at later"),
        pytest.param("n\n", None, id="not written"),
    ],
)
def test_a_person_at_the_terminal_is_asked(
    server: PortalServer, tmp_path: Path, answers: str, enabled: bool | None
) -> None:
    done = answered(tmp_path, server.address, answers)
    assert done.returncode == 0, done.stderr
    assert "Write it as" in done.stderr
    if enabled is None:
        assert list(DataDir(tmp_path).portals.iterdir()) == []
    else:
        portal = load_portal(only_file(tmp_path))
        assert (portal.enabled, portal.verified) == (enabled, enabled)
