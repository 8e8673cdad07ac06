"""Each cell by itself, and whether the form's cells are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pipelines.checks.cell_checks import stated_tables
from pipelines.checks.check_catalogue import Scope, find_functions
from pipelines.checks.run_checks import check_document
from pipelines.forms.form_model import CellState, How
from pipelines.metadata.fields import Metadata
from tests.pipelines.checks.reports import PINGYUAN_2020, changed, facts_of, filled, unread

if TYPE_CHECKING:
    from pipelines.checks.check_catalogue import Check
    from pipelines.forms.form_model import Fact

AMOUNT = "t2.art20_9.central_procurement.procurement_amount"


def _checks(facts: list[Fact], table: str) -> dict[str, Check]:
    (found,) = (stated for stated in stated_tables(facts) if stated.key == table)
    return {check.check_id: check for run in find_functions(Scope.TABLE) for check in run(found)}


@pytest.mark.parametrize("table", ["t2", "t3", "t4"])
def test_a_report_that_is_filled_in_passes(table: str) -> None:
    checks = _checks(facts_of("form_2019", PINGYUAN_2020), table)
    assert {check.outcome for check in checks.values()} == {"pass"}
    assert len(checks) == (5 if table == "t2" else 4)


@pytest.mark.parametrize(
    ("cell", "figure", "outcome"),
    [
        ("t3.disclosed.business", "-3", "fail"),
        ("t3.disclosed.business", "2.5", "fail"),
        ("t3.disclosed.business", "2.0", "pass"),
        ("t2.art20_5.licensing.items_change", "-195", "pass"),
        ("t2.art20_5.licensing.items_change", "1.5", "fail"),
        (AMOUNT, "1.2345万元", "pass"),
    ],
)
def test_counts_are_whole(cell: str, figure: str, outcome: str) -> None:
    facts = changed(facts_of("form_2019", PINGYUAN_2020), cell, figure)
    check = _checks(facts, cell[:2])["cell.integer"]
    assert check.outcome == outcome
    assert len(check.cells) == (outcome == "fail")


def test_words_in_place_of_a_number_are_named() -> None:
    facts = changed(facts_of("form_2019", PINGYUAN_2020), "t4.review.total", "见附件")
    check = _checks(facts, "t4")["cell.not_number"]
    assert (check.outcome, check.severity, check.cells) == ("fail", "warning", ("t4#1:4",))
    assert "“行政复议·总计：见附件”" in check.message_zh


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [("77180.86", "fail"), ("77180.86万元", "pass"), ("0", "pass"), ("", "not_testable")],
)
def test_amounts_have_a_unit(figure: str, outcome: str) -> None:
    facts = changed(facts_of("form_2019", PINGYUAN_2020), AMOUNT, figure)
    assert _checks(facts, "t2")["t2.unit_stated"].outcome == outcome


def test_a_unit_in_the_label_of_the_column_is_one() -> None:
    facts = facts_of("form_2021", {"t2.art20_8.admin_fees.fee_amount": "12.5"})
    facts = [replace(fact, unit=None) for fact in facts]
    assert _checks(facts, "t2")["t2.unit_stated"].outcome == "pass"


def test_rows_that_are_not_printed_are_named() -> None:
    facts = facts_of("form_2021", filled("form_2021"))
    facts = [
        replace(fact, state=CellState.LAYOUT_ERROR, how=How.NOT_PRINTED, value=None, raw=None)
        if fact.row_key == "other_fee_not_paid"
        else fact
        for fact in facts
    ]
    check = _checks(facts, "t3")["t3.shape"]
    assert (check.outcome, check.severity, len(check.cells)) == ("fail", "error", 7)
    assert "有175格，其中7格未能在正文中找到" in check.message_zh
    assert "2.申请人逾期未按收费通知要求缴纳费用" in check.message_zh


def test_cells_that_are_gone_are_missed_too() -> None:
    facts = [fact for fact in facts_of("form_2019", filled("form_2019")) if fact.row_key != "rejected_repeat"]
    check = _checks(facts, "t3")["t3.shape"]
    assert (check.outcome, check.cells) == ("fail", ())
    assert "2.重复申请" in check.message_zh


def test_torn_cells_are_there_but_cannot_be_told() -> None:
    facts = unread(
        facts_of("form_2019", filled("form_2019")), "t3.disclosed.total", CellState.LAYOUT_ERROR, How.GRID
    )
    assert _checks(facts, "t3")["t3.shape"].outcome == "not_testable"


@pytest.mark.parametrize(("figure", "outcome"), [("", "fail"), ("/", "fail"), ("0", "pass"), ("略", "pass")])
def test_a_table_of_dashes_is_a_placeholder(figure: str, outcome: str) -> None:
    checks = _checks(facts_of("form_2021", filled("form_2021", figure)), "t3")
    assert checks["doc.placeholder_table"].outcome == outcome


def test_of_torn_cells_nobody_knows_whether_they_are_filled_in() -> None:
    facts = [
        replace(fact, state=CellState.LAYOUT_ERROR, value=None, raw="00", how=None)
        for fact in facts_of("form_2021", filled("form_2021"))
    ]
    checks = _checks(facts, "t3")
    assert checks["doc.placeholder_table"].outcome == "not_testable"
    assert checks["cell.not_number"].outcome == "not_testable"


def test_a_count_in_ten_thousands_is_whole_but_not_exact() -> None:
    facts = facts_of("form_2021", filled("form_2021") | {"t3.new_requests.natural_person": "15000"})
    facts = [
        replace(fact, value="1.5", unit="万件", raw="1.5万件", state=CellState.NUMBER)
        if (fact.row_key, fact.column_key) == ("new_requests", "total")
        else fact
        for fact in facts
    ]
    assert _checks(facts, "t3")["cell.integer"].outcome == "pass"
    found = {check.check_id: check for check in check_document(facts, (), Metadata(), "form_2021")}
    assert found["t3.row_total.new_requests"].outcome == "not_testable"


def test_quotation_marks_within_quotation_marks_are_single() -> None:
    facts = [
        fact
        for fact in facts_of("form_2021", filled("form_2021"))
        if fact.row_key != "denied_security_stability"
    ]
    assert "“3.危及‘三安全一稳定’”" in _checks(facts, "t3")["t3.shape"].message_zh
