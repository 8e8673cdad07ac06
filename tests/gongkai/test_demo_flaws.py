"""Every flaw of flaws.yaml behaves over real HTTP, night by night, as the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import cogapp  # type: ignore[import-untyped]  # the package ships no types
import pytest

from gongkai.demo.site import HOST, BundledSite, documents
from pipelines.response.outcome import Outcome, classify_response
from tests.conftest import ROOT
from tests.gongkai.demo_client import Reply, ask
from tests.gongkai.demo_flaws import Flaw, flaws
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from collections.abc import Iterator

NIGHTS = (1, 2, 3)


@pytest.fixture(scope="module")
def server() -> Iterator[SiteServer]:
    with SiteServer(BundledSite()) as running:
        yield running


def on_night(server: SiteServer, night: int, target: str, host: str = HOST) -> Reply:
    server.night = night
    return ask(server, target, host=host)


def flaw_called(name: str) -> Flaw:
    return next(flaw for flaw in flaws() if flaw.id == name)


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.id)
def test_each_flaw_answers_as_listed(server: SiteServer, flaw: Flaw, night: int) -> None:
    reply = on_night(server, night, flaw.target, flaw.host)
    expected = flaw.on_night(night)
    outcome = classify_response(
        url=f"http://{flaw.host}{flaw.target}",
        status=reply.status,
        headers=tuple((name.encode(), value.encode()) for name, value in reply.headers),
        body=reply.body,
    )
    assert (reply.status, outcome) == (expected.status, expected.outcome)


def test_flaws_are_described_in_both_languages_and_named_once() -> None:
    assert len({flaw.id for flaw in flaws()}) == len(flaws())
    for flaw in flaws():
        assert any("\u4e00" <= character <= "\u9fff" for character in flaw.zh)
        assert flaw.en.strip()
        assert flaw.answers[0].from_night == 1
        assert {each.outcome for each in flaw.answers} <= set(Outcome)


def test_no_flaw_that_documents_plan_is_left_out() -> None:
    listed = {flaw.target.partition("?")[0] for flaw in flaws()}
    planned = {
        each.path
        for each in documents()
        if each.moved_on or each.gone_from or each.revised_on or each.from_night > 1 or each.also_listed
    }
    assert planned <= listed


def test_gbk_page_is_silent_and_gb18030(server: SiteServer) -> None:
    reply = on_night(server, 1, flaw_called("gbk-undeclared").target)
    assert reply.values("Content-Type") == ["text/html"]
    assert b"charset" not in reply.body
    assert "㙍头村" in reply.body.decode("gb18030")
    for codec in ("utf-8", "gbk"):
        with pytest.raises(UnicodeDecodeError):
            reply.body.decode(codec)


def test_wrong_charset_page_is_utf8(server: SiteServer) -> None:
    reply = on_night(server, 1, flaw_called("charset-wrong").target)
    assert reply.values("Content-Type") == ["text/html"]
    assert b"charset=gb2312" in reply.body
    assert "北滩新区2020年度" in reply.body.decode("utf-8")


def test_soft_404_says_so_and_is_small(server: SiteServer) -> None:
    reply = on_night(server, 1, flaw_called("soft-404").target)
    assert "页面不存在" in reply.body.decode()
    assert len(reply.body) < 2048


def test_stubs_are_empty(server: SiteServer) -> None:
    assert on_night(server, 1, flaw_called("empty-page").target).body == b""
    shell = on_night(server, 1, flaw_called("script-only").target).body
    assert 300 <= len(shell) <= 700
    assert b"<p" not in shell


def test_challenge_has_its_marks_on_every_address_but_robots_txt(server: SiteServer) -> None:
    flaw = flaw_called("challenge")
    for path in (flaw.target, "/", "/anything"):
        reply = on_night(server, 1, path, flaw.host)
        assert reply.status == 412
        assert b"$_ts" in reply.body
        assert reply.values("Set-Cookie")[0].partition("=")[0].endswith("S")
    assert on_night(server, 1, "/robots.txt", flaw.host).status == 404


def test_redirects_loop(server: SiteServer) -> None:
    start = flaw_called("redirect-loop").target
    seen = [start]
    while len(seen) == len(set(seen)):
        (location,) = on_night(server, 1, seen[-1]).values("Location")
        seen.append(urljoin(seen[-1], location))
    assert seen[-1] == start


def test_short_address_leads_to_a_report(server: SiteServer) -> None:
    (location,) = on_night(server, 1, flaw_called("short-address").target).values("Location")
    assert on_night(server, 1, location).status == 200


def test_changed_page_has_another_figure_sentence_and_tag(server: SiteServer) -> None:
    target = flaw_called("changed").target
    first, second, third = (on_night(server, night, target) for night in NIGHTS)
    assert ("4683" in first.body.decode(), "4638" in first.body.decode()) == (True, False)
    assert ("4683" in second.body.decode(), "4638" in second.body.decode()) == (False, True)
    assert "按季度跟踪" in second.body.decode()
    assert "按季度跟踪" not in first.body.decode()
    assert first.values("ETag") != second.values("ETag") == third.values("ETag")
    assert second.values("Last-Modified") == ["Mon, 02 Feb 2026 01:00:00 GMT"]
    assert second.body == third.body


def test_moved_page_stands_unchanged_at_its_new_address(server: SiteServer) -> None:
    target = flaw_called("moved").target
    (location,) = on_night(server, 2, target).values("Location")
    assert on_night(server, 1, location).status == 404
    assert "公租房" in on_night(server, 2, location).body.decode()


def test_gone_and_new_documents_leave_and_enter_their_lists(server: SiteServer) -> None:
    for name, column, shown in (
        ("gone", "/linlan/zfxxgk/wjk/", (True, True, False)),
        ("newcomer", "/yunze/zwgk/zfwj/", (False, True, True)),
    ):
        file = flaw_called(name).target.rpartition("/")[2]
        pages = [
            path
            for path in BundledSite().pages(1)
            if path.startswith(column) and "/" not in path.removeprefix(column)
        ]
        for night, expected in zip(NIGHTS, shown, strict=True):
            found = any(file in on_night(server, night, path).body.decode() for path in pages)
            assert found is expected


def test_tracked_addresses_show_the_same_page(server: SiteServer) -> None:
    for name in ("tracking-timeline", "tracking-utm", "tracking-spm"):
        target = flaw_called(name).target
        plain = on_night(server, 1, target.partition("?")[0])
        assert on_night(server, 1, target).body == plain.body


def test_list_repeats_its_first_page_beyond_the_end(server: SiteServer) -> None:
    last = flaw_called("list-repeats").target
    first = last.replace("index_2", "index")
    pages = [on_night(server, 1, path).body.decode() for path in (first, last)]
    rows = [page.partition('class="list"')[2].partition("</ul>")[0] for page in pages]
    assert rows[0] == rows[1]
    assert all("createPage(3, " in page for page in pages)


def test_view_counter_moves_and_nothing_else(server: SiteServer) -> None:
    target = flaw_called("view-counter").target
    pages = [on_night(server, night, target) for night in NIGHTS]
    assert len({page.body for page in [*pages, on_night(server, 4, target)]}) == 4
    assert len({page.body.partition(b'<div id="zoom"')[2] for page in pages}) == 1
    assert len(pages[0].values("Set-Cookie")) == 2
    assert pages[0].values("Transfer-Encoding") == ["chunked"]


def test_docs_show_the_flaws_as_the_file_has_them() -> None:
    cog = cogapp.Cog()
    cog.callable_main(["cog", "--check", str(ROOT / "docs" / "demo.md")])
    text = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    for flaw in flaws():
        assert f"`{flaw.id}`" in text
