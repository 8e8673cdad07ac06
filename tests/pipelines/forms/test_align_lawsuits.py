"""Which printed cell of the table of reviews and lawsuits stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from tests.pipelines.forms.drawn import OUTCOMES, by_fields, facts_of, fourth_rows, fourth_ruled, ruled

if TYPE_CHECKING:
    from tests.pipelines.forms.drawn import Cell

FIFTEEN = [str(number) for number in range(1, 16)]
LAWSUIT_LABELS: list[list[Cell]] = [[("行政诉讼", 1, 2), "未经复议直接起诉"], ["复议后起诉"]]
CORNERS: list[list[Cell]] = [[("类别", 2, 1)], ["类别", "种类"], [("", 2, 1)]]


def _by_block(
    corner: list[Cell], rows: list[list[str]], names: tuple[str, ...] = OUTCOMES
) -> list[list[Cell]]:
    """Return T4 as markup with a row for each block; the first label is as wide as the corner."""
    width = sum(1 if isinstance(cell, str) else cell[1] for cell in corner)
    labels: list[list[Cell]] = [[("行政复议", width, 1)], *LAWSUIT_LABELS]
    return [[*corner, *names], *([*label, *cells] for label, cells in zip(labels, rows, strict=True))]


PIECE = """{heading}

| 结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计 |
|---|---|---|---|---|
| {figures} |
"""


@pytest.mark.parametrize("mark", ["### ", "", "（一）", "**"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_table_in_pieces_is_read_by_the_small_headings_above_them(
    mark: str, order: tuple[int, ...]
) -> None:
    names = ("行政复议", "未经复议直接起诉", "复议后起诉")
    figures = [FIFTEEN[at : at + 5] for at in (0, 5, 10)]
    pieces = [PIECE.format(heading=mark + names[at], figures=" | ".join(figures[at])) for at in order]
    text = "四、政府信息公开行政复议、行政诉讼情况\n" + "\n".join(pieces)
    read = read_document(text.encode(), Hints("http://a.gov.cn/1", "text/plain")).facts
    assert [fact.value for fact in read] == FIFTEEN
    untold = read_document(text.replace(names[1], "诉讼").encode(), Hints("http://a.gov.cn/1", "text/plain"))
    assert {fact.value for fact in untold.facts if fact.block_key == "litigation_direct"} == {None}


@pytest.mark.parametrize("is_ruled", [True, False])
@pytest.mark.parametrize("lost", [None, 0, 7, 14])
def test_the_fourth_table_is_read_only_with_all_its_fifteen_numbers(is_ruled: bool, lost: int | None) -> None:
    values = [*FIFTEEN[:12], "", *FIFTEEN[13:]]
    kept = [value for at, value in enumerate(values) if at != lost]
    table = ruled(fourth_ruled(kept)) if is_ruled else by_fields(fourth_rows(kept))
    read = [fact.value for fact in facts_of(table)]
    assert read == ([value or None for value in values] if lost is None else [None] * 15)


def test_the_fourth_table_may_print_a_row_for_each_block() -> None:
    rows = [["", *OUTCOMES], ["行政复议", *"12306"], ["未经复议直接起诉", *"40004"], ["复议后起诉", *"00000"]]
    facts = facts_of(by_fields(rows))
    assert [fact.value for fact in facts] == list("123064000400000")
    assert [fact.row_label for fact in facts[::5]] == ["行政复议", "未经复议直接起诉", "复议后起诉"]


def test_the_fourth_table_may_be_two() -> None:
    review = [["行政复议", "", "", "", ""], list(OUTCOMES), list("12306")]
    lawsuits = [
        ["未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4],
        [*OUTCOMES, *OUTCOMES],
        list("4000400000"),
    ]
    facts = facts_of(by_fields(review), by_fields(lawsuits, start=900))
    assert [fact.value for fact in facts] == list("123064000400000")
    assert {fact.table_no for fact in facts} == {1}


@pytest.mark.parametrize("corner", CORNERS, ids=str)
@given(blank=st.sets(st.integers(0, 14)))
@settings(max_examples=20)
def test_rows_of_one_block_each_may_have_blank_cells_anywhere(corner: list[Cell], blank: set[int]) -> None:
    values = ["" if at in blank else number for at, number in enumerate(FIFTEEN)]
    rows = [values[:5], values[5:10], values[10:]]
    facts = facts_of(ruled(_by_block(corner, rows)))
    assert [fact.value or "" for fact in facts] == values
    assert {fact.state for fact in facts if fact.value is None} <= {CellState.BLANK}
    assert {fact.table_no for fact in facts} == {1}


@pytest.mark.parametrize("corner", ["类别", ""])
@pytest.mark.parametrize("blank", range(15))
def test_a_label_of_two_cells_may_push_its_row_out(corner: str, blank: int) -> None:
    values = ["" if at == blank else number for at, number in enumerate(FIFTEEN)]
    facts = facts_of(ruled(_by_block([corner], [values[:5], values[5:10], values[10:]])))
    assert [fact.value or "" for fact in facts] == values


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("lost", range(5))
@pytest.mark.parametrize("padding", [0, 1])
def test_a_row_of_one_block_that_lost_a_cell_is_undetermined(row: int, lost: int, padding: int) -> None:
    rows = [FIFTEEN[:5], FIFTEEN[5:10], FIFTEEN[10:]]
    kept = [
        [cell for at, cell in enumerate(cells) if (number, at) != (row, lost)]
        for number, cells in enumerate(rows)
    ]
    drawn = [[*line, *[""] * padding] for line in _by_block([("类别", 2, 1)], kept)]
    facts = facts_of(ruled(drawn))
    read = [[fact.value for fact in facts[at : at + 5]] for at in (0, 5, 10)]
    assert read == [[None] * 5 if number == row else cells for number, cells in enumerate(rows)]


@pytest.mark.parametrize("is_ruled", [True, False])
def test_the_header_of_rows_of_one_block_each_decides(is_ruled: bool) -> None:
    names = ("总计", *OUTCOMES[:-1])
    rows = [["6", "1", "2", "3", "0"], ["4", "4", "0", "0", "0"], ["0"] * 5]
    labels = ["行政复议", "未经复议直接起诉", "复议后起诉"]
    flat = [["类别", *names], *([label, *cells] for label, cells in zip(labels, rows, strict=True))]
    facts = facts_of(ruled(_by_block(["类别"], rows, names)) if is_ruled else by_fields(flat))
    assert [fact.value for fact in facts] == [cell for cells in rows for cell in (*cells[1:], cells[0])]


def test_a_misspelt_block_and_a_row_that_is_none_spoil_no_other() -> None:
    rows = [
        ["类别", *OUTCOMES],
        ["行政复议", *"12306"],
        ["未经复议直接起诉", *"40004"],
        ["复议後起诉", *"00000"],
    ]
    facts = facts_of(by_fields([*rows, ["合计", *"52310"]]))
    assert [fact.value for fact in facts[:15]] == list("123064000400000")
    assert {(fact.block_key, fact.row_key, fact.row_label) for fact in facts[15:]} == {(None, None, "合计")}
    assert [fact.value for fact in facts[15:]] == list("52310")


@given(blank=st.sets(st.integers(0, 14)), padding=st.integers(0, 1))
@settings(max_examples=30)
def test_fifteen_cells_in_a_row_may_be_blank_anywhere(blank: set[int], padding: int) -> None:
    values = ["" if at in blank else number for at, number in enumerate(FIFTEEN)]
    facts = facts_of(ruled([*row, *[""] * padding] for row in fourth_ruled(values)))
    assert [fact.value or "" for fact in facts] == values


@given(blank=st.sets(st.integers(0, 14)), lost=st.integers(0, 14), padding=st.integers(0, 2))
@settings(max_examples=60)
def test_a_blank_cell_that_pads_the_fourth_table_makes_up_for_no_lost_one(
    blank: set[int], lost: int, padding: int
) -> None:
    values = ["" if at in blank else number for at, number in enumerate(FIFTEEN)]
    kept = [value for at, value in enumerate(values) if at != lost]
    facts = facts_of(ruled([*row, *[""] * padding] for row in fourth_ruled(kept)))
    assert {fact.value for fact in facts} == {None}


@pytest.mark.parametrize(("total", "is_read"), [("10", True), ("11", False)])
def test_below_a_name_too_many_the_sums_have_to_prove_the_order(total: str, is_read: bool) -> None:
    values = ["1", "2", "3", "4", total] * 3
    captions = [*[""] * 5, "未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4]
    facts = facts_of(by_fields([fourth_rows(values)[0], captions, [*OUTCOMES * 3, "小计"], values]))
    stated = [fact.value for fact in facts if fact.table_key == "t4" and fact.column_key]
    assert stated == (values if is_read else [None] * 15)


@pytest.mark.parametrize("at", [1, 2, 6])
def test_a_blank_cell_at_the_end_of_the_only_row_makes_up_for_no_lost_one(at: int) -> None:
    values = ["1", "", "", "2", "3", "4", "", "", "", "4", "5", "", "", "", "5"]
    facts = facts_of(by_fields(fourth_rows([*values[:at], *values[at + 1 :], ""])))
    assert [fact.value for fact in facts if fact.table_key == "t4"] == [None] * 15
    whole = facts_of(by_fields(fourth_rows(values)))
    assert [fact.value or "" for fact in whole if fact.table_key == "t4"] == values
