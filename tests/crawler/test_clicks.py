"""What clicks lead to: rows that no link has, pagers that a script turns, forms that are posted back."""

from __future__ import annotations

import time

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
        ("<li onclick=\"location='/a/7.html'\"><b>第七号通知</b><i>2026-01-07</i></li>", ""),
        ("<li onclick=\"parent.location.href='/a/7.html'\"><b>第七号通知</b><i>2026-01-07</i></li>", ""),
        (
            """<li onclick="event.stopPropagation(); window.open('/a/7.html').focus()">
            <b>第七号通知</b><i>2026-01-07</i></li>""",
            "function show() { if (a) { b() }",
        ),
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
            """<li onclick=light(this)><a href=javascript:; onclick="open('/a/7.html')">第七号通知</a>
            <i>2026-01-07</i></li>""",
            "function light(row) { row.style.color = 'red'; }",
        ),
        ("<tr data-href=/a/7.html><td>第七号通知</td><td>2026-01-07</td></tr>", ""),
        ("<li class=row data-url=/a/7.html><b>第七号通知</b><i>2026-01-07</i></li>", ""),
        (
            "<li><a href=#  onclick='show(7)' title=第七号通知>第七号…</a><i>2026-01-07</i></li>",
            "function show(id) { location.assign('/a/' + id + '.html') }",
        ),
    ],
    ids=[
        "an address",
        "a frame",
        "harmless calls beside",
        "a row",
        "an id",
        "a row of a table",
        "a link in a row with a click of its own",
        "an attribute of a row of a table",
        "an attribute of a row",
        "a link to its own page",
    ],
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
        (
            """<input type=button value=下一页 onclick="location.href=encodeURI('index_2.jhtml');">""",
            "/zwgk/index_2.jhtml",
        ),
        (
            "<b data-href=2.htm>下一页</b>",
            "/zwgk/2.htm",
        ),
        ("<a href=2.htm>下一个</a>", "/zwgk/2.htm"),
        ("<a href='2.htm'><img src=n.gif alt=下一页></a>", "/zwgk/2.htm"),
        ("<a href='index-2.htm'>下一页＞</a>", "/zwgk/index-2.htm"),
        ("<a class='pg next' href='index-2.htm'>x</a>", "/zwgk/index-2.htm"),
        ("<a href=javascript:turn(2)>2</a><script>function turn(n){$.get('/x?page=' + n)}</script>", None),
        (
            "<a href=javascript:turn(2)>下页</a><script>function turn(n){location='?page=' + n}</script>",
            "/zwgk/index.aspx?page=2",
        ),
        ("<a href=javascript:turn(2)>下页</a><script>function turn(n){location=at(n)}</script>", None),
    ],
    ids=[
        "a click",
        "an escaped address",
        "an attribute",
        "Liferay's",
        "a picture",
        "a wide arrow",
        "a class of its own",
        "an interface",
        "a function",
        "what is not stated",
    ],
)
def test_a_pager_leads_where_it_does(pager: str, after: str | None) -> None:
    assert pages_after(pager) == ([after] if after else [])


POST_BACK = """<form name=f1 method=post action='list.aspx?ClassID=32'>
    <input type=hidden name=__EVENTTARGET><input type=hidden name=__EVENTARGUMENT>
    <script>var theForm = document.forms['f1'];
    function __doPostBack(eventTarget, eventArgument) {
      theForm.__EVENTTARGET.value = eventTarget; theForm.__EVENTARGUMENT.value = eventArgument;
      theForm.submit(); }</script></form><a href="javascript:__doPostBack('ctl00$Pager','2')">下一页</a>"""
SENDING = {
    "a post back": (POST_BACK, "__doPostBack('ctl00$Pager','2')"),
    "a form": (
        (
            "<form name=f><input name=p></form><a href='javascript:turn(2)'>下一页</a>"
            "<script>function turn(n) { document.f.p.value = n; document.f.submit() }</script>"
        ),
        "turn(2)",
    ),
    "an interface": (
        "<a href=javascript:turn(2)>下一页</a><script>function turn(n){$.post('/x', {page: n})}</script>",
        "turn(2)",
    ),
    "behind a question": (
        (
            "<a href=javascript:turn(2)>下一页</a>"
            "<script>function turn(n){ if (!confirm('删除?')) return; location = '?p=' + n }</script>"
        ),
        "turn(2)",
    ),
    "by the way": (
        (
            "<a href=javascript:turn(2)>下一页</a>"
            "<script>function turn(n){ new Image().src = '/count?n=' + n; location = '?p=' + n }</script>"
        ),
        "turn(2)",
    ),
    "one of two clicks": (
        """<a href="javascript:location='?p=2'" onclick="$.post('/like.do')">下一页</a>""",
        "$.post('/like.do');location='?p=2'",
    ),
    "what is clicked around it": (
        """<div onclick="$.post('/like.do')"><a href="javascript:location='?p=2'">下一页</a></div>""",
        "$.post('/like.do')",
    ),
    "what is cut off": (
        "<a onclick=turn(1)>下一页</a><script>function turn(n){ location = '?p=' + n; if (n) {</script>",
        "turn(1)",
    ),
    "what is counted": (
        "<a onclick=turn(1)>下一页</a><script>function turn(n){ n++; location = '?p=' + n }</script>",
        "turn(1)",
    ),
    "what is not stated": (
        "<a onclick=turn(1)>下一页</a><script>function turn(n){ location = at(n) }</script>",
        "turn(1)",
    ),
}


@pytest.mark.parametrize("named", list(SENDING))
def test_a_click_that_sends_anything_is_told_and_not_followed(named: str) -> None:
    pager, words = SENDING[named]
    page = read(f"<ul>{ROWS}</ul>{pager}")
    assert (page.next_pages, page.unreadable) == ((), f"unread_click: {words}")
    assert len(page.links) == 3
    assert read(f"<ul>{ROWS}</ul>共3条{pager}").unreadable is None


def test_the_last_page_of_a_list_may_say_so_by_a_click() -> None:
    last = f"<ul>{ROWS}</ul>共9条<a href=index_1.aspx>上一页</a><a onclick=alert('已是最后一页')>下一页</a>"
    assert read(last, PageRequest(HOME.replace("index", "index_2"))).unreadable is None
    assert read(last).unreadable == "unread_click: alert('已是最后一页')"


@pytest.mark.parametrize(
    "markup",
    [
        "<button class=swiper-button-next onclick=like()></button>",
        "<button class=btn-next onclick=like()>提交</button>",
        "<a onclick=like()>&gt;</a>",
        "<a class=icon-next href=javascript:like()>退出</a>",
        "<a class=pre-next href=news1.aspx>热点</a>",
        "<div>评分：<a href=javascript:vote(1)>1</a><a href=javascript:vote(2)>2</a></div>",
        "".join(f"<td onclick=vote({n})>{n}</td>" for n in range(1, 29)),
        "<a onclick=\"location='zwgk.aspx'\">&gt;</a>",
        "<select><option value=i_2025.aspx>2025</option><option value=i_2024.aspx>2024</option></select>",
        "<a href=/zwgk/bm/>&gt;</a>",
    ],
    ids=["carousel", "survey", "sign", "sign-out", "before", "stars", "calendar", "crumb", "years", "folder"],
)
def test_what_is_like_a_pager_is_not_asked_for(markup: str) -> None:
    script = (
        "function like() { $.get('/like.do', {id: 3}) } function vote(n) { location = '/vote.do?n=' + n }"
    )
    page = read(f"<ul>{ROWS}</ul>{markup}<script>{script}</script>")
    assert (page.next_pages, page.unreadable) == ((), None)


@pytest.mark.parametrize(
    "click",
    [
        "$.post('/zwgk/del.do?id=1')",
        "delArticle('/zwgk/del.do?id=1')",
        "if (confirm('确定删除?')) location.href = '/zwgk/del.do?id=1'",
        "view(id1)",
        "two(1)",
        "closing(1, 1)",
        "unset()",
        "window.open('https://share.example.com/w?u=1')",
    ],
)
def test_a_row_that_does_more_than_lead_on_leads_nowhere(click: str) -> None:
    script = """function view(index) { location.href = '/a/' + index + '.html' } var p;
        function two(a, p) { location.href = '/a/' + p + '.html' }
        function closing(id, t) { if (t == 1) other(id); else location.href = '/a/' + id + '.html' }
        function unset() { location.href = '/a/' + p + '.html' }"""
    rows = "".join(f'<li onclick="{click}"><b>第{n}号文件</b><i>2026-01-0{n}</i></li>' for n in (1, 2, 3))
    assert read(f"<ul>{rows}</ul><script>{script}</script>").links == ()


@pytest.mark.parametrize(
    "beside",
    [
        "<a href=javascript:; onclick=\"window.open('/files/{n}.pdf')\">下载附件：第{n}号文件全文</a>",
        "<a href=# onclick=\"window.open('/share?u={n}')\">分享到微博微信</a>",
    ],
    ids=["download", "share"],
)
def test_a_link_with_an_address_comes_before_a_click(beside: str) -> None:
    rows = "".join(
        f"<li><a href=/a/{n}.html>通知{n}</a>{beside.format(n=n)}<i>2026-01-0{n}</i></li>" for n in (1, 2)
    )
    links = read(f"<ul>{rows}</ul>").links
    assert [(each.url.rpartition("cn")[2], each.title) for each in links] == [
        ("/a/1.html", "通知1"),
        ("/a/2.html", "通知2"),
    ]


def test_rows_with_addresses_come_before_cards_with_dates() -> None:
    rows = "".join(f"<li><a href=/zwgk/{n}.html>文件{n}</a></li>" for n in range(8))
    cards = "".join(f"<dd onclick=\"location='/hot/{n}.html'\">热点{n} 2026-01-0{n}</dd>" for n in (1, 2, 3))
    links = read(f"<ul>{rows}</ul><p>共8条</p><dl>{cards}</dl>").links
    assert [each.title for each in links] == [f"文件{n}" for n in range(8)]


def test_a_list_of_which_some_clicks_are_not_followed_says_so() -> None:
    rows = "".join(f"<li onclick={name}(7)><b>{name}号通知</b><i>2026-01-07</i></li>" for name in "aab")
    page = read(f"<ul>{rows}</ul><script>function a(n) {{ location = '/a/' + n }}</script>")
    assert ([each.title for each in page.links], page.unreadable) == (
        ["a号通知"] * 2,
        "unread_click: b号通知",
    )


def test_an_address_keeps_what_looks_like_an_entity() -> None:
    click = "location='/zwgk/show.do?id=1&section=2&copy=1'"
    row = f'<li onclick="{click}"><b>第一号文件</b><i>2026-01-01</i></li>'
    assert [each.url.partition("?")[2] for each in read(row * 2).links] == ["id=1&section=2&copy=1"] * 2


def test_each_of_many_clicks_is_followed() -> None:
    rows = "".join(f"<li onclick=view({n})><b>第{n}号文件</b><i>2026-01-01</i></li>" for n in range(6000))
    moves = "".join(f"function f{n}() {{ location = '/x' }}" for n in range(500))
    page = read(
        f"<ul>{rows}</ul><script>function view(n) {{ location = '/a/' + n + '.html' }}{moves}</script>"
    )
    assert len(page.links) == 6000


def test_the_title_of_a_clicked_row_is_its_first_text() -> None:
    row = "<tr onclick=\"location='/a/7.html'\"><td>7</td><td>第七号通知</td><td>{}</td><td>2026-01-07</tr>"
    links = read(f"<table>{row.format('摘要' * 40) * 2}</table>").links
    assert {each.title for each in links} == {"第七号通知"}


@pytest.mark.parametrize("title", ["第１２－３０号文件"])
def test_the_number_of_a_document_is_no_date(title: str) -> None:
    rows = f"<li><a href=/zwgk/7.html>{title}</a></li>" * 3
    assert {each.date for each in read(f"<ul>{rows}</ul><p>共3条</p>").links} == {None}


MANY = 3_000


@pytest.mark.parametrize(
    "script",
    ["location.href = n;", "document.f.p.value = n;", "h();", "$.get(n);"],
    ids=["addresses", "fields", "calls", "requests"],
)
def test_clicks_without_end_take_time_in_proportion(script: str) -> None:
    rows = "<li onclick='go(1)'>第一号文件<i>2026-01-02</i></li>" * MANY
    pager = "<a href=javascript:go(2)>下一页</a>" * MANY
    began = time.process_time()
    read(f"<ul>{rows}</ul>{pager}<script>function go(n) {{ {script * MANY} }}</script>")
    # Once for each click and each thing that a function does would be nine million times.
    assert time.process_time() - began < 10


@pytest.mark.parametrize("date", ["２０２６年０１月０７日", "2026．01．07", "２０２６-０１-０７"])
def test_a_date_in_full_width_is_one(date: str) -> None:
    news = "".join(f"<li><a href=/xw/{n}.html>县领导调研第{n}次</a>2026-01-0{n}</li>" for n in range(1, 5))
    rows = f"<tr><td><a href=/zwgk/7.html title=第七号通知>第七…</a><td>{date}</tr>" * 9
    page = read(f"<ul class=news>{news}</ul><table class=t>{rows}</table><p>共9条</p>")
    assert {each.title for each in page.links} == {"第七号通知"}
    assert {(each.date or "")[:4] for each in page.links} == {"2026"}
