"""What a published copy has beside the rows of the corpus: coverage, names of places, indexes, full text.

`coverage` is a view of the corpus, written down as a table of the copy. A page asks for it several times, for
its rows, its count and its facets, and working it out takes longer than a page may. It is worked out over the
corpus, not the copy, so that a report that may not be shown counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Database

from archive.publish.public_tables import SEARCH_KEY, quoted
from archive.search import TOKENIZER
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.publish.public_tables import Table

COVERAGE = "coverage"

_COVERAGE_TABLE = """
CREATE TABLE main.coverage (
    issuer_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    region_code TEXT,
    level TEXT,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    state TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id),
    published_on TEXT,
    due_on TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (issuer_id, year)
) STRICT, WITHOUT ROWID
"""
_COVERAGE_ROWS = """
INSERT INTO main.coverage
SELECT issuer_id, issuer, region_code, level, kind, year, state, document_id, published_on, due_on, why
FROM corpus.coverage ORDER BY issuer_id, year
"""
_HIDE_COVERAGE = """
UPDATE main.coverage SET document_id = NULL, published_on = NULL, why = '不予显示 / not shown'
WHERE document_id IN (SELECT id FROM main.documents WHERE read_reason = 'suppressed')
"""


def write_coverage(db: sqlite3.Connection) -> None:
    """Write the table into a copy that has its documents, suppressions applied, with the corpus attached."""
    for statement in (_COVERAGE_TABLE, _COVERAGE_ROWS, _HIDE_COVERAGE):
        db.execute(statement)
    Database(db).table("coverage").create_index(("state", "year"), "coverage_by_state")


# The table `issuer_places`: by which names of places a body is found, written into the published copy.
# A reader who asks for 河南 means every body of the province, one who asks for 新乡 those of the city and its
# counties. Which division a code lies in is knowledge of `pipelines.bodies.regions` and not of the corpus.

_PLACES_TABLE = """
CREATE TABLE main.issuer_places (
    issuer_id TEXT NOT NULL,
    place TEXT NOT NULL,
    code TEXT,
    PRIMARY KEY (issuer_id, place)
) STRICT, WITHOUT ROWID
"""
_BODIES = """
SELECT id, name, region_code FROM main.issuers
UNION
SELECT issuer_id, issuer, region_code FROM main.coverage WHERE issuer_id NOT IN (SELECT id FROM main.issuers)
ORDER BY 1
"""


def write_places(db: sqlite3.Connection) -> None:
    """Write the table into a copy that has its issuers and its coverage."""
    db.execute(_PLACES_TABLE)
    rows = []
    for issuer, name, code in db.execute(_BODIES).fetchall():
        # The name stands for itself: a body without a code is found by it alone.
        places = {name: code} | {region.name: region.code for region in divisions_of(code)}
        rows += [{"issuer_id": issuer, "place": place, "code": of} for place, of in sorted(places.items())]
    Database(db).table("issuer_places").insert_all(rows)


# Indexes that a published copy has for its pages alone: of every reference, and of the facets of the cells.
# The page of a row counts the rows that point to it, table by table, and each count leads to the list of
# those rows. Without an index either reads whole tables: on a document's page that took longer than all else.

# The list of the cells counts them by these five, whichever of them it is narrowed by. There are more cells
# than rows of any other table: of 776,000 some of these counts took longer than a facet may.
_CELL_FACETS = ("state", "table_key", "row_key", "column_key", "form")


def index_facets(db: sqlite3.Connection) -> None:
    """Index what the list of the cells of statutory tables counts; the copy has its tables."""
    Database(db).table("facts").create_index(_CELL_FACETS, "facts_by_facets")


def index_references(db: sqlite3.Connection, tables: Sequence[Table]) -> None:
    """Index each column that refers to another table and that no index begins with.

    Args:
        db: a copy that has its tables and their other indexes.
        tables: those of the copy.
    """
    for table in tables:
        # A partial index holds some of the rows only, whichever column it begins with.
        indexed = {index.columns[0] for index in Database(db).table(table.name).indexes if not index.partial}
        for reference in table.references:
            if reference.column not in indexed:
                db.execute(_index_statement(table.name, reference.column))


def _index_statement(table: str, column: str) -> str:
    # What is NULL points nowhere.
    name, of, by = quoted(f"{table}_by_{column}"), quoted(table), quoted(column)
    return f"CREATE INDEX main.{name} ON {of} ({by}) WHERE {by} IS NOT NULL"


# The search index of a published copy: what is searched, in which order it is found, and where it stands.
# Rows are numbered in the order in which a reader wants them: documents newest first, passages by the newest
# document whose current text has them. FTS5 answers in the order of its numbers, so the first page of any
# search is there at once, however many there are.
#
#     corpus ──number_rows──▶ search_key of documents, sections ──write_index──▶ *_fts, sections_fts_places
#
# `sections_fts_places` joins a passage's number to those of its documents, so that the hits of a search are
# counted by document without leaving integers. By its name it belongs to the index: it is no public table.

SEARCHED = {"sections": ("text",), "documents": ("title", "issuer", "doc_number")}
"""The tables with full-text search and the columns that each index holds."""

# A policy says no year it reports on; the year in which it was published stands for it.
_NUMBER_ROWS = (
    """
    CREATE TEMP TABLE documents_keys AS
    SELECT id, row_number() OVER (
        ORDER BY year_read IS NULL, year_read DESC, published_on IS NULL, published_on DESC, url, id
    ) AS search_key
    FROM (SELECT *, ifnull(year, CAST(substr(published_on, 1, 4) AS INTEGER)) AS year_read
          FROM corpus.documents)""",
    "CREATE UNIQUE INDEX temp.documents_keys_by_id ON documents_keys (id, search_key)",
    """
    CREATE TEMP TABLE sections_keys AS
    WITH first_places AS (
        SELECT o.section_id, min((k.search_key << 32) + o.position) AS place
        FROM documents_keys AS k CROSS JOIN corpus.documents AS d ON d.id = k.id
        CROSS JOIN corpus.occurrences AS o ON o.version_id = d.current_version_id
        GROUP BY o.section_id
    )
    SELECT s.id, row_number() OVER (ORDER BY p.place IS NULL, p.place, s.id) AS search_key
    FROM corpus.sections AS s LEFT JOIN first_places AS p ON p.section_id = s.id""",
    "CREATE UNIQUE INDEX temp.sections_keys_by_id ON sections_keys (id, search_key)",
)

# A position is that of the first place in the current text; NULL where only an earlier text has the passage.
_PASSAGE_PLACES = (
    """
    CREATE TABLE main.sections_fts_places (
        search_key INTEGER NOT NULL,
        document_key INTEGER NOT NULL,
        position INTEGER,
        PRIMARY KEY (search_key, document_key)
    ) STRICT, WITHOUT ROWID""",
    """
    INSERT INTO main.sections_fts_places
    SELECT s.search_key, d.search_key, min(CASE WHEN v.id = d.current_version_id THEN o.position END)
    FROM main.documents AS d CROSS JOIN main.versions AS v ON v.document_id = d.id
    CROSS JOIN main.occurrences AS o ON o.version_id = v.id
    CROSS JOIN main.sections AS s ON s.id = o.section_id
    GROUP BY s.search_key, d.search_key ORDER BY s.search_key, d.search_key""",
)


def number_rows(db: sqlite3.Connection) -> None:
    """Number the rows that are searched, in temporary tables; the corpus is attached."""
    for statement in _NUMBER_ROWS:
        db.execute(statement)


def row_number(table: str) -> str:
    """Return the SQL expression that is the number of a row of a searched table of the corpus."""
    return f"(SELECT k.search_key FROM temp.{table}_keys AS k WHERE k.id = corpus.{table}.id)"  # noqa: S608  our names


def write_index(db: sqlite3.Connection) -> None:
    """Index the texts of a copy that has its rows, suppressions applied, and `index_tokens`."""
    for table, columns in SEARCHED.items():
        db.execute(f"DROP TABLE temp.{table}_keys")
        Database(db).table(table).create_index((SEARCH_KEY,), f"{table}_by_{SEARCH_KEY}", unique=True)
        _index_text(db, table, columns)
    for statement in _PASSAGE_PLACES:
        db.execute(statement)
    # Holds all that counting by facet reads.
    facets = (SEARCH_KEY, "year", "region_code", "kind", "issuer_id", "read_state")
    Database(db).table("documents").create_index(facets, "documents_by_facets")


def _index_text(db: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> None:
    listed = ", ".join(columns)
    tokens = ", ".join(f"index_tokens(ifnull({column}, ''))" for column in columns)
    db.execute(
        f"CREATE VIRTUAL TABLE {table}_fts USING fts5 ({listed}, content='', tokenize=\"{TOKENIZER}\")"
    )
    db.execute(
        f"INSERT INTO {table}_fts (rowid, {listed})"  # noqa: S608 the names are constants of this module
        f" SELECT {SEARCH_KEY}, {tokens} FROM {table} ORDER BY {SEARCH_KEY}"
    )
    db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")  # noqa: S608 a constant
