"""Rows that a page brings with it as data, for a script to draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crawler.discovery.fingerprints import recognise
from crawler.families.pages.json_answers import page_data
from crawler.families.pages.markup import parse_markup

if TYPE_CHECKING:
    from crawler.families.base import ListPage

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
        (f"<script>var data = {SAID}; laypage({{count: data.length, limit: 2}})</script>", 3),
        (f"<my-list data-rows='{SAID}'></my-list>", None),
    ],
    ids=["variable", "inside", "state", "script of data", "component", "settings", "counted", "attribute"],
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
        "<script>var data = [{bt: '文件', u: at('/a/1.html'), rq: '2026-01-02'}]</script>",
        "<script>var menu = [{bt: '政务公开', u: '/zwgk/index.html'}]</script>",
    ],
    ids=["beside a list with dates", "an address that is made", "no dates"],
)
def test_what_is_no_list_of_the_page_is_none(markup: str) -> None:
    assert "json_list" not in [each.family for each in recognise(markup, HOME)]


def test_what_is_assigned_comes_before_a_field_of_its_name() -> None:
    root = parse_markup("<script>draw({list: [{a: 1}]}); list = [{b: 2}]; window.x = {list: [3]}</script>")
    assert page_data(root)["list"] == [{"b": 2}]
