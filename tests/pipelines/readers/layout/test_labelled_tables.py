"""Statutory tables without rules: told is what is printed, and nothing of what is doubtful."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grid import Box, lay_out_cells
from pipelines.readers.layout.label_search import known_sheets
from pipelines.readers.layout.labelled_tables import (
    LabelledTable,
    Unfinished,
    find_labelled_tables,
    keep_whole,
)
from tests.pipelines.readers.layout.set_words import pages_of, rows_printed, rows_told, word
from tests.renditions.layouts import unruled_style
from tests.renditions.model import FORM_YEARS, draw_report
from tests.soak import seeds, series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


@pytest.mark.parametrize(("width", "is_one"), [(8, True), (9, False)])
def test_parts_of_a_table_are_one_only_where_their_labels_take_as_many_columns(
    width: int, is_one: bool
) -> None:
    """Of one column on the first page and of two on the next they would put figures below other heads."""
    sheet = known_sheets()[0]
    first = LabelledTable(lay_out_cells((), 1, 8), (), 0, Unfinished(sheet, 5, ()))
    second = LabelledTable(lay_out_cells((), 1, width), (), 5)
    assert keep_whole([[first], [second]]) == ([[first], [second]] if is_one else [[], []])


REVIEWS = [
    [text for block in ((12, 0, 3, 0, 15), (0, 0, 1, 1, 2), (5, 0, 0, 0, 5)) for text in map(str, block)],
    [text for block in ((1, 0, 3, 0, 15), (0, 0, 1, 1, 2), (5, 0, 0, 0, 5)) for text in map(str, block)],
]


def reviews(figures: Sequence[str], *, is_broken: bool, is_overleaf: bool, foot: str = "") -> list[Words]:
    """Return pages with the table of reviews, its header on the first."""
    x = [40.0 * column for column in range(15)]
    heads = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"] * 3
    header = [
        word("行政复议", 80.0, 105.0, 8.0),
        word("行政诉讼", 380.0, 100.0, 8.0),
        word("未经复议直接起诉", 270.0, 110.0, 8.0),
        word("复议后起诉", 480.0, 110.0, 8.0),
        *(word(text, left, 120.0, 8.0) for text, left in zip(heads, x, strict=True)),
    ]
    lines = [[text[:1] for text in figures], [text[1:] for text in figures]] if is_broken else [figures]
    row = [
        word(text, left, 140.0 + 10.0 * number, 8.0)
        for number, line in enumerate(lines)
        for text, left in zip(line, x, strict=True)
        if text
    ]
    foots = [word(foot, 300.0, 160.0, 8.0)] if foot else []
    return [[*header, *foots], row] if is_overleaf else [[*header, *row, *foots]]


@pytest.mark.parametrize("is_broken", [False, True], ids=["on one line", "broken"])
@pytest.mark.parametrize("foot", ["", "3", "第3页", "http://www.qingxi.example/nb/report"])
def test_a_row_of_reviews_overleaf_or_on_several_lines_is_told_where_it_adds_up(
    foot: str, is_broken: bool
) -> None:
    for figures, is_told in zip(REVIEWS, (True, False), strict=True):
        pages = reviews(figures, is_broken=is_broken, is_overleaf=True, foot=foot)
        first, second = keep_whole(_tables_of(pages))
        assert [[cell.text for cell in table.grid.rows[-1]] for table in second] == [figures] * is_told
        assert len(first) == is_told


def test_heads_of_reviews_without_what_stands_above_them_tell_a_row_that_adds_up() -> None:
    """The end of a page cuts the header."""
    for figures, is_told in zip(REVIEWS, (True, False), strict=True):
        [words] = reviews(figures, is_broken=False, is_overleaf=False)
        [tables] = _tables_of([[one for one in words if one.box.top > 112.0]])
        assert [[cell.text for cell in table.grid.rows[-1]] for table in tables] == [figures] * is_told


def test_figures_of_reviews_that_broke_on_their_page_are_told_and_two_rows_are_not() -> None:
    broken = reviews(REVIEWS[0], is_broken=True, is_overleaf=False)
    two_rows = reviews(["11", "00", "33", "00", "44"] * 3, is_broken=True, is_overleaf=False)
    told = [
        [cell.text for table in tables for cell in table.grid.rows[-1]]
        for tables in _tables_of([*broken, *two_rows])
    ]
    assert told == [REVIEWS[0], []]


def _tables_of(pages: Sequence[Words]) -> list[tuple[LabelledTable, ...]]:
    found: list[tuple[LabelledTable, ...]] = []
    for words in pages:
        before = next((table.unfinished for table in (found or [()])[-1] if table.unfinished), None)
        found.append(find_labelled_tables(words, before))
    return found
