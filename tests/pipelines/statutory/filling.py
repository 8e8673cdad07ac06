"""Forms filled at random: values that add up or do not, cells printed in every way that cells are printed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.forms.form_model import CellState
from tests.pipelines.statutory.printed_forms import MONEY, T3_COLUMNS, T4_BLOCKS, T4_COLUMNS, CellKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from tests.pipelines.statutory.printed_forms import PrintedForm

BLANKS = ("", "", "", "\u00a0", "\u3000", "\u200b")
DASHES = ("-", "—", "－", "/", "／", "--", "\\", "无")
NO_NUMBERS = ("1E+05", "#REF!", "95%", "约17", "12（另3）", "1602①", "另有3件", "3-5", "1.2.3", ">10")
MIDDLE = frozenset({"business", "research_institution", "other_org", "corrected", "pending"})
"""Columns that hold words here and there; in the first, words could as well be a label."""
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
KINDS = tuple(key for key, _ in T3_COLUMNS[:-1])
ROW_KEYS_OUTSIDE = ("new_requests", "carried_in", "results_total", "carried_out")


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell as printed, and what is to be read in it; the value is None but for numbers and zeros."""

    text: str
    state: CellState
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form with what is printed in each of its cells."""

    form: PrintedForm
    cells: Mapping[CellKey, PrintedCell]


def fill(form: PrintedForm, chance: Random, *, plain: bool = False, complete: bool = False) -> FilledForm:
    """Fill a form.

    Args:
        form: to be filled.
        chance: decides everything.
        plain: whether numbers are printed in digits alone, as layouts need that part cells by white space.
        complete: whether every cell is stated, and adds up.
    """
    numbers: dict[CellKey, Decimal] = {}
    size = chance.choice((1, 3, 20, 400, 20_000))
    _second(form, numbers, chance, size)
    _third(form, numbers, chance, size)
    _fourth(numbers, chance, size)
    if not complete and chance.random() < 0.4:
        for key in chance.sample(sorted(numbers, key=str), chance.randint(1, 8)):
            numbers[key] = Decimal(chance.randint(0, 2 * size))
    is_full = complete or chance.random() < 0.3
    is_stated = _all if is_full else _stated(chance)
    printing = chance.choice((_digits,) if plain else (_digits, _digits, _grouped, _wide, _with_unit))
    odd = 0.05 if is_full and not plain and chance.random() < 0.5 else 0
    cells = {}
    for key in form.cell_keys():
        if not is_stated(key, numbers[key]):
            cells[key] = _unstated(chance, plain=plain)
        elif key.column in MIDDLE and chance.random() < odd:
            cells[key] = PrintedCell(chance.choice(NO_NUMBERS), CellState.TEXT)
        else:
            cells[key] = _printed(key, numbers[key], printing, chance)
    return FilledForm(form, cells)


def _second(form: PrintedForm, numbers: dict[CellKey, Decimal], chance: Random, size: int) -> None:
    for key in form.cell_keys():
        if key.table != "t2":
            continue
        amount = Decimal(chance.randint(0, 5 * size))
        if key.column in MONEY and chance.random() < 0.7:
            amount += Decimal(chance.randint(0, 9999)) / 10_000
        elif key.column == "items_change" and chance.random() < 0.3:
            amount = -amount
        numbers[key] = amount


def _third(form: PrintedForm, numbers: dict[CellKey, Decimal], chance: Random, size: int) -> None:
    leaves = [row.key for row in form.t3 if row.key and row.key not in ROW_KEYS_OUTSIDE]
    for kind in KINDS:
        busy = chance.random() < 0.6
        for leaf in leaves:
            few = busy and chance.random() < 0.5
            numbers[CellKey("t3", None, leaf, kind)] = Decimal(chance.randint(0, size) if few else 0)
        results = sum(numbers[CellKey("t3", None, leaf, kind)] for leaf in leaves)
        left = Decimal(chance.randint(0, 3) if busy else 0)
        carried = min(Decimal(chance.randint(0, 3)), results + left)
        numbers[CellKey("t3", None, "results_total", kind)] = Decimal(results)
        numbers[CellKey("t3", None, "carried_out", kind)] = left
        numbers[CellKey("t3", None, "carried_in", kind)] = carried
        numbers[CellKey("t3", None, "new_requests", kind)] = results + left - carried
    for row in (*leaves, *ROW_KEYS_OUTSIDE):
        total = sum(numbers[CellKey("t3", None, row, kind)] for kind in KINDS)
        numbers[CellKey("t3", None, row, "total")] = Decimal(total)


def _fourth(numbers: dict[CellKey, Decimal], chance: Random, size: int) -> None:
    for block, _ in T4_BLOCKS:
        parts = [CellKey("t4", block, block, column) for column, _ in T4_COLUMNS]
        for key in parts[:-1]:
            numbers[key] = Decimal(chance.randint(0, size))
        numbers[parts[-1]] = Decimal(sum(numbers[key] for key in parts[:-1]))


def _all(_key: CellKey, _number: Decimal) -> bool:
    return True


def _stated(chance: Random) -> Callable[[CellKey, Decimal], bool]:
    """Return which cells are stated: those of the totals, those that are not zero, or some."""
    share = chance.choice((0.1, 0.5, 0.9))
    full_rows = chance.random()
    patterns: tuple[Callable[[CellKey, Decimal], bool], ...] = (
        lambda key, _number: key.table != "t3" or key.column == "total" or key.row in ROW_KEYS_OUTSIDE,
        lambda key, _number: key.table != "t3" or key.column == "total" or chance.random() < full_rows,
        lambda key, _number: key.table != "t3" or key.column != "total",
        lambda _key, number: number != 0,
        lambda _key, _number: chance.random() < share,
    )
    return chance.choice(patterns)


def _unstated(chance: Random, *, plain: bool) -> PrintedCell:
    if chance.random() < 0.1:
        return PrintedCell(chance.choice(DASHES), CellState.DASH)
    return PrintedCell("" if plain else chance.choice(BLANKS), CellState.BLANK)


def _printed(
    key: CellKey, number: Decimal, printing: Callable[[CellKey, Decimal], str], chance: Random
) -> PrintedCell:
    text = printing(key, number)
    if key.column == "items_change" and number > 0 and chance.random() < 0.2:
        text = "+" + text
    return PrintedCell(text, CellState.NUMBER if number else CellState.ZERO, number)


def _digits(_key: CellKey, number: Decimal) -> str:
    return str(number)


def _grouped(_key: CellKey, number: Decimal) -> str:
    return f"{number:,}"


def _wide(_key: CellKey, number: Decimal) -> str:
    return str(number).translate(FULL_WIDTH)


def _with_unit(key: CellKey, number: Decimal) -> str:
    return f"{number}{'万元' if key.column in MONEY else '件'}"
