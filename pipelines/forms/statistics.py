"""Facts out of tables of no statutory form: the lists of indicators before 2019, and any other table.

    table ─ words ─▶ older form? ─ yes ─▶ `stat`: rows by label, values below 统计数, 本期实际, …
                                 └ no ──▶ `other`: figures with their row label and header

What is printed is kept row by row; keys are given where the form knows the label. A list that is cut in
several tables is one list as long as no row of it comes again.

Some lists (统计指标 | 单位 | 统计数) are printed to this day (2024: 区政府统计数 | 区直单位统计数 | …).
A row gets a key only where its label is, number and bracket aside, exactly one that the form knows: the
labels are unverified, and one that contains another may say the opposite (不同意公开答复数, 同意公开答复数).
A figure in the column of labels or units shows that a cell was lost: then the row is kept as printed, unread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from pipelines.forms.cell_values import is_unit, read_cell
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, Column, Fact, Form, Header, Measure, Row
from pipelines.forms.labels import STATUTORY, bare_label, folded_label, remember
from pipelines.forms.other_tables import read_other, untold_cell
from pipelines.grid import Table, TableRow
from pipelines.knowledge import load_folder

_HEAD_ROWS = 80
# So much of a table is looked at, whatever stands in it.
_HEAD_CHARS = 500
_LABEL_CHARS = 80
_AMONG_THEM = re.compile(r"^(?:其中|#|\*)[:,]?")
_TOP = re.compile(r"^[一二三四五六七八九十]+[、,.]")
_STATING_NOTHING = frozenset({CellState.BLANK, CellState.DASH, CellState.TEXT})


class OlderForm(NamedTuple):
    """A form of the years before 2019.

    Attributes:
        form: its rows, columns and identities.
        recognise: sets of words, folded; a table that holds all the words of one set follows this form.
        roles: what heads the columns beside the values: `label`, `unit`, `aside` by their words, bare.
        rows: its rows and the headers between them by their words, bare.
    """

    form: Form
    recognise: tuple[tuple[str, ...], ...]
    roles: Mapping[str, str]
    rows: Mapping[str, tuple[Row, ...]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that hold values."""
        return self.form.tables[0].blocks[0].columns

    def find_column(self, label: str | None) -> Column | None:
        """Return the column that a header names; None where it names none that is known."""
        head = indicator_words(label or "")
        return next((column for column in self.columns if head in column.anchors), None)

    def role_of(self, fact: Fact) -> str | None:
        """Return what stands in the column of a figure where it is no value; None where it is one."""
        return self.roles.get(indicator_words(fact.column_label or ""))

    def find_row(self, label: str, group: str | None) -> tuple[Row | None, str | None]:
        """Return the row that a label names, and the group that the rows below it stand in.

        Args:
            label: as printed.
            group: the key of the top row or header above it; None where it is not known.
        """
        named = self.rows.get(indicator_words(label), ())
        within = [one for one in named if group is not None and one.group == group]
        candidates = within or (named if len(named) == 1 else ())
        found = candidates[0] if candidates else None
        if found is not None:
            group = found.group or found.key
        elif _TOP.match(folded_label(label)):
            group = None  # a division that the form does not know: its rows are not those of the one before
        return (None if isinstance(found, Header) else found), group


@cache
def older_forms() -> tuple[OlderForm, ...]:
    """Return the forms of the years before 2019, in the order of their file names."""
    return tuple(
        OlderForm(
            form=(form := form_by_id(entry["id"])),
            recognise=tuple(tuple(map(folded_label, words)) for words in entry["recognise"]),
            roles={bare_label(word): role for role, words in entry["roles"].items() for word in words},
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
    heads = {indicator_words(label) for label in labels if len(label) <= _LABEL_CHARS}
    for older in older_forms():
        known = sum(head in older.rows for head in heads)
        if known >= (1 if older is before else STATUTORY.indicators):
            return older
        if any(all(word in text for word in words) for words in older.recognise):
            return older
    return None


@remember
def indicator_words(label: str) -> str:
    """Return a label without its number, 其中 before it and the note in brackets behind it."""
    bare = bare_label(_AMONG_THEM.sub("", bare_label(label)))
    return bare.partition("(")[0].rstrip(":")


def _by_words(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    named: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        for words in row.anchors:
            named[words] = (*named.get(words, ()), row)
    return named


class OlderReader(Struct):
    """Reads one list, in as many tables as it is cut into.

    Attributes:
        older: the form that it follows.
        group: the division that the next row stands in.
        seen: the keys of the rows so far.
    """

    older: OlderForm
    group: str | None = None
    seen: set[str] = set()

    def read_table(self, table: Table) -> Iterator[Fact]:
        """Yield the value cells of a table, row by row; reads no more of it than is asked for."""
        columns: Mapping[int | None, Column | None] | None = None
        rows = iter(table.rows)
        for number, read in groupby(read_other(table), attrgetter("grid_row")):
            facts = list(read)
            values = [fact for fact in facts if self.older.role_of(fact) is None]
            columns = self._key_columns(values) if columns is None else columns
            row = self._pass_to(number, rows)
            keys = self._find_keys(row)
            is_sound = all(
                fact.state in _STATING_NOTHING or self.older.role_of(fact) in (None, "aside")
                for fact in facts
            )
            if not is_sound:
                values = [untold_cell(row, fact.row_label, fact.column_label) for fact in values or facts[:1]]
            for fact in values:
                yield _key_fact(fact, row, keys, columns.get(fact.grid_column))

    def continues_in(self, part: OlderReader) -> bool:
        """Tell whether another table goes on with this list: of the same form, with other rows of it."""
        return part.older is self.older and bool(self.seen and part.seen) and self.seen.isdisjoint(part.seen)

    def _key_columns(self, values: Sequence[Fact]) -> Mapping[int | None, Column | None]:
        """Return the columns of values by their place: by their names, or in order where none is known."""
        named = [self.older.find_column(fact.column_label) for fact in values]
        # The labels of these forms are unverified, so that their number stands in for names nobody has seen.
        if not any(named) and len(values) == len(self.older.columns):
            named = list(self.older.columns)
        places = (fact.grid_column for fact in values)
        return {
            place: column if named.count(column) == 1 else None
            for place, column in zip(places, named, strict=True)
        }

    def _pass_to(self, number: int | None, rows: Iterator[TableRow]) -> TableRow:
        """Return the row of a number; those above it that state nothing may name its division."""
        for row in rows:
            if row.number == number:
                break
            self._find_keys(row)
        return row

    def _find_keys(self, row: TableRow) -> dict[int, str]:
        """Return the keys that cells of a row name, each once: a copy of a row has none."""
        keys: dict[int, str] = {}
        for cell in row.cells:
            if cell.text.strip():
                found, self.group = self.older.find_row(cell.text, self.group)
                if found and found.key not in self.seen:
                    keys[cell.column] = found.key
        self.seen.update(keys.values())
        return keys


def _key_fact(fact: Fact, row: TableRow, keys: Mapping[int, str], column: Column | None) -> Fact:
    """Return a value with what its row and column are; the words nearest to it are its label."""
    before = [cell for cell in row.cells if cell.column < (fact.grid_column or 0)]
    words = [cell for cell in before if read_cell(cell.text, Measure.MONEY).state is CellState.TEXT]
    labels = [cell for cell in words if not is_unit(cell.text)]
    units = [cell.text.strip() for cell in words if is_unit(cell.text)]
    return fact.replace(
        row_key=keys.get(labels[-1].column) if labels else None,
        row_label=labels[-1].text.rstrip() if labels else fact.row_label,
        column_key=column.key if column else None,
        column_label=fact.column_label or (column.label if column else None),
        unit=fact.unit or (units[-1] if units else None),
    )


class _Gathered(Struct):
    """The value cells of one table, in as many parts as it is printed in, each with its page.

    Attributes:
        form: the id of its form; None where it is not known.
        cells: as many as become facts, and one more, of no table yet.
        rows_left: how many rows have cells that do not.
    """

    form: str | None
    cells: list[Fact] = []
    rows_left: int = 0

    @property
    def key(self) -> str:
        return "other" if self.form is None else "stat"

    def add_cells(self, table: Table, cells: Sequence[Fact]) -> None:
        """Take the cells of a part in, up to one more than become facts."""
        room = max(STATUTORY.facts - len(self.cells), 0)
        if len(cells) > room:
            self.rows_left += len(table.rows) - (cells[room].grid_row or 0)
        self.cells.extend(cell.replace(page=table.page) for cell in cells[: room + 1])


def read_statistics(tables: Sequence[Table]) -> tuple[Fact, ...]:
    """Read the tables of a document that belong to no statutory form.

    Args:
        tables: in document order.

    Returns:
        A fact for each value cell, table by table, row by row; `row_key` and `column_key` where the form of
        the table knows them, `form` None for a table of no known form.
    """
    counts: Counter[str] = Counter()
    facts: list[Fact] = []
    for gathered in _gather_tables(tables):
        counts[gathered.key] += 1
        facts += _facts_of(gathered, counts[gathered.key])
    return tuple(facts)


def _gather_tables(tables: Sequence[Table]) -> list[_Gathered]:
    """Return the tables that hold values, the parts of an older list together."""
    reader: OlderReader | None = None
    gathered: list[_Gathered] = []
    for table in tables:
        part, cells = _read_part(table, reader)
        if not cells:
            continue
        if reader and part and reader.continues_in(part):
            part.seen |= reader.seen
        else:
            gathered.append(_Gathered(part.older.form.id if part else None))
        gathered[-1].add_cells(table, cells)
        reader = part
    return gathered


def _read_part(table: Table, reader: OlderReader | None) -> tuple[OlderReader | None, Sequence[Fact]]:
    """Read one table, as what may go on with the list before it; the reader is None for an other table.

    No more cells are read than one table may make facts of, and one more.
    """
    older = recognise_older(table, reader.older if reader else None)
    if older is not None:
        part = OlderReader(older)
        if reader and reader.older is older:
            part.group = reader.group
        cells = tuple(islice(part.read_table(table), STATUTORY.facts + 1))
        if cells:
            return part, cells
    return None, tuple(islice(read_other(table), STATUTORY.facts + 1))


def _facts_of(gathered: _Gathered, number: int) -> Iterator[Fact]:
    """Return the cells of a table as facts; where rows are left out, one more says how many."""
    facts = gathered.cells[: STATUTORY.facts]
    if gathered.rows_left:
        first = gathered.cells[STATUTORY.facts]
        facts.append(
            Fact(
                row_label=first.row_label,
                column_label=None,
                value=None,
                unit=None,
                raw=f"（另有{gathered.rows_left}行未列全）",
                state=CellState.LAYOUT_ERROR,
                start=first.start,
                grid_row=first.grid_row,
                page=first.page,
            )
        )
    return number_facts(facts, gathered.form, gathered.key, number)


def number_facts(facts: Iterable[Fact], form: str | None, key: str, number: int) -> Iterator[Fact]:
    """Yield facts as those of one table, in their order.

    Args:
        facts: of no table yet.
        form: the id of the form that the table follows; None where it is not known.
        key: `t2`, `t3`, `t4`, `stat` or `other`.
        number: which of the tables of this key, from 1.
    """
    for ordinal, fact in enumerate(facts):
        yield fact.replace(form=form, table_key=key, table_no=number, ordinal=ordinal)
