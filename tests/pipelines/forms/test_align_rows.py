"""Which printed row is which row of the form."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms.form_model import CellState, How
from tests.pipelines.forms.drawn import (
    by_fields,
    facts_of,
    row_of,
    ruled,
    second_rows,
    third_labels,
    third_rows,
    third_ruled,
)

AMBIGUOUS, MISSING = ["<ambiguous>"] * 7, ["<layout_error>"] * 7


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        pytest.param("disclosed", "予以公开", id="no numeral"),
        pytest.param("disclosed", "(1)予以公开（含2项）", id="another numeral and a note with a figure"),
        pytest.param("new_requests", "一、本年\n新收政府信息\n公开申请数量", id="broken over lines"),
        pytest.param("carried_in", "二、上年度结转政府信息公开申请数量", id="another word"),
        pytest.param("denied_prohibited_by_law", "2.其他法律法规禁止公开", id="a shorter law"),
        pytest.param("denied_enforcement_file", "7.行政执法案卷信息", id="a word more"),
        pytest.param("denied_security_stability", '3.危及"三安全一稳定"', id="other quotation marks"),
        pytest.param("rejected_repeat", "2．重复申请", id="repeated"),
        pytest.param("rejected_excessive", "4、大量反复申请", id="repeated to excess"),
        pytest.param("rejected_petition_complaint", "1.信访、举报、投诉类申请", id="enumerated"),
        pytest.param("results_total", "（七）合计", id="another word for a total"),
        pytest.param("other_misc", "3.其它", id="another character for others"),
        pytest.param("natural", None, id="the form's own words"),
    ],
)
def test_a_row_is_found_by_its_words(key: str, printed: str | None) -> None:
    rows = third_rows("form_2021", {key: "1200003"})
    labels = {one: label for one, _, label in third_labels("form_2021")}
    if printed is None:
        key, printed = "disclosed", labels["disclosed"]
        rows = third_rows("form_2021", {key: "1200003"})
    renamed = [[printed if cell == labels[key] else cell for cell in row] for row in rows]
    facts = facts_of(by_fields(renamed))
    assert row_of(facts, key) == list("1200003")
    assert not [fact for fact in facts if fact.row_key is None]


@pytest.mark.parametrize(
    ("key", "printed", "found"),
    [
        pytest.param("disclosed", "（一）予以公幵", True, id="one character of four"),
        pytest.param("unable_must_be_created", "2.没有现成信总需要另行制作", True, id="inside a long label"),
        pytest.param(
            "rejected_excessive", "4.无正当理由大量重复申请", True, id="words of another row inside"
        ),
        pytest.param("results_total", "（七）总汁", False, id="one character of two"),
        pytest.param("disclosed", "（一）其中公开", False, id="half of it"),
    ],
)
def test_a_misspelt_label_is_matched_only_where_one_row_is_near(key: str, printed: str, found: bool) -> None:
    rows = third_ruled("form_2021", {key: "1200003"})
    labels = {one: label for one, _, label in third_labels("form_2021")}
    renamed = [
        [
            printed if cell == labels[key] else (printed, *cell[1:]) if cell[0] == labels[key] else cell
            for cell in row
        ]
        for row in rows
    ]
    facts = facts_of(ruled(renamed))
    assert row_of(facts, key) == (list("1200003") if found else MISSING)
    unknown = [fact.value for fact in facts if fact.row_key is None]
    assert unknown == ([] if found else list("1200003"))


def test_a_row_that_is_not_found_says_that_it_is_not_printed() -> None:
    rows = [row for row in third_rows("form_2021", {}) if "2.重复申请" not in row]
    facts = [fact for fact in facts_of(by_fields(rows)) if fact.row_key == "rejected_repeat"]
    assert {(fact.state, fact.how, fact.raw) for fact in facts} == {
        (CellState.LAYOUT_ERROR, How.NOT_PRINTED, None)
    }


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_rows_in_another_order_are_found_by_their_labels(seed: int) -> None:
    chance = Random(seed)
    values = {key: [str(chance.randint(0, 99)) for _ in range(7)] for key, _, _ in third_labels("form_2021")}
    rows = third_rows("form_2021", values)
    body = rows[3:]
    chance.shuffle(body)
    facts = facts_of(by_fields([*rows[:3], *body]))
    for key, cells in values.items():
        assert row_of(facts, key) in (cells, AMBIGUOUS, MISSING)
    assert sum(fact.value is not None for fact in facts) >= 23 * 7


def test_a_row_printed_twice_is_undetermined_and_quotes_both_lines() -> None:
    rows = third_rows("form_2021", {"disclosed": "1000001"})
    again = ["", "（一）予以公开", "", *"2000002"]
    facts = facts_of(by_fields([*rows[:10], again, *rows[10:]]))
    assert row_of(facts, "disclosed") == AMBIGUOUS
    raw = next(fact.raw or "" for fact in facts if fact.row_key == "disclosed")
    assert raw.count("予以公开") == 2


def test_rows_that_the_form_does_not_know_come_last_with_their_labels() -> None:
    rows = second_rows("form_2021")
    rows.insert(4, ["其他主动公开文件（各类）", "186", "86", "255"])
    facts = facts_of(by_fields(rows))
    assert [fact.row_key for fact in facts[:10]].count(None) == 0
    added = facts[10:]
    assert [(fact.row_label, fact.value) for fact in added] == [
        ("其他主动公开文件（各类）", value) for value in ("186", "86", "255")
    ]
    assert [fact.ordinal for fact in facts] == list(range(13))
    assert {fact.block_key for fact in added} == {"art20_1"}


def test_other_handling_is_a_row_in_one_form_and_a_group_in_the_other() -> None:
    old = facts_of(by_fields(third_rows("form_2019", {"other_handling": "1000001"})))
    new = facts_of(by_fields(third_rows("form_2021", {"other_misc": "1000001"})))
    assert row_of(old, "other_handling") == list("1000001")
    assert row_of(new, "other_misc") == list("1000001")
    assert row_of(new, "other_handling") == []


def test_figures_in_a_label_are_no_values() -> None:
    rows = second_rows("form_2019")
    rows[5][1] = "上一年项目数量（指2019年事项数）"
    rows[5][2] = "本年增/减（指2020年增减数，减少用负数，如-8）"
    facts = facts_of(by_fields(rows))
    assert [fact.value for fact in facts] == [str(number) for number in range(1, 23)]


def test_a_row_that_states_words_names_no_columns() -> None:
    keys = [key for key, _, _ in third_labels("form_2021")]
    facts = facts_of(by_fields(third_rows("form_2021", {keys[3]: ["详见附件"] * 7})))
    assert [row_of(facts, key) for key in keys if key != keys[3]] == [["0"] * 7] * (len(keys) - 1)
