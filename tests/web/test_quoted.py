"""Chinese in English pages: marked, and the text around it left alone."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from gongkai.web.language import mark_chinese, speaking_language
from gongkai.web.rendering.figures import Figure
from gongkai.web.rendering.structured_cells import change_counts, write_proof, write_structured

if TYPE_CHECKING:
    from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("no Chinese & <b>", "no Chinese &amp; &lt;b&gt;", id="escaped"),
        pytest.param("新乡市", '<span lang="zh-Hans">新乡市</span>', id="a name"),
        pytest.param(
            "Row “（七）总计” is 0, not “空”.",
            'Row “<span lang="zh-Hans">（七）总计</span>” is 0, not “<span lang="zh-Hans">空</span>”.',
            id="labels in a sentence",
        ),
        pytest.param(
            "北滩新区2019年度 报告", '<span lang="zh-Hans">北滩新区2019年度 报告</span>', id="figures within"
        ),
        pytest.param(
            "<i>部门</i>", '&lt;i&gt;<span lang="zh-Hans">部门</span>&lt;/i&gt;', id="markup in a text"
        ),
        pytest.param("2019，2020", "2019，2020", id="punctuation within"),
        pytest.param("《", '<span lang="zh-Hans">《</span>', id="punctuation alone"),
    ],
)
def test_what_is_chinese_is_marked_in_english(text: str, shown: str) -> None:
    with speaking_language("en"):
        assert mark_chinese(text) == shown


def test_in_chinese_a_text_is_escaped_alone() -> None:
    assert mark_chinese("“总计” <b>") == "“总计” &lt;b&gt;"


@pytest.mark.parametrize("value", [None, 3, 2.5, Markup("<em>总计</em>")])
def test_what_is_no_text_stays(value: object) -> None:
    with speaking_language("en"):
        assert mark_chinese(value) is value


@given(st.text(alphabet=st.sampled_from("总计（）“”，。 a<&>'1%-")))
def test_marking_adds_tags_and_nothing_else(text: str) -> None:
    with speaking_language("en"):
        assert re.sub(r'<span lang="zh-Hans">|</span>', "", mark_chinese(text)) == escape(text)


def test_evidence_and_lists_speak_english() -> None:
    look = '{"capture": "c1", "night": "2026-01-31", "outcome": "gone"}'
    withdrawn = f'{{"looks": [{look}], "nights": 3, "days": 7}}'
    counts = '{"passages": {"kept": 9, "changed": 3, "new": 0, "dropped": 1}, "figures_changed": 2}'
    with speaking_language("en"):
        assert write_proof(withdrawn).startswith("<p>3 nights, 7 days from first to last: <a")
        assert change_counts(counts) == [
            "the same 9",
            "changed 3",
            "added 0",
            "removed 1",
            "figures changed 2",
        ]
        assert write_structured("[]", "aliases", "issuers", {}) == '<span class="muted">none</span>'


def test_a_figure_that_is_printed_with_its_unit_is_marked(site: Site) -> None:
    site.get("/robots.txt")  # the application has its filters once it was asked
    drawn = site.app.jinja_env.from_string(
        '{% from "_figures.html" import figure %}{{ figure(urls, it, none, ()) }}'
    )
    printed = Figure("f", "77180.86万元", "number", "", lacks_unit=False, is_printed=True, notes=())
    with speaking_language("en"):
        shown = asyncio.run(drawn.render_async(urls=site.app.urls, it=printed))
    assert '<data value="77180.86万元">77180.86<span lang="zh-Hans">万元</span></data>' in shown
