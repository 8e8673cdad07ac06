"""What the cells of one table hold, each by itself: numbers, units, and whether the form's cells stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.checks.cells import is_empty, named_as, on_one_line
from pipelines.checks.figures import MONEY
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import listed, said, shortened
from pipelines.forms.catalogue import form_by_id
from pipelines.forms.model import CellState, How, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.checks.cells import CellKey, StatedTable
    from pipelines.checks.wording import Words
    from pipelines.forms.model import Fact, FormTable


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is checked: its id, its severity when it fails, and the key of its words."""

    check_id: str
    severity: Severity
    words: str


_INTEGER = _Rule("cell.integer", Severity.ERROR, "cell.integer")
_NUMBER = _Rule("cell.not_number", Severity.WARNING, "cell.not_number")
_PLACEHOLDER = _Rule("doc.placeholder_table", Severity.INFO, "doc.placeholder_table")
_FILLED = frozenset({CellState.NUMBER, CellState.ZERO, CellState.COMPOUND, CellState.TEXT})
_LONGEST_CELL = 30


def check_contents(table: StatedTable) -> Iterator[Check]:
    """Check the cells of a table one by one.

    Yields:
        `<table>.shape`, `cell.integer`, `cell.not_number`, where the form has money `<table>.unit_stated`,
        and `doc.placeholder_table`: one result each, its cells those that are wrong.
    """
    measures = measures_of(table.form.id, table.key)
    yield _shape(table)
    yield _integers(table, measures)
    yield _numbers(table)
    if Measure.MONEY in measures.values():
        yield _units(table, measures)
    yield _placeholder(table)


def absent_table(layout: FormTable) -> Check:
    """Return the result for a table of the form that the document does not have."""
    fields = {"table": layout.heading, "cells": str(sum(1 for _ in layout.cells()))}
    words = said("shape absent", fields)
    return Check(
        f"{layout.key}.shape", Severity.ERROR, CheckOutcome.FAIL, words.zh, words.en, table_key=layout.key
    )


@cache
def measures_of(form_id: str, table_key: str) -> dict[CellKey, Measure]:
    """Return what each cell of a table of a form holds, by its key, in the form's order."""
    layout = form_by_id(form_id).table(table_key)
    cells = layout.cells() if layout else ()
    return {(block.key, row.key, column.key): column.measure for block, row, column in cells}


def _shape(table: StatedTable) -> Check:
    """Check that the document has the cells of the form; one that it has but that is torn is not missing."""
    keys = measures_of(table.form.id, table.key)
    absent = [key for key in keys if _is_absent(table.cells.get(key))]
    torn = [key for key, fact in table.cells.items() if _is_torn(fact)]
    outcome = CheckOutcome.NOT_TESTABLE if torn else CheckOutcome.PASS
    if absent:
        outcome = CheckOutcome.FAIL
    fields: dict[str, str | Words] = {
        "cells": str(len(keys)),
        "count": str(len(absent) or len(torn)),
        "rows": listed((_row_label(table, key) for key in absent or torn), at_most=4, counted="行"),
    }
    facts = [table.cells[key] for key in absent or torn if key in table.cells]
    return _result(table, _Rule(f"{table.key}.shape", Severity.ERROR, "shape"), outcome, facts, fields)


def _row_label(table: StatedTable, key: CellKey) -> str:
    rows = (row for block in table.layout.blocks if block.key == key[0] for row in block.rows)
    in_form = next(row.label for row in rows if row.key == key[1])
    return named_as(table.cells[key].row_label if key in table.cells else None, in_form)


def _is_absent(fact: Fact | None) -> bool:
    return fact is None or fact.how is How.NOT_PRINTED


def _is_torn(fact: Fact) -> bool:
    return fact.state is CellState.LAYOUT_ERROR and fact.how is not How.NOT_PRINTED


def _integers(table: StatedTable, measures: Mapping[CellKey, Measure]) -> Check:
    """Check that counts are whole and not negative; a change may be negative, and money is no count."""
    counts = [key for key in table.values if measures.get(key) is not Measure.MONEY]
    wrong = [
        table.cells[key]
        for key in counts
        if table.values[key] % 1 or (table.values[key] < 0 and measures.get(key) is not Measure.CHANGE)
    ]
    return _judged(table, _INTEGER, wrong, tested=len(counts))


def _numbers(table: StatedTable) -> Check:
    wrong = [fact for fact in table.cells.values() if fact.state is CellState.TEXT]
    return _judged(table, _NUMBER, wrong, tested=len(table.values))


def _units(table: StatedTable, measures: Mapping[CellKey, Measure]) -> Check:
    """Check that amounts of money have a unit; nothing needs none."""
    stated = [key for key in table.values if measures.get(key) is Measure.MONEY]
    wrong = [table.cells[key] for key in stated if table.values[key] and not _has_unit(table.cells[key])]
    rule = _Rule(f"{table.key}.unit_stated", Severity.WARNING, "unit_stated")
    return _judged(table, rule, wrong, tested=len(stated))


def _has_unit(fact: Fact) -> bool:
    return bool(fact.unit) or MONEY in (fact.column_label or "")


def _placeholder(table: StatedTable) -> Check:
    """Check that not all its cells are blanks and dashes; of one that is torn nobody knows."""
    printed = [fact for fact in table.cells.values() if not _is_absent(fact)]
    filled = [fact for fact in printed if fact.state in _FILLED]
    is_bare = bool(printed) and all(map(is_empty, printed))
    return _judged(table, _PLACEHOLDER, printed if is_bare else (), tested=len(filled))


def _judged(table: StatedTable, rule: _Rule, wrong: Sequence[Fact], *, tested: int) -> Check:
    outcome = CheckOutcome.PASS if tested else CheckOutcome.NOT_TESTABLE
    if wrong:
        outcome = CheckOutcome.FAIL
    cells = listed(map(_as_printed, wrong))
    return _result(table, rule, outcome, wrong, {"cells": cells, "count": str(tested)})


def _as_printed(fact: Fact) -> str:
    """Return where a cell stands and what stands in it: 行政许可·本年处理决定数量：1.5."""
    place = "·".join(on_one_line(label) for label in (fact.row_label, fact.column_label) if label)
    return f"{place}：{shortened(on_one_line(fact.raw or ''), at_most=_LONGEST_CELL)}"


def _result(
    table: StatedTable,
    rule: _Rule,
    outcome: CheckOutcome,
    facts: Sequence[Fact],
    fields: Mapping[str, str | Words],
) -> Check:
    words = said(f"{rule.words} {outcome}", {"table": table.layout.heading, **fields})
    return Check(
        check_id=rule.check_id,
        severity=rule.severity,
        outcome=outcome,
        message_zh=words.zh,
        message_en=words.en,
        table_key=table.key,
        table_no=table.number,
        cells=tuple(fact.ref for fact in facts),
    )
