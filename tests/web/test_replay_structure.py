"""An archived page as text and structure: what is written, what never is, where figures stand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.replaying.replay import NotReplayed, Source, Why, replay_payload
from gongkai.web.replaying.structure import write_structure
from pipelines.addresses import canonical_address
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.identity import document_id, section_id, text_sha256, version_id
from pipelines.readers.html.elements import parse_page
from pipelines.text.normalise import normalise_passage
from tests.renditions.formats import DIGITAL
from tests.renditions.model import draw_report

URL = "http://www.qingxi.example/nb/report.html"
DOCUMENT = "d" * 20
ALLOWED = re.compile(
    r"</?(?:p|div|blockquote|pre|ul|ol|li|dl|dt|dd|sub|sup|strong|u|s|span|table|caption|thead|tbody|tfoot|tr|h[3-6]"
    r"|br|hr)>|<t[dh] id=\"cell-\d+\"(?: (?:col|row)span=\"\d+\")*>|</t[dh]>"
)


def structure_of(markup: str) -> str:
    return write_structure(parse_page(markup), lambda _: None).markup


def source(payload: bytes, url: str = URL, **columns: Any) -> Source:
    """Return the record of a payload whose text is published."""
    text = read_document(payload, Hints(url)).text
    known = {"versions": frozenset({version_id(DOCUMENT, text_sha256(text))})} | columns
    return Source(url, "a.warc.gz", 0, 100, "", DOCUMENT, **known)


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ("<p onclick='x()' style='color:red' class=a>甲</p>", "<p>甲</p>"),
        ("<p>甲<script>alert(1)</script>乙</p>", "<p>甲乙</p>"),
        ("<p>甲<style>p{}</style><!-- 丙 --><?php x ?>乙</p>", "<p>甲乙</p>"),
        ("<a href='javascript:alert(1)'>甲</a>乙", "<u>甲</u>乙"),
        ("<img src='http://x.example/a.png' onerror='x()' alt='<b>章</b>'>", "〔图〕&lt;b&gt;章&lt;/b&gt;"),
        ("<iframe src='//x.example' srcdoc='<script>'>甲</iframe>", "〔嵌入的页面〕"),
        ("<form action='/x'><input value=a><p>甲</p></form>", "<p>甲</p>"),
        ("<svg><script>alert(1)</script><p>甲</p></svg>乙", "乙"),
        ("<h1>甲</h1><h6>乙</h6>", "<h3>甲</h3><h4>乙</h4>"),
        ("<h4>甲</h4><h2>乙</h2><h3>丙</h3>", "<h3>甲</h3><h3>乙</h3><h4>丙</h4>"),
        ("<h1>甲</h1><h3>乙</h3><h2>丙</h2><h1>丁</h1>", "<h3>甲</h3><h4>乙</h4><h4>丙</h4><h3>丁</h3>"),
        (
            "".join(f"<h{n}>甲</h{n}>" for n in range(1, 7)),
            "".join(f"<h{n}>甲</h{n}>" for n in (3, 4, 5, 6, 6, 6)),
        ),
        ("<b>甲</b><font color=red>乙</font><center>丙</center>", "<strong>甲</strong>乙<div>丙</div>"),
        ("<p style='display : none'>甲</p><p hidden>乙</p><p>丙</p>", "<p>丙</p>"),
        (
            '<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; "</p>',
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;</p>",
        ),
        (
            "<table border=1><tr><td colspan='2' rowspan=3 id=x>1<th colspan='a\"b' rowspan=9999>2</table>",
            (
                '<table><tr><td id="cell-1" colspan="2" rowspan="3">1</td>'
                '<th id="cell-2" rowspan="1000">2</th></tr></table>'
            ),
        ),
        ("<x-y onfoo=1>甲</x-y><p/><unknown>乙", "甲<p></p>乙"),
    ],
    ids=lambda text: text[:24],
)
def test_only_text_and_structure_are_written(markup: str, written: str) -> None:
    assert structure_of(f"<html><body>{markup}</body></html>") == written


@given(st.text(alphabet=st.sampled_from("<>/=\"' abtdiv&;#script!-\n甲"), max_size=300))
def test_whatever_the_page_holds_only_known_tags_come_out(markup: str) -> None:
    for tag in re.findall(r"<[^>]*>?", structure_of(f"<p>a</p>{markup}")):
        assert ALLOWED.fullmatch(tag), tag


def test_a_page_without_end_is_cut_and_closed() -> None:
    structure = write_structure(
        parse_page("<div><table><tr><td>" + "<p>甲乙丙丁</p>" * 400_000), lambda _: None
    )
    assert structure.is_cut
    assert 3_000_000 < len(structure.markup) < 3_000_100
    assert structure.markup.endswith("</td></tr></table></div>")


@pytest.mark.parametrize("form", ["form_2019", "form_2021"])
@pytest.mark.parametrize("name", ["html", "docx", "xlsx", "ruled.pdf", "ruled.ofd"])
def test_every_figure_is_placed_where_the_reader_took_it_from(name: str, form: str) -> None:
    payload = DIGITAL[name].render(draw_report(form, 7))
    replay = replay_payload(payload, None, source(payload))
    facts = read_document(payload, Hints(URL)).facts
    assert {fact.ref for fact in facts if fact.start is not None} == set(replay.places)
    for fact in facts:
        if fact.start is None:
            continue
        place = replay.places[fact.ref]
        cells = [
            cell.text for cell in replay.tables[place.table].rows[place.row] if cell.column == place.column
        ]
        assert cells == [fact.raw], fact
        if name == "html":
            assert place.mark is not None
            [shown] = re.findall(rf'id="{place.mark}"[^>]*>(.*?)</t[dh]>', replay.markup, re.DOTALL)
            assert re.sub(r"<[^>]+>|\s", "", shown) == re.sub(r"\s", "", fact.raw or "")


def test_two_tables_that_read_alike_are_told_apart() -> None:
    payload = DIGITAL["html"].render(draw_report("form_2021", 7))
    text = payload.decode()
    table = re.findall(r"<table.*?</table>", text, re.DOTALL)[1]
    twice = text.replace(table, f"{table}<p>又印一次：</p>{table}").encode()
    replay = replay_payload(twice, None, source(twice))
    first, second = (replay.places[f"t3#{number}:0"] for number in (1, 2))
    assert (first.raw, first.mark) != (second.raw, second.mark)
    assert first.table != second.table


def test_a_page_that_holds_a_hidden_passage_is_not_replayed() -> None:
    payload = "<p>一、甲</p><p>当事人张某某。</p>".encode()
    passages = read_document(payload, Hints(URL)).passages
    hidden = frozenset(section_id(normalise_passage(passage.raw)) for passage in passages[:1])
    with pytest.raises(NotReplayed) as stopped:
        replay_payload(payload, None, source(payload, hidden_passages=hidden))
    assert stopped.value.why is Why.SUPPRESSED


def test_a_text_that_is_not_published_is_not_replayed() -> None:
    payload = "<p>一、甲</p><p>正文。</p>".encode()
    with pytest.raises(NotReplayed) as stopped:
        replay_payload(payload, None, source(payload, versions=frozenset({"another"})))
    assert stopped.value.why is Why.UNPUBLISHED


def test_the_title_of_a_hidden_document_is_not_shown_where_a_page_links_to_it() -> None:
    payload = (
        "<p>正文。</p><a href='/b.html?utm_source=x'>张某某处罚决定</a> <a href='/c.html'>别的</a>".encode()
    )
    hidden = frozenset({document_id(canonical_address("http://www.qingxi.example/b.html"))})
    markup = replay_payload(payload, None, source(payload, hidden_documents=hidden)).markup
    assert "张某某" not in markup
    assert "别的" in markup


def test_a_scan_is_not_recognised_while_a_reader_waits() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
    with pytest.raises(NotReplayed) as stopped:
        replay_payload(picture, "image/png", Source(URL, "a", 0, 1, "", DOCUMENT, frozenset()))
    assert stopped.value.why is Why.SCAN


def test_a_page_nested_too_deep_is_shown_by_its_lines() -> None:
    payload = ("<div>" * 3_000 + "甲乙丙丁戊" + "</div>" * 3_000).encode()
    assert "甲乙丙丁戊" in replay_payload(payload, "text/html", source(payload)).markup
