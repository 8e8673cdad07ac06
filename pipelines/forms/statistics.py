"""Facts out of tables that belong to no statutory form: the older lists of indicators, and any other table.

    table ─ words ─▶ older form? ─ yes ─▶ `stat`: rows by label, values below 统计数, 本期实际, …
                                 └ no ──▶ `other`: figures with their row label and header

What is printed is kept row by row; keys are given where the form knows the label. A list that is cut in
several tables is one list as long as no row of it comes again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.forms.form_model import CellState, Fact
from pipelines.forms.indicators import OlderReader, recognise_older
from pipelines.forms.labels import STATUTORY
from pipelines.forms.other_tables import read_other

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.grid import Table


@dataclass(slots=True)
class _Gathered:
    """The value cells of one table, in as many parts as it is printed in, each with its page.

    Attributes:
        form: the id of its form; None where it is not known.
        cells: as many as become facts, and one more, of no table yet.
        rows_left: how many rows have cells that do not.
    """

    form: str | None
    cells: list[Fact] = field(default_factory=list)
    rows_left: int = 0

    @property
    def key(self) -> str:
        return "other" if self.form is None else "stat"

    def add_cells(self, table: Table, cells: Sequence[Fact]) -> None:
        """Take the cells of a part in, up to one more than become facts."""
        room = max(STATUTORY.facts - len(self.cells), 0)
        if len(cells) > room:
            self.rows_left += len(table.rows) - (cells[room].grid_row or 0)
        self.cells.extend(replace(cell, page=table.page) for cell in cells[: room + 1])


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


def _gather_tables(tables: Sequence[Table]) -> Iterator[_Gathered]:
    """Yield the tables that hold values, the parts of an older list together."""
    reader: OlderReader | None = None
    gathered: _Gathered | None = None
    for table in tables:
        part, cells = _read_part(table, reader)
        if not cells:
            continue
        if gathered and reader and part and reader.continues_in(part):
            part.seen |= reader.seen
        else:
            if gathered:
                yield gathered
            gathered = _Gathered(part.older.form.id if part else None)
        gathered.add_cells(table, cells)
        reader = part
    if gathered:
        yield gathered


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
        yield replace(fact, form=form, table_key=key, table_no=number, ordinal=ordinal)
