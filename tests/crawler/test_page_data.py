"""Rows that a page brings with it as data, for a script to draw."""

from __future__ import annotations

import json

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.fingerprints import recognise
from crawler.families import FAMILIES
from crawler.families.base import ListPage, PageAt
from crawler.families.pages.json_answers import page_data
from crawler.families.pages.markup import parse_markup

HOME = "https://www.hexi.gov.cn/zwgk/nb/"
ROWS = [
    {"id": n, "bt": f"河西县{n}年政府信息公开工作年度报告", "u": f"./{n}.html", "rq": f"{n + 1}-01-20"}
    for n in (2025, 2024, 2023)
]
SAID = json.dumps(ROWS, ensure_ascii=False)


def read(markup: str) -> ListPage:
    match = next(each for each in recognise(markup, HOME) if each.family == "json_list")
    listed = match.read(markup, HOME)
    assert listed is not None
    return listed


@pytest.mark.parametrize(
    ("markup", "total"),
    [
        (f"<ul id=l></ul><script>var data = {SAID}; draw(data)</script>", None),
        (
            f"<script>$(function () {{ var data = {SAID}; for (i in data) add(data[i]) }})</script>",
            None,
        ),
        (f"<script>window.__DATA__ = {{list: {SAID}, total: 3}}</script>", 3),
        (f'<script id=s type="application/json">{{"a": {{"list": {SAID}, "totalCount": 31}}}}</script>', 31),
        (f"<script>new Vue({{el: '#a', data: {{rows: {SAID}, n: 1}}}})</script>", None),
        (f"<script>layui.table.render({{elem: '#a', data: {SAID}}})</script>", None),
        (f"<script>var data = {SAID}; laypage({{count: data.length, limit: 2}})</script>", None),
    ],
    ids=["variable", "inside", "state", "script of data", "component", "settings", "counted by itself"],
)
def test_rows_are_read_wherever_a_page_holds_them(markup: str, total: int | None) -> None:
    listed = read(markup)
    assert [(each.url, each.title, each.date) for each in listed.links] == [
        (f"{HOME}{row['id']}.html", row["bt"], row["rq"]) for row in ROWS
    ]
    assert listed.declared_total == total
    assert listed.next_pages == ()


@pytest.mark.parametrize(
    ("pager", "after"),
    [
        ("<a href='?page=2'>下一页</a>", f"{HOME}?page=2"),
        ("<script>createPageHTML(4, 0, 'index', 'html')</script>", f"{HOME}index_1.html"),
    ],
)
def test_their_pages_are_turned_as_those_of_any_list(pager: str, after: str) -> None:
    assert read(f"<script>var data = {SAID}</script>{pager}").next_pages[0].url == after


def test_the_list_with_dates_is_taken_not_a_longer_menu() -> None:
    menu = json.dumps([{"bt": f"栏目{n}号", "u": f"/c{n}/index.html"} for n in range(20)])
    assert len(read(f"<script>var menu = {menu}, data = {SAID}</script>").links) == 3


@pytest.mark.parametrize(
    "markup",
    [
        f"<ul>{'<li><a href=/a/1.html>文件</a>2026-01-02</li>' * 3}</ul><script>var hot = {SAID}</script>",
        f"<ul>{'<li><a href=/zwgk/nb/1.html>文件</a>' * 8}</ul>共8条<script>var hot = {SAID}</script>",
        f"<script>var rows = {SAID}; rows.push({{bt: 'x', u: '/x.html'}}); draw(rows)</script>",
        f"<script>var rows = {SAID}; rows = rows.concat(rows); draw(rows)</script>",
        f"<script>var rows = {SAID}; rows = hot()</script>",
        f"<script>var rows = {SAID}, hot = {SAID.replace('./', './hot')}; draw(rows)</script>",
        f"<script>var ads = {SAID.replace('./', 'https://ads.example.com/')}</script>",
        f"<div data-banner='{SAID}'></div>",
        f'<script type="application/ld+json">{{"list": {SAID}}}</script>',
        "<script>var data = [{bt: '文件', u: at('/a/1.html'), rq: '2026-01-02'}]</script>",
        "<script>var menu = [{bt: '政务公开', u: '/zwgk/index.html'}]</script>",
    ],
    ids=[
        "beside a list with dates",
        "beside a list without",
        "added to",
        "joined with more",
        "set twice",
        "two lists",
        "of another site",
        "an attribute",
        "what describes the page",
        "an address that is made",
        "no dates",
    ],
)
def test_what_is_no_list_of_the_page_is_none(markup: str) -> None:
    assert "json_list" not in [each.family for each in recognise(markup, HOME)]


def test_a_name_of_two_things_is_not_stated() -> None:
    root = parse_markup("<script>draw({list: [{a: 1}]}); list = [{b: 2}]; window.x = {at: [3]}</script>")
    assert page_data(root) == {"script": {"x": {"at": [3]}, "at": [3]}}


def test_a_list_that_loads_more_is_never_complete() -> None:
    listed = read(f"<script>var data = {SAID}, total = 3</script><div id=more>加载更多</div>")
    assert len(listed.links) == 3
    assert (listed.declared_total, listed.unreadable) == (None, "loads_more")


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        ("请输入验证码", "needs_captcha"),
        (f"<ul>{'<li><a href=/1.html>文</a>2026-01-02' * 3}</ul>", "not_json"),
    ],
    ids=["a challenge", "rows of its own"],
)
def test_a_page_that_shows_something_else_is_not_read(beside: str, why: str) -> None:
    options = {"items": "script.data", "link": "u", "title": "bt"}
    at = PageAt(HOME, PageRequest(HOME), HOME, options)
    page = f"<p>{beside}</p><script>var data = {SAID}</script>"
    assert FAMILIES["json_list"].read(page, at) == ListPage(unreadable=why)


def test_an_interface_that_answers_a_page_has_no_rows() -> None:
    at = PageAt(HOME, PageRequest(HOME), HOME, {"items": "data | data.list", "link": "u"})
    page = f"<script>var data = {SAID}</script>"
    assert FAMILIES["json_list"].read(page, at) == ListPage(unreadable="not_json")
