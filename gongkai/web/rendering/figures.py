"""The statutory tables of a report as a page shows them, and what the checks found in them.

A figure is shown as printed; a cell without one says in words why. One cause has one note under the table,
however many identities it breaks.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from gongkai.web.language import pick_half
from gongkai.web.rendering.words import column_table
from gongkai.web.thresholds import PAGES
from pipelines.forms.form_catalogue import known_forms
from pipelines.forms.form_model import Measure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gongkai.web.rendering.words import Row


TITLES = {
    "t2": "二、主动公开政府信息情况",
    "t3": "三、收到和处理政府信息公开申请情况",
    "t4": "四、政府信息公开行政复议、行政诉讼情况",
}
STATED = ("number", "zero")
"""The states of a cell with a figure."""

_NOT_PRINTED = {
    "blank": "空 / blank",
    "ambiguous": "两种读法 / two readings",
    "layout_error": "读不出 / not readable",
}
# The states that a note under the table tells more of.
_EXPLAINED = ("ambiguous", "layout_error")


class Figure(NamedTuple):
    """One cell.

    Attributes:
        id: of the fact.
        text: as printed; a word where there is no figure.
        state: of the fact.
        unit: printed apart from the figure; empty where it stands in the cell itself.
        lacks_unit: whether it is an amount whose unit is printed nowhere.
        is_printed: whether the document has a place for it.
        notes: the numbers of the notes about it.
    """

    id: str
    text: str
    state: str
    unit: str
    lacks_unit: bool
    is_printed: bool
    notes: tuple[int, ...]


class FigureRow(NamedTuple):
    """A row: its key, its printed label and its cells in the form's order.

    Attributes:
        key: None for a row that the form does not know.
        label: as printed.
        group: what the form prints over it and its like, whose labels count from 1 anew; empty for others.
        figures: in the form's order.
    """

    key: str | None
    label: str
    group: str
    figures: tuple[Figure, ...]

    @property
    def first(self) -> str:
        """The fact that the label leads to: that of a blank cell, which has no figure to lead there."""
        blank = (figure.id for figure in self.figures if figure.state == "blank" and figure.is_printed)
        return next(blank, self.figures[0].id)


class FigureColumn(NamedTuple):
    """A column: its key, its printed label, and what stands over it where there is no room for that."""

    key: str
    label: str
    short: str


class FigureBlock(NamedTuple):
    """Rows that share their columns.

    Attributes:
        columns: in the form's order.
        rows: in the form's order, those that the form does not know last.
    """

    columns: tuple[FigureColumn, ...]
    rows: tuple[FigureRow, ...]


class Note(NamedTuple):
    """What is said of cells under their table.

    Attributes:
        number: from 1, in the table.
        kind: `differs` for printed figures that do not add up, `noted` for another finding, or the state of
            the cells.
        check: the row of the check that is the cause; None where a state is explained.
        raw: what is printed there, where a state is explained.
        figures: the ids of the cells, in the table's order.
    """

    number: int
    kind: str
    check: Row | None
    raw: str
    figures: tuple[str, ...]


class FigureTable(NamedTuple):
    """One statutory table.

    Attributes:
        key: `t2`, `t3`, `t4`.
        number: 1 for the first of its kind in the text.
        title: of the division of the form; a second table of a kind says that it is one.
        blocks: in the form's order.
        notes: in the order of their numbers.
        position: the passage that it stands in; None if it stands in none.
        crowds: state → how many cells of it have no figure, of states too frequent to have notes.
    """

    key: str
    number: int
    title: str
    blocks: tuple[FigureBlock, ...]
    notes: tuple[Note, ...]
    position: int | None
    crowds: Mapping[str, int]

    @property
    def is_unread(self) -> bool:
        """Whether no cell of it could be told from the others."""
        return self.crowds.get("layout_error") == sum(
            len(row.figures) for block in self.blocks for row in block.rows
        )

    @property
    def name(self) -> str:
        """What it is called on its page, unique there: `t3-1`."""
        return f"{self.key}-{self.number}"


def figure_tables(facts: Sequence[Row], checks: Sequence[Row]) -> tuple[FigureTable, ...]:
    """Return the statutory tables of a text.

    Args:
        facts: its rows of `facts`, ordered by table, number and ordinal.
        checks: its rows of `checks`; errors and warnings mark a cell.
    """
    findings = sort_findings(checks).findings
    tables = groupby(facts, key=lambda fact: (fact["table_key"], fact["table_no"]))
    return tuple(
        _table(key, number, list(cells), findings) for (key, number), cells in tables if key in TITLES
    )


def _marked(check: Row) -> list[str]:
    """Return the cells to mark for a check: of a sum only the last, the whole, so that marks stay rare."""
    if check["severity"] == "info":
        return []
    cells: list[str] = json.loads(check["cells"])
    return cells[-1:] if check["right_value"] is not None and not check["other_version_id"] else cells


def _table(key: str, number: int, cells: list[Row], findings: Sequence[Finding]) -> FigureTable:
    unstated = Counter(cell["state"] for cell in cells if cell["state"] in _EXPLAINED)
    crowds = {state: count for state, count in unstated.items() if count > PAGES.check_cells}
    notes = _notes(cells, findings, crowds)
    # The blocks of T4 have the same columns, and each is a row: its key is that of the row.
    blocks = groupby(cells, key=lambda fact: None if key == "t4" else fact["block_key"])
    return FigureTable(
        key=key,
        number=number,
        title=table_title(cells[0]),
        blocks=tuple(_block(list(of_block), notes) for _, of_block in blocks),
        notes=notes,
        position=next((cell["position"] for cell in cells if cell["position"] is not None), None),
        crowds=crowds,
    )


def _notes(cells: list[Row], findings: Sequence[Finding], crowds: Collection[str]) -> tuple[Note, ...]:
    """Return the notes of a table: one a cause, then one for each printing without a figure but of crowds."""
    told: list[tuple[str, Row | None, str, tuple[str, ...]]] = []
    for finding in findings:
        marked = {cell for check in (finding.check, *finding.explains) for cell in _marked(check)}
        if here := tuple(cell["id"] for cell in cells if cell["id"] in marked):
            told.append(("differs" if finding.is_of_sums else "noted", finding.check, "", here))
    unstated: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        if cell["state"] in _EXPLAINED and cell["state"] not in crowds and cell["how"] != "not_printed":
            unstated.setdefault((cell["state"], cell["raw"] or ""), []).append(cell["id"])
    told += [(state, None, raw, tuple(ids)) for (state, raw), ids in unstated.items()]
    return tuple(Note(number, *what) for number, what in enumerate(told, start=1))


def _block(cells: list[Row], notes: Sequence[Note]) -> FigureBlock:
    """Put the cells of a block into rows: those that follow one another under one key and printed label."""
    rows = [
        FigureRow(key, label, group_of(form, key), tuple(_figure(cell, notes) for cell in of_row))
        for (form, key, _, label), of_row in groupby(
            cells, key=lambda fact: (fact["form"], fact["row_key"], fact["grid_row"], fact["row_label"])
        )
    ]
    first = [cell for cell in cells if cell["row_key"] == cells[0]["row_key"]]
    return FigureBlock(tuple(_column(cell) for cell in first), tuple(rows))


def _column(cell: Row) -> FigureColumn:
    key, label = cell["column_key"], cell["column_label"] or ""
    short = column_table().short if cell["table_key"] == "t3" else {}
    return FigureColumn(key, label, short.get(key, label))


def _figure(cell: Row, notes: Sequence[Note]) -> Figure:
    text, unit = cell_text(cell), cell["unit"] or ""
    return Figure(
        id=cell["id"],
        text=text,
        state=cell["state"],
        unit="" if unit in text else unit,
        lacks_unit=not unit and cell["state"] in STATED and cell["column_key"] in _amounts(),
        is_printed=cell["how"] != "not_printed",
        notes=tuple(note.number for note in notes if cell["id"] in note.figures),
    )


@cache
def _amounts() -> frozenset[str]:
    """Return the keys of the columns that hold amounts of money, in all forms."""
    return frozenset(
        column.key
        for form in known_forms()
        for table in form.tables
        for _, _, column in table.cells()
        if column.measure is Measure.MONEY
    )


def group_of(form: str | None, row_key: str | None) -> str:
    """Return what a form prints over rows that it counts from 1 anew; empty where a label needs none.

    “1.属于国家秘密” and “1.信访举报投诉类申请” are told apart by it, and “3.其他” says nothing without it.
    """
    return _groups().get((form, row_key), "")


@cache
def _groups() -> dict[tuple[str | None, str | None], str]:
    return {
        (form.id, row.key): header.label
        for form in known_forms()
        for table in form.tables
        for block in table.blocks
        for header in block.headers
        for row in block.rows
        # The group of t3 that holds all the others; its own rows go by labels that no other row has.
        if row.group == header.key != "results"
    }


def table_title(fact: Row) -> str:
    """Return the title of the table that a fact stands in; its key, where that is no statutory table."""
    key: str = fact["table_key"]
    return number_title(TITLES.get(key, key), fact["table_no"])


def number_title(title: str, number: int) -> str:
    """Return the title of one of the tables of a kind: a second one says that it is."""
    return title if number == 1 else f"{title}（第{number}表）"


def cell_text(cell: Row) -> str:
    """Return a cell as printed; where it has no figure, a word that says why, in the reader's language."""
    state, raw = cell["state"], (cell["raw"] or "").strip()
    if state in STATED:
        return str(raw or cell["value"])
    if cell["how"] == "not_printed":
        return pick_half("未印 / not printed")
    return pick_half(_NOT_PRINTED.get(state)) or f"“{raw}”"


def text_with_unit(cell: Row) -> str:
    """Return a cell as `cell_text` does, a figure with the unit that is printed apart from it."""
    text, unit = cell_text(cell), cell["unit"] or ""
    return f"{text} {unit}" if cell["state"] in STATED and unit not in text else text


IDENTITIES = ("t3.balance.", "t3.results_sum.", "t3.row_total.", "t4.block_total.")
"""The checks that every report with the statutory tables is put to, and that its summary counts."""


class Finding(NamedTuple):
    """A check that fails and that no other explains.

    Attributes:
        check: its row.
        explains: the rows of the checks that it explains.
    """

    check: Row
    explains: tuple[Row, ...]

    @property
    def is_of_sums(self) -> bool:
        """Whether it is, or explains, an error: printed figures that do not add up."""
        return any(check["severity"] == "error" for check in (self.check, *self.explains))


class Checked(NamedTuple):
    """What was checked.

    Attributes:
        identities: how many identities of the statutory tables have which outcome.
        findings: errors and warnings that no other finding explains, errors first.
        remarks: findings of the severity info.
    """

    identities: Counter[str]
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def sort_findings(checks: Sequence[Row]) -> Checked:
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
        # Also one whose explanation is no cause itself: it would be told nowhere.
        for check in failing
        if check["explained_by"] not in causes
    )
    return Checked(
        identities=Counter(check["outcome"] for check in checks if check["check_id"].startswith(IDENTITIES)),
        findings=tuple(
            sorted(
                (finding for finding in findings if finding.check["severity"] != "info" or finding.explains),
                key=lambda finding: not finding.is_of_sums,
            )
        ),
        remarks=tuple(
            finding for finding in findings if finding.check["severity"] == "info" and not finding.explains
        ),
    )
