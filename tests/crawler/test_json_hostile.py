"""Whatever a server answers, a JSON family returns a page, in time proportional to the answer."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES, presets
from crawler.families.base import PageAt
from crawler.families.pages.json_answers import read_json
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from crawler.families.base import ListPage

PRESETS = tuple(presets())
URL = "https://www.hexi.gov.cn/gkmlpt/index#7"
GENERIC = {
    "items": "a | a.* | *",
    "link": "{b} | b",
    "title": "a",
    "date": "b",
    "total": "n",
    "page": "json:a.b",
}
NAMES = [
    *(
        "data",
        "results",
        "list",
        "total",
        "rows",
        "articles",
        "classify",
        "post_count",
        "url",
        "title",
        "date",
    ),
    *(
        "searchVO",
        "catMap",
        "listVO",
        "result",
        "records",
        "custom",
        "infodata",
        "page",
        "content",
        "code",
        "a",
    ),
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("null")
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
        | inner.map(json.dumps)
    ),
    max_leaves=25,
)


def read(family: str, text: str, **options: str) -> ListPage:
    reader = FAMILIES[family]
    filled = {**reader.preset, **options}
    return reader.read(text, PageAt(URL, reader.first_request(URL, filled), URL, filled))


def is_sound(page: ListPage) -> bool:
    for link in page.links:
        # What is kept must be writable as UTF-8, and addresses must be addresses.
        (link.title + (link.date or "")).encode("utf-8")
        assert link.url.startswith(("http://", "https://"))
        assert link.url.isascii()
    (page.unreadable or "").encode("utf-8")
    return page.declared_total is None or 0 <= page.declared_total < 10**15


@settings(max_examples=80)
@given(value=VALUES, body=st.text(max_size=20) | VALUES.map(json.dumps))
def test_any_json_gives_a_page(value: Any, body: str) -> None:
    text = json.dumps(value)
    assert all(is_sound(read(name, text, body=body, content_type="x")) for name in PRESETS)
    assert is_sound(read("json_list", text, body=body, **GENERIC))


@settings(max_examples=80)
@given(
    st.text(alphabet="{}[]\"':,/*\\ \n<>u0aé公().=;-", max_size=120), st.sampled_from(["", "{", "cb(", "<p>"])
)
def test_any_text_gives_a_page(text: str, start: str) -> None:
    assert all(is_sound(read(name, start + text)) for name in (*PRESETS, "json_list"))


@settings(max_examples=80)
@given(st.lists(VALUES, max_size=3) | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
def test_what_json_writes_is_read_in_every_wrapping(value: Any) -> None:
    text = json.dumps(value)
    if "NaN" in text or "Infinity" in text:
        return
    for wrapped in (text, f"\ufeff{text}", f"cb({text});", f"var a = {text};", json.dumps(text)):
        assert read_json(wrapped) == value


LARGE = 200_000 if SOAK else 60_000
HOSTILE = {
    "deep_lists": "[" * LARGE,
    "deep_objects": '{"a":' * LARGE,
    "deep_and_closed": "[" * LARGE + "]" * LARGE,
    "long_number": '{"a":' + "9" * LARGE + "}",
    "quotes": "{" + "'" * LARGE,
    "escaped_quotes": "{'" + "\\'" * LARGE,
    "backslashes": '{"' + "\\" * (LARGE + 1),
    "comments": "{" + "/*" * LARGE,
    "slashes": "{" + "/" * LARGE,
    "spaces": "{a" + " " * LARGE + ",b" + " " * LARGE,
    "commas": "{" + ", " * LARGE,
    "words": "a" * LARGE,
    "wrappers": ";( " * LARGE,
    "assignments": "a = " * LARGE,
    "pages": "<script>" * LARGE,
    "script_names": "<script>" + "SID : " * LARGE + "channelId  " * LARGE,
    "titles": json.dumps({"articles": [{"url": "/a", "title": "<a " * LARGE + "&lt;" * LARGE}]}),
    "rows": json.dumps({"articles": [{"url": "/a"}] * (LARGE // 10)}),
    "text_in_text": json.dumps(json.dumps(json.dumps(json.dumps({"articles": ["\\" * 1000]})))),
}


@series
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answer_takes_no_more_than_its_size(name: str) -> None:
    for family in ("gkmlpt", "ucap", "epoint"):
        start = time.process_time()
        assert is_sound(read(family, HOSTILE[name]))
        # In proportion this is a fraction of a second; squared it would be minutes, and an hour in full.
        assert time.process_time() - start < 10


def test_answer_nested_beyond_the_interpreters_depth_is_no_list() -> None:
    depth = sys.getrecursionlimit() * 10
    assert read_json("[" * depth + "]" * depth) is None
    assert read("gkmlpt", '{"articles":' * depth + "1" + "}" * depth).unreadable == "not_json"


def test_half_characters_do_not_reach_the_archive() -> None:
    title = "\\ud83d公开\\ud83d\\ude00%ud83d"
    text = f'{{"articles": [{{"url": "/\\ud83d.html", "title": "{title}", "date": "\\udc00"}}]}}'
    (link,) = read("gkmlpt", text).links
    assert link.title == "\ufffd公开😀\ufffd"
    assert link.date == "\ufffd"
    link.url.encode("ascii")


def test_code_is_never_run() -> None:
    written = "({articles: [{url: '/a.html', title: (function () { throw 1 })()}]})"
    assert read("gkmlpt", written).unreadable == "not_json"
    assert read_json("__import__('os')") is None


def test_request_that_cannot_be_changed_leads_nowhere_twice() -> None:
    """A body that is no JSON has no room for a page's number: the list is one page."""
    options = {"items": "a", "link": "b", "page": "json:pn", "body": "no json", "content_type": "x"}
    at = PageAt(URL, PageRequest(URL, "no json", "x"), URL, options)
    assert FAMILIES["json_list"].read('{"a":[{"b":"/1.html"}]}', at).next_pages == ()
