"""Dialects of families that ask by script, each added by its address alone: all lists, healthy at once."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.discovery.drift import check_portal
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import write_portal
from tests.crawler.discovery.touring import lead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archive.frontier.targets import PageRequest
    from crawler.registry.portals import Portal

    Site = Callable[[PageRequest], str | None]

HOME = "http://www.hexi.gov.cn/"
DAY = dt.date(2026, 4, 10)
YEARS = range(2025, 2003, -1)
Row = tuple[int, str, str]
REPORTS: list[Row] = [
    (year, f"河西区{year}年政府信息公开工作年度报告", f"{year + 1}-01-20") for year in YEARS
]
POLICIES: list[Row] = [
    (10 + number, f"河西区人民政府关于印发第{number}号工作方案的通知", f"2025-03-{number:02}")
    for number in range(1, 24)
]
COLUMNS = {"政府信息公开年报": REPORTS, "规范性文件": POLICIES}


def html(body: str) -> str:
    return f'<html><head><meta name="SiteName" content="河西区人民政府"></head><body>{body}</body></html>'


def front(*addresses: str) -> str:
    return html("".join(f'<a href="{url}">{name}</a>' for name, url in zip(COLUMNS, addresses, strict=True)))


def fields_of(request: PageRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body or urlsplit(request.url).query, keep_blank_values=True))


def walk(portal: Portal, list_url: str, site: Site) -> list[str]:
    """The titles of a list, walked to its end."""
    titles: list[str] = []
    waiting = [portal.first_request(list_url)]
    asked: set[PageRequest] = set()
    while waiting and len(asked) < 40:
        request = waiting.pop(0)
        asked.add(request)
        page = portal.read_list(site(request) or "", request.url, request, list_url)
        titles += [link.title for link in page.links]
        waiting += [each for each in page.next_pages if each not in asked]
    return titles


def category(rows: list[Row], more: Mapping[str, Any] | None = None) -> str:
    """An answer of the platform of Guangdong."""
    articles = [
        {
            "title": title,
            "url": f"{HOME}gkmlpt/content/8/8/post_{number}.html",
            "created_at": f"{day} 10:00:00",
        }
        for number, title, day in rows
    ]
    return json.dumps({"classify": {"post_count": len(rows)}, "articles": articles, **(more or {})})


def gkmlpt(shown_at: tuple[str, ...], *, in_years: bool) -> Site:
    """A catalogue; reports stand in the directory itself, or in one for each year below it."""
    years = [{"id": year, "name": f"{year}年", "children": []} for year in YEARS] if in_years else []
    tree = [
        {"id": 1, "name": "政府信息公开", "children": [
            {"id": 2, "name": "政府信息公开年报", "children": years},
            {"id": 3, "name": "规范性文件", "children": []}]}
    ]  # fmt: skip
    config = html(
        f"<div id=app></div><script>window._CONFIG = {{SID: '75', TREE: {json.dumps(tree)}}};</script>"
    )

    def site(request: PageRequest) -> str | None:
        parts = urlsplit(request.url)
        if parts.path.startswith("/gkmlpt/api/all/"):
            asked, sent = int(parts.path.rpartition("/")[2]), fields_of(request)
            own = [row for row in REPORTS if row[0] == asked] if in_years else REPORTS if asked == 2 else []
            return category((POLICIES if asked == 3 else own) if sent == {"page": "1", "sid": "75"} else [])
        if parts.path in shown_at:
            return config
        links = "".join(f'<a href="{path}">政府信息公开</a>' for path in shown_at)
        return html(links) if parts.path == "/" else None

    return site


def lonsun(folder: str, script: str) -> Site:
    """A label that is asked by the script of the column."""

    def site(request: PageRequest) -> str | None:
        sent = {**dict(parse_qsl(urlsplit(request.url).query)), **fields_of(request)}
        if request.url.startswith(f"{HOME}{folder}site/label/8888"):
            rows = list(COLUMNS.values())[int(sent["catId"]) - 71]
            number, size = int(sent["pageIndex"]), int(sent["pageSize"])
            known = sent["organId"] == "67" and sent["file"] == "/xxgk/list" and sent["siteId"] == "9"
            shown = rows[(number - 1) * size : number * size] if known else []
            items = "".join(
                f'<li><a href="/public/67/{at}.html" title="{title}">{title}</a><span>{day}</span></li>'
                for at, title, day in shown
            )
            return f"<ul>{items}</ul><p>共 {len(rows)} 条</p>" if shown else "<p>暂无相关信息</p>"
        if request.url == HOME:
            return front(*(f"/{folder}public/column/67?type=4&catId={at}&action=list" for at in (71, 72)))
        return html(f"<div id=list></div><script>{script.replace('CAT', sent['catId'])}</script>")

    return site


FIELDS = (
    "{labelName: 'publicInfoList', siteId: '9', pageSize: 15, pageIndex: 1, action: 'list', organId: '67', "
    "type: '4', catId: 'CAT', result: '暂无相关信息', file: '/xxgk/list'}"
)


def scripted(answer: Site, script: str) -> Site:
    """Two columns, whose scripts ask `answer`."""

    def site(request: PageRequest) -> str | None:
        found = answer(request)
        if found is not None or request.url == HOME:
            return found or front("/zwgk/003001/list.html", "/zwgk/003002/list.html")
        number = urlsplit(request.url).path.split("/")[2]
        own = script.replace("CAT", number)
        return html(f"<script src='/EpointWebBuilder/x.js'></script><script>{own}</script>")

    return site


def page_of(number: str, start: int, size: int) -> tuple[list[Row], int]:
    rows = list(COLUMNS.values())[int(number) - 3001] if number else [*POLICIES, *REPORTS]
    return rows[start : start + size], len(rows)


def full_text(request: PageRequest) -> str | None:
    if "getFullTextDataNew" not in request.url:
        return None
    sent = json.loads(request.body or "")
    rows, total = page_of(sent["condition"][0]["equal"], int(sent["pn"]), int(sent["rn"]))
    records = [{"title": title, "linkurl": f"/zc/{at}.html", "webdate": day} for at, title, day in rows]
    return json.dumps({"result": {"records": records, "totalcount": total}})


def builder(first: int, total_name: str) -> Site:
    def answer(request: PageRequest) -> str | None:
        if "getPageInfoListNew" not in request.url:
            return None
        sent = json.loads(fields_of(request)["params"])
        size = sent["pageSize"]
        rows, total = page_of(sent["categoryNum"], (sent["pageIndex"] - first) * size, size)
        data = [{"title": title, "infourl": f"/zc/{at}.html", "infodate": day} for at, title, day in rows]
        return json.dumps({"custom": {total_name: total, "infodata": data}})

    return answer


BUILDER = "'/EpointWebBuilder/rest/frontAppCustomAction/getPageInfoListNew'"
PARAMS = "JSON.stringify({siteGuid: '7e', categoryNum: 'CAT', kw: '', pageIndex: FIRST, pageSize: 10})"
FULL_TEXT = """
    var categorynum = "CAT";
    function load(number, size) {
        var condition = [{fieldName: "categorynum", equal: categorynum, isLike: true, likeType: 2}];
        var params = {token: "", pn: number * size, rn: size, cnum: "001", condition: condition, time: null};
        $.ajax({type: "post", url: "/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew",
                data: JSON.stringify(params), contentType: "application/json"});
    }
    load(0, 10);
"""


def two_ways(request: PageRequest) -> str | None:
    """Reports by GET, policies by POST, with the page's number inside an object."""
    if urlsplit(request.url).path == "/api/reports":
        sent = fields_of(request)
        rows, total = page_of("3001", (int(sent["pageNum"]) - 1) * 10, 10)
        data = [{"title": title, "url": f"/r/{at}.html", "publishTime": day} for at, title, day in rows]
        return json.dumps({"code": 200, "data": {"total": total, "list": data}})
    if urlsplit(request.url).path == "/api/policies":
        asked = json.loads(request.body or "")
        rows, total = page_of(
            "3002", (asked["page"]["no"] - 1) * asked["page"]["size"], asked["page"]["size"]
        )
        data = [{"name": title, "href": f"/p/{at}.html", "date": day} for at, title, day in rows]
        return json.dumps({"result": {"totalCount": total, "rows": data}})
    return None


TWO_WAYS = """
    var number = 'CAT';
    if (number == '003001') axios.get('/api/reports', {params: {pageNum: 1, pageSize: 10}}).then(show);
    axios({method: 'post', url: '/api/policies', data: {page: {no: 1, size: 10}, type: 'gfxwj'}}).then(show);
"""
DIALECTS: dict[str, Site] = {
    "gkmlpt, a tree": gkmlpt(("/gkmlpt/index",), in_years=False),
    "gkmlpt, years in the tree": gkmlpt(("/gkmlpt/index",), in_years=True),
    "gkmlpt, annualreport": gkmlpt(("/gkmlpt/annualreport", "/gkmlpt/index"), in_years=False),
    "lonsun, an object": lonsun("", f"$.ajax({{url: '/site/label/8888', type: 'get', data: {FIELDS}}});"),
    "lonsun, in a folder": lonsun(
        "zwgk/", f"$.ajax({{url: '/zwgk/site/label/8888', type: 'post', data: {FIELDS}}});"
    ),
    "lonsun, variables": lonsun(
        "",
        f"var organ = '67', asked = {FIELDS}; function load(n) {{ asked.pageIndex = n; "
        "$.get('/site/label/8888?_=' + Math.random(), asked, show); } load(1);",
    ),
    "epoint, full text": scripted(full_text, FULL_TEXT),
    "epoint, builder counted from 0": scripted(
        builder(0, "count"),
        f"$.ajax({{type: 'post', url: {BUILDER}, data: {{params: {PARAMS}}}}});".replace("FIRST", "0"),
    ),
    "epoint, builder counted from 1": scripted(
        builder(1, "total"),
        f"$.ajax({{type: 'post', url: {BUILDER}, data: {{params: {PARAMS}}}}});".replace("FIRST", "1"),
    ),
    "epoint, builder by GET": scripted(
        builder(0, "count"), f"$.get({BUILDER}, {{params: {PARAMS}}}, show);".replace("FIRST", "0")
    ),
    "json, asked in two ways": scripted(two_ways, TWO_WAYS),
}


@pytest.mark.parametrize("site", DIALECTS.values(), ids=DIALECTS)
def test_a_dialect_is_added_by_its_address_alone(site: Site) -> None:
    written = write_portal(lead(survey_portal(HOME), site)[0], "hexi", DAY)
    assert written is not None
    lists = written.portal.lists
    found = {
        kind: [t for one in lists if one.kind == kind for t in walk(written.portal, one.url, site)]
        for kind in ("annual_report", "policy")
    }
    assert found == {
        "annual_report": [title for _, title, _ in REPORTS],
        "policy": [title for _, title, _ in POLICIES],
    }
    assert lead(check_portal(written.portal), site)[0] == ()


def test_what_only_an_element_elsewhere_holds_is_asked_for_by_nobody() -> None:
    """An empty condition would make the index of the whole site the list of reports."""
    script = FULL_TEXT.replace("equal: categorynum", 'equal: $("#category").val()')
    told = lead(survey_portal(HOME), scripted(full_text, script))[0]
    assert not any(column.rows for column in told.columns)
    said = 'unread_parameters: equal = $("#category").val(); what is equal? Write the list with it, by hand'
    assert any(said in one for one in told.unsure)
