"""The identities of a form written out, and what its sums say of cells that are blank or were recognised.

A blank cell is not stated, and stays so. But where a whole equals the sum of its stated parts, the parts left
blank can only be zero; and where one part alone is blank, it can only be the rest. That is worth knowing and
is kept apart from what is printed. In a table whose figures contradict any identity nothing is implied, since
nobody can say which of them is wrong.

A recognised figure has a value only where it is sure: where its confidence, that of the weaker of two
readings, is above a measured bound, or where every sum of the form that it is part of is stated in full and
holds. No figure is ever repaired. A sum that fails takes none away: reports are published with wrong sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from pipelines.forms.cell_values import CellReading
from pipelines.forms.form_catalogue import CellKey, form_by_id, measures_of
from pipelines.forms.form_model import Block, CellState, Fact, Form, FormTable, How, Identity, Measure, Term
from pipelines.grid import Cell, Table, TableRow
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

Rows = Mapping[int, TableRow]
"""The rows that were recognised, by where they start in the text of the document."""


Sum = tuple[tuple[CellKey, int], ...]
"""Cells that add up to nothing, each with its sign."""
Numbers = dict[CellKey, Decimal]
"""What cells state."""
_ZERO = Decimal(0)


def implied_values(readings: Sequence[CellReading | Fact], form_id: str, table_key: str) -> dict[int, str]:
    """Return what blank cells of a table can only hold, by their place in the form's order.

    Args:
        readings: what each cell of the form's table states, in the form's order.
        form_id: the form that the table follows; its identities within the year are used.
        table_key: `t2`, `t3`, `t4`.

    Returns:
        Exact decimals, for cells in state `blank` only.
    """
    cells = dict(zip(measures_of(form_id, table_key), readings, strict=False))
    blank = {cell for cell, reading in cells.items() if reading.state is CellState.BLANK}
    if not blank:
        return {}
    numbers = {cell: Decimal(one.value) for cell, one in cells.items() if one.value is not None}
    # Parts that may be negative cancel each other out: then nothing says that a blank one is zero.
    if any(number < 0 for number in numbers.values()):
        return {}
    known = _solve_sums(sums_of(form_id, table_key), numbers, blank)
    blank &= known.keys()
    return {place: format(known[cell], "f") for place, cell in enumerate(cells) if cell in blank}


def _solve_sums(sums: Sequence[Sum], numbers: Numbers, blank: set[CellKey]) -> Numbers:
    """Apply every sum until none implies anything new; nothing at all is known where one fails."""
    known = dict(numbers)
    size = -1
    # What one sum implies may be all that another lacked.
    while size != len(known):
        size = len(known)
        for one in sums:
            if is_contradicted(one, known):
                return {}
            rest, unknown = weigh_sum(one, known)
            if all(cell in blank for cell, _ in unknown):
                known |= _implied_by(rest, unknown)
    return known


def weigh_sum(one: Sum, known: Numbers) -> tuple[Decimal, Sum]:
    """Return what the known cells of a sum come to, and its unknown ones."""
    rest = _ZERO
    unknown = []
    for cell, sign in one:
        number = known.get(cell)
        if number is None:
            unknown.append((cell, sign))
        else:
            rest += number if sign > 0 else -number
    return rest, tuple(unknown)


def is_fulfilled(one: Sum, known: Numbers) -> bool:
    """Tell whether all cells of a sum are known, and it holds."""
    return weigh_sum(one, known) == (_ZERO, ())


def is_contradicted(one: Sum, known: Numbers) -> bool:
    """Tell whether a sum fails whatever stands in its unknown cells, since counts are never negative."""
    rest, unknown = weigh_sum(one, known)
    return rest != 0 and all((sign > 0) == (rest > 0) for _, sign in unknown)


def _implied_by(rest: Decimal, unknown: Sum) -> Iterator[tuple[CellKey, Decimal]]:
    alone = len(unknown) == 1
    all_zero = not rest and len({sign for _, sign in unknown}) == 1
    for cell, sign in unknown:
        if alone or all_zero:
            yield cell, -rest * sign if rest else _ZERO


@cache
def sums_of(form_id: str, table_key: str) -> tuple[Sum, ...]:
    """Return what a form demands of the cells of a table of this year.

    Args:
        form_id: of a known form.
        table_key: `t2`, `t3`, `t4`.
    """
    return tuple(
        tuple(
            (part.cell, sign * part.sign) for sign, side in ((1, one.left), (-1, one.right)) for part in side
        )
        for one in instances_of(form_id, table_key)
        if one.identity.relation == "="
    )


class Summand(FrozenStruct):
    """One cell in a sum.

    Attributes:
        cell: where it stands.
        sign: 1 or -1.
        year: 0 for this report, -1 for that of the year before.
        label: what the form prints on the axis that the identity does not run over.
        measure: what the cell holds.
    """

    cell: CellKey
    sign: int
    year: int
    label: str
    measure: Measure


class Instance(FrozenStruct):
    """One identity for one row, column or block.

    Attributes:
        identity: what it is an instance of.
        key: of the row, column or block.
        label: of the row, column or block, as the form prints it.
        left: the sum on the left.
        right: the sum on the right.
    """

    identity: Identity
    key: str
    label: str
    left: tuple[Summand, ...]
    right: tuple[Summand, ...]

    @property
    def check_id(self) -> str:
        """Its name among the results: `t3.balance.natural_person`."""
        return f"{self.identity.check}.{self.key}"

    @property
    def is_sum_of_parts(self) -> bool:
        """Whether parts that cannot be negative add up to one whole."""
        can_be_negative = any(part.sign < 0 or part.measure is Measure.CHANGE for part in self.left)
        return self.identity.relation == "=" and len(self.right) == 1 and not can_be_negative

    @property
    def summands(self) -> tuple[Summand, ...]:
        """The cells of both sides."""
        return *self.left, *self.right


@cache
def instances_of(form_id: str, table_key: str, *, across_years: bool = False) -> tuple[Instance, ...]:
    """Return the identities of a table, written out in the form's order.

    Args:
        form_id: of a known form.
        table_key: `t2`, `t3` or `t4`.
        across_years: whether to return those that need the report of the year before, or those that do not.
    """
    form = form_by_id(form_id)
    table = form.table(table_key)
    return tuple(_write_out(form, table, across_years=across_years)) if table else ()


def _write_out(form: Form, table: FormTable, *, across_years: bool) -> Iterator[Instance]:
    for identity in form.identities:
        if identity.table == table.key and identity.spans_years == across_years:
            for block in table.blocks:
                if not identity.blocks or block.key in identity.blocks:
                    yield from _in_block(identity, block)


def _in_block(identity: Identity, block: Block) -> Iterator[Instance]:
    for line in block.columns if identity.over == "columns" else block.rows:
        if not identity.only or line.key in identity.only:
            left, right = (
                tuple(_make_summand(identity, block, line.key, term) for term in side)
                for side in (identity.left, identity.right)
            )
            yield Instance(identity, line.key, line.label, left, right)


def _make_summand(identity: Identity, block: Block, key: str, term: Term) -> Summand:
    rows = {row.key: row.label for row in block.rows}
    columns = {column.key: column for column in block.columns}
    row, column = (term.key, key) if identity.over == "columns" else (key, term.key)
    label = rows[row] if identity.over == "columns" else columns[column].label
    return Summand((block.key, row, column), term.sign, term.year, label, columns[column].measure)


class RecognisedThresholds(Thresholds):
    """When a recognised figure is taken as read (`knowledge/thresholds/recognised_figures.yaml`)."""

    sure: float
    likely: float


RECOGNISED = RecognisedThresholds.load("recognised_figures")

_FIGURES = frozenset({CellState.NUMBER, CellState.ZERO})
# What a dash, a slash or the rest of a rule is taken for: alone in a cell of figures it is no word.
_STROKES = frozenset("一ー二丨丿丶|｜︱~～_＿=＝")
_READ = frozenset({*_FIGURES, CellState.DASH, CellState.COMPOUND})


def as_recognised(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Return tables without confidence in any of their cells, as they are drawn by recognised text alone."""
    return tuple(
        table.replace(rows=tuple(row.replace(cells=_doubt_cells(row)) for row in table.rows))
        for table in tables
    )


def recognised_rows(tables: Iterable[Table]) -> Rows:
    """Return the rows of the tables that were recognised, by where they start in the text."""
    return {
        row.start: row
        for table in tables
        if any(cell.confidence is not None for row in table.rows for cell in row.cells)
        for row in table.rows
    }


def settle_recognised(facts: Iterable[Fact], rows: Rows, form_id: str | None = None) -> tuple[Fact, ...]:
    """Return the facts of one table, those that were recognised with their confidence, unsure ones ambiguous.

    Args:
        facts: of one table, the form's cells first and in its order, as the figures were recognised.
        rows: as `recognised_rows` returns them.
        form_id: the form whose sums confirm figures; None where there is none.
    """
    facts = tuple(facts)
    if not any(_is_recognised(fact, rows) for fact in facts):
        return facts
    confirming = _count_confirming(facts, form_id)
    return tuple(
        _settle_fact(fact, rows[fact.start or 0], confirming.get(place, 0))
        if _is_recognised(fact, rows)
        else fact
        for place, fact in enumerate(facts)
    )


def _is_recognised(fact: Fact, rows: Rows) -> bool:
    return fact.start in rows and fact.how is not How.NOT_PRINTED


def _settle_fact(fact: Fact, row: TableRow, sums: int) -> Fact:
    """Return a recognised fact.

    Args:
        fact: as its characters were recognised.
        row: that it stands in.
        sums: how many sums confirm it.
    """
    confidence = _confidence_of(fact, row)
    # Both readings may misread a figure alike: the bound is above the surest misread figure of a benchmark.
    is_sure = confidence is None or confidence >= RECOGNISED.sure
    if fact.state in _FIGURES and confidence is not None:
        is_sure = is_sure or sums > 1 or (sums == 1 and confidence >= RECOGNISED.likely)
    # What arithmetic alone put in its place cannot be confirmed by arithmetic.
    if fact.how is How.ARITHMETIC or (fact.state in _READ and not is_sure) or _is_unread(fact, confidence):
        fact = fact.replace(value=None, state=CellState.AMBIGUOUS)
    box = next((cell.box for cell in row.cells if cell.column == fact.grid_column), None)
    return fact.replace(how=How.OCR, confidence=confidence, box=box)


def _is_unread(fact: Fact, confidence: float | None) -> bool:
    """Tell whether something stands in a cell and cannot be read: strokes, and words that nobody made out."""
    is_stroke = (
        fact.state is CellState.TEXT
        and confidence is not None
        and _STROKES.issuperset("".join((fact.raw or "").split()))
    )
    return is_stroke or (fact.state in (CellState.TEXT, CellState.LAYOUT_ERROR) and confidence == 0)


def _confidence_of(fact: Fact, row: TableRow) -> float | None:
    """Return the confidence of the cell that a fact is of; that of its row where its cells are not told."""
    own = [cell for cell in row.cells if cell.column == fact.grid_column]
    if fact.state is CellState.BLANK and not own:
        return None
    stated = (cell.confidence for cell in own or row.cells)
    return min((one for one in stated if one is not None), default=None)


def _count_confirming(facts: Sequence[Fact], form_id: str | None) -> dict[int, int]:
    """Return how many sums confirm each cell of the form: none unless all that it is part of hold."""
    if form_id is None or not facts:
        return {}
    cells = tuple(measures_of(form_id, facts[0].table_key))
    numbers = {
        cell: Decimal(fact.value)
        for cell, fact in zip(cells, facts, strict=False)
        if fact.value is not None and fact.how is not How.ARITHMETIC
    }
    sums = sums_of(form_id, facts[0].table_key)
    # Stated in full, a blank cell states nothing.
    failed = {cell for one in sums if not is_fulfilled(one, numbers) for cell, _ in one}
    times = Counter(cell for one in sums for cell, _ in one if cell not in failed)
    return {place: times[cell] for place, cell in enumerate(cells)}


def _doubt_cells(row: TableRow) -> tuple[Cell, ...]:
    return tuple(cell.replace(confidence=0.0 if cell.text else None) for cell in row.cells)
