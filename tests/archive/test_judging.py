"""What a portal shows for no page is learned from its probe, and again by a process that begins later."""

from __future__ import annotations

import contextlib
import gzip
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.frontier.outcomes import Judge
from archive.frontier.state import Frontier
from archive.frontier.writer_process import WriterProcess
from archive.warc.entries import Role
from pipelines.response.unknown_page import unknown_page_url
from tests.archive.samples import CONTEXT, HTML, exchange, fixed_clock, http_response

if TYPE_CHECKING:
    from pathlib import Path

    from archive.warc.entries import Exchange

UNKNOWN = "<title>甲市服务平台</title><p>欢迎使用甲市服务平台</p><p>请从左侧选择栏目浏览</p>".encode()
OTHER = "<title>甲市</title><p>甲市人民政府门户网站</p><p>要闻动态</p>".encode()
PROBE_URL = unknown_page_url("http://demo.gongkai.test/", CONTEXT.run_id)


def probe(payload: bytes = UNKNOWN, *, url: str = PROBE_URL, status: int = 200) -> Exchange:
    context = replace(CONTEXT, role=Role.PROBE, parent=None, list_title=None, list_date=None)
    return replace(exchange(url, payload=payload, status=status), context=context)


ARTICLE = exchange(payload=UNKNOWN)


@pytest.mark.parametrize(
    ("probes", "outcome"),
    [
        pytest.param([probe()], "soft_404", id="the page of the probe"),
        pytest.param([probe(status=404)], "soft_404", id="which may admit that there is none"),
        pytest.param([probe(status=503)], "ok", id="an outage tells nothing"),
        pytest.param([probe(OTHER)], "ok", id="another page than that of the probe"),
        pytest.param([probe(OTHER), probe()], "ok", id="the first answer of a run decides"),
        pytest.param([probe(url="http://demo.gongkai.test/robots.txt")], "ok", id="another probe"),
    ],
)
def test_an_article_is_held_against_what_its_portal_shows_for_no_page(
    tmp_path: Path, probes: list[Exchange], outcome: str
) -> None:
    judge = Judge(tmp_path)
    for number, each in enumerate(probes):
        judge.judge(each, f"urn:uuid:{number}")
    assert judge.judge(ARTICLE, "urn:uuid:article") == outcome


def test_where_a_probe_is_led_to_is_the_page_of_the_portal(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    judge.judge(probe(b"", status=302), "urn:uuid:1")
    led = probe(url="http://demo.gongkai.test/404.html")
    judge.judge(replace(led, context=replace(led.context, parent="urn:uuid:1")), "urn:uuid:2")
    assert judge.judge(ARTICLE, "urn:uuid:3") == "soft_404"


def test_a_process_that_begins_later_learns_it_from_the_archive(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        assert writer.submit(probe()).result().outcome == "ok"
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        assert writer.submit(ARTICLE).result().outcome == "soft_404"


def test_what_was_learned_from_a_packed_page_is_looked_up_once(tmp_path: Path) -> None:
    packed = replace(
        probe(), response=http_response(200, (*HTML, (b"Content-Encoding", b"gzip")), gzip.compress(UNKNOWN))
    )
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        file = writer.submit(packed).result().warc_file
    with contextlib.closing(Frontier(tmp_path / "crawl.db")) as frontier:
        judge = Judge(tmp_path, frontier)
        assert judge.judge(ARTICLE, "urn:uuid:1") == "soft_404"
        (tmp_path / file).unlink()
        assert judge.judge(ARTICLE, "urn:uuid:2") == "soft_404"


def test_so_is_a_further_page_of_an_article(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    judge.judge(probe(), "urn:uuid:1")
    part = replace(ARTICLE, context=replace(CONTEXT, role=Role.PART, parent="urn:uuid:article"))
    assert judge.judge(part, "urn:uuid:2") == "soft_404"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(
            replace(ARTICLE, response=ARTICLE.response.replace(b" 200 ", b" 206 ", 1)), id="a part of a page"
        ),
        pytest.param(replace(ARTICLE, context=replace(CONTEXT, role=Role.LIST)), id="a list"),
    ],
)
def test_what_is_no_whole_article_is_not_held_against_it(tmp_path: Path, asked: Exchange) -> None:
    judge = Judge(tmp_path)
    judge.judge(probe(), "urn:uuid:1")
    assert judge.judge(asked, "urn:uuid:2") != "soft_404"


def test_each_run_has_its_own(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    judge.judge(probe(), "urn:uuid:1")
    later = replace(ARTICLE, context=replace(CONTEXT, run_id="another-run"))
    assert judge.judge(later, "urn:uuid:2") == "ok"


def test_evidence_that_is_gone_judges_nothing(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        file = writer.submit(probe()).result().warc_file
    (tmp_path / file).unlink()
    with contextlib.closing(Frontier(tmp_path / "crawl.db")) as frontier:
        assert Judge(tmp_path, frontier).judge(ARTICLE, "urn:uuid:1") == "ok"
