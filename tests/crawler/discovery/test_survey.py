"""A survey finds a portal's lists from one address, asking for little."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.page_links import DISCOVERY
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.probe_crawl import Recognised, Seen
from tests.crawler.discovery.touring import lead

if TYPE_CHECKING:
    from crawler.discovery.probe_crawl import Column, Proposal

HOME = "https://www.hexi.gov.cn/"


def rows(title: str, years: range, suffix: str = "") -> str:
    items = "".join(
        f'<li><a href="./{year + 1}03/t{year + 1}0301_{year}.html">{title.format(year)}</a>'
        f"<span>{year + 1}-03-01</span></li>"
        for year in years
    )
    return f"<ul class=list>{items}</ul>{suffix}"


REPORTS = rows("河西县人民政府{}年政府信息公开工作年度报告", range(2025, 2015, -1))
POLICIES = rows("河西县人民政府关于印发{}年防汛办法的通知", range(2025, 2019, -1))
PAGED = "<script>createPageHTML(1, 0, 'index', 'html', 10)</script>"

PLAIN = {
    HOME: """<html><head><meta content="河西县人民政府门户网站" name="SiteName">
        <meta name='SiteIDCode' content='4107210003'><title>河西县人民政府</title></head>
        <body><ul><li><a href="/zwgk/">政务公开</a></li>
        <li><a href='zfxxgk/'>政府信息公开</a></li></ul></body>""",
    f"{HOME}zfxxgk/": """<div><a href="zfxxgkzn/">政府信息公开指南</a><a href="zfxxgkzd/">政府信息公开制度</a>
        <a href="fdzdgknr/">法定主动公开内容</a><a href="zfxxgknb/"><img alt="政府信息公开年报"></a></div>
        <a href="gfxwj/">行政规范性文件</a>""",
    f"{HOME}zfxxgk/zfxxgknb/": REPORTS + PAGED,
    f"{HOME}zfxxgk/gfxwj/": POLICIES + PAGED,
}


def test_lists_are_found_behind_the_entry_of_the_front_page() -> None:
    told, asked = lead(survey_portal(HOME), PLAIN)
    assert (told.issuer, told.region_code, told.site_id_code) == ("河西县人民政府", "410721", "4107210003")
    best = {column.kind: column for column in reversed(told.columns)}
    assert best["annual_report"].url == f"{HOME}zfxxgk/zfxxgknb/"
    assert best["annual_report"].declared == 10
    assert [row.date for row in best["annual_report"].rows] == [
        f"{year}-03-01" for year in range(2026, 2021, -1)
    ]
    assert best["policy"].url == f"{HOME}zfxxgk/gfxwj/"
    assert len(asked) == told.requests <= DISCOVERY.requests


def test_a_blocked_front_page_is_told_and_nothing_more_is_asked() -> None:
    blocked = Seen(PageRequest(HOME), HOME, 403, "waf_403", "拦截")
    told, asked = lead(survey_portal(HOME), {HOME: blocked})
    assert told.outcome == "waf_403"
    assert any("waf_403" in remark for remark in told.unsure)
    assert len(asked) == 1


def found(told: Proposal, kind: str) -> list[Column]:
    return [column for column in told.columns if column.kind == kind]


def answered(url: str, outcome: str, status: int | None = None, text: str = "") -> Seen:
    return Seen(PageRequest(url), url, status, outcome, text)


@pytest.mark.parametrize(
    "address",
    [f"{HOME}zfxxgk/zfxxgknb/", f"{HOME}zfxxgk/zfxxgknb/202603/t20260301_2025.html", f"{HOME}zfxxgk/"],
    ids=["a list", "an article", "the page behind the entry"],
)
def test_any_address_of_the_portal_will_do(address: str) -> None:
    article = """<meta name="ArticleTitle" content="河西县人民政府2025年政府信息公开工作年度报告">
        <meta name="PubDate" content="2026-03-01">
        <meta name="ColumnName" content="政府信息公开年报"><p>正文</p>"""
    site = {**PLAIN, f"{HOME}zfxxgk/zfxxgknb/202603/t20260301_2025.html": article}
    told, _ = lead(survey_portal(address), site)
    assert told.home_url == HOME
    assert told.issuer == "河西县人民政府"
    assert found(told, "annual_report")[0].url == f"{HOME}zfxxgk/zfxxgknb/"
    assert found(told, "annual_report")[0].rows


def test_a_list_without_a_telling_name_is_taken_for_what_its_rows_are() -> None:
    site = {HOME: "<title>河西县人民政府</title>", f"{HOME}c4081/list.html": REPORTS + PAGED}
    told, _ = lead(survey_portal(f"{HOME}c4081/list.html"), site)
    assert [column.url for column in found(told, "annual_report")] == [f"{HOME}c4081/list.html"]


def test_an_interface_that_was_given_is_a_list() -> None:
    address = f"{HOME}open/api/list?channelId=123&pageNo=1"
    rows = [{"title": f"河西县{year}年政府信息公开年报", "url": f"/a/{year}.html"} for year in (2025, 2024)]
    site = {HOME: PLAIN[HOME], address: json.dumps({"total": 2, "list": rows}, ensure_ascii=False)}
    told, _ = lead(survey_portal(address), site)
    column = found(told, "annual_report")[0]
    assert (column.url, column.family, column.options["items"]) == (address, "json_list", "list")


def test_the_request_behind_a_given_list_follows_the_list_itself() -> None:
    label = f"{HOME}site/label/8888?labelName=publicInfoList&siteId=6789&organId=123&catId=55&pageIndex=1"
    address = f"{HOME}public/column/123?catId=55&action=list"
    page = f"<title>公开目录</title><script>$.get('{label}', show);</script>"
    reports = REPORTS.replace("./", "/public/123/")
    told, asked = lead(survey_portal(address), {HOME: PLAIN[HOME], address: page, label: reports})
    assert [request.url for request in asked][:2] == [address, label]
    assert found(told, "annual_report")[0].family == "lonsun"


def test_the_way_above_an_article_leads_to_the_column() -> None:
    article = """<div class="position">您现在的位置：<a href="/">首页</a> &gt; <a href="/c7/">公开</a> &gt;
        <a href="/c7/c4081/">政府信息公开年报</a></div><p>正文</p>"""
    site = {
        HOME: '<title>河西县人民政府</title><a href="/2026/03-01/77.html">河西县公开一批信息</a>',
        f"{HOME}2026/03-01/77.html": article,
        f"{HOME}c7/c4081/": REPORTS + PAGED,
    }
    told, _ = lead(survey_portal(HOME), site)
    assert [column.url for column in found(told, "annual_report")] == [f"{HOME}c7/c4081/"]


def test_a_column_that_only_leads_to_its_years_is_one_list_made_of_them() -> None:
    years = "".join(f'<li><a href="{year}n/">{year}年</a></li>' for year in (2025, 2024, 2023))
    site = {
        **PLAIN,
        f"{HOME}zfxxgk/zfxxgknb/": f"<ul>{years}</ul>",
        f"{HOME}zfxxgk/zfxxgknb/2025n/": REPORTS + PAGED,
        f"{HOME}zfxxgk/zfxxgknb/2024n/": rows(
            "河西县教育局{}年政府信息公开工作年度报告", range(2024, 2020, -1)
        )
        + PAGED,
    }
    told, _ = lead(survey_portal(HOME), site)
    (column,) = found(told, "annual_report")
    assert (column.url, column.family) == (f"{HOME}zfxxgk/zfxxgknb/", "html_list")
    assert dict(column.options) == {"parts": "years"}
    assert {row.url.partition("zfxxgknb/")[2][:6] for row in column.rows} == {"2025n/", "2024n/"}


def test_years_that_are_called_so_alone_and_lead_to_reports_are_rows() -> None:
    years = "".join(
        f'<li><a href="{year + 1}/01-2{year % 10}/7{year}.html">{year}年</a></li>' for year in (2025, 2024)
    )
    report = "<title>河西县2025年政府信息公开工作年度报告</title><p>一、总体情况</p>"
    column = f"{HOME}zfxxgk/zfxxgknb/"
    site = {**PLAIN, column: f"<ul>{years}</ul>", f"{column}2026/01-25/72025.html": report}
    told, _ = lead(survey_portal(HOME), site)
    (listed,) = found(told, "annual_report")
    assert (listed.url, dict(listed.options)) == (column, {})
    assert [row.title for row in listed.rows] == ["2025年", "2024年"]


def test_a_list_in_a_frame_is_found() -> None:
    site = {
        **PLAIN,
        f"{HOME}zfxxgk/zfxxgknb/": '<iframe src="/inner/list.html" title="list"></iframe>',
        f"{HOME}inner/list.html": REPORTS + PAGED,
    }
    told, _ = lead(survey_portal(HOME), site)
    assert found(told, "annual_report")[0].url == f"{HOME}inner/list.html"


@pytest.mark.parametrize(
    ("front", "inner"),
    [
        ("<frameset><frame src='menu.html'><frame src='main.html'></frameset>", {"menu.html": PLAIN[HOME]}),
        (
            '<script src="/js/jquery.js"></script><script src="/script/0/12.js"></script>',
            {"script/0/12.js": """document.write('<li><a href="/zfxxgk/">政府信息公开</a></li>');"""},
        ),
        (
            '<script src="/js/nav.js"></script>',
            {"js/nav.js": """var nav = [{name: "政府信息公开", url: "/zfxxgk/"}];"""},
        ),
    ],
    ids=["frames", "a script file that writes the menu", "a script file that holds it"],
)
def test_a_front_page_without_links_is_looked_behind(front: str, inner: dict[str, str]) -> None:
    site = {**PLAIN, HOME: front, **{f"{HOME}{path}": text for path, text in inner.items()}}
    told, asked = lead(survey_portal(HOME), site)
    assert found(told, "annual_report")[0].url == f"{HOME}zfxxgk/zfxxgknb/"
    assert f"{HOME}js/jquery.js" not in {request.url for request in asked}


def test_the_interface_that_a_script_asks_is_asked() -> None:
    interface = f"{HOME}open/api/list?channelId=123&pageNo=1&pageSize=5"
    answer = {
        "data": {
            "totalPage": 2,
            "rows": [
                {
                    "bt": f"河西县{year}年政府信息公开工作年度报告",
                    "url": f"/a/{year}.html",
                    "fbrq": f"{year + 1}-01-20",
                }
                for year in range(2025, 2020, -1)
            ],
        }
    }
    site = {
        **PLAIN,
        f"{HOME}zfxxgk/zfxxgknb/": """<div id="list"></div><script>
            var api = '/open/api/list', channel = '123';
            $.getJSON(api + '?channelId=' + channel + '&pageNo=' + page + '&pageSize=5', show);</script>""",
        interface: json.dumps(answer, ensure_ascii=False),
    }
    told, _ = lead(survey_portal(HOME), site)
    column = found(told, "annual_report")[0]
    assert (column.url, column.family) == (interface, "json_list")
    assert dict(column.options) == {
        "items": "data.rows",
        "link": "url",
        "title": "bt",
        "date": "fbrq",
        "pages": "data.totalPage",
        "page": "query:pageNo",
        "size": "query:pageSize",
    }
    assert column.rows[0].date == "2026-01-20"


def test_false_friends_are_never_proposed() -> None:
    home = """<title>河西县人民政府</title><a href="/wznb/">政府网站工作年度报表</a>
        <a href="/fznb/">法治政府建设年度报告</a><a href="/gzbg/">政府工作报告</a>
        <a href="/js/">部门决算</a>"""
    told, _ = lead(survey_portal(HOME), {HOME: home})
    assert found(told, "annual_report") == []
    assert "no list of annual reports was confirmed" in told.unsure


def test_a_column_whose_rows_are_something_else_is_said_to_be_unconfirmed() -> None:
    news = rows("河西县召开{}年春季植树动员会", range(2025, 2015, -1)) + PAGED
    told, _ = lead(survey_portal(HOME), {**PLAIN, f"{HOME}zfxxgk/zfxxgknb/": news})
    assert found(told, "annual_report")[0].score < 0.5
    assert "no list of annual reports was confirmed" in told.unsure


def test_a_host_that_blocks_midway_is_asked_no_more() -> None:
    entry = f"{HOME}zfxxgk/"
    told, asked = lead(survey_portal(HOME), {**PLAIN, entry: answered(entry, "challenge_ruishu", 412)})
    assert told.outcome == "ok"
    assert [request.url for request in asked] == [HOME, entry]
    assert any("challenge_ruishu" in remark for remark in told.unsure)


def test_plain_http_is_tried_where_tls_fails() -> None:
    plain = HOME.replace("https", "http")
    site = {page.replace("https", "http"): text for page, text in PLAIN.items()}
    told, _ = lead(survey_portal(HOME), {**site, HOME: answered(HOME, "tls_legacy")})
    assert told.home_url == plain
    assert found(told, "annual_report")
    assert any("tls_legacy" in remark for remark in told.unsure)


@pytest.mark.parametrize(
    "page",
    [
        '<meta http-equiv="refresh" content="0; url=/sitesources/index.html">',
        '<script>window.location.href = "/sitesources/index.html";</script>',
        "<script>location.replace('sitesources/index.html')</script>",
    ],
    ids=["refresh", "location", "replace"],
)
def test_a_front_page_that_only_sends_on_is_followed(page: str) -> None:
    site: dict[str, str | Seen] = {
        **PLAIN,
        HOME: answered(HOME, "empty_stub", 200, page),
        f"{HOME}sitesources/index.html": PLAIN[HOME],
    }
    told, asked = lead(survey_portal(HOME), site)
    assert f"{HOME}sitesources/index.html" in {request.url for request in asked}
    assert told.site_id_code == "4107210003"


def test_a_copied_template_is_warned_of() -> None:
    home = '<meta name="SiteDomain" content="www.hedong.gov.cn"><title>河西县人民政府</title>'
    told, _ = lead(survey_portal(HOME), {HOME: home})
    assert any("www.hedong.gov.cn" in remark for remark in told.unsure)


def test_other_sites_are_never_asked() -> None:
    home = """<a href="https://www.hedong.gov.cn/zfxxgk/">政府信息公开</a><a href="//x.com/zfxxgknb/">年报</a>
        <a href="https://zwgk.hexi.gov.cn/nb/">政府信息公开年报</a>"""
    _, asked = lead(survey_portal(HOME), {HOME: home})
    assert {urlsplit(request.url).hostname for request in asked} == {"www.hexi.gov.cn", "zwgk.hexi.gov.cn"}


def test_a_site_of_endless_entries_is_left_after_a_few_pages() -> None:
    def page(path: str) -> str:
        links = "".join(f'<a href="{path}/{name}/">信息公开专栏</a>' for name in "abcdef")
        return f'{links}<a href="{path}/n/1/2026/03-01/5.html">河西县公开信息</a>'

    class Endless(dict[str, "str | Seen"]):
        def __contains__(self, url: object) -> bool:
            return True

        def __missing__(self, url: str) -> str:
            return page(url.rstrip("/"))

    told, asked = lead(survey_portal(HOME), Endless())
    assert len(asked) == told.requests <= DISCOVERY.requests


NOTICES = rows("关于做好{}年秋粮收购工作的通知", range(2025, 2015, -1))


def test_a_column_of_notices_is_not_taken_for_policies() -> None:
    site = {
        HOME: '<title>河西县人民政府</title><a href="/zfwj/">政府文件</a>',
        f"{HOME}zfwj/": f"<title>政府文件</title>{NOTICES}{PAGED}",
    }
    told, _ = lead(survey_portal(HOME), site)
    assert [column.share for column in found(told, "policy")] == [0.0]
    assert "no list of policy documents was confirmed" in told.unsure


@pytest.mark.parametrize("name", ["通知公告", "县区动态", ""])
def test_a_list_of_notices_that_was_given_is_proposed_as_nothing(name: str) -> None:
    mixed = NOTICES + (POLICIES if name else "")
    site = {
        HOME: "<title>河西县人民政府</title>",
        f"{HOME}x/": f'<meta name="ColumnName" content="{name}">{mixed}{PAGED}',
    }
    told, _ = lead(survey_portal(f"{HOME}x/"), site)
    assert found(told, "policy") == []


def test_how_much_of_a_list_is_documents_is_told() -> None:
    told, _ = lead(survey_portal(HOME), PLAIN)
    assert [column.share for column in told.columns] == [1.0, 1.0]


def test_a_policy_column_that_only_gathers_others_gives_way_to_them() -> None:
    news = rows("关于{}年法规汇编出版的消息", range(2025, 2022, -1))
    site = {
        HOME: '<title>河西县人民政府</title><a href="/zcfg/">政策法规</a>',
        f"{HOME}zcfg/": f"""<title>政策法规</title><h3><a href="dfxfg/">地方性法规</a></h3>{news}
            <h3><a href="bmgz/">部门规章</a></h3><h3><a href="/zw/zfwj/">政府文件</a></h3>""",
        f"{HOME}zcfg/dfxfg/": POLICIES + PAGED,
        f"{HOME}zcfg/bmgz/": rows("河西县{}年粮食储备规定", range(2025, 2020, -1)) + PAGED,
    }
    told, _ = lead(survey_portal(HOME), site)
    assert {column.url for column in found(told, "policy")} == {f"{HOME}zcfg/dfxfg/", f"{HOME}zcfg/bmgz/"}


def test_what_a_frameset_shows_beside_its_menu_is_the_list() -> None:
    site = {
        **PLAIN,
        f"{HOME}zfxxgk/zfxxgknb/": "<frameset><frame src=tree.html><frame src=list.html></frameset>",
        f"{HOME}zfxxgk/zfxxgknb/tree.html": "<p><a href=list.html>年报</a>",
        f"{HOME}zfxxgk/zfxxgknb/list.html": REPORTS + PAGED,
    }
    told, _ = lead(survey_portal(HOME), site)
    assert [each.url for each in told.columns if each.kind == "annual_report"] == [
        f"{HOME}zfxxgk/zfxxgknb/list.html"
    ]


def test_reports_by_year_and_in_it_by_organ_are_one_list() -> None:
    column = f"{HOME}zfxxgk/zfxxgknb/"
    organs = "<ul><li><a href=szf/>县政府</a><li><a href=bm/>县政府部门</a><li><a href=xz/>乡镇街道</a></ul>"
    site = {
        **PLAIN,
        column: "".join(f"<li><a href={year}/>{year}年</a></li>" for year in (2025, 2024, 2023)),
        **{f"{column}{year}/": organs for year in (2025, 2024, 2023)},
        **{f"{column}2025/{organ}/": REPORTS for organ in ("szf", "bm", "xz")},
    }
    told, _ = lead(survey_portal(HOME), site)
    reports = [each for each in told.columns if each.kind == "annual_report"]
    assert [(each.url, dict(each.options)) for each in reports] == [(column, {"parts": "years"})]


def test_reports_by_organ_are_lists_of_their_own() -> None:
    column = f"{HOME}zfxxgk/zfxxgknb/"
    organs = "<ul><li><a href=szf/>县政府</a><li><a href=bm/>县政府部门</a><li><a href=xz/>乡镇街道</a></ul>"
    site = {**PLAIN, column: organs, **{f"{column}{organ}/": REPORTS for organ in ("szf", "bm", "xz")}}
    told, _ = lead(survey_portal(HOME), site)
    reports = [each for each in told.columns if each.kind == "annual_report"]
    assert {each.url for each in reports} == {f"{column}{organ}/" for organ in ("szf", "bm", "xz")}
    assert {each.title for each in reports if each.url.endswith("bm/")} == {"县政府部门"}


@pytest.mark.parametrize("step", [1, -1], ids=["the oldest first", "the newest first"])
def test_years_that_were_not_opened_are_named_and_are_the_oldest(step: int) -> None:
    column = f"{HOME}zfxxgk/zfxxgknb/"
    years = range(2011, 2026)[::step]
    site = {
        **PLAIN,
        column: "".join(f"<li><a href={year}/>{year}年</a></li>" for year in years),
        **{f"{column}{year}/": "<ul><li><a href=szf/>县政府</a></ul>" for year in years},
    }
    told, asked = lead(survey_portal(HOME), site)
    assert len(asked) <= DISCOVERY.requests
    assert f"2011年 ({column}2011/) was not opened: the lists in it are not known" in told.unsure
    opened = {each.url for each in asked}
    assert (f"{column}2025/" in opened, f"{column}2011/" in opened) == (True, False)


@pytest.mark.parametrize("answers", [True, False], ids=["an interface", "nothing that is read"])
def test_a_list_that_loads_more_is_asked_for_as_its_script_does(answers: bool) -> None:
    script = """<div id=more data-channel=9>加载更多</div>
        <script>var page = 1, ch = $('#more').data('channel');
        $('#more').click(function () { page++; $.get('/api/more', {ch: ch, page: page}, add) })</script>"""
    shown = [{"title": f"河西县关于印发{n}年办法的通知", "url": f"/a/{n}.html"} for n in range(9)]
    site = {**PLAIN, f"{HOME}zfxxgk/gfxwj/": POLICIES + script}
    if answers:
        site[f"{HOME}api/more?ch=9&page=1"] = json.dumps({"total": 90, "list": shown})
    told, _ = lead(survey_portal(HOME), site)
    policies = {each.url: each.declared for each in told.columns if each.kind == "policy"}
    alone = {f"{HOME}zfxxgk/gfxwj/": None}
    assert policies == ({f"{HOME}api/more?ch=9&page=1": 90} if answers else alone)
    assert any("loads more rows by a script" in each for each in told.unsure) is not answers


@pytest.mark.parametrize(
    ("body", "is_said"),
    [("year=2026&page=1", True), ('{"year": 2026, "page": 1}', True), ("nodeId=2026&page=1", False)],
    ids=["in a form", "in JSON", "no year"],
)
def test_a_request_that_names_a_year_is_said_to_bring_that_year_alone(body: str, is_said: bool) -> None:
    script = f"<div id=a></div><script>$.ajax({{url: '/api/list', type: 'post', data: '{body}'}})</script>"
    shown = [{"title": f"河西县关于印发{n}年办法的通知", "url": f"/a/{n}.html"} for n in range(9)]
    column = {**PLAIN, f"{HOME}zfxxgk/gfxwj/": script}
    answer = json.dumps({"total": 9, "list": shown})
    told, _ = lead(survey_portal(HOME), lambda asked: answer if asked.body == body else column.get(asked.url))
    assert any("asks for 2026 alone" in each for each in told.unsure) is is_said
    assert f"{HOME}api/list#gfxwj" in {column.url for column in told.columns}


def test_columns_are_found_behind_tabs_that_show_their_newest_rows() -> None:
    """Among the reports themselves, whose addresses do not say that they are articles."""
    newest = "".join(
        f'<li><a href="/zc/{year}.html">{year}年政府信息公开工作年度报告</a>' for year in range(2018, 2026)
    )
    tabs = "<ul><li>政府信息公开年报</li><li>行政规范性文件</li></ul>"
    boxes = "".join(
        f"<div><ul>{newest}</ul><a href='{folder}/'>更多</a></div>" for folder in ("zfxxgknb", "gfxwj")
    ).replace("zfxxgknb/", "a/")
    site = {**PLAIN, f"{HOME}zfxxgk/": tabs + boxes, f"{HOME}zfxxgk/a/": REPORTS + PAGED}
    told, _ = lead(survey_portal(HOME), site)
    assert [column.url for column in told.columns] == [f"{HOME}zfxxgk/a/", f"{HOME}zfxxgk/gfxwj/"]


def test_a_list_whose_pager_is_sent_back_is_said_to_have_further_pages() -> None:
    pager = """<a href="javascript:__doPostBack('Pager','2')">下一页</a>"""
    told, _ = lead(survey_portal(HOME), {**PLAIN, f"{HOME}zfxxgk/gfxwj/": POLICIES + pager})
    assert any("nothing tells how to turn its pages" in each for each in told.unsure)


def test_years_that_lead_to_the_reports_themselves_are_rows() -> None:
    """Hanweb's module answers one report at an address: `xxgkAnnualReport.jsp?fbtime=2025&area=11330`."""
    module = f"{HOME}module/xxgk/xxgkAnnualReport.jsp?area=11330&fbtime="
    years = "".join(f'<li><a href="{module}{year}">{year}年</a></li>' for year in (2025, 2024, 2023))
    report = "<title>河西县人民政府{}年政府信息公开工作年度报告</title><p>一、总体情况</p>"
    site = {
        **PLAIN,
        f"{HOME}zfxxgk/zfxxgknb/": f"<ul>{years}</ul>",
        **{f"{module}{year}": report.format(year) for year in (2025, 2024, 2023)},
    }
    told, _ = lead(survey_portal(HOME), site)
    (column,) = found(told, "annual_report")
    assert (column.url, [row.title for row in column.rows]) == (
        f"{HOME}zfxxgk/zfxxgknb/",
        ["2025年", "2024年", "2023年"],
    )
    read = Recognised("html_list", "", column.options).read(site[column.url], column.url)
    assert read is not None
    assert [link.url for link in read.links] == [f"{module}{year}" for year in (2025, 2024, 2023)]
