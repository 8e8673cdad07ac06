"""What each threshold of a survey decides, just inside it and just outside (thresholds/discovery.yaml)."""

from __future__ import annotations

import json

import pytest

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import ANNUAL_REPORT
from crawler.discovery.fingerprints import describe_answer, recognise
from crawler.discovery.page_links import read_page
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.probe_crawl import ProbeCrawl, sent_on_to
from crawler.discovery.search import search_columns
from tests.crawler.discovery.test_survey import HOME, PAGED, PLAIN, REPORTS, found, rows
from tests.crawler.discovery.touring import find_columns, lead

COLUMN = f"{HOME}zfxxgk/zfxxgknb/"


def name(markup: str) -> str:
    page = read_page(markup, HOME)
    assert page is not None
    return page.links[0].name


def asked_of(site: dict[str, str], address: str = HOME) -> list[str]:
    return [request.url for request in lead(survey_portal(address), site)[1]]


def test_the_names_of_links() -> None:
    assert name(f"<a href='/a/' title='全名'>{'字' * 60}</a>") == "字" * 60
    assert name(f"<a href='/a/' title='全名'>{'字' * 61}</a>") == "全名"
    assert len(name(f"<a href='/a/'>{'字' * 200}</a>")) == 60
    assert name(f"<a href='/a/'>{'字' * 201}</a>") == ""
    assert name(f"<a href='/a/'>{'<b></b>' * 299}<!-- -->文</a>") == "文"
    assert name(f"<a href='/a/'>{'<b></b>' * 300}文</a>") == ""


@pytest.mark.parametrize(("between", "told"), [(3, "政府信息公开年报"), (4, "更多")])
def test_the_heading_of_what_is_called_more(between: int, told: str) -> None:
    markup = f"<div><h3>政府信息公开年报</h3>{'<i></i>' * between}<p><a href='/a/'>更多</a></p></div>"
    assert name(markup) == told


@pytest.mark.parametrize(("chars", "crumbs"), [(300, 1), (301, 0)])
def test_the_way_from_the_front_page(chars: int, crumbs: int) -> None:
    text = "字" * (chars - len("位置：年报"))
    page = read_page(f"<div class=position>位置：<a href='/nb/'>年报</a>{text}</div>", HOME)
    assert page is not None
    assert len(page.crumbs) == crumbs


@pytest.mark.parametrize(("before", "urls"), [(1984, [f"{HOME}nb/"]), (1985, [])])
def test_what_a_click_does(before: int, urls: list[str]) -> None:
    page = read_page(f"""<b onclick="/*{" " * before}*/open('/nb/')">年报</b>""", HOME)
    assert page is not None
    assert [link.url for link in page.links] == urls


@pytest.mark.parametrize(("chars", "is_shell"), [(199, True), (200, False)])
def test_a_page_with_little_text_is_a_shell(chars: int, *, is_shell: bool) -> None:
    told = recognise(f"<script>a()</script><p>{'字' * chars}</p>", HOME)[0].evidence
    assert (told == "js_shell") is is_shell


@pytest.mark.parametrize(("chars", "to"), [(200, f"{HOME}nb/"), (201, None)])
def test_a_page_with_little_text_may_send_on(chars: int, to: str | None) -> None:
    page = read_page(f"<script>location.href = '/nb/';</script><p>{'字' * chars}</p>", HOME)
    assert page is not None
    assert sent_on_to(page) == to


def test_two_pages_that_send_on_are_followed() -> None:
    site = {HOME: "/a/", f"{HOME}a/": "/b/", f"{HOME}b/": "/c/"}
    pages = {url: f"<script>location.replace('{to}')</script>" for url, to in site.items()}
    page, asked = lead(ProbeCrawl().open(HOME), pages)
    assert page is not None
    assert (page.url, len(asked)) == (f"{HOME}b/", 3)


@pytest.mark.parametrize(("depth", "is_told"), [(6, True), (7, False)])
def test_how_deep_an_answer_is_looked_through(depth: int, *, is_told: bool) -> None:
    answer: object = [{"title": "河西县年报", "url": "/a.html"}]
    for _ in range(depth + 1):
        answer = {"in": answer}
    assert (describe_answer(answer, PageRequest(HOME)) is not None) is is_told


def test_the_requests_of_scripts_that_are_tried() -> None:
    script = "".join(f"$.get('/api/list?ch={number}&page=1');" for number in range(4))
    asked = asked_of({**PLAIN, COLUMN: f"<script>{script}</script>"})
    assert len([url for url in asked if "/api/list" in url]) == 2


def test_what_was_given_without_a_name() -> None:
    address = f"{HOME}c4081/list.html"
    reports = rows("河西县{}年政府信息公开年报", range(2025, 2022, -1))
    others = "".join(
        f"<li><a href='./x{number}.html'>要闻</a><span>2026-01-02</span></li>" for number in range(4)
    )
    home = {HOME: "<title>河西县人民政府</title>"}
    four, five = (
        rows("河西县{}年政府信息公开年报", range(2025, 2025 - number, -1)).replace("</ul>", f"{others}</ul>")
        for number in (4, 5)
    )
    assert not found(lead(survey_portal(address), {**home, address: four})[0], ANNUAL_REPORT)
    (column,) = found(lead(survey_portal(address), {**home, address: five})[0], ANNUAL_REPORT)
    assert column.score == pytest.approx(1 - 0.4 * 4 / 9, abs=0.002)
    assert found(lead(survey_portal(address), {**home, address: reports})[0], ANNUAL_REPORT)


@pytest.mark.parametrize(
    ("folder", "title", "is_column"), [("zcjd", "办公室文件", True), ("fznb", "部门年报", False)]
)
def test_a_sure_name_counts_against_its_folder(folder: str, title: str, *, is_column: bool) -> None:
    assert bool(find_columns(f"<a href='/{folder}/'>{title}</a>", HOME)) is is_column


@pytest.mark.parametrize(("depth", "is_block"), [(5, True), (6, False)])
def test_how_far_the_four_blocks_stand_apart(depth: int, *, is_block: bool) -> None:
    third = f"{'<div>' * depth}<a href='/x3/'>法定主动公开内容</a>{'</div>' * depth}"
    blocks = f"<a href='/x1/'>政府信息公开指南</a><a href='/x2/'>政府信息公开制度</a>{third}"
    columns = find_columns(f"<main>{blocks}<a href='/x4/'><img></a></main>", HOME)
    assert any(column.url == f"{HOME}x4/" for column in columns) is is_block


def test_the_entry_points_articles_and_frames_that_are_opened() -> None:
    entries = "".join(f"<a href='/{name}/'>信息公开专栏</a>" for name in "abcdefg")
    articles = "".join(f"<a href='/2026/03-0{day}/{day}.html'>河西县公开信息</a>" for day in range(1, 5))
    pages = {HOME: entries + articles, **{f"{HOME}{name}/": "<p>字</p>" for name in "abcdefg"}}
    asked = asked_of(pages)
    assert len([url for url in asked if url.count("/") == 4]) == 4
    assert len([url for url in asked if url.endswith(".html")]) == 2
    frames = "".join(f"<frame src='{name}.html'>" for name in "abcdef")
    assert len(asked_of({HOME: f"<frameset>{frames}</frameset>"})) == 4


def test_the_lists_that_a_column_gathers() -> None:
    offices = "".join(f"<li><a href='bm{number}/'>街道（{number}）</a></li>" for number in range(50))
    parts = {f"{COLUMN}bm{number}/": REPORTS + PAGED for number in range(50)}
    told, asked = lead(survey_portal(HOME), {**PLAIN, COLUMN: f"<ul>{offices}</ul>", **parts})
    assert len([request for request in asked if request.url in parts]) == 2
    assert len(found(told, ANNUAL_REPORT)) == 40


@pytest.mark.parametrize(("requests", "opened"), [(8, 1), (9, 0)])
def test_requests_are_kept_for_the_columns_that_are_found(requests: int, opened: int) -> None:
    entries = "".join(f"<a href='/{name}/'>信息公开专栏</a>" for name in "abc")
    page = read_page(entries, HOME)
    assert page is not None
    probe = ProbeCrawl(home_url=HOME, requests=requests)
    searching = search_columns(probe, [page], HOME)
    asked = (
        lead(searching, {f"{HOME}{name}/": "<p>字</p>" for name in "abc"})[1] if opened else list(searching)
    )
    assert len(asked) == opened


def test_what_is_worth_a_look() -> None:
    links = "<a href='/c1/'>工作年报</a><a href='/xnianbao/c2/'>其他</a>"
    site = {**PLAIN, f"{HOME}zfxxgk/": PLAIN[f"{HOME}zfxxgk/"] + links}
    asked = asked_of(site)
    assert f"{HOME}c1/" in asked
    assert f"{HOME}xnianbao/c2/" not in asked


@pytest.mark.parametrize(
    ("declared", "reports", "said", "is_doubted"),
    [
        (201, 7, "", True),
        (200, 7, "", False),
        (201, 8, "", False),
        (401, 15, "<p>共 200 条</p>", True),
        (400, 15, "<p>共 200 条</p>", False),
    ],
)
def test_when_a_list_is_doubted(declared: int, reports: int, said: str, is_doubted: bool) -> None:
    titles = [
        f"河西县{2025 - n}年政府信息公开工作年度报告" if n < reports else f"通知第{n}号" for n in range(15)
    ]
    shown = [{"title": each, "url": f"/a/{n}.html", "date": "2026-01-02"} for n, each in enumerate(titles)]
    site = {
        HOME: "<a href='/zfxxgknb/'>政府信息公开年报</a>",
        f"{HOME}zfxxgknb/": f"{said}<script>$.getJSON('/api/list?page=1')</script>",
        f"{HOME}api/list?page=1": json.dumps({"total": declared, "rows": shown}),
    }
    told = lead(survey_portal(HOME), site)[0]
    assert told.columns[0].declared == declared
    assert any("is it the whole site's?" in said for said in told.unsure) is is_doubted
