"""The cells of one printed table, looked up by their keys in its form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import plain
from pipelines.duplicates.diff_cells import table_of
from pipelines.forms.form_catalogue import forms_alone, forms_by_id, known_forms, measures_of, tables_of
from pipelines.forms.form_model import CellState, How, Measure
from pipelines.text.normalise import strip_punctuation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.forms.form_catalogue import CellKey
    from pipelines.forms.form_model import Fact, Form, FormTable

_EMPTY = frozenset({CellState.BLANK, CellState.DASH})
# 1.2万件 is rounded, so no sum with it need be exact.
_SCALES = "百千万亿"
_FULL_WIDTH = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class StatedTable:
    """One table of a document that follows a known form.

    Attributes:
        form: the form that this table follows.
        layout: what the form says of it.
        number: 1 for the first table of its key in the document.
        cells: those of the form, by their keys.
        others: those of a row or column that the form does not have.
        values: the numbers that they state, by their keys; a cell that states none is not among them, nor is
            a count in ten thousands (1.2万件), which is not exact.
        placed: the keys of those whose place was told by arithmetic.
    """

    form: Form
    layout: FormTable
    number: int
    cells: Mapping[CellKey, Fact]
    others: tuple[Fact, ...]
    values: Mapping[CellKey, Decimal]
    placed: frozenset[CellKey]

    @property
    def key(self) -> str:
        """`t2`, `t3`, `t4`, or `stat` for a list of indicators."""
        return self.layout.key

    @property
    def measures(self) -> Mapping[CellKey, Measure]:
        """What each cell of the form holds, by its key, in the form's order."""
        return measures_of(self.form.id, self.key)

    @property
    def is_statutory(self) -> bool:
        """Whether the form says which cells the table has; a list of indicators may leave out any."""
        return self.form in known_forms()


def stated_tables(facts: Iterable[Fact]) -> tuple[StatedTable, ...]:
    """Return the tables of known forms that facts belong to, by key and number."""
    ordered = sorted(facts, key=attrgetter("table_key", "table_no", "ordinal"))
    tables = (_stated_table(tuple(group)) for _, group in groupby(ordered, key=table_of))
    return tuple(table for table in tables if table)


def value_of(fact: Fact | None) -> Decimal | None:
    """Return the number that a cell states; None where it states none."""
    return None if fact is None or fact.value is None else Decimal(fact.value)


def is_empty(fact: Fact | None) -> bool:
    """Tell whether nothing stands in a cell: it is blank or a dash, or the document has no such cell.

    A cell whose content is not understood (ambiguous, torn, compound, text) is not empty.
    """
    return fact is None or fact.state in _EMPTY


def on_one_line(label: str) -> str:
    """Return a printed label without the white space of its line breaks, its brackets full width."""
    return "".join(label.split()).translate(_FULL_WIDTH)


def named_as(printed: str | None, in_form: str) -> str:
    """Return how a row or column is named: as printed, or as in the form where that is only fuller.

    Args:
        printed: its label; of a torn or glued one the beginning may stand alone.
        in_form: what the form prints.
    """
    label = on_one_line(printed or "")
    return label if strip_punctuation(label) not in strip_punctuation(in_form) else on_one_line(in_form)


def quote_pair(fact: Fact, first: Decimal, sign: str, second: Decimal) -> str:
    """Return where a cell stands and two figures of it: 行政许可·本年处理决定数量 3→150."""
    row, column = on_one_line(fact.row_label), on_one_line(fact.column_label or "")
    return f"{row}·{column} {plain(first)}{sign}{plain(second)}"


def _stated_table(facts: Sequence[Fact]) -> StatedTable | None:
    form = forms_by_id().get(next((fact.form for fact in facts if fact.form), "")) or _any_form(
        facts[0].table_key
    )
    layout = form.table(facts[0].table_key) if form else None
    if form is None or layout is None:
        return None
    cells: dict[CellKey, Fact] = {}
    others: list[Fact] = []
    for fact in facts:
        if fact.row_key is None or fact.column_key is None:
            others.append(fact)
        else:
            # Of a cell that is printed twice the first counts.
            cells.setdefault((fact.block_key, fact.row_key, fact.column_key), fact)
    measures = measures_of(form.id, layout.key)
    values = {
        key: Decimal(fact.value)
        for key, fact in cells.items()
        if fact.value is not None and not _is_rounded(fact, measures.get(key))
    }
    placed = frozenset(key for key, fact in cells.items() if fact.how is How.ARITHMETIC)
    return StatedTable(form, layout, facts[0].table_no, cells, tuple(others), values, placed)


def _is_rounded(fact: Fact, measure: Measure | None) -> bool:
    """Tell whether a count is given in ten thousands (1.2万件), so that no sum with it need be exact."""
    return measure is not Measure.MONEY and any(scale in (fact.unit or "") for scale in _SCALES)


@cache
def _any_form(table_key: str) -> Form | None:
    """Return a form to read a table of no known form by: any, where all have that table alike."""
    # Of a table that follows no known form the keys are told where all forms have it alike (table four).
    tables = tables_of(table_key, forms_alone())
    alike = all(table.blocks == tables[0].blocks for table in tables)
    return forms_alone()[-1] if tables and alike else None
