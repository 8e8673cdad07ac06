"""What clicks lead to: rows that no link has, pagers that a script turns, forms that are posted back."""

from __future__ import annotations

import time
from urllib.parse import parse_qs

import pytest

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.families.base import ListPage, PageAt

HOME = "https://www.hexi.gov.cn/zwgk/index.aspx"
ROWS = "".join(f"<li><a href=/a/{n}.html>第{n}号文件</a><i>2026-01-0{n}</i></li>" for n in (1, 2, 3))


def read(markup: str, request: PageRequest | None = None, list_url: str = HOME) -> ListPage:
    request = request or PageRequest(list_url)
    return FAMILIES["static_list"].read(markup, PageAt(request.url, request, list_url))


def pages_after(pager: str, rows: str = ROWS, **at: str) -> list[str]:
    page = read(f"<ul>{rows}</ul>{pager}", PageRequest(at.get("url", HOME)), at.get("list_url", HOME))
    return [each.url.removeprefix("https://www.hexi.gov.cn") for each in page.next_pages]


@pytest.mark.parametrize(
    ("row", "script"),
    [
        ("<li onclick=\"openUrl('/a/7.html')\"><b>第七号通知</b><i>2026-01-07</i></li>", ""),
        (
            "<li onclick=\"openUrl('/a/7.html')\"><b>第七号通知</b><i>2026-01-07</i></li>",
            "function openUrl(u) { window.open(u, '_blank') }",
        ),
        (
            "<li><a href=\"javascript:view('7')\">第七号通知</a><i>2026-01-07</i></li>",
            "function view(id) { var to = '/a/' + id + '.html'; location.href = to; }",
        ),
        (
            "<tr onclick='go(7)'><td>第七号通知</td><td>2026-01-07</td></tr>",
            "const go = (id) => window.open(`/a/${id}.html`)",
        ),
        (
            "<li><a href=#  onclick='show(7)' title=第七号通知>第七号…</a><i>2026-01-07</i></li>",
            "function show(id) { location.assign('/a/' + id + '.html') }",
        ),
    ],
    ids=["a literal alone", "a row", "an id", "a row of a table", "a link to its own page"],
)
def test_a_row_leads_where_a_click_does(row: str, script: str) -> None:
    page = read(f"<table>{row * 2}</table><p>共1页</p><script>{script}</script>")
    assert [(each.url, each.title, each.date) for each in page.links] == [
        ("https://www.hexi.gov.cn/a/7.html", "第七号通知", "2026-01-07")
    ] * 2


@pytest.mark.parametrize(
    "script",
    [
        "function view(id) { window.open(base() + id) }",
        "function view(id) { if (id > 5) { window.open('/b/' + id) } else { window.open('/a/' + id) } }",
        "function view(id) { show(id) }",
    ],
    ids=["what is not stated", "two addresses", "nothing that opens"],
)
def test_a_row_whose_click_is_not_sure_leads_nowhere(script: str) -> None:
    rows = "<li><a href=\"javascript:view('/7.html')\">第七号通知</a><i>2026-01-07</i></li>" * 2
    assert read(f"<ul>{rows}</ul><script>{script}</script>").links == ()


@pytest.mark.parametrize(
    ("pager", "after"),
    [
        ("<a onclick=\"location='index_2.aspx'\">下一页</a>", "/zwgk/index_2.aspx"),
        ("<a href='2.htm'><img src=n.gif alt=下一页></a>", "/zwgk/2.htm"),
        ("<a href='index-2.htm'>下一页＞</a>", "/zwgk/index-2.htm"),
        ("<a class=pg-next href='index-2.htm'>›</a>", "/zwgk/index-2.htm"),
        (
            (
                "<select onchange='location=this.value'><option value=index.aspx selected>第1页</option>"
                "<option value=index_2.aspx>第2页</option></select>"
            ),
            "/zwgk/index_2.aspx",
        ),
        ("<a href=javascript:turn(2)>2</a><script>function turn(n){$.get('/x?page=' + n)}</script>", None),
        (
            "<a href=javascript:turn(2)>下页</a><script>function turn(n){location='?page=' + n}</script>",
            "/zwgk/index.aspx?page=2",
        ),
        ("<a href=javascript:turn(2)>下页</a><script>function turn(n){location=at(n)}</script>", None),
    ],
    ids=[
        "a click",
        "a picture",
        "a wide arrow",
        "a class of several words",
        "a list to choose from",
        "an interface",
        "a function",
        "what is not stated",
    ],
)
def test_a_pager_leads_where_it_does(pager: str, after: str | None) -> None:
    assert pages_after(pager) == ([after] if after else [])


def test_pages_in_folders_of_their_own_are_followed_and_years_are_not() -> None:
    home = "https://www.hexi.gov.cn/zwgk/"
    pager = "<a href=/zwgk/p2/>&gt;</a>"
    assert pages_after(pager, url=home, list_url=home) == ["/zwgk/p2/"]
    assert pages_after(pager.replace("p2", "p3"), url=f"{home}p2/", list_url=home) == ["/zwgk/p3/"]
    assert pages_after("<a href=/zwgk/2025/>2025</a>", url=f"{home}2024/", list_url=f"{home}2024/") == []


POST_BACK = """<form name=f1 method=post action='list.aspx?ClassID=32'>
    <input type=hidden name=__EVENTTARGET><input type=hidden name=__EVENTARGUMENT>
    <input type=hidden name=__VIEWSTATE value='wEP{page}'>
    <script>var theForm = document.forms['f1']; if (!theForm) {{ theForm = document.f1; }}
    function __doPostBack(eventTarget, eventArgument) {{
      if (!theForm.onsubmit || (theForm.onsubmit() != false)) {{
        theForm.__EVENTTARGET.value = eventTarget; theForm.__EVENTARGUMENT.value = eventArgument;
        theForm.submit(); }} }}</script>
    <ul>{rows}</ul>{pager}<input name=key value=''><input type=submit name=go value=搜索></form>"""


def link_to(number: int, said: str = "") -> str:
    return f"<a href=\"javascript:__doPostBack('ctl00$Pager','{number}')\">{said or number}</a>"


@pytest.mark.parametrize(
    ("at", "pager", "after"),
    [
        (1, link_to(2, "下一页"), 2),
        (2, link_to(1, "上一页") + link_to(3, "下一页"), 3),
        (1, "<b>1</b>" + link_to(2) + link_to(3), 2),
        (2, link_to(1) + "<b>2</b>" + link_to(3), 3),
        (3, link_to(1) + link_to(2) + "<b>3</b>", None),
        (12, link_to(11) + "<b>12</b>" + link_to(13), 13),
    ],
    ids=["next", "next of the second", "numbers", "numbers of the second", "the last", "a window"],
)
def test_a_post_back_carries_what_its_page_holds(at: int, pager: str, after: int | None) -> None:
    asked = PageRequest(HOME, f"__EVENTARGUMENT={at}", "form") if at > 1 else PageRequest(HOME)
    page = read(POST_BACK.format(page=at, rows=ROWS, pager=pager), asked)
    bodies = [parse_qs(each.body or "", keep_blank_values=True) for each in page.next_pages]
    sent = {"__EVENTTARGET": ["ctl00$Pager"], "__EVENTARGUMENT": [str(after)], "__VIEWSTATE": [f"wEP{at}"]}
    assert bodies == ([{**sent, "key": [""]}] if after else [])
    assert {each.url for each in page.next_pages} <= {"https://www.hexi.gov.cn/zwgk/list.aspx?ClassID=32"}


@pytest.mark.parametrize(
    "writing",
    [
        "document.pageForm.currentPage.value = n; document.pageForm.submit()",
        "var f = document.pageForm; f.currentPage.value = n; f.submit()",
        "document.getElementById('cp').value = n; document.forms[0].submit()",
        "$('#cp').val(n); $('#pf').submit()",
    ],
)
def test_a_form_is_sent_with_what_a_function_writes_into_it(writing: str) -> None:
    page = read(
        f"<ul>{ROWS}</ul><form name=pageForm id=pf method=post><input name=currentPage id=cp value=1>"
        f"<input name=lm value=zc></form><a href='javascript:goPage(2)'>下一页</a>"
        f"<script>function goPage(n) {{ {writing} }}</script>"
    )
    assert [(each.url, each.body) for each in page.next_pages] == [(HOME, "currentPage=2&lm=zc")]


def test_a_form_with_a_field_that_is_not_sure_is_not_sent() -> None:
    pager = (
        "<form name=f method=post><input name=p><input name=k></form><a href='javascript:turn(2)'>下一页</a>"
        "<script>function turn(n) { document.f.p.value = n; document.f.k.value = key(); document.f.submit() }"
    )
    assert pages_after(pager) == []


def test_a_form_is_not_sent_by_a_list_of_one_page() -> None:
    pager = (
        "<form name=f method=post><input name=p value=1></form>第1/1页 <a href='javascript:turn(1)'>下页</a>"
        "<script>function turn(n) { document.f.p.value = n; document.f.submit() }</script>"
    )
    assert pages_after(pager) == []


MANY = 3_000


@pytest.mark.parametrize(
    "script",
    [
        "location.href = n;" * MANY,
        "document.f.p.value = n;" * MANY + "document.f.submit()",
        "h();" * MANY,
        "$.get(n);" * MANY,
    ],
    ids=["addresses", "fields", "calls", "requests"],
)
def test_clicks_without_end_take_time_in_proportion(script: str) -> None:
    rows = "<li onclick='go(1)'>第一号文件<i>2026-01-02</i></li>" * MANY
    pager = "<form name=f><input name=p></form>" + "<a href=javascript:go(2)>2</a>" * MANY
    began = time.process_time()
    read(f"<ul>{rows}</ul>{pager}<script>function go(n) {{ {script} }}</script>")
    # Once for each click and each thing that a function does would be nine million times.
    assert time.process_time() - began < 10


@pytest.mark.parametrize("date", ["２０２６年０１月０７日", "2026．01．07", "２０２６-０１-０７"])
def test_a_date_in_full_width_is_one(date: str) -> None:
    news = "".join(f"<li><a href=/xw/{n}.html>县领导调研第{n}次</a>2026-01-0{n}</li>" for n in range(1, 5))
    rows = f"<tr><td><a href=/zwgk/7.html title=第七号通知>第七…</a><td>{date}</tr>" * 9
    page = read(f"<ul class=news>{news}</ul><table class=t>{rows}</table><p>共9条</p>")
    assert {each.title for each in page.links} == {"第七号通知"}
    assert {(each.date or "")[:4] for each in page.links} == {"2026"}
