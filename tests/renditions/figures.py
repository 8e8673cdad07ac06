"""The figures of a made-up report, and the facts that they are.

A figure is what a cell prints: its digits, nothing where the cell is blank, or a dash. Totals add up, blank
cells and dashes counted as 0, so that what is printed stays the only thing under test.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.forms.form_model import Column, Fact, FormTable

Key = tuple[str, str | None, str, str]
"""Table, block, row and column."""

TABLES = ("t2", "t3", "t4")
DASHES = ("-", "—", "——", "/")
_TOTAL = "total"
_OUTSIDE = ("new_requests", "carried_in", "results_total", "carried_out")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a cell states: of a `Fact` what does not depend on where the cell stands."""

    value: str | None
    state: str
    raw: str


def draw_figures(form: str, seed: int, blanks: float = 0.2, dashes: float = 0.05) -> dict[Key, str]:
    """Return what every cell of a form's tables prints, of 0 to 7 digits.

    Args:
        form: `form_2019` or `form_2021`.
        seed: of the figures; the same seed gives the same figures.
        blanks: the share of the zeros that is left blank, from 0 to 1.
        dashes: the share of the zeros that is printed as a dash.
    """
    chance = random.Random(f"{form}/{seed}")
    numbers: dict[Key, str] = {}
    numbers.update(_activity(chance, table_of(form, "t2")))
    numbers.update(_applications(chance, table_of(form, "t3")))
    numbers.update(_disputes(chance, table_of(form, "t4")))
    return {key: _printed(chance, number, blanks, dashes) for key, number in numbers.items()}


def table_of(form: str, key: str) -> FormTable:
    """Return a table of a form that has it."""
    table = form_by_id(form).table(key)
    assert table is not None
    return table


def stated(printed: str) -> Stated:
    """Return what a cell states that prints these characters."""
    if not printed:
        return Stated(None, CellState.BLANK, "")
    if printed in DASHES:
        return Stated(None, CellState.DASH, printed)
    state = CellState.NUMBER if Decimal(printed) else CellState.ZERO
    return Stated(printed.removeprefix("+"), state, printed)


def stated_facts(figures: Mapping[Key, str]) -> dict[Key, Stated]:
    """Return what the model states, by the keys of the form."""
    return {key: stated(printed) for key, printed in figures.items()}


def read_facts(facts: Iterable[Fact]) -> dict[Key, Stated]:
    """Return what facts that were read state, by the keys of the form.

    Raises:
        AssertionError: a row or column is not of the form, or two facts have one key.
    """
    found: dict[Key, Stated] = {}
    for fact in facts:
        assert fact.row_key, f"a row that the form does not know: {fact.row_label!r}"
        assert fact.column_key, f"a column that the form does not know: {fact.column_label!r}"
        key = (fact.table_key, fact.block_key, fact.row_key, fact.column_key)
        assert key not in found, f"read twice: {key}"
        found[key] = Stated(fact.value, fact.state, fact.raw or "")
    return found


def _activity(chance: random.Random, table: FormTable) -> dict[Key, str]:
    return {
        ("t2", block.key, row.key, column.key): _amount(chance, column)
        for block, row, column in table.cells()
    }


def _amount(chance: random.Random, column: Column) -> str:
    number = _count(chance)
    if column.measure is Measure.MONEY and number:
        return f"{number}.{chance.randrange(1, 100):02}"
    if column.measure is Measure.CHANGE and number:
        return chance.choice(("{}", "+{}", "-{}")).format(number)
    return str(number)


def _applications(chance: random.Random, table: FormTable) -> dict[Key, str]:
    [block] = table.blocks
    rows = [row.key for row in block.rows]
    results = [row for row in rows if row not in _OUTSIDE]
    columns = [column.key for column in block.columns if column.key != _TOTAL]
    cells = {(row, column): _count(chance, most=5) for row in results for column in columns}
    for column in columns:
        total = sum(cells[row, column] for row in results)
        later = _count(chance, most=2)
        earlier = chance.randint(0, min(total + later, 99))
        cells |= {
            ("results_total", column): total,
            ("carried_out", column): later,
            ("carried_in", column): earlier,
            ("new_requests", column): total + later - earlier,
        }
    for row in rows:
        cells[row, _TOTAL] = sum(cells[row, column] for column in columns)
    return {
        ("t3", None, row, column): str(cells[row, column]) for row in rows for column in (*columns, _TOTAL)
    }


def _disputes(chance: random.Random, table: FormTable) -> dict[Key, str]:
    figures: dict[Key, str] = {}
    for block in table.blocks:
        parts = [column.key for column in block.columns if column.key != _TOTAL]
        numbers = {part: _count(chance, most=4) for part in parts}
        numbers[_TOTAL] = sum(numbers.values())
        [row] = block.rows
        figures |= {("t4", block.key, row.key, part): str(number) for part, number in numbers.items()}
    return figures


def _count(chance: random.Random, most: int = 7) -> int:
    """Return a number of 1 to `most` digits, small ones and 0 the more often, as reports have them."""
    if chance.random() < 0.4:
        return 0
    digits = min(chance.choice((1, 1, 1, 2, 2, 3, 4, 5, 6, 7)), most)
    return chance.randrange(10 ** (digits - 1), 10**digits)


def _printed(chance: random.Random, number: str, blanks: float, dashes: float) -> str:
    drawn = chance.random()
    if number != "0" or drawn >= blanks + dashes:
        return number
    return "" if drawn < blanks else chance.choice(DASHES)
