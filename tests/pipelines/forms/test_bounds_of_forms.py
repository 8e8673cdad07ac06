"""What is a label, a row, a table and a cell of a form, at each bound and just beyond it."""

from __future__ import annotations

import pytest

from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_catalogue import forms_alone
from pipelines.forms.form_model import CellState, Measure
from pipelines.forms.label_matching import match_label, words_of_forms
from pipelines.forms.printed_labels import is_label, is_statutory, lines_of_flat_forms
from pipelines.forms.statistics import read_statistics
from tests.pipelines.forms.drawn import OUTCOMES, by_fields, facts_of, third_labels, third_rows

THIRD = next(words for words in words_of_forms(forms_alone()) if words.table == "t3")
LABELS = [label for _, _, label in third_labels("form_2021")]


@pytest.mark.parametrize(
    ("text", "measure", "state"),
    [
        pytest.param("1" * 12, Measure.COUNT, CellState.NUMBER, id="digits of a count"),
        pytest.param("1" * 13, Measure.COUNT, CellState.LAYOUT_ERROR, id="one more"),
        pytest.param("1" * 16, Measure.MONEY, CellState.NUMBER, id="digits of an amount"),
        pytest.param("1" * 17, Measure.MONEY, CellState.LAYOUT_ERROR, id="one more than of an amount"),
        pytest.param("0." + "1" * 17, Measure.MONEY, CellState.NUMBER, id="decimals"),
        pytest.param("0." + "1" * 18, Measure.MONEY, CellState.LAYOUT_ERROR, id="one decimal more"),
        pytest.param("1/" * 39 + "11", Measure.COUNT, CellState.COMPOUND, id="several figures"),
        pytest.param("1/" * 40 + "1", Measure.COUNT, CellState.TEXT, id="one character more"),
    ],
)
def test_a_cell_holds_so_much(text: str, measure: Measure, state: CellState) -> None:
    assert read_cell(text, measure).state is state


@pytest.mark.parametrize(("chars", "is_told"), [(160, True), (161, False)])
def test_a_label_of_a_row_has_so_many_characters(chars: int, is_told: bool) -> None:
    assert bool(match_label(THIRD, "予以公开".ljust(chars, "甲"))) is is_told


@pytest.mark.parametrize(("chars", "is_told"), [(60, True), (61, False)])
def test_a_label_that_shows_a_table_has_so_many_characters(chars: int, is_told: bool) -> None:
    assert is_label("予以公开".ljust(chars, "甲")) is is_told


@pytest.mark.parametrize(("labels", "is_told"), [(4, True), (3, False)])
def test_so_many_labels_show_a_table(labels: int, is_told: bool) -> None:
    assert is_statutory(LABELS[:labels]) is is_told


@pytest.mark.parametrize(("text", "is_told"), [("自然人情况", True), ("总计情况", False)])
def test_a_name_of_three_characters_may_be_contained(text: str, is_told: bool) -> None:
    assert bool(match_label(THIRD, text)) is is_told


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [
        pytest.param([[label, *"1234567"] for label in LABELS[2:6]], True, id="four of the third"),
        pytest.param([[label, *"1234567"] for label in LABELS[2:5]], False, id="three of the third"),
        pytest.param(
            [[label, "1"] for label in ("行政许可", "行政处罚", "行政强制", "规章", "行政事业性收费")],
            True,
            id="five of the second",
        ),
        pytest.param(
            [[label, "1"] for label in ("行政许可", "行政处罚", "行政强制", "规章")],
            False,
            id="four of the second",
        ),
        pytest.param([["行政复议", "", ""], [*OUTCOMES[:3]], [*"123"]], True, id="three outcomes"),
        pytest.param([["行政复议", ""], [*OUTCOMES[:2]], [*"12"]], False, id="two outcomes"),
    ],
)
def test_so_many_rows_or_columns_are_a_statutory_table(rows: list[list[str]], is_told: bool) -> None:
    assert any(fact.table_key in ("t2", "t3", "t4") for fact in facts_of(by_fields(rows))) is is_told


def test_of_a_row_printed_again_and_again_ten_lines_are_quoted() -> None:
    rows = third_rows("form_2021", {})
    facts = facts_of(by_fields([*rows[:6], *[["", "（一）予以公开", "", *"1000001"]] * 11, *rows[6:]]))
    [raw] = {fact.raw for fact in facts if fact.row_key == "disclosed"}
    assert raw is not None
    assert raw.count("\n") == 9


def test_a_table_that_lost_its_shape_takes_four_hundred_lines_at_most() -> None:
    assert lines_of_flat_forms(["一、本年新收政府信息公开申请数量", *["3"] * 500]) == frozenset(range(400))


@pytest.mark.parametrize(("chars", "is_told"), [(80, True), (81, False)])
def test_a_line_that_opens_such_a_table_has_so_many_characters(chars: int, is_told: bool) -> None:
    assert bool(lines_of_flat_forms(["本年新收政府信息公开申请".ljust(chars, "甲")])) is is_told


@pytest.mark.parametrize(("rows", "form"), [(3, "form_stat_2014"), (2, None)])
def test_so_many_indicators_are_a_list_of_them(rows: int, form: str | None) -> None:
    printed = [[label, "件", "1"] for label in ("收到申请数", "当面申请数", "传真申请数")[:rows]]
    assert {fact.form for fact in read_statistics([by_fields(printed)])} <= {form}
