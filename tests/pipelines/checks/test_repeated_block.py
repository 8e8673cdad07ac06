"""A report that prints a block of its text more than once says so, with how often and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.text.outline import split_passages
from tests.pipelines.checks.prose_of import check_repetition, passages_of, report_text

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.checks.check_catalogue import Check

BODY = (
    "（一）主动公开。在门户网站设置专栏，按季度更新惠民政策清单，并在乡镇服务大厅放置纸质汇编供群众查阅，每季度更换。\n"
    "（二）平台建设。整合部门网站三家，迁移历史信息一万余条，统一检索入口，页面打开时间缩短一半以上。\n"
)


def checks_of(text: str) -> tuple[Check, ...]:
    return tuple(check_repetition(passages_of(text)))


def test_a_report_without_repetition_passes_once() -> None:
    (check,) = checks_of(report_text())
    assert (check.check_id, check.severity, check.outcome, check.place) == (
        *("doc.repeated_block", "warning", "pass", 0),
    )
    assert "40字以上" in check.message_zh
    assert "40 or more characters" in check.message_en


def test_a_report_without_text_is_not_testable() -> None:
    assert [check.outcome for check in checks_of(" \n")] == ["not_testable"]


def test_rounds_are_counted_and_placed() -> None:
    text = f"某县年报\n一、总体情况\n{BODY}{BODY}{BODY.replace('并在', '并于')}二、其他\n无。\n"
    (check,) = checks_of(text)
    assert (check.outcome, check.left_value, check.right_value, check.difference) == ("fail", "3", "1", "2")
    assert text[check.place :].startswith("（一）主动公开。")
    assert check.message_zh == (
        "“一、总体情况”之下，从“（一）主动公开”到“（二）平台建设”的2段重复印出，共3次，"
        "标题与次序大体相同，文字有出入。"
    )
    assert check.message_en == (
        "Under “一、总体情况”, what stands from “（一）主动公开” to “（二）平台建设” (2 passages) is printed "
        "3 times, under much the same headings; the wording differs in places."
    )


def test_a_passage_that_stands_twice_is_named_with_its_place() -> None:
    text = f"一、总体情况\n{BODY}二、改进情况\n{BODY.splitlines()[0]}\n三、其他\n无。\n"
    (check,) = checks_of(text)
    assert (check.left_value, text[check.place :][:7]) == ("2", "（一）主动公开")
    assert check.message_zh == "正文中，“（一）主动公开”一段重复印出，共2次，文字相同。"


def test_blocks_are_told_apart_by_their_place() -> None:
    other = BODY.replace("网站", "平台").replace("主动公开", "政策解读").replace("平台建设", "队伍建设")
    text = f"一、总体情况\n{BODY}{BODY}二、改进情况\n{other}{other}"
    places = [check.place for check in checks_of(text)]
    assert [text[place:][:7] for place in places] == ["（一）主动公开", "（一）政策解读"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("新乡市人民政府2019年政府信息公开工作年度报告", [("14", 36)]),
        ("信阳市人民政府2019年政府信息公开工作年度报告", []),
        ("平原示范区2020年度政府信息公开工作年度报告", []),
        ("河南省2019年政务公开工作要点", []),
        ("信阳市2018年政务公开重点工作责任分工方案", []),
    ],
)
def test_real_documents(shared_documents: Path, name: str, found: list[tuple[str, int]]) -> None:
    text = (shared_documents / f"{name}.txt").read_bytes().decode()
    checks = check_repetition(split_passages(text)[0])
    assert [(check.left_value, check.place) for check in checks if check.outcome == "fail"] == found
