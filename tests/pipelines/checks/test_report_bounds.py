"""How far into a report its year and its dates are looked for (`knowledge/thresholds/report_checks.yaml`)."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.pipelines.checks.prose_of import check_report, metadata_of, passages_of

OTHER_PERIOD = "本报告所列数据的统计期限自2018年1月1日起至2018年12月31日止。"


def year_of(text: str, published_on: dt.date | None = None) -> str:
    found = check_report(passages_of(text), metadata_of(published_on=published_on), None)
    return next(str(check.outcome) for check in found if check.check_id == "doc.year")


@pytest.mark.parametrize(("length", "outcome"), [(5000, "fail"), (7000, "not_testable")])
def test_the_period_stands_in_the_beginning(length: int, outcome: str) -> None:
    assert year_of(f"{'琴' * length}。{OTHER_PERIOD}") == outcome


@pytest.mark.parametrize(("length", "outcome"), [(500, "not_testable"), (700, "fail")])
def test_a_correction_is_told_in_the_preamble(length: int, outcome: str) -> None:
    assert year_of(f"{'琴' * length}。现予更正。", dt.date(2023, 5, 1)) == outcome


@pytest.mark.parametrize(("length", "outcome"), [(80, "fail"), (120, "not_testable")])
def test_what_a_period_is_of_stands_near_its_last_day(length: int, outcome: str) -> None:
    assert year_of(f"统计{'琴' * length}自2018年1月1日起至12月31日止。") == outcome
