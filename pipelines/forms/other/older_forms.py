"""The lists of indicators of reports before 2019: what shows one, what heads its columns, what its rows mean.

A row gets a key only where its label is, number and bracket aside, exactly one that the form knows: the
labels are unverified, and one that contains another may say the opposite (不同意公开答复数, 同意公开答复数).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import form_by_id
from pipelines.forms.labels import bare_label, folded_label
from pipelines.forms.records import Row
from pipelines.knowledge import load_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.forms.records import Column, Form, Header
    from pipelines.tables.records import Table

_FEWEST_ROWS = 3
"""Rows of a form that show a table without its headings."""
_HEAD_ROWS = 80
_HEAD_CHARS = 500
"""So much of a table is looked at, whatever stands in it."""
_LABEL_CHARS = 80
_AMONG_THEM = re.compile(r"^(?:其中|#|\*)[:,]?")
_TOP = re.compile(r"^[一二三四五六七八九十]+[、,.]")


@dataclass(frozen=True, slots=True)
class OlderForm:
    """A form of the years before 2019.

    Attributes:
        form: its rows, columns and identities.
        recognise: sets of words, folded; a table that holds all the words of one set follows this form.
        roles: what heads the columns beside the values: `label`, `unit`, `aside` by their words, bare.
        order: the columns of a table that does not head them: a role or the key of a column.
        rows: its rows and the headers between them by their words, bare.
    """

    form: Form
    recognise: tuple[tuple[str, ...], ...]
    roles: Mapping[str, str]
    order: tuple[str, ...]
    rows: Mapping[str, tuple[Row | Header, ...]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that hold values."""
        return self.form.tables[0].blocks[0].columns

    def column(self, label: str) -> Column | None:
        """Return the column that a header names; None where it names none that is known."""
        head = indicator(label)
        return next((column for column in self.columns if head in column.anchors), None)

    def find_row(self, label: str, group: str | None) -> tuple[Row | None, str | None]:
        """Return the row that a label names, and the group that the rows below it stand in.

        Args:
            label: as printed.
            group: the key of the top row or header above it; None where it is not known.
        """
        named = self.rows.get(indicator(label), ())
        within = [one for one in named if group is not None and _group_of(one) == group]
        candidates = within or (named if len(named) == 1 else ())
        found = candidates[0] if candidates else None
        if found is not None:
            group = _group_of(found) or found.key
        elif _TOP.match(folded_label(label)):
            group = None  # a division that the form does not know: its rows are not those of the one before
        return (found if isinstance(found, Row) else None), group


@cache
def older_forms() -> tuple[OlderForm, ...]:
    """Return the forms of the years before 2019, in the order of their file names."""
    return tuple(
        OlderForm(
            form=(form := form_by_id(entry["id"])),
            recognise=tuple(tuple(map(folded_label, words)) for words in entry["recognise"]),
            roles={bare_label(word): role for role, words in entry["roles"].items() for word in words},
            order=tuple(entry["order"]),
            rows=_by_words((*form.tables[0].blocks[0].rows, *form.tables[0].blocks[0].headers)),
        )
        for entry in load_folder("forms_statistics")
    )


def recognise_older(table: Table, before: OlderForm | None) -> OlderForm | None:
    """Return the older form that a table follows; None where it follows none that is known.

    Args:
        table: one that belongs to no statutory form.
        before: the form of the table just before it, which may go on here.
    """
    rows = table.rows[:_HEAD_ROWS]
    text = folded_label("".join(row.text[:_HEAD_CHARS] for row in rows))
    labels = (cell.text for row in rows for cell in row.cells[:3])
    heads = {indicator(label) for label in labels if len(label) <= _LABEL_CHARS}
    for older in older_forms():
        known = sum(head in older.rows for head in heads)
        if known >= (1 if older is before else _FEWEST_ROWS):
            return older
        if any(all(word in text for word in words) for words in older.recognise):
            return older
    return None


@lru_cache(maxsize=2_000)
def indicator(label: str) -> str:
    """Return a label without its number, 其中 before it and the note in brackets behind it."""
    bare = bare_label(_AMONG_THEM.sub("", bare_label(label)))
    return bare.partition("(")[0].rstrip(":")


def _group_of(one: Row | Header) -> str | None:
    return one.group if isinstance(one, Row) else None


def _by_words(rows: Iterable[Row | Header]) -> dict[str, tuple[Row | Header, ...]]:
    named: dict[str, tuple[Row | Header, ...]] = {}
    for row in rows:
        for words in row.anchors:
            named[words] = (*named.get(words, ()), row)
    return named
