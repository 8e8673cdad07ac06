"""Statutory tables without rules: told is what is printed, and nothing of what is doubtful."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grid import Box
from tests.pipelines.readers.layout.set_words import pages_of, rows_printed, rows_told, word
from tests.renditions.layouts import unruled_style
from tests.renditions.model import FORM_YEARS, draw_report
from tests.soak import seeds, series

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.readers.layout.geometry import Word

FORM, SEED, APPLICANTS = "form_2021", 11, 7
STYLE = replace(unruled_style(4), height=2400.0)
Words = list["Word"]


@series
@settings(max_examples=len(seeds(100)), deadline=None, derandomize=True)
@given(
    form=st.sampled_from(tuple(FORM_YEARS)),
    seed=st.integers(0, 2**32),
    layout=st.integers(0, 2**32),
    blanks=st.sampled_from((0.0, 0.2, 0.9)),
)
def test_a_row_that_is_told_has_the_figures_that_it_prints(
    form: str, seed: int, layout: int, blanks: float
) -> None:
    report = draw_report(form, seed, blanks)
    told = rows_told(pages_of(report, unruled_style(layout)), APPLICANTS)
    printed = rows_printed(report, form)
    assert {label: printed[label] for label in told} == told


@pytest.mark.parametrize("form", FORM_YEARS)
@pytest.mark.parametrize("layout", [1, 5, 6, 7, 9, 14, 17, 22, 53])
def test_every_row_is_told_in_layouts_of_all_kinds(form: str, layout: int) -> None:
    """Among them tables that go on from page to page, and marks that hang over the edges of cells."""
    report = draw_report(form, layout)
    assert rows_told(pages_of(report, unruled_style(layout)), APPLICANTS) == rows_printed(report, form)


def find(words: Words, text: str) -> Word:
    """Return the only word of a text."""
    [found] = [one for one in words if one.text == text]
    return found


def beside(words: Words, text: str, right: float, down: float) -> Word:
    """Return another word so far from the one of a text."""
    one = find(words, "二、上年结转政府信息公开申请数量")
    return word(text, one.box[2] + right, one.box[3] - 0.2 * one.height + down, one.height)


def without_a_label(words: Words) -> Words:
    return [one for one in words if one.text != "2.重复申请"]


def with_a_note_among_the_figures(words: Words) -> Words:
    return [*words, beside(words, "见附注", 40.0, 0.0)]


def with_figures_between_two_rows(words: Words) -> Words:
    one = find(words, "二、上年结转政府信息公开申请数量")
    return [*words, beside(words, "77", 40.0, 0.8 * one.height)]


def with_a_column_more(words: Words) -> Words:
    total = min((one for one in words if one.text == "总计"), key=lambda one: one.box.centre_y)
    return [*words, word("小计", total.box[2] + 30.0, total.box[3] - 0.2 * total.height, total.height)]


def with_a_head_twice(words: Words) -> Words:
    head = find(words, "自然人")
    return [*words, word("自然人", head.box[0], head.box[3] - 3 * head.height, head.height)]


def with_figures_below_the_last_row(words: Words) -> Words:
    last = find(words, "四、结转下年度继续办理")
    right = max(one.box[2] for one in words if abs(one.box.centre_y - last.box.centre_y) < last.height / 2)
    return [*words, word("77", right - last.height, last.box[3] + 0.8 * last.height, last.height)]


def with_figures_across_two_columns(words: Words) -> Words:
    moved = {"0": 25.0}
    return [
        one._replace(box=Box(one.box.left + by, one.box.top, one.box.right + by, one.box.bottom))
        if (by := moved.get(one.text))
        else one
        for one in words
    ]


CHANGES = (
    without_a_label,
    with_a_note_among_the_figures,
    with_figures_between_two_rows,
    with_a_column_more,
    with_a_head_twice,
    with_figures_below_the_last_row,
    with_figures_across_two_columns,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_table_with_something_doubtful_in_it_is_not_told(change: Callable[[Words], Words]) -> None:
    report = draw_report(FORM, SEED)
    [words] = pages_of(report, STYLE)
    assert rows_told([words], APPLICANTS) == rows_printed(report, FORM)
    assert rows_told([change(words)], APPLICANTS) == {}


@pytest.mark.parametrize(
    "left_out", [{"申请人情况"}, {"申请人情况", "法人或其他组织"}], ids=lambda left_out: str(len(left_out))
)
def test_what_stands_above_several_columns_may_be_left_out(left_out: set[str]) -> None:
    """The end of a page cuts a header, and copies of the form name the seven columns alone."""
    report = draw_report(FORM, SEED)
    [words] = pages_of(report, STYLE)
    assert left_out <= {one.text for one in words}
    words = [one for one in words if one.text not in left_out]
    assert rows_told([words], APPLICANTS) == rows_printed(report, FORM)


def test_a_table_that_goes_on_is_not_told_without_its_heads() -> None:
    report = draw_report(FORM, SEED)
    pages = pages_of(report, replace(unruled_style(22), height=842.0))
    first, second = (rows_told([page], APPLICANTS) for page in pages[-2:])
    assert len(pages) > 2
    assert len(rows_told(pages, APPLICANTS)) == len(rows_printed(report, FORM))
    assert second == {} or first == {}
