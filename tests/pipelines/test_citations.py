"""Document numbers that a text mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.metadata.dates_and_numbers import find_citations
from tests.pipelines.decoding import decode_plain

if TYPE_CHECKING:
    from pathlib import Path

CITED = {
    "after an opening bracket": ("根据《通知》（国办发〔2017〕47号）要求", ["国办发〔2017〕47号"]),
    "after a verb": ("按照云政办〔2018〕77号文件", ["云政办〔2018〕77号"]),
    "other brackets": (
        "落实云政办[2018]77号和临政发(2019)3号、云价费【2003】9号",
        ["云政办〔2018〕77号", "临政发〔2019〕3号", "云价费〔2003〕9号"],
    ),
    "small and full-width brackets": (
        "云政﹝2018﹞7号；云政［2018］8号；云政（2018）9号",
        ["云政〔2018〕7号", "云政〔2018〕8号", "云政〔2018〕9号"],
    ),
    "full-width figures": ("（云政〔２０１８〕７号）", ["云政〔2018〕7号"]),
    "each once": ("云政〔2018〕77号、云政〔2018〕77号", ["云政〔2018〕77号"]),
    "one body, two serials": ("国发〔2017〕47号、48号文件", ["国发〔2017〕47号", "国发〔2017〕48号"]),
    "one 号 for several serials": (
        "国发〔2017〕47、48和50号",
        ["国发〔2017〕47号", "国发〔2017〕48号", "国发〔2017〕50号"],
    ),
    "one body, two years": ("国发〔2017〕47号和〔2018〕3号", ["国发〔2017〕47号", "国发〔2018〕3号"]),
    "a house number is no serial": ("依据云政〔2018〕7号、8号楼", ["云政〔2018〕7号"]),
    "an order is numbered apart": ("根据国办发〔2017〕47号、第711号国务院令", ["国办发〔2017〕47号"]),
    "an order behind 和": ("按照云政〔2017〕47号和2号令执行", ["云政〔2017〕47号"]),
    "an announcement is numbered apart": ("云政〔2019〕5号及第3号公告", ["云政〔2019〕5号"]),
    "the letter's words before it": ("工作联席会议制度的函云府办函〔2021〕52号", ["云府办函〔2021〕52号"]),
    "the notice's words before it": ("关于印发方案的通知云府发〔2021〕22号各县", ["云府发〔2021〕22号"]),
    "the announcement's words before it": ("征收土地预公告云仲委〔2021〕42号", ["云仲委〔2021〕42号"]),
    "a whole name before it": ("按照省社会保障厅鄂财综发〔2011〕32号规定", ["鄂财综发〔2011〕32号"]),
    "a number right before it": (
        "国发〔2017〕47号国办发〔2018〕1号",
        ["国发〔2017〕47号", "国办发〔2018〕1号"],
    ),
    "an announcement is numbered by its kind": ("见省统计局公告【2021】3号", ["省统计局公告〔2021〕3号"]),
    "the 3rd of a month": ("根据云政〔2018〕7号，3号前报送", ["云政〔2018〕7号"]),
    "第 as printed": ("云政〔2018〕第7号", ["云政〔2018〕第7号"]),
    "without a body it names no document": ("〔2018〕77号", []),
    "a short form cut by a line end": ("根据云政\n发〔2018〕77号", []),
    "an order has no bracketed year": ("国令第707号", []),
    "a bracketed number that is no year": ("电话（0371）77号楼", []),
    "a plan's span": ("规划（2018—2035年）的批复", []),
    "corner and curly brackets": (
        "云政「2018」7号，云政{2018}8号、云政〖2018〗9号、云政〈2018〉10号",
        ["云政〔2018〕7号", "云政〔2018〕8号", "云政〔2018〕9号", "云政〔2018〕10号"],
    ),
    "brackets of two kinds": ("云政〔2018]7号", ["云政〔2018〕7号"]),
    "a scanner's spaces": ("按照 云 政 办 〔 2 0 1 8 〕 1 7 号", ["云政办〔2018〕17号"]),
    "spaces between other words": ("按照 文件 云政〔2018〕7 号", ["云政〔2018〕7号"]),
    "a year in Chinese numerals": (
        "云政发〔一九八一〕88号、云政发〔二〇〇三〕5号",
        ["云政发〔1981〕88号", "云政发〔2003〕5号"],
    ),
    "a year with its word": ("云政（2018年）7号", ["云政〔2018〕7号"]),
    "without 号, before what ends it": (
        "（云政办发〔2018〕7）和云政办〔2019〕8文件",
        ["云政办发〔2018〕7号", "云政办〔2019〕8号"],
    ),
    "without 号, before what may go on": ("云政办发〔2018〕7项工作", []),
    "the body addressed before it": ("你局云财函〔2018〕7号收悉", ["云财函〔2018〕7号"]),
    "the body that sends it before it": ("我市以云政〔2018〕7号上报", ["云政〔2018〕7号"]),
    "a consent before it": ("经市政府同意云政〔2018〕7号废止", ["云政〔2018〕7号"]),
    "what was before it": (
        "原云政办〔2016〕8号、经云政〔2018〕7号批准",
        ["云政办〔2016〕8号", "云政〔2018〕7号"],
    ),
    "a place that begins with such a word": (
        "原政发〔2016〕8号、经开管〔2018〕7号",
        ["原政发〔2016〕8号", "经开管〔2018〕7号"],
    ),
    "the government's name before it": (
        "国务院国发〔2018〕7号、省政府云政〔2018〕8号",
        ["国发〔2018〕7号", "云政〔2018〕8号"],
    ),
    "a government's order": ("市政府令〔2018〕5号", ["市政府令〔2018〕5号"]),
    "a span of serials": ("云政〔2018〕3—5号", []),
    "white space and leading zeros": ("国办发 〔2017〕 047 号", ["国办发〔2017〕47号"]),
}


@pytest.mark.parametrize(("text", "numbers"), CITED.values(), ids=CITED.keys())
def test_find_citations(text: str, numbers: list[str]) -> None:
    assert list(find_citations(text)) == numbers


SHORT_FORMS = [
    "国卫办监督发",
    "国知发保函字",
    "退役军人部发",
    "桂农厅人",
    "渝科委发",
    "工信部联企业",
    "发改办高技",
]


@pytest.mark.parametrize("body", SHORT_FORMS)
def test_short_forms_that_hold_an_ending_of_names_are_kept_whole(body: str) -> None:
    assert find_citations(f"根据《通知》（{body}〔2018〕2号）") == (f"{body}〔2018〕2号",)


@given(st.text())
def test_every_number_found_stands_in_official_brackets(text: str) -> None:
    assert all("〔" in number and number.endswith("号") for number in find_citations(text))


@given(st.text(alphabet="国办发政云", min_size=2, max_size=6), st.integers(1990, 2030), st.integers(1, 99999))
def test_a_number_alone_is_found_as_it_is(body: str, year: int, serial: int) -> None:
    assert find_citations(f"（{body}〔{year}〕{serial}号）") == (f"{body}〔{year}〕{serial}号",)


def test_an_endless_enumeration_takes_no_time() -> None:
    assert find_citations("国发〔2017〕47" + "、48" * 50_000 + "号") == ()


def test_the_citations_of_a_real_plan(shared_documents: Path) -> None:
    payload = (shared_documents / "信阳市2018年政务公开重点工作责任分工方案.txt").read_bytes()
    assert find_citations(decode_plain(payload).text) == (
        "豫政办明电〔2018〕77号",
        "豫政办〔2013〕10号",
        "国办发〔2018〕10号",
        "国办发〔2018〕45号",
        "国办发〔2017〕47号",
        "国办发〔2018〕22号",
    )
