"""Build a published copy: every public row into a new file, in an order that does not depend on history.

    corpus.db ──copy, in key order──▶ new file ──suppress──▶ coverage, places, repetition ──▶
        mend references ──▶ search keys ──▶ indexes and views ──▶ full text ──▶ statistics

Nothing random and no clock enters, and rows go in by key, so one corpus gives one file, byte for byte, on
one version of SQLite. A file written in order and never deleted from needs no VACUUM; copying what is
public, rather than deleting what is not, leaves no internal row behind in a free page.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.publication.comparison import COMPARISONS, write_comparisons
from archive.publication.coverage import COVERAGE, write_coverage
from archive.publication.page_indexes import index_facets, index_references
from archive.publication.places import write_places
from archive.publication.references import Repair, repair_references
from archive.publication.repetition import write_repetition
from archive.publication.search_index import SEARCHED, number_rows, row_number, write_index
from archive.publication.suppress import apply_suppressions
from archive.publication.tables import SEARCH_KEY, Table, public_tables, quoted
from archive.search import SEARCH_FORM, index_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.publication.suppress import Suppression

_PUBLICATION = "CREATE TABLE publication (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class Built:
    """What a new copy holds.

    Attributes:
        rows: how many rows each public table has, in order of creation.
        repairs: references that led nowhere.
    """

    rows: dict[str, int]
    repairs: tuple[Repair, ...]


def build_copy(corpus: Path, target: Path, suppressions: Sequence[Suppression] = ()) -> Built:
    """Write the public part of a corpus into a new database file.

    Args:
        corpus: the working corpus; read in one transaction, never written.
        target: the file to create.
        suppressions: what may not be shown.
    """
    db = sqlite3.connect(target.absolute().as_uri() + "?mode=rwc", uri=True, isolation_level=None)
    try:
        db.execute("ATTACH ? AS corpus", (corpus.absolute().as_uri() + "?mode=ro",))
        # The file is thrown away when anything fails, and synced as a whole when nothing did.
        db.execute("PRAGMA main.journal_mode = OFF")
        db.execute("PRAGMA main.synchronous = OFF")
        # What is suppressed is overwritten, whatever this build of SQLite does by itself.
        db.execute("PRAGMA main.secure_delete = ON")
        db.create_function("index_tokens", 1, index_tokens, deterministic=True)
        db.execute("BEGIN")
        built = _build(db, suppressions, target.parent)
        db.execute("COMMIT")
        db.execute("DETACH corpus")
        db.execute("ANALYZE")
        db.execute("PRAGMA main.journal_mode = DELETE")
    finally:
        db.close()
    return built


def _build(db: sqlite3.Connection, suppressions: Sequence[Suppression], folder: Path) -> Built:
    tables = public_tables(db, "corpus")
    number_rows(db)
    for table in tables:
        _copy_rows(db, table)
    apply_suppressions(db, suppressions)
    write_coverage(db)
    write_places(db)
    write_repetition(db, folder)
    repairs = repair_references(db, tables)
    for statement in _definitions(db, tables, "index"):
        db.execute(statement)
    write_index(db)
    for statement in _definitions(db, tables, "view"):
        db.execute(statement)
    write_comparisons(db)
    _record(db, tables, repairs)
    tables = public_tables(db)
    index_facets(db)
    index_references(db, tables)
    rows = {table.name: _scalar(db, f"SELECT count(*) FROM {quoted(table.name)}") for table in tables}  # noqa: S608 quoted
    return Built(rows, repairs)


def _copy_rows(db: sqlite3.Connection, table: Table) -> None:
    [(definition,)] = db.execute(
        "SELECT sql FROM corpus.sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
    )
    db.execute(definition)
    name, into, taken, order = quoted(table.name), table.column_list, table.column_list, table.order
    if table.name in SEARCHED:
        db.execute(f"ALTER TABLE main.{name} ADD COLUMN {SEARCH_KEY} INTEGER")
        into += f", {SEARCH_KEY}"
        taken += f", {row_number(table.name)} AS {SEARCH_KEY}"
        # Datasette's search of one column takes the row's own number for that of the index.
        order = SEARCH_KEY
    db.execute(
        f"INSERT INTO main.{name} ({into})"  # noqa: S608 names are quoted
        f" SELECT {taken} FROM corpus.{name} ORDER BY {order}"
    )


def _definitions(db: sqlite3.Connection, tables: Sequence[Table], kind: str) -> list[str]:
    names = {table.name for table in tables}
    rows = db.execute(
        "SELECT sql, tbl_name FROM corpus.sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid",
        (kind,),
    )
    written = {COVERAGE, *COMPARISONS}
    return [sql for sql, owner in rows if owner in names or (kind == "view" and owner not in written)]


def _record(db: sqlite3.Connection, tables: Sequence[Table], repairs: Sequence[Repair]) -> None:
    """Note in the copy how it was made; what reads it relies on the first two."""
    longest = max(
        (_scalar(db, _LONGEST.format(sizes=_sizes(table), table=quoted(table.name))) for table in tables),
        default=0,
    )
    notes = {"search_form": SEARCH_FORM, "longest_row_bytes": longest}
    notes |= {f"{repair.action} {repair.table}.{repair.column}": repair.rows for repair in repairs}
    db.execute(_PUBLICATION)
    db.executemany(
        "INSERT INTO publication VALUES (?, ?)", sorted((key, str(value)) for key, value in notes.items())
    )


_LONGEST = "SELECT ifnull(max({sizes}), 0) FROM {table}"


def _sizes(table: Table) -> str:
    return " + ".join(f"ifnull(length(CAST({quoted(column.name)} AS BLOB)), 0)" for column in table.columns)


def _scalar(db: sqlite3.Connection, sql: str) -> int:
    [(value,)] = db.execute(sql)
    return int(value)
