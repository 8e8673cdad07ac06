"""The statutory tables and their checks as a page shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gongkai.web.rendering.figures import figure_tables, sort_findings


def fact(ordinal: int, **columns: Any) -> dict[str, Any]:
    """Return a row of `facts`, a stated cell of the requests table unless told otherwise."""
    row: dict[str, Any] = {
        "id": f"f{ordinal}",
        "form": "form_2019",
        "table_key": "t3",
        "table_no": 1,
        "block_key": None,
        "row_key": "new_requests",
        "row_label": "一、本年新收政府信息公开申请数量",
        "column_key": "natural_person",
        "column_label": "自然人",
        "value": "16",
        "unit": None,
        "raw": "16",
        "state": "number",
        "how": "grid",
        "grid_row": 3,
        "position": 7,
    }
    return row | columns


def check(check_id: str, **columns: Any) -> dict[str, Any]:
    """Return a row of `checks`, an error that nothing explains unless told otherwise."""
    row: dict[str, Any] = {
        "id": check_id,
        "check_id": check_id,
        "severity": "error",
        "outcome": "fail",
        "explained_by": None,
        "table_no": 1,
        "right_value": None,
        "other_version_id": None,
        "cells": "[]",
    }
    return row | columns


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"raw": " 1,602 ", "value": "1602"}, "1,602"),
        ({"raw": "0.00", "value": "0", "state": "zero"}, "0.00"),
        ({"raw": "", "value": None, "state": "blank"}, "空"),
        ({"raw": None, "value": None, "state": "blank", "how": "not_printed"}, "未印"),
        ({"raw": "—", "value": None, "state": "dash"}, "“—”"),
        ({"raw": "+11/-3", "value": None, "state": "compound"}, "“+11/-3”"),
        ({"raw": "予以公开 3 4", "value": None, "state": "ambiguous"}, "两种读法"),
        ({"raw": "000007", "value": None, "state": "layout_error"}, "读不出"),
    ],
    ids=["as-printed", "zero", "blank", "not-printed", "dash", "compound", "ambiguous", "not-readable"],
)
def test_a_cell_shows_what_is_printed_or_says_why_not(columns: dict[str, Any], text: str) -> None:
    """A figure stands as printed; a cell without one bears the word of its state."""
    (table,) = figure_tables([fact(0, **columns)], [])
    assert table.blocks[0].rows[0].figures[0].text == text


def test_the_unit_stands_beside_a_figure_that_does_not_bear_it() -> None:
    """A unit from the header is shown, one in the cell is not shown twice."""
    cells = [
        fact(0, raw="725018.6987", unit="万元"),
        fact(1, raw="77180.86万元", unit="万元", column_label="商业企业"),
    ]
    (table,) = figure_tables(cells, [])
    assert [figure.unit for figure in table.blocks[0].rows[0].figures] == ["万元", ""]


def test_tables_blocks_and_rows_follow_the_form() -> None:
    """Each table of a kind is one, its blocks keep their columns, and an unknown row stays."""
    cells = [
        fact(0, table_key="t2", block_key="art20_1", row_key="rules", row_label="规章", column_label="甲"),
        fact(1, table_key="t2", block_key="art20_1", row_key="rules", row_label="规章", column_label="乙"),
        fact(
            2,
            table_key="t2",
            block_key="art20_5",
            row_key="licensing",
            row_label="行政许可",
            column_label="丙",
        ),
        fact(
            3,
            table_key="t2",
            block_key="art20_5",
            row_key=None,
            row_label="其他",
            column_label="丙",
            grid_row=9,
        ),
        fact(0, table_no=2),
    ]
    first, second = figure_tables(cells, [])
    assert [[column.label for column in block.columns] for block in first.blocks] == [["甲", "乙"], ["丙"]]
    assert [[row.label for row in block.rows] for block in first.blocks] == [["规章"], ["行政许可", "其他"]]
    assert (first.title, second.title) == (
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况（第2表）",
    )


@pytest.mark.parametrize(
    ("form", "row", "group"),
    [
        ("form_2021", "denied_state_secret", "（三）不予公开"),
        ("form_2021", "rejected_petition_complaint", "（五）不予处理"),
        ("form_2021", "other_misc", "（六）其他处理"),
        ("form_2019", "unable_not_held", "（四）无法提供"),
        ("form_2021", "disclosed", ""),
        ("form_2021", "results_total", ""),
        ("form_2021", "carried_out", ""),
        (None, "other_misc", ""),
        ("form_2021", None, ""),
    ],
)
def test_a_row_that_is_counted_from_one_anew_stands_under_its_heading(
    form: str | None, row: str | None, group: str
) -> None:
    """Four rows begin with “1.”, and “3.其他” says nothing without what stands over it."""
    (table,) = figure_tables([fact(0, form=form, row_key=row)], [])
    assert table.blocks[0].rows[0].group == group


def test_only_cells_of_errors_and_warnings_are_marked() -> None:
    """Marks must stay rare to be seen: a remark marks nothing, nor does a check that passes."""
    checks = [
        check("t3.balance.total", cells=json.dumps(["f0"])),
        check("text.sum", severity="info", cells=json.dumps(["f1"])),
        check("t3.row_total.disclosed", outcome="pass", cells=json.dumps(["f2"])),
    ]
    (table,) = figure_tables([fact(0), fact(1), fact(2)], checks)
    assert [bool(figure.notes) for figure in table.blocks[0].rows[0].figures] == [True, False, False]


def test_a_sum_marks_its_whole_alone() -> None:
    """Seven marks in a row would hide the other rows; the finding names the parts."""
    sums = [check("t3.row_total.new_requests", right_value="17", cells=json.dumps(["f0", "f1", "f2"]))]
    (table,) = figure_tables([fact(0), fact(1), fact(2)], sums)
    assert [bool(figure.notes) for figure in table.blocks[0].rows[0].figures] == [False, False, True]


def test_one_cause_is_one_finding() -> None:
    """Nine identities that fail for two reasons are two findings; the summary counts all nine."""
    rows = [check(f"t3.row_total.row{n}", explained_by="t3.total_column_empty") for n in range(7)]
    columns = [
        check(f"t3.{name}.natural_person", explained_by="t3.off_by_carry")
        for name in ("balance", "results_sum")
    ]
    causes = [
        check("t3.off_by_carry", severity="info"),
        check("t3.total_column_empty", severity="warning"),
        check("text.sum", severity="info"),
    ]
    result = sort_findings([*rows, *columns, *causes, check("t4.block_total.review", outcome="pass")])
    assert result.identities == {"fail": 9, "pass": 1}
    assert {finding.check["check_id"]: len(finding.explains) for finding in result.findings} == {
        "t3.total_column_empty": 7,
        "t3.off_by_carry": 2,
    }
    assert [finding.check["check_id"] for finding in result.remarks] == ["text.sum"]


def test_what_explains_sums_that_differ_stands_before_other_findings() -> None:
    rows = [
        check("doc.sections", severity="warning"),
        check("t3.total_column_empty", severity="warning"),
        check("t3.row_total.disclosed", explained_by="t3.total_column_empty"),
        check("t4.block_total.review"),
    ]
    assert [finding.check["check_id"] for finding in sort_findings(rows).findings] == [
        "t3.total_column_empty",
        "t4.block_total.review",
        "doc.sections",
    ]


def test_a_failure_whose_cause_did_not_fire_stands_for_itself() -> None:
    """Nothing is hidden behind a diagnosis that is not there."""
    result = sort_findings([check("t3.row_total.disclosed", explained_by="t3.total_column_empty")])
    assert [finding.check["check_id"] for finding in result.findings] == ["t3.row_total.disclosed"]


def test_a_note_tells_of_all_cells_of_one_cause_and_of_each_printing_without_a_figure() -> None:
    cells = [
        fact(0),
        fact(1),
        fact(2, state="ambiguous", value=None, raw="予以公开 3 4"),
        fact(3, state="ambiguous", value=None, raw="予以公开 3 4"),
        fact(4, state="layout_error", value=None, raw=None, how="not_printed"),
        fact(5, state="blank", value=None, raw=""),
    ]
    cause = check("t3.total_column_empty", severity="warning", message_zh="总计一列全部为0")
    rows = [
        check(f"t3.row_total.{n}", explained_by="t3.total_column_empty", cells=json.dumps([f"f{n}"]))
        for n in (0, 1)
    ]
    (table,) = figure_tables(cells, [cause, *rows])
    assert [(note.number, note.kind, note.figures) for note in table.notes] == [
        (1, "differs", ("f0", "f1")),
        (2, "ambiguous", ("f2", "f3")),
    ]
    (row,) = table.blocks[0].rows
    assert [figure.notes for figure in row.figures] == [(1,), (1,), (2,), (2,), (), ()]
    assert [figure.is_printed for figure in row.figures] == [True, True, True, True, False, True]
    assert row.first == "f5"


def test_what_nobody_can_tell_apart_is_said_in_one_sentence() -> None:
    cells = [fact(n, state="layout_error", value=None, raw="0000000") for n in range(13)]
    (table,) = figure_tables(cells, [])
    assert (table.notes, table.crowds, table.is_unread) == ((), {"layout_error": 13}, True)
    (read,) = figure_tables([*cells, fact(13)], [])
    assert (read.notes, read.crowds, read.is_unread) == ((), {"layout_error": 13}, False)
    (few,) = figure_tables(cells[:12], [])
    assert ([note.figures for note in few.notes], few.crowds) == ([tuple(f"f{n}" for n in range(12))], {})


def test_a_warning_that_is_no_sum_is_noted_without_the_sign() -> None:
    (table,) = figure_tables([fact(0)], [check("t2.unit_stated", severity="warning", cells='["f0"]')])
    assert [note.kind for note in table.notes] == ["noted"]


@pytest.mark.parametrize(
    ("columns", "lacks"),
    [
        ({"column_key": "procurement_amount", "unit": None}, True),
        ({"column_key": "procurement_amount", "unit": "万元"}, False),
        (
            {"column_key": "procurement_amount", "unit": None, "state": "blank", "value": None, "raw": ""},
            False,
        ),
        ({"column_key": "total", "unit": None}, False),
    ],
)
def test_an_amount_without_a_unit_says_so(columns: dict[str, Any], lacks: bool) -> None:
    (table,) = figure_tables([fact(0, **columns)], [])
    assert table.blocks[0].rows[0].figures[0].lacks_unit is lacks
