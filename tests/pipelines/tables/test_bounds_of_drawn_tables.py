"""What is a row, a cell or a figure in a table that characters draw, at each bound and just beyond it."""

from __future__ import annotations

import pytest

from pipelines.grid import Layout
from pipelines.tables.text_rows import is_figure
from pipelines.tables.text_tables import find_tables, with_captions


def rows_of(text: str) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in find_tables(text) for row in table.rows]


def layouts_of(text: str) -> list[Layout]:
    return [table.layout for table in find_tables(text)]


@pytest.mark.parametrize(("rows", "tables"), [(2, 0), (3, 1)])
def test_rows_of_bars_without_outer_ones_are_a_table_from_three_on(rows: int, tables: int) -> None:
    assert len(find_tables("\n".join(["规章 | 1 | 2", "文件 | 3 | 4", "许可 | 5 | 6"][:rows]))) == tables


@pytest.mark.parametrize(("lines", "is_whole"), [(6, True), (7, False)])
def test_a_row_between_bars_goes_on_for_six_lines(lines: int, is_whole: bool) -> None:
    broken = "\n".join(["| 甲", *["乙 | 甲"] * (lines - 2), "乙 |"])
    # Most lines begin with a bar, so that those that do not go on with a row.
    rows = rows_of("| 许可 | 1 |\n" * 8 + broken)
    assert (["甲\n乙"] * (lines - 1) in rows) is is_whole


@pytest.mark.parametrize(("lines", "begun"), [(3, "1\n1\n1\n4"), (4, "1\n1\n1\n4")])
def test_the_first_cell_of_a_table_begins_in_three_lines_above_it(lines: int, begun: str) -> None:
    assert rows_of("1\n" * lines + "4\t5\t6\n7\t8\t9")[0] == [begun, "5", "6"]


@pytest.mark.parametrize(("names", "size"), [(3, 1), (4, 2)])
def test_more_than_three_names_before_figures_are_those_of_columns(names: int, size: int) -> None:
    cells = [*["结果维持", "结果纠正", "其他结果", "总计"][:names], *"1236"[:names]]
    assert len(rows_of("\n".join(f"\t{cell}" for cell in cells))) == size


@pytest.mark.parametrize(("figure", "layout"), [("123456", Layout.SPACES), ("1234567", Layout.GLUED)])
def test_a_count_has_six_digits_at_most(figure: str, layout: Layout) -> None:
    labels = ("（一）予以公开", "1.属于国家秘密", "4.保护第三方合法权益", "（七）总计")
    assert layouts_of("\n".join(f"{label} {figure} {figure}" for label in labels)) == [layout]


@pytest.mark.parametrize(("figures", "cells"), [(60, 61), (61, 2)])
def test_a_row_of_words_has_sixty_figures_at_most(figures: int, cells: int) -> None:
    labels = ("（一）予以公开", "1.属于国家秘密", "4.保护第三方合法权益", "（七）总计")
    rows = rows_of("\n".join(f"{label} {' '.join('1' * figures)}" for label in labels))
    assert {len(row) for row in rows} == {cells}


@pytest.mark.parametrize(("chars", "expected"), [(40, True), (41, False)])
def test_a_figure_has_forty_characters_at_most(chars: int, expected: bool) -> None:
    assert is_figure("1" * chars) is expected


@pytest.mark.parametrize(("chars", "is_piece"), [(80, True), (81, False)])
def test_a_piece_of_a_cell_between_bars_has_eighty_characters_at_most(chars: int, is_piece: bool) -> None:
    rows = rows_of(f"| 许可 | 1 |\n| 甲\n{'乙' * chars}\n丙 |")
    assert any("乙" in cell for row in rows for cell in row) is is_piece


LABELS = ("（一）予以公开", "1.属于国家秘密", "4.保护第三方合法权益", "（七）总计")


@pytest.mark.parametrize(("chars", "tables"), [(400, 1), (401, 0)])
def test_labels_of_one_table_stand_four_hundred_characters_apart_at_most(chars: int, tables: int) -> None:
    text = f"{LABELS[0]} 1\n{LABELS[1]} 2{' ' * (chars - 2)}{LABELS[2]} 3\n{LABELS[3]} 4"
    assert len(find_tables(text)) == tables


@pytest.mark.parametrize(("words", "tables"), [(60, 1), (61, 0)])
def test_sixty_characters_may_stand_between_labels(words: int, tables: int) -> None:
    text = f"{LABELS[0]} 1\n{LABELS[1]} 2 {'甲' * words} 2\n{LABELS[2]} 3\n{LABELS[3]} 4"
    assert len(find_tables(text)) == tables


@pytest.mark.parametrize(("words", "tables"), [(15, 1), (16, 0)])
def test_fifteen_characters_may_stand_between_labels_of_lawsuits(words: int, tables: int) -> None:
    text = f"结果维持 结果纠正 {'甲' * words} 其他结果 总计\n1 2 3 6"
    assert len(find_tables(text)) == tables


@pytest.mark.parametrize(("labels", "tables"), [(8, 1), (7, 0)])
def test_eight_labels_without_figures_are_a_table(labels: int, tables: int) -> None:
    printed = [
        "一、本年新收政府信息公开申请数量",
        "二、上年结转政府信息公开申请数量",
        *LABELS[:3],
        "5.属于三类内部事务信息",
        "6.属于四类过程性信息",
        "7.属于行政执法案卷",
    ]
    assert len(find_tables("\n".join(printed[:labels]))) == tables


def test_twenty_thousand_labels_are_looked_at() -> None:
    text = "一、本年新收 3\n（一）予以公开 3\n1.属于国家秘密 2\n2.重复申请 1\n" * 5_001
    tables = find_tables(text)
    assert sum(len(table.rows) for table in tables) == 20_000
    assert all(table.capped for table in tables)


def test_rows_that_bars_end_and_none_begins_keep_their_last_figure_whole() -> None:
    text = "规章|1|24|\n文件|3|40|\n许可|5|60|\n强制|5|61|"
    assert [row[-1] for row in rows_of(text)] == ["24", "40", "60", "61"]


def test_digits_behind_a_blank_line_may_end_the_cell_above_whatever_follows() -> None:
    """A figure that may be torn is no cell of its own, and none of it is lost."""
    text = "\t规章\n\t1\n\n45\n\t文件\n\t2\n\t3\n\n\t许可\n\t4\n\t5\n\n\t处罚\n\t6\n\t7\n"
    assert rows_of(text)[0] == ["规章", "1\n45", "文件", "2", "3"]


def test_the_name_above_a_table_is_its_first_row() -> None:
    text = "行政复议\n结果维持\t结果纠正\t总计\n1\t2\t3\n"
    (table,) = with_captions(text, find_tables(text))
    assert [(row.number, row.cells[0].text) for row in table.rows] == [
        (0, "行政复议"),
        (1, "结果维持"),
        (2, "1"),
    ]
