"""Systems are told by what only their pages bear; every page here is written in the shape of real ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.fingerprints import recognise
from crawler.discovery.judging import interfaces_of
from crawler.discovery.page_links import read_page
from crawler.families import FAMILIES
from tests.crawler.discovery.touring import find_columns

HOME = "https://www.hexi.gov.cn/"
HEX = "0123456789abcdef0123456789abcdef"
UUID = "01234567-89ab-cdef-0123-456789abcdef"

PAGES = {
    "gkmlpt platform page": (
        "gkmlpt",
        "gkmlpt/index",
        """<script>window._CONFIG = { LANG: 'zh', SID: '755041',
        TREE: [{"id": 1, "name": "机构概况"}] }</script>""",
    ),
    "gkmlpt home that links to its platform": ("gkmlpt", "", '<a href="/gkmlpt/index">政府信息公开</a>'),
    "jpaas unit, quoted either way": (
        "jpaas",
        "col/col1229/index.html",
        """<div url="/api-gateway/jpaas-publish-server/front/page/build/unit"
        queryData="{'parseType':'bulidstatic','webId':'3','tplSetId':'4','pageType':'column','tagId':'列表'}"></div>""",
    ),
    "jpaas that spells it right": (
        "jpaas",
        "zwgk/zcfb/",
        """<div url='/api-gateway/jpaas-publish-server/front/page/build/unit'
        querydata="{'parseType':'buildstatic'}">""",
    ),
    "jpage datastore in a script": (
        "jpage",
        "col/col33718/index.html",
        """<div id="212860"><script type="text/xml"><datastore><nextgroup>
        <![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&col=1"></a>]]></nextgroup>
        <recordset></recordset></datastore></script></div>""",
    ),
    "jpage datastore in a comment": (
        "jpage",
        "col/col9/index.html",
        "<div id='9'><!--<datastore><recordset></recordset></datastore>--></div>",
    ),
    "jpage initialiser with rows in an array": (
        "jpage",
        "zwgk/index.html",
        """<script>var InitData49468 = [];
        $('#49468').jpage({dataStore: InitData49468, perPage: 15});</script>""",
    ),
    "jpage home, told by its links": (
        "jpage",
        "",
        """<a href=/col/col101/index.html>政务公开</a><a href='/art/2026/9/11/art_101_118.html'>某通知</a>""",
    ),
    "lonsun label": (
        "lonsun",
        "zwgk/public/column/6638717?type=4&catId=9702570&action=list",
        """<script>var siteId = '6789';
        $.get('/site/label/8888?labelName=publicInfoList&siteId=' + siteId);</script>""",
    ),
    "lonsun home, told by its links": (
        "lonsun",
        "",
        '<a href="/public/column/6638717?type=4">信息公开目录</a>',
    ),
    "ucap body": ("ucap", "hexi/c100/2023.shtml", '<td id="UCAP-CONTENT">正文</td>'),
    "ucap list": (
        "ucap",
        "hexi/c100201/zwgk.shtml",
        f"<script>var channelId = '{HEX}'; $.get('/common/search/' + channelId + '?_isAgg=true')</script>",
    ),
    "ucap home, told by its links": (
        "ucap",
        "",
        f"""<a href="/hexi/c100201/202303/{HEX}.shtml">甲</a>
        <a href="/hexi/c100202/202304/{HEX}.shtml">乙</a>""",
    ),
    "ucap home, told by its columns": (
        "ucap",
        "",
        """<a href="/hexi/c100038/xwlist.shtml">要闻</a>
        <a href="/hexi/xxgk/redirect_firstChannel.shtml">公开</a>""",
    ),
    "ucap article with a number of its own": ("ucap", "hexi/c100004/202403/26851.shtml", "<p>正文</p>"),
    "static article, told by its address": ("static_list", "xwdt/202403/t20240306_901.html", "<p>正文</p>"),
    "post_ article, told by its address": ("html_list", "xwdt/content/post_936064.html", "<p>正文</p>"),
    "jpage article, told by its address": ("jpage", "art/2024/9/9/art_1861_498.html", "<p>正文</p>"),
    "static home that links to a department's system": (
        "static_list",
        "",
        """<a href="/xwdt/202403/t20240306_901.html">甲</a>
        <a href="http://zwfw.www.hexi.gov.cn/col/col30244/index.html">办事</a>
        <a href="http://zwfw.www.hexi.gov.cn/col/col30245/index.html">清单</a>""",
    ),
    "epoint search": (
        "epoint",
        "xxgk/003005/list.html",
        """<script>$.ajax({type: 'post',
        url: '/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew'})</script>""",
    ),
    "epoint builder": (
        "epoint",
        "list.html",
        """<script>var siteGuid='7eb5f7f1-9041-43ad-8e13-8fcb82ea831a';
        post('/EpointWebBuilder/rest/x')</script>""",
    ),
    "policy library of the State Council": (
        "govcn_library",
        "zcwjk/policyDocumentLibrary",
        '<div id="app"></div><script src="/static/app.js"></script>',
    ),
    "static list, call in any quotes": (
        "static_list",
        "zfxxgk/zfxxgknb/",
        """<ul><li><a href='./202603/t20260301_1.html'>甲</a></li></ul>
        <script>createPageHTML(50,0,'index','html')</script>""",
    ),
    "static home, told by its articles": (
        "static_list",
        "",
        '<li><a href="./xwzx/202603/t20260301_12.shtml">要闻</a></li>',
    ),
    "VSB list": (
        "html_list",
        "zwgk/zfxxgknb.htm",
        '<li><a href="../info/1045/3301.htm">甲</a></li><li><a href="../info/1045/3302.htm">乙</a></li>',
    ),
    "dated folders, as in Henan": (
        "html_list",
        "",
        '<a href="/2026/03-27/2952501.html">甲</a><a href="/2026/03-21/2952502.html">乙</a>',
    ),
    "blocks of a column, as in Hebei": (
        "html_list",
        "",
        f"<script>load('/columns/{UUID}/templates/{UUID}/blocks/{UUID}?page=1&fix=0')</script>",
    ),
    "numbered list files, as in Liaoning": (
        "html_list",
        "zwgk/",
        '<a href="/zwgk/0fae12bc-2.shtml">下一页</a>',
    ),
    "phpcms": ("html_list", "", '<a href="/index.php?m=content&c=index&a=lists&catid=21">年度报告</a>'),
    "a parameter that pages": ("html_list", "zwgk/list", '<a href="?pageNo=2">下一页</a>'),
    "a Guangdong site group": (
        "html_list",
        "",
        '<a href="/a/content/post_1.html">甲</a><a href="/a/content/post_2.html">乙</a>',
    ),
    "a plain list with a link to the next page": (
        "static_list",
        "nb/",
        "".join(f"<li><a href='a{n}.html'>第{n}件</a><span>2026-01-0{n}</span></li>" for n in range(1, 6))
        + "<a href='index_2.html'>下一页</a>",
    ),
    "a shell that scripts fill": (
        "unknown",
        "",
        '<body><div id="app"></div><script src="/app.js"></script></body>',
    ),
    "an Angular shell": (
        "unknown",
        "",
        '<div class="main" ng-app="myApp"></div><script src="/a.js"></script>',
    ),
    "nothing that is known": ("unknown", "", "<p>某地概况</p>"),
    "nothing": ("unknown", "", ""),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_family_is_told(name: str) -> None:
    family, path, page = PAGES[name]
    assert recognise(page, HOME + path)[0].family == family


@pytest.mark.parametrize("name", [name for name, (family, _, _) in PAGES.items() if family != "unknown"])
def test_the_evidence_stands_in_the_page_or_its_address(name: str) -> None:
    _, path, page = PAGES[name]
    found = recognise(page, HOME + path)[0]
    said = found.evidence.rpartition(": ")[2]
    assert said in page or said in HOME + path or said.startswith("/") or "plain list" in said


def test_a_shell_is_told_as_such() -> None:
    assert recognise(PAGES["a shell that scripts fill"][2], HOME)[0].evidence == "js_shell"


def test_a_call_in_a_comment_is_no_evidence() -> None:
    page = "<script>// createPageHTML(5, 0, 'index', 'html')\n/* createPage(3,0,'a','htm') */</script>"
    assert recognise(page, HOME)[0].family == "unknown"


def test_links_of_another_site_are_no_evidence() -> None:
    page = '<a href="http://www.other.gov.cn/gkmlpt/index">某地公开</a>'
    assert recognise(page, HOME)[0].family == "unknown"


def test_the_family_that_reads_rows_and_a_total_comes_first() -> None:
    rows = "".join(
        f"<li><a href='/art/2026/3/{n}/art_9_{n}.html'>第{n}号通知</a><span>2026-03-0{n}</span></li>"
        for n in range(1, 6)
    )
    page = f"<div><ul>{rows}</ul><script>createPageHTML(1,0,'index','html',5)</script></div>"
    found = recognise(page, f"{HOME}col/col9/index.html")
    assert found[0].family == "static_list"
    assert "jpage" in {each.family for each in found}


def test_every_family_named_is_one_that_there_is_or_will_be() -> None:
    later = {"jpage", "jpaas", "lonsun", "html_list"}
    assert {family for family, _, _ in PAGES.values()} <= set(FAMILIES) | later | {"unknown"}


HOSTILE = {
    "braces": "<script>" + "{" * 50_000,
    "quotes": "<script>" + "'" * 50_000,
    "objects without end": "<script>" + "a={" * 20_000,
    "posts without end": "<script>" + ".post('/a',{" * 5_000,
    "anchors without end": "<script>" + "<a href=x>" * 10_000,
    "crumbs in crumbs": '<div class="position">当前位置' * 1_500 + "<a href=/x/>年报</a>",
    "more and more": '<div><a href="/a/">更多</a>' * 1_500,
    "a long address": f'<a href="/{"zfxxgk/" * 10_000}">年报</a>',
    "a tree without end": "<script>TREE: " + "[" * 50_000,
    "an answer without end": '{"a":' * 20_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_page_takes_long(what: str) -> None:
    started = time.process_time()
    recognise(HOSTILE[what], HOME)
    find_columns(HOSTILE[what], HOME)
    page = read_page(HOSTILE[what], HOME)
    assert page is not None
    interfaces_of(page)
    # A page of this size takes a tenth of it; what grows with the square takes minutes.
    assert time.process_time() - started < 5


@settings(max_examples=60)
@given(st.text(alphabet="<>aliu'\"=/{}[]:+年报ht. \n\x00", max_size=400))
def test_no_text_is_too_odd(text: str) -> None:
    page = f"<script>{text}</script><a href='{text}'>年报</a>{text}"
    assert recognise(page, HOME)
    assert isinstance(find_columns(page, HOME), tuple)
