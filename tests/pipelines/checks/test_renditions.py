"""Two renditions of one report: which figures are compared, and what is said where they differ."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pipelines.checks.cell_checks import check_renditions
from pipelines.checks.check_catalogue import CheckOutcome, Severity
from pipelines.forms.form_model import CellState, Fact, How
from tests.archive.stating import facts_of

ROW = "t3.new_requests"
PAGE = {f"{ROW}.natural_person": "12", f"{ROW}.business": "3", f"{ROW}.total": "15"}


def outcomes(facts: tuple[Fact, ...], others: tuple[Fact, ...]) -> list[tuple[str | None, CheckOutcome]]:
    return [(check.table_key, check.outcome) for check in check_renditions(facts, others)]


def test_one_figure_that_differs_is_told_with_both_values() -> None:
    facts, others = facts_of(PAGE), facts_of(PAGE | {f"{ROW}.business": "8"})
    [check] = check_renditions(facts, others, 2)
    assert (check.check_id, check.outcome, check.severity, check.place) == (
        "rendition_mismatch",
        CheckOutcome.FAIL,
        Severity.ERROR,
        2,
    )
    assert (check.left_value, check.right_value, check.difference) == ("3", "8", "-5")
    assert (check.cells, check.other_cells) == ((facts[1].ref,), (others[1].ref,))
    assert "business 3≠8" in check.message_zh
    assert "business 3≠8" in check.message_en


def test_the_other_side_tells_the_same_turned_round() -> None:
    facts, others = facts_of(PAGE), facts_of(PAGE | {f"{ROW}.business": "8"})
    [check], [turned] = check_renditions(facts, others), check_renditions(others, facts)
    assert (turned.cells, turned.other_cells) == (check.other_cells, check.cells)
    assert (turned.left_value, turned.right_value, turned.difference) == ("8", "3", "5")


def test_of_several_figures_no_values_stand_alone() -> None:
    [check] = check_renditions(
        facts_of(PAGE), facts_of(PAGE | {f"{ROW}.business": "8", f"{ROW}.total": "20"})
    )
    assert (check.left_value, check.right_value, check.difference) == (None, None, None)
    assert len(check.cells) == len(check.other_cells) == 2


def test_what_was_recognised_in_pictures_only_warns() -> None:
    others = facts_of(PAGE | {f"{ROW}.total": "75"})
    recognised = tuple(replace(fact, how=How.OCR, confidence=0.99) for fact in others)
    [check] = check_renditions(facts_of(PAGE), recognised)
    assert (check.outcome, check.severity) == (CheckOutcome.FAIL, Severity.WARNING)
    assert "识别" in check.message_zh
    assert "scan" in check.message_en


@pytest.mark.parametrize("state", [CellState.BLANK, CellState.DASH, CellState.AMBIGUOUS, CellState.TEXT])
def test_a_cell_without_a_certain_number_says_nothing(state: CellState) -> None:
    facts = facts_of(PAGE)
    unsure = replace(facts[1], value=None, state=state)
    assert outcomes(facts, (facts[0], unsure, facts[2])) == [("t3", CheckOutcome.PASS)]
    nothing = tuple(replace(fact, value=None, state=state) for fact in facts)
    assert outcomes(facts, nothing) == [("t3", CheckOutcome.NOT_TESTABLE)]


@pytest.mark.parametrize(("value", "other"), [("0", "0.00"), ("12", "12.0"), ("007", "7")])
def test_one_number_written_in_two_ways_is_one(value: str, other: str) -> None:
    pair = [facts_of({f"{ROW}.total": printed}) for printed in (value, other)]
    assert outcomes(*pair) == [("t3", CheckOutcome.PASS)]


def test_amounts_in_other_units_are_not_compared() -> None:
    facts = facts_of({"t2.admin_fees.fee_amount": "12.6"})
    [fact] = (replace(fact, block_key="art20_8", unit="万元") for fact in facts)
    other = replace(fact, value="126000", unit="元")
    assert outcomes((fact,), (other,)) == [("t2", CheckOutcome.NOT_TESTABLE)]
    assert outcomes((fact,), (replace(fact, value="12.60"),)) == [("t2", CheckOutcome.PASS)]


def test_table_2_of_another_form_is_not_compared_and_table_3_is() -> None:
    cells = {"t2.licensing.decisions": "5", **PAGE}
    others = facts_of({"t2.licensing.decisions": "6", **PAGE}, form="form_2019")
    assert outcomes(facts_of(cells), others) == [("t3", CheckOutcome.PASS)]


def test_a_table_that_one_of_them_lacks_gives_no_result() -> None:
    assert outcomes(facts_of(PAGE), facts_of({"t4.review.total": "1"})) == []
