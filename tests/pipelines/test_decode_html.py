"""Pages as text: golden pages in the shape of real ones, and the traps of markup one by one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import DecodedText, Hints
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.grid import find_tab_tables
from pipelines.readers.registry import decode_payload
from tests.pipelines.decoding import decode_html

PAGES = Path(__file__).parent / "fixtures" / "pages"
URL = "http://www.shifan.gov.cn/zwgk/1.html"
PROSE = "各部门应当在规定期限内公开政府信息，并对公开内容的真实性负责。"


def decoded(body: str, head: str = "") -> DecodedText:
    return decode_html(f"<html><head>{head}</head><body>{body}</body></html>".encode(), URL)


def zoom(body: str) -> str:
    """Return the text of a body that stands in a known container, a line of prose before it."""
    text = decoded(f"<div id=zoom><p>{PROSE * 2}</p>{body}</div>").text
    assert text.startswith(PROSE)
    return text.removeprefix(PROSE * 2).removeprefix("\n")


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.html")), ids=lambda page: page.stem)
def test_golden_pages(page: Path) -> None:
    expected: dict[str, Any] = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    found = decode_html(page.read_bytes(), URL)
    assert {
        "extractor": found.extractor,
        "notes": list(found.notes),
        "titles": list(found.facts.titles),
        "meta": found.facts.meta,
        "header": found.facts.header,
        "tables": [found.text[start:end].split("\n") for start, end in find_tab_tables(found.text)],
        "text": found.text.split("\n"),
    } == expected


def test_every_golden_page_has_its_expectation() -> None:
    pages = {path.stem for path in PAGES.glob("*.html")}
    assert pages == {path.stem for path in PAGES.glob("*.json")}
    assert len(pages) >= 6


LINES = {
    "blocks are lines": ("<p>甲</p><div>乙</div>丙", "甲\n乙\n丙"),
    "a break is a line": ("甲<br>乙<br/><br>丙", "甲\n乙\n丙"),
    "inline elements are none": ("<p>甲<b>乙</b><span>丙</span><o:p></o:p></p>", "甲乙丙"),
    "a source line inside Chinese is no space": ("<p>公开\n   工作</p>", "公开工作"),
    "but between words it is": ("<p>open\n data</p>", "open data"),
    "padding is folded, ideographic spaces are kept": (
        "<p>　　体育　运动会 &nbsp; 函　</p>",
        "体育　运动会 函",
    ),
    "zero-width characters go": ("<p>公\u200b开\ufeff</p>", "公开"),
    "raised figures stay raised": ("<p>10<sup>4</sup>米<sup>2</sup>、CO<sub>2</sub></p>", "10⁴米²、CO₂"),
    "raised words do not": ("<p>注<sup>[a1]</sup></p>", "注[a1]"),
    "struck figures stand apart": (
        "<p>共<s>15</s>16件，<del>3</del><ins>4</ins>件</p>",
        "共 15 16件， 3 4件",
    ),
    "so do those struck by style": (
        '<p>共<span style="text-decoration:line-through">15</span>16件</p>',
        "共 15 16件",
    ),
    "so do those that are hardly seen": (
        '<p>共<i style="color: #FFF">1</i>6<font color=white>7</font>件，<i style="opacity:0.0">3</i>4件</p>',
        "共 1 6 7 件， 3 4件",
    ),
    "or have hardly a size": (
        '<p>共<b style="font-size:0px">5</b>6件，<b style="font-size: 1.0pt">7</b>8件</p>',
        "共 5 6件， 7 8件",
    ),
    **{
        f"or are moved aside: {style}": (f"<p>共5<span style='{style}'>1</span>件</p>", "共5 1 件")
        for style in (
            "position:absolute; left:-99px",
            "text-indent:-9em",
            "color:transparent",
            "color:rgba(0, 0, 0, 0)",
            "width:0;overflow:hidden",
            "float:right",
            "margin-left:.5em",
            "display:inline-block",
            "top:-6pt",
            "mso-text-raise:6pt",
            "vertical-align:5px",
        )
    },
    "two that look the same are one": (
        "<p>共5<i style='top:-6pt'>1</i><i style='top:-6pt'>2</i>件<i style='top:-6pt'>3</i>、</p>",
        "共5 12 件 3 、",
    ),
    "those that are seen do not": (
        '<p>共<i style="font-size:11pt;opacity:0.9">1</i>6<b style="background-color:#fff">7</b>件</p>',
        "共167件",
    ),
    "nor do those that are not moved": (
        '<p>共6<u style="margin:0;padding-left:0px;top:0;border-width:0;text-indent:2em">8</u>件</p>',
        "共68件",
    ),
    "a figure that a field or a choice shows in a cell is neither blank nor printed": (
        (
            "<table border=1><tr><th>甲<th>乙<th>丙<tr><td><input value=1><td><textarea>2</textarea>"
            "<td><select><option>3<option selected>4</select></table>"
        ),
        "甲\t乙\t丙\n[1]\t[2]\t[4]",
    ),
    "nor is one that a picture shows": (
        "<table border=1><tr><th>甲<th>乙<tr><td><img alt=7><td><select><option>5<option>6</select></table>",
        "甲\t乙\n[7]\t[5]",
    ),
    "comments, scripts and Word leftovers": (
        "<p>甲<!-- x --><script>y</script><?xml:namespace prefix=o />乙</p><style>z</style>",
        "甲乙",
    ),
    "the text behind what is dropped stays": (
        "<p><select><option>1</select>甲<noscript>x</noscript>乙</p>",
        "甲乙",
    ),
    "a long hidden body is kept": (f"<div style='display:none'>{PROSE * 8}</div>", PROSE * 8),
    "a piece of a line that a style sheet hides is not": (
        "<style>/* .b{} */ .x, .hid { top: 0; Display : none }</style><p>收到6<b class='b Hid'>7</b>件</p>",
        "收到6件",
    ),
    "a line that it hides may be shown by a script": (
        "<style>.x{display:none}</style><p class=x>甲</p>",
        "甲",
    ),
    "a piece that it shows again is": (
        "<style>.tab{display:none} .tab.on{display:block}</style>甲<b class='tab on'>乙</b>",
        "甲乙",
    ),
    "a piece that its own style shows is": (
        "<style>.tab{display:none}</style>甲<b class=tab style='display:inline'>乙</b>",
        "甲乙",
    ),
    "a piece that it hides on paper alone is": (
        "<style>@media print { .tab { display: none } .b { } } .c{display:none}</style>甲<b class=tab>乙</b>",
        "甲乙",
    ),
    "a short hidden element is not": ("<p>甲</p><div style='display: none'>语音播报</div>", "甲"),
    "unfilled places show nothing": ("<p>{{item.text}}甲</p>", "甲"),
    "buttons at the end": ("<p>甲</p><p>【打印】 【关闭】</p><p>浏览次数：12</p>", "甲"),
    "a heading that mentions sharing": ("<p>打印机采购分享会通知</p>", "打印机采购分享会通知"),
}


@pytest.mark.parametrize(("body", "text"), LINES.values(), ids=LINES.keys())
def test_text_is_what_a_reader_sees(body: str, text: str) -> None:
    assert zoom(body) == text


def test_what_stands_below_the_heading_is_stated() -> None:
    around = "<h1>关于同意设立开发区的批复</h1><p>某政函〔2021〕56号</p><p>發布時間：2021-05-12</p>"
    listed = "<ul><li>相关文件</li><li>某政〔2021〕9号</li></ul>"
    header = decoded(f"{around}<div id=zoom><p>{PROSE * 2}</p></div>{listed}").facts.header
    assert header == {"发文字号": "某政函〔2021〕56号", "发布时间": "2021-05-12"}


def test_the_time_of_a_page_beside_its_text_is_kept() -> None:
    page = f"<h1>某局年度报告</h1><p>时间：2024-01-12　来源：某局</p><div id=zoom><p>{PROSE * 2}</p></div>"
    assert decoded(page).facts.header == {"时间": "2024-01-12", "来源": "某局"}


META = {
    "attributes in another order": "<meta content='甲' name=ArticleTitle>",
    "letter case and spaces": '<META   NAME = "articletitle"   CONTENT = " 甲 "/>',
    "escaped twice": "<meta name='ArticleTitle' content='&amp;nbsp;甲'>",
    "with escaped tags": "<meta name='ArticleTitle' content='&lt;br/&gt;&lt;strong&gt;甲&lt;/strong&gt;'>",
}


@pytest.mark.parametrize("tag", META.values(), ids=META.keys())
def test_meta_tags_are_read_however_written(tag: str) -> None:
    assert decoded(PROSE, tag).facts.meta == {"articletitle": "甲"}


@pytest.mark.parametrize("value", ["", "  ", "null", "NULL", "&nbsp;"])
def test_an_empty_meta_tag_is_absent(value: str) -> None:
    assert decoded(PROSE, f'<meta name="PubDate" content="{value}">').facts.meta == {}


@pytest.mark.parametrize(
    ("domain", "differs"),
    [
        ("www.shifan.gov.cn", False),
        ("https://shifan.gov.cn/", False),
        ("gxq.other.gov.cn", True),
        ("本站", False),
    ],
)
def test_a_page_of_another_site_is_noted(domain: str, differs: bool) -> None:
    notes = decoded(PROSE, f'<meta name="SiteDomain" content="{domain}">').notes
    assert ("site_domain_differs" in notes) is differs


HEADERS = {
    "table": "<table><tr><td>索引号</td><td>A1</td><td>文　号</td><td>示政〔2020〕1号</td></tr></table>",
    "table, pairs in cells": "<table><tr><td>索引号：A1</td><td>文号：示政〔2020〕1号</td></tr></table>",
    "list": "<ul><li>索 引 号：A1</li><li>文号：示政〔2020〕1号</li></ul>",
    "definition list": "<dl><dt>索引号</dt><dd>A1</dd><dt>文号：</dt><dd>示政〔2020〕1号</dd></dl>",
    "one line": "<div>索引号：A1　文号：示政〔2020〕1号　浏览次数：3</div>",
    "glued": "<p><span>索引号：A1</span><span>发文字号：示政〔2020〕1号</span></p>",
    "brackets": "<p>【索引号】：A1 【文号】：示政〔2020〕1号</p>",
}


@pytest.mark.parametrize("inside", [True, False], ids=["in the container", "outside"])
@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_the_header_is_read_in_every_shape_and_is_no_text(header: str, inside: bool) -> None:
    text = f"<p>{PROSE * 3}</p>"
    page = f"<div id=zoom>{header}{text}</div>" if inside else f"<div>{header}</div><div id=zoom>{text}</div>"
    found = decoded(page)
    assert found.facts.header["索引号"] == "A1"
    assert (found.facts.header.get("文号") or found.facts.header["发文字号"]) == "示政〔2020〕1号"
    assert found.text == PROSE * 3


def test_a_catalogue_in_the_text_is_no_header() -> None:
    table = "<table><tr><td>名称<td>文号<td>发布日期<tr><td>办法<td>1号<td>3月</table>"
    found = decoded(f"<div id=zoom><p>{PROSE * 2}</p>{table}</div>")
    assert found.facts.header == {}
    assert [found.text[start:end] for start, end in find_tab_tables(found.text)] == [
        "名称\t文号\t发布日期\n办法\t1号\t3月"
    ]


def test_titles_come_best_first_and_once() -> None:
    found = decoded(
        f"<h1>一号通知标题</h1><div id=zoom>{PROSE * 3}</div>", "<title>一号通知标题_示范市</title>"
    )
    assert found.facts.titles == ("一号通知标题", "一号通知标题_示范市")


def test_the_heading_next_above_the_body_may_be_the_title() -> None:
    body = f"<div id=zoom><h3>其他办法</h3>{PROSE * 3}</div><h3>相关通知</h3>"
    found = decoded(f"<h2>本站专栏</h2><h3>一号通知</h3>{body}", "<title>示范市门户</title>")
    assert found.facts.titles == ("示范市门户", "一号通知")


def test_an_empty_container_does_not_win() -> None:
    found = decoded(f"<div class=TRS_Editor> </div><div class=wzcon><p>{PROSE * 3}</p></div>")
    assert (found.extractor, found.text) == ("container:.wzcon", PROSE * 3)


def test_marker_comments_enclose_a_body() -> None:
    page = (
        f"<div>首页<!--ZJEG_RSS.content.begin-->{PROSE}<p>{PROSE}</p>尾<!--ZJEG_RSS.content.end-->版权</div>"
    )
    found = decoded(page)
    assert found.text == f"{PROSE}\n{PROSE}\n尾"
    assert found.extractor.startswith("container:<!--")


def test_the_same_page_reads_the_same_many_times() -> None:
    page = (PAGES / "nameless_cells.html").read_bytes()
    assert len({decode_html(page, URL).text for _ in range(8)}) == 1


def test_a_page_nested_too_deep_keeps_its_words_and_says_so() -> None:
    found = decoded("<div>" * 5_000 + "深处的文字" + "</div>" * 5_000)
    assert (found.text, found.notes) == ("深处的文字", ("too_deep",))


def test_a_big_page_is_read_without_trafilatura() -> None:
    rows = "<tr><td>许可</td><td>1</td></tr>" * 20_001
    found = decoded(f"<table>{rows}</table>")
    assert found.notes == ("big", "table_capped")
    assert found.text.count("许可\t1") == 20_001


NO_DOCUMENT = {
    "empty": (b"", UnreadableDocument, "empty"),
    "binary": (bytes(range(256)) * 9, UnreadableDocument, "binary"),
    "only comments": (b"<!-- x --><html>", None, ""),
    "pdf": (b"%PDF-1.7", UnreadableDocument, "damaged"),
    "slides": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "PowerPoint Document\0".encode("utf-16-le"),
        ReaderMissing,
        "no_reader",
    ),
}


@pytest.mark.parametrize(("payload", "error", "reason"), NO_DOCUMENT.values(), ids=NO_DOCUMENT.keys())
def test_what_cannot_be_read_says_why(payload: bytes, error: type[GongkaiError] | None, reason: str) -> None:
    if error is None:
        assert decode_payload(payload, Hints(URL, "text/html")).notes == ("thin",)
        return
    with pytest.raises(error) as caught:
        decode_payload(payload, Hints(URL, "text/html"))
    assert caught.value.problem.startswith(reason)


PIECES = st.sampled_from(
    [
        "<table>",
        "<td colspan=3>",
        "<tr>",
        "</td>",
        "<div id=zoom>",
        "<!--",
        "-->",
        "索引号：",
        "文字",
        "<p",
        ">",
        "\t",
        "<br>",
    ]
)


@settings(deadline=None, max_examples=150)
@given(
    payload=st.binary(max_size=200)
    | st.lists(PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode())
)
def test_any_bytes_give_a_text_or_a_named_error(payload: bytes) -> None:
    try:
        found = decode_payload(payload, Hints(URL, "text/html"))
    except GongkaiError as error:
        found = DecodedText(error.problem, "utf-8", "none")
    found.text.encode("utf-8")


HANG = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
from tests.pipelines.decoding import decode_html
decode_html(b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p>", "http://a.gov.cn/")
"""


def test_a_document_hangs_the_parser_so_that_children_need_limits() -> None:
    command = [sys.executable, "-c", HANG]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode < 0


@pytest.mark.parametrize("character", ["\x02", "\x0b", "\f", "\x1b", "\ufffe", "\uffff"])
def test_control_characters_beside_what_is_taken_out_cost_no_page(character: str) -> None:
    page = f"<body><div>\x01前<script>x</script>{character}后{'公开的情况如下。' * 60}</div></body>"
    text = decode_html(page.encode(), "http://www.example.gov.cn/1.html").text
    assert "前" in text
    assert "后公开的情况如下。" in text


@pytest.mark.parametrize("character", ["\x02", "\f", "\uffff"])
def test_control_characters_behind_a_marker_of_the_body_cost_no_page(character: str) -> None:
    body = f"{character}前<p>{'公开的情况如下。' * 60}</p>"
    page = (
        f"<body><p>导航</p><div><!--ZJEG_RSS.content.begin-->{body}<!--ZJEG_RSS.content.end--></div></body>"
    )
    text = decode_html(page.encode(), "http://www.example.gov.cn/1.html").text
    assert "前\n公开的情况如下。" in text
