"""What is worked out over the rows of a copy, suppressions applied: coverage, overlaps, firsts, comparisons.

    rows of a copy ─▶ reports that stand for a body and year ─▶ figures by year, rates, failing checks, parts
                   └▶ coverage, places, overlaps and novelty, first places, what is repeated and alike

The former follow the bodies that changed: each of their rows tells of one body. The questions are the views
of the corpus of the same names.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from archive.corpus.store import schema_sql
from archive.publish.overlap_tables import write_repetition
from archive.publish.public_tables import kept_tables
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from archive.database import Database
    from archive.publish.public_tables import Table

BY_BODY = frozenset(
    {
        *(
            "applications_by_year",
            "outcomes_by_year",
            "litigation_by_year",
            "cells_by_table",
            "check_failures",
        ),
        *("rates_by_report", "stored_rates", "parts_by_report", "stored_parts"),
    }
)
"""Tables, and the views that show them, whose rows depend on the documents of one body."""
OF_STALE_REPORTS = "document_id IN (SELECT id FROM temp.stale_reports)"
OVER_THE_COPY = frozenset({"stored_overlaps", "known_runs", "novelty_by_report"})
"""Tables of the corpus that are empty there."""

# Of captures it counts only whether a document was ever seen by us, and then its row changes, too.
_OWNERS = {
    "documents": "id",
    "versions": "document_id",
    "facts": "document_id",
    "checks": "document_id",
    "relations": "from_document_id",
}
_NOTE_BODIES = """
INSERT OR IGNORE INTO temp.stale_bodies
SELECT issuer_id FROM {schema}.documents WHERE id IN (SELECT {owner} FROM {schema}.{name} {where})
"""
_NOTE_BODIES_THEMSELVES = (
    "INSERT OR IGNORE INTO temp.stale_bodies SELECT {owner} FROM {schema}.{name} {where}"
)
# No body tells which reports that name no body or no year came or went: all are worked out anew, being few.
_NOTE_REPORTS = """
INSERT OR IGNORE INTO temp.stale_reports
SELECT id FROM main.documents WHERE issuer_id IN (SELECT id FROM temp.stale_bodies)
UNION ALL SELECT id FROM main.documents WHERE kind = 'annual_report' AND (issuer_id IS NULL OR year IS NULL)
"""


def note_stale_bodies(db: Database, followed: Mapping[Table, str]) -> None:
    """Note which bodies have rows that change, as an older copy has them and as the corpus does.

    Args:
        db: the copy, none of whose rows was changed yet, with the corpus attached.
        followed: the public tables whose rows are taken from the corpus, each with what chooses the touched.
    """
    db.execute("CREATE TEMP TABLE stale_bodies (id TEXT PRIMARY KEY NOT NULL)")
    db.execute("CREATE TEMP TABLE stale_reports (id TEXT PRIMARY KEY)")
    clauses = {table.name: where for table, where in followed.items()}
    for schema in ("main", "corpus"):
        for name, owner in _OWNERS.items():
            db.execute(_NOTE_BODIES.format(schema=schema, owner=owner, name=name, where=clauses[name]))
        for name, owner in (("portals", "issuer_id"), ("issuers", "id")):
            where = clauses[name]
            db.execute(_NOTE_BODIES_THEMSELVES.format(schema=schema, owner=owner, name=name, where=where))
    db.execute(_NOTE_REPORTS)


def forget(db: Database, kept: Collection[str]) -> None:
    """Take away what is worked out anew; pairs of texts that did not change keep their overlaps.

    Args:
        db: a copy, with its stale bodies and the documents that move noted.
        kept: the tables whose rows are not worked out.
    """
    for table in kept_tables(db):
        if table.name in BY_BODY:
            db.execute(f"DELETE FROM main.{table.name} WHERE {OF_STALE_REPORTS}")  # noqa: S608  names of ours
        elif table.name not in kept or table.name == "novelty_by_report":
            db.execute(f"DELETE FROM main.{table.name}")  # noqa: S608  likewise
    db.execute("DELETE FROM stored_overlaps WHERE document_id IN temp.moving OR source_id IN temp.moving")


def work_out(db: Database, folder: Path, *, is_older: bool = False) -> None:
    """Fill the tables that depend on more than a row of a copy.

    Args:
        db: the copy, within a transaction, its other rows in place, with the corpus attached.
        folder: where temporary files may stand.
        is_older: whether what tells of one body is there already for those that are not stale.
    """
    db.run_script(_WRITE_COVERAGE)
    _write_places(db)
    write_repetition(db, folder)
    # Stands in the place of the view in each question that follows, and is asked by most of them.
    db.execute(
        "CREATE TEMP TABLE primary_reports AS SELECT * FROM main.primary_reports WHERE ?", (not is_older,)
    )
    if is_older:
        db.execute(_NOTE_REPORTS)
        # As a value, and not as a join, so that the view looks at these few rows alone.
        db.executemany(
            "INSERT INTO temp.primary_reports SELECT * FROM main.primary_reports WHERE issuer_id = ?",
            db.rows("SELECT id FROM temp.stale_bodies"),
        )
    for table in kept_tables(db):
        if table.name in _questions():
            _, _, question = _questions()[table.name].partition(" AS\n")
            db.execute(f"INSERT INTO main.{table.name} SELECT * FROM ({question}) ORDER BY {table.order}")  # noqa: S608  of our own schema
    db.execute("DROP TABLE temp.primary_reports")


@cache
def _questions() -> dict[str, str]:
    """Return the views of this program's schema by name: a corpus may have been made with earlier ones."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema_sql())
        return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())


# Worked out over the corpus, not the copy, so that a report that may not be shown counts.
_WRITE_COVERAGE = """
CREATE TEMP TABLE found_coverage AS SELECT * FROM corpus.coverage;
UPDATE temp.found_coverage SET document_id = NULL, published_on = NULL, why = '不予显示 / not shown'
WHERE document_id IN (SELECT id FROM main.documents WHERE read_reason = 'suppressed');
INSERT INTO main.known_bodies (issuer_id, issuer, region_code, level, kind)
SELECT DISTINCT issuer_id, issuer, region_code, level, kind FROM temp.found_coverage ORDER BY issuer_id;
INSERT INTO main.known_findings (state, why)
SELECT DISTINCT state, why FROM temp.found_coverage ORDER BY state, why;
INSERT INTO main.stored_coverage
SELECT b.number, c.year, f.number, c.document_id, c.published_on
FROM temp.found_coverage AS c JOIN main.known_bodies AS b USING (issuer_id)
JOIN main.known_findings AS f ON f.state = c.state AND f.why = c.why ORDER BY 1, 2;
DROP TABLE temp.found_coverage;
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
