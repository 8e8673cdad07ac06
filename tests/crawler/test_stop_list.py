"""The stop list: whom it means, how a fault in it is told, and that nothing on it is ever asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from crawler.errors import HostStopped, StopListMismatch
from crawler.policy.hosts import StopEntry, StopList, load_stop_list
from crawler.registry.loading import enable_portal, load_registry
from crawler.registry.portals import Portal, PortalList
from tests.crawler.portal_server import PortalServer, list_page, page, to
from tests.crawler.test_crawl import LIMITS, LONG, stored
from tests.crawling import crawl

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = "- host: {host}\n  reason: its owner asked\n  since: 2026-03-14\n"


def stop_list(folder: Path, *hosts: str) -> StopList:
    path = folder / "stop_list.yaml"
    path.write_text("# ours\n" + "".join(ENTRY.format(host=host) for host in hosts), "utf-8")
    return load_stop_list(path)


@pytest.mark.parametrize(
    ("host", "meant", "not_meant"),
    [
        pytest.param(
            "hexi.gov.cn",
            ("http://hexi.gov.cn/", "https://www.hexi.gov.cn:8443/a", "http://zw.hexi.gov.cn./a"),
            ("http://ahexi.gov.cn/", "http://gov.cn/", "http://hexi.gov.cn.example.com/"),
            id="a host and all below it",
        ),
        pytest.param(
            "www.gov.cn",
            ("https://www.gov.cn/zhengce/", "http://gov.cn/", "http://sousuo.www.gov.cn/"),
            ("http://www.hexi.gov.cn/", "http://hexi.gov.cn/"),
            id="a site with and without www, and none beside it",
        ),
        pytest.param("HEXI.Gov.CN.", ("http://Hexi.gov.cn/",), (), id="capitals and a final dot"),
        pytest.param(
            "政务.cn", ("http://xn--zfr164b.cn/", "http://a.政务.cn/"), ("http://务.cn/",), id="Chinese"
        ),
        pytest.param("203.0.113.7", ("http://203.0.113.7:8080/",), ("http://203.0.113.70/",), id="IPv4"),
        pytest.param('"2001:db8::7"', ("http://[2001:db8::7]:81/",), ("http://[2001:db8::8]/",), id="IPv6"),
    ],
)
def test_an_entry_means_its_host_and_what_is_below(
    tmp_path: Path, host: str, meant: tuple[str, ...], not_meant: tuple[str, ...]
) -> None:
    stopped = stop_list(tmp_path, host)
    assert [url for url in meant if stopped.entry_for(url) is None] == []
    assert [url for url in not_meant if stopped.entry_for(url) is not None] == []
    with pytest.raises(HostStopped, match="its owner asked"):
        stopped.check(meant[0])


@pytest.mark.parametrize("url", ["", "gopher://hexi.gov.cn/", "http://", "http://[::1/", "http://a b/"])
def test_what_names_no_host_is_nobodys(tmp_path: Path, url: str) -> None:
    assert stop_list(tmp_path, "hexi.gov.cn").entry_for(url) is None


GOOD = ENTRY.format(host="hexi.gov.cn")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("hexi.gov.cn\n", ":1", "must be a list", id="a bare name"),
        pytest.param("- hexi.gov.cn\n", ":1", "must be a mapping", id="a list of names"),
        pytest.param(GOOD + "- host: [\n", ":5", "cannot be read as YAML", id="no YAML"),
        pytest.param(
            GOOD.replace("  reason: its owner asked\n", ""), ":1", "reason: is missing", id="no reason"
        ),
        pytest.param(GOOD + "  until: 2027-01-01\n", ":4", "until: no such field", id="unknown field"),
        pytest.param(GOOD.replace("2026-03-14", "March"), ":3", "since: 'March' is no day", id="no day"),
        pytest.param(ENTRY.format(host="http://hexi.gov.cn/"), ":1", "host: ", id="an address"),
        pytest.param(ENTRY.format(host="hexi.gov.cn:8080"), ":1", "is no host", id="a port"),
        pytest.param(ENTRY.format(host="'*.gov.cn'"), ":1", "host: ", id="a pattern"),
        pytest.param(ENTRY.format(host="''"), ":1", "host: ", id="nothing"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, text: str, line: str, says: str) -> None:
    path = tmp_path / "stop_list.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(StopListMismatch) as raised:
        load_stop_list(path)
    assert raised.value.where == f"{path}{line}"
    assert says in raised.value.problem
    assert (raised.value.hint or "").endswith("; until then nothing is crawled")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n", "null\n"])
def test_a_list_of_nothing_is_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stop_list.yaml"
    path.write_text(text, "utf-8")
    assert load_stop_list(path) == load_stop_list(tmp_path / "none.yaml")


def test_what_would_not_be_looked_at_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "stop_list.yml").write_text(GOOD, "utf-8")
    with pytest.raises(StopListMismatch, match=r"Name it stop_list\.yaml"):
        load_stop_list(tmp_path / "stop_list.yaml")
    (tmp_path / "stop_list.yml").unlink()
    (tmp_path / "stop_list.yaml").mkdir()
    with pytest.raises(StopListMismatch, match="cannot be read"):
        load_stop_list(tmp_path / "stop_list.yaml")


def test_both_lists_are_obeyed(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.yaml"
    shipped.write_text(ENTRY.format(host="hedong.gov.cn") + GOOD, "utf-8")
    own = tmp_path / "stop_list.yaml"
    own.write_text(ENTRY.format(host="henan.test"), "utf-8")
    assert set(load_stop_list(own, shipped).entries) == {"hedong.gov.cn", "hexi.gov.cn", "henan.test"}


YAML = """\
id: {id}
name: 河西县人民政府
family: static_list
home_url: https://www.{id}.gov.cn/
enabled: true
lists:
  - url: https://zw.{id}.gov.cn/nb/
"""


@pytest.mark.parametrize("host", ["hexi.gov.cn", "www.hexi.gov.cn", "zw.hexi.gov.cn"])
def test_the_registry_leaves_a_stopped_portal_out_and_says_so(tmp_path: Path, host: str) -> None:
    for name in ("hexi", "hedong"):
        (tmp_path / f"{name}.yaml").write_text(YAML.format(id=name), "utf-8")
    stopped = stop_list(tmp_path.parent, host)
    registry = load_registry(tmp_path, tmp_path / "none", stopped)
    assert [portal.id for portal in registry.enabled()] == ["hedong"]
    assert registry.stopped() == {"hexi": stopped.entries[host]}
    assert registry.get("hexi").name == "河西县人民政府"
    with pytest.raises(HostStopped, match="2026-03-14"):
        registry.to_crawl("hexi")
    with pytest.raises(HostStopped):
        enable_portal("hexi", tmp_path, shipped=tmp_path / "none", stop_list=stopped)
    enable_portal("hexi", tmp_path, enabled=False, shipped=tmp_path / "none", stop_list=stopped)
    assert not load_registry(tmp_path, tmp_path / "none").get("hexi").enabled


def test_a_portal_with_a_list_left_is_crawled() -> None:
    entry = StopEntry("zw.hexi.gov.cn", "its owner asked", dt.date(2026, 3, 14))
    lists = tuple(PortalList(f"https://{host}.hexi.gov.cn/") for host in ("zw", "nb"))
    portal = Portal("hexi", "河西县", "static_list", "https://www.hexi.gov.cn/", lists=lists)
    assert (
        StopList({entry.host: entry}).entry_against(portal.home_url, [each.url for each in portal.lists])
        is None
    )


def test_nothing_on_the_list_is_asked_and_that_is_recorded_once(tmp_path: Path) -> None:
    rows = [*((f"http://zw.hexi.test/a/{n}.html", f"文件{n}") for n in range(5)), ("/b/1.html", "报告")]
    replies = {
        "/nb/": list_page([*rows, ("/b/away.html", "迁移")]),
        "/zc/": list_page([("/b/2.html", "通知")]),
        "/b/1.html": page(LONG),
        "/b/away.html": to("http://sub.zw.hexi.test/b/3.html"),
    }
    data = DataDir(tmp_path)
    stop_list(tmp_path, "zw.hexi.test")
    portal = Portal(
        "hexi",
        "河西县人民政府",
        "static_list",
        "http://www.hexi.test/",
        lists=(PortalList("http://www.hexi.test/nb/"), PortalList("http://zw.hexi.test/zc/")),
        hosts=("sub.zw.hexi.test",),
    )
    with PortalServer(replies) as server:
        names = ("www.hexi.test", "hexi.test", "zw.hexi.test", "sub.zw.hexi.test")
        connect_to = dict.fromkeys(names, f"127.0.0.1:{server.port}")
        summary = crawl([portal], data=data, limits=LIMITS, connect_to=connect_to)
        asked = {headers["host"] for _, _, headers in server.log}
    assert asked == {"www.hexi.test"}
    (one,) = summary.portals
    assert (summary.state, one.outcomes["stop_listed"], one.outcomes["ok"]) == ("finished", 1, 2)
    assert [sweep.reason or "" for sweep in one.sweeps if "zw.hexi.test is on" in (sweep.reason or "")] != []
    (kept,) = [each for each in stored(data) if each.outcome == "stop_listed"]
    assert "its owner asked" in (kept.error or "")


def test_a_faulty_list_stops_the_crawl_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "stop_list.yaml").write_text("- host: hexi.gov.cn\n", "utf-8")
    with PortalServer({"/nb/": list_page([])}) as server:
        portal = Portal(
            "a", "甲县", "static_list", f"{server.address}/", lists=(PortalList(f"{server.address}/nb/"),)
        )
        with pytest.raises(StopListMismatch, match="reason: is missing"):
            crawl([portal], data=DataDir(tmp_path), limits=LIMITS)
        assert server.log == []
    assert [path.name for path in tmp_path.iterdir()] == ["stop_list.yaml"]
