"""Tables that a page marks as such: every cell that is printed, in its place in the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grid import Layout, Table
from tests.pipelines.decoding import decode_html

PROSE = "<p>某县人民政府依照规定编制本报告，并对所列数据负责，统计期限为一年。</p>"
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
LABELS = (
    "（一）予以公开",
    "（二）部分公开",
    "1.属于国家秘密",
    "3.危及“三安全一稳定”",
    "四、结转下年度继续办理",
)


def tables_of(markup: str) -> tuple[Table, ...]:
    page = f"<html><body><div id='zoom'>{PROSE * 12}{markup}{PROSE * 3}</div></body></html>"
    decoded = decode_html(page.encode(), "https://www.example.gov.cn/a.html")
    for table in decoded.tables:
        for row in table.rows:
            assert decoded.text.startswith(row.text, row.start)
            assert row.start == 0 or decoded.text[row.start - 1] == "\n"
        assert decoded.text[table.end : table.end + 1] in ("", "\n")
    starts = [table.start for table in decoded.tables]
    assert starts == sorted(starts)
    return decoded.tables


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def form_rows(corner: str = NOTE, value: str = "3") -> str:
    rows = "".join(f"<tr><td>{label}<td>{value}<td>0" for label in LABELS)
    return f"<tr><td>{corner}<td>自然人<td>总计{rows}"


def test_spans_and_blocks_are_kept_and_only_printed_cells_count() -> None:
    (table,) = tables_of(
        "<table border=1><tr><td rowspan=2><p>甲</p><p>乙</p><td colspan=2>1<tr><td>&nbsp;<tr><td>丙</table>"
    )
    assert table.layout is Layout.CELLS
    assert [row.text for row in table.rows] == ["甲 乙\t1\t", "\t\t", "丙\t\t"]
    assert [
        [(cell.text, cell.column, cell.column_span, cell.row_span) for cell in row.cells]
        for row in table.rows
    ] == [[("甲\n乙", 0, 1, 2), ("1", 1, 2, 1)], [("", 1, 1, 1)], [("丙", 0, 1, 1)]]


DRESSED = {
    "a form in a cell": form_rows(value="3<form><input name=q></form>"),
    "headings in cells": form_rows(value="<h2>3</h2>"),
    "a form around the rows": f"<form>{form_rows()}</form>",
    "a long note in the corner": form_rows(f"{NOTE}<p>填表说明：各单位如实填写，不得空缺。</p>" * 40),
    "a table in a cell": form_rows(value="<table><tr><td>3</table>"),
    "a frame in a cell": form_rows(f"{NOTE}<iframe src=x></iframe>"),
}


@pytest.mark.parametrize("rows", DRESSED.values(), ids=DRESSED.keys())
def test_a_statutory_table_is_data_whatever_stands_in_its_cells(rows: str) -> None:
    (table,) = tables_of(f"<table>{rows}</table>")
    assert cells(table)[1:] == [[label, "3", "0"] for label in LABELS]


def test_tables_in_one_frame_are_the_tables() -> None:
    one = f"<table border=1>{form_rows()}</table>"
    found = tables_of(f"<table><tr><td><p>二、主动公开</p>{one}<p>三、申请</p>{one}</td></tr></table>")
    assert [len(table.rows) for table in found] == [6, 6]


def test_a_statutory_table_in_a_cell_of_another_is_a_table_of_its_own() -> None:
    heads = "".join(f"<td>{head}" for head in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计"))
    inner = f"<table><tr>{heads}<tr><td>1<td>2<td>3<td>4<td>10</table>"
    outer, own = tables_of(f"<table>{form_rows()}<tr><td>附{inner}<td><td></table>")
    assert cells(outer)[-1] == ["附", "", ""]
    assert cells(own)[-1] == ["1", "2", "3", "4", "10"]


CAPPED = {
    "a column span of ten thousand": "<tr><td colspan=10000>甲<td>1<tr><td>乙<td>2",
    "two thousand rows and more": "<tr><td>甲<td>1" * 2_100,
    "rows of three hundred cells": ("<tr>" + "<td>1" * 300) * 3,
}


@pytest.mark.parametrize("rows", CAPPED.values(), ids=CAPPED.keys())
def test_a_table_beyond_the_caps_says_so(rows: str) -> None:
    began = time.process_time()
    (table,) = tables_of(f"<table border=1>{rows}</table>")
    assert table.capped
    assert time.process_time() - began < 20


@pytest.mark.parametrize("depth", [300, 1_000])
def test_nested_tables_neither_crash_nor_stall(depth: int) -> None:
    began = time.process_time()
    tables_of("<table><tr><td>1</td><td>" * depth + "甲" + "</td></tr></table>" * depth)
    assert time.process_time() - began < 20


CELL = st.sampled_from(["", "0", "12", "规章", "（一）予以公开", "甲 乙", "1,234", "－"])
MATRICES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None, max_examples=100)
@given(matrix=MATRICES, spans=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=4))
def test_any_grid_with_merged_cells_is_read_as_printed(
    matrix: list[list[str]], spans: list[tuple[int, int]]
) -> None:
    width = len(matrix[0])
    heads = {row: min(span + 1, width) for row, span in spans if row < len(matrix)}
    rows = [
        f"<td colspan={heads[y]}>{row[0]}" + "".join(f"<td>{cell}" for cell in row[heads[y] :])
        if y in heads
        else "".join(f"<td>{cell}" for cell in row)
        for y, row in enumerate(matrix)
    ]
    found = tables_of("<table border=1><tr>" + "<tr>".join([*rows, "<td>尾<td>" * width]) + "</table>")
    printed = [
        [(row[0], 0, heads[y]), *((cell, x, 1) for x, cell in enumerate(row) if x >= heads[y])]
        if y in heads
        else [(cell, x, 1) for x, cell in enumerate(row)]
        for y, row in enumerate(matrix)
    ]
    assert [
        [(cell.text, cell.column, cell.column_span) for cell in row.cells] for row in found[0].rows[:-1]
    ] == printed
