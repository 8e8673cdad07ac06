"""Two texts of the published copy compared for a page: their passages, and the cells of their tables.

The rules are those of `year_on_year` and `changes` (`archive.corpus.version_diff`), so that a page never
tells other numbers than the tables. Which cells differ is told in `pipelines.duplicates.diff_cells`; here
they get their printed labels, their sources, and in the language of the reader what is left out of the list.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from archive.corpus.facts import load_facts
from archive.corpus.version_diff import compare_versions, count_states
from gongkai.web.compare.text_comparison import Mark, Shown, count_figures, shown_part, strip_marks
from gongkai.web.language import pick_half
from gongkai.web.rendering.figures import STATED, TITLES, cell_text, group_of
from pipelines.duplicates.diff import State
from pipelines.duplicates.diff_cells import COMPARED_WITHIN_A_FORM, changed_forms, forms_by_table, table_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.duplicates.diff_cells import CellDifference
    from pipelines.forms.form_model import Fact

    Table = tuple[str, int]

_OTHER_TABLES = {"stat": "旧式统计表 / Statistics of the old form", "other": "其他表格 / Other tables"}
_WHOLE_ROW = "整行（未能分格） / whole row (not parted)"
_NO_CELL = "无此格 / no such cell"
_TOTAL = "总计"
FOLDED_FROM = 24
"""Changed cells of one table from which those beside its totals are folded."""


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
        row: the printed label of its row.
        group: what the form prints over that row and its like; empty where its label needs none.
        column: the printed label of its column; of a row that could not be parted a word that says so.
        old: in the old text.
        new: in the new one.
        difference: new less old, with its sign and its unit; empty unless both are stated in the same unit.
        is_row: whether it is a row whose figures could not be parted.
    """

    table: str
    row: str
    group: str
    column: str
    old: Side
    new: Side
    difference: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class TableOfCells:
    """The changed cells of one table.

    Attributes:
        title: of the table.
        cells: those to be shown at once.
        further: those that are folded below them.
    """

    title: str
    cells: tuple[ChangedCell, ...]
    further: tuple[ChangedCell, ...] = ()


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
    def by_table(self) -> tuple[TableOfCells, ...]:
        """The changed cells table by table, in the order of the text."""
        titles = dict.fromkeys(cell.table for cell in self.changed)
        return tuple(
            _part_table(title, [cell for cell in self.changed if cell.table == title]) for title in titles
        )


def _part_table(title: str, cells: list[ChangedCell]) -> TableOfCells:
    """Put the totals of a long list first; nearly every cell of a year is another than last year's."""
    totals = [cell for cell in cells if cell.is_row or cell.column == _TOTAL]
    if len(cells) < FOLDED_FROM or not totals:
        return TableOfCells(title, tuple(cells))
    return TableOfCells(title, tuple(totals), tuple(cell for cell in cells if cell not in totals))


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
    return tuple(dict.fromkeys(_title_of(key) for key, _ in sorted(tables)))


def _describe_change(one: CellDifference, ids: Mapping[str, str]) -> ChangedCell:
    named = one.named_by
    return ChangedCell(
        _title_of(named.table_key),
        named.row_label,
        group_of(named.form, named.row_key),
        pick_half(_WHOLE_ROW) if one.is_row else named.column_label or "",
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
        return Side(None, pick_half(_NO_CELL), is_printed=False)
    if is_row and fact.raw:
        return Side(ids.get(f"{side}:{fact.ref}"), " ".join(fact.raw.split()), is_printed=True)
    text, unit = cell_text(asdict(fact)), fact.unit or ""
    stated = fact.state in STATED
    return Side(
        ids.get(f"{side}:{fact.ref}"), f"{text} {unit}" if stated and unit not in text else text, stated
    )


_IDS = """
SELECT ?1 || ':' || table_key || '#' || table_no || ':' || ordinal, id FROM facts WHERE version_id = ?2
"""


@dataclass(frozen=True, slots=True)
class Page:
    """What two texts have in common, and the part of it that one page shows.

    Attributes:
        counts: of passages by what became of them, those whose cells alone differ as changed; and `moved`.
        in_prose: how many figures, numbers and names changed outside the tables.
        cells: of the statutory tables.
        shown: the entries of the page.
        marks: of the strip.
    """

    counts: dict[str, int]
    in_prose: int
    cells: ChangedCells
    shown: Shown
    marks: tuple[Mark, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs but white space, counters and shape."""
        return not self.cells.changed and sum(self.counts.values()) == self.counts[State.KEPT]

    @property
    def figures(self) -> int:
        """How many figures changed, in the tables and in the prose."""
        return len(self.cells.changed) + self.in_prose


def compare_texts(
    connection: sqlite3.Connection, old: str, new: str, *, full: bool = False, start: int = 0
) -> Page:
    """Compare two texts, passage with passage and cell with cell.

    Args:
        connection: to a published copy.
        old: the id of the old text.
        new: that of the new one.
        full: whether the page shows passages that are the same, too.
        start: the entry that the page begins with.
    """
    # Read before what takes time: the limit of the queries is one of the clock.
    ids = dict(
        row
        for side, version in (("old", old), ("new", new))
        for row in connection.execute(_IDS, (side, version))
    )
    facts, new_facts = load_facts(connection, old), load_facts(connection, new)
    compared = compare_versions(connection, old, new)
    states = count_states(compared)
    counts = {state.value: states[state.value] for state in State}
    return Page(
        {**counts, "moved": sum(item.moved for item in compared.aligned)},
        count_figures(compared),
        changed_cells(facts, new_facts, compared.cells, ids),
        shown_part(compared, full=full, start=start),
        strip_marks(compared),
    )
