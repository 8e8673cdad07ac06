"""The identities of the forms, against the results worked out by hand and against a second implementation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipelines.checks.cell_checks import stated_tables
from pipelines.checks.identities import check_identities
from pipelines.forms.form_model import CellState, How
from tests.gongkai.identities import BLOCKS, COLUMNS, KINDS, LEAVES, failing_checks
from tests.pipelines.checks.reports import (
    PINGYUAN_2020,
    XINXIANG_2019,
    XINYANG_2019,
    changed,
    facts_of,
    filled,
    placed,
    rows_of,
    unread,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.checks.check_catalogue import Check
    from pipelines.forms.form_model import Fact

FORMS = ("form_2019", "form_2021")
COUNTED = ("t3.balance", "t3.results_sum", "t3.row_total", "t4.block_total")


def _checks(facts: list[Fact]) -> dict[str, Check]:
    return {check.check_id: check for table in stated_tables(facts) for check in check_identities(table)}


def _outcomes(facts: list[Fact]) -> Counter[str]:
    checks = _checks(facts).values()
    return Counter(str(check.outcome) for check in checks if check.check_id.startswith(COUNTED))


@pytest.mark.parametrize(
    ("cells", "passed", "if_blank_zero", "untested", "failed"),
    [
        pytest.param(XINXIANG_2019, 16, 1, 23, 0, id="results that state totals only"),
        pytest.param(XINYANG_2019, 17, 1, 22, 0, id="results that state totals only, but for one row"),
        pytest.param(PINGYUAN_2020, 31, 0, 0, 9, id="totals that are all zero"),
    ],
)
def test_forty_results_of_a_report(
    cells: Mapping[str, str], passed: int, if_blank_zero: int, untested: int, failed: int
) -> None:
    found = _outcomes(facts_of("form_2019", cells))
    expected = {
        "pass": passed,
        "pass_if_blank_zero": if_blank_zero,
        "not_testable": untested,
        "fail": failed,
    }
    assert found == Counter({outcome: number for outcome, number in expected.items() if number})


@pytest.mark.parametrize(("form", "number"), [("form_2019", 40), ("form_2021", 42)])
@pytest.mark.parametrize("figure", ["", "0", "7", "/"])
def test_every_identity_has_a_result_whatever_is_stated(form: str, number: int, figure: str) -> None:
    assert _outcomes(facts_of(form, filled(form, figure))).total() == number


def test_a_result_names_its_sides_and_every_cell() -> None:
    check = _checks(facts_of("form_2019", PINGYUAN_2020))["t3.balance.natural_person"]
    assert (check.left_value, check.right_value, check.difference) == ("17", "18", "-1")
    assert check.cells == ("t3#1:0", "t3#1:7", "t3#1:147", "t3#1:154")
    assert (check.table_key, check.table_no) == ("t3", 1)


def test_a_failure_can_be_quoted() -> None:
    check = _checks(facts_of("form_2019", PINGYUAN_2020))["t3.row_total.disclosed"]
    assert check.message_zh == "“（一）予以公开”一行：六类申请人之和为13，“总计”为0，相差13。"
    assert check.message_en.startswith("Row “（一）予以公开”: the six kinds of applicants add up to 13")


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        pytest.param("1 2 3 4 5 6 21", "pass", id="all stated and right"),
        pytest.param("1 2 3 4 5 6 20", "fail", id="all stated and wrong"),
        pytest.param("1 - 3 - - 6 10", "pass_if_blank_zero", id="stated parts are the whole"),
        pytest.param("1 - 3 - - 6 9", "fail", id="stated parts are more than the whole"),
        pytest.param("1 - 3 - - 6 11", "not_testable", id="stated parts are less than the whole"),
        pytest.param("1 2 3 4 5 6 -", "not_testable", id="no whole"),
        pytest.param("- - - - - - 5", "not_testable", id="no part"),
        pytest.param("- - - - - - 0", "not_testable", id="no part of nothing"),
        pytest.param("- - - - - - -", "not_testable", id="nothing"),
        pytest.param("1 / 3 / / 6 10", "pass_if_blank_zero", id="dashes are not stated either"),
        pytest.param("1 略 3 - - 6 10", "not_testable", id="words are not blank"),
        pytest.param("1 略 3 - - 6 9", "fail", id="words cannot make a sum smaller"),
    ],
)
def test_parts_and_whole(row: str, outcome: str) -> None:
    facts = facts_of("form_2019", rows_of("t3", {"disclosed": row}))
    assert _checks(facts)["t3.row_total.disclosed"].outcome == outcome


@pytest.mark.parametrize(
    ("new", "carried_in", "results", "carried_out", "outcome"),
    [
        ("10", "2", "11", "1", "pass"),
        ("10", "2", "11", "2", "fail"),
        ("10", "-", "10", "-", "pass_if_blank_zero"),
        ("10", "-", "11", "-", "not_testable"),
        ("10", "-", "9", "-", "not_testable"),
        ("10", "2", "-", "-", "not_testable"),
        ("-", "-", "-", "-", "not_testable"),
        ("0", "-", "-", "0", "pass_if_blank_zero"),
    ],
)
def test_balance(new: str, carried_in: str, results: str, carried_out: str, outcome: str) -> None:
    figures = {
        "new_requests": new,
        "carried_in": carried_in,
        "results_total": results,
        "carried_out": carried_out,
    }
    cells = {f"t3.{row}.business": figure for row, figure in figures.items() if figure != "-"}
    assert _checks(facts_of("form_2021", cells))["t3.balance.business"].outcome == outcome


@pytest.mark.parametrize("state", [CellState.AMBIGUOUS, CellState.LAYOUT_ERROR, CellState.COMPOUND])
def test_what_is_not_understood_is_never_taken_for_blank(state: CellState) -> None:
    facts = facts_of("form_2019", rows_of("t3", {"disclosed": "1 0 3 0 0 6 10"}))
    checks = _checks(unread(facts, "t3.disclosed.business", state))
    assert checks["t3.row_total.disclosed"].outcome == "not_testable"
    checks = _checks(changed(unread(facts, "t3.disclosed.business", state), "t3.disclosed.total", "9"))
    assert checks["t3.row_total.disclosed"].outcome == "fail"


@pytest.mark.parametrize(
    ("cell", "sums"),
    [
        ("t3.disclosed.business", {"t3.row_total.disclosed", "t3.results_sum.business"}),
        # The balance of a column is no sum of parts: it places nothing, and still tests the cell.
        ("t3.new_requests.business", {"t3.row_total.new_requests"}),
    ],
)
def test_a_sum_that_placed_a_cell_does_not_test_it(cell: str, sums: set[str]) -> None:
    facts = placed(facts_of("form_2019", filled("form_2019")), cell, How.ARITHMETIC)
    untested = {key for key, check in _checks(facts).items() if check.outcome == "not_testable"}
    assert untested == sums


def test_an_added_column_that_makes_up_for_the_difference_is_no_failure() -> None:
    facts = facts_of("form_2019", rows_of("t3", {"disclosed": "1 2 3 4 5 6 25"}))
    added = replace(facts[22 + 14], column_key=None, column_label="个体工商户", ordinal=161, value="4")
    assert added.row_key == "disclosed"
    assert _checks(facts)["t3.row_total.disclosed"].outcome == "fail"
    assert _checks([*facts, added])["t3.row_total.disclosed"].outcome == "not_testable"
    other = replace(added, value="3")
    assert _checks([*facts, other])["t3.row_total.disclosed"].outcome == "fail"


def test_two_tables_of_a_kind_are_told_apart() -> None:
    facts = [
        *facts_of("form_2019", PINGYUAN_2020, tables="t3"),
        *facts_of("form_2019", XINYANG_2019, number=2, tables="t3"),
    ]
    checks = [check for table in stated_tables(facts) for check in check_identities(table)]
    assert Counter(check.table_no for check in checks) == {1: 37, 2: 37}
    assert {check.table_no for check in checks if check.outcome == "fail"} == {1}


def test_the_litigation_table_needs_no_form_of_its_own() -> None:
    cells = rows_of("t4", {"review": "1 1 0 0 3"})
    facts = [replace(fact, form=None) for fact in facts_of("form_2019", cells, tables="t4")]
    assert _checks(facts)["t4.block_total.review"].outcome == "fail"


@pytest.mark.parametrize(
    ("row", "le_total", "le_made"),
    [
        ("5 4 9", "pass", "pass"),
        ("3 4 9", "pass", "fail"),
        ("5 4 3", "fail", "pass"),
        ("5 - 3", "not_testable", "not_testable"),
    ],
)
def test_published_at_most(row: str, le_total: str, le_made: str) -> None:
    checks = _checks(facts_of("form_2019", rows_of("t2.art20_1", {"rules": row})))
    assert checks["t2.published_le_total.rules"].outcome == le_total
    assert checks["t2.published_le_made.rules"].outcome == le_made


def test_decimals_are_exact() -> None:
    cells = rows_of("t4", {"review": "0.1 0.2 0 0 0.3"})
    check = _checks(facts_of("form_2021", cells))["t4.block_total.review"]
    assert (check.outcome, check.left_value, check.difference) == ("pass", "0.3", "0.0")


_FIGURES = st.sampled_from(["", "0", "0", "0", "1", "2", "3"])


@settings(max_examples=25)
@given(data=st.data(), form=st.sampled_from(FORMS))
def test_the_same_failures_as_a_second_implementation(data: st.DataObject, form: str) -> None:
    keys = [key for key in filled(form) if key.startswith(("t3", "t4"))]
    figures = data.draw(st.lists(_FIGURES, min_size=len(keys), max_size=len(keys)))
    cells = dict(zip(keys, figures, strict=True))
    expected = failing_checks(cells, form)
    failed = {key for key, check in _checks(facts_of(form, cells)).items() if check.outcome == "fail"}
    complete = {key for key in failed if _is_complete(key, cells, form)}
    assert complete == expected


def _is_complete(check: str, cells: Mapping[str, str], form: str) -> bool:
    """Tell whether the cells of an identity are all stated, as the second implementation demands."""
    table, key = check.split(".", maxsplit=1)[0], check.rsplit(".", 1)[1]
    if check.startswith("t3.row_total"):
        used = [f"t3.{key}.{column}" for column in COLUMNS]
    elif check.startswith("t3.results_sum"):
        used = [f"t3.{row}.{key}" for row in (*LEAVES[form], "results_total")]
    elif check.startswith("t3.balance"):
        rows = ("new_requests", "carried_in", "results_total", "carried_out")
        used = [f"t3.{row}.{key}" for row in rows]
    else:
        used = [cell for cell in cells if cell.startswith(f"{table}.{key}.")]
    return all(cells[cell] for cell in used)


@st.composite
def _consistent(draw: st.DrawFn, form: str) -> dict[str, str]:
    """Fill a form so that every identity of it holds."""
    count = st.integers(min_value=0, max_value=30)
    figures: dict[str, int] = {}
    for kind in KINDS:
        for leaf in LEAVES[form]:
            figures[f"t3.{leaf}.{kind}"] = draw(count)
        results = sum(figures[f"t3.{leaf}.{kind}"] for leaf in LEAVES[form])
        carried_in = draw(st.integers(min_value=0, max_value=results))
        carried_out = draw(count)
        figures[f"t3.results_total.{kind}"] = results
        figures[f"t3.carried_in.{kind}"] = carried_in
        figures[f"t3.carried_out.{kind}"] = carried_out
        figures[f"t3.new_requests.{kind}"] = results + carried_out - carried_in
    for row in ("new_requests", "carried_in", *LEAVES[form], "results_total", "carried_out"):
        figures[f"t3.{row}.total"] = sum(figures[f"t3.{row}.{kind}"] for kind in KINDS)
    for block in BLOCKS:
        ends = [draw(count) for _ in range(4)]
        for end, figure in zip(("upheld", "corrected", "other_result", "pending"), ends, strict=True):
            figures[f"t4.{block}.{end}"] = figure
        figures[f"t4.{block}.total"] = sum(ends)
    return {key: str(figure) for key, figure in figures.items()}


@settings(max_examples=25)
@given(data=st.data(), form=st.sampled_from(FORMS))
def test_a_changed_figure_is_found_by_each_identity_that_contains_it(data: st.DataObject, form: str) -> None:
    cells = data.draw(_consistent(form))
    facts = facts_of(form, cells, tables="t3 t4")
    assert {check.outcome for check in _checks(facts).values()} == {"pass"}
    key = data.draw(st.sampled_from(sorted(cells)))
    facts = changed(facts, key, str(int(cells[key]) + data.draw(st.integers(min_value=1, max_value=99))))
    table, row, column = key.split(".")
    ref = next(
        fact.ref for fact in facts if (fact.table_key, fact.row_key, fact.column_key) == (table, row, column)
    )
    for check in _checks(facts).values():
        assert (check.outcome == "fail") == (ref in check.cells), check.check_id


@pytest.mark.parametrize("blank", ["natural_person", "business"])
def test_the_cells_named_as_missing_are_the_missing_ones(blank: str) -> None:
    """A blank part is named, those beside it that state a number are not."""
    facts = facts_of("form_2021", filled("form_2021", "1"))
    labels = {fact.column_key: fact.column_label for fact in facts if fact.row_key == "disclosed"}
    said = _checks(changed(facts, f"t3.disclosed.{blank}", ""))["t3.row_total.disclosed"].message_zh
    for column, label in labels.items():
        assert (f"“{label}”" in said) == (column in {blank, "total"}), (column, said)
