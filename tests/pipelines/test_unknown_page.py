"""A page that adds nothing to the one for an unknown address is that page; whatever adds something is not."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.response.unknown_page import UnknownPage, is_unknown_page, unknown_page_url

HTML = ((b"Content-Type", b"text/html; charset=utf-8"),)
RUN = "5d41402abc4b2a76b971"
SITE = "示范县人民政府门户网站"
MENU = "".join(f"<li><a href='/{name}/'>{name}</a></li>" for name in ("首页", "要闻", "公开", "服务", "互动"))
FOOT = "<p>主办：示范县人民政府办公室</p><p>备案号：示ICP备05000001号</p>"


def frame(body: str, title: str = SITE, head: str = "") -> bytes:
    """Return a page in the portal's own template."""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><img src='/images/logo.png?v=3'><ul>{MENU}</ul>"
        f"<div class=main>{body}</div>{FOOT}</body></html>"
    ).encode()


SORRY = "<h2>很抱歉</h2><p>您要找的内容现在没有</p>"
ECHO = "<p>地址 {path} 没有内容</p><p>请求编号：{id}</p><p>时间：{time}</p>"
NEWS = "".join(
    f"<p><a href='/a{n}.html'>县政府第{n}次常务会议召开</a><span>2024-03-{n:02}</span></p>"
    for n in range(1, 12)
)

PAIRS = {
    "the same page": (frame(SORRY), frame(SORRY)),
    "with an echoed address, a moment and a number": (
        frame(
            ECHO.format(
                path="/gongkai-unknown-page-5d41402a.html", id="a1b2c3d4e5f6", time="2026-02-01 03:00:01"
            )
        ),
        frame(ECHO.format(path="/nb/202401/t1_2.html", id="0f9e8d7c6b5a", time="2026-02-01 03:12:59")),
    ),
    "with the whole address": (
        frame("<p>http://www.example.gov.cn/gongkai-unknown-page-5d41402a.html 无法显示</p>"),
        frame("<p>https://www.example.gov.cn/nb/a.html?x=1 无法显示</p>"),
    ),
    "with the address in the window's title": (
        frame(SORRY, "gongkai-unknown-page-5d41402a.html - 提示"),
        frame(SORRY, "t20240101_55.html - 提示"),
    ),
    "with a counter": (frame(SORRY + "<p>浏览次数：18</p>"), frame(SORRY + "<p>浏览次数：2056</p>")),
    "the home page": (
        frame(NEWS + "<p>今天是2026年2月1日 星期日</p>"),
        frame(NEWS + "<p>今天是2026年2月1日 星期日</p>"),
    ),
    "deeper in the tree, with the same pictures": (
        frame(SORRY),
        frame(SORRY).replace(b"/images/", b"../../images/"),
    ),
    "in another charset": (
        frame(SORRY),
        frame(SORRY).decode().replace("charset=utf-8", "charset=gbk").encode("gb18030"),
    ),
}


@pytest.mark.parametrize(("unknown", "page"), PAIRS.values(), ids=PAIRS)
def test_a_page_that_adds_nothing_resembles(unknown: bytes, page: bytes) -> None:
    headers = ((b"Content-Type", b"text/html"),)
    assert UnknownPage.of(headers, unknown).resembles(headers, page)


GENUINE = {
    "an article": frame("<h1>关于放假的通知</h1><p>2024-03-01</p><p>按惯例放假。</p>"),
    "a line of text in the error's place": frame("<p>定于三月一日召开会议。</p>"),
    "a title only": frame("", "关于放假的通知"),
    "a heading only, above what the unknown page says": frame("<h1>关于放假的通知</h1>" + SORRY),
    "a date only": frame("<p>2024-03-01</p>" + SORRY),
    "a link to a file": frame(SORRY + "<a href='/files/nb2023.pdf'></a>"),
    "a file behind a script": frame(SORRY + "<a onclick=\"down('/files/nb2023.docx')\"></a>"),
    "a picture": frame(SORRY + "<img src='/files/nb2023.jpg'>"),
    "a viewer in a frame": frame(SORRY + "<iframe src='/viewer.html?file=x'></iframe>"),
    "declared to be an article": frame(SORRY, head='<meta content="关于放假的通知" name="ArticleTitle">'),
    "declared to be of a day": frame(SORRY, head="<meta name=PubDate content=2024-03-01>"),
    "a shell that a script fills": frame(""),
    "nothing": b"",
    "a file": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("page", GENUINE.values(), ids=GENUINE)
def test_a_page_with_anything_of_its_own_never_resembles(page: bytes) -> None:
    assert not UnknownPage.of(HTML, frame(SORRY)).resembles(HTML, page)


@pytest.mark.parametrize(
    "article",
    [
        frame("<h1>县政府第3次常务会议召开</h1><p>来源：办公室</p>"),
        frame(NEWS + "<p>附件：名单</p>"),
        frame("<h1>县政府第3次常务会议召开</h1><span>2024-03-03</span>"),
    ],
)
def test_where_the_home_page_stands_for_all_that_is_unknown_articles_are_articles(article: bytes) -> None:
    assert not UnknownPage.of(HTML, frame(NEWS)).resembles(HTML, article)


SILENT = {
    "blank": b"",
    "white space": b"  \r\n",
    "a shell": b"<html><head><title>x</title></head><body><div id=app></div></body></html>",
    "a picture": b"<html><body><img src=/404.png></body></html>",
    "a challenge": b"<html><script>$_ts=window['$_ts'];</script></html>",
    "a block page": frame("<p>您的访问请求已被拦截</p>", "网站防火墙"),
    "throttling": "<html><body><p>您的访问过于频繁，请稍后再试</p></body></html>".encode(),
    "a file": b"%PDF-1.7\n",
    "more than is looked at": frame(NEWS * 400),
}


@pytest.mark.parametrize("unknown", SILENT.values(), ids=SILENT)
def test_an_unknown_page_that_says_nothing_judges_nothing(unknown: bytes) -> None:
    page = UnknownPage.of(HTML, unknown)
    assert not page.tells
    assert not page.resembles(HTML, unknown)


@pytest.mark.parametrize(
    "unknown",
    [frame("<p>您访问的页面不存在</p>"), b"<html><body><p>404 Not Found</p></body></html>"],
)
def test_a_text_that_the_rules_know_tells_too(unknown: bytes) -> None:
    assert UnknownPage.of(HTML, unknown).resembles(HTML, unknown)


WORDS = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)


@settings(deadline=None, max_examples=150)
@given(addition=WORDS, behind=st.booleans(), home=st.booleans())
def test_any_addition_of_text_clears_a_page(addition: str, behind: bool, home: bool) -> None:
    said = NEWS if home else SORRY
    assume(f">{addition}<" not in frame(said).decode())
    line = f"<p>{addition}</p>"
    page = frame(said + line if behind else line + said)
    assert not UnknownPage.of(HTML, frame(said)).resembles(HTML, page)


@pytest.mark.parametrize("piece", ["a-", "1a-", "a.", "/", "2024-", "x.pdf", "<img ", "<meta name=pubdate "])
def test_a_page_of_one_endless_line_is_judged_soon(piece: str) -> None:
    page = frame(f"<p>{piece * (200_000 // len(piece))}</p>")
    assert UnknownPage.of(HTML, page).resembles(HTML, page) in (True, False)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400) | st.text(max_size=200).map(frame), st.text(max_size=200))
def test_any_bytes_are_judged(body: bytes, text: str) -> None:
    unknown = UnknownPage.of(HTML, body)
    assert unknown.resembles(HTML, body) in (unknown.tells, False)
    assert UnknownPage.of(HTML, frame(text)).resembles(HTML, body) in (True, False)


@pytest.mark.parametrize(
    ("home", "run", "expected"),
    [
        ("http://www.example.gov.cn/", RUN, "http://www.example.gov.cn/gongkai-unknown-page-5d41402a.html"),
        (
            "https://example.gov.cn:8080/zwgk/index.html",
            RUN,
            "https://example.gov.cn:8080/gongkai-unknown-page-5d41402a.html",
        ),
        ("http://example.gov.cn", "run-1", "http://example.gov.cn/gongkai-unknown-page-run-1.html"),
    ],
)
def test_an_unknown_page_is_told_by_its_address(home: str, run: str, expected: str) -> None:
    assert unknown_page_url(home, run) == expected
    assert is_unknown_page(expected)


@pytest.mark.parametrize(
    "url", ["http://example.gov.cn/", "http://example.gov.cn/zwgk/gongkai-unknown-page.html", "http://[", "x"]
)
def test_no_other_address_is_one(url: str) -> None:
    assert not is_unknown_page(url)


@pytest.mark.parametrize(("shown", "tells"), [("404页", True), ("40页", False)])
def test_a_page_tells_from_four_characters_on(shown: str, *, tells: bool) -> None:
    body = f"<html><body><img src=a.png>{shown}</body></html>".encode()
    assert UnknownPage.of(HTML, body).tells is tells


@pytest.mark.parametrize(("lines", "resembles"), [(10, True), (9, False)])
def test_a_page_may_lack_a_tenth_of_the_lines(lines: int, *, resembles: bool) -> None:
    rows = [f"<p>{'甲乙丙丁戊己庚辛壬癸'[n]}局信息</p>" for n in range(lines)]
    unknown = UnknownPage.of(HTML, f"<html><body>{''.join(rows)}</body></html>".encode())
    page = f"<html><body>{''.join(rows[1:])}</body></html>".encode()
    assert unknown.resembles(HTML, page) is resembles


@pytest.mark.parametrize(("more", "title"), [(0, "ab"), (1, "a")])
def test_how_far_into_a_page_its_title_is_looked_for(more: int, title: str) -> None:
    start, end = "<html><head><!--", "--><title>ab"
    body = (
        start
        + "x" * (65_536 - len(start + end) + more)
        + end
        + "c</title></head><body>没有内容</body></html>"
    )
    assert UnknownPage.of(HTML, body.encode()).written_title == title


@pytest.mark.parametrize(("more", "resembles"), [(0, True), (1, False)])
def test_a_page_longer_by_far_has_something_of_its_own(more: int, *, resembles: bool) -> None:
    page = frame(SORRY)
    padding = b"<!--" + b"x" * (len(page) + 4096 - len(b"<!---->") + more) + b"-->"
    assert UnknownPage.of(HTML, page).resembles(HTML, page + padding) is resembles


def test_a_long_name_of_a_file_counts_by_its_end() -> None:
    unknown = UnknownPage.of(
        HTML, f"<html><body><a href='{'a' * 151}.pdf'>没有内容</a></body></html>".encode()
    )
    assert unknown.files == {"a" * 150 + ".pdf"}
