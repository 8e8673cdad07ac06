"""What is left of a label when it is compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.forms.labels import bare_label, folded_label, is_blank, label_head


@pytest.mark.parametrize(
    ("printed", "bare"),
    [
        pytest.param("一、本年新收政府信息公开申请数量", "本年新收政府信息公开申请数量", id="a numeral"),
        pytest.param("（一）予以公开", "予以公开", id="a numeral in brackets"),
        pytest.param("(一) 予以公开", "予以公开", id="half width and a space"),
        pytest.param("㈠予以公开", "予以公开", id="a numeral in one character"),
        pytest.param("1.属于国家秘密", "属于国家秘密", id="a figure"),
        pytest.param("1．属于国家秘密", "属于国家秘密", id="a figure at full width"),
        pytest.param("1、属于国家秘密", "属于国家秘密", id="a figure with a comma"),
        pytest.param("①属于国家秘密", "属于国家秘密", id="a figure in a circle"),
        pytest.param("予以公开：", "予以公开", id="a colon behind"),
        pytest.param("三、\n本\n年\n度\n办\n理\n结\n果", "本年度办理结果", id="from top to bottom"),
        pytest.param("3.危及“三安全一稳定”", "危及三安全一稳定", id="quotation marks"),
        pytest.param("⾃然⼈", "自然人", id="radicals instead of characters"),
        pytest.param("总　计", "总计", id="a wide space"),
        pytest.param("总\u200b计", "总计", id="a space without width"),
        pytest.param("2020年度", "2020年度", id="a year is no number of a row"),
    ],
)
def test_a_label_is_compared_without_its_number_and_white_space(printed: str, bare: str) -> None:
    assert bare_label(printed) == bare


@pytest.mark.parametrize(
    ("printed", "head"),
    [
        ("规章（设区的市、自治州政府提供）", "规章"),
        ("（二）部分公开（区分处理的，只计这一情形）", "部分公开"),
        ("采购总金额(单位:万元,保留4位小数)", "采购总金额"),
        ("（本列数据的勾稽关系为）", "(本列数据的勾稽关系为)"),
    ],
)
def test_the_head_of_a_label_ends_before_its_first_bracket(printed: str, head: str) -> None:
    assert label_head(printed) == head


@pytest.mark.parametrize(
    ("text", "blank"), [("", True), ("\u00a0\u3000\u200b", True), ("0", False), ("—", False)]
)
def test_a_cell_of_characters_that_are_not_seen_is_blank(text: str, blank: bool) -> None:
    assert is_blank(text) is blank


@given(st.text())
def test_no_white_space_is_left_in_a_folded_label(text: str) -> None:
    assert not any(character.isspace() for character in folded_label(text))
