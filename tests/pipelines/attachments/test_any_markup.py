"""Whatever a page holds: attachments come out, each address once, in time that grows with the page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.addresses import canonical_address
from pipelines.attachments import How
from tests.pipelines.attachments import find_attachments
from tests.pipelines.attachments.pages import URL, article

PIECES = st.sampled_from(
    (
        *(
            "<a href='",
            '<a onclick="',
            "<iframe src=",
            "<object data='",
            "<param name=src value='",
            "<img src='",
        ),
        *(
            "<script>",
            "</script>",
            "document.write('",
            "javascript:",
            "window.open(",
            "download(",
            "')",
            '">',
            "'>",
        ),
        *(
            "a.pdf",
            "./P020230302401234567890.doc",
            "viewer.html?file=",
            "%2Fu%2Fb.pdf",
            "%C8%CE.xls",
            "/group6/M00/",
        ),
        *(
            "</a>",
            "</div>",
            "<div class=fj>",
            "<div class='nav'>",
            "<p>附件：",
            "相关链接",
            "点击下载",
            "附件1",
            "<!--",
        ),
        *(
            "-->",
            "{url:",
            '"name":',
            "'x'",
            "+",
            "\\",
            "\x00",
            "\ud800",
            "&amp;",
            "javascript:download('7')",
            "<base href=//[",
        ),
        *(
            "http://[::1",
            "https://a.gov.cn:99999/x.pdf",
            "data:application/pdf;base64,",
            "<table><tr><td>",
            "\n",
        ),
    )
)
MARKUP = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(MARKUP)
def test_any_markup_gives_attachments_each_once(markup: str) -> None:
    for page in (markup, article(markup)):
        found = find_attachments(page, URL)
        keys = [canonical_address(each.url) if each.url else each.written for each in found]
        assert len(keys) == len(set(keys))
        assert all((each.url is None) == (each.how is How.UNRESOLVED) for each in found)


LARGE = {
    "links": '<a href="/page.html">x</a><a href="/u/1.pdf">y</a>',
    "nested blocks with clicks": "<div onclick=\"window.open('/u/1.pdf')\">",
    "labels": "<p>附件：</p>",
    "labels in one another": "<div><b>附件</b>",
    "strings of a script": "<script>var a='/u/1.pdf',b={url:'/2.pdf'};",
    "open strings": "<script>var a='",
    "open calls": '<a onclick="' + "download('1',(" * 50 + '">',
    "blanks": " " * 60,
    "dots": '<a href="' + ". " * 200 + '">',
    "braces": "<script>{{{{{{{{/*.pdf*/",
}


@pytest.mark.parametrize("piece", [pytest.param(piece, id=name) for name, piece in LARGE.items()])
def test_time_grows_with_the_page_and_no_faster(piece: str) -> None:
    def seconds(times: int) -> float:
        markup = article(piece * times + '<a href="end.pdf">尾</a>')
        start = time.process_time()
        find_attachments(markup, URL)
        return time.process_time() - start

    seconds(50)
    assert seconds(8_000) < 40 * seconds(1_000) + 0.5
