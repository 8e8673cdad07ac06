"""What a table is, read from the database that holds it: the one place that says which tables are public.

Public are the tables of `corpus/schema.sql` whose names begin with none of `_`, `stored_` and `known_`, and
the views that `corpus/public.sql` declares: wide tables that are kept as narrow ones (`stored_…`) and
dictionaries (`known_…`). Publishing adds the full-text indexes and `search_key`, which serve the search and
are no data: they are not listed here.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache, lru_cache
from importlib import resources

from pipelines.structs import FrozenStruct

SEARCH_KEY = "search_key"


class Column(FrozenStruct):
    """A column as declared.

    Attributes:
        name: its name.
        kind: `TEXT`, `INTEGER`, `REAL` or `NUMERIC`.
        required: whether NULL is refused.
    """

    name: str
    kind: str
    required: bool


class Reference(FrozenStruct):
    """A foreign key of one column.

    Attributes:
        column: the column that points.
        table: the table pointed to.
        target: the column pointed to.
    """

    column: str
    table: str
    target: str


class Table(FrozenStruct):
    """A public table.

    Attributes:
        name: its name.
        columns: in order, without `search_key`.
        key: the columns of the primary key; empty where the table has none.
        references: the foreign keys, by column.
        is_view: whether it is a view over narrow tables.
        kept_by: the columns by which the rows of a view are found in order, if not by the key.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    is_view: bool = False
    kept_by: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns are called."""
        return tuple(column.name for column in self.columns)

    @property
    def column_list(self) -> str:
        """The column names, quoted, for SQL."""
        return ", ".join(map(quoted, self.names))

    @property
    def unit(self) -> str:
        """The column by whose values rows are taken from the corpus, all of one value together."""
        return self.key[0] if self.key else self.columns[0].name

    @property
    def order_columns(self) -> tuple[str, ...]:
        """What sorts the rows the same way wherever they came from: the key, else every column."""
        return self.kept_by or self.key or self.names

    @property
    def order(self) -> str:
        """The same, quoted, for SQL."""
        return ", ".join(map(quoted, self.order_columns))


def quoted(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


# The rows of a table stand by year: that of the row, of its visit, or of its document.
_DOCUMENTS = "SELECT id AS owner, id AS document, year FROM main.documents"
_OWNERS = {
    "document_id": _DOCUMENTS,
    "from_document_id": _DOCUMENTS,
    "version_id": """SELECT v.id AS owner, d.id AS document, d.year
        FROM main.stored_versions AS v JOIN main.documents AS d ON d.id = v.document_id""",
}
_YEARS = {"year": "year", "fetched_at": "CAST(substr(fetched_at, 1, 4) AS INTEGER)"}


def year_of(table: Table) -> str:
    """Write of which year a row of a table in a copy is, for SQL; NULL where it is of none."""
    for name, year in _YEARS.items():
        if name in table.names:
            return year
    owner = _owner_of(table)
    return f"(SELECT year FROM ({_OWNERS[owner]}) WHERE owner = {table.name}.{owner})" if owner else "NULL"  # noqa: S608  names of ours


def is_by_year(table: Table) -> bool:
    """Whether the rows of a table stand by year."""
    return year_of(table) != "NULL"


def _owner_of(table: Table) -> str | None:
    """Return the column by which the document of a row is found, where the row has no year of its own."""
    names = table.names
    return None if _YEARS.keys() & names else next((name for name in _OWNERS if name in names), None)


def choose_year(table: Table, year: int | None) -> str:
    """Write the condition that chooses the rows of a year."""
    if year is None:
        return f"{year_of(table)} IS NULL"
    # Found by their documents, where they are of these, and not by looking at every row.
    return choose_documents(table, f"year = {year}") or f"{year_of(table)} = {year}"


def choose_documents(table: Table, which: str) -> str:
    """Write the condition that chooses rows whose year is that of their document; "" where it is not.

    Args:
        table: whose rows.
        which: a condition on `document` and `year`.
    """
    owner = _owner_of(table)
    return f"{owner} IN (SELECT owner FROM ({_OWNERS[owner]}) WHERE {which})" if owner else ""  # noqa: S608  names of ours


def in_units(table: Table) -> str:
    """Write the condition that chooses the rows of the units of a table that `temp._touched` names."""
    return f"{quoted(table.unit)} IN (SELECT unit FROM temp._touched WHERE name = '{table.name}')"  # noqa: S608  names of ours


def follow_units(tables: Iterable[Table], kept: Mapping[str, Table]) -> dict[Table, str]:
    """Write for public tables the clauses that choose the rows that show touched units.

    Args:
        tables: public ones; left out is what is worked out over others.
        kept: by their names, the tables of the corpus that hold their rows.
    """
    sources = ((table, kept.get(f"stored_{table.name}" if table.is_view else table.name)) for table in tables)
    return {table: f"WHERE {_shown_units(table, source)}" for table, source in sources if source}


def _shown_units(table: Table, source: Table) -> str:
    # Of the same name may also be a column that shows ids in the place of numbers, as in `section_links`.
    kinds = {column.name: column.kind for column in source.columns}
    if (source.unit, kinds[source.unit]) in {(column.name, column.kind) for column in table.columns}:
        return in_units(source)
    # A unit is a number, of a row of the same table or of one that it refers to; readers see that row's id.
    owner = next((it.table for it in source.references if it.column == source.unit), source.name)
    shown = owner.removeprefix("stored_")
    pointing = (it.column for it in table.references if it.table == shown and owner != source.name)
    column = next(pointing, table.key[0])
    numbers = f"SELECT unit FROM temp._touched WHERE name = '{source.name}'"  # noqa: S608  names of ours
    return f"{quoted(column)} IN (SELECT id FROM main.{quoted(owner)} WHERE number IN ({numbers}))"  # noqa: S608  quoted


def public_tables(db: sqlite3.Connection, schema: str = "main") -> tuple[Table, ...]:
    """Return the public tables of an attached database, in order of creation."""
    declared = declared_views()
    found = db.execute(_NAMES.format(schema=quoted(schema)))
    return tuple(
        declared[name] if kind == "view" else _describe_table(name, made_by)
        for kind, name, made_by in found
        if (name in declared if kind == "view" else not name.startswith(NARROW))
    )


def kept_tables(db: sqlite3.Connection, schema: str = "main") -> tuple[Table, ...]:
    """Return the tables that hold the public rows of an attached database: public ones and narrow ones."""
    found = db.execute(_NAMES.format(schema=quoted(schema)))
    return tuple(_describe_table(name, made_by) for kind, name, made_by in found if kind == "table")


NARROW = ("stored_", "known_")
"""What the names of tables begin with that public views stand on."""


def declare_views(db: sqlite3.Connection) -> None:
    """Make the public views as the tables that they show, in a database that has nothing of their names."""
    db.executescript(resources.files("archive.corpus").joinpath("public.sql").read_text("utf-8"))


@cache
def declared_views() -> Mapping[str, Table]:
    """Return the public views by their names, with the columns, keys and references as declared."""
    with closing(sqlite3.connect(":memory:")) as db:
        declare_views(db)
        return {
            table.name: table.replace(
                is_view=True, kept_by=tuple(name for (name,) in db.execute(_KEPT_BY, (table.name,)))
            )
            for table in kept_tables(db)
        }


_KEPT_BY = """
SELECT c.name FROM pragma_index_list(?) AS i JOIN pragma_index_info(i.name) AS c
WHERE i.origin = 'u' ORDER BY c.seqno
"""


# Shadow tables of a full-text index are named after it; both stand in sqlite_master.
_NAMES = """
SELECT type, name, sql FROM {schema}.sqlite_master AS tables
WHERE type IN ('table', 'view')
  AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'READ_ME_FIRST'
  AND NOT EXISTS (
    SELECT 1 FROM {schema}.sqlite_master AS indexes
    WHERE indexes.sql LIKE 'CREATE VIRTUAL TABLE%'
      AND (tables.name = indexes.name OR instr(tables.name, indexes.name || '_') = 1)
  )
ORDER BY rowid
"""


# Of a night that changed one report, describing the same tables forty times was a tenth.
@lru_cache(maxsize=256)
def _describe_table(name: str, made_by: str) -> Table:
    """Describe a table by the statement that makes it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(made_by)
        rows = db.execute("SELECT name, type, [notnull], pk FROM pragma_table_info(?)", (name,)).fetchall()
        references = db.execute(
            "SELECT [from], [table], [to] FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq", (name,)
        ).fetchall()
    return Table(
        name=name,
        columns=tuple(Column(row[0], row[1], bool(row[2] or row[3])) for row in rows if row[0] != SEARCH_KEY),
        key=tuple(row[0] for row in sorted(rows, key=lambda row: row[3]) if row[3]),
        references=tuple(Reference(*row) for row in references),
    )


# References that lead nowhere, mended in the published copy and counted.
# The corpus keeps a record whose parent was lost (a WARC file that is gone, a run that was killed). A reader
# who follows a link must not land on nothing, so the copy blanks such a reference. Where the column may not
# be blank the row itself means nothing without its parent and is left out. Both are counted, by column.


class Repair(FrozenStruct):
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


def repair_references(
    db: sqlite3.Connection, tables: Sequence[Table], *, is_older: bool = False
) -> tuple[Repair, ...]:
    """Mend every reference that leads nowhere, again until none is left, and say what was done.

    Leaving a row out may take the target from another, hence the rounds; each but the last removes a row.

    Args:
        db: the copy.
        tables: whose references are followed.
        is_older: whether the copy was sound before the units in `temp._touched` were taken anew; others
            may have pointed to what stands in `temp.leaving`.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    while True:
        before = counts.total()
        for table in tables:
            for reference in table.references:
                # One after the other, for of two at once SQLite would take no index.
                for reached in (_CAME, _WENT) if is_older else ("",):
                    action, rows = _repair(db, table, reference, reached)
                    counts[table.name, reference.column, action] += rows
        if counts.total() == before:
            return tuple(Repair(*key, rows) for key, rows in sorted(counts.items()) if rows)


def _repair(db: sqlite3.Connection, table: Table, reference: Reference, reached: str) -> tuple[str, int]:
    name, column = quoted(table.name), quoted(reference.column)
    nowhere = (_NOWHERE + reached).format(
        column=column,
        child=name,
        unit=quoted(table.unit),
        name=table.name,
        parent=quoted(reference.table),
        parent_name=reference.table,
        target=quoted(reference.target),
    )
    action, change = "blanked", f"UPDATE main.{name} SET {column} = NULL"  # noqa: S608  names are quoted
    if any(it.name == reference.column and it.required for it in table.columns):
        action, change = "left_out", f"DELETE FROM main.{name}"  # noqa: S608  likewise
    return action, db.execute(f"{change} WHERE {nowhere}").rowcount


_NOWHERE = """
{column} IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.{target} = {child}.{column})
"""
_CAME = "AND {unit} IN (SELECT unit FROM temp._touched WHERE name = '{name}')"
_WENT = """
AND {column} IN (
    SELECT target FROM temp.leaving AS gone WHERE name = '{parent_name}'
    AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.{target} = gone.target))
"""
