"""One cause, one finding; and nothing explained by what did not cause it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.checks.cell_checks import stated_tables
from pipelines.checks.identities import check_identities
from pipelines.checks.run_checks import with_diagnoses
from pipelines.forms.form_model import CellState
from tests.pipelines.checks.reports import (
    PINGYUAN_2020,
    XINXIANG_2019,
    XINYANG_2019,
    changed,
    facts_of,
    filled,
    unread,
)

if TYPE_CHECKING:
    from pipelines.checks.check_catalogue import Check
    from pipelines.forms.form_model import Fact

DIAGNOSES = ("t3.total_column_empty", "t3.only_total_column", "t3.off_by_carry")


def _checks(facts: list[Fact]) -> dict[str, Check]:
    (table,) = (table for table in stated_tables(facts) if table.key == "t3")
    return {check.check_id: check for check in with_diagnoses(table, tuple(check_identities(table)))}


def _explained(facts: list[Fact]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for check in _checks(facts).values():
        if check.explained_by:
            found.setdefault(check.explained_by, set()).add(check.check_id)
    return found


def test_totals_that_are_all_zero_explain_the_rows_and_a_carry_its_column() -> None:
    assert _explained(facts_of("form_2019", PINGYUAN_2020)) == {
        "t3.total_column_empty": {
            *("t3.row_total.new_requests", "t3.row_total.carried_in", "t3.row_total.disclosed"),
            *("t3.row_total.partly_disclosed", "t3.row_total.unable_not_held"),
            *("t3.row_total.results_total", "t3.row_total.carried_out"),
        },
        "t3.off_by_carry": {"t3.balance.natural_person", "t3.results_sum.natural_person"},
    }


def test_severities_of_the_diagnoses() -> None:
    checks = _checks(facts_of("form_2019", PINGYUAN_2020))
    assert (checks["t3.total_column_empty"].severity, checks["t3.off_by_carry"].severity) == (
        "warning",
        "info",
    )
    assert checks["t3.off_by_carry"].cells == ("t3#1:147", "t3#1:154")


@pytest.mark.parametrize(("cells", "rows"), [(XINXIANG_2019, 18), (XINYANG_2019, 17)])
def test_rows_that_state_their_total_only_explain_what_cannot_be_tested(
    cells: dict[str, str], rows: int
) -> None:
    facts = facts_of("form_2019", cells)
    explained = _explained(facts)
    assert set(explained) == {"t3.only_total_column"}
    ids = explained["t3.only_total_column"]
    assert sum(check.startswith("t3.row_total") for check in ids) == rows
    assert sum(check.startswith("t3.results_sum") for check in ids) == 5
    assert ids == {key for key, check in _checks(facts).items() if check.outcome == "not_testable"}


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(facts_of("form_2019", filled("form_2019")), id="a form of zeros"),
        pytest.param(facts_of("form_2019", {}), id="an empty form"),
        pytest.param(facts_of("form_2021", filled("form_2021", "/")), id="a form of dashes"),
        pytest.param(
            facts_of(
                "form_2019", PINGYUAN_2020 | {"t3.carried_out.total": "1", "t3.carried_out.other_org": "0"}
            ),
            id="one total that is filled in, and no results that miss",
        ),
    ],
)
def test_no_empty_total_column_is_seen_where_there_is_none(facts: list[Fact]) -> None:
    assert "t3.total_column_empty" not in _checks(facts)


def test_totals_that_were_not_understood_are_not_empty() -> None:
    facts = unread(facts_of("form_2019", PINGYUAN_2020), "t3.denied_third_party.total", CellState.AMBIGUOUS)
    assert "t3.total_column_empty" not in _checks(facts)


def test_a_total_column_left_blank_is_empty_too() -> None:
    cells = {key: figure for key, figure in PINGYUAN_2020.items() if not key.endswith(".total")}
    checks = _checks(facts_of("form_2019", cells))
    assert checks["t3.total_column_empty"].outcome == "fail"
    assert {check.explained_by for check in checks.values()} == {None, "t3.off_by_carry"}


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        pytest.param("t3.disclosed.natural_person", "14", id="the results add up"),
        pytest.param("t3.new_requests.natural_person", "17", id="the balance holds"),
        pytest.param("t3.disclosed.natural_person", "12", id="they miss by something else"),
        pytest.param("t3.new_requests.natural_person", "15", id="the balance misses by something else"),
        pytest.param("t3.disclosed.natural_person", "", id="the results are not all stated"),
    ],
)
def test_only_both_failures_by_the_carry_are_laid_to_it(cell: str, figure: str) -> None:
    facts = changed(facts_of("form_2019", PINGYUAN_2020), cell, figure)
    assert "t3.off_by_carry" not in _checks(facts)


def test_columns_off_by_the_carry_are_one_finding() -> None:
    cells = filled("form_2021") | {
        f"t3.{row}.{column}": figure
        for row, figure in {
            "new_requests": "3",
            "disclosed": "1",
            "results_total": "3",
            "carried_out": "2",
        }.items()
        for column in ("business", "total")
    }
    explained = _explained(facts_of("form_2021", cells))
    assert explained == {
        "t3.off_by_carry": {
            *("t3.balance.business", "t3.balance.total"),
            *("t3.results_sum.business", "t3.results_sum.total"),
        }
    }


def test_a_row_that_misses_for_another_reason_stays_unexplained() -> None:
    facts = changed(facts_of("form_2019", XINXIANG_2019), "t3.carried_out.total", "3")
    check = _checks(facts)["t3.row_total.carried_out"]
    assert (check.outcome, check.explained_by) == ("fail", None)


def test_one_row_that_states_its_total_only_is_no_pattern() -> None:
    cells = filled("form_2019")
    blank = {f"t3.disclosed.{key.rsplit('.', 1)[1]}" for key in cells if key.startswith("t3.disclosed")}
    kept = {key: figure for key, figure in cells.items() if key not in blank or key == "t3.disclosed.total"}
    assert not set(DIAGNOSES) & set(_checks(facts_of("form_2019", kept)))


def test_the_total_of_the_results_may_be_off_by_the_same_carry() -> None:
    cells = filled("form_2019") | {
        "t3.new_requests.natural_person": "5",
        "t3.new_requests.total": "5",
        "t3.disclosed.natural_person": "4",
        "t3.disclosed.total": "4",
        "t3.results_total.natural_person": "5",
        "t3.results_total.total": "4",
        "t3.carried_out.natural_person": "1",
        "t3.carried_out.total": "1",
    }
    assert _explained(facts_of("form_2019", cells)) == {
        "t3.off_by_carry": {
            *("t3.balance.natural_person", "t3.results_sum.natural_person"),
            "t3.row_total.results_total",
        }
    }


@pytest.mark.parametrize(
    ("cell", "figure", "words"),
    [
        ("t3.disclosed.total", "0", "全部为0"),
        ("t3.disclosed.total", "", "没有填写或为0"),
    ],
)
def test_an_empty_total_column_is_called_what_it_is(cell: str, figure: str, words: str) -> None:
    checks = _checks(changed(facts_of("form_2019", PINGYUAN_2020), cell, figure))
    assert f"“总计”一列{words}，而7行填有申请人数量" in checks["t3.total_column_empty"].message_zh
