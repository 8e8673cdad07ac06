"""What the statutory forms print as labels: the one list that printed labels are compared with.

`pipelines.forms.vocabulary` tells which of them a cell is, `pipelines.tables.label_pieces` whether a piece of
text is one or part of one, `pipelines.tables.form_marks` where a text prints several.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.labels import folded_label, label_head
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.forms.records import Block, Form, FormTable

STATUTORY_TABLES = ("t2", "t3", "t4")
SHORTEST_CONTAINED = 3
"""Shorter names (其他, 总计, 规章) have to be the whole label."""


class Kind(StrEnum):
    """What a name of the form names."""

    ROW = "row"
    GROUP = "group"
    """A row without cells, above others."""
    COLUMN = "column"
    CAPTION = "caption"
    """The line above a block."""
    ABOVE = "above"
    """What stands above columns and names none of them."""


@dataclass(frozen=True, slots=True)
class PrintedName:
    """A label as a form prints it; forms that print the same share one.

    Attributes:
        table: `t2`, `t3`, `t4`.
        kind: what it names.
        key: of the row, group, column or block; None where it names none.
        folded: all of it, folded (`pipelines.forms.labels.folded_label`).
        head: bare and before its first bracket; captions keep their brackets, which tell them apart.
        anchors: words of which each identifies it.
        is_last: whether no label follows it in any form.
    """

    table: str
    kind: Kind
    key: str | None
    folded: str
    head: str
    anchors: tuple[str, ...]
    is_last: bool = False

    @property
    def stands_above(self) -> bool:
        """Whether it stands above cells; all others stand before them, or above rows that have some."""
        return self.kind in (Kind.COLUMN, Kind.ABOVE) or (self.table == "t4" and self.kind is Kind.CAPTION)


@cache
def printed_names(table: str, forms: tuple[Form, ...]) -> tuple[PrintedName, ...]:
    """Return the labels that forms print in a table, each once, in the order of the forms."""
    above = load_table("form_words")["above_columns"][table]
    printed = [_name(table, Kind.ABOVE, None, words, (words[:9],)) for words in above]
    for form in forms:
        form_table = form.table(table)
        printed += _names_in(form_table) if form_table else ()
    return tuple(dict.fromkeys(printed))


@cache
def labels_of(table: str, forms: tuple[Form, ...]) -> tuple[PrintedName, ...]:
    """Return the labels of a table, each once: those of T4's rows are the captions of their blocks."""
    return tuple(
        name for name in printed_names(table, forms) if not (table == "t4" and name.kind is Kind.ROW)
    )


def _names_in(table: FormTable) -> Iterator[PrintedName]:
    for block in table.blocks:
        if block.caption:
            words = folded_label(block.caption)
            yield PrintedName(table.key, Kind.CAPTION, block.key, words, words, (words,))
        yield from _names_in_block(table.key, block)


def _names_in_block(table: str, block: Block) -> Iterator[PrintedName]:
    for column in block.columns:
        yield _name(table, Kind.COLUMN, column.key, column.label, column.anchors)
    for header in block.headers:
        yield _name(table, Kind.GROUP, header.key, header.label, header.anchors)
    for row in block.rows:
        is_last = table == "t3" and row is block.rows[-1]
        yield _name(table, Kind.ROW, row.key, row.label, row.anchors, is_last=is_last)


def _name(
    table: str, kind: Kind, key: str | None, label: str, anchors: tuple[str, ...], *, is_last: bool = False
) -> PrintedName:
    return PrintedName(table, kind, key, folded_label(label), label_head(label), anchors, is_last)
