"""What a page's script would ask for, and what an answer is made of."""

from __future__ import annotations

import json

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.fingerprints import describe_answer, recognise
from crawler.discovery.judging import interfaces_of
from crawler.discovery.page_links import read_page
from crawler.families.pages.json_answers import read_json

HOME = "https://www.hexi.gov.cn/"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def asked(script: str) -> list[PageRequest]:
    page = read_page(f"<input id='w'><script>{script}</script>", f"{HOME}zwgk/list.html")
    assert page is not None
    return list(interfaces_of(page)[0])


@pytest.mark.parametrize(
    ("script", "url"),
    [
        (
            "var url = '/open/api/x?channelId=7&pageNo=1'; $.getJSON(url, show);",
            "open/api/x?channelId=7&pageNo=1",
        ),
        ("var ch = ''; $.get('/data/list?ch=' + ch + '&page=' + page)", "data/list?ch=&page=1"),
        (
            "var o = {t: 'gw', n: 5}; $.get('/search-gov/data?t=' + o.t + '&n=' + o.n);",
            "search-gov/data?t=gw&n=5",
        ),
        (
            "var b = '/api/q?'; var c = b + 'id=3'; f(c + '&pageIndex=' + pageIndex);",
            "api/q?id=3&pageIndex=1",
        ),
    ],
    ids=["a literal", "a page's number", "fields of an object", "names of names"],
)
def test_a_get_is_read_from_what_the_script_joins(script: str, url: str) -> None:
    assert asked(script)[0] == PageRequest(HOME + url)


@pytest.mark.parametrize(
    "script",
    [
        "$.get(base + '?id=' + pick(3))",
        "// $.get('/open/api/x?pageNo=1')",
        "$.get('https://www.other.gov.cn/api/list?pageNo=1')",
        "var css = '/data/list/style.css?v=1';",
        "const h = axios.create({baseURL: '/a', params: {site: 7}}); h.get('/api/list?page=1')",
        "const h = axios.create({baseURL: '/a', method: m}); h({url: '/api/list?page=1', method: 'get'})",
        "const h = axios.create({...o, baseURL: '/a'}); h.get('/api/list?page=1')",
        "const h = axios.create({baseURL: '/a', transformRequest: [f]}); h.get('/api/list?page=1')",
        "axios.defaults.baseURL = '/a'; axios.defaults.baseURL = '/b'; axios.get('/api/list?page=1')",
        "axios.defaults.baseURL = '/a'; axios.get('/api/list?page=1', {params: {site: pick()}})",
        "axios({baseURL: pick(), url: '/api/list?page=1'})",
        "axios.defaults.baseURL = '/a'; axios.post('/api/list?page=1', {q: {site: pick()}})",
    ],
    ids=[
        "an unknown base",
        "a comment",
        "another site",
        "a file",
        "without the parameters of one axios",
        "without the method of one axios",
        "without what is spread into one axios",
        "without what one axios writes otherwise",
        "without either of two bases",
        "without a base and a field that is not known",
        "without a base of its own that is not known",
        "without a base and a body that is not known",
    ],
)
def test_what_is_not_written_out_is_not_guessed(script: str) -> None:
    assert asked(script) == []


def test_a_post_of_fields_is_read() -> None:
    script = "var id = 'ab12'; $.post('/getFileListByCodeId', { channelId: id, page: page, size: 20 }, show);"
    assert asked(script) == [PageRequest(f"{HOME}getFileListByCodeId", "channelId=ab12&page=1&size=20", FORM)]


def test_a_post_of_json_is_read() -> None:
    script = """var params = {"token": "", "pn": 0, "condition": [{"equal": "003", "isLike": true}]};
        $.ajax({ type: 'POST', url: '/rest/search', contentType: 'application/json',
            data: JSON.stringify(params) });"""
    request = asked(script)[0]
    assert (request.url, request.content_type) == (f"{HOME}rest/search", "application/json")
    assert json.loads(request.body or "")["condition"] == [{"equal": "003", "isLike": True}]


@pytest.mark.parametrize(
    ("call", "body", "content_type"),
    [
        ("{type: 'post', url: '/q', data: {ch: id, rows: 20, pn: page}}", "ch=ab12&rows=20&pn=1", FORM),
        ("{url: '/q', method: 'POST', data: asked}", "ch=7&pn=1", FORM),
        ("{url: '/q', method: 'POST', data: JSON.stringify(asked)}", '{"ch": 7, "pn": 1}', FORM),
        (
            "{url: '/q?t=' + new Date().getTime(), type: 'POST', data: {ch: id, w: $('#w').val()}}",
            "ch=ab12&w=",
            FORM,
        ),
        (
            """{url: '/q', type: 'POST', contentType: "application/json; charset=utf-8",
            data: JSON.stringify({"ch": 7, "in": {"pn": 0}}), success: function (d) { show({a: d}); }}""",
            '{"ch": 7, "in": {"pn": 0}}',
            "application/json",
        ),
    ],
    ids=["fields", "a variable", "a variable as JSON", "what a reader fills in", "JSON that stands there"],
)
def test_what_a_call_posts_is_read(call: str, body: str, content_type: str) -> None:
    (request,) = asked(f"var id = 'ab12', asked = {{ch: 7, pn: page}}; $.ajax({call});")
    assert request.url.partition("?")[0] == f"{HOME}q"
    assert (request.body, request.content_type) == (body, content_type)


def test_what_the_forms_of_a_page_hold_is_read() -> None:
    page = read_page(
        """<form id=f action=/list.do method=post><input name=ch value=7><input name=page value=1>
        <input type=submit name=go value=1>
        <input type=checkbox name=all value=1>
        <select name=n><option value=5><option value=20 selected></select>
        <textarea name=w>年报</textarea></form><script>$('#f').submit()</script>""",
        HOME,
    )
    assert page is not None
    body = "ch=7&page=1&n=20&w=%E5%B9%B4%E6%8A%A5"
    assert interfaces_of(page)[0] == (PageRequest(f"{HOME}list.do", body, FORM),)


@pytest.mark.parametrize(
    ("fields", "is_asked"),
    [
        ("<input name=user>", False),
        ("<input name=page><input type=password name=pw>", False),
        ("<input name=page.pageNo value=1>", True),
        ("<input name=form:page value=1>", True),
        ("<input name=start value=0>", True),
        ("<input name=toPage value=1>", True),
    ],
)
def test_a_form_is_sent_that_turns_pages_and_any_other_is_told(fields: str, *, is_asked: bool) -> None:
    form = f"<form id=f action=/x.do method=post>{fields}</form><script>$('#f').submit()</script>"
    page = read_page(form, HOME)
    assert page is not None
    requests, unread = interfaces_of(page)
    assert (len(requests), len(unread)) == (is_asked, not is_asked)
    assert is_asked or "$('#f').submit()" in next(iter(unread))


def test_of_a_search_box_nothing_is_told() -> None:
    form = "<form id=f action=/s.do><input type=hidden name=site value=1><input name=keyword></form>"
    page = read_page(f"{form}<script>function s() {{ $('#f').submit() }}</script>", HOME)
    assert page is not None
    assert interfaces_of(page) == ((), {})


def test_an_answer_describes_itself() -> None:
    rows = [
        {"id": n, "wjbt": f"第{n}号通知", "docUrl": f"./{n}.html", "fwrq": "2026-01-02"} for n in range(3)
    ]
    answer = json.dumps({"ok": True, "data": {"allRow": 61, "totalPage": 5, "list": rows, "hot": rows[:1]}})
    request = PageRequest(f"{HOME}szinf/loadData?pageSize=15", "pageIndex=1", FORM)
    assert describe_answer(read_json(answer), request) == {
        "items": "data.list",
        "link": "docUrl",
        "title": "wjbt",
        "date": "fwrq",
        "total": "data.allRow",
        "pages": "data.totalPage",
        "page": "form:pageIndex",
        "size": "query:pageSize",
    }


def test_an_answer_that_is_the_list_itself_describes_itself() -> None:
    answer = json.dumps([{"title": f"第{n}号通知", "url": f"/a/{n}.html"} for n in range(3)])
    assert describe_answer(read_json(answer), PageRequest(HOME)) == {
        "items": ".",
        "link": "url",
        "title": "title",
    }
    assert [each.family for each in recognise(answer, HOME)] == ["json_list"]


@pytest.mark.parametrize(
    "answer",
    ["", "<html>", "[]", "{}", '{"list": [{"a": 1}]}', '{"list": [{"url": "/a.html"}]}', "[" * 5_000],
    ids=["nothing", "a page", "an empty list", "no list", "no link", "no title", "nested without end"],
)
def test_an_answer_without_rows_is_not_described(answer: str) -> None:
    assert describe_answer(read_json(answer), PageRequest(HOME)) is None
