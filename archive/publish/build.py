"""Build a published copy: every public row into a new file, in an order that does not depend on history.

    corpus.db ──copy, in key order──▶ new file ──suppress──▶ coverage, places, repetition ──▶
        mend references ──▶ search keys ──▶ indexes and views ──▶ full text ──▶ statistics

Nothing random and no clock enters, and rows go in by key, so one corpus gives one file, byte for byte, on
one version of SQLite. A file written in order and never deleted from needs no VACUUM; copying what is
public, rather than deleting what is not, leaves no internal row behind in a free page. What a copy has beside
the tables of the corpus is declared in `tables.sql`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import sqlite_utils

from archive.database import Database
from archive.exact_search import SEARCH_FORM, TOKENIZER, index_tokens
from archive.publish.overlap_tables import write_repetition
from archive.publish.public_tables import (
    SEARCH_KEY,
    Repair,
    Table,
    declared_views,
    kept_tables,
    public_tables,
    quoted,
    repair_references,
)
from archive.publish.suppressions import apply_suppressions
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.publish.suppressions import Suppression


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
    address = target.absolute().as_uri() + "?mode=rwc"
    db = sqlite3.connect(address, uri=True, isolation_level=None, factory=Database)
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


def _build(db: Database, suppressions: Sequence[Suppression], folder: Path) -> Built:
    tables = kept_tables(db, "corpus")
    db.run_script(_NUMBER_ROWS)
    for table in tables:
        _copy_rows(db, table)
    views = {name: sql for sql, name in db.rows(_DEFINITIONS, "view")}
    for name in views.keys() & declared_views():
        db.execute(views[name])
    db.run_script(resources.files("archive.publish").joinpath("tables.sql").read_text("utf-8"))
    apply_suppressions(db, suppressions)
    db.run_script(_WRITE_COVERAGE)
    _write_places(db)
    write_repetition(db, folder)
    repairs = repair_references(db, tables)
    names = {table.name for table in tables}
    for sql in (sql for sql, owner in db.rows(_DEFINITIONS, "index") if owner in names):
        db.execute(sql)
    _index_texts(db)
    written = {table.name: table for table in kept_tables(db)}
    for name, sql in views.items():
        if name not in written.keys() | declared_views().keys():
            db.execute(sql)
    compared = written.keys() & views.keys() - declared_views().keys() - {"coverage"}
    for table in (table for name, table in written.items() if name in compared):
        _, _, question = views[table.name].partition(" AS\n")
        db.execute(f"INSERT INTO main.{table.name} SELECT * FROM ({question}) ORDER BY {table.order}")  # noqa: S608  of our own schema
    tables = public_tables(db)
    _note_publication(db, tables, repairs)
    _index_references(db, [table for table in tables if not table.is_view])
    return Built({table.name: db.value(_COUNT.format(quoted(table.name))) for table in tables}, repairs)


_COUNT = "SELECT count(*) FROM {}"
_DEFINITIONS = """
SELECT sql, tbl_name FROM corpus.sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid
"""


def _copy_rows(db: Database, table: Table) -> None:
    db.execute(db.value("SELECT sql FROM corpus.sqlite_master WHERE type = 'table' AND name = ?", table.name))
    name, into, taken, order = quoted(table.name), table.column_list, table.column_list, table.order
    if table.name in SEARCHED:
        db.execute(f"ALTER TABLE main.{name} ADD COLUMN {SEARCH_KEY} INTEGER")
        into += f", {SEARCH_KEY}"
        taken += f", (SELECT k.search_key FROM temp.{table.name}_keys AS k WHERE k.id = corpus.{table.name}.id) AS {SEARCH_KEY}"  # noqa: S608, E501  names of ours
        # Datasette's search of one column takes the row's own number for that of the index.
        order = SEARCH_KEY
    db.execute(
        f"INSERT INTO main.{name} ({into})"  # noqa: S608 names are quoted
        f" SELECT {taken} FROM corpus.{name} ORDER BY {order}"
    )


# Worked out over the corpus, not the copy, so that a report that may not be shown counts.
_WRITE_COVERAGE = """
INSERT INTO main.coverage
SELECT issuer_id, issuer, region_code, level, kind, year, state, document_id, published_on, due_on, why
FROM corpus.coverage ORDER BY issuer_id, year;
UPDATE main.coverage SET document_id = NULL, published_on = NULL, why = '不予显示 / not shown'
WHERE document_id IN (SELECT id FROM main.documents WHERE read_reason = 'suppressed');
"""

_BODIES = """
SELECT id, name, region_code FROM main.issuers
UNION
SELECT issuer_id, issuer, region_code FROM main.coverage WHERE issuer_id NOT IN (SELECT id FROM main.issuers)
ORDER BY 1
"""


def _write_places(db: Database) -> None:
    for issuer, name, code in db.rows(_BODIES):
        # The name stands for itself: a body without a code is found by it alone.
        places = {name: code} | {region.name: region.code for region in divisions_of(code)}
        rows = [(issuer, place, of) for place, of in sorted(places.items())]
        db.insert_rows("main.issuer_places", ("issuer_id", "place", "code"), rows)


def _note_publication(db: Database, tables: Sequence[Table], repairs: Sequence[Repair]) -> None:
    sizes = (db.value(_LONGEST.format(_sizes(table), quoted(table.name))) for table in tables)
    notes = {"search_form": SEARCH_FORM, "longest_row_bytes": max(sizes, default=0)}
    notes |= {f"{repair.action} {repair.table}.{repair.column}": repair.rows for repair in repairs}
    rows = ((key, str(value)) for key, value in sorted(notes.items()))
    db.insert_rows("main.publication", ("key", "value"), rows)


_LONGEST = "SELECT ifnull(max({}), 0) FROM {}"


def _sizes(table: Table) -> str:
    return " + ".join(f"ifnull(length(CAST({quoted(column.name)} AS BLOB)), 0)" for column in table.columns)


def _index_references(db: Database, tables: Sequence[Table]) -> None:
    """Index each column that refers to another table and that no index begins with.

    The page of a row counts the rows that point to it, table by table, and each count leads to the list of
    those rows. Without an index either reads whole tables: on a document's page that took longest of all.
    """
    for table in tables:
        indexes = sqlite_utils.Database(db).table(table.name).indexes
        # A partial index holds some of the rows only, whichever column it begins with.
        indexed = {index.columns[0] for index in indexes if not index.partial}
        for reference in table.references:
            if reference.column not in indexed:
                name, by = quoted(f"{table.name}_by_{reference.column}"), quoted(reference.column)
                # What is NULL points nowhere.
                db.execute(f"CREATE INDEX main.{name} ON {quoted(table.name)} ({by}) WHERE {by} IS NOT NULL")


# The search index of a published copy: what is searched, in which order it is found, and where it stands.
# Rows are numbered in the order in which a reader wants them: documents newest first, passages by the newest
# document whose current text has them. FTS5 answers in the order of its numbers, so the first page of any
# search is there at once, however many there are.
#
#     corpus ──number──▶ search_key of documents, sections ──index──▶ *_fts, sections_fts_places

SEARCHED = {"sections": ("text",), "documents": ("title", "issuer", "doc_number")}
"""The tables with full-text search and the columns that each index holds."""

# A policy says no year it reports on; the year in which it was published stands for it.
_NUMBER_ROWS = """
CREATE TEMP TABLE documents_keys AS
SELECT id, row_number() OVER (
    ORDER BY year_read IS NULL, year_read DESC, published_on IS NULL, published_on DESC, url, id
) AS search_key
FROM (SELECT *, ifnull(year, CAST(substr(published_on, 1, 4) AS INTEGER)) AS year_read
      FROM corpus.documents);
CREATE UNIQUE INDEX temp.documents_keys_by_id ON documents_keys (id, search_key);
CREATE TEMP TABLE sections_keys AS
WITH first_places AS (
    SELECT o.section_id, min((k.search_key << 32) + o.position) AS place
    FROM documents_keys AS k CROSS JOIN corpus.documents AS d ON d.id = k.id
    CROSS JOIN corpus.occurrences AS o ON o.version_id = d.current_version_id
    GROUP BY o.section_id
)
SELECT s.id, row_number() OVER (ORDER BY p.place IS NULL, p.place, s.id) AS search_key
FROM corpus.sections AS s LEFT JOIN first_places AS p ON p.section_id = s.id;
CREATE UNIQUE INDEX temp.sections_keys_by_id ON sections_keys (id, search_key);
"""

# The indexes hold all that counting by facet reads. The list of the cells counts them by five columns,
# whichever of them it is narrowed by: of 776,000 cells some counts took longer than a facet may.
_INDEX_PLACES = """
INSERT INTO main.sections_fts_places
SELECT s.search_key, d.search_key, min(CASE WHEN v.id = d.current_version_id THEN o.position END)
FROM main.documents AS d CROSS JOIN main.versions AS v ON v.document_id = d.id
CROSS JOIN main.occurrences AS o ON o.version_id = v.id
CROSS JOIN main.sections AS s ON s.id = o.section_id
GROUP BY s.search_key, d.search_key ORDER BY s.search_key, d.search_key;
CREATE INDEX main.documents_by_facets
    ON documents (search_key, year, region_code, kind, issuer_id, read_state);
CREATE INDEX main.facts_by_facets ON stored_facts (state, table_key, row_key, column_key, form);
"""


def _index_texts(db: Database) -> None:
    """Index the texts of a copy that has its rows, suppressions applied, and `index_tokens`."""
    for table, columns in SEARCHED.items():
        listed = ", ".join(columns)
        tokens = ", ".join(f"index_tokens(ifnull({column}, ''))" for column in columns)
        db.execute(f"DROP TABLE temp.{table}_keys")
        db.execute(f"CREATE UNIQUE INDEX main.{table}_by_{SEARCH_KEY} ON {table} ({SEARCH_KEY})")
        db.execute(
            f"CREATE VIRTUAL TABLE main.{table}_fts"
            f" USING fts5 ({listed}, content='', tokenize=\"{TOKENIZER}\")"
        )
        db.execute(
            f"INSERT INTO {table}_fts (rowid, {listed})"  # noqa: S608 the names are constants of this module
            f" SELECT {SEARCH_KEY}, {tokens} FROM {table} ORDER BY {SEARCH_KEY}"
        )
        db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")  # noqa: S608 a constant
    db.run_script(_INDEX_PLACES)
