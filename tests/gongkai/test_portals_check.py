"""`gongkai portals check` and `list`: what is healthy, what broke, and what is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from tests.crawler.portal_server import PortalServer, Reply
from tests.gongkai.small_portal import POLICIES, REPORTS, county
from tests.gongkai.test_portals_add import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-02-10T23:00:00+08:00"


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer(county()) as opened:
        yield opened


def register(data: Path, server: PortalServer, name: str, *more: str) -> None:
    DataDir(data).make()
    lines = (
        f"id: {name}",
        "name: 河西县人民政府",
        "family: static_list",
        f"home_url: {server.address}/",
        "lists:",
        *(
            f"  - {{url: '{server.address}{path}', kind: {kind}, title: {title}}}"
            for path, kind, title in (
                (REPORTS, "annual_report", "年报"),
                (POLICIES, "policy", "政策"),
            )
        ),
        *more,
    )
    (DataDir(data).portals / f"{name}.yaml").write_text("\n".join(lines), "utf-8")


def test_a_portal_that_is_as_it_was_is_healthy(
    server: PortalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_NOW", NOW)
    register(tmp_path, server, "hexi", "enabled: true")
    code, out, err = run(tmp_path, "check")
    assert (code, "hexi" in out, "healthy" in out) == (0, True, True), err
    assert set(server.paths()) == {"/robots.txt", "/", REPORTS, POLICIES}


def test_what_broke_is_said_for_each(
    server: PortalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_NOW", NOW)
    server.replies[REPORTS] = Reply(b"none", 404)
    with PortalServer(county()) as other:
        register(tmp_path, server, "hexi")
        register(tmp_path, other, "hedong")
        code, out, _ = run(tmp_path, "check", "hexi", "hedong", "--json")
    told = {each["portal"]: each for each in json.loads(out)["portals"]}
    assert (code, told["hedong"]["state"], told["hexi"]["state"]) == (1, "healthy", "drifted")
    assert "年报: answered gone" in told["hexi"]["remarks"]
    assert not any(remark.startswith("政策") for remark in told["hexi"]["remarks"])


def test_a_portal_out_of_its_hours_is_left_alone(
    server: PortalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_NOW", "2026-02-10T12:00:00+08:00")
    register(tmp_path, server, "hexi", 'night_hours: "22:00-07:00"')
    code, out, _ = run(tmp_path, "check", "hexi", "--json")
    assert (code, json.loads(out)["portals"][0]["state"], server.log) == (0, "not_asked", [])


def test_a_portal_on_the_stop_list_is_not_asked_for(server: PortalServer, tmp_path: Path) -> None:
    register(tmp_path, server, "hexi", "enabled: true")
    entry = "- {host: 127.0.0.1, reason: its owner asked, since: 2026-03-14}\n"
    (tmp_path / "stop_list.yaml").write_text(entry, "utf-8")
    for arguments, says in (
        (("check", "hexi"), "its owner asked"),
        (("enable", "hexi"), "its owner asked"),
        (("check",), "no portal is enabled"),
        (("add", server.address, "--replace"), "its owner asked"),
    ):
        code, out, err = run(tmp_path, *arguments)
        assert (code, says in err, out) == (3, True, ""), arguments
    assert server.log == []
    _, out, _ = run(tmp_path, "list")
    assert "hexi: 127.0.0.1 is on the stop list since 2026-03-14: its owner asked" in out
    assert run(tmp_path, "enable", "hexi", "--off")[0] == 0


def test_a_faulty_stop_list_stops_every_verb_that_asks(server: PortalServer, tmp_path: Path) -> None:
    register(tmp_path, server, "hexi", "enabled: true")
    (tmp_path / "stop_list.yaml").write_text("- hexi.gov.cn\n", "utf-8")
    for arguments in (("check",), ("add", "http://127.0.0.1:9/"), ("enable", "hexi"), ("list",)):
        code, _, err = run(tmp_path, *arguments)
        assert (code, "stop_list.yaml:1" in err, "until then nothing is crawled" in err) == (3, True, True)
    assert server.log == []


def test_the_list_reads_as_a_table_and_can_be_narrowed(server: PortalServer, tmp_path: Path) -> None:
    register(tmp_path, server, "hexi", "enabled: true", 'region_code: "411599"', "verified: true")
    lines = {
        line.split()[1]: line.split()
        for line in run(tmp_path, "list")[1].splitlines()
        if line.strip()[:2] in {"on", "of"}
    }
    assert len(lines) > 60
    assert lines["hexi"] == [
        "on", "hexi", "河西县人民政府", "411599", "static_list", "2", "yes", f"{server.address}/",
    ]  # fmt: skip
    enabled = json.loads(run(tmp_path, "list", "--enabled", "--json")[1])["portals"]
    assert [portal["id"] for portal in enabled] == ["hexi"]
    henan = json.loads(run(tmp_path, "list", "--region", "41", "--json")[1])["portals"]
    assert {portal["region_code"][:2] for portal in henan} == {"41"}
    assert "http" not in run(tmp_path, "list", "--region", "99")[1]
