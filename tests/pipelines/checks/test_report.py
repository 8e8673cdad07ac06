"""A report as a document: its sections, its form, its year, the day it was due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pipelines.checks.report import check_report
from tests.pipelines.checks.prose_of import HEADINGS, PERIOD, metadata_of, passages_of, report_text

if TYPE_CHECKING:
    from pipelines.checks.records import Check
    from pipelines.records import Metadata


def _checks(text: str, metadata: Metadata | None = None, form: str | None = "form_2019") -> dict[str, Check]:
    found = check_report(passages_of(text), metadata or metadata_of(), form)
    return {check.check_id: check for check in found}


def test_a_report_in_order_passes() -> None:
    metadata = metadata_of(published_on=dt.date(2021, 3, 31))
    assert {key: str(check.outcome) for key, check in _checks(report_text(), metadata).items()} == {
        "doc.sections": "pass",
        "doc.form_year": "pass",
        "doc.year": "pass",
        "doc.late": "pass",
    }


@pytest.mark.parametrize(
    ("headings", "outcome"),
    [
        pytest.param(HEADINGS, "pass", id="the headings of the form"),
        pytest.param(("一、概述", *HEADINGS[1:]), "pass", id="another word for the overview"),
        pytest.param(
            (*HEADINGS[:3], "四、因政府信息公开申请行政复议、提起行政诉讼情况", *HEADINGS[4:]),
            "pass",
            id="a heading that holds the words of another",
        ),
        pytest.param((*HEADINGS[:5], "其他需要报告的事项"), "pass", id="a heading without its number"),
        pytest.param(HEADINGS[:5], "fail", id="the last section is missing"),
        pytest.param((HEADINGS[0], *HEADINGS[2:]), "fail", id="the second section is missing"),
        pytest.param(
            ("一、主动公开政府信息情况", "二、总体情况", *HEADINGS[2:]),
            "fail",
            id="changed places",
        ),
        pytest.param((), "not_testable", id="no heading at all"),
    ],
)
def test_sections(headings: tuple[str, ...], outcome: str) -> None:
    assert _checks(report_text(headings))["doc.sections"].outcome == outcome


def test_missing_sections_are_named() -> None:
    check = _checks(report_text((HEADINGS[0], *HEADINGS[2:5])))["doc.sections"]
    assert check.message_zh == (
        "报告未见格式规定的部分：“二、主动公开政府信息情况”、“六、其他需要报告的事项”。"
    )


@pytest.mark.parametrize("form", [None, "form_none", "form_stat_2014"])
def test_sections_are_those_of_the_statutory_forms_only(form: str | None) -> None:
    assert "doc.sections" not in _checks(report_text(()), form=form)


@pytest.mark.parametrize(
    ("year", "form", "outcome"),
    [
        (2019, "form_2019", "pass"),
        (2020, "form_2019", "pass"),
        (2021, "form_2019", "fail"),
        (2020, "form_2021", "fail"),
        (2025, "form_2021", "pass"),
        (2023, "form_mixed", "fail"),
        (2018, "form_2019", "fail"),
        (2018, "form_none", "pass"),
        (2022, "form_none", "not_testable"),
        (2022, None, "not_testable"),
        (None, "form_2021", "not_testable"),
    ],
)
def test_form_and_year(year: int | None, form: str | None, outcome: str) -> None:
    check = _checks(report_text(), metadata_of(year), form)["doc.form_year"]
    assert check.outcome == outcome


def test_a_form_of_another_year_is_named_with_its_instrument() -> None:
    check = _checks(report_text(), metadata_of(2022), "form_2019")["doc.form_year"]
    assert "国办公开办函〔2021〕30号" in check.message_zh
    assert "国办公开办函〔2019〕60号" in check.message_zh


@pytest.mark.parametrize(
    ("title", "before", "date", "outcome"),
    [
        ("某县2020年政府信息公开工作年度报告", PERIOD, None, "pass"),
        ("某县2019年政府信息公开工作年度报告", PERIOD, None, "fail"),
        ("某县2020年政府信息公开工作年度报告", "", dt.date(2021, 1, 20), "pass"),
        ("某县2020年政府信息公开工作年度报告", "", dt.date(2022, 1, 20), "fail"),
        ("某县2020年政府信息公开工作年度报告", "", dt.date(2020, 1, 20), "fail"),
        ("某县2020年政府信息公开工作年度报告", "", None, "not_testable"),
        ("政府信息公开工作年度报告", PERIOD, dt.date(2021, 1, 20), "pass"),
        (None, "", None, "not_testable"),
        ("某县2020年政府信息公开工作年度报告", "自2020年1月1日起至2021年12月31日止。", None, "not_testable"),
    ],
)
def test_year(title: str | None, before: str, date: dt.date | None, outcome: str) -> None:
    metadata = metadata_of(title=title, written_on=date)
    assert _checks(report_text(before=before), metadata)["doc.year"].outcome == outcome


@pytest.mark.parametrize(
    ("issuer", "published_on", "outcome"),
    [
        ("某县人民政府", dt.date(2021, 3, 31), "pass"),
        ("某县人民政府", dt.date(2021, 4, 1), "fail"),
        ("某县财政局", dt.date(2021, 1, 31), "pass"),
        ("某县财政局", dt.date(2021, 2, 1), "fail"),
        ("某示范区管理委员会", dt.date(2021, 6, 1), "not_testable"),
        ("某县人民政府", None, "not_testable"),
        (None, dt.date(2021, 6, 1), "not_testable"),
    ],
)
def test_late(issuer: str | None, published_on: dt.date | None, outcome: str) -> None:
    metadata = metadata_of(issuer=issuer, published_on=published_on)
    assert _checks(report_text(), metadata)["doc.late"].outcome == outcome


def test_no_deadline_before_the_regulation_set_it() -> None:
    assert "doc.late" not in _checks(report_text(), metadata_of(2018))
