"""Figures that stand apart from their labels: none is given to a row that may not be theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState
from tests.pipelines.forms.drawn import OUTCOMES, facts_of, row_of, ruled, third_ruled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.pipelines.forms.drawn import Cell

T3 = next(table for table in form_by_id("form_2021").tables if table.key == "t3")
COLUMNS = [column.key for column in T3.columns]
LABELS = {row.key: row.label for row in T3.rows}
NAMES = ("申请人情况", "自然人 法人或其他组织 总计", "商业企业 科研机构 社会公益组织 法律服务机构 其他")
BALANCE = ("new_requests", "carried_in", "results_total", "carried_out")
CARRIED = {"carried_in": "5 0 0 0 0 0 5", "carried_out": "4 0 0 0 0 0 4"}


def _printed(rows: dict[str, str]) -> dict[str, list[str]]:
    """Return the figures of T3 by row; those that are not given are zeros, or sums as they must be."""
    cells = {key: rows.get(key, "0 0 0 0 0 0 0").split() for key in LABELS}
    results = [list(map(int, cells[key])) for key in cells if key not in BALANCE]
    total = [sum(column) for column in zip(*results, strict=True)]
    carried = zip(cells["carried_in"], cells["carried_out"], strict=True)
    new = [whole + int(out) - int(before) for whole, (before, out) in zip(total, carried, strict=True)]
    return {**cells, "results_total": [*map(str, total)], "new_requests": [*map(str, new)]}


def _sheet(*lines: str) -> bytes:
    heading = ("政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况")
    return "\n\n".join([*heading, *lines, "四、政府信息公开行政复议、行政诉讼情况", "无"]).encode()


def _read(payload: bytes) -> dict[tuple[str, str], Decimal]:
    facts = read_document(payload, Hints("http://www.qingxi.example/nb/report", "text/plain")).facts
    return {
        (fact.row_key or "", fact.column_key or ""): Decimal(fact.value)
        for fact in facts
        if fact.table_key == "t3" and fact.value is not None
    }


def _cells(rows: dict[str, list[str]]) -> dict[tuple[str, str], Decimal]:
    return {
        (key, column): Decimal(text)
        for key, cells in rows.items()
        for column, text in zip(COLUMNS, cells, strict=True)
    }


def _labels_before_figures(rows: dict[str, list[str]], together: tuple[str, ...], gap: str) -> list[str]:
    """Return the lines of T3 where some labels are printed together, their figures behind the last."""
    lines: list[str] = []
    for key, label in LABELS.items():
        lines.append(label)
        if key not in together:
            lines.append(gap.join(rows[key]))
        elif key == together[-1]:
            lines += [gap.join(rows[one]) for one in together]
    return lines


@pytest.mark.parametrize("names", [(), NAMES])
@pytest.mark.parametrize("gap", ["\n\n", " "])
@pytest.mark.parametrize(
    "together",
    [
        pytest.param(("unable_still_unclear", "rejected_petition_complaint"), id="results of two groups"),
        pytest.param(
            ("denied_third_party", "denied_internal_affairs", "denied_process_information"), id="three"
        ),
        pytest.param(("new_requests", "carried_in"), id="new and carried requests"),
    ],
)
def test_labels_that_stand_together_share_their_figures_out_to_none(
    names: tuple[str, ...], gap: str, together: tuple[str, ...]
) -> None:
    """The sums hold whichever of the rows has which figures."""
    rows = _printed(
        {
            "rejected_petition_complaint": "2 0 1 0 0 0 3",
            "denied_internal_affairs": "0 7 0 0 0 0 7",
            **CARRIED,
        }
    )
    read = _read(_sheet(*names, *_labels_before_figures(rows, together, gap)))
    assert read.items() <= _cells(rows).items()
    assert not {key for key, _ in read} & {*together}
    assert len(read) >= 7 * (len(rows) - len(together) - 2)


def test_rows_one_label_out_of_step_are_read_as_none() -> None:
    rows = _printed({"disclosed": "1 0 0 0 0 0 1", "denied_state_secret": "0 7 0 0 0 0 7"})
    one, two, three = "disclosed", "partly_disclosed", "denied_state_secret"
    figures = {one: [], two: rows[one], three: [*rows[two], *rows[three]]}
    lines = [line for key in rows for line in (LABELS[key], *figures.get(key, rows[key]))]
    assert not {key for key, _ in _read(_sheet(*NAMES, *lines))} & {one, two, three}


def test_a_wrapped_corner_before_the_names_of_columns_is_none_of_them() -> None:
    """The words in the corner are cut where html2text wraps them, so that their end names nothing."""
    rows = _printed(CARRIED)
    heads = (
        "二项之和，等于第三项加第四项之和）| 申请人情况",
        "---|---",
        *("| ".join(n.split()) for n in NAMES[1:]),
    )
    lines = ("| ".join([label, *rows[key]]) for key, label in LABELS.items())
    assert _read(_sheet("\n".join([*heads, *lines]))) == _cells(rows)


@pytest.mark.parametrize("gap", ["\n\n", " "])
@pytest.mark.parametrize("behind", ["", "4", "4 / 9", "4 9", "4\n\n9", "第 4 页 共 9 页"])
@pytest.mark.parametrize("together", [False, True])
def test_page_numbers_behind_the_last_label_are_no_figures_of_its_row(
    gap: str, behind: str, together: bool
) -> None:
    """Each row's figures stand above its label; in a report of few cases the sums of moved rows hold."""
    rows = _printed({"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED})
    lines: list[str] = []
    for key, label in LABELS.items():
        lines += [gap.join(rows[key]), label]
    if together:
        lines[21], lines[22] = lines[22], lines[21]
    assert not _read(_sheet(*lines, behind))


@pytest.mark.parametrize("at", [4, 20, 46])
@pytest.mark.parametrize("behind", ["", "4"])
def test_a_row_that_the_form_lacks_makes_up_for_none_above_the_labels(at: int, behind: str) -> None:
    """Each row's figures stand above its label: with those of one more row they are as many as a table's."""
    rows = _printed({"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED})
    lines = [line for key, label in LABELS.items() for line in ("\n\n".join(rows[key]), label)]
    lines[at:at] = ["\n\n".join("0000000"), "其中：通过网络答复"]
    assert not {key for key, _ in _read(_sheet(*lines, behind))} & {*LABELS}


@pytest.mark.parametrize("gap", ["\n\n", " "])
@pytest.mark.parametrize("last", ["", "四、结转下年度继续办理\n\n四、结转下年度继续办理"])
def test_without_the_label_of_the_last_row_its_figures_are_not_those_of_the_row_above(
    gap: str, last: str
) -> None:
    """Each row's figures stand above its label, and the last label is lost, or printed twice."""
    rows = _printed({"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED})
    labels = LABELS | {"carried_out": last}
    assert not _read(_sheet(*(line for key in rows for line in (gap.join(rows[key]), labels[key]))))


@pytest.mark.parametrize("above", range(1, 7))
def test_figures_around_their_labels_are_none_of_the_row_above(above: int) -> None:
    """The label of a row stands beside the middle of its figures."""
    rows = _printed({"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED})
    lines = [line for key in rows for line in (*rows[key][:above], LABELS[key], *rows[key][above:])]
    assert not _read(_sheet(*lines))


LAWSUITS = "1 2 0 0 3 0 0 0 0 0 0 0 0 0 0"
FEW = {"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED}
MANY = {"disclosed": "5 1 0 0 2 0 8", "denied_third_party": "0 7 1 0 0 0 8", "other_misc": "1 0 0 0 0 0 1"}


@pytest.mark.parametrize("names", [(), NAMES])
@pytest.mark.parametrize("gap", ["\n", "\n\n", " "])
@pytest.mark.parametrize("behind", ["0 0 0 0 0 0 0", "0\n0\n0\n0\n0\n0\n0", "2 0 0 0 0 0 2", LAWSUITS])
@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("is_first_label_lost", [False, True])
def test_figures_of_another_table_behind_the_last_label_are_none_of_its_row(
    names: tuple[str, ...], gap: str, behind: str, rows: dict[str, str], is_first_label_lost: bool
) -> None:
    """Each row's figures stand above its label; those behind the last are as many as columns, or more."""
    printed = _printed(rows)
    lines = [line for key, label in LABELS.items() for line in (gap.join(printed[key]), label)]
    if is_first_label_lost:
        del lines[1]
    assert not _read(_sheet(*names, *lines, behind))


@pytest.mark.parametrize("names", [(), NAMES])
@pytest.mark.parametrize("gap", ["\n", "\n\n", " "])
@pytest.mark.parametrize("rows", [FEW, MANY])
def test_figures_that_follow_their_labels_are_read_where_sums_fail_the_other_way(
    names: tuple[str, ...], gap: str, rows: dict[str, str]
) -> None:
    printed = _printed(rows)
    lines = [line for key, label in LABELS.items() for line in (label, gap.join(printed[key]))]
    assert _read(_sheet(*names, *lines)) == _cells(printed)


def test_a_published_mistake_in_one_column_leaves_the_order_proven_by_the_others() -> None:
    printed = _printed(MANY)
    printed["results_total"][1] = "9"
    lines = [line for key, label in LABELS.items() for line in (label, "\n\n".join(printed[key]))]
    rows = {key: cells for key, cells in printed.items() if key != "results_total"}
    assert _read(_sheet(*NAMES, *lines)) == _cells(rows)


def test_sums_that_hold_in_either_order_leave_no_figure() -> None:
    """A request is granted, and one is carried over: so is it where each figure is that of the row above."""
    printed = _printed({"disclosed": "1 0 0 0 0 0 1", "carried_out": "1 0 0 0 0 0 1"})
    lines = [line for key, label in LABELS.items() for line in ("\n\n".join(printed[key]), label)]
    assert not _read(_sheet(*lines, "0 0 0 0 0 0 0"))


@pytest.mark.parametrize("behind", ["disclosed", "carried_in", "unable_not_held"])
@pytest.mark.parametrize(
    "order",
    [
        pytest.param((0, 1, 2, 3, 4, 5, 6), id="as published"),
        pytest.param((6, 5, 4, 3, 2, 1, 0), id="from its end"),
        pytest.param((2, 3, 4, 5, 6, 0, 1), id="from its middle"),
    ],
)
def test_a_published_mistake_is_not_mended_by_the_sums(behind: str, order: tuple[int, ...]) -> None:
    """Two figures of a row are published in each other's column, so that those do not add up."""
    rows = _printed({"denied_state_secret": "3 2 0 0 0 0 5", "denied_third_party": "0 0 4 0 1 0 5"})
    rows["denied_state_secret"][:2] = "2", "3"
    moved = {
        "denied_state_secret": [],
        behind: [*rows[behind], *(rows["denied_state_secret"][at] for at in order)],
    }
    read = _read(_sheet(*(line for key in rows for line in (LABELS[key], *moved.get(key, rows[key])))))
    assert read.items() <= _cells(rows).items()
    assert "denied_state_secret" not in {key for key, _ in read}


def _cut(row: Sequence[Cell], kept: int) -> tuple[list[Cell], list[Cell]]:
    """Return a ruled row without its last cells, and one without a label that holds those."""
    labels = [cell for cell in row[:-7] if isinstance(cell, str) or cell[2] == 1]
    blank: list[Cell] = ["" if isinstance(cell, str) else ("", *cell[1:]) for cell in labels]
    values = row[-7:]
    return [*row[:-7], *values[:kept], *[""] * (7 - kept)], [*blank, *[""] * kept, *values[kept:]]


@pytest.mark.parametrize("kept", [0, 1, 5, 6])
@pytest.mark.parametrize("key", ["new_requests", "disclosed", "unable_not_held", "carried_out"])
def test_the_cells_of_a_ruled_row_that_is_cut_in_two_are_not_called_blank(key: str, kept: int) -> None:
    rows = third_ruled("form_2021", {key: list("3000104")})
    at = next(number for number, row in enumerate(rows) if row[-7:] == list("3000104"))
    rows[at : at + 1] = _cut(rows[at], kept)
    facts = facts_of(ruled(rows))
    assert row_of(facts, key) == ["<ambiguous>"] * 7
    assert sum(fact.value is not None for fact in facts) >= 7 * 22


@pytest.mark.parametrize("figures", [["\n720", *["0\n0"] * 5, "\n720"], ["720", *"00000", "720"]])
def test_a_ruled_row_that_is_two_rows_of_the_form_is_neither(figures: list[str]) -> None:
    rows = third_ruled("form_2021", {})
    at = next(number for number, row in enumerate(rows) if row[0] == LABELS["denied_prohibited_by_law"])
    label = f"{rows[at][0]}\n{rows[at + 1][0]}"
    facts = facts_of(ruled([*rows[:at], [label, *figures], *rows[at + 2 :]]))
    for key in ("denied_prohibited_by_law", "denied_security_stability"):
        assert row_of(facts, key) == ["<layout_error>"] * 7


@pytest.mark.parametrize("gap", [" ", "        "])
@pytest.mark.parametrize(
    ("above", "below"),
    [("0 0 0 0", "2 0 2"), ("0 0 0", "1 1 0 2"), ("4 4", "2 0 0 0 2"), ("3 0 2 0 5", "0 0")],
)
def test_two_rows_that_lost_a_label_and_blank_cells_are_not_one(gap: str, above: str, below: str) -> None:
    """Together their figures are as many as columns, and may add up."""
    rows = _printed({"disclosed": "3 0 0 0 0 0 3"})
    rows |= {"denied_enforcement_file": above.split(), "denied_registry_lookup": below.split()}
    labels = LABELS | {"denied_registry_lookup": ""}
    lines = [f"{labels[key]}    {gap.join(rows[key])}" for key in rows]
    read = _read(_sheet(*NAMES, *lines))
    assert "denied_enforcement_file" not in {key for key, _ in read}
    assert len(read) >= 7 * 20


URL = "http://www.qingxi.example/nb/report"
CAPTIONS = ("行政复议", "行政诉讼", "未经复议直接起诉", "复议后起诉")


def _lawsuits(header: Sequence[str], between: str) -> list[str | None]:
    """Return what is read of T4 below a header; each of its blocks adds up."""
    lines = ("四、政府信息公开行政复议、行政诉讼情况", *header, between.join(["1", "2", "3", "4", "10"] * 3))
    payload = "\n".join(["政府信息公开工作年度报告", *lines]).encode()
    facts = read_document(payload, Hints(URL, "text/plain")).facts
    return [fact.value for fact in facts if fact.table_key == "t4" and fact.value is not None]


@pytest.mark.parametrize("above", ["", "15\n\n", "3 0 0 0 0 0 3\n\n"])
@pytest.mark.parametrize("gap", [" ", "  "])
def test_figures_behind_names_set_apart_are_none_of_them_if_as_many_stand_before(
    above: str, gap: str
) -> None:
    names = gap.join(("行政复议", "行政诉讼")) + "\n\n" + gap.join(CAPTIONS[2:])
    header = (above + "\n".join("120030505500000") + "\n\n" + names, gap.join(OUTCOMES * 3))
    assert _lawsuits(header, "\n") == []


@pytest.mark.parametrize("between", [" ", "\n"])
@pytest.mark.parametrize("above", ["", "15\n\n", "3 0 0 0 0 0 3\n\n"])
@pytest.mark.parametrize("is_before", [False, True])
def test_figures_behind_the_names_of_lawsuits_are_none_of_them_if_as_many_stand_before(
    between: str, above: str, is_before: bool
) -> None:
    figures = between.join("120030505500000") + "\n\n" if is_before else ""
    names = "行政复议 行政诉讼\n\n未经复议直接起诉 复议后起诉"
    header = (above + figures + names, " ".join(OUTCOMES * 3))
    assert bool(_lawsuits(header, between)) is not is_before


EXCHANGES = [(0, 1), (1, 2), (2, 3), (0, 4)]


@pytest.mark.parametrize("exchanged", [None, *EXCHANGES])
def test_names_of_columns_in_another_order_leave_no_lawsuit_in_the_forms(
    exchanged: tuple[int, int] | None,
) -> None:
    names = list(OUTCOMES)
    if exchanged:
        one, other = exchanged
        names[one], names[other] = names[other], names[one]
    halved = (" ".join([name[:-2] for name in names] * 3), " ".join([name[-2:] for name in names] * 3))
    captions = (" ".join(CAPTIONS[:2]), " ".join(CAPTIONS[2:]))
    for header in (" ".join(names * 3),), halved:
        assert _lawsuits([*captions, *header], " ") == ([] if exchanged else ["1", "2", "3", "4", "10"] * 3)


@pytest.mark.parametrize("between", [" ", "\t", "\n"])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2)])
def test_blocks_in_another_order_leave_no_lawsuit_in_the_forms(order: tuple[int, ...], between: str) -> None:
    captions = [CAPTIONS[at] for at in order]
    header = (between.join(captions[:2]), between.join(captions[2:]), between.join(OUTCOMES * 3))
    assert bool(_lawsuits(header, between)) == (order == (0, 1, 2, 3))


SECOND = "信息内容 | 本年废止件数 | 本年制发件数 | 现行有效件数"


@pytest.mark.parametrize(
    ("above", "is_read"),
    [
        pytest.param(["第二十条第（一）项", SECOND], True, id="below its caption"),
        pytest.param([f"第二十条第（一）项 | {SECOND}"], True, id="beside it"),
        pytest.param([SECOND, "第二十条第（一）项"], True, id="above it"),
        pytest.param(["第二十条第（一）项", f"{SECOND} | 规章 | 0 | 0 | 0"], False, id="before figures"),
    ],
)
def test_names_of_columns_count_wherever_they_stand_above_a_block(above: list[str], is_read: bool) -> None:
    """本年废止件数 stands before 本年制发件数, in the form behind it."""
    rows = [*above, "规章 | 7 | 8 | 9", "行政规范性文件 | 4 | 5 | 6"][: 4 if is_read else 2]
    rows += ["行政规范性文件 | 4 | 5 | 6"] if not is_read else []
    rows += ["第二十条第（五）项", "信息内容 | 本年处理决定数量", "行政许可 | 3"]
    text = "\n".join(["二、主动公开政府信息情况", *(f"| {row} |" for row in rows)])
    facts = read_document(text.encode(), Hints(URL, "text/plain")).facts
    columns = ("issued_this_year", "repealed_this_year", "in_force")
    read = {fact.column_key: fact.value for fact in facts if fact.row_key == "normative_documents"}
    assert [read[key] for key in columns] == (["5", "4", "6"] if is_read else [None] * 3)


@pytest.mark.parametrize(("row", "is_read"), [("\t\n11", False), ("\t11", True), ("\n11", False)])
def test_a_figure_on_the_line_below_a_blank_cell_is_no_reason_to_call_it_blank(
    row: str, is_read: bool
) -> None:
    """The cell broke before its figure, or it is blank and 11 is the number of a page."""
    lines = [
        "二、主动公开政府信息情况",
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
    ]
    lines += ["规章\t0\t0\t0", "行政规范性文件\t4\t5\t6", "第二十条第（五）项"]
    lines += ["信息内容\t本年处理决定数量", "行政许可\t3", "第二十条第（六）项"]
    lines += ["信息内容\t本年处理决定数量", f"行政处罚{row}", "行政强制\t7"]
    facts = read_document("\n".join(lines).encode(), Hints(URL, "text/plain")).facts
    states = {fact.row_key: fact.state for fact in facts if fact.table_key == "t2"}
    assert (states["penalties"] is CellState.NUMBER) == is_read
    assert states["penalties"] is not CellState.BLANK
    assert states["licensing"] is CellState.NUMBER


@pytest.mark.parametrize("kept", [(6,), (0,), (5,), (0, 6), (0, 1, 6), (0, 1, 2, 3, 4, 5)])
def test_sums_tell_no_place_of_figures_whose_blank_cells_are_lost(kept: tuple[int, ...]) -> None:
    """They hold for one place alone where the figure is the largest; published ones are often wrong."""
    rows = _printed({"disclosed": "1390 6 0 0 0 16 1412", "partly_disclosed": "1 2 0 0 0 0 3", **CARRIED})
    printed = rows | {"disclosed": [rows["disclosed"][at] for at in kept]}
    read = _read(_sheet(*NAMES, *(f"{LABELS[key]} {' '.join(printed[key])}" for key in rows)))
    assert read == {(key, column): one for (key, column), one in _cells(rows).items() if key != "disclosed"}
