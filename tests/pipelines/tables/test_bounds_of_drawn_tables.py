"""What is a row, a cell or a figure in a table that characters draw, at each bound and just beyond it."""

from __future__ import annotations

import pytest

from pipelines.grid import Layout
from pipelines.tables.text_rows import is_figure
from pipelines.tables.text_tables import find_tables


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
