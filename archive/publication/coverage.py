"""The view `coverage`, written down as a table of the published copy.

A page asks for it several times, for its rows, its count and its facets, and working it out takes longer than
a page may. It is worked out over the corpus, not the copy, so that a report that may not be shown counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

COVERAGE = "coverage"

_TABLE = """
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
_ROWS = """
INSERT INTO main.coverage
SELECT issuer_id, issuer, region_code, level, kind, year, state, document_id, published_on, due_on, why
FROM corpus.coverage ORDER BY issuer_id, year
"""
_HIDE = """
UPDATE main.coverage SET document_id = NULL, published_on = NULL, why = '不予显示 / not shown'
WHERE document_id IN (SELECT id FROM main.documents WHERE read_reason = 'suppressed')
"""
_INDEX = "CREATE INDEX main.coverage_by_state ON coverage (state, year)"


def write_coverage(db: sqlite3.Connection) -> None:
    """Write the table into a copy that has its documents, suppressions applied, with the corpus attached."""
    for statement in (_TABLE, _ROWS, _HIDE, _INDEX):
        db.execute(statement)
