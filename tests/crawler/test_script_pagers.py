"""Pagers that scripts draw: which page is next, and how long the list is; whole, or told and not turned."""

from __future__ import annotations

import pytest

from archive.frontier.targets import PageRequest
from crawler.families.base import ListPage, PageAt
from crawler.families.html_list import read_list

LIST = "https://www.hexi.gov.cn/zc/index.html"
ROWS = "".join(
    f'<li><a href="202601/t2026010{n}_{n}.html">河西县关于第{n}项的通知</a><span>2026-01-0{n}</span></li>'
    for n in range(1, 6)
)


def read(after: str, *, url: str = LIST, rows: str = f"<ul>{ROWS}</ul>") -> ListPage:
    return read_list(f"{rows}{after}", PageAt(url, PageRequest(url), LIST))


def next_pages(page: ListPage) -> list[str]:
    return [each.url.removeprefix("https://www.hexi.gov.cn/zc/") for each in page.next_pages]


NAMES = ["index_2.html", "index_3.html"]
QUERY = ["index.html?page=2", "index.html?page=3"]
TURNED = {
    "layui": (
        """layui.use('laypage', function () { layui.laypage.render({count: 41, limit: 15, curr: 1, jump:
        function (obj, first) { if (!first) { location.href = '/zc/index_' + obj.curr + '.html' } } }) })""",
        (NAMES, 41, 3),
    ),
    "layui, the first page by its own name": (
        """laypage.render({count: 41, limit: 15, curr: 1, jump: function (obj, first) { var n = obj.curr;
        location.href = n == 1 ? 'index.html' : 'index' + (n === 1 ? '' : '_' + n) + '.html' }})""",
        (NAMES, 41, 3),
    ),
    "layui, rows on a page left out": (
        "laypage.render({count: 21, jump: function (o, f) { if (!f) location.href = '?page=' + o.curr }})",
        (QUERY, 21, 3),
    ),
    "laypage before layui": (
        "laypage({pages: 3, curr: 1, jump: function (e) { window.location.href = '?page=' + e.curr }})",
        (QUERY, None, 3),
    ),
    "jqPaginator, a function": (
        """var at = 'index_'; $('#p').jqPaginator({totalPages: 3, currentPage: 1, onPageChange:
        function (num, type) { if (type != 'init') { window.location = at + num + '.html' } }})""",
        (NAMES, None, 3),
    ),
    "jqPaginator, markup": (
        """$('#p').jqPaginator({totalPages: 3, page: '<a href="index_{{page}}.html">{{page}}</a>'})""",
        (NAMES, None, 3),
    ),
    "bootstrap-paginator": (
        """$('#p').bootstrapPaginator({currentPage: 1, totalPages: 3,
        pageUrl: function (type, page, current) { return 'index_' + page + '.html' }})""",
        (NAMES, None, 3),
    ),
    "twbs-pagination": (
        "$('#p').twbsPagination({totalPages: 3, href: '?page={{number}}'})",
        (QUERY, None, 3),
    ),
    "twbs-pagination, a function": (
        """$('#p').twbsPagination({totalPages: 3, startPage: 1,
        onPageClick: function (event, page) { location.href = '?page=' + page }})""",
        (QUERY, None, 3),
    ),
    "jQuery pagination, from 0": (
        "$('#p').pagination(41, {items_per_page: 20, current_page: 0, link_to: 'index___id__.html'})",
        (["index_1.html", "index_2.html"], 41, 3),
    ),
    "kkpager": (
        """kkpager.generPageHtml({pno: 1, total: 3, totalRecords: 41, hrefFormer: 'index',
        hrefLatter: '.html', getLink: function (n) { return this.hrefFormer + '_' + n + '.html' }})""",
        (NAMES, 41, 3),
    ),
    "written by what is counted on": (
        "var n = 1; document.write('<a href=\"index_' + (n + 1) + '.html\">下一页</a>')",
        (NAMES[:1], None, None),
    ),
}


@pytest.mark.parametrize("name", TURNED)
def test_a_pager_that_a_script_draws_is_turned(name: str) -> None:
    script, expected = TURNED[name]
    page = read(f"<div id=p></div><script>{script}</script>")
    assert (next_pages(page), page.declared_total, page.declared_pages) == expected
    assert (len(page.links), page.unreadable) == (5, None)


TOLD = {
    "what is not stated": "location.href = '?kind=' + kind + '&page=' + o.curr",
    "two addresses": "if (o.curr == 1) location.href = 'a.html'; else location.href = '?page=' + o.curr",
    "one address for all": "location.href = 'index.html?more'",
    "a choice that is not stated": "location.href = isOld ? '?p=' + o.curr : '?page=' + o.curr",
    "a request": "$.post('/vote', {n: o.curr})",
    "an address within the page": "location.href = '#page=' + o.curr",
}


@pytest.mark.parametrize("name", TOLD)
def test_a_pager_that_is_not_read_whole_is_told_and_not_turned(name: str) -> None:
    script = (
        f"laypage.render({{count: 41, limit: 15, curr: 1, jump: function (o, first) {{ {TOLD[name]} }} }})"
    )
    page = read(f"<script>{script}</script>")
    assert (page.next_pages, page.declared_total, len(page.links)) == ((), 41, 5)
    assert (page.unreadable or "").startswith("unread_click: laypage.render(")


def test_a_further_page_that_does_not_say_which_it_is_leads_nowhere() -> None:
    jump = "function (o) { location.href = '?p=' + o.curr }"
    script = f"laypage.render({{count: 41, limit: 15, curr: at(), jump: {jump}}})"
    assert next_pages(read(f"<script>{script}</script>")) == ["index.html?p=2", "index.html?p=3"]
    further = read(f"<script>{script}</script>", url=f"{LIST}?p=2")
    assert (further.next_pages, further.unreadable) == ((), None)


@pytest.mark.parametrize(
    ("pager", "following"),
    [
        ("<a href='javascript:;' data-href='index_2.html'>2</a><a data-href='index_3.html'>3</a>", NAMES[:1]),
        ("<span data-url='index_2.html'>2</span>", NAMES[:1]),
        ("<span data-url='index_2.html' onclick='vote()'>2</span>", []),
        ("<div class=more data-next='/zc/index_2.html'>加载更多</div>", NAMES[:1]),
        ("<div class=more data-next='http://www.other.cn/zc/index_2.html'>加载更多</div>", []),
        ("<a href='/zc/index_2.html'>查看更多</a>", []),
    ],
)
def test_numbers_and_what_loads_more_bear_the_address_of_the_next_page(
    pager: str, following: list[str]
) -> None:
    assert next_pages(read(f"<div class=page>{pager}</div>")) == following


@pytest.mark.parametrize("around", ["textarea", "template", "noscript", "xmp", "script type=text/html"])
def test_rows_that_are_kept_out_of_sight_are_rows(around: str) -> None:
    kept = f"<div><{around}><ul>{ROWS}</ul></{around.partition(' ')[0]}></div>"
    assert len(read("", rows=kept).links) == 5


def test_rows_to_be_filled_in_are_none() -> None:
    assert read("", rows=f"<textarea><ul>{ROWS.replace('第1项', '{{d.title}}')}</ul></textarea>").links == ()
