"""The lists of indicators of reports before 2019 (统计指标 | 单位 | 统计数): a value for each row and column.

    rows ─ header ─▶ panels (label, unit, values; several where lists stand side by side) ─ rows ─▶ cells

A row gets a key only where its label is, number and bracket aside, exactly one that the form knows: the
labels are unverified, and one that contains another may say the opposite (不同意公开答复数, 同意公开答复数).
A value is read only where the cells beside it are what the header says: a figure in the column of units, or
a row with fewer cells than the header, shows that a cell was lost. Then the row is kept as printed, unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.cell_values import fact_of_cell, is_unit, read_cell
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, How, Measure, Row
from pipelines.forms.labels import STATUTORY, bare_label, folded_label, remember
from pipelines.forms.other_tables import covers_column, printed_label, unit_in_header, untold_cell
from pipelines.grid import Layout, TableCell
from pipelines.knowledge import load_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.form_model import Column, Fact, Form, Header
    from pipelines.grid import Table, TableRow

    Cells = Mapping[int, TableCell]
    """The cells of a row by the column of its header that they belong to."""


_HEAD_ROWS = 80
_HEAD_CHARS = 500
"""So much of a table is looked at, whatever stands in it."""
_LABEL_CHARS = 80
_AMONG_THEM = re.compile(r"^(?:其中|#|\*)[:,]?")
_TOP = re.compile(r"^[一二三四五六七八九十]+[、,.]")


@dataclass(frozen=True, slots=True)
class OlderForm:
    """A form of the years before 2019.

    Attributes:
        form: its rows, columns and identities.
        recognise: sets of words, folded; a table that holds all the words of one set follows this form.
        roles: what heads the columns beside the values: `label`, `unit`, `aside` by their words, bare.
        order: the columns of a table that does not head them: a role or the key of a column.
        rows: its rows and the headers between them by their words, bare.
    """

    form: Form
    recognise: tuple[tuple[str, ...], ...]
    roles: Mapping[str, str]
    order: tuple[str, ...]
    rows: Mapping[str, tuple[Row | Header, ...]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that hold values."""
        return self.form.tables[0].blocks[0].columns

    def find_column(self, label: str) -> Column | None:
        """Return the column that a header names; None where it names none that is known."""
        head = indicator_words(label)
        return next((column for column in self.columns if head in column.anchors), None)

    def find_row(self, label: str, group: str | None) -> tuple[Row | None, str | None]:
        """Return the row that a label names, and the group that the rows below it stand in.

        Args:
            label: as printed.
            group: the key of the top row or header above it; None where it is not known.
        """
        named = self.rows.get(indicator_words(label), ())
        within = [one for one in named if group is not None and _group_of(one) == group]
        candidates = within or (named if len(named) == 1 else ())
        found = candidates[0] if candidates else None
        if found is not None:
            group = _group_of(found) or found.key
        elif _TOP.match(folded_label(label)):
            group = None  # a division that the form does not know: its rows are not those of the one before
        return (found if isinstance(found, Row) else None), group


@cache
def older_forms() -> tuple[OlderForm, ...]:
    """Return the forms of the years before 2019, in the order of their file names."""
    return tuple(
        OlderForm(
            form=(form := form_by_id(entry["id"])),
            recognise=tuple(tuple(map(folded_label, words)) for words in entry["recognise"]),
            roles={bare_label(word): role for role, words in entry["roles"].items() for word in words},
            order=tuple(entry["order"]),
            rows=_by_words((*form.tables[0].blocks[0].rows, *form.tables[0].blocks[0].headers)),
        )
        for entry in load_folder("forms_statistics")
    )


def recognise_older(table: Table, before: OlderForm | None) -> OlderForm | None:
    """Return the older form that a table follows; None where it follows none that is known.

    Args:
        table: one that belongs to no statutory form.
        before: the form of the table just before it, which may go on here.
    """
    rows = table.rows[:_HEAD_ROWS]
    text = folded_label("".join(row.text[:_HEAD_CHARS] for row in rows))
    labels = (cell.text for row in rows for cell in row.cells[:3])
    heads = {indicator_words(label) for label in labels if len(label) <= _LABEL_CHARS}
    for older in older_forms():
        known = sum(head in older.rows for head in heads)
        if known >= (1 if older is before else STATUTORY.indicators):
            return older
        if any(all(word in text for word in words) for words in older.recognise):
            return older
    return None


@remember
def indicator_words(label: str) -> str:
    """Return a label without its number, 其中 before it and the note in brackets behind it."""
    bare = bare_label(_AMONG_THEM.sub("", bare_label(label)))
    return bare.partition("(")[0].rstrip(":")


def _group_of(one: Row | Header) -> str | None:
    return one.group if isinstance(one, Row) else None


def _by_words(rows: Iterable[Row | Header]) -> dict[str, tuple[Row | Header, ...]]:
    named: dict[str, tuple[Row | Header, ...]] = {}
    for row in rows:
        for words in row.anchors:
            named[words] = (*named.get(words, ()), row)
    return named


_FIGURES = frozenset({CellState.NUMBER, CellState.ZERO, CellState.COMPOUND, CellState.LAYOUT_ERROR})
_EMPTY = frozenset({CellState.BLANK, CellState.DASH})


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of values: where it stands, how it is headed, and its key where the form knows it."""

    column: int
    label: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One list of indicators among those that a header sets side by side.

    Attributes:
        labels: the first column of its labels, and the first that is not.
        unit: the column of units; None where there is none.
        values: its columns of values.
        width: the columns of the whole header.
        alone: whether no other list stands beside it.
    """

    labels: tuple[int, int]
    unit: int | None
    values: tuple[ValueColumn, ...]
    width: int
    alone: bool = True


@dataclass(slots=True)
class OlderReader:
    """Reads one list, in as many tables as it is cut into.

    Attributes:
        older: the form that it follows.
        group: the division that the next row stands in.
        panels: of the header seen last.
        reach: a label that spans rows, and the number of the first row that it does not reach.
        seen: the keys of the rows so far.
    """

    older: OlderForm
    group: str | None = None
    panels: tuple[Panel, ...] = ()
    reach: tuple[str, int] = ("", 0)
    seen: set[str] = field(default_factory=set)

    def read_table(self, table: Table) -> Iterator[Fact]:
        """Yield the value cells of a table, row by row, list by list where several stand side by side."""
        layout = Layout.TABS if table.capped and table.layout is Layout.CELLS else table.layout
        for panels, rows in self._stretches(table):
            for panel in panels:
                before: list[Fact] = []
                above: TableRow | None = None
                for row in rows:
                    if before and above and layout is not Layout.CELLS and _is_lone_figure(row):
                        # The end of a figure that a line break tore off: what stands before it is no number.
                        before = [_tear_cell(cell, above) for cell in before]
                        continue
                    yield from before
                    before, above = list(self._read_row(row, panel, layout)), row
                yield from before

    def continues_in(self, part: OlderReader) -> bool:
        """Tell whether another table goes on with this list: of the same form, with other rows of it."""
        return part.older is self.older and bool(self.seen and part.seen) and self.seen.isdisjoint(part.seen)

    def _stretches(self, table: Table) -> Iterator[tuple[tuple[Panel, ...], list[TableRow]]]:
        """Yield the rows below each header; those above the first belong to the header of the part before."""
        rows: list[TableRow] = []
        headers = {row.number: panels for row in table.rows if (panels := read_header(row, self.older))}
        if not self.panels and not headers:
            self.panels = panels_without_header(table, self.older)
        for row in table.rows:
            if row.number in headers:
                yield self.panels, rows
                self.panels, rows = headers[row.number], []
            else:
                rows.append(row)
        yield self.panels, rows

    def _read_row(self, row: TableRow, panel: Panel, layout: Layout) -> Iterator[Fact]:
        told = _tell_apart(row, panel, layout)
        if told is None:
            if _is_heading(row):
                self._find_key(row.text)
            else:
                yield from _untold_row(row, row.cells[0].text.strip() if row.cells else "", panel)
            return
        labels, cells = told
        label = self._label(row, labels)
        key = self._find_key(label)
        if any(covers_column(cell, value.column) for cell in labels for value in panel.values):
            return  # a heading across the table
        if not _is_sound(label, panel, cells, layout):
            yield from _untold_row(row, label, panel)
            return
        for value in panel.values:
            yield _value_cell(row, (key, label), panel, value, cells)

    def _label(self, row: TableRow, labels: Sequence[TableCell]) -> str:
        """Return the innermost label of a row; those before it name the division that it stands in."""
        stated = [cell for cell in labels if cell.text.strip()]
        if not stated:
            label, end = self.reach
            return label if row.number < end else ""
        for cell in stated[:-1]:
            _, self.group = self.older.find_row(cell.text, self.group)
        label = printed_label(stated[-1])
        self.reach = (label, row.number + stated[-1].row_span)
        return label

    def _find_key(self, label: str) -> str | None:
        """Return the key of a row, once: a row printed twice cannot be told from its copy."""
        found, self.group = self.older.find_row(label, self.group)
        if found is None or found.key in self.seen:
            return None
        self.seen.add(found.key)
        return found.key


def read_header(row: TableRow, older: OlderForm) -> tuple[Panel, ...]:
    """Return the lists that a header sets side by side; none where the row is no header."""
    cells = [(cell, older.roles.get(indicator_words(cell.text))) for cell in row.cells if cell.text.strip()]
    roles = {role for _, role in cells}
    if "label" not in roles or not (
        "unit" in roles or any(older.find_column(cell.text) for cell, _ in cells)
    ):
        return ()
    starts = [index for index, (_, role) in enumerate(cells) if role == "label"]
    ends = [*starts[1:], len(cells)]
    width = max(cell.column for cell, _ in cells) + 1
    panels = (_read_panel(cells[start:end], older, width) for start, end in zip(starts, ends, strict=True))
    return tuple(replace(panel, alone=len(starts) == 1) for panel in panels if panel.values)


def _read_panel(cells: Sequence[tuple[TableCell, str | None]], older: OlderForm, width: int) -> Panel:
    label = cells[0][0]
    values = [cell for cell, role in cells if role is None]
    named = [older.find_column(cell.text) for cell in values]
    keys = [column.key if column else None for column in named]
    if not any(keys) and len(values) == len(older.columns):
        # The labels of these forms are unverified, so that their number stands in for names nobody has seen.
        keys = [column.key for column in older.columns]
    return Panel(
        labels=(label.column, label.end),
        unit=next((cell.column for cell, role in cells if role == "unit"), None),
        values=tuple(
            ValueColumn(cell.column, printed_label(cell), key if keys.count(key) == 1 else None)
            for cell, key in zip(values, keys, strict=True)
        ),
        width=width,
    )


def panels_without_header(table: Table, older: OlderForm) -> tuple[Panel, ...]:
    """Return the columns of a table without a header, in the form's order; none where it has others.

    Where cells may be lost their number says nothing: there each row is measured against the form.
    """
    width = max((len(row.cells) for row in table.rows), default=0)
    if not table.is_unsplit and width != len(older.order):
        return ()
    values = tuple(
        ValueColumn(older.order.index(column.key), column.label, column.key) for column in older.columns
    )
    return (Panel((0, 1), older.order.index("unit"), values, len(older.order)),)


def _tell_apart(row: TableRow, panel: Panel, layout: Layout) -> tuple[list[TableCell], Cells] | None:
    """Return the label cells of a row, and its cells by column; None where a cell may be lost."""
    first, end = panel.labels
    if layout is Layout.CELLS:
        return [cell for cell in row.cells if first <= cell.column < end], {
            cell.column: cell for cell in row.cells
        }
    cells = list(row.cells)
    while len(cells) > panel.width and not cells[-1].text.strip():
        cells.pop()
    # Spans are lost with the tabs: a label in two columns shifts what follows it.
    shift = len(cells) - panel.width
    if layout is Layout.GLUED or shift < 0:
        return None
    if shift and (layout is Layout.SPACES or not panel.alone or first):
        return None
    labels = cells[first : end + shift]
    return labels, {index: cell for index, cell in enumerate(cells[shift:]) if not first <= index < end}


def _is_sound(label: str, panel: Panel, cells: Cells, layout: Layout) -> bool:
    """Tell whether the cells beside the values are what the header says."""
    if read_cell(label, Measure.MONEY).state in _FIGURES:
        return False
    unit = cells.get(panel.unit) if panel.unit is not None else None
    if unit is None:
        return panel.unit is None
    # 定西 prints codes 01 to 35 beside the units: a figure there means that the columns are not those named.
    state = read_cell(unit.text, Measure.MONEY).state
    if layout is Layout.SPACES:
        return is_unit(unit.text) or state is CellState.DASH
    return state not in _FIGURES


def _value_cell(
    row: TableRow, name: tuple[str | None, str], panel: Panel, value: ValueColumn, cells: Cells
) -> Fact:
    cell = cells.get(value.column)
    key, label = name
    if cell is None or sum(covers_column(cell, other.column) for other in panel.values) > 1:
        return replace(untold_cell(row, label, value.label), row_key=key, column_key=value.key)
    unit = _unit_of(cells.get(panel.unit) if panel.unit is not None else None) or unit_in_header(value.label)
    reading = read_cell(cell.text, Measure.MONEY if unit and "元" in unit else Measure.COUNT)
    return replace(
        fact_of_cell(row, label, value.label, reading, cell.text),
        row_key=key,
        column_key=value.key,
        unit=reading.unit or unit,
        how=How.GRID,
        grid_column=cell.column,
    )


def _unit_of(cell: TableCell | None) -> str | None:
    if cell is None or read_cell(cell.text, Measure.COUNT).state in _EMPTY:
        return None
    return cell.text.strip()


def _untold_row(row: TableRow, label: str, panel: Panel) -> Iterator[Fact]:
    for value in panel.values:
        yield replace(untold_cell(row, label, value.label), column_key=value.key)


def _tear_cell(cell: Fact, row: TableRow) -> Fact:
    gone = untold_cell(row, cell.row_label, cell.column_label)
    return replace(gone, row_key=cell.row_key, column_key=cell.column_key)


def _is_heading(row: TableRow) -> bool:
    """Tell whether a row is words alone: one cell, and no figure at its end."""
    stated = [cell.text.strip() for cell in row.cells if cell.text.strip()]
    return len(stated) <= 1 and not any(text[-1].isdigit() for text in stated)


def _is_lone_figure(row: TableRow) -> bool:
    stated = [cell.text for cell in row.cells if cell.text.strip()]
    return len(stated) == 1 and read_cell(stated[0], Measure.MONEY).state in _FIGURES
