"""Indexes that a published copy has for its pages alone: of every reference, and of the facets of the cells.

The page of a row counts the rows that point to it, table by table, and each count leads to the list of those
rows. Without an index either reads whole tables: on a document's page that took longer than all else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.publication.tables import quoted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.publication.tables import Table

# A partial index holds some of the rows only, whichever column it begins with.
_LEADING_COLUMNS = """
SELECT columns.name FROM pragma_index_list(?) AS indexes JOIN pragma_index_info(indexes.name) AS columns
WHERE columns.seqno = 0 AND indexes.partial = 0
"""

# The list of the cells counts them by these five, whichever of them it is narrowed by. There are more cells
# than rows of any other table: of 776,000 some of these counts took longer than a facet may.
_CELLS_BY_FACETS = "CREATE INDEX main.facts_by_facets ON facts (state, table_key, row_key, column_key, form)"


def index_facets(db: sqlite3.Connection) -> None:
    """Index what the list of the cells of statutory tables counts; the copy has its tables."""
    db.execute(_CELLS_BY_FACETS)


def index_references(db: sqlite3.Connection, tables: Sequence[Table]) -> None:
    """Index each column that refers to another table and that no index begins with.

    Args:
        db: a copy that has its tables and their other indexes.
        tables: those of the copy.
    """
    for table in tables:
        indexed = {name for (name,) in db.execute(_LEADING_COLUMNS, (table.name,))}
        for reference in table.references:
            if reference.column not in indexed:
                db.execute(_statement(table.name, reference.column))


def _statement(table: str, column: str) -> str:
    # What is NULL points nowhere.
    name, of, by = quoted(f"{table}_by_{column}"), quoted(table), quoted(column)
    return f"CREATE INDEX main.{name} ON {of} ({by}) WHERE {by} IS NOT NULL"
