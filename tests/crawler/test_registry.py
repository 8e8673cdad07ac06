"""The registry: what it takes, and how it says what is wrong, to the line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from crawler.errors import PortalMismatch, PortalUnknown
from crawler.policy.politeness import NightHours
from crawler.registry.loading import enable_portal, load_portal, load_registry

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
# the county's own portal
id: hexi
name: 河西县人民政府
family: static_list
home_url: https://www.hexi.gov.cn/
region_code: 010000
enabled: false   # until checked
lists:
  - url: https://www.hexi.gov.cn/zwgk/nb/
    kind: annual_report
    title: 政府信息公开年报
hosts: [zwgk.hexi.gov.cn, "zwgk.hexi.gov.cn:8080"]
delay_s: 4.5
night_hours: "22:00-07:00"
expected:
  min_documents: 3
  newest_year: 2024
evidence:
  - its own menu, 2026
"""


def write(folder: Path, text: str, name: str = "hexi") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_portal_is_read_in_full(tmp_path: Path) -> None:
    portal = load_portal(write(tmp_path, GOOD))
    assert (portal.id, portal.name, portal.region_code) == ("hexi", "河西县人民政府", "010000")
    assert (portal.enabled, portal.delay_s, portal.expected.newest_year) == (False, 4.5, 2024)
    assert portal.own_hosts == {"hexi.gov.cn", "zwgk.hexi.gov.cn", "zwgk.hexi.gov.cn:8080"}
    assert portal.covers("http://hexi.gov.cn/a")
    assert not portal.covers("http://news.hexi.gov.cn/a")
    assert not portal.covers("https://www.hexi.gov.cn:8443/a")
    assert portal.entry()["night_hours"] == "22:00-07:00"


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        pytest.param("issuer", "", 0, "", id="nothing changed is no fault"),
        pytest.param("delay_s", "delay", 13, "delay", id="unknown key"),
        pytest.param("    kind:", "    knd:", 10, "lists[0].knd", id="unknown key in a list"),
        pytest.param("annual_report", "report", 10, "lists[0].kind", id="unknown kind"),
        pytest.param("static_list", "static", 4, "family", id="unknown family"),
        pytest.param("region_code: 010000", "region_code: 41", 6, "region_code", id="short region code"),
        pytest.param("https://www.hexi.gov.cn/\n", "www.hexi.gov.cn\n", 5, "home_url", id="no scheme"),
        pytest.param("https://www.hexi.gov.cn/\n", "ftp://hexi.gov.cn/\n", 5, "home_url", id="ftp"),
        pytest.param(
            "https://www.hexi.gov.cn/\n", "http://hexi.gov.cn:99999/\n", 5, "home_url", id="port that is none"
        ),
        pytest.param("https://www.hexi.gov.cn/\n", '"http://[::1/"\n', 5, "home_url", id="host that is none"),
        pytest.param(
            "https://www.hexi.gov.cn/\n", "http://me:pw@hexi.gov.cn/\n", 5, "home_url", id="user name"
        ),
        pytest.param("河西县人民政府", '"a\\e[2Jb"', 3, "name", id="control characters"),
        pytest.param("河西县人民政府", '"a\\nb"', 3, "name", id="line break"),
        pytest.param("4.5", "9" * 400, 13, "delay_s", id="delay beyond reason"),
        pytest.param(
            "newest_year: 2024", f"newest_year: {'9' * 5000}", 17, "expected.newest_year", id="huge"
        ),
        pytest.param("name: 河西", "name: &a [*a]\nissuer: 河西", 3, "name", id="alias of itself"),
        pytest.param("enabled: false", "enabled: yes", 7, "enabled", id="yes is not true"),
        pytest.param("4.5", "0.5", 13, "delay_s", id="too fast"),
        pytest.param("4.5", "soon", 13, "delay_s", id="no number"),
        pytest.param("22:00-07:00", "22-7", 14, "night_hours", id="no hours"),
        pytest.param("22:00-07:00", "22:00-22:00", 14, "night_hours", id="hours from one to itself"),
        pytest.param("newest_year: 2024", "newest_year: new", 17, "expected.newest_year", id="no year"),
        pytest.param(
            "min_documents: 3", "min_documents: [3]", 16, "expected.min_documents", id="list for a number"
        ),
        pytest.param("[zwgk.hexi.gov.cn,", "[10.0.0.8,", 12, "hosts", id="private host"),
        pytest.param("[zwgk.hexi.gov.cn,", "[http://a.cn,", 12, "hosts[0]", id="address for a host"),
        pytest.param(
            "https://www.hexi.gov.cn/zwgk/nb/", "http://127.0.0.1/", 9, "lists", id="list on loopback"
        ),
        pytest.param("id: hexi", "id: hedong", 2, "id", id="id is not the file's name"),
        pytest.param("id: hexi", "id: HeXi", 2, "id", id="capitals in the id"),
        pytest.param("name: 河西县人民政府\n", "", 2, "name", id="name missing"),
        pytest.param(
            "family: static_list\n", "family: static_list\nfamily: static_list\n", 5, "family", id="twice"
        ),
    ],
)
def test_fault_is_told_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str
) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    if not line:
        load_portal(path)
        return
    with pytest.raises(PortalMismatch) as raised:
        load_portal(path)
    assert raised.value.where == f"{path}:{line}"
    assert raised.value.problem.startswith(f"{field}: ")
    assert raised.value.hint


PRIVATE = {
    "a host": ("[zwgk.hexi.gov.cn,", "[10.0.0.5,", "hosts: 10.0.0.5 is a private address"),
    "a host with a port": (
        "[zwgk.hexi.gov.cn,",
        "['10.0.0.5:81',",
        "hosts: 10.0.0.5:81 is a private address",
    ),
    "a list": (
        "https://www.hexi.gov.cn/zwgk/nb/",
        "http://10.0.0.5/nb/",
        "lists: http://10.0.0.5/nb/ is on a private address",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), PRIVATE.values(), ids=PRIVATE)
def test_a_private_address_is_told_as_it_is_written(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(PortalMismatch) as raised:
        load_portal(write(tmp_path, GOOD.replace(old, new, 1)))
    assert raised.value.problem == said


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("id: hexi\n  name: [\n", ":2", id="not YAML"),
        pytest.param("", "", id="empty"),
        pytest.param("- id\n", ":1", id="a list"),
        pytest.param("[" * 5000, "", id="nested without end"),
        pytest.param("id: hexi\0\n", "", id="NUL"),
        pytest.param(BOMB, ":1", id="aliases of aliases of aliases"),
    ],
)
def test_file_that_is_no_portal_is_told(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PortalMismatch) as raised:
        load_portal(path)
    assert raised.value.where == f"{path}{line}"


def test_host_in_characters_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    portal = load_portal(write(tmp_path, GOOD.replace("www.hexi.gov.cn", "河西.政务")))
    assert portal.covers("https://xn--ovw672d.xn--zfr164b/zwgk/nb/")
    assert portal.covers("https://河西.政务/zwgk/nb/")


def test_one_fault_takes_no_other_portal_down(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("id: hexi", "id: hedong").replace("family", "famly"), "hedong")
    registry = load_registry(tmp_path, shipped=tmp_path / "none")
    assert list(registry.portals) == ["hexi"]
    with pytest.raises(PortalMismatch, match="famly: no such field"):
        registry.get("hedong")
    with pytest.raises(PortalUnknown, match="Did you mean hexi"):
        registry.get("hexii")


def test_file_that_cannot_be_read_takes_no_other_portal_down(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "hedong.yaml").symlink_to(tmp_path / "nowhere")
    registry = load_registry(tmp_path, shipped=tmp_path / "none")
    assert list(registry.portals) == ["hexi"]
    with pytest.raises(PortalMismatch, match="cannot be read: No such file"):
        registry.get("hedong")


def test_own_file_wins_and_enabling_keeps_comments(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    write(shipped, GOOD)
    assert load_registry(own, shipped).enabled() == ()
    path = enable_portal("hexi", own, shipped=shipped)
    assert path.read_text(encoding="utf-8") == GOOD.replace("enabled: false ", "enabled: true ")
    assert [portal.id for portal in load_registry(own, shipped).enabled()] == ["hexi"]
    enable_portal("hexi", own, enabled=False, shipped=shipped)
    assert path.read_text(encoding="utf-8") == GOOD
    write(own, GOOD.replace("name:", "nam:"))
    with pytest.raises(PortalMismatch):
        load_registry(own, shipped).get("hexi")


def test_shipped_portals_are_sound_disabled_and_evidenced(tmp_path: Path) -> None:
    registry = load_registry(tmp_path)
    assert not registry.mismatches
    assert registry.portals
    for portal in registry.portals.values():
        assert not portal.enabled
        assert portal.evidence
        assert not portal.is_loopback({})


@pytest.mark.parametrize(
    ("hours", "clock", "inside"),
    [
        (NightHours(dt.time(22), dt.time(7)), "2026-01-31T15:00:00+00:00", True),
        (NightHours(dt.time(22), dt.time(7)), "2026-01-31T23:00:00+00:00", False),
        (NightHours(dt.time(1), dt.time(5)), "2026-01-31T20:59:00+00:00", True),
        (NightHours(dt.time(1), dt.time(5)), "2026-01-31T21:00:00+00:00", False),
    ],
    ids=["23:00 in 22-7", "07:00 in 22-7", "04:59 in 1-5", "05:00 in 1-5"],
)
def test_night_hours_are_beijing_time(hours: NightHours, clock: str, inside: bool) -> None:
    assert hours.contains(dt.datetime.fromisoformat(clock)) is inside
