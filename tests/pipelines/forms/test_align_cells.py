"""Which printed cell stands in which column, and which are undetermined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms.form_model import CellState, How
from pipelines.grid import Layout
from tests.pipelines.forms.drawn import (
    COLUMN_KEYS,
    COLUMNS,
    CORNER,
    by_fields,
    facts_of,
    row_of,
    ruled,
    second_rows,
    third_labels,
    third_rows,
    third_ruled,
)

if TYPE_CHECKING:
    from tests.pipelines.forms.drawn import Cell

FORM = "form_2019"
KEYS = [key for key, _, _ in third_labels(FORM)]
AMBIGUOUS = ["<ambiguous>"] * 7
VALUES = {key: [str(10 * at + n) for n in range(1, 8)] for at, key in enumerate(KEYS, 1)}
ONLY_TOTALS = ("", "", "", "", "", "", "9")
FIFTEEN = [str(number) for number in range(1, 16)]


def test_cells_below_a_header_are_read_in_its_order() -> None:
    facts = facts_of(ruled(third_ruled(FORM, VALUES)))
    for key, cells in VALUES.items():
        assert row_of(facts, key) == cells
    assert {fact.how for fact in facts} == {How.GRID}
    assert [fact.grid_column for fact in facts[:7]] == list(range(3, 10))


@pytest.mark.parametrize("lost", range(7))
@pytest.mark.parametrize("row", ["new_requests", "disclosed", "denied_third_party", "carried_out"])
def test_a_ruled_row_that_lost_a_cell_is_undetermined_as_a_whole(row: str, lost: int) -> None:
    rows = third_ruled(FORM, {**VALUES, "denied_third_party": ["", "", "5", "", "", "", "5"]})
    at = 3 + KEYS.index(row)
    values = len(rows[at]) - 7
    rows[at] = [*rows[at][: values + lost], *rows[at][values + lost + 1 :]]
    facts = facts_of(ruled(rows))
    assert row_of(facts, row) == AMBIGUOUS
    assert sum(fact.value is not None for fact in facts) >= 154 - 5


def test_an_added_column_moves_no_other() -> None:
    rows = third_ruled(FORM, VALUES)
    rows[0][1], rows[1][1] = ("申请人情况", 8, 1), ("法人或其他组织", 6, 1)
    rows[2] = [*COLUMNS[1:-1], "小计"]
    for row in rows[3:]:
        row.insert(-1, "777")
    facts = facts_of(ruled(rows))
    for key, cells in VALUES.items():
        assert row_of(facts, key) == cells
    added = [fact for fact in facts if fact.column_key is None]
    assert {(fact.column_label, fact.value) for fact in added} == {("小计", "777")}
    assert [fact.ordinal for fact in added] == list(range(161, 161 + 23))


def test_a_reordered_header_decides() -> None:
    rows = third_ruled(FORM, VALUES)
    rows[2] = ["科研机构", "商业企业", *COLUMNS[3:-1]]
    facts = facts_of(ruled(rows))
    for key, cells in VALUES.items():
        assert row_of(facts, key) == [cells[0], cells[2], cells[1], *cells[3:]]


def test_a_header_of_three_columns_leaves_the_others_unprinted() -> None:
    rows: list[list[str]] = [[CORNER, "自然人", "法人或其他组织", "总计"]]
    rows += [[label, "1", "2", "3"] for _, _, label in third_labels(FORM)]
    facts = facts_of(by_fields(rows))
    assert row_of(facts, "new_requests") == ["1", *["<blank>"] * 5, "3"]
    blank = [fact for fact in facts if fact.state is CellState.BLANK]
    assert {(fact.how, fact.raw) for fact in blank} == {(How.NOT_PRINTED, None)}
    assert {fact.column_label for fact in facts if fact.column_key is None} == {"法人或其他组织"}


@pytest.mark.parametrize(
    ("printed", "is_read"),
    [pytest.param("商业企亚", True, id="misspelt"), pytest.param("甲乙丙丁", False, id="other words")],
)
def test_a_misspelt_header_takes_its_place_only_if_it_resembles_the_column(
    printed: str, is_read: bool
) -> None:
    rows = third_ruled(FORM, VALUES)
    rows[2] = [printed, *COLUMNS[2:-1]]
    facts = facts_of(ruled(rows))
    business = [fact.value for fact in facts if fact.column_key == "business"]
    assert business == ([cells[1] for cells in VALUES.values()] if is_read else [None] * 23)
    assert row_of(facts, "disclosed")[2:] == VALUES["disclosed"][2:]


def test_without_a_header_seven_cells_stand_in_the_order_of_the_form() -> None:
    facts = facts_of(ruled(third_ruled(FORM, VALUES)[3:]))
    for key, cells in VALUES.items():
        assert row_of(facts, key) == cells


def test_a_second_table_aligns_within_its_blocks_where_spans_differ() -> None:
    rows: list[list[Cell]] = [
        [("第二十条第（五）项", 5, 1)],
        ["信息内容", "上一年项目数量", "本年增/减", ("处理决定数量", 2, 1)],
        ["行政许可", ("11", 2, 1), "-3", "12"],
        ["其他对外管理服务事项", "13", "+4", ("14", 2, 1)],
        [("第二十条第（八）项", 5, 1)],
        ["信息内容", ("上一年项目数量", 2, 1), ("本年增/减", 2, 1)],
        ["行政事业性收费", ("", 2, 1), ("1", 2, 1)],
    ]
    facts = facts_of(ruled(rows))
    stated = [fact.value for fact in facts if fact.how is not How.NOT_PRINTED]
    assert stated == ["11", "-3", "12", "13", "4", "14", None, "1"]


@pytest.mark.parametrize("layout", [Layout.TABS, Layout.PIPES, Layout.LINES])
@pytest.mark.parametrize("default", [("0",) * 7, ONLY_TOTALS], ids=["all cells", "only totals"])
def test_fields_are_read_behind_labels_of_any_depth(layout: Layout, default: tuple[str, ...]) -> None:
    values = {key: VALUES[key] for key in ("new_requests", "results_total", "carried_out")}
    facts = facts_of(by_fields(third_rows(FORM, values, default), layout))
    for key in KEYS:
        expected = values.get(key, [cell or "<blank>" for cell in default])
        assert row_of(facts, key) == expected
    hows = {fact.how for fact in facts if fact.row_key == "disclosed"}
    assert hows == ({How.ONLY_TOTAL} if default == ONLY_TOTALS else {How.GRID})


def _xinxiang() -> list[list[str]]:
    """Return T3 as one city printed it: labels two cells deep, blank cells at the end of the first rows."""
    rows = [
        [CORNER, "申请人情况", *[""] * 6, "总计"],
        ["", "自然人", "法人或其他组织", *[""] * 6],
        ["", "", *COLUMNS[1:-1], "", ""],
    ]
    for key, group, label in third_labels(FORM):
        cells = (
            list(VALUES[key]) if key in ("new_requests", "carried_in", "carried_out") else list(ONLY_TOTALS)
        )
        cells = list("1000001") if key in ("other_handling", "results_total") else cells
        if key in ("new_requests", "carried_in"):
            rows.append([label, *cells, ""])
        elif group is None:
            rows.append([label, "", *cells])
        else:
            rows.append(["三、本年度办理结果" if key == "disclosed" else "", label, *cells])
    return rows


@given(data=st.data())
@settings(max_examples=100)
def test_whatever_cell_a_row_loses_no_value_moves(data: st.DataObject) -> None:
    rows = _xinxiang()
    before = {(fact.row_key, fact.column_key): fact.value for fact in facts_of(by_fields(rows)) if fact.value}
    at = data.draw(st.integers(3, len(rows) - 1), label="row")
    lost = data.draw(st.integers(0, len(rows[at]) - 1), label="cell")
    leading, trailing = data.draw(st.sampled_from([(0, 0), (0, 1), (1, 0), (0, 2), (1, 1)]), label="padding")
    cells = rows[at][:lost] + rows[at][lost + 1 :]
    rows[at] = [*[""] * leading, *cells, *[""] * trailing]
    for fact in facts_of(by_fields(rows)):
        if fact.value and fact.row_key and fact.column_key:
            assert before.get((fact.row_key, fact.column_key)) == fact.value


def test_a_row_of_the_second_table_has_to_be_as_wide_as_its_header() -> None:
    rows = second_rows(FORM)
    rows[6] = [rows[6][0], "", rows[6][2], rows[6][3]]
    rows[7] = [rows[7][0], "", rows[7][2]]
    facts = facts_of(by_fields(rows))
    assert row_of(facts, "licensing") == ["<blank>", "8", "9"]
    assert row_of(facts, "other_external_services") == ["<ambiguous>"] * 3


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param(["1", "2", "0", "0", "0", "4", "7"], list("1200047"), id="all on one line"),
        pytest.param(["1", "2", "4", "7"], AMBIGUOUS, id="fewer than columns"),
        pytest.param(
            ["1", "2", "0", "0", "0", "4", "7", "7"], ["<layout_error>"] * 7, id="more than columns"
        ),
    ],
)
def test_figures_between_spaces_are_read_only_if_all_stand(cells: list[str], expected: list[str]) -> None:
    rows: list[list[str]] = [[label, *"0000000"] for _, _, label in third_labels(FORM)]
    rows[2] = [rows[2][0], *cells]
    facts = facts_of(by_fields(rows, Layout.SPACES))
    assert row_of(facts, "disclosed") == expected


def test_cells_that_are_glued_are_all_there_without_a_value() -> None:
    rows = [[f"{label}0000000"] for _, _, label in third_labels("form_2021")]
    facts = facts_of(by_fields(rows, Layout.GLUED))
    assert len(facts) == 175
    assert {(fact.state, fact.value) for fact in facts} == {(CellState.LAYOUT_ERROR, None)}
    assert all(fact.raw and fact.raw.endswith("0000000") for fact in facts)


@pytest.mark.parametrize("torn", ["1\n4", "1 4"])
def test_a_torn_number_is_an_error_of_its_cell_alone(torn: str) -> None:
    facts = facts_of(ruled(third_ruled(FORM, {**VALUES, "disclosed": [torn, *VALUES["disclosed"][1:]]})))
    assert row_of(facts, "disclosed") == ["<layout_error>", *VALUES["disclosed"][1:]]


@pytest.mark.parametrize("lead", [0, 1, 2])
def test_values_begin_below_the_first_column_that_a_header_names(lead: int) -> None:
    # The header alone says where the values of a row begin that is blank before and behind its figures.
    rows = [["项目", *[""] * lead, *COLUMNS]]
    rows += [[label, *[""] * lead, "", "", "7", "", "", "", ""] for _, _, label in third_labels(FORM)]
    facts = facts_of(by_fields(rows))
    assert row_of(facts, "new_requests") == ["<blank>", "<blank>", "7", *["<blank>"] * 4]


def test_figures_without_a_label_leave_the_row_above_undetermined() -> None:
    rows = third_rows(FORM, {"new_requests": VALUES["new_requests"]})
    rows[3] = [*rows[3][:9], "1"]
    rows.insert(4, ["7"])
    facts = facts_of(by_fields(rows))
    assert row_of(facts, "new_requests") == AMBIGUOUS
    assert row_of(facts, "carried_in") == ["0"] * 7


def test_the_unit_of_money_comes_from_the_cell_before_the_header() -> None:
    header = ["信息内容", "采购项目数量", "采购总金额(单位:万元,保留4位小数)"]
    plain, own = ["政府集中采购", "3", "5.25"], ["政府集中采购", "3", "251000元"]
    caption = ["第二十条第（九）项", "", ""]
    for row, unit in ((plain, "万元"), (own, "元")):
        facts = facts_of(by_fields([caption, header, row]))
        assert [fact.unit for fact in facts if fact.column_key == "procurement_amount"] == [unit]


@given(st.permutations(range(5)))
@settings(max_examples=20)
def test_the_organisations_may_stand_in_any_order(order: list[int]) -> None:
    rows = third_ruled(FORM, VALUES)
    rows[2] = [COLUMNS[1:-1][at] for at in order]
    facts = facts_of(ruled(rows))
    cells = VALUES["disclosed"]
    expected = {COLUMN_KEYS[1:-1][at]: cells[1 + place] for place, at in enumerate(order)}
    read = {fact.column_key: fact.value for fact in facts if fact.row_key == "disclosed"}
    assert {key: read[key] for key in expected} == expected


@pytest.mark.parametrize("lost", range(8))
def test_a_blank_cell_that_pads_every_line_makes_up_for_no_lost_one(lost: int) -> None:
    values = {**VALUES, "disclosed": ["", "5", "", "", "", "", "5"]}
    rows = [[*row, ""] for row in third_ruled(FORM, values)]
    whole = facts_of(ruled(rows))
    assert row_of(whole, "disclosed") == ["<blank>", "5", *["<blank>"] * 4, "5"]
    at = 3 + KEYS.index("disclosed")
    rows[at] = [*rows[at][: 2 + lost], *rows[at][3 + lost :]]
    facts = facts_of(ruled(rows))
    assert row_of(facts, "disclosed") == AMBIGUOUS
    assert row_of(facts, "new_requests") == VALUES["new_requests"]


def test_a_header_that_lost_the_cell_above_the_organisations_reorders_nothing() -> None:
    rows = third_ruled(FORM, VALUES)
    del rows[1][1]
    facts = facts_of(ruled(rows))
    for key, cells in VALUES.items():
        assert row_of(facts, key) in (cells, AMBIGUOUS)


@given(
    blank=st.sets(st.integers(0, 6)), row=st.sampled_from(["new_requests", "disclosed", "unable_not_held"])
)
@settings(max_examples=30)
def test_a_ruled_row_that_lost_no_cell_may_be_blank_anywhere(blank: set[int], row: str) -> None:
    cells = ["" if at in blank else value for at, value in enumerate(VALUES[row])]
    facts = facts_of(ruled(third_ruled(FORM, {**VALUES, row: cells})))
    assert row_of(facts, row) == [cell or "<blank>" for cell in cells]


@pytest.mark.parametrize("blank", [(), (0,), (1,), (2,), (0, 2), (0, 1)], ids=str)
def test_a_row_of_the_second_table_may_begin_behind_its_header(blank: tuple[int, ...]) -> None:
    values = ["" if at in blank else str(at + 5) for at in range(3)]
    rows: list[list[Cell]] = [
        [("第二十条第（五）项", 5, 1)],
        ["信息内容", ("上一年项目数量", 2, 1), "本年增/减", "处理决定数量"],
        [("行政许可", 2, 1), *values],
        ["其他对外管理服务事项", ("13", 2, 1), "4", "14"],
    ]
    facts = facts_of(ruled(rows))
    assert row_of(facts, "licensing") == [value or "<blank>" for value in values]
    short = facts_of(ruled([*rows[:2], [*rows[2][:2], *rows[2][3:]], rows[3]]))
    assert row_of(short, "licensing") in (["<ambiguous>"] * 3, ["<blank>"] * 3)


@pytest.mark.parametrize("blank", range(7))
def test_a_row_alone_behind_a_page_break_stands_below_the_header_before_it(blank: int) -> None:
    cells = ["" if at == blank else value for at, value in enumerate(VALUES["carried_out"])]
    rows = third_ruled(FORM, {**VALUES, "carried_out": cells})
    facts = facts_of(ruled(rows[:-1]), ruled(rows[-1:], start=9_000))
    assert row_of(facts, "carried_out") == [cell or "<blank>" for cell in cells]
    short = facts_of(ruled(rows[:-1]), ruled([rows[-1][:-1]], start=9_000))
    assert row_of(short, "carried_out") == AMBIGUOUS


def test_a_blank_cell_beside_figures_that_are_all_stated_behind_a_page_break_is_none_of_them() -> None:
    """As 洪泽 2024 prints them: overleaf a label covers a column less, and a blank cell stands behind it."""
    *above, other, total, carried = third_ruled(FORM, VALUES)
    overleaf = [
        [("三、本年度办理结果", 1, 2), "（六）其他处理", "", *other[-7:]],
        ["（七）总计", "", *total[-7:]],
        carried,
    ]
    facts = facts_of(ruled(above), ruled(overleaf, start=9_000))
    assert [row_of(facts, key) for key in KEYS[-3:]] == [VALUES[key] for key in KEYS[-3:]]


@pytest.mark.parametrize("lost", range(8))
def test_no_row_of_a_ruled_column_without_a_name_is_read_for_having_lost_a_cell(lost: int) -> None:
    """Under 申请人情况 (seven columns) stand eight figures; a row with seven is no whole one."""
    rows = [[*row[:-7], *row[-7:-1], "77", row[-1]] for row in third_ruled(FORM, VALUES)[3:]]
    at = KEYS.index("disclosed")
    del rows[at][len(rows[at]) - 8 + lost]
    facts = facts_of(ruled([*third_ruled(FORM, VALUES)[:3], *rows]))
    assert row_of(facts, "disclosed") == AMBIGUOUS


@pytest.mark.parametrize("layout", [Layout.TABS, Layout.PIPES])
def test_rows_that_together_have_a_column_too_many_are_not_read(layout: Layout) -> None:
    """One begins in the first of eight columns, another ends in the last: none by itself has too many."""
    cells = {"disclosed": ["5", *[""] * 5, "0", ""], "new_requests": ["", "5", *[""] * 4, "5", "5"]}
    rows = [[label, *cells.get(key, [*[""] * 6, "0", ""])] for key, _, label in third_labels(FORM)]
    rows = [["", *row] if 2 < at < 20 else row for at, row in enumerate(rows)]
    header = [[CORNER, "申请人情况"], ["自然人", "法人或其他组织", "总计"], list(COLUMNS[1:-1])]
    facts = facts_of(by_fields([*header, *rows], layout))
    for key in cells:
        assert row_of(facts, key) == AMBIGUOUS


@pytest.mark.parametrize(("total", "is_read"), [("9", False), ("8", True)])
def test_a_ruled_row_that_adds_up_one_cell_before_its_total_may_have_moved(total: str, is_read: bool) -> None:
    """All other rows state their totals; 4, 5 and 9 in the columns before it are those of the next ones."""
    values = VALUES | {"disclosed": ["", "", "", "4", "5", total, ""]}
    read = row_of(facts_of(ruled(third_ruled(FORM, values))), "disclosed")
    assert read == ([*["<blank>"] * 3, "4", "5", total, "<blank>"] if is_read else AMBIGUOUS)


@pytest.mark.parametrize(("beside", "is_read"), [("", False), ("3", True)])
def test_a_blank_cell_beside_one_of_two_figures_may_be_that_of_one(beside: str, is_read: bool) -> None:
    rows = third_rows(FORM, VALUES | {"disclosed": ["1", "1", "1", "1", "1", "0 4", beside]})
    read = row_of(facts_of(by_fields(rows, Layout.LINES)), "disclosed")
    assert read == ([*"11111", "<layout_error>", "3"] if is_read else AMBIGUOUS)


@pytest.mark.parametrize("layout", [Layout.TABS, Layout.PIPES])
def test_words_behind_the_figures_of_a_row_make_up_for_no_blank_cell(layout: Layout) -> None:
    """Two lines became one: the blank cell that the row begins with does not only pad it."""
    values = {key: ["", *"300003"] for key in KEYS}
    rows = third_rows(FORM, values)
    at = next(number for number, row in enumerate(rows) if "部分公开" in row[1])
    rows[at] = [*rows[at], "（三）不予公开"]
    facts = facts_of(by_fields(rows, layout))
    assert row_of(facts, "partly_disclosed") in (AMBIGUOUS, ["<blank>", *"300003"])


@pytest.mark.parametrize("layout", [Layout.TABS, Layout.PIPES])
def test_a_row_that_may_be_two_is_neither(layout: Layout) -> None:
    """What stands behind the line feed may be of a row without its label, whose first cells are blank."""
    rows = third_rows(FORM, VALUES)
    at = next(number for number, row in enumerate(rows) if "部分公开" in row[1])
    rows[at] = [*rows[at][:3], "1", "0", "1\n2", "0", "0", "0", "2"]
    assert row_of(facts_of(by_fields(rows, layout)), "partly_disclosed") == AMBIGUOUS


@pytest.mark.parametrize("layout", [Layout.TABS, Layout.PIPES])
def test_rows_that_lost_the_blank_cells_at_their_ends_support_one_another_in_nothing(layout: Layout) -> None:
    """Cells behind a label that covers three columns make up for the totals that are blank."""
    blank = ("new_requests", "carried_in", "disclosed")
    values = {key: ["3", "0", "0", "0", "0", "3", "" if key in blank else "6"] for key in KEYS}
    rows = third_rows(FORM, values)
    for row in rows:
        while not row[-1]:
            del row[-1]
    facts = facts_of(by_fields(rows, layout))
    for key in KEYS:
        assert row_of(facts, key) in ([cell or "<blank>" for cell in values[key]], AMBIGUOUS)
