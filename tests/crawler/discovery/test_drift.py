"""What `portals check` tells: where a portal no longer is what its entry says."""

from __future__ import annotations

import datetime as dt

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.drift import check_portal, due_year
from crawler.discovery.probe_crawl import Seen
from crawler.registry.portals import Expected, Portal, PortalList
from tests.crawler.discovery.touring import lead

HOME = "https://www.hexi.gov.cn/"
LIST = f"{HOME}zfxxgk/zfxxgknb/"
TODAY = dt.date(2026, 5, 3)
PORTAL = Portal(
    id="hexi",
    name="河西县人民政府",
    family="static_list",
    home_url=HOME,
    lists=(PortalList(LIST, kind="annual_report", title="年报"),),
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
    return lead(check_portal(portal, TODAY), {HOME: home, LIST: listed})[0]


def test_of_a_healthy_portal_nothing_is_told() -> None:
    assert remarks(HEALTHY) == ()


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("<p>栏目建设中</p>", "no rows"),
        (seen(LIST, text=HEALTHY, at=f"{HOME}gk/nb/"), "moved to https://www.hexi.gov.cn/gk/nb/"),
        (seen(LIST, "soft_404"), "answered soft_404"),
        (rows(range(2020, 2010, -1)), "its newest report is of 2020; that of 2025 is due"),
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
    told, asked = lead(check_portal(PORTAL, TODAY), {HOME: seen(HOME, "waf_403")})
    assert ["waf_403" in remark for remark in told] == [True]
    assert [request.url for request in asked] == [HOME]


def test_a_front_page_that_moved_is_told() -> None:
    assert any(
        "moved to" in remark for remark in remarks(HEALTHY, seen(HOME, at="https://www.hedong.gov.cn/"))
    )


def test_the_year_that_the_entry_expects_counts() -> None:
    portal = Portal(
        id="hexi",
        name="河西县",
        family="static_list",
        home_url=HOME,
        lists=PORTAL.lists,
        expected=Expected(newest_year=2026),
    )
    assert any("that of 2026 is due" in remark for remark in remarks(HEALTHY, portal=portal))


@pytest.mark.parametrize(("day", "year"), [(dt.date(2026, 3, 31), 2024), (dt.date(2026, 4, 1), 2025)])
def test_a_report_is_due_from_april(day: dt.date, year: int) -> None:
    assert due_year(day) == year
