"""The cells of a printed table, by their keys in its form, and what each holds, also in two renditions.

Renditions are a page and the file attached to it. A cell is compared with the one of the same block, row and
column, and only where both state a number: a cell that is blank, or not certain, on either side says nothing
against the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import attrgetter

from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Fields,
    Severity,
    judge_cells,
    listed,
    plain,
    shortened,
    state_result,
)
from pipelines.checks.sentences import MONEY
from pipelines.duplicates.diff_cells import COMPARED_WITHIN_A_FORM, table_of
from pipelines.forms.form_catalogue import (
    CellKey,
    forms_alone,
    forms_by_id,
    known_forms,
    measures_of,
    tables_of,
)
from pipelines.forms.form_model import CellState, Fact, Form, FormTable, How, Measure
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import strip_punctuation

_EMPTY = frozenset({CellState.BLANK, CellState.DASH})
# 1.2万件 is rounded, so no sum with it need be exact.
_SCALES = "百千万亿"
_FULL_WIDTH = str.maketrans("()", "（）")


class StatedTable(FrozenStruct):
    """One table of a document that follows a known form.

    Attributes:
        form: the form that this table follows.
        layout: what the form says of it.
        number: 1 for the first table of its key in the document.
        cells: those of the form, by their keys.
        others: those of a row or column that the form does not have.
        values: the numbers that they state, by their keys; a cell that states none is not among them, nor is
            a count in ten thousands (1.2万件), which is not exact.
    """

    form: Form
    layout: FormTable
    number: int
    cells: Mapping[CellKey, Fact]
    others: tuple[Fact, ...]
    values: Mapping[CellKey, Decimal]

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
    return StatedTable(form, layout, facts[0].table_no, cells, tuple(others), values)


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


RENDITION_MISMATCH = "rendition_mismatch"

_FILLED = frozenset({CellState.NUMBER, CellState.ZERO, CellState.COMPOUND, CellState.TEXT})
_LONGEST_CELL = 30
_MOST_ROWS = 4


def check_shape(table: StatedTable) -> Iterator[Check]:
    """Check that the document has the cells of the form; one that it has but that is torn is not missing."""
    keys = table.measures
    absent = [key for key in keys if _is_absent(table.cells.get(key))]
    cells = table.cells.items()
    torn = [key for key, fact in cells if fact.state is CellState.LAYOUT_ERROR and not _is_absent(fact)]
    wrong = absent or torn
    fields: Fields = {
        "table": table.layout.heading,
        "cells": str(len(keys)),
        "count": str(len(wrong)),
        "rows": listed((_row_label(table, key) for key in wrong), at_most=_MOST_ROWS, counted="行"),
    }
    facts = [table.cells[key] for key in wrong if key in table.cells]
    # Torn cells are there, so they leave open what absent ones decide.
    outcome = judge_cells(absent, tested=not torn)
    yield state_result(f"{table.key}.shape", outcome, fields=fields, table=table, cells=facts)


def state_absent_table(layout: FormTable) -> Check:
    """Return the result for a table of the form that the document does not have."""
    fields = {"table": layout.heading, "cells": str(sum(1 for _ in layout.cells()))}
    result = state_result(f"{layout.key}.shape", CheckOutcome.FAIL, "absent", fields)
    return result.replace(table_key=layout.key)


def check_integers(table: StatedTable) -> Iterator[Check]:
    """Check that counts are whole and not negative; a change may be negative, and money is no count."""
    measures = table.measures
    counts = [key for key in table.values if measures.get(key) is not Measure.MONEY]
    wrong = [
        table.cells[key]
        for key in counts
        if table.values[key] % 1 or (table.values[key] < 0 and measures.get(key) is not Measure.CHANGE)
    ]
    yield _state_cells("cell.integer", table, wrong, tested=len(counts))


def check_numbers(table: StatedTable) -> Iterator[Check]:
    """Check that no cell holds words."""
    wrong = [fact for fact in table.cells.values() if fact.state is CellState.TEXT]
    yield _state_cells("cell.not_number", table, wrong, tested=len(table.values))


def check_units(table: StatedTable) -> Iterator[Check]:
    """Check that amounts of money, where the form has any, have a unit; nothing needs none."""
    measures = table.measures
    if Measure.MONEY not in measures.values():
        return
    stated = [key for key in table.values if measures.get(key) is Measure.MONEY]
    amounts = [table.cells[key] for key in stated if table.values[key]]
    # 采购总金额(单位:万元,保留4位小数): 新乡 and 信阳 have the unit of 2019 in the header.
    wrong = [fact for fact in amounts if not fact.unit and MONEY not in (fact.column_label or "")]
    yield _state_cells(f"{table.key}.unit_stated", table, wrong, tested=len(stated))


def check_placeholder(table: StatedTable) -> Iterator[Check]:
    """Check that not all its cells are blanks and dashes; of one that is torn nobody knows."""
    printed = [fact for fact in table.cells.values() if not _is_absent(fact)]
    filled = [fact for fact in printed if fact.state in _FILLED]
    # 西安市高陵区行政审批服务局2021年 fills a whole table with /.
    is_bare = bool(printed) and all(map(is_empty, printed))
    yield _state_cells("doc.placeholder_table", table, printed if is_bare else (), tested=len(filled))


def check_renditions(facts: Sequence[Fact], others: Sequence[Fact], place: int = 0) -> tuple[Check, ...]:
    """Check the figures of a report against those of another rendition of it.

    Args:
        facts: of this rendition.
        others: of the other.
        place: tells apart the results against several others.

    Returns:
        A result for each table that both have, in the order of the facts. Where figures differ, `cells` are
        those of this rendition and `other_cells` those of the other, pair by pair; the two values stand with
        the result where it is one figure that differs. It is a warning where a figure of the table was
        recognised in a picture, so that one that differs need not be printed so.
    """
    there = {(table.key, table.number): table for table in stated_tables(others)}
    pairs = ((table, there.get((table.key, table.number))) for table in stated_tables(facts))
    # Columns of table two mean other things in another form, under keys that are alike.
    return tuple(
        _compare_renditions(table, other, place)
        for table, other in pairs
        if other and (table.key != COMPARED_WITHIN_A_FORM or table.form is other.form)
    )


def _row_label(table: StatedTable, key: CellKey) -> str:
    rows = (row for block in table.layout.blocks if block.key == key[0] for row in block.rows)
    in_form = next(row.label for row in rows if row.key == key[1])
    return named_as(table.cells[key].row_label if key in table.cells else None, in_form)


def _is_absent(fact: Fact | None) -> bool:
    return fact is None or fact.how is How.NOT_PRINTED


def _state_cells(check_id: str, table: StatedTable, wrong: Sequence[Fact], *, tested: int) -> Check:
    fields: Fields = {
        "table": table.layout.heading,
        "cells": listed(map(_as_printed, wrong)),
        "count": str(tested),
    }
    return state_result(check_id, judge_cells(wrong, tested), fields=fields, table=table, cells=wrong)


def _as_printed(fact: Fact) -> str:
    """Return where a cell stands and what stands in it: 行政许可·本年处理决定数量：1.5."""
    place = "·".join(on_one_line(label) for label in (fact.row_label, fact.column_label) if label)
    return f"{place}：{shortened(on_one_line(fact.raw or ''), at_most=_LONGEST_CELL)}"


def _compare_renditions(table: StatedTable, other: StatedTable, place: int) -> Check:
    both = [key for key in table.values if key in other.values]
    # 万元 and 元, or no unit, are not compared.
    compared = [key for key in both if table.cells[key].unit == other.cells[key].unit]
    different = [key for key in compared if table.values[key] != other.values[key]]
    outcome = judge_cells(different, len(compared))
    is_recognised = any(side.cells[key].how is How.OCR for side in (table, other) for key in compared)
    pairs = (quote_pair(table.cells[key], table.values[key], "≠", other.values[key]) for key in different)
    only = different[0] if len(different) == 1 else None
    return state_result(
        RENDITION_MISMATCH,
        outcome,
        f"{outcome} recognised" if different and is_recognised else "",
        {"table": table.layout.heading, "cells": listed(pairs, counted="格")},
        severity=Severity.WARNING if is_recognised else None,
        table=table,
        place=place,
        values=(table.values[only], other.values[only]) if only else None,
        cells=[table.cells[key] for key in different],
        other_cells=[other.cells[key] for key in different],
    )
