"""The statutory tables of a report as a page shows them, and what was checked in them.

A figure is shown as printed; a cell without one says in words why. One cause is one finding, however many
identities it breaks.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLES = {
    "t2": "二、主动公开政府信息情况",
    "t3": "三、收到和处理政府信息公开申请情况",
    "t4": "四、政府信息公开行政复议、行政诉讼情况",
}
IDENTITIES = ("t3.balance.", "t3.results_sum.", "t3.row_total.", "t4.block_total.")
"""The checks that every report with the statutory tables is put to, and that its summary counts."""

STATED = ("number", "zero")
"""The states of a cell with a figure."""

_NOT_PRINTED = {
    "blank": "空",
    "ambiguous": "两可",
    "layout_error": "读不出",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell.

    Attributes:
        id: of the fact.
        text: as printed; a word where there is no figure.
        state: of the fact.
        unit: printed apart from the figure; empty where it stands in the cell itself.
        is_named: whether an error or a warning is about it.
    """

    id: str
    text: str
    state: str
    unit: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row: its printed label and its cells in the form's order."""

    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """Rows that share their columns.

    Attributes:
        columns: the printed labels.
        rows: in the form's order, those that the form does not know last.
    """

    columns: tuple[str, ...]
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """One statutory table.

    Attributes:
        title: of the division of the form; a second table of a kind says that it is one.
        form: its id; None where it is not known.
        blocks: in the form's order.
        position: the passage that it stands in; None if it stands in none.
    """

    title: str
    form: str | None
    blocks: tuple[FigureBlock, ...]
    position: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that fails and that no other explains.

    Attributes:
        check: its row.
        explains: the rows of the checks that it explains.
    """

    check: dict[str, Any]
    explains: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked.

    Attributes:
        identities: how many identities of the statutory tables have which outcome.
        findings: errors and warnings that no other finding explains, errors first.
        remarks: findings of the severity info.
    """

    identities: Counter[str]
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def figure_tables(
    facts: Sequence[dict[str, Any]], checks: Sequence[dict[str, Any]]
) -> tuple[FigureTable, ...]:
    """Return the statutory tables of a text.

    Args:
        facts: its rows of `facts`, ordered by table, number and ordinal.
        checks: its rows of `checks`; errors and warnings mark a cell.
    """
    named = frozenset(
        cell
        for check in checks
        if check["outcome"] == "fail" and check["severity"] != "info"
        for cell in _marked(check)
    )
    tables = groupby(facts, key=lambda fact: (fact["table_key"], fact["table_no"]))
    return tuple(_table(key, number, list(cells), named) for (key, number), cells in tables if key in TITLES)


def checked(checks: Sequence[dict[str, Any]]) -> Checked:
    """Return what the checks of a text found, one finding a cause."""
    failing = [check for check in checks if check["outcome"] == "fail"]
    causes = {check["check_id"] for check in failing if not check["explained_by"]}
    findings = tuple(
        Finding(
            check,
            tuple(
                other
                for other in failing
                if other["explained_by"] == check["check_id"] and other["table_no"] == check["table_no"]
            ),
        )
        for check in failing
        if check["explained_by"] not in causes
    )
    return Checked(
        identities=Counter(check["outcome"] for check in checks if check["check_id"].startswith(IDENTITIES)),
        findings=tuple(
            sorted(
                (finding for finding in findings if finding.check["severity"] != "info" or finding.explains),
                key=lambda finding: finding.check["severity"] == "warning",
            )
        ),
        remarks=tuple(
            finding for finding in findings if finding.check["severity"] == "info" and not finding.explains
        ),
    )


def _marked(check: dict[str, Any]) -> list[str]:
    """Return the cells to mark for a check: of a sum only the last, the whole, so that marks stay rare."""
    cells: list[str] = json.loads(check["cells"])
    return cells[-1:] if check["right_value"] is not None and not check["other_version_id"] else cells


def _table(key: str, number: int, cells: list[dict[str, Any]], named: frozenset[str]) -> FigureTable:
    blocks = groupby(cells, key=lambda fact: None if key == "t4" else fact["block_key"])
    return FigureTable(
        title=TITLES[key] if number == 1 else f"{TITLES[key]}（第{number}表）",
        form=next((cell["form"] for cell in cells if cell["form"]), None),
        blocks=tuple(_block(list(of_block), named) for _, of_block in blocks),
        position=next((cell["position"] for cell in cells if cell["position"] is not None), None),
    )


def _block(cells: list[dict[str, Any]], named: frozenset[str]) -> FigureBlock:
    """Put the cells of a block into rows; a row ends where a column comes again, or the row changes."""
    rows = [
        FigureRow(label, tuple(_figure(cell, named) for cell in of_row))
        for (_, _, label), group in groupby(
            cells, key=lambda fact: (fact["row_key"], fact["grid_row"], fact["row_label"])
        )
        for of_row in [list(group)]
    ]
    first = [cell for cell in cells if cell["row_key"] == cells[0]["row_key"]]
    return FigureBlock(tuple(cell["column_label"] or "" for cell in first), tuple(rows))


def _figure(cell: dict[str, Any], named: frozenset[str]) -> Figure:
    text, unit = cell_text(cell), cell["unit"] or ""
    return Figure(cell["id"], text, cell["state"], "" if unit in text else unit, cell["id"] in named)


def cell_text(cell: dict[str, Any]) -> str:
    """Return a cell as printed; where it has no figure, a word that says why."""
    state, raw = cell["state"], (cell["raw"] or "").strip()
    if state in STATED:
        return str(raw or cell["value"])
    if cell["how"] == "not_printed":
        return "未印"
    return _NOT_PRINTED.get(state) or f"“{raw}”"
