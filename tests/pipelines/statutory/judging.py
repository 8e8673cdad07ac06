"""What is wrong, and what is missing, in what was read of a filled form."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from tests.pipelines.statutory.printed_forms import CellKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pipelines.forms.form_model import Fact
    from tests.pipelines.statutory.filling import FilledForm, PrintedCell

STATED = (CellState.NUMBER, CellState.ZERO)
NOT_A_NUMBER = (CellState.TEXT, CellState.COMPOUND, CellState.AMBIGUOUS, CellState.LAYOUT_ERROR)


def facts_of(payload: bytes, content_type: str) -> tuple[Fact, ...]:
    """Read a report and return its cells."""
    suffix = "html" if content_type.startswith("text/html") else "txt"
    return read_document(payload, Hints(f"http://yunze.gov.test/report.{suffix}", content_type)).facts


def key_of(fact: Fact) -> CellKey | None:
    """Return the cell of the form that a fact is; None where the form does not know it."""
    if fact.table_key not in ("t2", "t3", "t4") or fact.row_key is None or fact.column_key is None:
        return None
    return CellKey(fact.table_key, fact.block_key, fact.row_key, fact.column_key)


def wrong_values(
    facts: Iterable[Fact], filled: FilledForm, contested: Collection[CellKey] = ()
) -> Iterator[str]:
    """Yield what is stated as a number and was not printed in that cell."""
    for fact in facts:
        is_stated = fact.state in STATED
        if is_stated is (fact.value is None):
            yield f"{fact.ref}: state {fact.state} with value {fact.value}"
        key = key_of(fact)
        if key is None or fact.value is None:
            continue
        expected = filled.cells.get(key)
        if expected is None:
            yield f"{_name(key)}: read {fact.value}, no such cell in {filled.form.id}"
        elif expected.value is None or Decimal(fact.value) != expected.value:
            yield f"{_name(key)}: read {fact.value} ({fact.how}), printed {expected.text!r}"
        elif (fact.state is CellState.ZERO) is not (expected.value == 0):
            yield f"{_name(key)}: state {fact.state} of {fact.value}"
        elif key in contested:
            yield f"{_name(key)}: read {fact.value} where two rows contradict each other"


def inexact_cells(facts: Iterable[Fact], filled: FilledForm, *, edges_count: bool = True) -> Iterator[str]:
    """Yield the cells that were not read exactly as printed, or more or less often than once.

    Args:
        facts: what was read.
        filled: what was printed.
        edges_count: whether a blank cell at an end of a row is told from one that pads it. Text has lost the
            spans that tell; there such a row may be ambiguous.
    """
    found: dict[CellKey, list[Fact]] = {}
    for fact in facts:
        key = key_of(fact)
        if key is not None:
            found.setdefault(key, []).append(fact)
    for key, expected in filled.cells.items():
        read = found.pop(key, [])
        if len(read) != 1:
            yield f"{_name(key)}: {len(read)} facts"
        elif not edges_count and read[0].state is CellState.AMBIGUOUS and _has_blank_edge(key, filled):
            continue
        elif not _agrees(read[0], expected):
            yield f"{_name(key)}: {read[0].state} {read[0].value}, printed {expected.text!r}"
    for key in found:
        yield f"{_name(key)}: no such cell in {filled.form.id}"


def _has_blank_edge(key: CellKey, filled: FilledForm) -> bool:
    """Tell whether the printed row of a cell begins or ends with a blank one."""
    row = [
        cell
        for other, cell in filled.cells.items()
        if other.table == key.table and _row_of(other) == _row_of(key)
    ]
    return CellState.BLANK in (row[0].state, row[-1].state)


def _row_of(key: CellKey) -> str:
    return "" if key.table == "t4" else f"{key.block}.{key.row}"


def _agrees(fact: Fact, expected: PrintedCell) -> bool:
    if expected.state is CellState.TEXT:
        return fact.state in NOT_A_NUMBER and fact.value is None
    if fact.state is not expected.state:
        return False
    return expected.value is None or (fact.value is not None and Decimal(fact.value) == expected.value)


def _name(key: CellKey) -> str:
    return ".".join(part for part in key if part)
