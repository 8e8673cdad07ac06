"""Real reports as extractors left them, cell by cell: rows torn apart are read by the sums, or not at all."""

from __future__ import annotations

import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks._statutory_expected import Report, reports
from benchmarks.statutory_truth import TYPES, measure
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms import torn_rows
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.labels import STATUTORY
from tests.conftest import SHARED
from tests.renditions.test_layouts import CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = 0.995
"""Of the cells of a whole document, so many are read at least."""
TORN = {
    "kewei_sh_2024.md": 0.96,
    "shanghai_office_2025.md": 0.96,
    "suqian_2023_plain_pdftotext": 0.95,
}
"""The same of text that an extractor tore."""
KNOWN = {report.path.stem: report for report in reports(SHARED) if report.path.suffix in TYPES}
URL = "http://www.qingxi.example/nb/report"
PLAIN = "suqian_2023_plain_pdftotext"


def _values(payload: bytes) -> dict[tuple[str, str | None, str, str], Decimal]:
    facts = read_document(payload, Hints(URL, "text/plain")).facts
    return {
        (fact.table_key, fact.block_key, fact.row_key or "", fact.column_key or ""): Decimal(fact.value)
        for fact in facts
        if fact.value is not None
    }


def _plain() -> Report:
    if PLAIN not in KNOWN:
        pytest.skip("no real reports beside the checkout")
    return KNOWN[PLAIN]


@pytest.mark.parametrize("report", KNOWN.values(), ids=KNOWN)
def test_no_cell_of_a_real_report_is_wrong_and_nearly_all_are_read(report: Report) -> None:
    outcomes = Counter(cell.outcome for cell in measure(report) if not cell.is_glued)
    assert outcomes["wrong"] == 0
    assert outcomes["right"] >= TORN.get(report.path.stem, WHOLE) * outcomes.total()


def test_more_ways_than_are_tried_leave_the_rows_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _plain()
    whole = len(_values(report.path.read_bytes()))
    monkeypatch.setattr(torn_rows, "STATUTORY", replace(STATUTORY, tries=10))
    assert len(_values(report.path.read_bytes())) <= whole - 56


@pytest.mark.parametrize(
    ("lines", "is_kept"),
    [
        pytest.param([("3", "2"), ("0", "0", "0", "0", "5")], True, id="its own two lines"),
        pytest.param([("2", "3"), ("0", "0", "0", "0", "5")], False, id="two figures exchanged"),
        pytest.param([("2", "3"), ("3",), ("0", "0", "0", "0", "5")], True, id="one of a third line"),
        pytest.param([(*"320000", "5")] * 60, True, id="many lines that all keep it"),
        pytest.param([(*"230000",)] * 60, False, id="many lines that nearly do"),
    ],
)
def test_figures_of_a_line_keep_its_order_in_a_row(lines: list[tuple[str, ...]], is_kept: bool) -> None:
    """A text made to hold each figure a hundred times is given up, and soon."""
    begun = time.process_time()
    assert torn_rows.keep_order(list("3200005"), lines) is is_kept
    assert time.process_time() - begun < 2


HEADER = "法人或其他组织 自然 商业 社会 法律 公益 服务 机构 组织 机构 科研 人 企业 其他 总计".replace(
    " ", "\n\n"
)
GROUPS = {
    "disclosed": "三、本年度办理结果",
    "denied_state_secret": "（三）不予公开",
    "unable_not_held": "（四）无法提供",
    "rejected_petition_complaint": "（五）不予处理",
    "other_not_corrected_in_time": "（六）其他处理",
}


def _a_cell_a_line(rows: dict[str, list[str]]) -> bytes:
    """Return T3 as `pdftotext` leaves it, its header in pieces."""
    lines = ["政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况", "申请人情况", *HEADER.split()]
    for row in ROWS:
        lines += [f"{GROUPS.get(row.key, '')} {row.label}".strip(), *rows[row.key]]
    return "\n\n".join([*lines, "四、政府信息公开行政复议、行政诉讼情况", "无"]).encode()


def _printed(**rows: str) -> dict[str, list[str]]:
    """Return the cells of T3 with some rows of results; the others are zeros, sums as they must be."""
    cells = {row.key: rows.get(row.key, "0 0 0 0 0 0 0").split() for row in ROWS}
    results = [cells[key] for key in cells if key not in SUMS]
    total = [str(sum(map(int, column))) for column in zip(*results, strict=True)]
    return {**cells, "new_requests": total, "results_total": total[:]}


def _numbers(rows: dict[str, list[str]]) -> dict[tuple[str, str | None, str, str], Decimal]:
    return {
        ("t3", None, row, column.key): Decimal(text)
        for row, cells in rows.items()
        for column, text in zip(T3.blocks[0].columns, cells, strict=True)
    }


T3 = next(table for table in form_by_id("form_2021").tables if table.key == "t3")
ROWS = T3.blocks[0].rows
SUMS = {"new_requests", "carried_in", "results_total", "carried_out"}


@pytest.mark.parametrize(
    ("blank", "at", "beside"),
    [
        ("denied_state_secret", 3, "unable_must_be_created"),
        ("denied_registry_lookup", 0, "disclosed"),
        ("rejected_repeat", 6, "denied_internal_affairs"),
        ("unable_not_held", 6, "disclosed"),
        ("denied_state_secret", 6, "denied_state_secret"),
        ("denied_state_secret", 2, "denied_state_secret"),
    ],
)
def test_a_page_number_fills_no_blank_cell(blank: str, at: int, beside: str) -> None:
    rows = _printed(disclosed="3 2 0 0 0 0 5", unable_not_held="3 0 0 0 0 0 3")
    whole = _values(_a_cell_a_line(rows))
    del rows[blank][at]
    rows[beside].append("4")
    read = _values(_a_cell_a_line(rows))
    assert len(whole) == 7 * len(rows)
    assert read.items() <= whole.items()
    assert not [name for name in read if name[2] == blank]


def test_a_page_number_fills_no_blank_cell_where_every_row_has_its_figures() -> None:
    """The row then does not add up, as few published ones do."""
    rows = _printed(disclosed="3 0 0 0 0 0 3")
    rows["disclosed"] = ["3", "0", "0", "0", "0", "3", "4"]
    lines = ["政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况"]
    for row in ROWS:
        lines += [row.label, *rows[row.key]]
    read = _values("\n".join([*lines, "四、政府信息公开行政复议、行政诉讼情况", "无"]).encode())
    assert {name[2] for name in read} == {row.key for row in ROWS} - {"disclosed"}


def test_a_page_number_fills_no_blank_cell_of_a_table_without_sums() -> None:
    """Of T2 and T3 the one often ends a page: the amount of fees is blank, and 4 is that page."""
    lines = ["政府信息公开工作年度报告", "二、主动公开政府信息情况", "第二十条第（一）项"]
    lines += ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数", "规章", "0", "0", "0"]
    lines += ["行政规范性文件", "5", "1", "9", "第二十条第（五）项", "信息内容", "本年处理决定数量"]
    lines += ["行政许可", "12", "第二十条第（六）项", "信息内容", "本年处理决定数量", "行政处罚", "7"]
    lines += ["行政强制", "2", "第二十条第（八）项", "信息内容", "本年收费金额（单位：万元）"]
    lines += ["行政事业性收费", "4", "三、收到和处理政府信息公开申请情况", "无"]
    read = _values("\n".join(lines).encode())
    assert not [name for name in read if name[2] == "admin_fees"]


@pytest.mark.parametrize("head", [(), ("申请人情况", *HEADER.split())])
@pytest.mark.parametrize("gap", ["\n\n", " "])
@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("disclosed", ["1 0 0 0 0 0 1", "0 5 0 0 0 0 5", "0 0 0 0 0 0 0"])
def test_figures_before_their_labels_are_none_of_the_row_above(
    head: tuple[str, ...], gap: str, lost: int, disclosed: str
) -> None:
    """In a report of few cases the sums of rows that moved hold; those of all in order do in one way."""
    rows = _printed(disclosed=disclosed)
    lines = ["政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况", *head]
    for number, row in enumerate(ROWS):
        figures = gap.join(rows[row.key]) if number >= lost else ""
        lines += [figures, f"{GROUPS.get(row.key, '')} {row.label}".strip()]
    read = _values("\n\n".join([*lines, "四、政府信息公开行政复议、行政诉讼情况", "无"]).encode())
    are_all_there = head and not lost and disclosed.strip("0 ")
    assert read == (_numbers(rows) if are_all_there else {})


@pytest.mark.parametrize("total", ["1000", "1,000"])
def test_no_figure_is_given_the_spelling_of_another_cell(total: str) -> None:
    rows = _printed(disclosed="3 2 0 0 0 0 5", denied_state_secret=f"1000 0 0 0 0 0 {total.replace(',', '')}")
    figures = ["1000", *"00000", total]
    rows |= {"denied_state_secret": figures[:1], "disclosed": [*rows["disclosed"], *figures[1:]]}
    facts = read_document(_a_cell_a_line(rows), Hints(URL, "text/plain")).facts
    raw = [fact.raw for fact in facts if fact.row_key == "denied_state_secret" and fact.value is not None]
    assert raw == ([] if total == "1,000" else figures)


@pytest.mark.parametrize("lead", ["", "\t"])
@pytest.mark.parametrize("names", range(1, 7))
def test_no_figure_moves_where_a_line_of_column_names_breaks(names: int, lead: str) -> None:
    rows = _printed(disclosed="2 6 5 4 8 4 29")
    labels = [column.label for column in T3.columns]
    lines = ["政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况"]
    lines += ["\t".join(["申请人情况", *labels[:names]]), lead + "\t".join(labels[names:])]
    lines += ["\t".join([f"{GROUPS.get(row.key, '')} {row.label}".strip(), *rows[row.key]]) for row in ROWS]
    read = _values("\n".join([*lines, "四、政府信息公开行政复议、行政诉讼情况", "无"]).encode())
    keys = [column.key for column in T3.columns]
    printed = {("t3", key): dict(zip(keys, map(Decimal, rows[key]), strict=True)) for key in rows}
    assert all(printed[table, row][column] == value for (table, _, row, column), value in read.items())


@settings(max_examples=6)
@given(place=st.integers(0, 10_000), change=st.sampled_from(CHANGES))
def test_no_change_of_a_real_torn_text_makes_a_value_that_is_not_printed(
    place: int, change: Callable[[list[str], int], list[str]]
) -> None:
    report = _plain()
    lines = report.path.read_text(encoding="utf-8").split("\n")
    table = range(lines.index("二、主动公开政府信息情况"), lines.index("六、其他需要报告的事项"))
    payload = "\n".join(change(lines, table[place % len(table)])).encode()
    read = _values(payload)
    assert {name: value for name, value in read.items() if report.cells.get(name, value) != value} == {}
