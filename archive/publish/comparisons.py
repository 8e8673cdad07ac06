"""What is worked out over the rows of a copy, suppressions applied: coverage, overlaps, firsts, comparisons.

    rows of a copy ─▶ reports that stand for a body and year ─▶ figures by year, rates, failing checks, parts
                   └▶ coverage, places, overlaps and novelty, first places, what is repeated and alike

Of an older copy only those rows are worked out anew that may differ: of the bodies, documents and passages
that something changes (`STALE`). Coverage is worked out whole and compared (`DIFFERENT`). The questions are
the views of the corpus of the same names.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from archive.corpus.store import schema_sql
from archive.publish.overlap_tables import follow_repetition, write_repetition
from archive.publish.public_tables import Table, choose_documents, kept_tables
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.database import Database
    from archive.publish.changed_texts import Text

_BY_REPORT = (
    *("applications_by_year", "outcomes_by_year", "litigation_by_year", "cells_by_table", "check_failures"),
    *("rates_by_report", "stored_rates", "parts_by_report", "stored_parts"),
)
_OF_STALE = "document_id IN temp.stale_documents"
_OF_CHANGED = "document_id IN temp.changed_documents"
_OF_STALE_PAIRS = f"({_OF_STALE} OR source_id IN temp.stale_documents)"
_OF_CHANGED_PAIRS = f"({_OF_CHANGED} OR source_id IN temp.changed_documents)"
_OF_SECTIONS = "section_id IN (SELECT id FROM main.stored_sections WHERE number IN temp.{})"
STALE = {
    **dict.fromkeys((*_BY_REPORT, "changed_figures", "novelty_by_report"), _OF_STALE),
    **dict.fromkeys(("overlaps", "copied_from", "alike_reports"), _OF_STALE_PAIRS),
    **dict.fromkeys(("stored_overlaps", "stored_alike"), _OF_CHANGED_PAIRS),
    **dict.fromkeys(("first_places", "most_repeated"), _OF_SECTIONS.format("stale_sections")),
    **dict.fromkeys(("stored_first_places", "stored_most_repeated"), "section IN temp.stale_sections"),
    "first_alike": _OF_SECTIONS.format("stale_alike"),
    "stored_first_alike": "section IN temp.stale_alike",
}
"""Which rows of what is worked out may differ, by what changed in the rows that it is worked out of."""
DIFFERENT = {
    "coverage": "(issuer_id, year) IN (SELECT issuer_id, year FROM temp.new_coverage)",
    "issuer_places": "issuer_id IN temp.placed_anew",
    "novelty_by_report": f"document_id IN temp.new_novelty AND NOT {_OF_STALE}",
    **{
        name: f"(document_id, source_id) IN temp.new_pairs AND NOT {STALE[name]}"
        for name in ("overlaps", "copied_from", "alike_reports")
    },
}
"""Which rows came of those for which only comparing tells; the ones that went stand in `temp.gone_…`."""
OVER_THE_COPY = frozenset({"stored_overlaps", "known_runs", "novelty_by_report"})
"""Tables of the corpus that are empty there."""

# Of captures it counts only whether a document was ever seen by us, and then its row changes, too.
_OWNERS = {
    "documents": "id",
    "versions": "document_id",
    "facts": "document_id",
    "checks": "document_id",
    "changes": "document_id",
    "relations": "from_document_id",
}
_STALE_SETS = """
CREATE TEMP TABLE stale_bodies (id TEXT PRIMARY KEY NOT NULL);
CREATE TEMP TABLE stale_years (
    issuer_id TEXT NOT NULL, year INTEGER NOT NULL, PRIMARY KEY (issuer_id, year)
) WITHOUT ROWID;
CREATE TEMP TABLE stale_documents (id TEXT PRIMARY KEY NOT NULL);
CREATE TEMP TABLE changed_documents (id TEXT PRIMARY KEY NOT NULL);
CREATE TEMP TABLE stale_sections (number INTEGER PRIMARY KEY);
CREATE TEMP TABLE stale_alike (number INTEGER PRIMARY KEY);
CREATE TEMP TABLE tabled_sections (id TEXT PRIMARY KEY NOT NULL);
"""
_NOTE = "INSERT OR IGNORE INTO temp.{into} SELECT {column} FROM {schema}.{name} {where}"
# What a passage counts for, and which of its characters repeat others, may change with its spelling, and so
# documents that nobody touched.
_NOTE_CHANGED = """
INSERT OR IGNORE INTO temp.changed_documents
SELECT id FROM temp.moving
UNION ALL SELECT v.document_id FROM main.stored_sections AS s
CROSS JOIN corpus.stored_sections AS n ON n.number = s.number
CROSS JOIN main.stored_occurrences AS o ON o.section = s.number
CROSS JOIN main.stored_versions AS v ON v.number = o.version
WHERE s.number IN (SELECT unit FROM temp._touched WHERE name = 'stored_sections')
  AND (s.text, s.skeleton) IS NOT (n.text, n.skeleton);
INSERT OR IGNORE INTO temp.stale_documents SELECT id FROM temp.changed_documents;
INSERT OR IGNORE INTO temp.stale_sections SELECT unit FROM temp._touched WHERE name = 'stored_sections';
"""
# Whether a passage is prose depends on the cells of every report that it stands in.
_NOTE_PROSE = """
INSERT OR IGNORE INTO temp.changed_documents
SELECT v.document_id FROM temp.tabled_sections AS t
CROSS JOIN {schema}.stored_sections AS s ON s.id = t.id
CROSS JOIN {schema}.stored_occurrences AS o ON o.section = s.number
CROSS JOIN {schema}.stored_versions AS v ON v.number = o.version
WHERE EXISTS (SELECT 1 FROM main.facts AS f WHERE f.section_id = t.id)
    <> EXISTS (SELECT 1 FROM corpus.facts AS f WHERE f.section_id = t.id)
"""
_NOTE_BY_DOCUMENT = """
INSERT OR IGNORE INTO temp.stale_years
SELECT issuer_id, year FROM {schema}.documents WHERE id IN temp.stale_documents;
INSERT OR IGNORE INTO temp.stale_sections
SELECT o.section FROM temp.changed_documents AS c
CROSS JOIN {schema}.stored_versions AS v ON v.document_id = c.id
CROSS JOIN {schema}.stored_occurrences AS o ON o.version = v.number;
INSERT OR IGNORE INTO temp.stale_sections
SELECT unit FROM temp._touched WHERE name = 'stored_section_links'
UNION ALL SELECT section_b FROM {schema}.stored_section_links
WHERE section_a IN (SELECT unit FROM temp._touched WHERE name = 'stored_section_links');
"""
_NOTE_ALIKE = """
INSERT OR IGNORE INTO temp.{into}
SELECT number FROM temp.{of}
UNION ALL SELECT section_b FROM {schema}.stored_section_links WHERE kind = 'near' AND section_a IN temp.{of}
UNION ALL SELECT section_a FROM {schema}.stored_section_links WHERE kind = 'near' AND section_b IN temp.{of}
UNION ALL SELECT number FROM {schema}.stored_sections WHERE skeleton IN (
    SELECT skeleton FROM {schema}.stored_sections WHERE number IN temp.{of});
"""


def note_stale(db: Database, followed: Mapping[Table, str]) -> None:
    """Note of what something changes, as a copy has it and as the corpus does.

    Args:
        db: the copy, none of whose rows was changed yet, with what moves noted and the corpus attached.
        followed: the public tables whose rows are taken from the corpus, each with what chooses the touched.
    """
    db.run_script(_STALE_SETS)
    clauses = {table.name: where for table, where in followed.items()}
    noted = [("stale_documents", name, column) for name, column in _OWNERS.items()]
    noted += [("stale_bodies", "portals", "issuer_id"), ("stale_bodies", "issuers", "id")]
    noted += [("changed_documents", "facts", "document_id"), ("tabled_sections", "facts", "section_id")]
    for schema in ("main", "corpus"):
        for into, name, column in noted:
            where = clauses[name]
            db.execute(_NOTE.format(into=into, column=column, schema=schema, name=name, where=where))
    for schema in ("main", "corpus"):
        db.execute(_NOTE_PROSE.format(schema=schema))
    db.run_script(_NOTE_CHANGED)
    for schema in ("main", "corpus"):
        db.run_script(_NOTE_BY_DOCUMENT.format(schema=schema))
        db.run_script(_NOTE_ALIKE.format(into="stale_alike", of="stale_sections", schema=schema))
    db.execute(_NOTE_BY_YEAR)


# Which report stands for a year depends on all of that year; figures are set beside those of the year before,
# and a check of one year may doubt those.
_NOTE_BY_YEAR = """
INSERT OR IGNORE INTO temp.stale_documents
SELECT id FROM main.documents WHERE issuer_id IN temp.stale_bodies
UNION ALL SELECT d.id FROM temp.stale_years AS s CROSS JOIN main.documents AS d
    ON d.issuer_id = s.issuer_id AND d.year BETWEEN s.year - 1 AND s.year + 1
"""


def add_redated(db: Database, followed: Mapping[Table, str]) -> dict[Table, str]:
    """Choose also the rows that nobody touched and whose documents are of another year by now."""
    db.execute(_REDATED)
    if not db.row("SELECT 1 FROM temp.redated"):
        return dict(followed)  # as on most nights: either condition alone is found by an index, both are not
    chosen = {table: choose_documents(table, "document IN temp.redated") for table in followed}
    return {table: f"{where} OR {chosen[table] or 0}" for table, where in followed.items()}


_REDATED = """
CREATE TEMP TABLE redated AS
SELECT id FROM main.documents AS m JOIN corpus.documents AS c USING (id)
WHERE id IN (SELECT unit FROM temp._touched WHERE name = 'documents')
  AND m.year IS NOT c.year AND m.read_reason IS NOT 'suppressed'
"""


def forget(db: Database) -> None:
    """Take away what is worked out anew."""
    for name, where in (STALE | {"novelty_by_report": _OF_CHANGED}).items():
        if name in {table.name for table in kept_tables(db)}:
            db.execute(f"DELETE FROM main.{name} WHERE {where}")  # noqa: S608  names of ours


def work_out(db: Database, folder: Path, gone: Sequence[Text] | None = None) -> None:
    """Fill the tables that depend on more than a row of a copy.

    Args:
        db: the copy, within a transaction, its other rows in place, with the corpus attached.
        folder: where temporary files may stand.
        gone: of an older copy, in which all but what is noted as stale is there already, the texts of its
            changed documents.
    """
    if gone is None:
        db.run_script(_STALE_SETS)
        db.execute("INSERT INTO temp.stale_bodies SELECT id FROM main.issuers")
    db.run_script(_WRITE_COVERAGE)
    _write_places(db)
    # `primary_reports` stands in the place of the view in the questions that follow; most of them ask it.
    if gone is None:
        write_repetition(db, folder)
        db.execute("CREATE TEMP TABLE primary_reports AS SELECT * FROM main.primary_reports")
    else:
        follow_repetition(db, gone)
        db.execute("CREATE TEMP TABLE near_alike (number INTEGER PRIMARY KEY)")
        db.run_script(_NOTE_ALIKE.format(into="near_alike", of="stale_alike", schema="main"))
        db.execute("CREATE TEMP TABLE primary_reports AS SELECT * FROM main.primary_reports LIMIT 0")
        # As values, and not as a join, so that the view looks at these few rows alone.
        db.executemany(_TAKE_REPORTS, db.rows(_ASKED_YEARS))
        db.run_script(_TAKE_FIGURES)
    # What is asked of passages asks for the cells of all reports.
    for is_of_reports in (True, False):
        for table in kept_tables(db):
            if table.name in _questions() and (table.name in _OF_REPORTS) is is_of_reports:
                _answer(db, table, is_older=gone is not None)
        db.run_script(_DROP_ASKED)


_OF_REPORTS = {*_BY_REPORT, "changed_figures"}
_TAKE_REPORTS = """
INSERT INTO temp.primary_reports SELECT * FROM main.primary_reports WHERE issuer_id = ? AND year = ?
"""
# Each question asks for the same cells and checks, and SQLite, which takes the reports for many, would read
# the cells of all others to sieve them.
_TAKE_FIGURES = """
CREATE TEMP TABLE facts AS SELECT f.* FROM (
    SELECT document_id FROM temp.primary_reports UNION SELECT id FROM temp.stale_documents
) AS r CROSS JOIN main.stored_versions AS v ON v.document_id = r.document_id
CROSS JOIN main.facts AS f ON f.version_id = v.id;
CREATE INDEX temp.facts_by_key ON facts (version_id, table_key, table_no, column_key, row_key);
CREATE INDEX temp.facts_by_id ON facts (id);
CREATE TEMP TABLE checks AS SELECT c.* FROM (
    SELECT document_id FROM temp.primary_reports UNION SELECT id FROM temp.stale_documents
) AS r CROSS JOIN main.stored_versions AS v ON v.document_id = r.document_id
CROSS JOIN main.checks AS c ON c.version_id = v.id;
CREATE INDEX temp.checks_by_version ON checks (version_id);
"""
_DROP_ASKED = """
DROP TABLE IF EXISTS temp.primary_reports;
DROP TABLE IF EXISTS temp.facts;
DROP TABLE IF EXISTS temp.checks;
"""
# Answers are made of the years on either side, too.
_ASKED_YEARS = """
SELECT DISTINCT d.issuer_id, d.year + step.value FROM temp.stale_documents AS s
CROSS JOIN main.documents AS d ON d.id = s.id CROSS JOIN json_each('[-1, 0, 1]') AS step
"""
# So a question is answered of the rows alone that its stale answers come of.
_OF_STALE_PLACES = {"stored_occurrences": "section IN temp.stale_sections"}
_ASKED_OF = {
    "stored_first_places": _OF_STALE_PLACES,
    "stored_most_repeated": _OF_STALE_PLACES,
    "stored_first_alike": {
        "stored_first_places": "section IN temp.near_alike",
        "stored_section_links": "section_a IN temp.near_alike OR section_b IN temp.near_alike",
    },
    "stored_alike": {
        "stored_overlaps": f"{_OF_CHANGED_PAIRS} OR (document_id, source_id) IN temp.new_pairs",
    },
}
# All that a question asks of a table, where an index holds that: the rows that tell where a passage of every
# report stands are from all over it.
_ASKED_COLUMNS = {"stored_occurrences": "version, position, section"}
# What is asked of other rows, too, of which the answers are there already.
_ASKED_OF_ALL = {*_OF_REPORTS, "stored_first_alike"}


def _answer(db: Database, table: Table, *, is_older: bool) -> None:
    """Fill a table with the answers to the question of its name."""
    _, _, question = _questions()[table.name].partition(" AS\n")
    asked_of = _ASKED_OF.get(table.name, {}) if is_older else {}
    for name, where in asked_of.items():
        columns = _ASKED_COLUMNS.get(name, "*")
        db.execute(f"CREATE TEMP TABLE {name} AS SELECT {columns} FROM main.{name} WHERE {where}")  # noqa: S608  names of ours
        first = db.value("SELECT name FROM pragma_table_info(?, 'main')", name)
        db.execute(f"CREATE INDEX temp.{name}_by_key ON {name} ({first})")
    where = STALE[table.name] if is_older and table.name in _ASKED_OF_ALL else "1"
    db.execute(
        f"INSERT INTO main.{table.name} SELECT * FROM ({question}) WHERE {where} ORDER BY {table.order}"  # noqa: S608  likewise
    )
    for name in asked_of:
        db.execute(f"DROP TABLE temp.{name}")


@cache
def _questions() -> dict[str, str]:
    """Return the views of this program's schema by name: a corpus may have been made with earlier ones."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema_sql())
        return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))


# Worked out over the corpus, not the copy, so that a report that may not be shown counts.
_WRITE_COVERAGE = """
CREATE TEMP TABLE found_coverage AS SELECT * FROM corpus.coverage;
UPDATE temp.found_coverage SET document_id = NULL, published_on = NULL, why = '不予显示 / not shown'
WHERE document_id IN (SELECT id FROM main.documents WHERE read_reason = 'suppressed');
CREATE TEMP TABLE new_coverage AS
SELECT f.* FROM temp.found_coverage AS f LEFT JOIN main.known_bodies AS b USING (issuer_id)
LEFT JOIN main.stored_coverage AS c ON c.body = b.number AND c.year = f.year
LEFT JOIN main.known_findings AS k ON k.number = c.finding
WHERE (f.issuer, f.region_code, f.level, f.kind, f.state, f.why, f.document_id, f.published_on)
    IS NOT (b.issuer, b.region_code, b.level, b.kind, k.state, k.why, c.document_id, c.published_on);
CREATE INDEX temp.found_by_key ON found_coverage (issuer_id, year);
CREATE TEMP TABLE gone_coverage AS
SELECT * FROM main.coverage AS c WHERE (issuer_id, year) IN (SELECT issuer_id, year FROM temp.new_coverage)
    OR NOT EXISTS (
        SELECT 1 FROM temp.found_coverage AS f WHERE f.issuer_id = c.issuer_id AND f.year = c.year);
DELETE FROM main.stored_coverage WHERE (body, year) IN (
    SELECT b.number, g.year FROM temp.gone_coverage AS g JOIN main.known_bodies AS b USING (issuer_id));
DELETE FROM main.known_bodies AS b
WHERE NOT EXISTS (SELECT 1 FROM main.stored_coverage WHERE body = b.number);
INSERT OR IGNORE INTO main.known_bodies (issuer_id, issuer, region_code, level, kind)
SELECT DISTINCT issuer_id, issuer, region_code, level, kind FROM temp.new_coverage ORDER BY issuer_id;
DELETE FROM main.known_findings AS f
WHERE NOT EXISTS (SELECT 1 FROM main.stored_coverage WHERE finding = f.number);
INSERT INTO main.known_findings (state, why)
SELECT state, why FROM temp.new_coverage EXCEPT SELECT state, why FROM main.known_findings ORDER BY 1, 2;
INSERT INTO main.stored_coverage
SELECT b.number, c.year, f.number, c.document_id, c.published_on
FROM temp.new_coverage AS c JOIN main.known_bodies AS b USING (issuer_id)
JOIN main.known_findings AS f ON f.state = c.state AND f.why = c.why ORDER BY 1, 2;
DROP TABLE temp.found_coverage;
CREATE TEMP TABLE placed_anew AS
SELECT id FROM temp.stale_bodies
UNION SELECT issuer_id FROM (
    SELECT issuer_id, issuer, region_code FROM temp.gone_coverage
    EXCEPT SELECT issuer_id, issuer, region_code FROM temp.new_coverage)
UNION SELECT issuer_id FROM (
    SELECT issuer_id, issuer, region_code FROM temp.new_coverage
    EXCEPT SELECT issuer_id, issuer, region_code FROM temp.gone_coverage);
CREATE TEMP TABLE gone_issuer_places AS
SELECT * FROM main.issuer_places WHERE issuer_id IN temp.placed_anew;
DELETE FROM main.issuer_places WHERE issuer_id IN temp.placed_anew;
"""

_BODIES = """
SELECT id, name, region_code FROM main.issuers WHERE id IN temp.placed_anew
UNION
SELECT issuer_id, issuer, region_code FROM main.known_bodies
WHERE issuer_id IN temp.placed_anew AND issuer_id NOT IN (SELECT id FROM main.issuers)
ORDER BY 1
"""


def _write_places(db: Database) -> None:
    for issuer, name, code in db.rows(_BODIES):
        # The name stands for itself: a body without a code is found by it alone.
        places = {name: code} | {region.name: region.code for region in divisions_of(code)}
        rows = [(issuer, place, of) for place, of in sorted(places.items())]
        db.insert_rows("main.issuer_places", ("issuer_id", "place", "code"), rows)
