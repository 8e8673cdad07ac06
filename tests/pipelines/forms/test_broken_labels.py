"""Labels that are broken over lines around their figures, as a table without rules is copied from paper."""

from __future__ import annotations

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState

REPORT = """云泽市人民政府2023年政府信息公开工作年度报告
三、收到和处理政府信息公开申请情况
一、本年新收政府信息公开申请数量 10 2 0 2 0 7 21
二、上年结转政府信息公开申请数量 1 0 0 0 0 0 1
（一）予以公开 3 0 2 0 2 0 7
（二）部分公开（区分处理的，{figures}
只计这一情形，不计其他情形）
（三）不予公开 1.属于国家秘密 0 0 0 0 0 0 0
2.其他法律行政法规禁止公开 0 0 0 0 0 0 0
3.危及“三安全一稳定” 0 0 0 0 0 0 0
4.保护第三方合法权益 0 0 0 0 0 0 0
"""


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        pytest.param(" 3 0 2 0 2 0 7", CellState.LAYOUT_ERROR, id="figures"),
        pytest.param(" —", CellState.LAYOUT_ERROR, id="a dash"),
        pytest.param("", CellState.AMBIGUOUS, id="nothing"),
    ],
)
def test_figures_within_a_label_are_never_blank(figures: str, state: CellState) -> None:
    reading = read_document(REPORT.format(figures=figures).encode(), Hints("http://a.gov.cn/1", "text/plain"))
    cells = [fact for fact in reading.facts if fact.row_key == "partly_disclosed"]
    assert {fact.state for fact in cells} == {state}
    assert {fact.value for fact in cells} == {None}
    others = [fact for fact in reading.facts if fact.row_key == "disclosed"]
    assert [fact.value for fact in others] == ["3", "0", "2", "0", "2", "0", "7"]


TORN = """云泽市人民政府2023年政府信息公开工作年度报告
三、收到和处理政府信息公开申请情况
一、本年新收政府信息公开申请数量 10 2 0 2 0 7 21
二、上年结转政府信息公开申请数量 1 0 0 0 0 0 1
3.要求提供公开出版物 3 0 2 0 2 0 7
4.无正当理由大量反复申请 0 0 0 0 0 0 0
2.申请人逾期未按收费通知要求缴纳
{label} 3 0 2 0 2 0 7
处理公开申请
3.其他 0 0 0 0 0 0 0
（七）总计 10 2 0 2 0 7 21
"""


@pytest.mark.parametrize("label", ["（六）其他\n费用、行政机关不再处理其政府信息", "（六）其他处理"])
def test_figures_behind_pieces_of_labels_are_of_no_row(label: str) -> None:
    """The words of a group stand on the line of the figures, between the lines of the label that has them."""
    reading = read_document(TORN.format(label=label).encode(), Hints("http://a.gov.cn/1", "text/plain"))
    pieces = [fact for fact in reading.facts if fact.row_key is None or fact.row_key == "other_fee_not_paid"]
    assert {fact.value for fact in pieces} == {None}
    assert CellState.BLANK not in {fact.state for fact in pieces}
    assert [fact.value for fact in reading.facts if fact.row_key == "other_misc"] == ["0"] * 7
