"""What the cells of one table hold, each by itself and in two renditions.

Renditions are a page and the file attached to it. A cell is compared with the one of the same block, row and
column, and only where both state a number: a cell that is blank, or not certain, on either side says nothing
against the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Severity,
    Words,
    judge_cells,
    listed,
    shortened,
    state_result,
)
from pipelines.checks.sentences import MONEY
from pipelines.checks.stated_tables import (
    is_empty,
    named_as,
    on_one_line,
    quote_pair,
    stated_tables,
)
from pipelines.duplicates.diff_cells import COMPARED_WITHIN_A_FORM
from pipelines.forms.form_model import CellState, How, Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.stated_tables import StatedTable
    from pipelines.forms.form_catalogue import CellKey
    from pipelines.forms.form_model import Fact, FormTable


RENDITION_MISMATCH = "rendition_mismatch"

_FILLED = frozenset({CellState.NUMBER, CellState.ZERO, CellState.COMPOUND, CellState.TEXT})
_LONGEST_CELL = 30
_MOST_ROWS = 4


def check_shape(table: StatedTable) -> Iterator[Check]:
    """Check that the document has the cells of the form; one that it has but that is torn is not missing."""
    keys = table.measures
    absent = [key for key in keys if _is_absent(table.cells.get(key))]
    torn = [key for key, fact in table.cells.items() if _is_torn(fact)]
    wrong = absent or torn
    fields: dict[str, str | Words] = {
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
    return replace(result, table_key=layout.key)


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
    wrong = [table.cells[key] for key in stated if table.values[key] and not _has_unit(table.cells[key])]
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
    return tuple(_compare_renditions(table, other, place) for table, other in _pair_tables(facts, others))


def _row_label(table: StatedTable, key: CellKey) -> str:
    rows = (row for block in table.layout.blocks if block.key == key[0] for row in block.rows)
    in_form = next(row.label for row in rows if row.key == key[1])
    return named_as(table.cells[key].row_label if key in table.cells else None, in_form)


def _is_absent(fact: Fact | None) -> bool:
    return fact is None or fact.how is How.NOT_PRINTED


def _is_torn(fact: Fact) -> bool:
    return fact.state is CellState.LAYOUT_ERROR and fact.how is not How.NOT_PRINTED


def _has_unit(fact: Fact) -> bool:
    # 采购总金额(单位:万元,保留4位小数): 新乡 and 信阳 have the unit of 2019 in the header.
    return bool(fact.unit) or MONEY in (fact.column_label or "")


def _state_cells(check_id: str, table: StatedTable, wrong: Sequence[Fact], *, tested: int) -> Check:
    fields: dict[str, str | Words] = {
        "table": table.layout.heading,
        "cells": listed(map(_as_printed, wrong)),
        "count": str(tested),
    }
    return state_result(check_id, judge_cells(wrong, tested), fields=fields, table=table, cells=wrong)


def _as_printed(fact: Fact) -> str:
    """Return where a cell stands and what stands in it: 行政许可·本年处理决定数量：1.5."""
    place = "·".join(on_one_line(label) for label in (fact.row_label, fact.column_label) if label)
    return f"{place}：{shortened(on_one_line(fact.raw or ''), at_most=_LONGEST_CELL)}"


def _pair_tables(facts: Iterable[Fact], others: Iterable[Fact]) -> Iterator[tuple[StatedTable, StatedTable]]:
    there = {(table.key, table.number): table for table in stated_tables(others)}
    for table in stated_tables(facts):
        other = there.get((table.key, table.number))
        # Columns of table two mean other things in another form, under keys that are alike.
        if other and (table.key != COMPARED_WITHIN_A_FORM or table.form is other.form):
            yield table, other


def _compare_renditions(table: StatedTable, other: StatedTable, place: int) -> Check:
    compared = [key for key in table.values if _is_comparable(table, other, key)]
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


def _is_comparable(table: StatedTable, other: StatedTable, key: CellKey) -> bool:
    """Tell whether both state a number, in one unit: 万元 and 元, or no unit, are not compared."""
    return key in other.values and table.cells[key].unit == other.cells[key].unit
