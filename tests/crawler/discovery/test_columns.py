"""Columns are found wherever a page leads to them: anchors, maps, scripts, the way above an article."""

from __future__ import annotations

import pytest

from tests.crawler.discovery.touring import find_columns

HOME = "https://www.hexi.gov.cn/"
NB = f"{HOME}c4/081/"

LEADS = {
    "a link": '<a href="/c4/081/">政府信息公开年报</a>',
    "a link with spaces and a line break in its name": '<a href="/c4/081/">政府信息<br> 公开 年报</a>',
    "a link that is cut, with a title": '<a href="/c4/081/" title="政府信息公开年报">政府信息公…</a>',
    "a name behind a comment": '<a href="/c4/081/"><!-- x -->政府信息公开年报</a>',
    "a picture": '<a href="/c4/081/"><img src="nb.png" alt="政府信息公开年报"></a>',
    "a picture in a link with a title": '<a title="政府信息公开年报" href=/c4/081/><img src="nb.png"></a>',
    "an arrow before and after": '<a href="/c4/081/">» 政府信息公开年报 &gt;&gt;</a>',
    "an area of a map": '<map><area coords="1,2,3,4" href="/c4/081/" alt="政府信息公开年报"></map>',
    "a menu in dl": "<dl><dt><a href='/c4/081/'>信息公开年报</a></dt></dl>",
    "a drop-down list": '<select><option value="/c4/081/">政府信息公开年报</option></select>',
    "a click": """<li onclick="window.open('/c4/081/')">政府信息公开年报</li>""",
    "a script link": """<a href="javascript:view('081')">政府信息公开年报</a>
        <script>function view(id) { location.href = '/c4/' + id + '/' }</script>""",
    "a click in a menu that opens": """<li onclick="show(1)"><a href="javascript:;"
        onclick="location='/c4/081/'">政府信息公开年报</a></li>""",
    "a data attribute": '<span data-url="/c4/081/">政府信息公开年报</span>',
    "更多 under a heading": '<div><h3>政府信息公开年报</h3><a href="/c4/081/">更多&gt;&gt;</a></div>',
    "a base": '<base href="/c4/"><a href="081/">政府信息公开年报</a>',
    "a menu of objects": """<script>var m=[{"name":"首页","url":"/"},
        {"url":"/c4/081/","title":"政府信息公开年报"}]</script>""",
    "a menu with children": """<script>menu = {name: '公开', url: '/gk/', children: [
        {name: '政府信息公开年报', url: '/c4/081/'}]}</script>""",
    "a menu of arrays": """<script>var a = [['首页','/'],['政府信息公开年报','/c4/081/']];</script>""",
    "a tree by calls": """<script>d.add(12, 3, '政府信息公开年报', '/c4/081/', '', '_blank');</script>""",
    "a menu that is written": """<script>
        document.write('<li><a href="/c4/081/">政府信息公开年报</a></li>');</script>""",
    "a menu in escapes": r"""<script>x = {"url":"\/c4\/081\/",
        "name":"\u653f\u5e9c\u4fe1\u606f\u516c\u5f00\u5e74\u62a5"}</script>""",
    "the way to the page": """<div class="dqwz">当前位置：<a href="/">首页</a>
        &gt;<a href="/c4/081/">信息公开年报</a></div>""",
    "the way to the page, hidden": """<span id='col1_name'>信息公开年报</span>
        <span id='col1_url'>/c4/081/</span>""",
}


@pytest.mark.parametrize("how", LEADS)
def test_a_column_is_found_by(how: str) -> None:
    found = [column for column in find_columns(LEADS[how], HOME) if column.kind == "annual_report"]
    assert [column.url for column in found] == [NB]
    assert found[0].why


TABS = {
    "before the boxes": ("<ul><li>政府信息公开年报<li>规范性文件</ul>", "<div>{}</div>"),
    "before what holds them": ("<ul><li>政府信息公开年报<li>规范性文件</ul>", "<div><div>{}</div></div>"),
    "of the same sort": ("<div><b>政府信息公开年报</b><b>规范性文件</b></div>", "<div>{}</div>"),
}


@pytest.mark.parametrize("how", TABS)
def test_more_in_a_box_bears_the_name_of_its_tab(how: str) -> None:
    names, box = TABS[how]
    outer, inner = ("<div>{}</div>", "<div>{}</div>") if box.count("div") > 2 else ("{}", box)
    boxes = (
        inner.format(f'<ul>{"<li><a>通知</a></li>" * 30}</ul><a href="{url}">更多&gt;&gt;</a>')
        for url in ("/c4/081/", "/c5/")
    )
    found = find_columns(f"<div>{names}{outer.format(''.join(boxes))}</div>", HOME)
    assert {(column.kind, column.url) for column in found} == {
        ("annual_report", NB),
        ("policy", f"{HOME}c5/"),
    }


NO_LEADS = {
    "the table of the site's work": '<a href="/wznb/">政府网站工作年度报表</a>',
    "the report on the rule of law": '<a href="/fznb/">法治政府建设年度报告</a>',
    "the report on government work": '<a href="/zwgk/gzbg/">政府工作报告</a>',
    "final accounts": '<a href="/czj/nb/">部门决算</a>',
    "statistics": '<a href="/tjxx/tjnb/">年报</a>',
    "a click that nobody knows": """<li onclick="like('/c4/081/')">政府信息公开年报</li>""",
    "a click that sends": """<li onclick="$.post('/c4/081/')">政府信息公开年报</li>""",
    "a click that also counts": """<li onclick="hit(); location='/c4/081/'">政府信息公开年报</li>""",
    "a click in what sends": """<li onclick="$.post('/like')"><a href="javascript:;"
        onclick="location='/c4/081/'">政府信息公开年报</a></li>""",
    "a report itself": '<a href="/x/2024/03-01/123.html">河西县2023年政府信息公开工作年度报告</a>',
    "a notice about reports": '<a href="/tz/list/">关于做好年度报告工作的通知</a>',
    "another site": '<a href="http://www.other.gov.cn/zfxxgk/zfxxgknb/">政府信息公开年报</a>',
    "a file": '<a href="/files/nb.pdf">政府信息公开年报</a>',
    "a comment": '<!-- <a href="/zfxxgk/nb/">政府信息公开年报</a> -->',
    "a template": '<a href="/{{item.url}}">政府信息公开年报</a>',
    "a template in the way to the page": '<div>您的位置：<a href="/{{item.url}}">政府信息公开年报</a></div>',
    "a frame of a template": '<iframe title="政府信息公开年报" src="{{url}}"></iframe>',
    "a link in a comment in a link": "<a href=/x/><!-- 政府信息公开年报 --></a>",
    "nowhere": '<a href="#">政府信息公开年报</a><a href="javascript:;">年报</a>',
    "a comment in a script": """<script>// {name:'政府信息公开年报', url:'/zfxxgk/nb/'}\n</script>""",
}


@pytest.mark.parametrize("what", NO_LEADS)
def test_no_column_is_found_in(what: str) -> None:
    assert [column for column in find_columns(NO_LEADS[what], HOME) if column.kind == "annual_report"] == []


def test_a_name_and_a_folder_that_agree_say_more_than_either() -> None:
    both, name, folder = (
        find_columns(page, HOME)[0].score
        for page in (
            '<a href="/zfxxgknb/">政府信息公开年报</a>',
            '<a href="/c4081/">政府信息公开年报</a>',
            '<a href="/zfxxgknb/"><img></a>',
        )
    )
    assert both > name
    assert both > folder


def test_the_fourth_block_is_the_reports_whatever_it_is_called() -> None:
    page = """<ul><li><a href="/a/">政府信息公开指南</a></li><li><a href="/b/">政府信息公开制度</a></li>
        <li><a href="/c/">法定主动公开内容</a></li><li><a href="/d/"><img src="4.png"></a></li>
        <li><a href="/e/">依申请公开</a></li></ul>"""
    found = {column.url: column for column in find_columns(page, HOME) if column.kind == "annual_report"}
    assert list(found) == [f"{HOME}d/"]
    assert "fourth block" in found[f"{HOME}d/"].why[0]


def test_a_list_page_is_a_column_itself() -> None:
    page = '<meta content="信息公开年报"  name=ColumnName /><a href="/2026/03-01/1.html">某县年度报告</a>'
    assert find_columns(page, f"{HOME}c100/list.html")[0].url == f"{HOME}c100/list.html"


def test_an_article_names_its_column_but_is_none() -> None:
    page = """<meta name="ArticleTitle" content="河西县2024年政府信息公开工作年度报告">
        <meta name="PubDate" content="2025-01-02"><meta name="ColumnName" content="政府信息公开年报">"""
    url = f"{HOME}xxgk/abc/202501/t20250102_99.html"
    assert [column.url for column in find_columns(page, url)] == [f"{HOME}xxgk/abc/"]


def test_reports_on_a_page_show_the_column_they_stand_in() -> None:
    page = '<a href="/art/2025/3/1/art_771_12.html">河西县2024年政府信息公开工作年度报告</a>'
    assert find_columns(page, HOME)[0].url == f"{HOME}col/col771/index.html"


def test_the_directory_tree_of_a_platform_is_read() -> None:
    tree = """[{"id":1,"name":"政府信息公开","children":[{"id":2629,"name":"政府信息公开年报","children":[]},
        {"id":77,"name":"规范性文件","jump_url":"/zcwj/"}]}]"""
    page = f"<script>window._CONFIG = {{ SID: '2', TREE: {tree} }};</script>"
    found = {(column.kind, column.url) for column in find_columns(page, f"{HOME}gkmlpt/index")}
    assert ("annual_report", f"{HOME}gkmlpt/index#2629") in found
    assert ("policy", f"{HOME}zcwj/") in found


def test_hosts_below_the_site_are_its_own() -> None:
    page = '<a href="https://public.zhengzhou.gov.cn/?a=dir&h=1&p=D41X">政府信息公开年报</a>'
    assert find_columns(page, "https://www.zhengzhou.gov.cn/")


def test_entries_are_told_from_lists() -> None:
    page = '<a href="/zfxxgk/">政府信息公开</a><a href="/nb/">年报</a><a href="/ysqgk/">依申请公开</a>'
    assert [(column.title, column.kind == "entry") for column in find_columns(page, HOME)] == [
        ("年报", False),
        ("政府信息公开", True),
    ]


def test_policies_are_told_from_what_is_said_about_them() -> None:
    page = """<a href="/zcwj/">政策文件</a><a href="/zcjd/">政策解读</a><a href="/gfxwj/">行政规范性文件</a>
        <a href="/yjzj/">规范性文件意见征集</a>"""
    found = [column.title for column in find_columns(page, HOME) if column.kind == "policy"]
    assert sorted(found) == ["政策文件", "行政规范性文件"]


def test_a_name_counts_for_more_than_the_folder_that_it_was_put_in() -> None:
    found = find_columns('<a href="/zfwj/zhengcejd/">市政府办公室文件</a>', HOME)
    assert [column.kind for column in found] == ["policy"]
