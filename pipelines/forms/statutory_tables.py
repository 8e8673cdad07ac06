"""The statutory tables of a document as facts: one for each cell of the form, stated or not.

    tables ─ sheets ─▶ rows of the form ─ alignment ─▶ cells in columns ─▶ Fact, `implied` beside it

Those of rows and columns that the form lacks follow. What the document does not determine is said to be
undetermined; nothing is repaired here. Figures that were recognised from an image have a value only where
they are sure (`pipelines.forms.form_sums`), and those that a cell too narrow for them broke over lines are
whole where sums leave them no other reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import count, product
from math import prod

from pipelines.forms.align_rows import AMBIGUOUS, AlignedLine, Placed
from pipelines.forms.align_table import place_rows
from pipelines.forms.cell_values import CellReading, fact_of_cell, number_of, read_cell
from pipelines.forms.column_headers import PrintedColumn
from pipelines.forms.form_catalogue import Forms, forms_alone, measures_of
from pipelines.forms.form_model import Block, CellState, Column, Fact, Form, FormTable, How, Measure
from pipelines.forms.form_sums import implied_values, recognised_rows, settle_recognised, sums_of
from pipelines.forms.labels import STATUTORY, remember
from pipelines.forms.lawsuits import align_lawsuits
from pipelines.forms.printed_labels import STATUTORY_TABLES
from pipelines.forms.sheets import Sheet, find_sheets, forms_of
from pipelines.forms.statistics import number_facts, read_statistics
from pipelines.forms.torn_rows import settle_by_sums
from pipelines.grid import Table, TableRow
from pipelines.structs import FrozenStruct


class PrintedRow(FrozenStruct):
    """A row with what is printed of it.

    Attributes:
        block: of the form that it stands in.
        key: None for a row that the form does not have.
        label: as printed; as the form prints it where the document does not.
        printed: its lines; none where it is not found, several where it is printed several times.
    """

    block: Block
    key: str | None
    label: str
    printed: Sequence[AlignedLine]

    @property
    def columns(self) -> tuple[PrintedColumn, ...]:
        """The columns of its first line."""
        return self.printed[0].header.columns if self.printed else ()

    @property
    def trouble(self) -> CellState | None:
        """Why its cells are not told from one another; None where they are."""
        if len(self.printed) > 1:
            return CellState.AMBIGUOUS
        return self.printed[0].alignment.trouble if self.printed else None

    def state_cells(self) -> Iterator[Fact]:
        """Yield the cells that the form has of it, in the form's order."""
        named = {one.column.key: number for number, one in enumerate(self.columns) if one.column}
        for column in self.block.columns:
            yield self._state_cell(column, named.get(column.key))

    def state_other_cells(self) -> Iterator[Fact]:
        """Yield the cells that stand beside those of the form; all of a row that the form does not have."""
        if len(self.printed) > 1:
            return
        if self.key is None and self.trouble and not self.columns:
            yield self._state_cell(None, None)
        for number, one in enumerate(self.columns):
            if self.key is None or not one.column:
                yield self._state_cell(one.column, number)

    def _state_cell(self, column: Column | None, number: int | None) -> Fact:
        line = self.printed[0].line if self.printed else None
        one = column if number is None else self.columns[number]
        state = partial(
            fact_of_cell,
            line.row if line else None,
            self.label,
            one.label or None if one else None,
            block_key=self.block.key,
            row_key=self.key,
            column_key=column.key if column else None,
            page=line.table.page if line else None,
        )
        # A row that is missing, a column that is missing and a blank cell say three different things.
        if not self.printed:
            return state(CellReading(CellState.LAYOUT_ERROR), None, how=How.NOT_PRINTED)
        trouble = self.trouble
        if trouble is None and number is not None and number in self.printed[0].alignment.unread:
            trouble = CellState.AMBIGUOUS
        if trouble:
            raw = "\n".join(one.line.row.text for one in self.printed[: STATUTORY.quoted_lines])
            return state(CellReading(trouble), raw)
        if number is None:
            return state(CellReading(CellState.BLANK), None, how=How.NOT_PRINTED)
        alignment = self.printed[0].alignment
        cell = alignment.cells[number]
        raw = cell.text if cell else ""
        reading = _read_value(raw, column.measure if column else Measure.CHANGE)
        place, unit = cell.column if cell else None, reading.unit or self.columns[number].unit
        return state(reading, raw, how=alignment.how, unit=unit, grid_column=place)


_read_value = remember(read_cell)


class FormReading(FrozenStruct):
    """What the tables of a document state.

    Attributes:
        form: the form that its statutory tables follow; `form_mixed` for several, `form_none` for a report
            without any. None for a document that has none and is no report or not whole, and where T4, which
            is the same in all forms, is the only one.
        facts: their cells, table by table.
    """

    form: str | None
    facts: tuple[Fact, ...]

    @property
    def states_requests(self) -> bool:
        """Whether a figure is read in the table of requests, which nothing but a report prints."""
        return any(fact.table_key == "t3" and fact.value is not None for fact in self.facts)


def read_forms(
    tables: Sequence[Table],
    *,
    is_report: bool,
    is_whole: bool = True,
    year: int | None = None,
    forms: Forms | None = None,
) -> FormReading:
    """Read the statutory tables out of all the tables of a document.

    Args:
        tables: all that the document prints, in any layout, in order of their start.
        is_report: whether the document is an annual report; decides what is said where no table is found.
        is_whole: whether all of it is there; of a report that is not, nobody knows that it has no table.
        year: that it reports on; None where it prints none. It decides where words do not.
        forms: the statutory forms that it may follow; by default those that extend no other.

    Returns:
        The facts of each statutory table together, T2 before T3 before T4, the form's cells first and in its
        order; a cell of the form that is not printed, or not told from its neighbours, is a fact too. Then,
        for a report, those of all other tables.
    """
    sheets = find_sheets(tables, forms or forms_alone())
    followed = forms_of(sheets, year)
    facts: list[Fact] = []
    numbers = {key: count(1) for key in STATUTORY_TABLES}
    recognised = recognised_rows(tables)
    for sheet, form in sorted(zip(sheets, followed, strict=True), key=lambda pair: pair[0].key):
        facts += _read_sheet(sheet, form, numbers[sheet.key], recognised)
    used = {id(line.table) for sheet in sheets for line in sheet.lines}
    left = [table for table in tables if id(table) not in used]
    others = settle_recognised(read_statistics(left), recognised) if is_report else ()
    # T4 is the same in all forms.
    of_sheets = {form.id for sheet, form in zip(sheets, followed, strict=True) if form and sheet.key != "t4"}
    form_ids = of_sheets or {fact.form for fact in others if fact.form}
    is_open = bool(sheets) or not (is_report and is_whole)
    of_document = next(iter(form_ids), None if is_open else "form_none")
    return FormReading("form_mixed" if len(form_ids) > 1 else of_document, (*facts, *others))


def _read_sheet(
    sheet: Sheet, form: Form | None, numbers: Iterator[int], recognised: Mapping[int, TableRow]
) -> Iterator[Fact]:
    """Yield the facts of a sheet; T4 may hold several printed tables."""
    form_id = form.id if form else None
    # For a table that shows no form the newest stands: rows and columns in common are alike.
    form = form or next(one for one in reversed(forms_alone()) if one.table("t3"))
    table = form.table(sheet.key)
    if table is None:
        return
    for placed, others in _place_sheet(sheet, table, form):
        rows = list(_rows_of_form(table, placed))
        left = [PrintedRow(one.block, None, one.label or "", [_as_labelled(one)]) for one in others]
        of_form = [fact for row in rows for fact in row.state_cells()]
        beside = [fact for row in (*rows, *left) for fact in row.state_other_cells()]
        numbered = number_facts([*of_form, *beside], form_id, sheet.key, next(numbers))
        settled = settle_torn(settle_recognised(numbered, recognised, form.id), form.id)
        # What sums imply follows from the figures that are sure: those of a picture are settled first.
        implied = implied_values(settled[: len(of_form)], form.id, sheet.key)
        for place, fact in enumerate(settled):
            yield fact.replace(implied=implied[place]) if place in implied else fact


def _place_sheet(
    sheet: Sheet, table: FormTable, form: Form
) -> Iterator[tuple[Placed, Sequence[AlignedLine]]]:
    """Yield for each printed table what stands for each row of the form, by its key, and the other rows."""
    if sheet.key == "t4":
        for found in align_lawsuits(sheet.lines, table):
            yield found, found.get("", ())
        return
    placed, others = place_rows(sheet.lines, table)
    if sheet.key == "t3":
        placed = settle_by_sums(sheet.lines, placed, table, form)
    stated = {one.line.row_id for printed in placed.values() for one in printed}
    yield placed, [one for one in others if one.line.row_id not in stated]


def _rows_of_form(table: FormTable, placed: Placed) -> Iterator[PrintedRow]:
    for block in table.blocks:
        for row in block.rows:
            printed = placed.get(row.key, ())
            label = next((one.label for one in printed if one.label), row.label)
            yield PrintedRow(block, row.key, label, printed)


def _as_labelled(one: AlignedLine) -> AlignedLine:
    """Return a row beside those of the form; without a label nothing tells what its figures are of."""
    is_told = one.label or one.alignment.trouble
    return one if is_told else one.replace(alignment=AMBIGUOUS)


# Figures that broke over lines. Each of the lines might be a figure of its own, as where two rows stand in
# one. A page draws its cells: no line is a neighbour's. Elsewhere nothing is joined.


_ZERO = Decimal(0)
# The cells of a row of T3, and in how many ways they may be read where all of them broke.
_OF_A_ROW = 7
_MOST_WAYS = 3**_OF_A_ROW


def settle_torn(facts: Sequence[Fact], form_id: str) -> tuple[Fact, ...]:
    """Return the facts of one table, figures that broke over lines whole where sums prove it.

    A sum proves them where it holds for them, and for no other reading of its cells, and none of a row fails.

    Args:
        facts: of one table, the form's cells first and in its order.
        form_id: the form whose sums prove figures.
    """
    torn = {place for place, fact in enumerate(facts) if _is_torn(fact)}
    if not torn:
        return tuple(facts)
    places = {cell: place for place, cell in enumerate(measures_of(form_id, facts[0].table_key))}
    sums = [[(places[cell], sign) for cell, sign in one] for one in sums_of(form_id, facts[0].table_key)]
    ways = list(map(_list_ways, facts))
    known = [one for one in sums if all(ways[place] for place, _ in one)]
    failing = [one for one in known if sum(sign * ways[place][0] for place, sign in one)]
    left = torn.difference(place for one in failing if len(one) <= _OF_A_ROW for place, _ in one)
    holding = [one for one in known if one not in failing]
    proved: set[int] = set()
    # What one sum proves may be all that another lacked.
    for one in holding * 2:
        if prod(len(ways[place]) for place, _ in one) <= _MOST_WAYS and _holds_in_one_way(one, ways):
            proved |= left.intersection(place for place, _ in one)
            ways = [numbers[:1] if place in proved else numbers for place, numbers in enumerate(ways)]
    # Where it is not proved, two rows may stand in one: then a figure beside a blank cell is of either.
    rows = {facts[place].start for place in torn - proved}
    rows &= {fact.start for fact in facts if fact.state is CellState.BLANK}
    return tuple(
        fact.replace(value=format(ways[place][0], "f"), state=CellState.NUMBER)
        if place in proved
        else fact.replace(value=None, state=CellState.AMBIGUOUS)
        if fact.start in rows
        else fact
        for place, fact in enumerate(facts)
    )


def _holds_in_one_way(one: Iterable[tuple[int, int]], ways: Sequence[Sequence[Decimal]]) -> bool:
    signed = [[sign * number for number in ways[place]] for place, sign in one]
    return sum(not sum(way) for way in product(*signed)) == 1


def _is_torn(fact: Fact) -> bool:
    """Tell whether a cell on a page with rules holds pieces of a figure on several lines."""
    is_ruled = fact.page is not None and fact.how is How.GRID and "\n" in (fact.raw or "")
    return is_ruled and fact.state is CellState.LAYOUT_ERROR


def _list_ways(fact: Fact) -> list[Decimal]:
    """Return what a cell may state: a torn one all its lines together, else the first or the last alone."""
    if fact.state in (CellState.BLANK, CellState.DASH):
        return [_ZERO]
    if not _is_torn(fact):
        return [] if fact.value is None else [Decimal(fact.value)]
    first, *_, last = lines = (fact.raw or "").split("\n")
    whole = number_of("".join(lines))
    alone = [number for number in map(number_of, (first, last)) if number is not None]
    return [] if whole is None else list(dict.fromkeys((whole, *alone)))
