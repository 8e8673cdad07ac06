"""What a table is, read from the database that holds it: the one place that says which tables are public.

Public are the tables of `corpus/schema.sql` whose names do not begin with an underscore. Publishing adds
the full-text indexes and `search_key`, which serve the search and are no data: they are not listed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

SEARCH_KEY = "search_key"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as declared.

    Attributes:
        name: its name.
        kind: `TEXT`, `INTEGER`, `REAL` or `NUMERIC`.
        required: whether NULL is refused.
    """

    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column.

    Attributes:
        column: the column that points.
        table: the table pointed to.
        target: the column pointed to.
    """

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Table:
    """A public table.

    Attributes:
        name: its name.
        columns: in order, without `search_key`.
        key: the columns of the primary key; empty where the table has none.
        references: the foreign keys, by column.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def column_list(self) -> str:
        """The column names, quoted, for SQL."""
        return ", ".join(quoted(column.name) for column in self.columns)

    @property
    def order(self) -> str:
        """What sorts the rows the same way wherever they came from: the key, else every column."""
        return ", ".join(map(quoted, self.key)) or self.column_list


def quoted(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def public_tables(db: sqlite3.Connection, schema: str = "main") -> tuple[Table, ...]:
    """Return the public tables of an attached database, in order of creation."""
    names = [row[0] for row in db.execute(_PUBLIC_NAMES.format(schema=quoted(schema)))]
    return tuple(_table(db, schema, name) for name in names)


# Shadow tables of a full-text index are named after it; both stand in sqlite_master.
_PUBLIC_NAMES = """
SELECT name FROM {schema}.sqlite_master AS tables
WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND NOT EXISTS (
    SELECT 1 FROM {schema}.sqlite_master AS indexes
    WHERE indexes.sql LIKE 'CREATE VIRTUAL TABLE%'
      AND (tables.name = indexes.name OR instr(tables.name, indexes.name || '_') = 1)
  )
ORDER BY rowid
"""


def _table(db: sqlite3.Connection, schema: str, name: str) -> Table:
    rows = db.execute(
        "SELECT name, type, [notnull], pk FROM pragma_table_info(?, ?)", (name, schema)
    ).fetchall()
    references = db.execute(
        "SELECT [from], [table], [to] FROM pragma_foreign_key_list(?, ?) ORDER BY id DESC, seq",
        (name, schema),
    )
    return Table(
        name=name,
        columns=tuple(Column(row[0], row[1], bool(row[2] or row[3])) for row in rows if row[0] != SEARCH_KEY),
        key=tuple(row[0] for row in sorted(rows, key=lambda row: row[3]) if row[3]),
        references=tuple(Reference(*row) for row in references),
    )
