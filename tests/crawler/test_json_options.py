"""What a portal's YAML may say about a JSON list: places of page numbers, paths, and faults told in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.probe_crawl import Recognised
from crawler.families import FAMILIES
from crawler.families.pages.json_answers import (
    as_count,
    count_at,
    is_answer,
    is_path,
    listed_link,
    printed_day,
    read_json,
    split_alternatives,
    values_at,
)
from crawler.families.pages.page_requests import place_in, read_place

if TYPE_CHECKING:
    from crawler.families.base import ListPage

URL = "https://www.hexi.gov.cn/api/list"
GOOD = {"items": "data.list", "link": "url"}
FORM = {"content_type": "application/x-www-form-urlencoded"}
JSON = {"content_type": "application/json"}

NUMBERS = [
    ("query:p", PageRequest(f"{URL}?q=%E5%85%AC&p=3&n=5"), 3, PageRequest(f"{URL}?q=%E5%85%AC&p=4&n=5")),
    ("query:p", PageRequest(URL), None, PageRequest(f"{URL}?p=4")),
    ("query:p", PageRequest(f"{URL}?q=1"), None, PageRequest(f"{URL}?q=1&p=4")),
    ("query:pa[p]", PageRequest(f"{URL}?pa%5Bp%5D=3"), 3, PageRequest(f"{URL}?pa%5Bp%5D=4")),
    ("form:p", PageRequest(URL, "a=x+y&p=3", "f"), 3, PageRequest(URL, "a=x+y&p=4", "f")),
    ("form:p", PageRequest(URL, "a=x"), None, PageRequest(URL, "a=x&p=4")),
    ("form:p", PageRequest(URL), None, PageRequest(URL)),
    ("json:pn", PageRequest(URL, '{"wd":"公","pn":3}'), 3, PageRequest(URL, '{"wd":"公","pn":4}')),
    ("json:pn", PageRequest(URL, '{"pn": "3"}'), 3, PageRequest(URL, '{"pn":"4"}')),
    ("json:page.no", PageRequest(URL, '{"page":{"no":3}}'), 3, PageRequest(URL, '{"page":{"no":4}}')),
    ("json:page.no", PageRequest(URL, "{}"), None, PageRequest(URL, '{"page":{"no":4}}')),
    ("json:pn", PageRequest(URL, "pn=3"), None, PageRequest(URL, "pn=3")),
    (
        "form-json:params.pageIndex",
        PageRequest(URL, 'params={"pageIndex":3,"kw":"a b"}&x=1'),
        3,
        PageRequest(URL, "params=%7B%22pageIndex%22%3A4%2C%22kw%22%3A%22a%20b%22%7D&x=1"),
    ),
    ("form-json:params.pageIndex", PageRequest(URL, "pageIndex=3"), None, PageRequest(URL, "pageIndex=3")),
    (
        "query-json:params.pageIndex",
        PageRequest(f"{URL}?params=%7B%22pageIndex%22%3A%223%22%7D"),
        3,
        PageRequest(f"{URL}?params=%7B%22pageIndex%22%3A%224%22%7D"),
    ),
    ("path:list_{page}.json", PageRequest(f"{URL}_3.json?v=1"), 3, PageRequest(f"{URL}_4.json?v=1")),
    ("path:list_{page}.json", PageRequest(f"{URL}.json"), None, PageRequest(f"{URL}_4.json")),
]


@pytest.mark.parametrize(
    ("written", "request_", "number", "following"), NUMBERS, ids=lambda each: str(each)[:60]
)
def test_number_stands_in_its_place(
    written: str, request_: PageRequest, number: int | None, following: PageRequest
) -> None:
    place = read_place(written)
    assert place is not None
    assert place.number(request_) == number
    assert place.with_number(request_, 4) == following


@pytest.mark.parametrize(
    "written",
    ["", "page", "query:", "form: p", "json:", "json:a..b", "form-json:params", "form-json:.a",
     "query-json:a.", "path:list.json", "path:a/{page}.json", "path:{page}{page}", "cookie:p"],
)  # fmt: skip
def test_what_names_no_place_is_none(written: str) -> None:
    assert read_place(written) is None


def test_place_that_a_request_has_a_number_in_comes_first() -> None:
    written = "query:page | form:page"
    chosen = [
        place_in(written, request)
        for request in (PageRequest(URL, "page=1"), PageRequest(f"{URL}?page=1", "a=1"), PageRequest(URL))
    ]
    assert [place and place.kind for place in chosen] == ["form", "query", "query"]
    assert place_in("json:pn", PageRequest(URL)) is None


ANSWER = {"a": {"b": [{"n": 1}, {"n": "2"}]}, "text": '{"total": "1,234"}', "s": "[2026] 1"}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".", [ANSWER]),
        ("a.b.*.n", [1, "2"]),
        ("a.b.1.n", ["2"]),
        ("a.b.7.n", []),
        ("a.*.0.n", [1]),
        ("text.total", ["1,234"]),
        ("s", ["[2026] 1"]),
        ("a.n", []),
        ("a.b.n", []),
    ],
)
def test_path_leads_to_its_values(path: str, values: list[object]) -> None:
    assert is_path(path)
    assert values_at(ANSWER, path) == values


def test_alternatives_are_tried_in_order() -> None:
    assert split_alternatives(" a.b |  c | ") == ("a.b", "c")
    assert count_at(ANSWER, "total | a.b | text.total") == 1234


@pytest.mark.parametrize(
    ("value", "count"),
    [(7, 7), ("7", 7), (" 1,234 ", 1234), (7.0, 7), (0, 0), (7.5, None), (-1, None), ("七", None),
     ("７", None), (True, None), (None, None), (10**20, None), (float("inf"), None), ("", None), ([7], None)],
)  # fmt: skip
def test_count_is_a_whole_number(value: object, count: int | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(
    ("written", "day"),
    [("2021-11-23T15:59:59Z", "2021-11-23"), ("2021-11-23T16:00:00+0000", "2021-11-24"),
     ("2021-02-30T16:00:00Z", "2021-02-30T16:00:00Z"), ("999999999", "2001-09-09"),
     ("Sun, 31 Jan 2021 16:00:00 GMT", "2021-02-01"), ("1 Feb 2021 08:00 +0800", "2021-02-01"),
     ("32 Jan 2021 10:00 GMT", "32 Jan 2021 10:00 GMT"), ("1 Abc 2021 25:61 +9999", "1 Abc 2021 25:61 +9999"),
     ("915120000000", "1999-01-01"), ("2021112016", "2021112016"), ("20211120", "20211120"),
     ("11-20", "11-20"), ("12", None), ("x" * 61, None), (None, None), (" ", None)],
)  # fmt: skip
def test_date_is_a_day_or_as_printed(written: str | None, day: str | None) -> None:
    assert printed_day(written) == day


FAULTS = [
    ("nothing", {}, "`items` is missing"),
    ("no_link", {"items": "data"}, "`link` is missing"),
    ("no_path", {**GOOD, "items": "data..list"}, "`items`: 'data..list' is no path"),
    ("space_in_path", {**GOOD, "title": "my title"}, "`title`: 'my title' is no path"),
    ("empty_placeholder", {**GOOD, "link": "/detail?id={}"}, "`link`"),
    ("open_brace", {**GOOD, "link": "/detail?id={id"}, "`link`"),
    ("open_brace_behind", {**GOOD, "behind": "/api/{id"}, "`behind`: a brace is left open"),
    ("path_behind", {**GOOD, "behind": "/api/{a.b}"}, "`behind`: 'a.b' is no name"),
    ("body_alone", {**GOOD, "body": "p=1"}, "`body` needs its `content_type`"),
    ("no_json", {**GOOD, "body": "p=1", **JSON}, "`body` is no JSON object"),
    ("place", {**GOOD, "page": "page"}, "`page`: 'page' is no place"),
    ("place_without_body", {**GOOD, "page": "form:p"}, "`page` stands in the body"),
    ("place_in_no_json", {**GOOD, "page": "json:p", "body": "p=1", **FORM}, "`page` stands in the body"),
    ("first", {**GOOD, "first": "one"}, "`first`: 'one' is no whole number"),
    ("step", {**GOOD, "step": "0"}, "`step`: '0' is neither"),
    ("step_path", {**GOOD, "step": "data.rows"}, "`step`: 'data.rows' is neither"),
    ("size", {**GOOD, "size": "0"}, "`size`: '0' is neither"),
]


@pytest.mark.parametrize(("options", "said"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS])
def test_fault_is_told_in_words(options: dict[str, str], said: str) -> None:
    fault = FAMILIES["json_list"].fault(options)
    assert fault is not None
    assert fault.startswith(said)


@pytest.mark.parametrize(
    "options",
    [
        GOOD,
        {**GOOD, "page": "query:p | json:pn", "size": "10 | query:n | data.rows", "step": "json:rn | 1"},
        {**GOOD, "body": '{"pn":0}', **JSON, "page": "json:pn", "first": "0"},
        {**GOOD, "link": "/a?id={id} | url"},
        {**GOOD, "behind": "/api/all/{fragment}?sid={SID}"},
    ],
)
def test_good_options_have_no_fault(options: dict[str, str]) -> None:
    assert FAMILIES["json_list"].fault(options) is None


def test_a_date_that_is_none_gives_way_to_the_next() -> None:
    row = {"url": "/a.html", "title": "年报", "date": 0, "created_at": "2026-01-20 09:00:00"}
    options = {"link": "url", "title": "title", "date": "date | created_at"}
    link = listed_link(row, options, URL)
    assert link is not None
    assert link.date == "2026-01-20 09:00:00"


XML = {
    "an encoding that was decoded": (
        '<?xml version="1.0" encoding="GBK"?><l><a>关于</a><a>b</a></l>',
        {"a": ["关于", "b"]},
    ),
    "attributes alone": ('<?xml version="1.0"?><l><a t="T" u="/a"/></l>', {"a": {"t": "T", "u": "/a"}}),
    "attributes beside a text": (
        '<?xml version="1.0"?><l><a u="/a"> T </a></l>',
        {"a": {"u": "/a", "#text": "T"}},
    ),
    "names of a namespace": (
        '<?xml version="1.0"?><l xmlns="urn:a" n="2"><a>T</a></l>',
        {"n": "2", "a": "T"},
    ),
    "comments within a text": ('<?xml version="1.0"?><l><a>关于<!-- a -->年报</a></l>', {"a": "关于年报"}),
    "JSON within it": ('<?xml version="1.0"?><string xmlns="urn:a">{"a": 1}</string>', {"a": 1}),
    "words between elements": ('<?xml version="1.0"?><l><a>关于<b>2024</b>年报</a></l>', None),
    "an attribute and an element of one name": ('<?xml version="1.0"?><l a="1"><a>2</a></l>', None),
    "entities of its own": ('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x "y">]><l><a>&x;</a></l>', None),
    "entities of nobody": ('<?xml version="1.0"?><l><a>a&nbsp;b</a></l>', None),
    "a page": (
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "a" "b"><html><body><p>a&nbsp;b</p></body></html>',
        None,
    ),
    "a page without a type": ('<?xml version="1.0"?><html><body><p>a</p></body></html>', None),
    "what is cut off": ('<?xml version="1.0"?><l><a>T</a>', None),
}


@pytest.mark.parametrize(("text", "value"), XML.values(), ids=XML)
def test_xml_is_read_whole_or_not_at_all(text: str, value: object) -> None:
    assert read_json(text) == value
    assert is_answer(text) == (value is not None)


def test_time_is_in_proportion_to_the_names_of_xml() -> None:
    names = "".join(f"<a{number}/>" for number in range(30_000))
    started = time.process_time()
    assert len(read_json(f'<?xml version="1.0"?><l>{names}</l>') or ()) == 30_000
    # Measured alone a twentieth of this; the square took eight seconds.
    assert time.process_time() - started < 2


CHANNEL = "0123456789abcdef0123456789abcdef"
SEARCH = f"'/common/search/{CHANNEL}"
OWN = "_isAgg=true&_isJson=true&_pageSize=15&_template=index&page=1"
NARROWED = {
    "by nothing": (f"$.get({SEARCH}?page=' + page, show)", OWN),
    "by a channel": (
        f"$.get({SEARCH}?_channelName=A&_isJson=false&page=' + page, show)",
        f"_channelName=A&{OWN}",
    ),
    "by the same twice": (
        f"$.get({SEARCH}?_channelName=A', count); $.get({SEARCH}?_channelName=A&page=' + page, show)",
        f"_channelName=A&{OWN}",
    ),
    "beside a search": (f"$.get({SEARCH}?page=' + page); $.get({SEARCH}?searchWord=' + $('#w').val())", OWN),
    "beside a search that is narrowed": (
        f"$.get({SEARCH}?_channelName=A', show); $.get({SEARCH}?searchWord=abc', show)",
        f"_channelName=A&{OWN}",
    ),
    "within a search": (
        f"$.get({SEARCH}', {{searchWord: $('#w').val(), _channelName: 'A'}})",
        f"_channelName=A&{OWN}",
    ),
}
UNSURE = {
    "counted whole, shown by a channel": (
        f"$.get({SEARCH}?_isJson=true', count); $.get({SEARCH}?_channelName=A', show)",
        "asked for in several ways: ['', '_channelName=A']",
    ),
    "counted whole, shown by nobody knows what": (
        f"$.get({SEARCH}?_isJson=true', count); $.get({SEARCH}?_channelName=' + name, show)",
        "_channelName = name",
    ),
    "narrowed by what is posted": (f"$.post({SEARCH}', {{_channelName: 'A'}}, show)", "is posted"),
    "a search alone": (f"function f() {{ $.get({SEARCH}?searchWord=abc', show) }}", "searchWord=abc"),
}


def behind(script: str) -> ListPage:
    markup = f"<html><body><script>var channelId = '{CHANNEL}'; {script}</script></body></html>"
    read = Recognised("ucap", "").read(markup, "https://www.hexi.gov.cn/zwgk/c1/list.shtml")
    assert read is not None
    return read


@pytest.mark.parametrize(("script", "asked"), NARROWED.values(), ids=NARROWED)
def test_what_narrows_a_search_is_asked_for(script: str, asked: str) -> None:
    (request,) = behind(script).next_pages
    sent = parse_qsl(urlsplit(request.url).query)
    assert sorted(sent) == sorted(parse_qsl(asked))


@pytest.mark.parametrize(("script", "words"), UNSURE.values(), ids=UNSURE)
def test_a_search_that_may_be_narrowed_is_refused_with_its_words(script: str, words: str) -> None:
    read = behind(script)
    assert read.next_pages == ()
    assert words in str(read.unreadable)
