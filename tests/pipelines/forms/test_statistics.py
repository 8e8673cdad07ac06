"""Lists of indicators of the years before 2019, and tables of no known form."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_catalogue import form_by_id, known_forms, statistics_forms
from pipelines.forms.form_model import CellState, Fact, How
from pipelines.forms.statistics import indicator_words, older_forms, read_statistics
from pipelines.grid import Cell, Layout, Table, TableRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.forms.form_model import Form

Printed = str | tuple[str, int] | tuple[str, int, int]
"""A cell: its text, or its text with the columns and rows that it covers."""


def _table(rows: Sequence[Sequence[Printed]], layout: Layout = Layout.CELLS) -> Table:
    """Print a table; cells stand beside those that reach down from the rows above."""
    taken: set[tuple[int, int]] = set()
    printed = []
    for number, row in enumerate(rows):
        cells = []
        column = 0
        for cell in row:
            text, width, height = (cell, 1, 1) if isinstance(cell, str) else (*cell, 1)[:3]
            while (number, column) in taken:
                column += 1
            cells.append(Cell(text, number, column, height, width))
            taken |= {(number + down, column + right) for down in range(height) for right in range(width)}
            column += width
        text = "\t".join(cell.text for cell in cells)
        printed.append(TableRow(tuple(cells), text, 100 * number, number))
    return Table(layout, tuple(printed), 100 * len(rows))


def _brief(facts: Sequence[Fact]) -> list[tuple[str | None, str | None, str | None, str]]:
    return [(fact.row_key, fact.value, fact.unit, fact.state.value) for fact in facts]


HEAD = ["统计指标", "单位", "统计数"]
REQUESTS = [
    HEAD,
    ["三、依申请公开情况", "——", "——"],
    ["（一）收到申请数", "件", "17"],
    ["　　1.当面申请数", "件", "5"],
    ["　　2.传真申请数", "件", "0"],
    ["　　3.网络申请数", "件", ""],
    ["　　4.信函申请数", "件", "１２"],
    ["（三）申请答复数", "件", "17"],
    ["　　2.同意公开答复数", "件", "11"],
    ["　　4.不同意公开答复数", "件", "6"],
    ["　　　　其中：涉及国家秘密", "件", "6"],
    ["四、行政复议数量", "件", "3"],
    ["（三）其他情形数", "件", "1"],
    ["五、行政诉讼数量", "件", "2"],
    ["（三）其他情形数", "件", "2"],
    ["七、依申请公开信息收取的费用", "万元", "0.3500"],
    ["八、接待群众来访数", "人次", "1,204"],
]
REQUESTS_READ = [
    (None, None, None, "dash"),
    ("requests_received", "17", "件", "number"),
    ("requests_in_person", "5", "件", "number"),
    ("requests_by_fax", "0", "件", "zero"),
    ("requests_online", None, "件", "blank"),
    ("requests_by_letter", "12", "件", "number"),
    ("replies", "17", "件", "number"),
    ("replies_disclosed", "11", "件", "number"),
    ("replies_denied", "6", "件", "number"),
    ("denied_state_secret", "6", "件", "number"),
    ("reviews", "3", "件", "number"),
    ("reviews_other", "1", "件", "number"),
    ("litigation", "2", "件", "number"),
    ("litigation_other", "2", "件", "number"),
    ("fees", "0.3500", "万元", "number"),
    (None, "1204", "人次", "number"),
]


@pytest.mark.parametrize("layout", [Layout.CELLS, Layout.TABS, Layout.PIPES, Layout.LINES])
def test_the_national_list_of_indicators(layout: Layout) -> None:
    facts = read_statistics([_table(REQUESTS, layout)])
    assert _brief(facts) == REQUESTS_READ
    assert {(fact.form, fact.table_key, fact.table_no) for fact in facts} == {("form_stat_2014", "stat", 1)}
    assert [fact.ordinal for fact in facts] == list(range(len(facts)))
    assert {(fact.column_key, fact.column_label) for fact in facts} == {("value", "统计数")}
    first = facts[2]
    assert (first.row_label, first.raw, first.start) == ("　　1.当面申请数", "5", 300)
    assert (first.grid_row, first.grid_column, first.how) == (3, 2, How.GRID)


def test_headings_across_the_table_are_no_rows() -> None:
    table = _table(
        [
            [("政府信息公开情况统计表", 3)],
            HEAD,
            [("四、行政复议数量", 3)],
            ["（二）被依法纠错数", "件", "2"],
            [("五、行政诉讼数量", 3)],
            ["（二）被依法纠错数", "件", "1"],
        ]
    )
    keys = [fact.row_key for fact in read_statistics([table])]
    assert keys == ["reviews_corrected", "litigation_corrected"]


def test_a_division_in_a_column_of_its_own() -> None:
    table = _table(
        [
            [("统计指标", 2), "单位", "统计数"],
            [("四、行政复议数量", 1, 2), "维持具体行政行为数", "件", "4"],
            ["被依法纠错数", "件", "2"],
            [("五、行政诉讼数量", 1, 1), "被依法纠错数", "件", "1"],
        ]
    )
    facts = read_statistics([table])
    assert [(fact.row_key, fact.value) for fact in facts] == [
        ("reviews_upheld", "4"),
        ("reviews_corrected", "2"),
        ("litigation_corrected", "1"),
    ]
    assert facts[0].row_label == "维持具体行政行为数"


def test_a_shifted_label_in_tabs_leaves_its_row_unread() -> None:
    table = _table(
        [HEAD, ["四、行政复议数量", "被依法纠错数", "件", "2"], ["", "其他情形数", "件", "1"]], Layout.TABS
    )
    assert {(fact.value, fact.state) for fact in read_statistics([table])} == {(None, CellState.AMBIGUOUS)}


def test_two_lists_side_by_side_give_each_value_its_own_label() -> None:
    table = _table(
        [
            [*HEAD, *HEAD],
            ["收到申请数", "件", "7", "行政复议数量", "件", "3"],
            ["当面申请数", "件", "7", "其他情形数", "件", "3"],
        ]
    )
    assert [(fact.row_key, fact.row_label, fact.value) for fact in read_statistics([table])] == [
        ("requests_received", "收到申请数", "7"),
        ("reviews", "行政复议数量", "3"),
        ("requests_in_person", "当面申请数", "7"),
        (None, "其他情形数", "3"),  # of which division, the lists together do not tell
    ]


def test_a_list_of_departments_numbers_its_rows_and_splits_its_values() -> None:
    """As a district printed it in 2024, with figures of ours."""
    head = ["序号", "统 计 指 标", "单位", "区政府统计数", "区直单位统计数", "乡镇街道统计数"]
    rows = [
        [head[0], *head[1:]],
        ["1", "一、主动公开情况", "----", "", "", ""],
        ["2", "政府信息数（不同渠道和方式公开相同信息计1条）", "条", "120", "3405", ""],
        ["3", "其中：主动公开规范性文件数", "条", "2", "0", "7"],
        ["4", "制发规范性文件总数", "件", "2", "0", "7"],
    ]
    facts = [fact for fact in read_statistics([_table(rows)]) if fact.value is not None]
    assert [(fact.row_key, fact.column_label, fact.value, fact.unit) for fact in facts] == [
        (None, "区政府统计数", "120", "条"),
        (None, "区直单位统计数", "3405", "条"),
        *(
            ("proactive_normative_documents", label, value, "条")
            for label, value in zip(head[3:], "207", strict=True)
        ),
        *(
            ("normative_documents_made", label, value, "件")
            for label, value in zip(head[3:], "207", strict=True)
        ),
    ]


def test_an_annexed_list_is_read_with_its_report() -> None:
    """A report of 2016 with the national list as its annex, in the words of the form, figures of ours."""
    rows = [
        *("一、主动公开情况||", "（一）主动公开政府信息数|条|4521", "其中：主动公开规范性文件数|条|36"),
        *("三、依申请公开情况||", "（一）收到申请数|件|41", "1.当面申请数|件|3", "2.传真申请数|件|0"),
        *("3.网络申请数|件|30", "4.信函申请数|件|8", "（二）申请办结数|件|41", "四、行政复议数量|件|2"),
        *("（二）被依法纠错数|件|1", "五、行政诉讼数量|件|1", "（二）被依法纠错数|件|0"),
    ]
    cells = "".join(f"<tr><td>{row.replace('|', '</td><td>')}</td></tr>" for row in rows)
    page = f"""<html><head><title>青溪县2016年政府信息公开工作年度报告</title></head><body>
        <h1>青溪县2016年政府信息公开工作年度报告</h1>
        <p>本报告所列数据的统计期限自2016年1月1日起至12月31日止。</p><p>附：政府信息公开情况统计表</p>
        <table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr>{cells}</table></body></html>"""
    reading = read_document(page.encode(), Hints("http://www.qingxi.example/nb/2016.html", "text/html"))
    keyed = {fact.row_key: fact.value for fact in reading.facts if fact.value is not None}
    assert {fact.form for fact in reading.facts} == {"form_stat_2014"}
    assert (keyed["requests_received"], keyed["requests_online"], keyed["reviews_corrected"]) == (
        "41",
        "30",
        "1",
    )
    assert (keyed["litigation_corrected"], len(keyed)) == ("0", 12)


LOCAL = [
    ["指标名称", "计量单位", "代码", "本期实际", "本年累计"],
    ["同意公开答复数", "件", "01", "12", "48"],
    ["“免予公开范围1”数", "件", "02", "", "0"],
    ["行政申诉数", "件", "35", "1", ""],
]


@pytest.mark.parametrize("layout", [Layout.CELLS, Layout.TABS])
def test_the_code_is_never_the_value(layout: Layout) -> None:
    facts = read_statistics([_table(LOCAL, layout)])
    assert [(fact.row_key, fact.column_key, fact.value, fact.state) for fact in facts] == [
        ("replies_disclosed", "this_period", "12", CellState.NUMBER),
        ("replies_disclosed", "this_year", "48", CellState.NUMBER),
        ("exempt_1", "this_period", None, CellState.BLANK),
        ("exempt_1", "this_year", "0", CellState.ZERO),
        ("appeals", "this_period", "1", CellState.NUMBER),
        ("appeals", "this_year", None, CellState.BLANK),
    ]
    assert {(fact.form, fact.table_key) for fact in facts} == {("form_local_pre2014", "stat")}


@pytest.mark.parametrize("layout", [Layout.CELLS, Layout.TABS])
@pytest.mark.parametrize(
    ("row", "value"),
    [
        pytest.param(["收到申请数", "17"], None, id="the unit is lost"),
        pytest.param(["收到申请数", "17", ""], None, id="a figure among the units"),
        pytest.param(["收到申请数", "件", "1\n7"], None, id="a torn figure"),
        pytest.param(["收到申请数", "件", "0017"], None, id="a leading zero"),
        pytest.param(["17", "件", "5"], None, id="a figure for a label"),
        pytest.param(["收到申清数", "件", "17"], "17", id="a misspelt label has no key"),
        pytest.param(["收到申请数", "", "17"], "17", id="a blank unit"),
        pytest.param(["收到申请数", "件", "17件"], "17", id="a unit in the cell"),
    ],
)
def test_a_damaged_row_states_nothing(layout: Layout, row: list[str], value: str | None) -> None:
    rows = [HEAD, row, ["当面申请数", "件", "5"]]
    damaged, whole = read_statistics([_table(rows, layout)])
    assert (damaged.value, whole.value) == (value, "5")
    if value is None:
        assert damaged.state in (CellState.LAYOUT_ERROR, CellState.AMBIGUOUS)
        assert damaged.raw
    assert damaged.row_key in {None, "requests_received"}


def test_a_list_cut_in_two_is_one_list_and_a_second_list_is_another() -> None:
    first = _table(REQUESTS[:6])
    rest = _table(REQUESTS[6:])
    layout = _table([["上一页", "下一页"], ["返回", "打印"]])
    facts = read_statistics([first, layout, rest, first, rest])
    once = len(REQUESTS_READ)
    assert [fact.table_no for fact in facts] == [1] * once + [2] * once
    assert _brief(facts[:once]) == _brief(facts[once:]) == REQUESTS_READ
    assert [fact.ordinal for fact in facts[:once]] == list(range(once))


def test_a_row_printed_twice_has_its_key_once() -> None:
    table = _table([HEAD, ["收到申请数", "件", "17"], ["收到申请数", "件", "18"]])
    assert [fact.row_key for fact in read_statistics([table])] == ["requests_received", None]


@pytest.mark.parametrize("form", statistics_forms(), ids=lambda form: form.id)
def test_an_older_form_is_a_form_like_any_other(form: Form) -> None:
    assert form_by_id(form.id) is form
    assert form not in known_forms()
    (table,) = form.tables
    (block,) = table.blocks
    keys = [row.key for row in block.rows]
    assert (table.key, block.key, len(set(keys))) == ("stat", None, len(keys))
    for identity in form.identities:
        assert {term.key for term in (*identity.left, *identity.right)} <= set(keys)
    (older,) = [one for one in older_forms() if one.form is form]
    for row in block.rows:
        found, _ = older.find_row(row.label, row.group)
        assert found is row
        assert indicator_words(row.label) in row.anchors


def test_a_table_of_no_form_keeps_its_labels_and_headers() -> None:
    table = _table(
        [
            [("收费减免情况", 5)],
            [("序号", 1, 2), ("事项", 1, 2), ("金额", 2), ("备注", 1, 2)],
            ["应收（单位：元）", "减免（元）"],
            ["1", "复印", "1,200.50", "", "已公示"],
            ["2", "邮寄", ("30元", 2), ""],
            [("小计", 5)],
        ]
    )
    facts = read_statistics([table])
    assert [(fact.row_label, fact.column_label, fact.value, fact.unit, fact.state) for fact in facts] == [
        ("复印", "应收（单位：元）", "1200.50", "元", CellState.NUMBER),
        ("邮寄", None, "30", "元", CellState.NUMBER),
    ]
    assert {(fact.form, fact.table_key, fact.row_key, fact.column_key) for fact in facts} == {
        (None, "other", None, None)
    }


def test_blank_cells_in_a_column_of_figures_are_rows_too() -> None:
    table = _table([["部门", "2017", "2018"], ["教育局", "5", ""], ["卫生局", "／", "7"]])
    assert [
        (fact.row_label, fact.column_label, fact.value, fact.state) for fact in read_statistics([table])
    ] == [
        ("教育局", "2017", "5", CellState.NUMBER),
        ("教育局", "2018", None, CellState.BLANK),
        ("卫生局", "2017", None, CellState.DASH),
        ("卫生局", "2018", "7", CellState.NUMBER),
    ]


def test_in_tabs_a_row_of_another_length_is_ambiguous() -> None:
    rows = [["部门", "受理", "办结"], ["教育局", "5", "4"], ["卫生局", "7"], ["民政局", "1", "", ""]]
    facts = read_statistics([_table(rows, Layout.TABS)])
    assert [(fact.row_label, fact.value, fact.state) for fact in facts] == [
        ("教育局", "5", CellState.NUMBER),
        ("教育局", "4", CellState.NUMBER),
        ("卫生局", None, CellState.AMBIGUOUS),
        ("民政局", "1", CellState.NUMBER),
        ("民政局", None, CellState.BLANK),
    ]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(_table([]), id="no rows"),
        pytest.param(_table([["浏览次数", "15"]]), id="one row"),
        pytest.param(_table([["首页", "概况"], ["本局全年无申请", "详见附件"]]), id="words only"),
        pytest.param(_table([["部门", "受理"], ["教育局", "5"]], Layout.SPACES), id="white space"),
        pytest.param(_table([["部门受理"], ["教育局5"]], Layout.GLUED), id="no borders"),
    ],
)
def test_nothing_is_read_where_nothing_can_be_told(table: Table) -> None:
    assert read_statistics([table]) == ()


def test_beyond_the_cap_the_rest_is_counted() -> None:
    rows = [["部门", *(f"第{column}列" for column in range(50))]]
    rows += [[f"部门甲{row}", *("5" for _ in range(50))] for row in range(41)]
    facts = read_statistics([_table(rows)])
    assert len(facts) == 2_001
    assert (facts[-1].state, facts[-1].value, facts[-1].raw) == (
        CellState.LAYOUT_ERROR,
        None,
        "（另有1行未列全）",
    )


@pytest.mark.parametrize("head", [["部门", "受理", "办结"], HEAD], ids=["unknown", "list of indicators"])
def test_no_more_is_read_of_a_long_table_than_is_stored(head: list[str]) -> None:
    rows = _table([head, *(["收到申请数", "件", "5"] for _ in range(20_000))]).rows
    begin = time.process_time()
    facts = read_statistics([Table(Layout.CELLS, rows, 0)])
    assert time.process_time() - begin < 1
    assert len(facts) == 2_001
    assert facts[-1].raw == f"（另有{18_000}行未列全）"


CELL = st.sampled_from(
    [
        *HEAD,
        "代码",
        "",
        "件",
        "万元",
        "5",
        "17",
        "0",
        "1\n2",
        "—",
        "收到申请数",
        "其他情形数",
        "四、行政复议数量",
        "备注",
        "2018",
        "3（2）",
    ]
)
SPANNED = st.one_of(
    CELL, st.tuples(CELL, st.integers(1, 4)), st.tuples(CELL, st.integers(1, 3), st.integers(1, 3))
)


@given(
    st.lists(st.lists(st.lists(SPANNED, max_size=6), max_size=6), max_size=3), st.sampled_from(list(Layout))
)
def test_no_table_raises_and_every_value_is_a_printed_cell(
    tables: list[list[list[Printed]]], layout: Layout
) -> None:
    printed = [_table(rows, layout) for rows in tables]
    cells = {cell.text for table in printed for row in table.rows for cell in row.cells}
    facts = read_statistics(printed)
    assert len({fact.ref for fact in facts}) == len(facts)
    for fact in facts:
        assert (fact.value is not None) == (fact.state in {CellState.NUMBER, CellState.ZERO})
        if fact.value is not None:
            assert fact.raw in cells
            assert fact.value == fact.raw
