"""What each threshold of crawler/thresholds/ decides, just inside it and just outside."""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from archive.frontier.sweeps import Sweep, SweepKey
from crawler.discovery.fingerprints import recognise
from crawler.discovery.judging import newest_rows
from crawler.discovery.portal_yaml import write_portal
from crawler.discovery.probe_crawl import Column, ProbeCrawl, Proposal, Recognised
from crawler.errors import PortalMismatch
from crawler.families.base import ListedLink
from crawler.families.json_list import read_message, unread_reason
from crawler.families.pages.json_answers import printed_day
from crawler.families.pages.markup import parse_markup, says_empty
from crawler.families.pages.pager import find_paging
from crawler.families.pages.rows import find_rows
from crawler.families.pages.script_model import Unread
from crawler.families.pages.script_reader import read_scripts
from crawler.middlewares.outgoing import HostCookiesMiddleware, read_rules
from crawler.policy.egress import RecordingProtocol
from crawler.policy.politeness import JITTER_ALLOWANCE, POLITENESS, Patience, polite_settings
from crawler.registry.loading import load_portal
from crawler.run.list_pages import describe_excess, page_text
from pipelines.addresses import clean_url
from pipelines.errors import UnreadableDocument
from pipelines.knowledge import load_table, table_pattern
from tests.crawler.discovery.touring import find_columns

HOME = "http://www.hexi.gov.cn/"
KEY = SweepKey("r", "hexi", f"{HOME}nb/")


def walked(pages: int, found: int) -> Sweep:
    return Sweep(KEY, None, None, found, pages, complete=False, reason=None, missing=(), ended=False)


def excess(*, rows: int = 1, found: int = 1, pages: int = 1, read: int = 1) -> str | None:
    return describe_excess(walked(pages, found), rows=rows, pages_read=read)


@pytest.mark.parametrize(
    ("package", "table", "below"),
    [
        ("crawler.families", "words", ()),
        ("crawler.discovery", "columns", ()),
        ("crawler.discovery", "columns", ("words",)),
        *(("pipelines.knowledge", "wordings", (module,)) for module in load_table("wordings")),
    ],
)
def test_each_entry_of_the_tables_of_words_is_read(package: str, table: str, below: tuple[str, ...]) -> None:
    folder = Path(__file__).parents[2] / package.partition(".")[0]
    code = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    entries = reduce(getitem, below, load_table(table, package))
    assert {name for name in entries if f'"{name}"' not in code} <= {
        "field_of_column_name",
        "field_of_column_address",
    }
    for name, entry in entries.items():
        if isinstance(entry, str):
            assert table_pattern(table, *below, name, package=package).pattern == entry


def test_delays_stay_three_seconds_apart_whatever_the_jitter() -> None:
    said = polite_settings(0.1)
    assert said["DOWNLOAD_DELAY"] == pytest.approx(3.75)
    assert said["DOWNLOAD_DELAY_JITTER"] == 0.2
    assert pytest.approx(1.25) == JITTER_ALLOWANCE


@pytest.mark.parametrize(("delay", "is_taken"), [("600", True), ("601", False), ("3", True), ("2.9", False)])
def test_the_delay_of_a_portal(tmp_path: Path, delay: str, *, is_taken: bool) -> None:
    path = tmp_path / "hexi.yaml"
    path.write_text(
        f"id: hexi\nname: 河西\nfamily: static_list\nhome_url: {HOME}\ndelay_s: {delay}\n"
        f"lists:\n  - url: {HOME}nb/\n",
        encoding="utf-8",
    )
    if is_taken:
        assert load_portal(path).delay_s == float(delay)
    else:
        with pytest.raises(PortalMismatch):
            load_portal(path)


def test_a_host_is_waited_for_two_minutes_and_three_times() -> None:
    async def granted() -> list[bool]:
        patience = Patience()
        return [
            patience.grant("a.gov.cn", 121.0),
            *(patience.grant("a.gov.cn", 0.0) for _ in range(4)),
            patience.grant("b.gov.cn", 120.0),
        ]

    assert asyncio.run(granted()) == [False, True, True, True, False, True]


def test_robots_txt() -> None:
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 500", "").crawl_delay_s == 120
    kept = b"User-agent: *\nDisallow: /a/\n"
    for size, is_read in ((524_288, True), (524_289, False)):
        body = b"#".ljust(size - len(kept) - 1, b"#") + b"\n" + kept
        assert read_rules(200, body, "").allows(f"{HOME}a/") is not is_read


@pytest.mark.parametrize(("size", "is_sent"), [(8190, True), (8191, False)])
def test_the_cookies_of_a_host(size: int, *, is_sent: bool) -> None:
    jar = HostCookiesMiddleware()
    request = Request(HOME)
    jar.process_response(request, Response(HOME, headers={"Set-Cookie": "a=" + "x" * size}))
    jar.process_request(request)
    assert ("Cookie" in request.headers) is is_sent


def test_the_cookies_of_a_host_for_other_paths_count_too() -> None:
    jar = HostCookiesMiddleware()
    for number in range(2):
        said = f"a{number}={'x' * 5000}; Path=/{number}/"
        jar.process_response(Request(HOME), Response(HOME, headers={"Set-Cookie": said}))
    request = Request("https://www.hexi.gov.cn/0/")
    jar.process_request(request)
    assert "Cookie" not in request.headers


def test_a_head_is_given_up_after_a_quarter_of_a_megabyte() -> None:
    given_up: list[object] = []

    class Parser:
        state = "HEADER"

        def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's
            del data

    protocol: Any = RecordingProtocol(given_up.append, 0)
    peer = IPv4Address("TCP", "127.0.0.1", 80)
    protocol.makeConnection(StringTransport(peerAddress=peer))  # type: ignore[no-untyped-call]  # Twisted's
    protocol._parser, protocol._giveUp = Parser(), given_up.append
    protocol.dataReceived(b"x" * 262_144)
    assert not given_up
    protocol.dataReceived(b"x")
    assert len(given_up) == 1


def test_a_survey_asks_for_eighty_pages_at_most() -> None:
    # What happens at the eighty-first is seen in test_surveying.py.
    assert POLITENESS.survey_pages == 80


def test_walks() -> None:
    assert (excess(rows=20_000), bool(excess(rows=20_001))) == (None, True)
    assert (excess(found=500_000), bool(excess(found=500_001))) == (None, True)
    assert (excess(pages=2, read=52), bool(excess(pages=2, read=53))) == (None, True)
    paging = find_paging(read_scripts('createPageHTML(5000, 0, "index", "html");'), f"{HOME}nb/")
    assert paging is not None
    assert clean_url(paging.addresses[-1], HOME) == f"{HOME}index_1999.html"


def test_a_list_page_has_sixteen_megabytes() -> None:
    assert len(page_text(b"a" * 16_777_216, ())[0]) == 16_777_216
    with pytest.raises(UnreadableDocument):
        page_text(b"a" * 16_777_217, ())


def dates(markup: str) -> list[str | None]:
    return [row.link.date for row in find_rows(parse_markup(markup), HOME)]


@pytest.mark.parametrize(("size", "is_row"), [(588, True), (589, False)])
def test_the_text_of_a_row(size: int, *, is_row: bool) -> None:
    markup = f"<div><a href='/1.html'>报告</a><i>2024-03-11</i>{'字' * size}</div>"
    assert (dates(markup) == ["2024-03-11"]) is is_row


@pytest.mark.parametrize(("links", "is_joined"), [(4, True), (5, False)])
def test_the_links_of_a_row(links: int, *, is_joined: bool) -> None:
    items = "<li><a href='/1.html'>报告</a></li>" * links
    assert ("2024-03-11" in dates(f"<ul>{items}<li>2024-03-11</li></ul>")) is is_joined


def test_texts_of_pages_and_answers() -> None:
    assert says_empty("暂无数据".ljust(200, "字"))
    assert not says_empty("暂无数据".ljust(201, "字"))
    assert printed_day("昨".ljust(60, "日")) is not None
    assert printed_day("昨".ljust(61, "日")) is None
    assert unread_reason("验证码".ljust(8191), HOME) == "needs_captcha"
    assert unread_reason("验证码".ljust(8192), HOME) == "not_json"
    assert read_message({"msg": "字" * 99}) == "字" * 80


def test_scripts() -> None:
    assert len(list(read_scripts(" " * 1_999_989 + "f({a: 'b'})").objects())) == 1
    assert list(read_scripts(" " * 2_000_000 + "f({a: 'b'})").objects()) == []
    (stated,) = read_scripts("f({a:" + "b/" * 2_000 + "c})").objects()
    assert isinstance(stated["a"], Unread)
    assert stated["a"].written == "b/" * 1_000
    assert read_scripts(";" * 199_997 + "f()").is_whole
    assert not read_scripts(";" * 199_998 + "f()").is_whole
    assert len(list(read_scripts("f(" + "{a: " * 50 + "1" + "}" * 50 + ")").objects())) == 39


def test_a_survey_of_a_portal() -> None:
    assert ProbeCrawl().left == 14
    rows = tuple(ListedLink(f"{HOME}{number}.html", "报告", "2024-03-11") for number in range(9))
    assert len(newest_rows(rows, "annual_report")) == 5
    page = "<script>window._CONFIG = {" + "x" * 300 + " SID: 1}</script>"
    assert len(recognise(page, HOME)[0].evidence) == 120


@pytest.mark.parametrize(
    ("name", "is_column"),
    [
        pytest.param("政府信息公开年报".rjust(24, "县"), True, id="24 characters"),
        pytest.param("政府信息公开年报".rjust(25, "县"), False, id="25 characters"),
        pytest.param("法律法规", True, id="just enough speaks for it"),
        pytest.param("信息", False, id="too little speaks for it"),
    ],
)
def test_what_is_a_column(name: str, *, is_column: bool) -> None:
    found = find_columns(f"<a href='/zw/c1/'>{name}</a>", HOME)
    assert any(column.title == name for column in found) is is_column


def test_a_remark_in_the_file_of_a_portal() -> None:
    rows = (ListedLink(f"{HOME}nb/1.html", "报告", "2024-03-11"),)
    column = Column(f"{HOME}nb/", "年报", "annual_report", 0.9, ("字" * 500,), "static_list", rows=rows)
    family = Recognised("static_list", "字" * 500)
    proposal = Proposal(HOME, "河西", None, None, None, family, (column,), "ok", ("疑" * 500,), 3)
    written = write_portal(proposal, "hexi", dt.date(2026, 3, 14))
    assert written is not None
    assert f"{'疑' * 300}…" in written.text
    assert "疑" * 301 not in written.text
