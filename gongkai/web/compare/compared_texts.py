"""Two texts of the published copy compared: read by one connection, aligned, put together for a page.

The rules are those of `year_on_year` and `changes` (`archive.corpus.compared`), so that a page never tells
other numbers than the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.corpus.compared import compare_versions, count_states
from archive.corpus.facts import load_facts
from gongkai.web.compare.changed_cells import ChangedCells, changed_cells
from gongkai.web.compare.comparison import Mark, Shown, count_figures, shown_part, strip_marks
from pipelines.duplicates.diff import State

if TYPE_CHECKING:
    import sqlite3

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
