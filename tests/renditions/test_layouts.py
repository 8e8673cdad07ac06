"""Tables without rules, in many layouts: no figure has another value than is printed.

FLOORS says how many of the printed figures are read at least, by the way an extractor left the report, where
no cell is blank and where a fifth of the zeros is: white space keeps no place for those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from pipelines.forms.labels import SIMPLIFIED
from pipelines.metadata.fields import Kind
from tests.renditions.compared import compare
from tests.renditions.layouts import unruled_style
from tests.renditions.model import draw_report
from tests.renditions.to_pdf import STYLES, to_pdf
from tests.renditions.to_text import LAYOUTS, to_text
from tests.soak import first_of, series

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://www.qingxi.example/nb/report"


def lose_line(lines: list[str], place: int) -> list[str]:
    return [*lines[:place], *lines[place + 1 :]]


def double_line(lines: list[str], place: int) -> list[str]:
    return [*lines[: place + 1], *lines[place:]]


def break_line(lines: list[str], place: int) -> list[str]:
    """Break a line in its middle, within a figure where one stands there."""
    middle = len(lines[place]) // 2
    return [*lines[:place], lines[place][:middle], lines[place][middle:], *lines[place + 1 :]]


def join_lines(lines: list[str], place: int) -> list[str]:
    return [*lines[:place], "  ".join(lines[place : place + 2]), *lines[place + 2 :]]


CHANGES = (lose_line, double_line, break_line, join_lines)


@series
@pytest.mark.parametrize("seed", first_of([3, 4, 8, 10]))
def test_blank_cells_do_not_make_a_table_running_text(seed: int) -> None:
    report = draw_report("form_2021", seed)
    found = compare(read_document(to_pdf(report, STYLES["unruled"]), Hints(URL)), report.figures)
    assert (found.flagged, found.wrong) == ({}, {})


@series
@pytest.mark.parametrize("number", first_of([16, 26, 27, 30, 33, 55, 61, 67], 2))
def test_a_table_is_read_right_or_said_to_be_unread(number: int) -> None:
    report = draw_report("form_2021", number)
    found = compare(read_document(to_pdf(report, unruled_style(number)), Hints(URL)), report.figures)
    assert found.wrong == {}
    assert "blank" not in found.flagged.values()


@series
@pytest.mark.parametrize("number", first_of([3, 13, 302, 317]))
def test_labels_that_stand_word_for_word_tell_every_row(number: int) -> None:
    report = draw_report("form_2019", number)
    found = compare(read_document(to_pdf(report, unruled_style(number)), Hints(URL)), report.figures)
    assert found.wrong == {}
    assert found.share >= 0.95


@series
@pytest.mark.parametrize("number", first_of([5004, 5019], 2))
def test_words_tell_rows_by_their_places_where_the_end_of_a_page_tears_labels(number: int) -> None:
    report = draw_report("form_2021", number, 0.2, dashes=0.05)
    style = replace(unruled_style(number), is_split=True, height=700.0)
    found = compare(read_document(to_pdf(report, style), Hints(URL)), report.figures)
    assert found.wrong == {}
    assert "blank" not in found.flagged.values()
    assert found.share >= 0.95


@pytest.mark.parametrize("form", ["form_2019", "form_2021"])
def test_traditional_characters_are_read_as_simplified_ones(form: str) -> None:
    report = draw_report(form, 5)
    printed = to_text(report, LAYOUTS["bars"], 5).decode()
    simplified, traditional = (
        read_document(text.encode(), Hints(URL, "text/plain"))
        for text in (printed, printed.translate({new: old for old, new in SIMPLIFIED.items()}))
    )
    assert "開" in (traditional.metadata.title or "")
    assert (traditional.metadata.kind, traditional.metadata.year) == (Kind.ANNUAL_REPORT, report.year)
    assert compare(traditional, report.figures) == compare(simplified, report.figures)


FLOORS = {
    "columns of spaces": (0.9, 0.5),
    "columns of spaces, names halved": (0.9, 0.5),
    # A figure that broke above a label or below it is of either row, and leaves sums less to prove.
    "columns by position": (0.75, 0.65),
    # Its pieces of names are drawn in any order, which some of them contradict.
    "a cell a line": (0.95, 0.5),
    "column by column": (1, 0),
    "figures over lines": (0.85, 0.45),
    "figures above labels": (0, 0),  # they are those of the label below
    "figures broken": (0, 0),  # what is left of two figures may add up as they do
    "bars": (1, 0.99),
    "bars, labels torn off": (0.85, 0.5),
    "no head": (0.9, 0.5),
    "bars, padded": (1, 0.95),
    "a cell a line, bars behind": (1, 0.85),
    "a cell a line, bars below": (1, 0.9),
    "bars behind": (1, 0.99),
    "bars, blank cells as breaks": (0.88, 0),  # each break looks like the end of a row
    "tabs on lines": (1, 0.95),
    "pieces under headings": (1, 0.9),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("blanks", [0, 0.2])
def test_what_an_extractor_tore_is_read_right_or_said_to_be_unread(layout: str, blanks: float) -> None:
    printed = right = 0
    for seed in range(4):
        for form in ("form_2019", "form_2021"):
            report = draw_report(form, seed, blanks, dashes=blanks / 4)
            hints = Hints(URL, "text/plain")
            found = compare(read_document(to_text(report, LAYOUTS[layout], seed), hints), report.figures)
            assert {key: value for key, value in found.wrong.items() if key in report.figures} == {}
            assert "blank" not in found.flagged.values()
            printed += found.printed
            right += found.right
    assert right / printed >= FLOORS[layout][bool(blanks)]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), place=st.integers(0, 10_000), change=st.sampled_from(CHANGES))
def test_no_change_of_a_torn_text_makes_a_value_that_is_not_printed(
    layout: str, seed: int, place: int, change: Callable[[list[str], int], list[str]]
) -> None:
    """Lines that are lost, doubled, joined or broken: a row may be lost, none gets another's figures."""
    report = draw_report("form_2021", seed)
    lines = to_text(report, LAYOUTS[layout], seed).decode().split("\n")
    changed = change(lines, place % len(lines))
    reading = read_document("\n".join(changed).encode(), Hints(URL, "text/plain"))
    wrong = compare(reading, report.figures).wrong
    assert {key: value for key, value in wrong.items() if key in report.figures} == {}


@pytest.mark.parametrize("seed", [47, 201, 254, 272, 295, 314, 327])
def test_the_end_of_a_figure_that_broke_is_no_figure(seed: int) -> None:
    """In 二 no sum tells a figure from its end: what broke anywhere in it may have broken in each row."""
    report = draw_report("form_2021", seed)
    found = compare(
        read_document(to_text(report, LAYOUTS["figures broken"], seed), Hints(URL, "text/plain")),
        report.figures,
    )
    assert {key: value for key, value in found.wrong.items() if key in report.figures} == {}


@pytest.mark.parametrize("row", ["行政事业性收费", "3.其他"])
def test_a_row_that_a_line_without_its_bar_cuts_off_is_not_blank(row: str) -> None:
    report = draw_report("form_2021", 8, blanks=0)
    lines = to_text(report, LAYOUTS["a cell a line, bars behind"], 8).decode().split("\n")
    behind = next(number for number, line in enumerate(lines) if line.startswith(row)) + 1
    lines[behind] = lines[behind].rstrip(" |")
    found = compare(read_document("\n".join(lines).encode(), Hints(URL, "text/plain")), report.figures)
    assert (found.wrong, "blank" in found.flagged.values()) == ({}, False)


@pytest.mark.parametrize("row", ["行政处罚 | 51 |", "行政强制 | 7 |"])
def test_a_figure_behind_a_lost_bar_is_not_called_blank(row: str) -> None:
    lines = (
        *("二、主动公开政府信息情况", "信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |"),
        *("规章 | 0 | 0 | 0 |", "行政规范性文件 | 6 | 1 | 32 |", "第二十条第（五）项 |"),
        *("信息内容 | 本年处理决定数量 |", "行政许可 | 5 |", "第二十条第（六）项 |"),
        *("信息内容 | 本年处理决定数量 |", "行政处罚 | 51 |", "行政强制 | 7 |"),
    )
    text = "\n".join(lines)
    facts = read_document(
        text.replace(row, row.replace(" |", " ", 1)).encode(), Hints(URL, "text/plain")
    ).facts
    key = {"行政处罚": "penalties", "行政强制": "coercive_measures"}[row.partition(" ")[0]]
    assert {fact.state for fact in facts if fact.row_key == key} <= {
        CellState.AMBIGUOUS,
        CellState.LAYOUT_ERROR,
    }


WITH_NAMES = [
    layout
    for layout in LAYOUTS
    if layout not in ("no head", "a cell a line", "bars, labels torn off", "pieces under headings")
]
"""Where at least the beginnings of names stand beside one another, and in the table."""


@pytest.mark.parametrize("layout", WITH_NAMES)
@pytest.mark.parametrize("exchanged", [(0, 1), (2, 3), (3, 4), (0, 4)])
def test_columns_in_another_order_are_not_read_in_the_forms(layout: str, exchanged: tuple[int, int]) -> None:
    report = draw_report("form_2021", sum(exchanged), blanks=0, dashes=0)
    payload = to_text(report, LAYOUTS[layout], 1, exchanged)
    wrong = compare(read_document(payload, Hints(URL, "text/plain")), report.figures).wrong
    assert {key: value for key, value in wrong.items() if key in report.figures} == {}


@pytest.mark.parametrize("seed", range(3))
def test_a_line_of_zeros_that_is_printed_twice_stands_for_no_blank_cell(seed: int) -> None:
    report = draw_report("form_2021", seed, blanks=0.3)
    lines = to_text(report, LAYOUTS["figures over lines"], seed).decode().split("\n")
    for place in (number for number, line in enumerate(lines) if line.strip("0 ") == "" != line):
        doubled = "\n".join(double_line(lines, place)).encode()
        wrong = compare(read_document(doubled, Hints(URL, "text/plain")), report.figures).wrong
        assert {key: value for key, value in wrong.items() if key in report.figures} == {}


@pytest.mark.parametrize("seed", range(2))
def test_a_zero_that_is_printed_twice_in_its_cell_stands_for_no_blank_one(seed: int) -> None:
    report = draw_report("form_2021", seed)
    lines = to_text(report, LAYOUTS["a cell a line"], seed).decode().split("\n")
    for place in [number for number, line in enumerate(lines) if line == "0"][::4]:
        doubled = "\n".join(double_line(lines, place)).encode()
        wrong = compare(read_document(doubled, Hints(URL, "text/plain")), report.figures).wrong
        assert {key: value for key, value in wrong.items() if key in report.figures} == {}


SINGLE = ("行政许可", "行政处罚", "行政强制", "行政事业性收费")
"""Rows of a single figure, which is a row's own if both are on one line: below it may be a page's number."""


@pytest.mark.parametrize(("gap", "unread"), [(" ", {"rules", "normative_documents"}), ("\n", None)])
def test_a_blank_cell_takes_nothing_from_the_rows_of_a_single_figure(
    gap: str, unread: set[str] | None
) -> None:
    report = draw_report("form_2021", 3, blanks=0, dashes=0)
    lines = [line for line in to_text(report, LAYOUTS["a cell a line"], 3).decode().split("\n") if line]
    del lines[lines.index("规章") + 1]
    text = "\n".join(lines)
    for label in SINGLE:
        text = text.replace(f"\n{label}\n", f"\n{label}{gap}")
    found = compare(read_document(text.encode(), Hints(URL, "text/plain")), report.figures)
    flagged = {row for table, _, row, _ in found.flagged if table == "t2"}
    every = {row for table, _, row, _ in report.figures if table == "t2"}
    assert (found.wrong, flagged) == ({}, every if unread is None else unread)


def test_a_row_that_a_text_ends_in_is_not_blank() -> None:
    lines = (
        *("三、收到和处理政府信息公开申请情况", "申请人情况 | 自然人 | 法人或其他组织 | 总计 |"),
        *("商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |",),
        *("一、本年新收政府信息公开申请数量 | 3 | 0 | 0 | 0 | 0 | 1 | 4 |",),
        *(
            "二、上年结转政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |",
            "三、本年度办理结果 | （一）予以公开 |",
        ),
    )
    facts = read_document("\n".join(lines).encode(), Hints(URL, "text/plain")).facts
    assert {fact.state for fact in facts if fact.row_key == "disclosed"} <= {
        CellState.AMBIGUOUS,
        CellState.LAYOUT_ERROR,
    }


def test_a_single_row_between_bars_is_read() -> None:
    """宿迁 2025 as an extractor left it: the row of T4 alone between bars, below halves of its names."""
    lines = (
        *(
            "三、收到和处理政府信息公开申请情况",
            "| 一、本年新收政府信息公开申请数量 | 3746 | 63 | 0 | 0 | 19 | 2 | 3830 |",
        ),
        *("", "四、政府信息公开行政复议、行政诉讼情况", "行政复议行政诉讼"),
        "| 119 | 25 | 91 | 24 | 259 | 7 | 0 | 15 | 6 | 28 | 21 | 1 | 7 | 9 | 38 |",
    )
    facts = read_document("\n".join(lines).encode(), Hints(URL, "text/plain")).facts
    assert [fact.value for fact in facts if fact.table_key == "t4"] == lines[-1].strip("| ").split(" | ")
