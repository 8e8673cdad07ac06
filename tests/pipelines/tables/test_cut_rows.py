"""Rows of ruled tables that the end of a page cut."""

from __future__ import annotations

import pytest

from pipelines.grid import Table, table_of, unexpanded_grid
from pipelines.tables.text_tables import join_cut_rows

COLUMNS = 8
TEXT = " " * 1000
"""Nothing stands between the tables."""


def _table(page: int, *rows: str, columns: int = COLUMNS) -> Table:
    """Return a ruled table, its cells parted by commas, all as wide as the first row."""
    cells = [row.split(",") + [""] * (columns - row.count(",") - 1) for row in rows]
    whole = table_of(unexpanded_grid(cells), 100 * page, page=page)
    return Table(whole.layout, whole.rows, whole.end, page)


def _texts(table: Table) -> list[str]:
    return [",".join(cell.text for cell in row.cells).rstrip(",") for row in table.rows]


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        ("8.属,0,0,0,46,0,0,46", "于行政查询事项", "8.属\n于行政查询事项,0,0,0,46,0,0,46"),
        (
            "5.要求行政机关确认或重新出具",
            "已获取信息,0,2,0,0,0,0,2",
            "5.要求行政机关确认或重新出具\n已获取信息,0,2,0,0,0,0,2",
        ),
        ("（七）总计,1201,0,0,0,0,0,1201", ",7,,,,,,7", "（七）总计,1201\n7,0,0,0,0,0,1201\n7"),
        (
            ",自然人,商业企业,科研机构,社会公益,法律服务,其他,总",
            ",,,,组织,机构,,计",
            ",自然人,商业企业,科研机构,社会公益\n组织,法律服务\n机构,其他,总\n计",
        ),
        (
            "（六）其他处理,0,0,0,0,0,６,６",
            ",,,,,,６\n９,７\n０",
            "（六）其他处理,0,0,0,0,0,６\n６\n９,６\n７\n０",
        ),
    ],
)
def test_a_row_that_goes_on_overleaf_is_one(above: str, below: str, whole: str) -> None:
    first, second = join_cut_rows(
        TEXT, [_table(1, "（一）予以公开,1", above), _table(2, below, "2.重复申请,0")]
    )
    assert _texts(first) == ["（一）予以公开,1", whole]
    assert _texts(second) == ["2.重复申请,0"]


def test_a_row_goes_on_below_a_header_that_is_printed_again() -> None:
    header = ",自然人,商业企业,科研机构,社会公益组织,法律服务机构,其他,总计"
    first, second = join_cut_rows(
        TEXT, [_table(1, header, "6.属于四类,,,7,,7,7,21"), _table(2, header, "过程性信息", "2.重复申请,0")]
    )
    assert _texts(first) == [header, "6.属于四类\n过程性信息,,,7,,7,7,21"]
    assert _texts(second) == [header, "2.重复申请,0"]


def test_a_header_that_is_cut_stands_above_its_rows() -> None:
    above = ("（本列数据的,申请人情况", ",自然人,法人或其他组织,,,,,总计")
    below = ("勾稽关系,,商业企业,科研机构,社会公益组织,法律服务机构,其他", "2.重复申请,0")
    (table,) = join_cut_rows(TEXT, [_table(1, *above), _table(2, *below)])
    assert _texts(table) == [*above, *below]
    assert [row.number for row in table.rows] == [0, 1, 2, 3]
    assert table.page == 2


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("1.信访举报投诉类申请,0,0", "2.重复申请,0,0"),
        (",结果维持,结果纠正,其他结果,尚未审结,总计", ",3,1,0,0,4"),
        ("8.属于行政查询事项,0,0", "其他主动公开文件"),
        ("2,4,4", "3,6,6"),
        ("2022,30", "2023,,41"),
        ("1,0,0,0,1", "2021,2022,2023,2024,2025"),
        ("（一）予以公开,1,,,,,,1", ",,2,3"),
        ("（一）予以公开,1,,,,,,1", "2,2"),
    ],
)
def test_rows_that_stand_apart_stay_two(above: str, below: str) -> None:
    tables = [_table(1, above), _table(2, below)]
    assert join_cut_rows(TEXT, tables) == tables


@pytest.mark.parametrize(
    "below",
    [_table(1, "于行政查询事项"), _table(3, "于行政查询事项"), _table(2, "于行政查询事项", columns=5)],
)
def test_no_row_goes_on_but_overleaf_in_as_many_columns(below: Table) -> None:
    tables = [_table(1, "8.属,0,0,0,46,0,0,46"), below]
    assert join_cut_rows(TEXT, tables) == tables


def test_no_row_goes_on_behind_words() -> None:
    tables = [_table(1, "8.属,0,0,0,46,0,0,46"), _table(2, "于行政查询事项")]
    assert join_cut_rows(f"{TEXT[:190]}附表{TEXT}", tables) == tables
