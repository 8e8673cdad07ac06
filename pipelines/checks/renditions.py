"""Two renditions of one report, a page and the file attached to it: whether they state the same figures.

A cell is compared with the one of the same block, row and column, and only where both state a number: a cell
that is blank, or not certain, on either side says nothing against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.cells import on_one_line, plain, stated_tables
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import listed, said
from pipelines.forms.model import How

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.cells import CellKey, StatedTable
    from pipelines.forms.model import Fact

RENDITION_MISMATCH = "rendition_mismatch"

_OF_ITS_FORM_ONLY = "t2"
"""Its columns mean other things in other forms, under some keys that are alike."""


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
    return tuple(_result(table, other, place) for table, other in _pairs(facts, others))


def _pairs(facts: Iterable[Fact], others: Iterable[Fact]) -> Iterator[tuple[StatedTable, StatedTable]]:
    there = {(table.key, table.number): table for table in stated_tables(others)}
    for table in stated_tables(facts):
        other = there.get((table.key, table.number))
        if other and (table.key != _OF_ITS_FORM_ONLY or table.form is other.form):
            yield table, other


def _result(table: StatedTable, other: StatedTable, place: int) -> Check:
    compared = [key for key in table.values if _is_comparable(table, other, key)]
    different = [key for key in compared if table.values[key] != other.values[key]]
    outcome = CheckOutcome.PASS if compared else CheckOutcome.NOT_TESTABLE
    if different:
        outcome = CheckOutcome.FAIL
    is_recognised = any(side.cells[key].how is How.OCR for side in (table, other) for key in compared)
    source = " recognised" if different and is_recognised else ""
    words = said(
        f"{RENDITION_MISMATCH} {outcome}{source}",
        {
            "table": table.layout.heading,
            "cells": listed((_both(table, other, key) for key in different), counted="格"),
        },
    )
    only = different[0] if len(different) == 1 else None
    return Check(
        check_id=RENDITION_MISMATCH,
        severity=Severity.WARNING if is_recognised else Severity.ERROR,
        outcome=outcome,
        message_zh=words.zh,
        message_en=words.en,
        table_key=table.key,
        table_no=table.number,
        place=place,
        left_value=plain(table.values[only]) if only else None,
        right_value=plain(other.values[only]) if only else None,
        difference=plain(table.values[only] - other.values[only]) if only else None,
        cells=tuple(table.cells[key].ref for key in different),
        other_cells=tuple(other.cells[key].ref for key in different),
    )


def _is_comparable(table: StatedTable, other: StatedTable, key: CellKey) -> bool:
    """Tell whether both state a number, in one unit: 万元 and 元, or no unit, are not compared."""
    return key in other.values and table.cells[key].unit == other.cells[key].unit


def _both(table: StatedTable, other: StatedTable, key: CellKey) -> str:
    row = on_one_line(table.cells[key].row_label)
    column = on_one_line(table.cells[key].column_label or "")
    return f"{row}·{column} {plain(table.values[key])}≠{plain(other.values[key])}"
