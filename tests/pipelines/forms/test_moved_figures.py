"""Figures that stand apart from their labels: none is given to a row that may not be theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_catalogue import form_by_id
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


@pytest.mark.parametrize("above", range(1, 7))
def test_figures_around_their_labels_are_none_of_the_row_above(above: int) -> None:
    """The label of a row stands beside the middle of its figures."""
    rows = _printed({"partly_disclosed": "2 0 0 0 0 0 2", **CARRIED})
    lines = [line for key in rows for line in (*rows[key][:above], LABELS[key], *rows[key][above:])]
    assert not _read(_sheet(*lines))


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


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (2, 3), (0, 4)])
def test_names_of_columns_in_another_order_leave_no_lawsuit_in_the_forms(one: int, other: int) -> None:
    names = list(OUTCOMES)
    names[one], names[other] = names[other], names[one]
    header = ("行政复议 行政诉讼", "未经复议直接起诉 复议后起诉", " ".join(names * 3))
    lines = ("四、政府信息公开行政复议、行政诉讼情况", *header, "1 2 3 4 10 " * 3)
    payload = "\n".join(["政府信息公开工作年度报告", *lines]).encode()
    facts = read_document(payload, Hints("http://www.qingxi.example/nb/report", "text/plain")).facts
    assert not [fact for fact in facts if fact.table_key == "t4" and fact.value is not None]


@pytest.mark.parametrize("kept", [(6,), (0,), (5,), (0, 6), (0, 1, 6), (0, 1, 2, 3, 4, 5)])
def test_sums_tell_no_place_of_figures_whose_blank_cells_are_lost(kept: tuple[int, ...]) -> None:
    """They hold for one place alone where the figure is the largest; published ones are often wrong."""
    rows = _printed({"disclosed": "1390 6 0 0 0 16 1412", "partly_disclosed": "1 2 0 0 0 0 3", **CARRIED})
    printed = rows | {"disclosed": [rows["disclosed"][at] for at in kept]}
    read = _read(_sheet(*NAMES, *(f"{LABELS[key]} {' '.join(printed[key])}" for key in rows)))
    assert read == {(key, column): one for (key, column), one in _cells(rows).items() if key != "disclosed"}
