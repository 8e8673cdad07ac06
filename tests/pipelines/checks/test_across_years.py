"""A report against that of the year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pipelines.checks.run_checks import check_across_years
from tests.pipelines.checks.reports import PINGYUAN_2020, facts_of, filled, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.checks.check_catalogue import Check
    from pipelines.forms.form_model import Fact


def _checks(facts: list[Fact], previous: list[Fact], year: int | None = None) -> dict[str, Check]:
    found = check_across_years(facts, previous, year)
    assert len({(check.check_id, check.table_key) for check in found}) == len(found)
    return {f"{check.check_id} {check.table_key}": check for check in found}


@pytest.mark.parametrize(
    ("form", "previous_form"),
    [("form_2019", "form_2019"), ("form_2021", "form_2019"), ("form_2021", "form_2021")],
)
@pytest.mark.parametrize(
    ("carried_in", "carried_out", "outcome"),
    [("6", "6", "pass"), ("6", "5", "fail"), ("", "5", "not_testable"), ("6", "", "not_testable")],
)
def test_what_is_carried_over(
    form: str, previous_form: str, carried_in: str, carried_out: str, outcome: str
) -> None:
    facts = facts_of(form, {"t3.carried_in.total": carried_in})
    previous = facts_of(previous_form, {"t3.carried_out.total": carried_out})
    check = _checks(facts, previous, 2022)["x.carry.total t3"]
    assert (check.outcome, check.severity) == (outcome, "warning")
    assert (check.cells, check.other_cells) == (
        ("t3#1:13",),
        ("t3#1:160" if previous_form == "form_2019" else "t3#1:174",),
    )


def test_carrying_over_can_be_quoted() -> None:
    facts = facts_of("form_2021", {"t3.carried_in.total": "6"})
    previous = facts_of("form_2019", {"t3.carried_out.total": "5"})
    check = _checks(facts, previous, 2021)["x.carry.total t3"]
    assert check.message_zh == (
        "“总计”一列：2021年报告的“上年结转”为6，2020年报告的“结转下年度继续办理”为5，相差1。"
    )


def test_the_total_comes_first_and_its_columns_are_for_information() -> None:
    found = check_across_years(facts_of("form_2021", {}), facts_of("form_2021", {}))
    carried = [check for check in found if check.check_id.startswith("x.carry")]
    assert carried[0].check_id == "x.carry.total"
    assert [str(check.severity) for check in carried] == ["warning", *["info"] * 6]


def test_a_column_that_differs_as_the_total_does_is_the_same_finding() -> None:
    facts = facts_of("form_2021", {"t3.carried_in.total": "6", "t3.carried_in.business": "6"})
    previous = facts_of("form_2021", {"t3.carried_out.total": "5", "t3.carried_out.business": "5"})
    checks = _checks(facts, previous)
    assert checks["x.carry.business t3"].explained_by == "x.carry.total"
    assert checks["x.carry.total t3"].explained_by is None


def test_a_total_column_that_is_empty_explains_its_carry() -> None:
    previous = facts_of(
        "form_2019", filled("form_2019") | {"t3.carried_out.total": "1", "t3.carried_out.natural_person": "1"}
    )
    checks = _checks(facts_of("form_2019", PINGYUAN_2020), previous)
    assert (checks["x.carry.total t3"].outcome, checks["x.carry.total t3"].explained_by) == (
        "fail",
        "t3.total_column_empty",
    )
    assert checks["x.carry.natural_person t3"].outcome == "pass"


def _effective(row: str) -> dict[str, str]:
    keys = ("issued_this_year", "repealed_this_year", "in_force")
    figures = zip(keys, row.split(), strict=True)
    return {f"t2.art20_1.rules.{key}": figure for key, figure in figures if figure != "-"}


@pytest.mark.parametrize(
    ("row", "previous", "in_force", "repealed"),
    [
        ("3 0 8", "0 0 5", "pass", "pass"),
        ("77 132 470", "88 0 698", "fail", "pass"),
        ("1 9 0", "0 0 5", "fail", "fail"),
        ("- 1 4", "0 0 5", "pass_if_blank_zero", "pass_if_blank_zero"),
        ("3 0 8", "0 0 -", "not_testable", "pass_if_blank_zero"),
        ("3 - 8", "0 0 5", "pass_if_blank_zero", "not_testable"),
    ],
)
def test_what_is_in_force(row: str, previous: str, in_force: str, repealed: str) -> None:
    checks = _checks(facts_of("form_2021", _effective(row)), facts_of("form_2021", _effective(previous)))
    assert checks["x.in_force.rules t2"].outcome == in_force
    assert checks["t2.repeal_le_prev.rules t2"].outcome == repealed


def test_what_the_form_before_does_not_have_is_not_asked_of_it() -> None:
    checks = _checks(facts_of("form_2021", filled("form_2021")), facts_of("form_2019", filled("form_2019")))
    assert not [key for key in checks if key.startswith(("x.in_force", "x.items", "t2.repeal"))]


@pytest.mark.parametrize(
    ("now", "before", "outcome"),
    [
        pytest.param("15 0 0", {"licensing": "10 5 0"}, "pass", id="an increase"),
        pytest.param("5 0 0", {"licensing": "10 5 0"}, "not_testable", id="printed without sign"),
        pytest.param("5 0 0", {"licensing": "10 -5 0"}, "pass", id="a decrease with its sign"),
        pytest.param("12 0 0", {"licensing": "10 5 0"}, "fail", id="neither"),
        pytest.param(
            "5 0 0",
            {"licensing": "10 5 0", "other_external_services": "10 -1 0"},
            "fail",
            id="without sign where others have one",
        ),
        pytest.param("5 0 0", {"licensing": "10 - 0"}, "not_testable", id="the change is blank"),
    ],
)
def test_items_follow_from_the_year_before(now: str, before: Mapping[str, str], outcome: str) -> None:
    facts = facts_of("form_2019", rows_of("t2.art20_5", {"licensing": now}))
    previous = facts_of("form_2019", rows_of("t2.art20_5", before))
    check = _checks(facts, previous)["x.items.licensing t2"]
    assert (check.outcome, check.severity) == (outcome, "info")


@pytest.mark.parametrize(
    ("figure", "before", "outcome"),
    [
        ("51000", "1000", "fail"),
        ("50000", "1000", "pass"),
        ("1000", "51000", "fail"),
        ("900", "10", "pass"),
        ("51000", "0", "pass"),
        ("51000", "", "not_testable"),
        ("1001", "10", "fail"),
        ("1001", "1", "fail"),
        ("1000", "10", "pass"),
    ],
)
def test_magnitude(figure: str, before: str, outcome: str) -> None:
    key = "t2.art20_5.licensing.decisions"
    facts, previous = facts_of("form_2021", {key: figure}), facts_of("form_2019", {key: before})
    check = _checks(facts, previous)["cell.magnitude t2"]
    assert check.outcome == outcome
    assert bool(check.cells) == bool(check.other_cells) == (outcome == "fail")


def test_magnitude_compares_amounts_in_one_unit() -> None:
    key = "t2.art20_8.admin_fees.fee_amount"
    facts, previous = facts_of("form_2021", {key: "5000"}), facts_of("form_2021", {key: "60"})
    assert _checks(facts, previous)["cell.magnitude t2"].outcome == "fail"
    unlike = facts_of("form_2019", {"t2.art20_8.admin_fees.items_prev_year": "60"})
    assert _checks(facts, unlike)["cell.magnitude t2"].outcome == "not_testable"


def test_magnitude_takes_ten_thousand_yuan_for_one_wan() -> None:
    key = "t2.art20_8.admin_fees.fee_amount"
    # A sheet may state another unit than the form's.
    previous = [replace(fact, unit=fact.unit and "元") for fact in facts_of("form_2021", {key: "10000"})]
    for now, outcome in (("50", "pass"), ("50.0001", "fail")):
        assert _checks(facts_of("form_2021", {key: now}), previous)["cell.magnitude t2"].outcome == outcome


def test_the_first_table_of_each_report_is_taken() -> None:
    facts = [
        *facts_of("form_2021", {"t3.carried_in.total": "6"}, tables="t3"),
        *facts_of("form_2021", {"t3.carried_in.total": "7"}, number=2, tables="t3"),
    ]
    previous = facts_of("form_2021", {"t3.carried_out.total": "6"}, tables="t3")
    assert _checks(facts, previous)["x.carry.total t3"].outcome == "pass"


def test_nothing_is_said_without_tables() -> None:
    assert check_across_years([], facts_of("form_2021", filled("form_2021"))) == ()
