"""Dialects of families that ask by script, each added by its address alone: all lists, healthy at once."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import check_portal, write_portal
from crawler.families import FAMILIES
from tests.crawler.discovery.touring import lead
from tests.portals.families.content import all_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
        if request in asked:
            continue
        asked.add(request)
        page = portal.read_list(site(request) or "", request.url, request, list_url)
        titles += [link.title for link in page.links]
        waiting += page.next_pages
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


def scripted(answer: Site, script: str, head: str = "") -> Site:
    """Two columns, whose scripts ask `answer`."""

    def site(request: PageRequest) -> str | None:
        found = answer(request)
        if found is not None or request.url == HOME:
            return found or front("/zwgk/003001/list.html", "/zwgk/003002/list.html")
        number = urlsplit(request.url).path.split("/")[2]
        own = script.replace("CAT", number)
        return html(f"{head}<div id=list></div><script>{own}</script>")

    return site


EPOINT = "<script src='/EpointWebBuilder/x.js'></script>"


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


def asked_of(request: PageRequest) -> dict[str, str]:
    """What is sent, in the query and in the body, a form or JSON."""
    sent = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    body = request.body or ""
    return sent | (json.loads(body) if body.startswith("{") else dict(parse_qsl(body)))


def interface(
    path: str, column: str, number: str, answer: Callable[[list[dict[str, Any]], int], Any]
) -> Site:
    """An interface at a path, that takes a column, and a page counted from 1, in fields of these names.

    A whole site is what it answers where no column is asked for.
    """

    def site(request: PageRequest) -> str | None:
        if not urlsplit(request.url).path.startswith(path):
            return None
        sent = asked_of(request)
        asked = sent.get(column, "") if column else urlsplit(request.url).path.removeprefix(path)
        rows, total = page_of(asked[-6:], (int(sent[number]) - 1) * 10, 10)
        facts = [{"title": title, "url": f"/zc/{at}.html", "date": day} for at, title, day in rows]
        return json.dumps(answer(facts, total))

    return site


def named(rows: list[dict[str, Any]], title: str, url: str, date: str) -> list[dict[str, Any]]:
    return [{title: row["title"], url: row["url"], date: row["date"]} for row in rows]


CHANNEL = "0123456789abcdef0123456789"
"""The first 26 digits of a channel; the column's are the others."""
UCAP = interface(
    "/common/search/",
    "",
    "page",
    lambda rows, total: {
        "data": {"total": total, "rows": 10, "results": named(rows, "title", "url", "publishedTimeStr")}
    },
)
CODED = interface(
    "/getFileListByCodeId",
    "channelId",
    "page",
    lambda rows, total: {
        "results": {"data": {"total": total, "results": named(rows, "title", "url", "publishedTimeStr")}}
    },
)


def library(path: str) -> Site:
    """The policy library, asked for one of its collections."""

    def answered(rows: list[dict[str, Any]], total: int) -> Any:
        shown = [
            {**row, "title": row["title"].replace("工作", "<em>工作</em>"), "pubtime": None}
            for row in named(rows, "title", "url", "pubtimeStr")
        ]
        pages = {"totalCount": total, "pageSize": 10, "currentPage": 1, "totalpage": -(-total // 10)}
        return {"code": 200, "searchVO": {**pages, "listVO": shown, "catMap": None}}

    return interface(path, "t", "p", answered)


def by_category(request: PageRequest) -> str | None:
    """The policy library, asked for all: rows by category, so many of each on a page."""
    sent = asked_of(request)
    if urlsplit(request.url).path != "/search-gov/data":
        return None
    number, size = int(sent["p"]), int(sent["n"])
    rows, total = page_of(sent["childtype"], 0, 99)
    kinds = {"gongwen": rows[::3], "bumenfile": [row for at, row in enumerate(rows) if at % 3]}
    shown = {
        kind: {
            "catName": kind,
            "totalCount": len(own),
            "listVO": [
                {"title": title, "url": f"/zc/{at}.html", "pubtimeStr": day.replace("-", ".")}
                for at, title, day in own[(number - 1) * size : number * size]
            ],
        }
        for kind, own in kinds.items()
    }
    pages = {"totalCount": total, "pageSize": size, "currentPage": number, "totalpage": -(-total // size)}
    return json.dumps({"paramsVO": {"n": size}, "searchVO": {**pages, "listVO": [], "catMap": shown}})


def igs(title: str, date: str, *, most: int | None = None) -> Site:
    """A search of TRS, by the names of its fields; `most` is how many pages it says it has."""
    return interface(
        *("/igs/front/search/list.html", "type", "pageNumber"),
        lambda rows, total: {
            "page": {
                **({} if most is None else {"totalPages": most}),
                "content": named(
                    [{**row, "date": f"{row['date']}T03:35:00.000Z"} for row in rows],
                    title,
                    "DOCPUBURL",
                    date,
                ),
                "total": total,
                "pageSize": 10,
                "pageNumber": 1,
            }
        },
    )


def ssp(*fields: str) -> Site:
    return interface(
        *("/ssp/search/api/apiSearch", "apiName", "page"),
        lambda rows, total: {
            "page": {"recordcount": total, "rows": 10, "pagecount": -(-total // 10)},
            "datas": named(rows, *fields),
        },
    )


def hycloud(path: str, *fields: str, middle: bool = False) -> Site:
    def answered(rows: list[dict[str, Any]], total: int) -> Any:
        shown = {"list": named(rows, *fields)}
        pager = {"pageSize": 10, "pageCount": -(-total // 10), "total": total}
        return {"success": True, "data": {**({"middle": shown} if middle else shown), "pager": pager}}

    return interface(path, "channel", "pageNo", answered)


PLAIN = interface(
    "/api/list",
    "ch",
    "page",
    lambda rows, total: {"total": total, "items": named(rows, "title", "href", "date")},
)
WAYS = {
    "get": "$.get('PATH', {COLUMN, NUMBER: 1, size: 10}, show);",
    "getJSON of a variable": (
        "var asked = {COLUMN}; function load(n) { asked.NUMBER = n; $.getJSON('PATH', asked, show); } "
        "load(1);"
    ),
    "axios": "axios.get('PATH', {params: {COLUMN, NUMBER: 1}}).then(show);",
    "post": "$.post('PATH', {COLUMN, NUMBER: 1}, show);",
    "ajax post": "var p = {COLUMN}; p.NUMBER = 1; $.ajax({url: 'PATH', type: 'post', data: p});",
    "template string": "const n = 1; fetch(`PATH?QUERY&NUMBER=${n}`).then(show);",
    "axios of JSON": "axios.post('PATH', {COLUMN, NUMBER: 1, pageSize: 10}).then(show);",
    "fetch of JSON": (
        "fetch('PATH', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({COLUMN, NUMBER: 1})}).then(show);"
    ),
    "ajax of JSON": (
        "$.ajax({url: 'PATH', method: 'POST', contentType: 'application/json', "
        "data: JSON.stringify({COLUMN, NUMBER: 1})});"
    ),
    "Vue": (
        "new Vue({el: '#list', data: {column: 'VALUE', page: 1}, methods: {load() { "
        "axios.get('PATH', {params: {KEY: this.column, NUMBER: this.page}}).then(show); }}});"
    ),
    "XMLHttpRequest": (
        "var x = new XMLHttpRequest(); x.open('GET', 'PATH?QUERY&NUMBER=' + 1, true); x.send();"
    ),
}


def ways(
    family: str, site: Site, path: str, column: str, number: str, *names: str, lead: str = ""
) -> dict[str, Site]:
    """One interface, asked in several ways by the scripts of its columns."""
    value = f"{lead}CAT"
    written = {"PATH": path, "COLUMN": f"{column}: '{value}'", "QUERY": f"{column}={value}", "KEY": column}
    found = {}
    for name in names:
        script = WAYS[name]
        for sign, text in {**written, "NUMBER": number, "VALUE": value}.items():
            script = script.replace(sign, text)
        found[f"{family}, {name}"] = scripted(site, script)
    return found


WRAPPED = interface(
    "/govsearch/jsonp/list.jsp",
    "lb",
    "page",
    lambda rows, total: {
        "rowCount": total,
        "data": [{"tip": one} for one in named(rows, "title", "url", "dates")],
    },
)


def by_jsonp(request: PageRequest) -> str | None:
    """An interface whose rows are wrapped, in an answer that is wrapped (吉林)."""
    answer = WRAPPED(request)
    return answer and f"result({answer});"


def by_xml(request: PageRequest) -> str | None:
    """All rows in one file."""
    if not request.url.endswith(".xml"):
        return None
    rows, total = page_of(request.url.split("/")[-2], 0, 99)
    items = "".join(
        f"<item><title><![CDATA[{title}]]></title><link>/zc/{at}.html</link><pubDate>{day}</pubDate></item>"
        for at, title, day in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?><list count="{total}">{items}</list>'


def by_piece(request: PageRequest) -> str | None:
    """The rows and their pager as a piece of a page, which turns pages by a script (河北)."""
    if "/blocks/" not in request.url:
        return None
    number = int(fields_of(request)["page"])
    rows, total = page_of(request.url.split("/")[-3], (number - 1) * 10, 10)
    cells = "".join(
        f'<tr><td><a href="/zc/{at}.html">{title}</a></td><td>{day}</td></tr>' for at, title, day in rows
    )
    return f'<table>{cells}</table><p><a onclick="go({number + 1})">下一页</a> 共{total}条</p>'


def in_json(request: PageRequest) -> str | None:
    """The same piece within an answer in JSON (SiteServer)."""
    piece = by_piece(PageRequest(request.url)) if request.body == '{"t": "a"}' else None
    return piece and json.dumps({"value": True, "html": piece})


def by_query(request: PageRequest) -> str | None:
    """Columns at one address, told apart by its query, which one interface is posted."""
    if urlsplit(request.url).path != "/list.html":
        return (
            PLAIN(request) if request.url != HOME else front("/list.html?id=003001", "/list.html?id=003002")
        )
    return html(
        "<div id=list></div><script>function find(name) { var all = window.location.search.substr(1)"
        ".match(new RegExp(name + '=([^&]*)')); return all ? unescape(all[1]) : null; }"
        "$.post('/api/list', {ch: find('id'), page: 1}, show);</script>"
    )


def told_twice(request: PageRequest) -> str | None:
    """A module that is told the page in its address and in the form that is posted (Hanweb)."""
    asked, sent = dict(parse_qsl(urlsplit(request.url).query)), dict(parse_qsl(request.body or ""))
    if not (asked and sent) or asked["currpage"] != sent["currpage"]:
        return None
    number = int(sent["currpage"])
    rows, total = page_of(sent["infotypeId"], (number - 1) * 10, 10)
    cells = "".join(f'<li><a href="/zc/{at}.html">{title}</a>{day}</li>' for at, title, day in rows)
    return f"<ul>{cells}</ul><p>共{total}条记录 <a onclick=\"gotoPage('{number + 1}')\">下一页</a></p>"


def by_form_of_get(request: PageRequest) -> str | None:
    """A column whose form is sent by what its pager says itself."""
    parts = urlsplit(request.url).path.split("/")
    if parts[1] != "zwgk" or parts[3] != "list.html":
        return None
    number = int(fields_of(request).get("iPage", 1))
    rows, total = page_of(parts[2], (number - 1) * 10, 10)
    cells = "".join(f'<li><a href="/zc/{at}.html">{title}</a>{day}</li>' for at, title, day in rows)
    return html(
        f'<ul>{cells}</ul><form id="f" action="list.html"><input id="n" name="iPage" value="{number}"></form>'
        f"<p>共{total}条 <a href=\"#\" onclick=\"$('#n').val({number + 1});$('#f').submit()\">下一页</a></p>"
    )


def by_feed(request: PageRequest) -> str | None:
    """A column that nothing can be read of but its feed."""
    parts = urlsplit(request.url).path.split("/")
    if parts[-1] == "list.html":
        feed = f'<link rel="alternate" type="application/rss+xml" href="/zwgk/{parts[2]}/feed.xml">'
        return html("<ul></ul>").replace("</head>", f"{feed}</head>")
    if parts[-1] != "feed.xml":
        return None
    rows, _ = page_of(parts[2], 0, 99)
    days = [format_datetime(dt.datetime.fromisoformat(f"{day}T09:00:00+08:00")) for _, _, day in rows]
    items = "".join(
        f"<item><title>{title}</title><link>{HOME}zc/{at}.html</link><pubDate>{day}</pubDate></item>"
        for (at, title, _), day in zip(rows, days, strict=True)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss><channel><title>年报</title>{items}</channel></rss>'


def by_file(request: PageRequest) -> str | None:
    """A column whose rows stand in a script file beside it."""
    parts = urlsplit(request.url).path.split("/")
    if parts[-1] == "list.html":
        return html('<ul id=u></ul><script src="./rows.js"></script><script>draw(docs)</script>')
    if parts[-1] != "rows.js":
        return None
    rows, _ = page_of(parts[2], 0, 99)
    return "var docs = [{}];".format(
        ",".join(f"{{title: '{title}', url: '/zc/{at}.html', date: '{day}'}}" for at, title, day in rows)
    )


def by_form(request: PageRequest) -> str | None:
    """A column whose pager fills a form of the page and sends it."""
    parts = urlsplit(request.url).path.split("/")
    if parts[1] != "zwgk" or parts[3] != "list.html":
        return None
    number = int(fields_of(request).get("pageNo", 1)) if request.body else 1
    rows, total = page_of(parts[2], (number - 1) * 10, 10)
    cells = "".join(f'<li><a href="/zc/{at}.html">{title}</a>{day}</li>' for at, title, day in rows)
    return html(
        f'<ul>{cells}</ul><form id="f" action="list.html" method="post"><input id="n" name="pageNo" '
        f'value="{number}"></form><p>共{total}条 <a onclick="go({number + 1})">下一页</a></p>'
        "<script>function go(n) { $('#n').val(n); $('#f').submit(); }</script>"
    )


def by_frames(request: PageRequest) -> str | None:
    """A column whose list stands in a frame within a frame."""
    parts = urlsplit(request.url).path.split("/")
    if parts[1] != "zwgk":
        return None
    inner = {"list.html": "frame.html", "frame.html": "rows.html"}.get(parts[3])
    if inner:
        return html(f'<iframe src="{inner}"></iframe>')
    rows, total = page_of(parts[2], 0, 99)
    cells = "".join(f'<li><a href="/zc/{at}.html">{title}</a>{day}</li>' for at, title, day in rows)
    return html(f"<ul>{cells}</ul><p>共{total}条</p>")


def by_offset(request: PageRequest) -> str | None:
    """An interface that is told at which row a page begins."""
    if urlsplit(request.url).path != "/data/list":
        return None
    sent = fields_of(request)
    rows, total = page_of(sent["ch"], int(sent["start"]), int(sent["limit"]))
    data = [{"title": title, "url": f"/zc/{at}.html", "pubDate": day} for at, title, day in rows]
    return json.dumps({"totalCount": total, "root": data})


def in_years(request: PageRequest) -> str | None:
    """Columns that show the newest rows, and lead to a list for each year."""
    parts = urlsplit(request.url).path.split("/")
    if len(parts) < 4 or parts[1] != "zwgk":
        return None
    rows = list(COLUMNS.values())[int(parts[2]) - 3001]
    years = {day[:4] for _, _, day in rows}
    shown = rows[:5] if len(parts) == 4 else [row for row in rows if row[2][:4] == parts[3]]
    cells = "".join(f'<li><a href="/zc/{at}.html">{title}</a>{day}</li>' for at, title, day in shown)
    links = "".join(f'<a href="/zwgk/{parts[2]}/{year}/index.html">{year}年</a>' for year in sorted(years))
    return html(f"<div>{links}</div><ul class='list'>{cells}</ul>")


IGS, SSP = "/igs/front/search/list.html", "/ssp/search/api/apiSearch"
TRS = "/zc/202503/t20250301_AT.html"


def in_pages(
    first: str, pager: str, further: str, *, article: str = "/info/4806/AT.htm", backwards: bool = False
) -> Site:
    """Two columns of pages that are there as they are.

    Args:
        first: the path of a column's first page, `CAT` for its number.
        pager: below the rows; `ALL`, `PAGES`, `NEXT` for numbers.
        further: the path of a further page, `NUMBER` for its number.
        article: the path of a document, `AT` for its number.
        backwards: whether further pages count down to 1.
    """

    def site(request: PageRequest) -> str | None:
        asked = request.url.removeprefix(HOME.rstrip("/"))
        if asked == "/":
            return front(first.replace("CAT", "003001"), first.replace("CAT", "003002"))
        for column in ("003001", "003002"):
            paths = [first, *(further.replace("NUMBER", str(3 - n if backwards else n)) for n in (1, 2))]
            if asked in (known := [path.replace("CAT", column) for path in paths]):
                place = known.index(asked)
                rows, total = page_of(column, place * 10, 10)
                cells = "".join(
                    f'<li><a href="{article.replace("AT", str(at))}" title="{title}">{title}</a>{day}</li>'
                    for at, title, day in rows
                )
                following = f'<a href="{known[place + 1]}">下一页</a>' if place < 2 else ""
                signs = {"ALL": total, "PAGES": 3, "AT": place, "ONE": place + 1, "NEXT": following}
                below = pager
                for sign, value in signs.items():
                    below = below.replace(sign, str(value))
                return html(f'<ul class="list">{cells}</ul>{below}')
        return None

    return site


def jpaas(written: str) -> Site:
    """Columns that name a unit, as the page writes its fields."""
    unit = "/api-gateway/jpaas-publish-server/front/page/build/unit"

    def site(request: PageRequest) -> str | None:
        if request.url == HOME:
            return front("/col/003001/index.html", "/col/003002/index.html")
        sent = fields_of(request)
        if urlsplit(request.url).path != unit:
            column = urlsplit(request.url).path.split("/")[2]
            return html(written.replace("UNIT", unit).replace("CAT", column))
        if not (sent.get("webId") == "7" and sent.get("parseType", "").endswith("static")):
            return None
        number = json.loads(sent.get("paramJson", '{"pageNo": 1}'))["pageNo"]
        rows, total = page_of(sent["pageId"], (number - 1) * 10, 10)
        cells = "".join(
            f'<li class="clearfix"><a href="/art/2025/3/1/art_9_{at}.html">{title}</a><b>{day}</b></li>'
            for at, title, day in rows
        )
        shown = (
            f'<div class="page-content">{cells}</div><div class="pagination" rows="10" count="{total}"></div>'
        )
        return json.dumps({"success": True, "data": {"html": shown}})

    return site


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
    "epoint, full text": scripted(full_text, FULL_TEXT, EPOINT),
    "epoint, builder counted from 0": scripted(
        builder(0, "count"),
        f"$.ajax({{type: 'post', url: {BUILDER}, data: {{params: {PARAMS}}}}});".replace("FIRST", "0"),
        EPOINT,
    ),
    "epoint, builder counted from 1": scripted(
        builder(1, "total"),
        f"$.ajax({{type: 'post', url: {BUILDER}, data: {{params: {PARAMS}}}}});".replace("FIRST", "1"),
        EPOINT,
    ),
    "epoint, builder by GET": scripted(
        builder(0, "count"), f"$.get({BUILDER}, {{params: {PARAMS}}}, show);".replace("FIRST", "0"), EPOINT
    ),
    "static_list, the number first": in_pages(
        "/zwgk/CAT/index.html",
        '<script>createPageHTML(PAGES, AT, "index", "html", ALL);</script>',
        "/zwgk/CAT/index_NUMBER.html",
        article=TRS,
    ),
    "static_list, the number alone": in_pages(
        "/zwgk/CAT/",
        '<script>createPage(PAGES, AT, "index", "shtml")</script>',
        "/zwgk/CAT/index_NUMBER.shtml",
        article=TRS,
    ),
    "static_list, a count": in_pages(
        "/zwgk/CAT/index.htm",
        "<script>var currentPage = AT; var countPage = PAGES\n for (var i = 1; i < countPage; i++) "
        """document.write('<a href="index_' + i + '.htm">');</script>""",
        "/zwgk/CAT/index_NUMBER.htm",
        article=TRS,
    ),
    "html_list, a parameter": in_pages("/list/CAT.do", "<p>共ALL条 NEXT</p>", "/list/CAT.do?pageNo=NUMBER"),
    "html_list, names of pages": in_pages(
        "/htmls/CAT/list-0.html", "<p>NEXT</p>", "/htmls/CAT/list-NUMBER.html"
    ),
    "html_list, counting down": in_pages(
        "/info/CAT.htm", "<p>共ALL条 ONE/PAGES NEXT</p>", "/info/CAT/NUMBER.htm", backwards=True
    ),
    "html_list, pieces": scripted(
        by_piece,
        "var at = '/columns/CAT/blocks/9'; function go(p) { $('#a').load(at + '?page=' + p); } go(1);",
    ),
    "html_list, a piece in JSON": scripted(
        in_json,
        "function go(p) { $.ajax({url: '/columns/CAT/blocks/9?page=' + p, type: 'POST', "
        "contentType: 'application/json', data: JSON.stringify({t: 'a'}), success: show}); } go(1);",
    ),
    "html_list, told twice": scripted(
        told_twice,
        "var currpage = 1; function gotoPage(currpage) { $.ajax({type: 'POST', "
        "url: '/search.jsp?currpage=' + currpage, data: 'infotypeId=CAT&currpage=' + currpage}); } "
        "gotoPage(currpage);",
    ),
    "html_list, a form": scripted(by_form, ""),
    "html_list, a form by GET": scripted(by_form_of_get, ""),
    "json_list, a feed": scripted(by_feed, ""),
    "json_list, a file": scripted(by_file, ""),
    "static_list, frames": scripted(by_frames, ""),
    "json_list, offsets": scripted(
        by_offset, "$.getJSON('/data/list', {ch: 'CAT', start: (page - 1) * 10, limit: 10}, show);"
    ),
    "json_list, JSONP": scripted(
        by_jsonp,
        "var p = {lb: 'CAT', page: page, size: 10}; "
        "$.ajax({url: '/govsearch/jsonp/list.jsp', dataType: 'jsonp', data: p});",
    ),
    "json_list, XML": scripted(by_xml, "$.ajax({url: '/xml/CAT/list.xml', dataType: 'xml', success: show});"),
    "jpaas, single quotes": jpaas(
        """<div url="UNIT" queryData="{'parseType':'bulidstatic','webId':'7','pageId':'CAT'}"></div>"""
    ),
    "jpaas, entities": jpaas(
        '<div querydata="{&quot;parseType&quot;:&quot;buildstatic&quot;,&quot;webId&quot;:&quot;7&quot;,'
        '&quot;pageId&quot;:&quot;CAT&quot;}" url="UNIT"></div>'
    ),
    "jpaas, JSON": jpaas(
        """<div url='UNIT' queryData='{"webId": "7", "pageId": "CAT", "parseType": "bulidstatic"}'></div>"""
    ),
    "json_list, asked in two ways": scripted(two_ways, TWO_WAYS),
    "json_list, told apart by the query": by_query,
    **ways(
        *("json_list", PLAIN, "/api/list", "ch", "page"),
        *("template string", "Vue", "XMLHttpRequest", "ajax post"),
    ),
    "ucap, a channel's number": scripted(UCAP, f"var channelId = '{CHANNEL}CAT';"),
    "ucap, a search": scripted(
        UCAP,
        f"$.get('/common/search/{CHANNEL}CAT?_isAgg=true&_isJson=true&_pageSize=10&page=' + page, show);",
    ),
    "ucap, a search that is narrowed": scripted(
        lambda request: UCAP(request) if "_channelName=00300" in request.url else None,
        f"var channelId = '{CHANNEL}CAT'; $.get('/common/search/' + channelId + '?_isJson=false"
        "&_channelName=CAT&_template=x&page=' + page, show);",
    ),
    **ways("ucap", CODED, "/getFileListByCodeId", "channelId", "page", "post", "ajax post", lead=CHANNEL),
    "govcn_library, a collection": scripted(
        library("/search-gov/data"),
        "var asked = {t: 'zhengcelibrary_gw_CAT', n: 10}, url = '/search-gov/data?t=' + asked.t + '&q="
        "&timetype=timezd&mintime=&maxtime=&sort=pubtime&sortType=1&pcodeJiguan=&n=' + asked.n; "
        "$.getJSON(url + '&p=' + page, show);",
    ),
    "govcn_library, by category": scripted(
        by_category,
        "$.get('/search-gov/data', {t: 'zhengcelibrary', childtype: 'CAT', p: 1, n: 10}, show);",
    ),
    "govcn_library, at its older address": scripted(
        library("/data"),
        "axios.get('/data', {params: {t: 'zhengcelibrary_bm_CAT', p: 1, n: 10}}).then(show);",
    ),
    **ways("trs_igs", igs("DOCTITLE", "PUBDATE", most=3), IGS, "type", "pageNumber", "get"),
    **ways("trs_igs", igs("FileName", "PUBDATE"), IGS, "type", "pageNumber", "axios"),
    **ways("trs_igs", igs("DOCTITLE", "fwrq", most=1_000), IGS, "type", "pageNumber", "template string"),
    **ways("trs_ssp", ssp("doctitle", "docpuburl", "docreltime"), SSP, "apiName", "page", "get"),
    **ways("trs_ssp", ssp("doctitle", "docpuburl", "pubdate"), SSP, "apiName", "page", "post"),
    **ways("trs_ssp", ssp("_doctitle", "chnldocurl", "pubdate"), SSP, "apiName", "page", "ajax post"),
    **ways(
        *("hycloud", hycloud("/irs/front/list", "f_202121500898", "doc_pub_url", "save_time")),
        *("/irs/front/list", "channel", "pageNo", "axios of JSON"),
    ),
    **ways(
        *("hycloud", hycloud("/irs/front/search", "title_no_tag", "url", "time", middle=True)),
        *("/irs/front/search", "channel", "pageNo", "fetch of JSON"),
    ),
    **ways(
        *("hycloud", hycloud("/irs/front/list", "title", "url", "time")),
        *("/irs/front/list", "channel", "pageNo", "get"),
    ),
}


@pytest.mark.parametrize(("name", "site"), DIALECTS.items(), ids=DIALECTS)
def test_a_dialect_is_added_by_its_address_alone(name: str, site: Site) -> None:
    written = write_portal(lead(survey_portal(HOME), site)[0], "hexi", DAY)
    assert written is not None
    lists = written.portal.lists
    found = {
        kind: sorted(t for one in lists if one.kind == kind for t in walk(written.portal, one.url, site))
        for kind in ("annual_report", "policy")
    }
    assert found == {
        "annual_report": sorted(title for _, title, _ in REPORTS),
        "policy": sorted(title for _, title, _ in POLICIES),
    }
    family = name.partition(",")[0]
    # One reader: what its pages say themselves, as by a form that their pager sends, needs no options.
    same = {"html_list": "static_list"}.get(family, family)
    assert {one.family or written.portal.family for one in lists} <= {family, same, "json_list"}
    assert lead(check_portal(written.portal), site)[0] == ()


def test_the_years_of_a_column_are_its_lists_too() -> None:
    lists = lead(survey_portal(HOME), scripted(in_years, ""))[0].columns
    found = Counter(one.kind for one in lists)
    assert found == {"annual_report": 1 + len(YEARS), "policy": 1 + 1}


def test_every_family_has_three_dialects() -> None:
    counted = Counter(name.partition(",")[0] for name in DIALECTS)
    counted["jpage"] += sum(site.startswith("jpage") for site in all_facts())  # in test_families_added
    assert {family: counted[family] for family in FAMILIES if counted[family] < 3} == {}


def test_what_only_an_element_elsewhere_holds_is_asked_for_by_nobody() -> None:
    """An empty condition would make the index of the whole site the list of reports."""
    script = FULL_TEXT.replace("equal: categorynum", 'equal: $("#category").val()')
    told = lead(survey_portal(HOME), scripted(full_text, script))[0]
    assert not any(column.rows for column in told.columns)
    said = 'unread_parameters: equal = $("#category").val(); what is equal? Say it on a terminal'
    assert any(said in one for one in told.unsure)


def test_what_narrows_a_search_and_is_not_known_is_left_out_by_nobody() -> None:
    channel = f"var channelId = '{CHANNEL}CAT';"
    script = f"{channel} $.get('/common/search/' + channelId + '?_channelName=' + name, show);"
    told = lead(survey_portal(HOME), scripted(UCAP, script))[0]
    assert not any(column.rows for column in told.columns)
    assert any("unread_parameters: _channelName = name" in one for one in told.unsure)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (
            "$.get(search + '?_channelName=' + name, show); $.get(search + '?_isJson=true&page=1', show);",
            "unread_parameters: _channelName = name",
        ),
        (
            "$.get(search + '?_channelName=a', show); $.get(search + '?_channelName=b', show);",
            "no list of annual reports was confirmed",
        ),
    ],
    ids=["beside one that cannot be read", "in one of two ways"],
)
def test_a_wider_search_is_no_list_where_its_narrowing_is_not_sure(script: str, why: str) -> None:
    search = f"var channelId = '{CHANNEL}CAT', search = '/common/search/' + channelId;"
    told = lead(survey_portal(HOME), scripted(UCAP, f"{search} {script}"))[0]
    assert not any(column.rows for column in told.columns)
    assert any(why in one for one in told.unsure)


@pytest.mark.parametrize(
    ("site", "field"),
    [
        (
            scripted(full_text, FULL_TEXT.replace("equal: categorynum", 'equal: $("#category").val()')),
            "equal",
        ),
        (scripted(PLAIN, "$.get('/api/list?ch=' + getQueryString('ch') + '&page=1', show);"), "ch"),
        (scripted(PLAIN, "$.post('/api/list', {ch: chosen, page: 1}, show);"), "ch"),
    ],
    ids=["within an object", "in an address", "in a form"],
)
def test_the_one_field_that_a_script_leaves_open_may_be_said(site: Site, field: str) -> None:
    missing = lead(survey_portal(HOME), site)[0].missing
    assert [(one.title, one.name) for one in missing] == [(name, field) for name in COLUMNS]
    answers = {one.column: {one.name: one.column.split("/")[-2]} for one in missing}
    told = lead(survey_portal(HOME, answers), site)[0]
    assert [(column.title, column.declared) for column in told.columns] == [
        (name, len(rows)) for name, rows in COLUMNS.items()
    ]
    assert told.missing == ()
