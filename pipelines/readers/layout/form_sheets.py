"""What the labels of the statutory tables are and how they stand to one another, out of the forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.forms.form_catalogue import forms_alone, known_forms
from pipelines.forms.labels import folded_label
from pipelines.forms.printed_labels import ways_to_spell
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.form_model import Block, FormTable
    from pipelines.readers.layout.label_search import Label


@dataclass(frozen=True, slots=True)
class RowLabel:
    """The label of a row with figures, and the labels of the groups that it is in, the outermost first."""

    label: Label
    groups: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Above:
    """A label above columns.

    Attributes:
        label: as it is spelt.
        columns: the first column below it, and the one behind the last, from 0.
        levels: of the header: the first that it reaches over, and the one behind the last, from 0.
    """

    label: Label
    columns: tuple[int, int]
    levels: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, or a block of one, that has the same columns throughout.

    Attributes:
        caption: the line above it; None where there is none.
        corner: what stands above the labels of its rows; None where the rows have none.
        rows: in the order of the form; none where a single row of figures stands below the columns.
        heads: of its columns, from left to right.
        spanning: the labels above several of them.
        depth: how many levels its header has.
    """

    caption: Label | None
    corner: Label | None
    rows: tuple[RowLabel, ...]
    heads: tuple[Above, ...]
    spanning: tuple[Above, ...]
    depth: int


@cache
def known_sheets() -> tuple[Sheet, ...]:
    """Return the sheets of all forms, each once; the newest form goes first, what extends others last."""
    extending = [form for form in known_forms() if form.extends is not None]
    forms = (*reversed(forms_alone()), *extending)
    sheets = (sheet for form in forms for table in form.tables for sheet in _sheets_of(table))
    return tuple(dict.fromkeys(sheets))


def _sheets_of(table: FormTable) -> Iterator[Sheet]:
    header = load_table("form_labels")["tables"].get(table.key)
    if header is None:
        return
    if not header["rows_have_labels"]:
        columns = [column.label for column in table.columns]
        yield _make_sheet(header, columns, (), None)
        return
    for block in table.blocks:
        columns = [column.label for column in block.columns]
        rows = tuple(_read_rows(block, header))
        for way in dict.fromkeys((rows, tuple(_groups_as_rows(rows)))):
            yield _make_sheet(header, columns, way, block.caption)


def _make_sheet(
    header: Mapping[str, Any], columns: Sequence[str], rows: tuple[RowLabel, ...], caption: str | None
) -> Sheet:
    spanning = tuple(map(_read_spanning, header.get("spanning", ())))
    depth = 1 + max((one.levels[1] for one in spanning), default=0)
    corner = header.get("corner")
    return Sheet(
        _fold_spellings(caption) if caption else None,
        _fold_spellings(corner) if corner else None,
        rows,
        tuple(
            Above(_fold_spellings(label), (number, number + 1), (_level_below(spanning, number), depth))
            for number, label in enumerate(columns)
        ),
        spanning,
        depth,
    )


def _read_spanning(entry: Mapping[str, Any]) -> Above:
    first, end = entry["columns"]
    top, bottom = entry["levels"]
    return Above(_fold_spellings(entry["label"]), (first, end), (top, bottom))


def _level_below(spanning: Iterable[Above], column: int) -> int:
    """Return the level below the labels that span a column."""
    return max((one.levels[1] for one in spanning if one.columns[0] <= column < one.columns[1]), default=0)


def _read_rows(block: Block, header: Mapping[str, Any]) -> Iterator[RowLabel]:
    labels = {one.key: _fold_spellings(one.label) for one in block.headers}
    outer = header.get("outer_group", "")
    for row in block.rows:
        groups = dict.fromkeys(key for key in (outer, row.group) if key) if row.group else {}
        yield RowLabel(_fold_spellings(row.label), tuple(labels[key] for key in groups))


def _groups_as_rows(rows: Iterable[RowLabel]) -> Iterator[RowLabel]:
    """Yield rows with the label of each group above its first row, as where all labels are one column."""
    seen: set[Label] = set()
    for row in rows:
        for group in row.groups:
            if group not in seen:
                seen.add(group)
                yield RowLabel(group)
        yield RowLabel(row.label)


def _fold_spellings(text: str) -> Label:
    """Return a label of the form with the other ways in which it is spelt."""
    return tuple(map(folded_label, ways_to_spell(text)))
