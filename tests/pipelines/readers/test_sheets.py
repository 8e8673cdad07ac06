"""Numbers as sheets show them, and sheets as lines and tables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Block
from pipelines.readers.workbooks import BUILT_IN, Merge, Workbook, show_number

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = [
    ("12", "General", "12"),
    ("12", "G/通用格式", "12"),
    ("0.30000000000000004", "General", "0.3"),
    ("725018.69870000001", "General", "725018.6987"),
    ("1E-05", "General", "0.00001"),
    ("2841937", "General", "2841937"),
    ("0", "General", "0"),
    ("-0", "General", "0"),
    ("0", "0", "0"),
    ("0", "#,##0", "0"),
    ("0", "#", ""),
    ("1234.5", "0", "1235"),
    ("1234567.891", "#,##0.00", "1,234,567.89"),
    ("999", "#,##0", "999"),
    ("1.005", "0.00", "1.01"),
    ("2.5", "0.##", "2.5"),
    ("0.125", "0.0%", "12.5%"),
    ("0.125", "0%", "13%"),
    ("5", "00", "05"),
    ("5", "0_ ", "5"),
    ("5", "0_);[Red]\\(0\\)", "5"),
    ("-5", "0_);[Red]\\(0\\)", "-5"),
    ("-5", "0;[Red]0", "-5"),
    ("-5", "0", "-5"),
    ("-1234.5", "#,##0.0", "-1,234.5"),
    ("-5", '"A-1："0', "-A-1：5"),
    ("5", '0"件"', "5件"),
    ("5", "0!件", "5件"),
    ("5", '"￥"#,##0.00', "￥5.00"),
    ("5", "[$¥-804]#,##0", "¥5"),
    ("0", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"_ ;_ @_ ', "-"),
    ("0", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"??_ ;_ @_ ', "-"),
    ("0", "0;-0;", ""),
    ("7", "@", "7"),
    ("7", "", "7"),
    ("43831", "yyyy/m/d", "2020/1/1"),
    ("43831", 'yyyy"年"m"月"d"日"', "2020年1月1日"),
    ("43831", "yyyy-mm-dd;@", "2020-01-01"),
    ("43831", "[$-804]yyyy\\-mm", "2020-01"),
    ("43831.5", "yyyy/m/d h:mm", "2020/1/1 12:00"),
    ("43831.5", "mm:ss", "00:00"),
    ("59", "yyyy/m/d", "1900/2/28"),
    ("61", "yyyy/m/d", "1900/3/1"),
    ("123456789012345678901234567890123456789012345", "0", "1.23456789012346E+44"),
    ("1.5", f"0.{'0' * 500}", "1.5"),
]


@pytest.mark.parametrize(("stored", "code", "expected"), SHOWN)
def test_a_number_is_shown_as_its_format_says(stored: str, code: str, expected: str) -> None:
    shown = show_number(Decimal(stored), code)
    assert (shown.text, shown.is_plain) == (expected, True)


NOT_PLAIN = [
    ("12345", '0!.0,"万"', "12345"),
    ("12345", "0.0,", "12345"),
    ("12345", "0.00E+00", "12345"),
    ("0.5", "# ?/?", "0.5"),
    ("12", "[>100]0;0.0", "12"),
    ("12", "[DBNum1]0", "12"),
    ("43831", "d-mmm-yy", "43831"),
    ("43831.5", "h:mm AM/PM", "43831.5"),
    ("43831", "e年m月", "43831"),
    ("-1", "yyyy/m/d", "-1"),
    *(("0.375", BUILT_IN[key], "0.375") for key in (34, 35, 55, 56)),
]


@pytest.mark.parametrize(("stored", "code", "expected"), NOT_PLAIN)
def test_what_no_plain_format_shows_is_told_as_stored(stored: str, code: str, expected: str) -> None:
    shown = show_number(Decimal(stored), code)
    assert (shown.text, shown.is_plain) == (expected, False)


def test_days_may_be_counted_from_1904() -> None:
    assert show_number(Decimal(0), "yyyy/m/d", from_1904=True).text == "1904/1/1"


def test_every_built_in_format_shows_something() -> None:
    assert {
        key: show_number(Decimal(43831), code).text for key, code in BUILT_IN.items()
    }.keys() == BUILT_IN.keys()
    assert all(show_number(Decimal(43831), code).text for code in BUILT_IN.values())


def read_sheet(
    cells: dict[tuple[int, int], str], merges: Iterable[Merge], name: str = "Sheet1"
) -> tuple[list[Block], set[str]]:
    """Return the blocks of a workbook of one sheet, and its notes."""
    workbook = Workbook("a.xlsx")
    workbook.add_sheet(name, ((*place, text) for place, text in cells.items()), merges, is_hidden=False)
    return list(workbook.finish("xlsx").blocks), workbook.notes


def blocks_of(rows: list[list[str]], merges: tuple[Merge, ...] = (), name: str = "Sheet1") -> list[Block]:
    cells = {(y, x): text for y, row in enumerate(rows) for x, text in enumerate(row) if text}
    return read_sheet(cells, merges, name)[0]


def test_titles_and_headings_are_lines_and_tables_are_tables() -> None:
    rows = [
        ["某县2020年报告"],
        ["一、总体情况"],
        ["全年公开。\n共三条。"],
        ["二、主动公开政府信息情况"],
        ["第二十条第（一）项"],
        ["信息内容", "本年新制作数量"],
        ["规章", "3"],
        ["第二十条第（五）项"],
        ["信息内容", "本年增/减"],
        ["行政许可", ""],
        ["四、政府信息公开行政复议、行政诉讼情况"],
        ["行政复议", "行政诉讼"],
        [],
        ["无。"],
    ]
    blocks = blocks_of(rows, (Merge(4, 0, 4, 1), Merge(7, 0, 7, 1)), "年报")
    assert [block.text for block in blocks] == [
        *("年报", "某县2020年报告", "一、总体情况", "全年公开。", "共三条。", "二、主动公开政府信息情况"),
        (
            "第二十条第（一）项\t\n信息内容\t本年新制作数量\n规章\t3\n"
            "第二十条第（五）项\t\n信息内容\t本年增/减\n行政许可\t"
        ),
        *("四、政府信息公开行政复议、行政诉讼情况", "行政复议\t行政诉讼", "无。"),
    ]


def test_rows_under_a_merged_label_stay_together() -> None:
    blocks = blocks_of([["组", "甲", "1"], ["", "乙", ""], ["丙", "", "2"]], (Merge(0, 0, 1, 0),))
    assert len(blocks) == 1
    grid = blocks[0].grid
    assert grid is not None
    assert [(cell.row, cell.column) for cell in grid.rows[1]] == [(0, 0), (1, 1), (1, 2)]
    assert not grid.rows[1][0].is_origin
    assert grid.rows[0][0].row_span == 2


def test_text_that_a_merged_cell_hides_is_noted() -> None:
    blocks, notes = read_sheet({(0, 0): "1", (0, 1): "2", (0, 2): "3"}, [Merge(0, 0, 0, 1)], "甲")
    assert notes == {"covered_text"}
    assert blocks[-1].text == "1\t\t3"


def test_far_cells_cost_no_places_between() -> None:
    cells = {(row, column): "1" for row in range(0, 1_000_000, 1_000) for column in (0, 16_383)}
    first_row = Merge(0, 0, 0, 16_383)
    blocks, notes = read_sheet(cells, [first_row] * 50, "表")
    assert notes == {"covered_text", "table_capped"}
    assert sum(len(row) for block in blocks if block.grid for row in block.grid.rows) <= 2_000


def test_a_cell_over_a_whole_sheet_hides_all_others() -> None:
    cells = {(row, column): f"{row}" for row in range(0, 1_000_000, 1_000) for column in (0, 16_383)}
    blocks, notes = read_sheet(cells, [Merge(0, 0, 1_048_575, 16_383)] * 50, "表")
    assert (blocks, notes) == ([Block("0")], {"covered_text"})
