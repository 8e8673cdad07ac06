"""Whatever a server sends, a family that reads markup says something of it, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.families.base import LISTS, PageAt
from crawler.families.pages.script_reader import read_scripts
from crawler.families.pages.stated_requests import stated_requests
from tests.soak import SOAK, series

HOST = "http://www.shuanghe.gov.cn"
LABEL = f"{HOST}/site/label/8888?labelName=publicInfoList&pageIndex=1&pageSize=15&result=%E6%9A%82%E6%97%A0"
UNIT = f"{HOST}/api-gateway/jpaas-publish-server/front/page/build/unit?pageId=1"
PROXY = f"{HOST}/module/web/jpage/dataproxy.jsp?page=1&columnid=1&unitid=2"
ASKED = {
    "static_list": (f"{HOST}/nb/", f"{HOST}/nb/"),
    "html_list": (f"{HOST}/nb/?page=3", f"{HOST}/nb/"),
    "jpage": (f"{HOST}/col/col1/index.html", f"{HOST}/col/col1/index.html"),
    "jpage answer": (PROXY, f"{HOST}/col/col1/index.html"),
    "jpaas": (f"{HOST}/nb/index.html", f"{HOST}/nb/index.html"),
    "jpaas answer": (UNIT, f"{HOST}/nb/index.html"),
    "lonsun": (f"{HOST}/public/column/1?catId=2", f"{HOST}/public/column/1?catId=2"),
    "lonsun column": (f"{HOST}/content/column/1", f"{HOST}/content/column/1"),
    "lonsun answer": (LABEL, f"{HOST}/public/column/1?catId=2"),
}
PIECES = [
    *"<>/\"'=();\\ \n-!&{}[],:+#.?_0123456789一共条页下\x00\u200b\ud800",
    *("<a href='/art/2025/1/2/art_1_3.html'>", "</a>", "<li>", "<script>", "</script>", "<!--", "-->"),
    *("<datastore>", "</datastore>", "<nextgroup>", "<record>", "</record>", "<![CDATA[", "]]>"),
    *(
        "<totalrecord>",
        "$('#2').jpage({",
        "totalRecord:",
        "perPage:",
        "groupSize:",
        "ajaxParam:{",
        "dataStore:",
    ),
    *("proxyUrl:'/dataproxy.jsp'", "columnid:1", "unitid:'2'", "page=", "2025-03-09", "下一页", "共12条"),
    *(
        "<div url='/front/page/build/unit' queryData=\"{'pageId':'1'}\">",
        "<p class=pagination count=9 rows=3>",
    ),
    *(
        '{"success":true,"data":{"html":"',
        '"}}',
        "Ls.ajax({url:'/site/label/8888',data:{catId:'2'",
        "pageCount:3",
    ),
    *("/site/label/8888?labelName=publicInfoList", "暂无相关信息", "var a=[", "new Array(", "function(){"),
]


def read(name: str, text: str) -> None:
    """Read a text as a family's page: what comes of it can be followed, and is bounded."""
    url, list_url = ASKED[name]
    family = FAMILIES[name.partition(" ")[0]]
    at = PageAt(url, PageRequest(url), list_url, family.preset)
    page = family.read(text, at)
    assert all(link.url.startswith("http") and link.url.isascii() for link in page.links)
    assert len(page.next_pages) <= LISTS.pages
    assert all(each.url.startswith("http") and each != at.request for each in page.next_pages)
    assert not (page.is_empty and page.links)


@pytest.mark.parametrize("name", ASKED)
@settings(deadline=None, max_examples=40)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_text_gives_a_page(name: str, pieces: list[str]) -> None:
    read(name, "".join(pieces))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_script_is_read_to_its_end(pieces: list[str]) -> None:
    script = read_scripts("".join(pieces))
    assert all(call.scope is not None for call in script.calls)
    assert list(stated_requests(script, HOST)) is not None


LONG = {
    "links in one block": "<a href='/a'>b</a> ",
    "rows": "<li><a href='/art/2025/1/2/art_1_3.html'>b</a><i>2025-01-02</i></li>",
    "rows without an end": "<li><a href='/a'>b",
    "deep": "<div>",
    "deep rows": "<li>",
    "blocks": "<datastore><record><![CDATA[<li><a href='/a'>b</a></li>]]>",
    "blocks cut off": "<datastore",
    "records cut off": "<record><![CDATA[",
    "settings": "<script>$('#2').jpage({totalRecord:9,ajaxParam:x});</script>",
    "settings without an end": "<script>$('#2').jpage({a:",
    "brackets": "<script>jpage({([",
    "escaped quotes": "<script>jpage \\'",
    "lists without an end": "<script>dataStore=['a','",
    "calls": "<script>Ls.ajax({url:'/site/label/8888',data:x});</script>",
    "names": "<script>var a={b:1};jpage(a);/site/label/8888</script>",
    "pager words": "<a href='?page=2'>2</a>共1条",
    "attributes": "<p querydata=\"{'pageId':'1'}\" url='/front/page/build/unit' class=page count=1>",
    "totals": "total:1,",
    "json": '{"data":{"html":"',
    "white space": "2025 " + " " * 50,
    "numbers": "1" * 50,
}


LENGTH = 60_000 if SOAK else 20_000


@series
@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_time_is_in_proportion_to_the_page(piece: str) -> None:
    text = piece * (LENGTH // len(piece))
    for name in ASKED:
        started = time.process_time()
        read(name, text)
        # Measured alone a tenth of this; what is not in proportion takes minutes.
        assert time.process_time() - started < 5 * LENGTH / 60_000, name
