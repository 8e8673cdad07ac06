"""Articles in several pages: which pages are theirs, as their pagers say, and how they become one text."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from pipelines.readers.html.elements import PAGES, parse_page
from pipelines.readers.html.main_content import find_parts
from pipelines.readers.pages import PART_MISSING
from tests.renditions.model import draw_report
from tests.renditions.to_html import to_html

if TYPE_CHECKING:
    from pipelines.document import Reading

REPORT = draw_report("form_2019", 7)
HERE = "http://www.example.gov.cn/zwgk/202401/"
META = '<meta name="ArticleTitle" content="通知">'
LINE = "各级各部门要把政务公开贯穿政务运行全过程，主动接受社会监督，"


def found(url: str, inside: str, *, meta: str = META, first: str | None = None) -> list[str]:
    """Return what the pager of a page names, relative to the folder."""
    markup = f'<html><head>{meta}</head><body><div id="zoom"><p>{LINE * 3}</p>{inside}</div></body></html>'
    parts = find_parts(parse_page(markup), HERE + url, HERE + (first or url))
    return [part.removeprefix(HERE) for part in parts]


def call(text: str) -> str:
    return f"<script>{text}</script>"


def links(*pairs: tuple[str, str]) -> str:
    return "".join(f'<a href="{href}">{said}</a> ' for said, href in pairs)


PAGERS = {
    "counted from 0": (
        "t20240105_573.html",
        call('createPageHTML(3, 0, "t20240105_573", "html");'),
        ["t20240105_573_1.html", "t20240105_573_2.html"],
    ),
    "counted from 1, behind a container": (
        "t20240105_573.shtml",
        call("createPageHTML('page_div', 3, 1, 't20240105_573', 'shtml', 3);"),
        ["t20240105_573_2.shtml", "t20240105_573_3.shtml"],
    ),
    "another name of the call, figures as texts": (
        "art.htm",
        call('createPage("2", "0", "art", ".htm")'),
        ["art_1.htm"],
    ),
    "a list to choose from": (
        "9.html",
        (
            "<select onchange='location=this.value'><option value=9.html selected>第1页</option>"
            "<option value=9_2.html>第2页</option><option value=9_3.html>第3页</option></select>"
        ),
        ["9_2.html", "9_3.html"],
    ),
    "a call of one page": ("t20240105_573.html", call('createPageHTML(1, 0, "t20240105_573", "html");'), []),
    "a call that is commented out": (
        "t20240105_573.html",
        call(
            '// createPageHTML(3, 0, "t20240105_573", "html");\n'
            '/* createPageHTML(3, 0, "t20240105_573", "html") */'
        ),
        [],
    ),
    "a call behind an address": (
        "t20240105_573.html",
        call(
            'var home = "http://x.example/", any = "image/*"; createPageHTML(2, 0, "t20240105_573", "html");'
        ),
        ["t20240105_573_1.html"],
    ),
    "a call hidden from old browsers": (
        "t20240105_573.html",
        call('//<![CDATA[ createPageHTML(2, 0, "t20240105_573", "html"); //]]>'),
        ["t20240105_573_1.html"],
    ),
    "a call of the column": ("t20240105_573.html", call('createPageHTML(50, 0, "index", "html");'), []),
    "numbers": (
        "a.html",
        links(("[2]", "a_2.html"), ("3", "./a_3.html"), ("下一页", "a_2.html")),
        ["a_2.html", "a_3.html"],
    ),
    "numbers that call the first page as a part, too": (
        "a.html",
        links(("1", "a_1.html"), ("2", "a_2.html"), ("3", "a_3.html"), ("下一页", "a_2.html")),
        ["a_2.html", "a_3.html"],
    ),
    "numbers with a gap": (
        "a.html",
        links(("2", "a_1.html"), ("3", "a_2.html"), ("尾页", "a_5.html")),
        ["a_1.html", "a_2.html", "a_3.html", "a_4.html", "a_5.html"],
    ),
    "numbers out of step": ("a.html", links(("2", "a_2.html"), ("3", "a_9.html")), ["a_2.html", "a_9.html"]),
    "nothing but the next page": ("a.html", links(("下一页 >", "a_2.html")), ["a_2.html"]),
    "a folder": ("", links(("2", "index_1.html"), ("3", "index_2.html")), ["index_1.html", "index_2.html"]),
    "a parameter": (
        "v?id=7",
        links(("2", "v?id=7&page=2"), ("3", "v?page=3&id=7")),
        ["v?id=7&page=2", "v?page=3&id=7"],
    ),
    "another article": ("v?id=7", links(("2", "v?id=8&page=2")), []),
    "the next article": ("a.html", links(("下一篇", "a_2.html"), ("下一页", "b.html")), []),
    "a file that is called alike": ("a.html", links(("2", "a_2.pdf"), ("附件", "a_3.html")), []),
    "another host": ("a.html", links(("2", "http://www.other.gov.cn/zwgk/202401/a_2.html")), []),
}


@pytest.mark.parametrize(("url", "inside", "parts"), PAGERS.values(), ids=PAGERS)
def test_what_the_own_pager_names_is_a_part(url: str, inside: str, parts: list[str]) -> None:
    assert found(url, inside) == parts


def test_of_a_name_that_columns_have_only_an_article_is_in_parts() -> None:
    assert found("index.html", call('createPageHTML(50, 0, "index", "html");'), meta="") == []
    assert found("index.html", call('createPageHTML(3, 0, "index", "html");')) == [
        "index_1.html",
        "index_2.html",
    ]


def test_comments_below_an_article_are_no_part_of_it() -> None:
    comments = links(("2", "a.html?page=2"))
    markup = f'<html><head>{META}</head><body><div id="zoom">{LINE * 9}</div>{comments}</body></html>'
    assert find_parts(parse_page(markup), HERE + "a.html", HERE + "a.html") == ()


def test_a_part_names_the_others_but_never_the_first() -> None:
    pager = links(("1", "a.html"), ("上一页", "a.html"), ("3", "a_3.html"), ("下一页", "a_3.html"))
    assert found("a_2.html", pager, first="a.html") == ["a_3.html"]


@pytest.mark.parametrize("count", [PAGES.most_parts, PAGES.most_parts + 1, PAGES.most_parts + 2])
def test_no_more_than_so_many_parts(count: int) -> None:
    parts = found("t20240105_573.html", call(f'createPageHTML({count}, 0, "t20240105_573", "html");'))
    assert len(parts) == min(count - 1, PAGES.most_parts)
    assert len(
        found("a.html", links(("2", "a_1.html"), ("3", "a_2.html"), ("末页", f"a_{count - 1}.html")))
    ) == len(parts)


def page(*lines: str, pager: str = "") -> bytes:
    body = "".join(f"<p>{line}</p>" for line in lines)
    head = f'<html><head><meta charset="utf-8">{META}</head>'
    return f'{head}<body><div id="zoom">{body}</div>{pager}</body></html>'.encode()


FIRST = page("一、总则", LINE * 2, pager=links(("下一页", "a_2.html")))
SECOND = page(
    "二、任务", LINE * 3, '<a href="t.pdf">附件</a>', pager=links(("1", "a.html"), ("下一页", "a_3.html"))
)
THIRD = page("三、保障", LINE * 4, pager=links(("上一页", "a_2.html")))


def read(**parts: bytes) -> tuple[str, list[int], bool]:
    """Return the text of an article with what is held of its parts, its pages, and whether it is whole."""
    held = {f"{HERE}{name}.html": (payload, "text/html") for name, payload in parts.items()}
    reading = read_document(FIRST, Hints(f"{HERE}a.html", "text/html", held))
    return reading.text, [number for _, number in reading.pages], PART_MISSING not in reading.notes


def test_parts_are_one_text_with_a_page_for_each() -> None:
    text, pages, is_whole = read(a_2=SECOND, a_3=THIRD)
    assert [text.index(word) for word in ("一、总则", "二、任务", "三、保障")] == sorted(
        text.index(word) for word in ("一、总则", "二、任务", "三、保障")
    )
    assert (pages, is_whole) == ([1, 2, 3], True)


def test_what_a_part_has_attached_is_attached() -> None:
    held = {f"{HERE}a_2.html": (SECOND, None), f"{HERE}a_3.html": (THIRD, None)}
    [attached] = read_document(FIRST, Hints(f"{HERE}a.html", None, held)).attachments
    assert attached.url == f"{HERE}t.pdf"


@pytest.mark.parametrize(
    ("held", "pages"),
    [({}, [1]), ({"a_2": SECOND}, [1, 2]), ({"a_2": FIRST}, [1]), ({"a_2": b""}, [1]), ({"a_3": THIRD}, [1])],
    ids=[
        "none",
        "the last one missing",
        "the first served again",
        "an empty page",
        "not named by what is held",
    ],
)
def test_a_part_that_is_not_there_is_told(held: dict[str, bytes], pages: list[int]) -> None:
    assert read(**held)[1:] == (pages, False)


def test_a_report_is_said_to_have_no_tables_only_when_all_of_it_is_there() -> None:
    title = "试城市人民政府2024年政府信息公开工作年度报告"
    first, second = (each.replace("通知".encode(), title.encode()) for each in (FIRST, THIRD))
    parts: list[dict[str, tuple[bytes, str | None]]] = [{}, {f"{HERE}a_2.html": (second, None)}]
    forms = [read_document(first, Hints(f"{HERE}a.html", None, held)).form for held in parts]
    assert forms == [None, "form_none"]


def read_report(answer: bytes) -> Reading:
    """Return a report whose pager names a second page, with what answered in its place."""
    first = to_html(REPORT).replace(b"</body>", f"{call(ONE_MORE)}</body>".encode())
    return read_document(first, Hints(f"{HERE}a.html", "text/html", {f"{HERE}a_1.html": (answer, None)}))


def report_page(inside: str, *, title: str = REPORT.title, container: str = "TRS_Editor") -> bytes:
    head = f'<html><head><meta charset="utf-8"><meta name="ArticleTitle" content="{title}"></head>'
    return f'{head}<body><div class="{container}">{inside}</div>{NEWS}</body></html>'.encode()


ONE_MORE = 'createPageHTML(2, 0, "a", "html");'
NEWS = "".join(f"<p>要闻：青溪县召开第{number}次会议，研究部署防汛工作，{LINE}</p>" for number in range(9))
COUNTED = "<p>阅读次数已达 {} 次，感谢关注本栏目</p></div></body>"
STRAY = {
    "another report of that title": to_html(draw_report("form_2019", 8)),
    "the first page with one more visit": to_html(REPORT).replace(
        b"</div></body>", COUNTED.format(18).encode()
    ),
    "an error as JSON": b'{"code":500,"msg":"system busy"}',
    "a page of errors": report_page("<p>您访问的页面不存在或已删除！</p>", title="提示"),
    "another article": report_page(f"<p>{LINE * 3}</p>", title="青溪县财政局2020年政府信息公开工作年度报告"),
    "the report of another year": report_page(f"<p>{LINE * 3}</p>", title=f"{REPORT.title}（2019）"),
    "a text in another container": report_page(f"<p>{LINE * 3}</p>", container="zoom"),
    "news beside no text": report_page(""),
}


@pytest.mark.parametrize("answer", STRAY.values(), ids=STRAY)
def test_what_may_be_another_page_is_no_text_of_the_article(answer: bytes) -> None:
    alone = read_document(to_html(REPORT), Hints(f"{HERE}a.html", "text/html"))
    reading = read_report(answer)
    assert (reading.text, len(reading.facts)) == (alone.text, len(alone.facts))
    assert PART_MISSING in reading.notes


@pytest.mark.parametrize("mark", ["", "（2）", "(2/2)", " 第2页"])
def test_a_short_last_page_is_text_and_the_news_beside_it_are_not(mark: str) -> None:
    again = "<p>一、总体情况</p>"  # a page may say again what section goes on
    reading = read_report(report_page(f"{again}<p>特此公告。</p>", title=REPORT.title + mark))
    assert reading.text.endswith("\n特此公告。")
    assert reading.notes == ()


@pytest.mark.parametrize("row", [3, 12, 21])
def test_a_table_that_goes_on_in_the_next_part_is_one(row: int) -> None:
    """Wherever a page ends between two rows of the applications table, they are read as on one page."""
    head, _, body = to_html(REPORT).decode().partition('<div class="TRS_Editor">')
    body, _, foot = body.rpartition("</div>")
    rows = [found.start() for found in re.finditer("<tr>", body[: body.index("四、政府信息公开行政复议")])]
    cut = rows[len(rows) - 26 + row]
    pager = '<p>首页 上一页 [1] <a href="a_2.html">[2]</a> <a href="a_2.html">下一页</a> 尾页</p></div>'
    pages = [
        f'{head}<div class="TRS_Editor">{piece}{pager}{foot}'.encode()
        for piece in (f"{body[:cut]}</table>", f'<table border="1">{body[cut:]}')
    ]
    whole = read_document(to_html(REPORT), Hints(f"{HERE}a.html"))
    parts = read_document(pages[0], Hints(f"{HERE}a.html", None, {f"{HERE}a_2.html": (pages[1], None)}))
    assert "上一页" not in parts.text
    read = {fact.ref: (fact.raw, fact.state) for fact in parts.facts}
    other = {fact.ref for fact in whole.facts if read.get(fact.ref) != (fact.raw, fact.state)}
    # Where the page cuts off the name of a group, the row below it may be left open, and is never read wrong.
    assert {read[ref][1] for ref in other} <= {CellState.AMBIGUOUS}
    assert len(other) <= 7


HOSTILE = {
    "calls that go on": "<script>" + "createPage" * 60_000 + "</script>",
    "comments that never end": "<script>"
    + "/*" * 200_000
    + 'createPage(3, 0, "a", "html");' * 2_000
    + "</script>",
    "links by the thousand": '<a href="a.html?page=2">2</a>' * 20_000,
    "links in links": "<div><a href=a_2.html>2" * 1_500,
    "a number of many digits": f'<a href="a_{"9" * 4000}.html">{"9" * 4000}</a>' * 50,
}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
def test_looking_for_parts_takes_time_in_proportion(markup: str) -> None:
    root = parse_page(f'<html><head>{META}</head><body><div id="zoom">{LINE * 9}</div>{markup}</body></html>')
    began = time.process_time()
    find_parts(root, HERE + "a.html", HERE + "a.html")
    assert time.process_time() - began < 5
