"""Bounds of a report's checks: how far its year and dates are looked for, and how many labels are named."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines.checks.check_catalogue import listed
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


def test_eight_labels_are_named_and_of_nine_how_many_there_are() -> None:
    labels = [f"甲{number}" for number in range(9)]
    assert listed(labels[:8]).zh == "、".join(f"“{label}”" for label in labels[:8])
    assert listed(labels).zh == "、".join(f"“{label}”" for label in labels[:8]) + "等9处"
    assert listed(labels).en.endswith(" and 1 more")
