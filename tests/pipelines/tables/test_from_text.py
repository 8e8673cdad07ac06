"""Tables that only the characters of a text draw: told apart as printed, torn cells left torn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_model import CellState, Measure
from pipelines.grid import Layout, Table
from pipelines.tables.text_tables import find_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE = "云泽市人民政府依照规定编制本报告，并对所列数据的真实性负责。\n"
BEHIND = "\n以上为云泽市人民政府的年度报告，纸质文本可在政务大厅领取，欢迎查阅。\n"


def read(text: str, taken: tuple[tuple[int, int], ...] = ()) -> list[tuple[Layout, list[list[str]]]]:
    tables = find_tables(text, taken)
    position = 0
    for table in tables:
        assert position <= table.start <= table.end <= len(text)
        position = table.end
        for row in table.rows:
            assert text.startswith(row.text, row.start)
            assert table.start <= row.start
            assert row.start + len(row.text) <= table.end
            assert [cell.column for cell in row.cells] == list(range(len(row.cells)))
    return [(table.layout, cells_of(table)) for table in tables]


def cells_of(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


DRAWN = {
    "tabs, blank cells kept": (
        "项目\t甲\t乙\n规章\t\t3\n\t\t\n其他\t1\t",
        Layout.TABS,
        [["项目", "甲", "乙"], ["规章", "", "3"], ["", "", ""], ["其他", "1", ""]],
    ),
    "a page's end between rows": ("规章\t0\n\n\n许可\t3", Layout.TABS, [["规章", "0"], ["许可", "3"]]),
    "a page's end in a row joins nothing": (
        "规章\t0\t1\n\n许可\t4\n\n2\t5",
        Layout.TABS,
        [["规章", "0", "1"], ["许可", "4"], ["2", "5"]],
    ),
    "the last cell of a row broken": (
        "规章\t1\t14\n12\n许可\t2\t3",
        Layout.TABS,
        [["规章", "1", "14\n12"], ["许可", "2", "3"]],
    ),
    "the last cell of a table broken": (
        "规章\t1\n许可\t14\n12",
        Layout.TABS,
        [["规章", "1"], ["许可", "14\n12"]],
    ),
    "a cell within a row broken": (
        "规章\t0\t0\t0\n行政许可\t42\n8\t195\t294",
        Layout.TABS,
        [["规章", "0", "0", "0"], ["行政许可", "42\n8", "195", "294"]],
    ),
    "the first figure of a row of figures broken": (
        "结果维持\t结果纠正\t总计\n6\n3\t66\t129",
        Layout.TABS,
        [["结果维持", "结果纠正", "总计"], ["6\n3", "66", "129"]],
    ),
    "headers broken": (
        "规章\t0\t0\t0\n信息内容\t本年新\n制作数量\t本年新\n公开数量\t对外公开总数量\n其他\t0\t0\t0",
        Layout.TABS,
        [
            ["规章", "0", "0", "0"],
            ["信息内容", "本年新\n制作数量", "本年新\n公开数量", "对外公开总数量"],
            ["其他", "0", "0", "0"],
        ],
    ),
    "a label broken before its cells": (
        "（一）予以公开\t1\t2\n（二）部分公开（区分处理的，只计\n这一情形，不计其他情形）\t3\t4",
        Layout.TABS,
        [
            ["（一）予以公开", "1", "2"],
            ["（二）部分公开（区分处理的，只计\n这一情形，不计其他情形）", "3", "4"],
        ],
    ),
    "a long piece of a label": (
        "规章\t1\n1.申请人\n无正当理由逾期不补正、行政机关不再处理其政府信息公开申请\t3",
        Layout.TABS,
        [["规章", "1"], ["1.申请人\n无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "3"]],
    ),
    "a page number": (
        "规章\t1\n- 4 -\n许可\t2\n\n5\n\n处罚\t3",
        Layout.TABS,
        [["规章", "1"], ["许可", "2"], ["处罚", "3"]],
    ),
    "a cell a line": (
        "\t信息内容\n\t本年新\n制作数量\n\n\t规章\n\t\n\t\xa0\n\n\t文件\n\t1\n2\n\t3",
        Layout.LINES,
        [["信息内容", "本年新\n制作数量"], ["规章", "", ""], ["文件", "1\n2", "3"]],
    ),
    "a cell a line, the page ends in a row": (
        "\t信息内容\n\t甲\n\t乙\n\n\t行政事业性收费\n\n\t\n\t1\n\n\xa0\n\t\xa0\n\t许可\n\t2",
        Layout.LINES,
        [["信息内容", "甲", "乙"], ["行政事业性收费", "", "1"], ["", "许可", "2"]],
    ),
    "a cell a line, rows not parted": (
        "\t规章\n\t0\n\t1\n\t行政许可\n\t2\n\t3",
        Layout.LINES,
        [["规章", "0", "1"], ["行政许可", "2", "3"]],
    ),
    "figures below as many names": (
        "\t结果维持\n\t结果纠正\n\t其他结果\n\t总计\n\n\t1\n\t2\n\t3\n\t6",
        Layout.LINES,
        [["结果维持", "结果纠正", "其他结果", "总计"], ["1", "2", "3", "6"]],
    ),
    "bars": (
        "| 项目 | 数 |\n|---|:-:|\n| 规章 | |\n| | **3** |",
        Layout.PIPES,
        [["项目", "数"], ["规章", ""], ["", "3"]],
    ),
    "bars and drawn rules": (
        "+------+----+\n| 规章 | 3  |\n+------+----+\n| 许可 | 12 |\n+------+----+",
        Layout.PIPES,
        [["规章", "3"], ["许可", "12"]],
    ),
    "one row between drawn rules": (
        "┌──────┬────┐\n│ 规章 │ 3  │\n├──────┼────┤\n└──────┴────┘",
        Layout.PIPES,
        [["规章", "3"]],
    ),
    "a broken cell between bars": (
        "| 规章 | 14\n12 | 3 |\n| 许可 | 1 | 2 |",
        Layout.PIPES,
        [["规章", "14\n12", "3"], ["许可", "1", "2"]],
    ),
    "a cell a line, a bar below its cell": (
        "信息内容 |\n本年制发件数 |\n现行有效件数 |\n规章\n|\n0 |\n|\n行政规范性文件\n|\n1 |\n2 |",
        Layout.LINES,
        [["信息内容", "本年制发件数", "现行有效件数"], ["规章", "0", ""], ["行政规范性文件", "1", "2"]],
    ),
    "bars without outer ones": (
        "规章 | 1 | 2\n文件 |  | 4\n许可 | 5 | 6",
        Layout.PIPES,
        [["规章", "1", "2"], ["文件", "", "4"], ["许可", "5", "6"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("drawn", "layout", "rows"), DRAWN.values(), ids=DRAWN.keys())
def test_rows_and_cells_as_drawn(drawn: str, layout: Layout, rows: list[list[str]]) -> None:
    assert read(f"{BEFORE}{drawn}{BEHIND}") == [(layout, rows)]


WORDED = {
    "spaces": (
        """一、本年新收政府信息公开申请数量 7 0 0 0 0 1 8
二、上年结转政府信息公开申请数量 1
（三）不予公开
1.属于国家秘密 0 0
（四）无 1.本机关不掌握相关政府信息 2 2
法提供 2.没有现成信息需要另行制作 3""",
        Layout.SPACES,
        [
            ["一、本年新收政府信息公开申请数量", "7", "0", "0", "0", "0", "1", "8"],
            ["二、上年结转政府信息公开申请数量", "1"],
            ["（三）不予公开"],
            ["1.属于国家秘密", "0", "0"],
            ["1.本机关不掌握相关政府信息", "2", "2"],
            ["2.没有现成信息需要另行制作", "3"],
        ],
    ),
    "a label broken over lines, a page's end": (
        """二、上年结转政府信息公开申请数量 1 1
- 4 -
（一）予以公开 2 2
（二）部分公开（区分处理的，只计这一情
形，不计其他情形） 3 3
3.危及“三安全一稳定” / /""",
        Layout.SPACES,
        [
            ["二、上年结转政府信息公开申请数量", "1", "1"],
            ["（一）予以公开", "2", "2"],
            ["（二）部分公开（区分处理的，只计这一情\n形，不计其他情形）", "3", "3"],
            ["3.危及“三安全一稳定”", "/", "/"],
        ],
    ),
    "a row of no form": (
        """1.属于国家秘密 1 1
2.属千其它 5 5
4.保护第三方合法权益 2 2
5.属于三类内部事务信息 3 3
6.属于四类过程性信息 0""",
        Layout.SPACES,
        [
            ["1.属于国家秘密", "1", "1"],
            ["2.属千其它", "5", "5"],
            ["4.保护第三方合法权益", "2", "2"],
            ["5.属于三类内部事务信息", "3", "3"],
            ["6.属于四类过程性信息", "0"],
        ],
    ),
    "figures that go on in another line": (
        """1.属于国家秘密 1 1
4.保护第三方合法权益 2 0 2
1
5.属于三类内部事务信息 3 3
6.属于四类过程性信息 0""",
        Layout.SPACES,
        [
            ["1.属于国家秘密", "1", "1"],
            ["4.保护第三方合法权益", "2 0 2\n1"],
            ["5.属于三类内部事务信息", "3", "3"],
            ["6.属于四类过程性信息", "0"],
        ],
    ),
    "a cell a line": (
        "信息内容\n本年处理决定数量\n行政处罚\n12\n行政强制\n3",
        Layout.SPACES,
        [["信息内容", "本年处理决定数量"], ["行政处罚", "12"], ["行政强制", "3"]],
    ),
    "figures below headers": (
        "结果维持 结果纠正 其他结果 尚未审结 总计\n0 1 1 0 2",
        Layout.SPACES,
        [["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"], ["0", "1", "1", "0", "2"]],
    ),
    "glued": (
        "信息内容本年制发件数规章000行政规范性文件8855698第二十条第（五）项本年处理决定数量行政许可10690",
        Layout.GLUED,
        [
            ["信息内容", "本年制发件数"],
            ["规章", "000"],
            ["行政规范性文件", "8855698"],
            ["第二十条第（五）项"],
            ["本年处理决定数量"],
            ["行政许可", "10690"],
        ],
    ),
    "glued, with spaces in one row": (
        "二、上年结转1000001（一）予以公开210000021（二）部分公开0000000（六）其他处理4 0 00 4（七）总计25",
        Layout.GLUED,
        [
            ["二、上年结转", "1000001"],
            ["（一）予以公开", "210000021"],
            ["（二）部分公开", "0000000"],
            ["（六）其他处理", "4 0 00 4"],
            ["（七）总计", "25"],
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("drawn", "layout", "rows"), WORDED.values(), ids=WORDED.keys())
def test_rows_found_by_the_labels_of_the_forms(drawn: str, layout: Layout, rows: list[list[str]]) -> None:
    assert read(f"{BEFORE}{drawn}{BEHIND}") == [(layout, rows)]


@pytest.mark.parametrize("behind", ["", "\n"], ids=["the end of the text", "a line end"])
def test_digits_below_a_table_are_the_rest_of_its_last_figure(behind: str) -> None:
    drawn = "规章\t1\t2\n许可\t3\t14\n12"
    assert read(drawn + behind) == [(Layout.TABS, [["规章", "1", "2"], ["许可", "3", "14\n12"]])]


def test_digits_below_words_that_end_in_a_figure_are_its_rest() -> None:
    drawn = "规章\t1\t2\n许可\t3\t其中2\n7"
    assert read(drawn) == [(Layout.TABS, [["规章", "1", "2"], ["许可", "3", "其中2\n7"]])]


def test_figures_on_lines_of_their_own_below_their_label_are_cells_though_nothing_adds_up() -> None:
    labels = ("（一）予以公开", "1.属于国家秘密", "4.保护第三方合法权益", "（七）总计")
    drawn = "\n".join(f"{label}\n5\n2\n9" for label in labels)
    assert read(drawn) == [(Layout.SPACES, [[label, "5", "2", "9"] for label in labels])]


@pytest.mark.parametrize(
    ("behind", "rows"),
    [
        pytest.param(
            "",
            [["规章", "1", "2"], ["行政规范性文件", "3", "4", "5"], ["行政许可", "6", "7"]],
            id="parted by labels",
        ),
        pytest.param(
            "||\n",
            [["规章", "1", "2"], ["行政规范性文件", "3", "4"], ["行政许可", "6", "7"]],
            id="no bars behind the last",
        ),
    ],
)
def test_rows_of_another_width_keep_their_cells_where_that_loses_none(
    behind: str, rows: list[list[str]]
) -> None:
    drawn = behind.join("".join(f"{cell} |\n" for cell in row) for row in rows)
    assert read(drawn) == [(Layout.LINES, rows)]


def test_a_label_broken_around_its_figures_keeps_them_in_one_cell() -> None:
    found = read(
        "（一）予以公开 1 1\n（二）部分公开（区分处理的， 3 0 2\n只计这一情形，不计其他情形）\n"
        "1.属于国家秘密 1 1\n5.属于三类内部事务信息 3 3\n（七）总计 6 6"
    )
    (torn,) = [rows for layout, rows in found if layout is Layout.GLUED]
    assert torn == [["（二）部分公开（区分处理的， ", "3 0 2\n只计这一情形，不计其他情形）"]]


def test_a_glued_row_among_others_is_a_table_of_its_own() -> None:
    glued = "1.属于国家秘密00000002.重复申请 3 3"
    found = read(f"一、本年新收 1 1\n（一）予以公开 2 2\n{glued}\n（七）总计 5 5\n四、结转下年度 0")
    assert [layout for layout, _ in found] == [Layout.SPACES, Layout.GLUED, Layout.SPACES]
    assert found[1][1] == [["1.属于国家秘密", "0000000"]]


LAWSUITS = (
    "行政复议 行政诉讼\n结果 结果 其他 尚未 总\n维持 纠正 结果 审结 计\n1 0 0 0 1 0 0 0 0 0 0 0 0 0 0\n"
)
HEADING = "四、因政府信息公开工作被申请行政复议提起行政诉讼情况\n"


@pytest.mark.parametrize(
    "above", ["", "全年没有发生因公开引起的复议，\n也没有诉讼。\n"], ids=["nothing", "sentences"]
)
def test_figures_of_lawsuits_stand_below_the_heading_and_what_is_said_first(above: str) -> None:
    [(layout, [_, names, figures])] = read(f"{HEADING}{above}{LAWSUITS}五、存在的主要问题及改进情况\n")
    assert (layout, figures) == (Layout.SPACES, ["1", "0", "0", "0", "1", *["0"] * 10])
    assert names == [word for line in LAWSUITS.splitlines()[:3] for word in line.split()]


def test_no_figure_of_a_later_section_is_one_of_lawsuits() -> None:
    assert read(f"{HEADING}没有。\n五、存在的主要问题及改进情况\n{LAWSUITS}") == []
    assert read(f"{HEADING}没有。\n12\n五、存在的主要问题及改进情况\n") == []


PROSE = {
    "a sentence": "其中予以公开12件，部分公开3件，不予公开1件，无法提供2件，重复申请4件，共办结22件。",
    "sentences": "行政许可 12 件。行政处罚 3 件。行政强制 1 件。规章 2 件。信息内容完整。",
    "a list of tasks": "1.规范性文件库\n2.行政许可\n3.行政处罚\n4.行政强制",
    "a sentence on reviews": "行政复议5件，结果维持3件，结果纠正1件，其他结果1件；行政诉讼2件。",
    "a menu": "首页 | 新闻 | 公开\n搜索 | 登录",
    "a menu with a bar behind each word": "首页 |\n新闻 |\n公开 |\n搜索 |\n登录 |",
    "tabs that indent": "\t" + "全年各项工作有序开展，各部门配合得当，成效较往年明显。" * 4,
}


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE.keys())
def test_prose_is_no_table(text: str) -> None:
    assert read(f"{BEFORE}{text}{BEHIND}") == []


def test_what_is_taken_is_not_read_again() -> None:
    text = "规章\t1\n许可\t2\n" + BEFORE + "处罚\t3\n强制\t4"
    assert read(text, ((0, 9),)) == [(Layout.TABS, [["处罚", "3"], ["强制", "4"]])]
    assert read(text, ((0, len(text)),)) == []


CELL = st.sampled_from(
    ["", "", "0", "12", "３", "1,234", "规章", "（一）予以公开", "甲 乙", "－", "77.86万元"]
)
LABEL = st.sampled_from(["行政许可", "规章", "（二）部分公开", "1.属于国家秘密", "其他"])


def matrices(first: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(2, 6).flatmap(
        lambda width: st.lists(
            st.builds(
                lambda head, rest: [head, *rest], first, st.lists(CELL, min_size=width, max_size=width)
            ),
            min_size=2,
            max_size=6,
        )
    )


DRAWINGS: dict[Layout, Callable[[list[list[str]]], str]] = {
    Layout.TABS: lambda rows: "\n".join("\t".join(row) for row in rows),
    Layout.PIPES: lambda rows: "\n".join(f"| {' | '.join(row)} |" for row in rows),
    Layout.LINES: lambda rows: "\n\n".join("\n".join(f"\t{cell}" for cell in row) for row in rows),
}


@settings(deadline=None, max_examples=80)
@given(rows=matrices(LABEL), layout=st.sampled_from([Layout.TABS, Layout.PIPES]))
def test_any_matrix_is_read_as_drawn(rows: list[list[str]], layout: Layout) -> None:
    assert read(f"{BEFORE}{DRAWINGS[layout](rows)}{BEHIND}") == [(layout, rows)]


FIGURE = st.sampled_from(["", "0", "12", "３", "1,234", "－", "77.86万元"])


@settings(deadline=None, max_examples=80)
@given(
    rows=st.lists(
        st.builds(lambda head, rest: [head, *rest], LABEL, st.lists(FIGURE, min_size=3, max_size=3)),
        min_size=2,
        max_size=6,
    )
)
def test_any_rows_of_labels_and_figures_are_read_a_cell_a_line(rows: list[list[str]]) -> None:
    assert read(f"{BEFORE}{DRAWINGS[Layout.LINES](rows)}{BEHIND}") == [(Layout.LINES, rows)]


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.lists(st.integers(0, 99_999), min_size=4, max_size=4), min_size=3, max_size=6),
    place=st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 4)),
    layout=st.sampled_from(list(DRAWINGS)),
    has_label=st.booleans(),
)
def test_no_part_of_a_broken_number_stands_alone(
    rows: list[list[int]], place: tuple[int, int, int], layout: Layout, *, has_label: bool
) -> None:
    y, x, cut = place[0] % len(rows), place[1], place[2]
    broken = str(rows[y][x] + 10_000)
    labels = ("行政许可", "1.属于国家秘密", "（二）部分公开", "行政处罚", "规章", "政府集中采购")
    cells = [
        [label] * (has_label or layout is Layout.LINES) + [str(number) for number in row]
        for label, row in zip(labels, rows, strict=False)
    ]
    heads = [["信息内容"] * (len(cells[0]) - 4) + ["甲", "乙", "丙", "总计"]]
    cells[y][len(cells[y]) - 4 + x] = f"{broken[:cut]}\n{broken[cut:]}"
    found = read(f"{BEFORE}{DRAWINGS[layout]([*heads, *cells])}{BEHIND}")
    stated = [cell for _, table in found for row in table for cell in row if "\n" in cell]
    assert stated
    assert all(read_cell(cell, Measure.COUNT).state is CellState.LAYOUT_ERROR for cell in stated)
    whole = sum(broken in (cell.replace("\n", "")) for cell in stated)
    assert whole == 1 or (not has_label and x == 0)


HOSTILE = {
    "a megabyte of tabs": "\t" * 1_000_000,
    "a megabyte of lines of tabs": "\t\n" * 500_000,
    "labels": "一、本年新收 3\n（一）予以公开 3\n1.属于国家秘密 2\n总计 1\n" * 25_000,
    "glued digits": "一、本年新收二、上年结转（一）予以公开（二）部分公开1.属于国家秘密" + "1" * 1_000_000,
    "spaced digits": "一、本年新收二、上年结转（一）予以公开（二）部分公开1.属于国家秘密 " + "1 " * 500_000,
    "brackets": "一、本年新收二、上年结转（一）予以公开1.属于国家秘密3" + "（" * 500_000,
    "bars": "|" * 1_000_000,
    "rows that never end": "| 1\n" * 50_000,
    "a row of cells that never ends": "甲 |\n1 |\n" + "乙 |\n" * 150_000,
    "figures behind words and a blank": "乙 |\n" * 50_000 + " |\n" + "1 |\n" * 50_000,
    "pieces of cells": "甲\t乙\n" + "公开\n" * 100_000 + "甲\t乙",
    "short words": "其他" * 200_000 + "本年新收上年结转国家秘密予以公开",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_take_time_in_proportion(text: str) -> None:
    began = time.process_time()
    find_tables(text)
    assert time.process_time() - began < 4


REPORTS = {
    "documents/平原示范区2020年度政府信息公开工作年度报告.txt": [Layout.LINES] * 3,
    "documents/信阳市人民政府2019年政府信息公开工作年度报告.txt": [Layout.TABS] * 3,
    "documents/新乡市人民政府2019年政府信息公开工作年度报告.txt": [Layout.TABS] * 3,
    "documents/河南省2019年政务公开工作要点.txt": [],
    "documents/信阳市2018年政务公开重点工作责任分工方案.txt": [],
    "real/reports/huaian_2024_section3_rawtext.txt": [Layout.SPACES] * 2,
    "real/reports/pingtan_2020.txt": [Layout.GLUED] * 3,
    "real/reports/pingtan_2022.txt": [Layout.GLUED, Layout.GLUED, Layout.SPACES],
    "real/reports/pingtan_2023.txt": [Layout.GLUED] * 3,
    "real/reports/pingtan_dishui_2013.txt": [],
}


@pytest.mark.parametrize(("name", "layouts"), REPORTS.items(), ids=REPORTS.keys())
def test_real_reports_have_their_tables(
    shared_documents: Path, shared_real: Path, name: str, layouts: list[Layout]
) -> None:
    assert shared_real.parent == shared_documents.parent
    text = (shared_documents.parent / name).read_text(encoding="utf-8")
    assert [layout for layout, _ in read(text)] == layouts


def test_a_page_that_ends_in_a_row_of_a_real_report(shared_documents: Path) -> None:
    name = "平原示范区2020年度政府信息公开工作年度报告.txt"
    tables = read((shared_documents / name).read_text(encoding="utf-8"))
    rows = {next(filter(None, row)): row for _, table in tables for row in table}
    assert rows["行政事业性收费"] == ["行政事业性收费", "", "1"]
    assert rows["8.属于行政查询事项"] == ["", "", "8.属于行政查询事项", *["0"] * 7]
    assert rows["信息内容"][1:] == ["采购项目数量", "采购总金额"]
    assert [len(table) for _, table in tables] == [18, 26, 4]
