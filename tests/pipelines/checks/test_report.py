"""A report as a document: its sections, its form, its year, the day it was due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.pipelines.checks.prose_of import (
    HEADINGS,
    PERIOD,
    check_report,
    metadata_of,
    passages_of,
    report_text,
)

if TYPE_CHECKING:
    from pipelines.checks.check_catalogue import Check
    from pipelines.metadata.fields import Metadata


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
        "未能找到格式规定的下列部分：“二、主动公开政府信息情况”、“六、其他需要报告的事项”。"
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
        (2018, "form_none", "not_testable"),
        (2013, "form_none", "not_testable"),
        (2013, "form_local_pre2014", "pass"),
        (2016, "form_stat_2014", "pass"),
        (2012, "form_stat_2014", "not_testable"),
        (2020, "form_stat_2014", "fail"),
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


@pytest.mark.parametrize(
    ("headings", "outcome"),
    [
        pytest.param(
            (HEADINGS[0], "二、主动公开政府信息基本情况", *HEADINGS[2:]), "pass", id="words of the overview"
        ),
        pytest.param(
            (*HEADINGS[:2], "三、收到和处理政府信息公开申请总体情况", *HEADINGS[3:]), "pass", id="likewise"
        ),
        pytest.param((*HEADINGS[:4], "五、存在问题和改进措施", HEADINGS[5]), "pass", id="problems, measures"),
        pytest.param((*HEADINGS[:4], "五、工作中的不足及下一步打算", HEADINGS[5]), "pass", id="shortcomings"),
        pytest.param(
            (*HEADINGS[:4], "五、行政复议、行政诉讼中存在的问题", HEADINGS[5]),
            "pass",
            id="words of the one before",
        ),
        pytest.param((*HEADINGS[:5], "六、其他"), "pass", id="one word"),
        pytest.param((*HEADINGS, "七、附件"), "pass", id="a seventh section"),
        pytest.param(("一、工作开展情况", *HEADINGS[1:]), "not_testable", id="other words"),
        pytest.param(("一、工作开展情况", HEADINGS[1], *HEADINGS[3:]), "fail", id="other words elsewhere"),
        pytest.param(
            tuple(f"{number}. {heading[2:]}" for number, heading in enumerate(HEADINGS, start=1)),
            "pass",
            id="arabic numerals",
        ),
        pytest.param(tuple(f"**{' '.join(heading)}**" for heading in HEADINGS), "pass", id="bold and spaced"),
        pytest.param(tuple(heading[2:] for heading in HEADINGS), "not_testable", id="no numerals"),
    ],
)
def test_headings_in_other_words(headings: tuple[str, ...], outcome: str) -> None:
    assert _checks(report_text(headings))["doc.sections"].outcome == outcome


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ("本报告数据统计期限为2020.1.1—2020.12.31。", "pass"),
        ("本报告数据统计期限为2020.01.01至2020.12.31。", "pass"),
        ("本报告数据统计期限为2019.1.1—2019.12.31。", "fail"),
        ("自2019年1月1日至2019年12月31日开展专项行动。", "not_testable"),
        (f"自2019年1月1日至2019年12月31日开展专项行动，{PERIOD}", "pass"),
        (f"上年统计期限自2019年1月1日至12月31日。{PERIOD}", "pass"),
    ],
)
def test_period_of_the_figures(before: str, outcome: str) -> None:
    assert _checks(report_text(before=before))["doc.year"].outcome == outcome


CORRECTED = "某县2020年政府信息公开工作年度报告（更正）"


@pytest.mark.parametrize(
    ("title", "before", "published_on", "written_on", "outcome"),
    [
        pytest.param(CORRECTED, PERIOD, dt.date(2022, 5, 1), None, "pass", id="a correction"),
        pytest.param(CORRECTED, "", dt.date(2022, 5, 1), None, "not_testable", id="its date alone"),
        pytest.param(
            None, "因数据有误，现重新公布。", dt.date(2022, 5, 1), None, "not_testable", id="in words"
        ),
        pytest.param(None, "", dt.date(2023, 5, 1), dt.date(2021, 1, 9), "pass", id="a page that was moved"),
        pytest.param(None, "", dt.date(2023, 5, 1), dt.date(2023, 1, 9), "fail", id="both dates are of 2023"),
    ],
)
def test_dates_that_need_not_be_of_the_next_year(
    title: str | None, before: str, published_on: dt.date, written_on: dt.date | None, outcome: str
) -> None:
    titled = title or "某县2020年政府信息公开工作年度报告"
    metadata = metadata_of(title=titled, published_on=published_on, written_on=written_on)
    assert _checks(report_text(before=before), metadata)["doc.year"].outcome == outcome


def test_a_date_of_another_year_is_named_with_the_year_that_is_usual() -> None:
    check = _checks(report_text(before=""), metadata_of(written_on=dt.date(2022, 1, 20)))["doc.year"]
    assert check.message_zh == "报告年度为2020年，通常于2021年公布，所印日期为2022年1月20日。"


@pytest.mark.parametrize(
    "issuer",
    [
        "某县城关镇人民政府",
        "某县东乡政府",
        "某区中山街道办事处",
        "某市高新技术产业开发区财政局",
        "某县人民政府办公室",
    ],
)
def test_the_regulation_names_no_day_for_some_bodies(issuer: str) -> None:
    metadata = metadata_of(issuer=issuer, published_on=dt.date(2021, 4, 20))
    assert _checks(report_text(), metadata)["doc.late"].outcome == "not_testable"


@pytest.mark.parametrize(
    ("title", "published_on", "written_on", "outcome"),
    [
        pytest.param(CORRECTED, dt.date(2021, 5, 1), None, "not_testable", id="a correction"),
        pytest.param(CORRECTED, dt.date(2021, 3, 1), None, "pass", id="a correction in time"),
        pytest.param(CORRECTED, dt.date(2021, 3, 31), None, "pass", id="a correction on the last day"),
        pytest.param(
            None, dt.date(2023, 5, 1), dt.date(2021, 1, 9), "not_testable", id="a page that was moved"
        ),
        pytest.param(
            None,
            dt.date(2023, 5, 1),
            dt.date(2021, 3, 31),
            "not_testable",
            id="moved, signed on the last day",
        ),
        pytest.param(None, dt.date(2023, 5, 1), dt.date(2021, 4, 1), "fail", id="moved, signed a day late"),
        pytest.param(
            None, dt.date(2021, 5, 1), dt.date(2021, 1, 9), "fail", id="signed in time, printed late"
        ),
    ],
)
def test_a_date_of_publication_that_need_not_be_the_first(
    title: str | None, published_on: dt.date, written_on: dt.date | None, outcome: str
) -> None:
    titled = title or "某县2020年政府信息公开工作年度报告"
    metadata = metadata_of(title=titled, published_on=published_on, written_on=written_on)
    assert _checks(report_text(), metadata)["doc.late"].outcome == outcome


def test_a_late_day_can_be_quoted() -> None:
    check = _checks(report_text(), metadata_of(published_on=dt.date(2021, 4, 6)))["doc.late"]
    assert check.message_zh == (
        "某县人民政府2020年度报告所印公布日期为2021年4月6日，《政府信息公开条例》第四十九条规定的期限为"
        "2021年3月31日；所印日期未必是首次公布的日期。"
    )
