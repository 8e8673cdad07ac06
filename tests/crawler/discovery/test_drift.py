"""What `portals check` tells: where a portal no longer is what its entry says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from archive.frontier.targets import PageRequest
from crawler.discovery.portal_yaml import check_portal
from crawler.discovery.probe_crawl import Seen
from crawler.registry.portals import Expected, Portal, PortalList
from tests.crawler.discovery.touring import lead

HOME = "https://www.hexi.gov.cn/"
LIST = f"{HOME}zfxxgk/zfxxgknb/"
PORTAL = Portal(
    id="hexi",
    name="河西县人民政府",
    family="static_list",
    home_url=HOME,
    lists=(PortalList(LIST, kind="annual_report", title="年报"),),
    expected=Expected(newest_year=2025),
)


def rows(years: range, date: str = "<span>{}-03-01</span>") -> str:
    title = "河西县{}年政府信息公开工作年度报告"
    items = (
        f'<li><a href="{year}03/t{year}0301_{year}.html">{title.format(year)}</a>{date.format(year + 1)}</li>'
        for year in years
    )
    return f"<ul>{''.join(items)}</ul><script>createPageHTML(1, 0, 'index', 'html')</script>"


HEALTHY = rows(range(2025, 2015, -1))


def seen(url: str, outcome: str = "ok", text: str = "", at: str | None = None) -> Seen:
    return Seen(PageRequest(url), at or url, 200, outcome, text)


def remarks(listed: str | Seen, home: str | Seen = "<p>首页</p>", portal: Portal = PORTAL) -> tuple[str, ...]:
    return lead(check_portal(portal), {HOME: home, LIST: listed})[0]


def test_of_a_healthy_portal_nothing_is_told() -> None:
    assert remarks(HEALTHY) == ()


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("<p>栏目建设中</p>", "no rows"),
        (seen(LIST, text=HEALTHY, at=f"{HOME}gk/nb/"), "moved to https://www.hexi.gov.cn/gk/nb/"),
        (seen(LIST, "soft_404"), "answered soft_404"),
        (rows(range(2020, 2010, -1)), "the newest report is of 2020; one of 2025 was there"),
        (
            "<script>window._CONFIG = {SID: '2', TREE: []}</script><a href='/gkmlpt/index'>公开</a>",
            "looks like gkmlpt now",
        ),
    ],
    ids=["no rows", "moved", "an error page", "too old", "another system"],
)
def test_a_list_that_drifted_is_told(listed: str | Seen, said: str) -> None:
    assert any(said in remark for remark in remarks(listed))


def test_rows_that_lost_their_dates_are_told() -> None:
    bare = HEALTHY.replace("-03-01</span>", "</span>").replace("<span>", "<span>第")
    assert any("date" in remark for remark in remarks(bare))


def test_a_front_page_that_blocks_is_told_and_no_list_is_asked() -> None:
    told, asked = lead(check_portal(PORTAL), {HOME: seen(HOME, "waf_403")})
    assert ["waf_403" in remark for remark in told] == [True]
    assert [request.url for request in asked] == [HOME]


def test_a_front_page_that_moved_is_told() -> None:
    assert any(
        "moved to" in remark for remark in remarks(HEALTHY, seen(HOME, at="https://www.hedong.gov.cn/"))
    )


@pytest.mark.parametrize(
    "portal",
    [
        replace(PORTAL, expected=Expected()),
        replace(PORTAL, lists=(replace(PORTAL.lists[0], dated=False),)),
    ],
    ids=["no year was recorded", "no dates were recorded"],
)
def test_what_the_entry_does_not_say_has_not_drifted(portal: Portal) -> None:
    listed = (
        HEALTHY.replace("-03-01</span>", "</span>")
        if not portal.lists[0].dated
        else rows(range(2020, 2010, -1))
    )
    assert remarks(listed, portal=portal) == ()


def test_a_front_page_that_only_scripts_fill_is_one() -> None:
    assert remarks(HEALTHY, seen(HOME, "js_shell")) == ()
