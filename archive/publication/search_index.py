"""The search index of a published copy: what is searched, in which order it is found, and where it stands.

Rows are numbered in the order in which a reader wants them: documents newest first, passages by the newest
document whose current text has them. FTS5 answers in the order of its numbers, so the first page of any
search is there at once, however many there are.

    corpus ──number_rows──▶ search_key of documents and sections ──write_index──▶ *_fts, sections_fts_places

`sections_fts_places` joins a passage's number to those of its documents, so that the hits of a search are
counted by document without leaving integers. By its name it belongs to the index: it is no public table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.publication.tables import SEARCH_KEY
from archive.search import TOKENIZER

if TYPE_CHECKING:
    import sqlite3

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
_PLACES = (
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
    # Holds all that counting by facet reads.
    """
    CREATE INDEX main.documents_by_facets
    ON documents (search_key, year, region_code, kind, issuer_id, read_state)""",
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
        db.execute(f"CREATE UNIQUE INDEX {table}_by_{SEARCH_KEY} ON {table} ({SEARCH_KEY})")
        _index_text(db, table, columns)
    for statement in _PLACES:
        db.execute(statement)


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
