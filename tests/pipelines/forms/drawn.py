"""Printed tables for the tests of reading: rows of cells drawn in one layout or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.statutory_tables import read_forms
from pipelines.grid import Cell as TableCell
from pipelines.grid import Layout, Table, TableRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.forms.form_model import Fact

Cell = str | tuple[str, int, int]
"""The text of a cell, or its text with the columns and rows that it covers."""

CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
COLUMN_KEYS = (
    "natural_person",
    "business",
    "research_institution",
    "public_welfare_org",
    "legal_service",
    "other_org",
    "total",
)
GROUPS = {
    "denied": "（三）不予公开",
    "unable": "（四）无法提供",
    "rejected": "（五）不予处理",
    "other": "（六）其他处理",
}
OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def by_fields(rows: Iterable[Sequence[str]], layout: Layout = Layout.TABS, start: int = 0) -> Table:
    """Return a table whose cells have no spans, each row a line of text."""
    printed: list[TableRow] = []
    position = start
    between = " " if layout is Layout.SPACES else "" if layout is Layout.GLUED else "\t"
    for number, row in enumerate(rows):
        text = between.join(row)
        cells = tuple(TableCell(cell, number, column) for column, cell in enumerate(row))
        printed.append(TableRow(cells, text, position, number))
        position += len(text) + 1
    return Table(layout, tuple(printed), position - 1)


def ruled(rows: Iterable[Sequence[Cell]], start: int = 0) -> Table:
    """Return a table of cells with spans, placed as markup places them."""
    covered: set[tuple[int, int]] = set()
    printed: list[TableRow] = []
    for y, row in enumerate(rows):
        x = 0
        cells: list[TableCell] = []
        for cell in row:
            text, across, down = (cell, 1, 1) if isinstance(cell, str) else cell
            while (y, x) in covered:
                x += 1
            covered.update((y + below, x + ahead) for below in range(down) for ahead in range(across))
            cells.append(TableCell(text, y, x, down, across))
            x += across
        text = "\t".join(cell.text for cell in cells)
        printed.append(TableRow(tuple(cells), text, start + 100 * y, y))
    return Table(Layout.CELLS, tuple(printed), start + 100 * len(printed))


def third_labels(form_id: str) -> list[tuple[str, str | None, str]]:
    """Return the rows of T3 that hold cells: key, group, label."""
    table = form_by_id(form_id).table("t3")
    assert table is not None
    return [(row.key, row.group, row.label) for row in table.blocks[0].rows]


def third_rows(
    form_id: str, values: Mapping[str, Sequence[str]], default: Sequence[str] = ("0",) * 7
) -> list[list[str]]:
    """Return T3 as a writer of fields prints it where blank cells stand for what spans cover: 10 a row."""
    rows = [
        [CORNER, "", "", "申请人情况", *[""] * 6],
        ["", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计"],
        ["", "", "", "", *COLUMNS[1:-1], ""],
    ]
    seen: set[str | None] = {None}
    for key, group, label in third_labels(form_id):
        cells = list(values.get(key, default))
        first = "三、本年度办理结果" if group and "results" not in seen else ""
        if group is None:
            rows.append([label, "", "", *cells])
        elif group == "results":
            rows.append([first, label, "", *cells])
        else:
            rows.append([first, "" if group in seen else GROUPS[group], label, *cells])
        seen.update({group, "results"} if group else ())
    return rows


def third_ruled(
    form_id: str, values: Mapping[str, Sequence[str]], default: Sequence[str] = ("0",) * 7
) -> list[list[Cell]]:
    """Return T3 as markup: header, labels and groups with their spans."""
    labels = third_labels(form_id)
    inside = sum(1 for _, group, _ in labels if group)
    rows: list[list[Cell]] = [
        [(CORNER, 3, 3), ("申请人情况", 7, 1)],
        [("自然人", 1, 2), ("法人或其他组织", 5, 1), ("总计", 1, 2)],
        list(COLUMNS[1:-1]),
    ]
    seen: set[str | None] = {None}
    for key, group, label in labels:
        cells = list(values.get(key, default))
        first: list[Cell] = [("三、本年度办理结果", 1, inside)] if group and "results" not in seen else []
        if group is None:
            rows.append([(label, 3, 1), *cells])
        elif group == "results":
            rows.append([*first, (label, 2, 1), *cells])
        else:
            down = sum(1 for _, other, _ in labels if other == group)
            named: list[Cell] = [] if group in seen else [(GROUPS[group], 1, down)]
            rows.append([*first, *named, label, *cells])
        seen.update({group, "results"} if group else ())
    return rows


def second_rows(form_id: str, width: int = 4) -> list[list[str]]:
    """Return T2 by fields, its values 1, 2, 3, … in the form's order."""
    table = form_by_id(form_id).table("t2")
    assert table is not None
    rows: list[list[str]] = []
    number = 0
    for block in table.blocks:
        rows.append([block.caption or ""])
        rows.append(["信息内容", *(column.label for column in block.columns)])
        for row in block.rows:
            values = [str(number + at) for at in range(1, len(block.columns) + 1)]
            number += len(values)
            rows.append([row.label, *values])
    return [[*row, *[""] * (width - len(row))] for row in rows]


def fourth_rows(values: Sequence[str]) -> list[list[str]]:
    """Return T4 by fields: three lines of headers, one of figures."""
    return [
        ["行政复议", *[""] * 4, "行政诉讼", *[""] * 9],
        [*OUTCOMES, "未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4],
        [*[""] * 5, *OUTCOMES, *OUTCOMES],
        list(values),
    ]


def fourth_ruled(values: Sequence[str]) -> list[list[Cell]]:
    """Return T4 as markup."""
    return [
        [("行政复议", 5, 1), ("行政诉讼", 10, 1)],
        [*((name, 1, 2) for name in OUTCOMES), ("未经复议直接起诉", 5, 1), ("复议后起诉", 5, 1)],
        [*OUTCOMES, *OUTCOMES],
        list(values),
    ]


def facts_of(*tables: Table) -> tuple[Fact, ...]:
    """Read the tables of a report."""
    return read_forms(tables, is_report=True).facts


def row_of(facts: Iterable[Fact], row: str, table_no: int = 1) -> list[str | None]:
    """Return what is read of a row: values, or the state in angle brackets where there is none."""
    return [
        fact.value if fact.value is not None else f"<{fact.state}>"
        for fact in facts
        if fact.row_key == row and fact.table_no == table_no and fact.column_key is not None
    ]
