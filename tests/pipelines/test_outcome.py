"""What a response is: every state by its evidence, and genuine pages never taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.response.outcome import Outcome, classify_response, is_blocked

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://www.example.gov.cn/zfxxgk/202003/t1.html"
HTML = (b"Content-Type", b"text/html; charset=utf-8")
PROSE = "<p>各部门应当在规定期限内公开政府信息，并对公开内容的真实性负责，接受社会监督。</p>" * 40
ARTICLE_META = (
    '<meta content="关于公开的通知" name="ArticleTitle"><meta name=PubDate content="2020-03-01 09:30">'
)


def outcome_of(
    status: int | None, body: str | bytes = "", *headers: tuple[bytes, bytes], url: str = URL
) -> Outcome:
    payload = body.encode() if isinstance(body, str) else body
    return classify_response(url=url, status=status, headers=(HTML, *headers), body=payload)


def page(body: str, title: str = "示范市人民政府", head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


RUISHU = page("<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;</script>", title="")
STATES = {
    "article": (200, page(PROSE), Outcome.OK),
    "short notice": (200, page("<h1>通知</h1><p>定于3月1日召开会议，请准时参加。</p>"), Outcome.OK),
    "no change": (304, "", Outcome.NOT_MODIFIED),
    "deleted": (404, page("<h1>Not Found</h1>"), Outcome.GONE),
    "deleted, 550": (550, "", Outcome.GONE),
    "soft 404, bare": (
        200,
        page("<p>抱歉，您访问的页面不存在或已删除！</p><a href=/>返回首页</a>"),
        Outcome.SOFT_404,
    ),
    "soft 404, a line": (200, page("<div>该信息不存在</div>"), Outcome.SOFT_404),
    "soft 404, in English": (200, page("<h1>404 Not Found</h1><hr>nginx"), Outcome.SOFT_404),
    "soft 404, in the portal's frame": (
        200,
        page(
            "<ul>" + "<li><a href=/a>政务公开</a></li>" * 60 + "</ul><p>找不到</p>",
            title="404_示范市人民政府",
        ),
        Outcome.SOFT_404,
    ),
    "maintenance": (200, page("<p>系统维护中</p>"), Outcome.SERVER_ERROR),
    "maintenance, with an apology": (
        200,
        page("<p>抱歉，网站正在维护，请稍后访问</p>"),
        Outcome.SERVER_ERROR,
    ),
    "maintenance, by the title": (200, page("<p>请稍候</p>" * 9, title="系统升级中"), Outcome.SERVER_ERROR),
    "a server's error with 200": (
        200,
        page("<h1>HTTP Status 500 - Internal Server Error</h1>"),
        Outcome.SERVER_ERROR,
    ),
    "a gateway's error with 200": (200, page("<h1>502 Bad Gateway</h1><hr>nginx"), Outcome.SERVER_ERROR),
    "an error of the program with 200": (200, page("<p>系统异常，请联系管理员。</p>"), Outcome.SERVER_ERROR),
    "a trace with 200": (
        200,
        page("<pre>java.lang.NullPointerException\n at com.example.Article.show</pre>"),
        Outcome.SERVER_ERROR,
    ),
    "a database that is away": (200, page("<p>数据库连接失败！</p>"), Outcome.SERVER_ERROR),
    "a server without its site": (
        200,
        page("<h1>Welcome to nginx!</h1><p>Thank you.</p>"),
        Outcome.SERVER_ERROR,
    ),
    "a host without its site": (200, page("<p>没有找到站点</p>", title="没有找到站点"), Outcome.SERVER_ERROR),
    "503 in words": (200, page("<h1>Service Temporarily Unavailable</h1>"), Outcome.SERVER_ERROR),
    "busy, in words": (200, page("<p>系统繁忙，请稍后再试</p>"), Outcome.RATE_LIMITED),
    "a column that is not there": (200, page("<p>栏目不存在</p>"), Outcome.SOFT_404),
    "nothing": (200, "", Outcome.EMPTY_STUB),
    "white space": (200, " \r\n", Outcome.EMPTY_STUB),
    "no content": (204, "", Outcome.EMPTY_STUB),
    "three bytes": (200, "err", Outcome.EMPTY_STUB),
    "only a script": (200, page("<script>location.href='/x'</script>", title=""), Outcome.EMPTY_STUB),
    "vue before its script": (200, page('<div id="app"></div><script src=/a.js></script>'), Outcome.JS_SHELL),
    "unfilled places": (200, page("<ul><li>{{item.text}}</li><li>{{item.date}}</li></ul>"), Outcome.JS_SHELL),
    "ruishu": (412, RUISHU, Outcome.CHALLENGE_RUISHU),
    "ruishu with 202": (202, RUISHU, Outcome.CHALLENGE_RUISHU),
    "ruishu with 200": (200, RUISHU, Outcome.CHALLENGE_RUISHU),
    "jiasule": (
        521,
        "<script>document.cookie=('_')+('_')+('j');location.href=location.pathname</script>",
        Outcome.CHALLENGE_JSL,
    ),
    "origin down": (521, page("<h1>Web server is down</h1>"), Outcome.SERVER_ERROR),
    "aliyun": (
        200,
        "<html><script>var arg1='0A1B';function x(){setCookie('acw_sc__v2')}</script></html>",
        Outcome.CHALLENGE_ALIYUN,
    ),
    "block page": (
        403,
        page("<p>您的请求可能存在攻击行为，已被拦截</p><p>事件ID：3f2a</p>"),
        Outcome.WAF_403,
    ),
    "block page with 200": (200, page("<p>您的访问请求已被拦截</p>", title="网站防火墙"), Outcome.WAF_403),
    "folder that may not be listed": (403, page("<h1>403 Forbidden</h1><hr>nginx"), Outcome.FORBIDDEN),
    "throttled": (429, "", Outcome.RATE_LIMITED),
    "throttled in words": (200, page("<p>您的访问过于频繁，请稍后再试</p>"), Outcome.RATE_LIMITED),
    "slider": (
        200,
        page("<p>请完成安全验证</p><div id='nc_1_n1z'></div>", title="滑动验证页面"),
        Outcome.CAPTCHA,
    ),
    "sign in": (200, page("<form><input type=password></form>", title="用户登录"), Outcome.LOGIN),
    "sign in, told by its form": (
        200,
        page("<h3>身份认证</h3><form><input name=u><input type='password' name=p></form>", title="河西县"),
        Outcome.LOGIN,
    ),
    "a short notice beside a sign-in": (
        200,
        page("<form><input type=password></form><p>公告见<a href='/a.pdf'>附件</a>", title="公告"),
        Outcome.OK,
    ),
    "not authorised": (401, "", Outcome.LOGIN),
    "server error": (500, page("<h1>Internal Server Error</h1>"), Outcome.SERVER_ERROR),
    "bad gateway": (502, "", Outcome.SERVER_ERROR),
    "teapot": (402, "", Outcome.UNEXPECTED),
    "a part of a page": (206, page("<p>政府信息公开工作年度报告</p>" * 200), Outcome.UNEXPECTED),
    "file handed in": (None, "", Outcome.OK),
    "challenge handed in": (None, RUISHU, Outcome.OK),
}


FILES = {
    "a page for a PDF": ("/a/P02.pdf", page(PROSE), Outcome.ATTACHMENT_IS_HTML),
    "a short page for a PDF": (
        "/a/P02.pdf",
        page("<h1>通知</h1><p>文件正在整理，请向本单位办公室索取纸质文本。</p>"),
        Outcome.ATTACHMENT_IS_HTML,
    ),
    "a page for a zip, by a parameter": (
        "/module/download/downfile.jsp?classid=0&filename=7f.zip",
        page("<h1>下载</h1><p>文件正在整理，请向本单位办公室索取纸质文本。</p>"),
        Outcome.ATTACHMENT_IS_HTML,
    ),
    "an error that says so": ("/a/P02.pdf", page("<p>该信息不存在</p>"), Outcome.SOFT_404),
    "a PDF": ("/a/P02.pdf", b"%PDF-1.7\n%\xe2\xe3", Outcome.OK),
    "nothing for a PDF": ("/a/P02.pdf", b"", Outcome.EMPTY_STUB),
    "a document that Word saved as a page": ("/a/P02.doc", page(PROSE), Outcome.OK),
    "a table that Excel saved as a page": (
        "/a/P02.xls",
        page("<table>" + "<tr><td>甲村</td><td>12</td></tr>" * 9 + "</table>"),
        Outcome.OK,
    ),
    "a viewer of a PDF": (
        "/web/viewer.html?file=/a/P02.pdf",
        page("<h1>阅读</h1><p>文件正在打开，请稍等片刻，或者下载以后再看。</p>"),
        Outcome.OK,
    ),
    "an article that names a PDF": ("/content.do?id=5&pdf=a.pdf", page(PROSE), Outcome.OK),
}


@pytest.mark.parametrize(
    ("path", "body", "expected"), [pytest.param(*case, id=name) for name, case in FILES.items()]
)
def test_what_an_address_promises(path: str, body: str | bytes, expected: Outcome) -> None:
    assert outcome_of(200, body, url=f"http://www.example.gov.cn{path}") is expected


@pytest.mark.parametrize(("status", "body", "expected"), STATES.values(), ids=STATES.keys())
def test_a_response_ends_in_its_state(status: int | None, body: str, expected: Outcome) -> None:
    assert outcome_of(status, body) is expected


GENUINE = {
    "a long text that quotes the error": page("<p>页面不存在</p>" + PROSE),
    "a short article that quotes it": page("<p>您访问的页面不存在</p>", head=ARTICLE_META),
    "a report on dead links": page("<p>经查，本市网站有3处页面不存在，现予通报，请立即整改并报告结果。</p>"),
    "a page of a site behind ruishu": page(PROSE + "<script>$_ts=window['$_ts'];</script>"),
    "a page with a comment form": page(
        PROSE + "<form>请输入验证码<input></form><script>initGeetest()</script>"
    ),
    "a page that warns of attacks": page("<p>您的请求被拦截怎么办</p>" + PROSE),
    "a notice on maintenance": page(
        "<p>因系统升级，本网站将于周六暂停服务，请提前办理有关事项，由此带来不便敬请谅解。</p>"
    ),
    "a notice on system failures": page("<p>系统异常情况处置办法</p><p>系统维护管理规定</p>"),
    "a rule on faults": page("<p>服务器故障处置流程如下，请各单位遵照执行。</p>"),
    "a list of the five hundred": page("<p>500强企业名单：甲公司、乙公司、丙公司</p>", title="500强企业名单"),
    "a rendered application": page(f'<div id="app">{PROSE}</div>'),
    "a page of one picture": page("<img src=/a.jpg>"),
    "a page of one attachment": page("<a href=/a.pdf>年报</a>"),
    "a page in a frame": page("<iframe src=/viewer.html?file=a.pdf></iframe>"),
    "a page about a firewall": page(PROSE, title="防火墙建设情况"),
}


@pytest.mark.parametrize("body", GENUINE.values(), ids=GENUINE.keys())
def test_a_genuine_page_is_ok_whatever_it_quotes(body: str) -> None:
    assert outcome_of(200, body) is Outcome.OK


REDIRECTS = {
    "to another page": (b"/zfxxgk/202003/t2.html", (), Outcome.REDIRECTED),
    "to https": (URL.replace("http", "https").encode(), (), Outcome.REDIRECTED),
    "to the home page": (b"/", (), Outcome.REDIRECT_HOME),
    "to the home page of a new host": (b"https://new.example.gov.cn/index.html", (), Outcome.REDIRECT_HOME),
    "to itself with a cookie": (
        URL.encode(),
        ((b"Set-Cookie", b"CT6T=1"),),
        Outcome.CHALLENGE_COOKIE_REDIRECT,
    ),
    "to itself": (URL.encode(), (), Outcome.REDIRECTED),
    "to a sign-in page": (b"https://sso.example.gov.cn/login?service=x", (), Outcome.LOGIN),
    "nowhere": (b"http://[", (), Outcome.UNEXPECTED),
}


@pytest.mark.parametrize(("location", "more", "expected"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_redirects_are_told_apart(
    location: bytes, more: tuple[tuple[bytes, bytes], ...], expected: Outcome
) -> None:
    assert outcome_of(302, "", (b"location", location), *more) is expected


def test_the_home_page_may_redirect_to_itself_under_https() -> None:
    home = outcome_of(301, "", (b"Location", b"https://www.example.gov.cn/"), url="http://example.gov.cn/")
    assert home is Outcome.REDIRECTED


def test_a_redirect_without_a_target_is_unexpected() -> None:
    assert outcome_of(302) is Outcome.UNEXPECTED


def test_retry_after_makes_503_a_throttle() -> None:
    assert outcome_of(503) is Outcome.SERVER_ERROR
    assert outcome_of(503, "", (b"Retry-After", b"600")) is Outcome.RATE_LIMITED


OTHER_BODIES = {
    "robots.txt": (b"User-agent: *\nDisallow:\n", b"text/plain"),
    "json": (b"{}", b"application/json"),
    "records": (b"<datastore></datastore>", b"text/html"),
    "pdf": (b"%PDF-1.7\n", b"application/pdf"),
    "page in gbk": (page("<p>现予公布，请遵照执行，并做好有关工作。</p>").encode("gb18030"), b"text/html"),
}


@pytest.mark.parametrize(("body", "kind"), OTHER_BODIES.values(), ids=OTHER_BODIES.keys())
def test_other_bodies_are_ok(body: bytes, kind: bytes) -> None:
    assert classify_response(url=URL, status=200, headers=((b"content-type", kind),), body=body) is Outcome.OK


def test_being_blocked_is_a_challenge_a_block_page_or_a_captcha() -> None:
    blocked = {outcome for outcome in Outcome if is_blocked(outcome)}
    challenges = {outcome for outcome in Outcome if outcome.startswith("challenge_")}
    assert blocked == challenges | {Outcome.WAF_403, Outcome.CAPTCHA}


@settings(deadline=None, max_examples=200)
@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=200) | st.text(max_size=80).map(lambda text: page(text).encode()),
    location=st.binary(max_size=20),
)
def test_any_response_ends_in_one_state(status: int, body: bytes, location: bytes) -> None:
    assert outcome_of(status, body, (b"Location", location)) in Outcome


REAL_STATES = {
    "errors/jsl_521_body.html": (521, Outcome.CHALLENGE_JSL),
    "errors/waf_block_b.html": (403, Outcome.WAF_403),
    "pages/nmpa_datasearch_shell.html": (200, Outcome.JS_SHELL),
}


def test_real_pages_raise_no_false_alarm(shared_real: Path) -> None:
    found = {
        name: outcome_of(200, path.read_bytes())
        for folder in ("pages", "policy", "reports")
        for path in (shared_real / folder).iterdir()
        if (name := f"{folder}/{path.name}") not in REAL_STATES
    }
    assert len(found) > 60
    assert {name: state for name, state in found.items() if state is not Outcome.OK} == {}


@pytest.mark.parametrize("name", REAL_STATES)
def test_real_evidence_is_recognised(shared_real: Path, name: str) -> None:
    status, expected = REAL_STATES[name]
    assert outcome_of(status, (shared_real / name).read_bytes()) is expected
