"""Which tables of a document are statutory, of which form, and where one ends and the next begins."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from pipelines.forms.form_model import CellState
from pipelines.forms.statutory_tables import read_forms
from pipelines.grid import Layout, Table
from tests.pipelines.forms.drawn import (
    COLUMNS,
    CORNER,
    by_fields,
    facts_of,
    fourth_rows,
    fourth_ruled,
    row_of,
    ruled,
    second_rows,
    third_labels,
    third_rows,
    third_ruled,
)

FIFTEEN = [str(number) for number in range(1, 16)]
SIZES = {("t2", "form_2019"): 22, ("t2", "form_2021"): 10, ("t3", "form_2019"): 161, ("t3", "form_2021"): 175}


@pytest.mark.parametrize("form", ["form_2019", "form_2021"])
def test_each_form_is_known_by_its_words(form: str) -> None:
    tables = (by_fields(second_rows(form)), by_fields(third_rows(form, {}), start=5_000))
    reading = read_forms((*tables, by_fields(fourth_rows(FIFTEEN), start=9_000)), is_report=True)
    assert reading.form == form
    sizes = Counter(fact.table_key for fact in reading.facts)
    assert sizes == {"t2": SIZES["t2", form], "t3": SIZES["t3", form], "t4": 15}
    assert {fact.form for fact in reading.facts} == {form}


def test_a_report_may_print_the_second_table_of_one_form_and_the_third_of_the_other() -> None:
    tables = (by_fields(second_rows("form_2021")), by_fields(third_rows("form_2019", {}), start=5_000))
    reading = read_forms(tables, is_report=True)
    assert reading.form == "form_mixed"
    assert {(fact.table_key, fact.form) for fact in reading.facts} == {
        ("t2", "form_2021"),
        ("t3", "form_2019"),
    }


def test_a_draft_is_known_by_its_labels_and_all_its_cells_are_blank() -> None:
    blank = ("",) * 7
    facts = facts_of(ruled(third_ruled("form_2021", {}, blank)), ruled(fourth_ruled([""] * 15), 9_000))
    assert Counter(fact.state for fact in facts) == {CellState.BLANK: 175 + 15}


def test_a_report_without_tables_and_another_document_without_them() -> None:
    assert read_forms((), is_report=True).form == "form_none"
    assert read_forms((), is_report=False).form is None


def test_the_fourth_table_alone_follows_no_form() -> None:
    reading = read_forms((by_fields(fourth_rows(FIFTEEN)),), is_report=True)
    assert reading.form is None
    assert [fact.value for fact in reading.facts] == FIFTEEN


@pytest.mark.parametrize("with_header", [True, False])
@pytest.mark.parametrize("at", [4, 9, 20, 26])
def test_a_third_table_cut_at_a_page_break_is_one(at: int, with_header: bool) -> None:
    rows = third_ruled("form_2021", {"carried_out": "1234567"})
    first, rest = (
        rows[:at],
        [[cell if isinstance(cell, str) else cell[0] for cell in row] for row in rows[at:]],
    )
    header = rows[:3] if with_header else []
    facts = facts_of(ruled(first), ruled([*header, *rest], start=9_000))
    assert len(facts) == 175
    assert {fact.table_no for fact in facts} == {1}
    assert row_of(facts, "carried_out") == list("1234567")


def test_a_group_that_is_printed_again_begins_nothing() -> None:
    rows = third_rows("form_2021", {"unable_not_held": "1000001"})
    at = next(number for number, row in enumerate(rows) if row[1] == "（四）无法提供")
    rows[at][0] = "三、本年度办理结果"
    facts = facts_of(by_fields(rows[:at]), by_fields(rows[at:], start=9_000))
    assert len(facts) == 175
    assert row_of(facts, "unable_not_held") == list("1000001")


@pytest.mark.parametrize("apart", [True, False])
def test_the_table_of_the_departments_is_a_table_of_its_own(apart: bool) -> None:
    own = third_rows("form_2019", {"new_requests": "1000001"})
    other = third_rows("form_2019", {"new_requests": "2000002"})
    tables = (by_fields(own), by_fields(other, start=9_000)) if apart else (by_fields([*own, *other]),)
    facts = facts_of(*tables)
    assert len(facts) == 2 * 161
    assert row_of(facts, "new_requests", 1) == list("1000001")
    assert row_of(facts, "new_requests", 2) == list("2000002")


def test_a_header_printed_again_begins_nothing() -> None:
    rows = third_rows("form_2019", {"results_total": "1000001"})
    facts = facts_of(by_fields([*rows[:12], *rows[:3], *rows[12:]]))
    assert len(facts) == 161
    assert row_of(facts, "results_total") == list("1000001")


def test_all_tables_may_be_drawn_as_one() -> None:
    rows = [
        *second_rows("form_2021", 15),
        ["三、收到和处理政府信息公开申请情况", *[""] * 14],
        *([*row, *[""] * 5] for row in third_rows("form_2021", {})),
        ["四、政府信息公开行政复议、行政诉讼情况", *[""] * 14],
        *fourth_rows(FIFTEEN),
    ]
    facts = facts_of(by_fields(rows))
    assert Counter(fact.table_key for fact in facts) == {"t2": 10, "t3": 175, "t4": 15}
    assert [fact.value for fact in facts if fact.table_key == "t4"] == FIFTEEN
    assert [fact.value for fact in facts if fact.table_key == "t2"] == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [["单位", "本年新收", "上年结转"], ["市财政局", "3", "4"], ["总计", "3", "4"]], id="departments"
        ),
        pytest.param(
            [["行政许可", "12"], ["行政处罚", "7"], ["行政强制", "0"]], id="matters without a header"
        ),
        pytest.param([["年度", "自然人", "总计"], ["2022", "3", "4"]], id="years"),
        pytest.param([["项目", "总计", "其他"], ["行政复议", "3", "4"]], id="one word of each"),
    ],
)
def test_what_shares_some_words_with_the_form_is_no_statutory_table(rows: list[list[str]]) -> None:
    facts = facts_of(by_fields(rows))
    assert not [fact for fact in facts if fact.table_key in ("t2", "t3", "t4")]


def test_thousands_of_tables_and_wide_grids_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        wide = [Table(Layout.CELLS, by_fields([["12"] * 200] * 20).rows, 0) for _ in range(count)]
        small = [by_fields([["（一）予以公开", "1", "2"], ["其他", "3", "4"]]) for _ in range(count * 10)]
        begin = time.process_time()
        read_forms((*wide, *small, by_fields(third_rows("form_2021", {}))), is_report=False)
        return time.process_time() - begin

    seconds(5)
    assert seconds(100) < 60 * max(seconds(10), 0.01)


def test_a_third_table_printed_a_hundred_times_is_a_hundred_tables() -> None:
    rows = third_rows("form_2021", {})
    begun = time.process_time()
    facts = facts_of(by_fields([*rows[:3], *(rows[3:] * 100)]))
    assert time.process_time() - begun < 10
    assert len(facts) == 100 * 175
    assert max(fact.table_no for fact in facts) == 100


def test_the_labels_of_the_forms_are_all_known() -> None:
    for form in ("form_2019", "form_2021"):
        rows = [[label, *COLUMNS] for _, _, label in third_labels(form)]
        assert len(rows) in (23, 25)
        body = [[row[0], *"1234567"] for row in rows]
        facts = facts_of(by_fields([[CORNER, *COLUMNS], *body]))
        assert {fact.value for fact in facts} == set("1234567")


@pytest.mark.parametrize("form", ["form_2019", "form_2021"])
def test_a_draft_of_the_second_table_is_blank_in_every_cell(form: str) -> None:
    rows = [
        [row[0], *(cell if row[0] == "信息内容" else "" for cell in row[1:])] for row in second_rows(form)
    ]
    facts = facts_of(by_fields(rows))
    assert [fact.state for fact in facts] == [CellState.BLANK] * SIZES["t2", form]
