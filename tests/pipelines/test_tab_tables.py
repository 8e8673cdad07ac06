"""Tables in a text, found by their tabs: printed ones, and those that we rendered ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grid import find_tab_tables
from pipelines.readers.html.elements import parse_page
from pipelines.readers.html.html_tables import read_grid
from pipelines.text.outline import split_passages
from tests.pipelines.decoding import decode_plain

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "one row a line": (
        "前文\n项目\t数量\n许可\t3\n后文很长，不是表格的一部分，到此为止。\n",
        ["项目\t数量\n许可\t3"],
    ),
    "a blank line is a page break": ("甲\t1\n\n乙\t2\n", ["甲\t1\n\n乙\t2"]),
    "a heading ends a table": ("甲\t1\n\n三、申请情况\n\n乙\t2\n", ["甲\t1", "乙\t2"]),
    "a paragraph ends a table": ("甲\t1\n" + "叙述" * 15 + "\n乙\t2\n", ["甲\t1", "乙\t2"]),
    "one cell a line, a cell broken over two": (
        "正文\n\t信息内容\n\t本年新\n制作数量\n\n\t\n\t3\n\n四、复议\n",
        ["\t信息内容\n\t本年新\n制作数量\n\n\t\n\t3"],
    ),
    "indented paragraphs are no table": (
        "\t" + "各部门应当公开。" * 9 + "\n\t" + "现印发给你们。" * 9 + "\n",
        [],
    ),
    "an indented signature is no table": ("特此通知。\n\t\t\t示范市人民政府\n\t\t\t2020年3月1日\n", []),
    "numbered lines are no table": ("一、\t总体情况\n（一）\t主动公开\n1.\t制度\n", []),
    "numbered rows are": ("1\t许可\n2\t处罚\n", ["1\t许可\n2\t处罚"]),
    "Windows line ends": ("甲\t1\r\n乙\t2\r\n后文。\r\n", ["甲\t1\r\n乙\t2"]),
    "no tabs": ("一、总体情况\n二、主动公开\n", []),
}


@pytest.mark.parametrize(("text", "tables"), TABLES.values(), ids=TABLES.keys())
def test_tables_are_runs_of_lines_with_tabs(text: str, tables: list[str]) -> None:
    assert [text[start:end] for start, end in find_tab_tables(text)] == tables


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        pytest.param("甲\t1\n" + "叙" * 20 + "\n乙\t2", 1, id="a part of a cell"),
        pytest.param("甲\t1\n" + "叙" * 21 + "\n乙\t2", 2, id="a paragraph"),
        pytest.param("\t" + "甲" * 60 + "\n\t乙\n\t1", 1, id="a cell a line"),
        pytest.param("\t" + "甲" * 61 + "\n\t乙\n\t1", 0, id="an indented paragraph"),
        pytest.param("\t甲\n\t1", 0, id="two indented lines"),
    ],
)
def test_lines_are_parts_of_tables_up_to_a_bound(text: str, tables: int) -> None:
    assert len(list(find_tab_tables(text))) == tables


@settings(deadline=None, max_examples=100)
@given(text=st.text("甲乙一、1.\t\t\n\n\r 。", max_size=80))
def test_spans_are_in_order_and_within_the_text(text: str) -> None:
    spans = list(find_tab_tables(text))
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(start < end <= len(text) for start, end in spans)


CELL = st.sampled_from(
    [
        *(
            "",
            "一、",
            "一、总体情况",
            "二、主动公开政府信息情况",
            "（一）",
            "（一）予以公开",
            "1.",
            "1.重复申请",
        ),
        *(
            "第一条",
            "第二章　总则",
            "3、",
            "许可",
            "12",
            "一、" + "公开" * 40,
            "三、其他。" + "叙述" * 40,
            "。",
        ),
    ]
)
GRIDS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5)
)


@settings(deadline=None, max_examples=300)
@given(grid=GRIDS, spans=st.booleans())
def test_every_line_of_a_rendered_table_is_found_again_and_none_is_a_heading(
    grid: list[list[str]], *, spans: bool
) -> None:
    rows = ["".join(f"<td>{cell}</td>" for cell in row) for row in grid]
    if spans:  # the first cell of the first row covers every row
        rows[0] = rows[0].replace("<td>", f"<td rowspan={len(rows)}>", 1)
    markup = "<table border=1>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    lines = read_grid(parse_page(markup).find(".//table")).lines()
    head = "某县年报，此处是一段足够长的正文，不会被当作表格的一部分。\n"
    text = head + "\n".join(lines) + "\n此后又是一段足够长的正文，不会被当作表格的一部分。\n"
    begin, end = len(head), len(head) + len("\n".join(lines))
    if any(line.strip() for line in lines):
        assert any(start <= begin and end <= stop for start, stop in find_tab_tables(text))
    assert [passage.level for passage in split_passages(text)[0]] == [0]


REAL = {
    "新乡市人民政府2019年政府信息公开工作年度报告.txt": ("第二十条第（一）项\t\t\t", "45"),
    "信阳市人民政府2019年政府信息公开工作年度报告.txt": ("第二十条第（一）项\t\t\t", "8"),
    "平原示范区2020年度政府信息公开工作年度报告.txt": ("\t第二十条第（一）项", "0"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_reports_have_their_three_tables(shared_documents: Path, name: str) -> None:
    payload = (shared_documents / name).read_bytes()
    text = decode_plain(payload).text
    assert text.encode() == payload
    tables = [text[start:end] for start, end in find_tab_tables(text)]
    assert len(tables) == 3
    assert tables[0].startswith(REAL[name][0])
    assert "勾稽关系" in tables[1][:30]
    assert tables[2].startswith(("行政复议", "\t行政复议"))
    assert tables[2].rstrip().endswith(REAL[name][1])
    assert not any("总体情况" in table or "存在的主要问题" in table for table in tables)


def test_real_documents_without_tables_have_none(shared_documents: Path) -> None:
    for name in ("河南省2019年政务公开工作要点.txt", "信阳市2018年政务公开重点工作责任分工方案.txt"):
        text = decode_plain((shared_documents / name).read_bytes()).text
        assert list(find_tab_tables(text)) == []
