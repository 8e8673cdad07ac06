"""References that lead nowhere, mended in the published copy and counted.

The corpus keeps a record whose parent was lost (a WARC file that is gone, a run that was killed). A reader
who follows a link must not land on nothing, so the copy blanks such a reference. Where the column may not
be blank the row itself means nothing without its parent and is left out. Both are counted, by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.publication.tables import quoted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.publication.tables import Reference, Table


@dataclass(frozen=True, slots=True)
class Repair:
    """References of one column that led nowhere.

    Attributes:
        table: the table that holds the column.
        column: the column that pointed.
        action: `blanked`, or `left_out` where the column may not be NULL.
        rows: how many rows.
    """

    table: str
    column: str
    action: str
    rows: int

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.table}.{self.column}: {self.rows} {self.action.replace('_', ' ')}"


def repair_references(db: sqlite3.Connection, tables: Sequence[Table]) -> tuple[Repair, ...]:
    """Mend every reference that leads nowhere, again until none is left, and say what was done.

    Leaving a row out may take the target from another, hence the rounds; each but the last removes a row.
    """
    counts: dict[tuple[str, str, str], int] = {}
    while True:
        found = False
        for table in tables:
            for reference in table.references:
                action, rows = _repair(db, table, reference)
                if rows:
                    found = True
                    key = (table.name, reference.column, action)
                    counts[key] = counts.get(key, 0) + rows
        if not found:
            return tuple(Repair(*key, rows) for key, rows in sorted(counts.items()))


def _repair(db: sqlite3.Connection, table: Table, reference: Reference) -> tuple[str, int]:
    column = quoted(reference.column)
    nowhere = _NOWHERE.format(
        column=column,
        child=quoted(table.name),
        parent=quoted(reference.table),
        target=quoted(reference.target),
    )
    required = any(it.name == reference.column and it.required for it in table.columns)
    if required:
        cursor = db.execute(f"DELETE FROM {quoted(table.name)} WHERE {nowhere}")  # noqa: S608 names are quoted
        return "left_out", cursor.rowcount
    cursor = db.execute(f"UPDATE {quoted(table.name)} SET {column} = NULL WHERE {nowhere}")  # noqa: S608 names are quoted
    return "blanked", cursor.rowcount


_NOWHERE = """
{column} IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.{target} = {child}.{column})
"""
