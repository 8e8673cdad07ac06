"""The cells of two texts beside each other: their labels, their sources, what is left out of the list.

Which cells differ is told in `pipelines.duplicates.diff_cells`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gongkai.web.language import pick_half
from gongkai.web.rendering.figures import STATED, TITLES, group_of, number_title, text_with_unit
from gongkai.web.thresholds import TEXTS
from pipelines.duplicates.diff_cells import (
    COMPARED_WITHIN_A_FORM,
    changed_forms,
    forms_by_table,
    pair_cells,
    table_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.duplicates.diff_cells import CellDifference
    from pipelines.forms.form_model import Fact

    Table = tuple[str, int]
    Parted = tuple[list["ChangedCell"], list["ChangedCell"]]
    """Those of a table that are shown at once, and those that are folded below them."""

_OTHER_TABLES = {"stat": "旧式统计表 / Statistics of the old form", "other": "其他表格 / Other tables"}
_REQUESTS = "t3"


@dataclass(frozen=True, slots=True)
class Side:
    """A cell of one of the texts.

    Attributes:
        id: of the fact; None where the text has no such cell.
        text: as printed with its unit, or a word where nothing is; of a row that was not parted all of it.
        is_printed: whether it is what stands there, and no word of ours.
    """

    id: str | None
    text: str
    is_printed: bool


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that is not the same in both texts.

    Attributes:
        table: the title of its table.
        row_key: the key of its row in the form; None for a row that the form does not know.
        row: the printed label of its row.
        group: what the form prints over that row and its like; empty where its label needs none.
        column_key: the key of its column, likewise; None where the row is not parted.
        column: the printed label of its column; of a row that could not be parted a word that says so.
        old: in the old text.
        new: in the new one.
        difference: new less old, with its sign and its unit; empty unless both are stated in the same unit.
        is_row: whether it is a row whose figures could not be parted.
    """

    table: str
    row_key: str | None
    row: str
    group: str
    column_key: str | None
    column: str
    old: Side
    new: Side
    difference: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """What became of the cells.

    Attributes:
        changed: in the order of the new text, those only in the old one last.
        not_read: how many could not be read, or not without doubt, in one of the texts: no change of theirs.
        not_joined: titles of tables that are not compared, because their forms differ.
        only_old: titles of tables that only the old text has.
        only_new: titles of tables that only the new text has.
    """

    changed: tuple[ChangedCell, ...]
    not_read: int
    not_joined: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many of the changed are rows that could not be parted."""
        return sum(cell.is_row for cell in self.changed)

    @property
    def by_table(self) -> dict[str, Parted]:
        """The changed cells of each table, in the order of the text."""
        return {title: _part_table(cells) for title, cells in _part_by_table(self.changed).items()}


def _part_by_table(cells: Iterable[ChangedCell]) -> dict[str, list[ChangedCell]]:
    parts: dict[str, list[ChangedCell]] = {}
    for cell in cells:
        parts.setdefault(cell.table, []).append(cell)
    return parts


def _part_table(cells: list[ChangedCell]) -> Parted:
    """Put the totals of a long list first; nearly every cell of a year is another than last year's."""
    totals = [cell for cell in cells if cell.is_row or cell.column == "总计"]
    if len(cells) < TEXTS.changed_cells or not totals:
        return cells, []
    return totals, [cell for cell in cells if cell not in totals]


def changed_cells(
    old: Sequence[Fact], new: Sequence[Fact], differences: Iterable[CellDifference], ids: Mapping[str, str]
) -> ChangedCells:
    """Return the cells of two texts that are not the same.

    Args:
        old: the facts of the old text.
        new: those of the new one.
        differences: between them.
        ids: of the facts of both texts, by side and name: `old:` or `new:`, then `Fact.ref`.
    """
    forms, new_forms = forms_by_table(old), forms_by_table(new)
    shared = forms.keys() & new_forms.keys()
    redefined = {table for table in changed_forms(old, new) if table[0] == COMPARED_WITHIN_A_FORM}
    joined = [one for one in differences if table_of(one.named_by) in shared]
    told = [one for one in joined if one.is_told]
    return ChangedCells(
        tuple(_describe_change(one, ids) for one in told),
        len(joined) - len(told),
        _titles_of(redefined),
        _titles_of(forms.keys() - shared),
        _titles_of(new_forms.keys() - shared),
    )


def _title_of(key: str) -> str:
    return TITLES.get(key) or pick_half(_OTHER_TABLES.get(key)) or key


def _titles_of(tables: Iterable[Table]) -> tuple[str, ...]:
    numbered = ((_title_of(key), number) for key, number in sorted(tables))
    return tuple(number_title(title, number) for title, number in numbered)


def _describe_change(one: CellDifference, ids: Mapping[str, str]) -> ChangedCell:
    named = one.named_by
    return ChangedCell(
        _title_of(named.table_key),
        named.row_key,
        named.row_label,
        group_of(named.form, named.row_key),
        None if one.is_row else named.column_key,
        pick_half("整行（未能分格） / whole row (not parted)") if one.is_row else named.column_label or "",
        _describe_side(one.old, "old", ids, is_row=one.is_row),
        _describe_side(one.new, "new", ids, is_row=one.is_row),
        _say_difference(one),
        one.is_row,
    )


def _say_difference(one: CellDifference) -> str:
    """Say how far two figures are apart; where one alone bears a unit, nobody knows."""
    if one.difference is None or one.old is None or one.new is None or one.old.unit != one.new.unit:
        return ""
    return f"{one.difference:+,} {one.new.unit or ''}".rstrip().replace("-", "−")


def _describe_side(fact: Fact | None, side: str, ids: Mapping[str, str], *, is_row: bool) -> Side:
    if fact is None:
        return Side(None, pick_half("无此格 / no such cell"), is_printed=False)
    whole = " ".join(fact.raw.split()) if is_row and fact.raw else ""
    text = whole or text_with_unit(asdict(fact))
    return Side(ids.get(f"{side}:{fact.ref}"), text, is_printed=bool(whole) or fact.state in STATED)


def figures_of_both(
    old: Sequence[Fact], new: Sequence[Fact], ids: Mapping[str, str], column: str
) -> dict[str, Any]:
    """Return the cells of two texts that their forms give one place, whether they differ or not.

    Args:
        old: the facts of one text.
        new: those of the other.
        ids: as for `changed_cells`.
        column: the key of the column of the table of requests; none of its cells where it is empty.

    Returns:
        `tables`, the cells of each by its title, row by row of the forms, and `columns` of the table of
        requests, key → printed label.
    """
    cells = [
        _describe_change(one, ids)
        for one in pair_cells(old, new)
        for named in [one.named_by]
        if named.row_key and named.table_key in TITLES and named.table_no == 1
        if named.table_key != _REQUESTS or named.column_key == column
    ]
    of_requests = [fact for fact in (*old, *new) if fact.table_key == _REQUESTS]
    columns = {fact.column_key: fact.column_label or "" for fact in of_requests if fact.column_key}
    return {"tables": _part_by_table(cells), "columns": columns}
