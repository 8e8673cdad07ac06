"""HTML lists by selectors and by structure: each way of paging is a folder; faults in options are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.families.base import PageAt
from crawler.families.pages.page_requests import FORM
from tests.crawler.list_cases import first_page, folders, read_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", folders("html_list"), ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    read, expected = read_case("html_list", folder)
    assert read == expected


@pytest.mark.parametrize(
    ("options", "word"),
    [
        pytest.param({"rows": "ul > > li"}, "rows", id="no selector"),
        pytest.param({"rows": "li:nth-foo(2)"}, "rows", id="unknown pseudo-class"),
        pytest.param({"next": "a[rel="}, "next", id="selector cut off"),
        pytest.param({"total": "/共(\\d+条/"}, "total", id="no regular expression"),
        pytest.param({"pages": "/共\\d+页/"}, "group", id="no group"),
        pytest.param({"date": "em"}, "rows", id="date without rows"),
        pytest.param({"page": "p", "first": "one"}, "first", id="first is no number"),
        pytest.param({"page": "p", "step": "0"}, "step", id="step leads nowhere"),
    ],
)
def test_fault_in_options_is_told(options: dict[str, str], word: str) -> None:
    family = FAMILIES["html_list"]
    said = family.fault({**family.preset, **options})
    assert said is not None
    assert word in said


def test_options_of_all_cases_are_without_fault() -> None:
    family = FAMILIES["html_list"]
    for folder in folders("html_list"):
        options = json.loads((folder / "expected.json").read_text(encoding="utf-8")).get("options", {})
        assert set(options) <= set(family.options), folder.name
        assert family.fault({**family.preset, **options}) is None, folder.name


@pytest.mark.parametrize(
    ("answer", "declared"),
    [
        ({"success": True, "total": 23}, 23),
        ({"data": {"totalCount": "23"}}, 23),
        ({"page": 3, "pagesize": 10}, None),
        ({"total": 0}, None),
    ],
    ids=["beside the rows", "within", "none", "of a server that does not count"],
)
def test_an_answer_says_beside_its_markup_how_many_rows_there_are(
    answer: dict[str, Any], declared: int | None
) -> None:
    rows = [f'<p><a href="/art/{number}.html">第{number}号文件</a> 2026-03-11</p>' for number in range(10)]
    url = "http://www.hexi.gov.cn/interfaces/cateSearch.do"
    at = PageAt(url, PageRequest(url, "p=1&cateid=7", FORM), url, {"page": "p"})
    page = FAMILIES["html_list"].read(json.dumps({**answer, "result": rows}), at)
    assert (len(page.links), page.declared_total) == (10, declared)
    following = [each.body for each in page.next_pages]
    assert following == ["p=2&cateid=7"]


LINK = '<a href="/{number}.html">第{number}号文件</a>'
TURNS = {
    "paragraphs": ("<div>", f"<p>{LINK}</p><p>{{date}}</p>", "</div>"),
    "definitions": ("<dl>", f"<dt>{LINK}</dt><dd>{{date}}</dd>", "</dl>"),
    "items": ("<ul>", f"<li>{LINK}</li><li>{{date}}</li>", "</ul>"),
    "lines": ("<table><tr><td>", f"·{LINK}（{{date}}）<br>", "</td></tr></table>"),
    "date first": ("<div>", f"<span>{{date}}</span>{LINK}<br>", "</div>"),
    "picture": ("<div>", f'<i>{{date}}</i><a href="/{{number}}.html"><img></a>{LINK}<br>', "</div>"),
    "columns": ("<table><tr>", f"<td>{LINK}</td><td>{{date}}</td>", "</tr></table>"),
}


@pytest.mark.parametrize("count", [2, 3, 40])
@pytest.mark.parametrize("markup", TURNS.values(), ids=TURNS)
def test_rows_without_an_element_of_their_own_are_rows(markup: tuple[str, str, str], count: int) -> None:
    begin, row, end = markup
    dates = [f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}" for number in range(count)]
    rows = "".join(row.format(number=number, date=date) for number, date in enumerate(dates))
    read = FAMILIES["html_list"].read(f"{begin}{rows}{end}", first_page("http://www.qinghe.gov.cn/a/"))
    assert [(link.title, link.date) for link in read.links] == [
        (f"第{number}号文件", date) for number, date in enumerate(dates)
    ]


@pytest.mark.parametrize("shown", ["tab-pane active", "on tab-pane", "tab-pane"])
def test_lists_of_years_of_which_one_is_shown_are_one_list(shown: str) -> None:
    boxes = "".join(
        f'<div class="{shown if year == 2025 else "tab-pane"}"><ul>'
        + "".join(f"<li><a href=/a/{year}{each}.html>第{each}号</a>{year}-01-1{each}</li>" for each in (1, 2))
        + "</ul></div>"
        for year in (2025, 2024, 2023)
    )
    read = FAMILIES["html_list"].read(boxes, first_page("https://www.hexi.gov.cn/nb/"))
    assert [link.url[-10:-5] for link in read.links] == ["20251", "20252", "20241", "20242", "20231", "20232"]


@pytest.mark.parametrize(("step", "of"), [(7, "start={}"), (1, "p={}"), (-1, "{}.htm")])
def test_numbers_lead_on_whatever_their_addresses_count(step: int, of: str) -> None:
    list_url = "https://www.hexi.gov.cn/nb/"
    at = [f"{'' if of.endswith('htm') else '?'}{of.format(50 + step * page)}" for page in range(5)]
    numbers = "".join(f"<a href='{address}'>{page}</a>" for page, address in enumerate(at, 1))
    row = "<ul><li><a href=/nb/a/1.html>一号报告</a>2026-01-20</ul>"
    led = []
    for address in at:
        url = f"{list_url}{address}"
        read = FAMILIES["html_list"].read(row + numbers, PageAt(url, PageRequest(url), list_url))
        led.append([each.url.removeprefix(list_url) for each in read.next_pages])
    assert led == [*([each] for each in at[1:]), []]


def test_a_page_its_file_and_two_dates_are_one_row() -> None:
    rows = "".join(
        f'<tr><td><a href="/{number}.html">第{number}号文件</a></td><td>2025-01-02</td>'
        f'<td><a href="/{number}.pdf">下载</a></td><td>2025-01-03</td></tr>'
        for number in range(3)
    )
    read = FAMILIES["html_list"].read(f"<table>{rows}</table>", first_page("http://www.qinghe.gov.cn/a/"))
    assert [link.title for link in read.links] == ["第0号文件", "第1号文件", "第2号文件"]


def test_first_page_of_a_form_is_posted() -> None:
    family = FAMILIES["html_list"]
    options = {**family.preset, "body": "subjectid=12&cpage=1"}
    request = family.first_request("https://www.qinghe.gov.cn/newsMore.action", options)
    assert (request.method, request.body) == ("POST", "subjectid=12&cpage=1")
    assert (request.content_type or "").startswith("application/x-www-form-urlencoded")


PLACES = {
    "a field of the query": ("p", "?p=1", None, ("?p=2", None)),
    "a field of the form": ("p", "", "p=1", ("", "p=2")),
    "both": ("p", "?p=1", "q=&p=1", ("?p=2", "q=&p=2")),
    "a place in the form": ("form:p", "?p=7", "p=1", ("?p=7", "p=2")),
    "a field whose name reads as a place": ("form:p", "", "form%3Ap=1&p=7", ("", "form%3Ap=2&p=7")),
    "one of the query": ("query:p", "?query:p=1&p=7", None, ("?query%3Ap=2&p=7", None)),
}


@pytest.mark.parametrize(("page", "query", "body", "following"), PLACES.values(), ids=PLACES)
def test_the_number_of_a_page_is_put_where_its_option_says(
    page: str, query: str, body: str | None, following: tuple[str, str | None]
) -> None:
    url = "https://www.qinghe.gov.cn/list.jsf"
    at = PageAt(url, PageRequest(url + query, body, FORM if body else None), url, {"page": page})
    rows = "".join(f"<li><a href=/{n}.html>青禾县第{n}号报告</a>2026-01-02</li>" for n in range(3))
    read = FAMILIES["html_list"].read(f"<ul>{rows}</ul><p>共 9 页</p>", at)
    assert [(each.url.removeprefix(url), each.body) for each in read.next_pages] == [following]
