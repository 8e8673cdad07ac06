"""Grids: every cell in its place, spans expanded, nothing glued, layout told from data."""

from __future__ import annotations

import pytest
from lxml import etree

from pipelines.grid import Cell
from pipelines.readers.html.elements import Element, parse_page
from pipelines.readers.html.html_tables import GRIDS as BOUNDS
from pipelines.readers.html.html_tables import is_data_table, read_grid, render_blocks


def table_of(rows: str, attributes: str = "") -> Element:
    return next(parse_page(f"<table {attributes}>{rows}</table>").iter("table"))


GRIDS = {
    "plain": ("<tr><td>甲<td>1<tr><td>乙<td>2", ["甲\t1", "乙\t2"]),
    "colspan": ("<tr><td colspan=2>甲<td>1<tr><td>a<td>b<td>c", ["甲\t\t1", "a\tb\tc"]),
    "rowspan": ("<tr><td rowspan=2>甲<td>1<tr><td>2", ["甲\t1", "\t2"]),
    "both": (
        "<tr><td rowspan=2 colspan=2>甲<td>1<tr><td>2<tr><td>a<td>b<td>c",
        ["甲\t\t1", "\t\t2", "a\tb\tc"],
    ),
    "rowspan to the end": ("<tr><td rowspan=0>甲<td>1<tr><td>2<tr><td>3", ["甲\t1", "\t2", "\t3"]),
    "rowspan beyond the end": ("<tr><td rowspan=9>甲<td>1<tr><td>2", ["甲\t1", "\t2"]),
    "spans that are no numbers": ("<tr><td colspan=x>甲<td colspan=-1>1<td colspan='2%'>2", ["甲\t1\t2\t"]),
    "short rows are filled": ("<tr><td>甲<td>1<td>2<tr><td>乙", ["甲\t1\t2", "乙\t\t"]),
    "blank cells stay": ("<tr><td>甲<td>&nbsp;<td>　<td><td>4", ["甲\t\t\t\t4"]),
    "a blank row stays": ("<tr><td>甲<td>1<tr><td><td><tr><td>乙<td>2", ["甲\t1", "\t", "乙\t2"]),
    "a row without cells does not": ("<tr><td>甲<td>1<tr></tr><tr><td>乙<td>2", ["甲\t1", "乙\t2"]),
    "blocks in a cell": ("<tr><td><p>3</p><p>4</p><td>5<br>6<td><div>7</div>8", ["3 4\t5 6\t7 8"]),
    "tabs and line ends in a cell": ("<tr><td>甲\t乙\n丙<td>1", ["甲 乙丙\t1"]),
    "sections": (
        "<thead><tr><th>项<th>数<tbody><tr><td>甲<td>1<tfoot><tr><td>计<td>1",
        ["项\t数", "甲\t1", "计\t1"],
    ),
    "cells without a row": ("<td>甲<td>1<tr><td>乙<td>2", ["甲\t1", "乙\t2"]),
}


@pytest.mark.parametrize(("rows", "lines"), GRIDS.values(), ids=GRIDS.keys())
def test_rows_are_lines_and_columns_stay(rows: str, lines: list[str]) -> None:
    assert list(read_grid(table_of(rows)).lines()) == lines


def test_a_place_knows_the_cell_that_covers_it() -> None:
    grid = read_grid(table_of("<tr><td rowspan=2><p>甲</p><p>乙</p><td>1<tr><td>2"))
    assert grid.rows[0][0] == Cell("甲\n乙", 0, 0, row_span=2)
    assert grid.rows[1][0] == Cell("甲\n乙", 0, 0, row_span=2, is_origin=False)
    assert grid.rows[1][1] == Cell("2", 1, 1)


HOSTILE = {
    "one enormous span": '<tr><td colspan="9007199254740991" rowspan="9007199254740991">甲<td>1<tr><td>2',
    "many large spans": "<tr><td colspan=65000 rowspan=60000>甲" * 50,
    "spans that multiply": ("<tr>" + "<td rowspan=2000>1" * 200) * 60,
}


@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE.keys())
def test_spans_are_capped_and_no_cell_is_lost(rows: str) -> None:
    grid = read_grid(table_of(rows))
    assert sum(cell.is_origin and bool(cell.text) for row in grid.rows for cell in row) == rows.count("<td")
    assert len(grid.rows) * len(grid.rows[0]) <= 2 * BOUNDS.most_columns * BOUNDS.most_rows


def test_a_table_beyond_the_caps_keeps_every_row_without_spans() -> None:
    grid = read_grid(table_of("<tr><td>甲<td>1" * (BOUNDS.most_rows + 1)))
    assert grid.capped
    assert grid.lines() == ("甲\t1",) * (BOUNDS.most_rows + 1)


ARTICLE = "<p>各部门应当在规定期限内公开政府信息，并对公开内容的真实性负责。</p>" * 30
DATA = {
    "two by two": ("<tr><td>甲<td>1<tr><td>乙<td>2", "", True),
    "one row": ("<tr><td>甲<td>1", "", True),
    "one drawn column": ("<tr><td>甲<tr><td>乙", "border=1", True),
    "one column with a drawn style": ("<tr><td style='border: 1px solid'>甲<tr><td>乙", "", True),
    "a long cell among others": (f"<tr><td>责任<td>{'重点任务' * 200}<tr><td>甲<td>乙", "", True),
    "one column without borders": ("<tr><td>示范市人民政府<tr><td>2020年1月1日", "", False),
    "one column of text": (f"<tr><td>{ARTICLE}<tr><td>乙", "border=1", False),
    "one cell": ("<tr><td>甲", "border=1", False),
    "a frame around a table": ("<tr><td>甲<td><table><tr><td>1<td>2</table>", "", False),
    "an article beside a menu": (f"<tr><td>公开指南<td>{ARTICLE}", "", False),
    "a form": ("<tr><td>查询<td><form><input></form><tr><td>a<td>b", "", False),
    "nothing": ("", "", False),
}


@pytest.mark.parametrize(("rows", "attributes", "is_data"), DATA.values(), ids=DATA.keys())
def test_layout_is_told_from_data_by_structure(rows: str, attributes: str, is_data: bool) -> None:
    assert is_data_table(table_of(rows, attributes)) is is_data


def test_spans_of_the_text_are_the_tables() -> None:
    page = (
        "<p>前</p><table><caption>表一</caption><tr><td><td>1</table><p>中</p><table><tr><td>甲<td></table>"
    )
    blocks = render_blocks(parse_page(page))
    assert [block.text for block in blocks] == ["前", "表一", "\t1\t", "中", "甲\t"]
    assert [block.text for block in blocks if block.is_table] == ["\t1\t", "甲\t"]


def test_an_inner_table_of_a_frame_is_data() -> None:
    page = "<table><tr><td><p>前</p><table border=1><tr><td>甲<td>1</table><p>后</p></table>"
    blocks = render_blocks(parse_page(page))
    assert [(block.text, block.is_table) for block in blocks] == [
        ("前", False),
        ("甲\t1", True),
        ("后", False),
    ]


def test_parsing_keeps_what_stands_deep() -> None:
    page = parse_page("<div>" * 1_000 + "深" + "</div>" * 1_000 + "<p>后</p>")
    assert "".join(page.itertext()) == "深后"
    assert isinstance(page, etree._Element)
