"""Two statutory tables cell by cell: which figures differ, named by the keys of the form.

Cells answer each other by their keys, never by their place in the text. Table 2 of different forms is not
joined, for its columns mean other things (现行有效件数 is not 对外公开总数量); of other tables what both
forms have. Where a row could not be parted into cells on either side, the printed rows are compared, once,
and no value is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from pipelines.forms.form_model import CellState, Fact
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage

Key = tuple[str, int, str | None, str, str, int]

_UNPARTED = frozenset({CellState.LAYOUT_ERROR, CellState.AMBIGUOUS})
COMPARED_WITHIN_A_FORM = "t2"
"""The columns of this table mean other things in another form, under keys that are alike."""


class CellDifference(FrozenStruct):
    """A cell, or a row that could not be parted, that two tables print differently.

    Attributes:
        old: the cell before; None where the table had no such cell.
        new: the cell now; None where it has none.
    """

    old: Fact | None
    new: Fact | None

    @property
    def sides(self) -> list[Fact]:
        """The cells, of which there is at least one."""
        return [fact for fact in (self.old, self.new) if fact is not None]

    @property
    def is_row(self) -> bool:
        """Whether both are rows that could not be parted into cells: `raw` is the row as printed."""
        return all(fact.state in _UNPARTED for fact in self.sides)

    @property
    def named_by(self) -> Fact:
        """The cell whose keys and labels name the difference: the new one if there is one."""
        return self.sides[-1]

    @property
    def difference(self) -> Decimal | None:
        """What was added to the figure; None unless both are stated numbers of one unit."""
        if self.old is None or self.new is None or self.old.value is None or self.new.value is None:
            return None
        if self.old.unit and self.new.unit and self.old.unit != self.new.unit:
            return None
        return Decimal(self.new.value) - Decimal(self.old.value)

    @property
    def is_told(self) -> bool:
        """Whether it says something of the figures: not where one side alone could not be parted."""
        return self.is_row or not any(fact.state in _UNPARTED for fact in self.sides)


def changed_forms(old: Iterable[Fact], new: Iterable[Fact]) -> set[tuple[str, int]]:
    """Return the tables, by key and number, that follow another form in the new text than in the old."""
    forms = forms_by_table(old)
    return {table for table, form in forms_by_table(new).items() if forms.get(table, form) != form}


def forms_by_table(facts: Iterable[Fact]) -> dict[tuple[str, int], str | None]:
    """Return the form that each table follows, by key and number."""
    return {table_of(fact): fact.form for fact in facts}


def table_of(fact: Fact) -> tuple[str, int]:
    """Return the key and the number of the table that a cell stands in."""
    return fact.table_key, fact.table_no


def compare_cells(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[CellDifference, ...]:
    """Return the cells that two sets of tables print differently.

    Args:
        old: the facts of the earlier text.
        new: those of the later.

    Returns:
        The differences in the order of the new cells, then those of cells that are gone.
    """
    found: dict[object, CellDifference] = {}
    for key, before, after in _join_cells(old, new):
        if _cells_differ(before, after):
            difference = CellDifference(before, after)
            found.setdefault(_identity_of(key, difference), difference)
    return tuple(found.values())


def pair_cells(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[CellDifference, ...]:
    """Return the cells of two sets of tables beside each other, those that are the same among them.

    Args:
        old: the facts of one text.
        new: those of the other.
    """
    return tuple(CellDifference(before, after) for _, before, after in _join_cells(old, new))


def _join_cells(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[tuple[Key, Fact | None, Fact | None]]:
    """Give the cells that answer each other in the order of the new ones, then those that are gone."""
    before, after = _key_cells(old), _key_cells(new)
    other_forms = changed_forms(old, new)
    for key in [*after, *(key for key in before if key not in after)]:
        # Of tables that follow different forms a cell of one side alone says nothing: the other form has no
        # such cell.
        if key[:2] not in other_forms or (
            key[0] != COMPARED_WITHIN_A_FORM and key in before and key in after
        ):
            yield key, before.get(key), after.get(key)


def _key_cells(facts: Iterable[Fact]) -> dict[Key, Fact]:
    """Return cells by what names them: keys, else labels, and a number where those are the same."""
    cells: dict[Key, Fact] = {}
    for fact in facts:
        row = fact.row_key or normalise_passage(fact.row_label)
        column = fact.column_key or normalise_passage(fact.column_label or "")
        number = 0
        # Rows that the form does not know may have one label (其他): they are counted.
        while (key := (fact.table_key, fact.table_no, fact.block_key, row, column, number)) in cells:
            number += 1
        cells[key] = fact
    return cells


def _cells_differ(old: Fact | None, new: Fact | None) -> bool:
    if old is None or new is None:
        stated = old or new
        return stated is not None and bool((stated.raw or "").strip())
    if old.value is not None and new.value is not None:
        # A unit that one side does not print is no difference: 采购总金额 has it in header, cell or nowhere.
        has_units = bool(old.unit and new.unit)
        return Decimal(old.value) != Decimal(new.value) or (has_units and old.unit != new.unit)
    return normalise_passage(old.raw or "") != normalise_passage(new.raw or "")


def _identity_of(key: Key, difference: CellDifference) -> object:
    """Return what a difference is listed once for: its cell, or the row that could not be parted."""
    if not difference.is_row:
        return key
    sides = (difference.old, difference.new)
    return key[:2], *(fact.raw if fact else None for fact in sides)
