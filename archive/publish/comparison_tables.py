"""The views that compare reports, written down as tables of the published copy.

A page asks for a table several times, for its rows, its count and its facets, and working these views out
over all reports takes about as long as one answer may. They are worked out over the copy, after suppression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.publish.public_tables import quoted

if TYPE_CHECKING:
    import sqlite3

COMPARISONS = {
    "applications_by_year": ("issuer_id", "year"),
    "outcomes_by_year": ("issuer_id", "year"),
    "litigation_by_year": ("issuer_id", "year"),
    "rates_by_report": ("measure", "issuer_id", "year"),
    "cells_by_table": ("document_id", "table_key"),
    "changed_figures": ("observed_at", "fact"),
    "check_failures": ("id",),
    "copied_from": ("document_id", "source_id"),
    "first_places": ("section_id",),
    "most_repeated": ("section_id",),
    "first_alike": ("section_id", "kind"),
    "parts_by_report": ("document_id", "heading"),
    "alike_reports": ("document_id", "source_id"),
}
"""The views and what tells their rows apart."""

_INDEXES = {
    "copied_from": ("prose_share", "is_previous_year", "year"),
    "most_repeated": ("bodies",),
    "parts_by_report": ("heading",),
    "alike_reports": ("alike_share",),
}
"""By what the largest of them are sorted and counted."""

_KINDS = {
    "issuer_id": "TEXT REFERENCES issuers (id)",
    "document_id": "TEXT REFERENCES documents (id)",
    "version_id": "TEXT REFERENCES versions (id)",
    "previous_version_id": "TEXT REFERENCES versions (id)",
    **dict.fromkeys(("fact", "previous_fact"), "TEXT REFERENCES facts (id)"),
    **dict.fromkeys(("observed_at", "row_label", "column_label", "raw", "previous_raw"), "TEXT"),
    **dict.fromkeys(("value", "previous_value"), "TEXT"),
    "other_version_id": "TEXT REFERENCES versions (id)",
    "source_id": "TEXT REFERENCES documents (id)",
    "source_issuer_id": "TEXT REFERENCES issuers (id)",
    "section_id": "TEXT REFERENCES sections (id)",
    "first_section_id": "TEXT REFERENCES sections (id)",
    "kind": "TEXT",
    "first_document_id": "TEXT REFERENCES documents (id)",
    "first_version_id": "TEXT REFERENCES versions (id)",
    **dict.fromkeys(("year", "source_year", "first_year"), "INTEGER"),
    "table_no": "INTEGER",
    "explains": "INTEGER",
    "failing_checks": "INTEGER",
    **dict.fromkeys(
        ("issuer", "form", "url", "id", "worst_severity", "severity", "check_id", "message_zh", "message_en"),
        "TEXT",
    ),
    **dict.fromkeys(("title", "source_issuer", "source_title", "longest_run"), "TEXT"),
    **dict.fromkeys(("prose_share", "table_share", "rate", "blank_share", "alike_share"), "REAL"),
    **dict.fromkeys(("is_previous_year", "has_statutory_table", "position", "first_position"), "INTEGER"),
    **dict.fromkeys(
        (
            "prose_chars",
            "prose_copied",
            "table_chars",
            "table_copied",
            "places",
            "documents",
            "bodies",
            "years",
            "passages",
            "same_passages",
            "family_passages",
            "distinct_passages",
            "alike_chars",
            "cells",
            "stated",
            "blank",
            "dash",
            "without_value",
        ),
        "INTEGER",
    ),
    **dict.fromkeys(("measure", "unranked", "why", "numerator_fact", "denominator_fact", "heading"), "TEXT"),
    "chars": "INTEGER",
    **dict.fromkeys(("left_value", "right_value", "difference", "table_key"), "TEXT"),
}
_FIGURE = "NUMERIC"
"""What every other column holds: a sum or a rate."""


def write_comparisons(db: sqlite3.Connection) -> None:
    """Write the tables into a copy that has its other tables, indexes and views, with the corpus attached."""
    for name, key in COMPARISONS.items():
        columns = [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?, 'corpus')", (name,))]
        declared = ", ".join(f"{quoted(column)} {_KINDS.get(column, _FIGURE)}" for column in columns)
        db.execute(f"CREATE TABLE main.{name} ({declared}, PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID")
        [(view,)] = db.execute(
            "SELECT sql FROM corpus.sqlite_master WHERE type = 'view' AND name = ?", (name,)
        )
        _, _, question = view.partition(" AS\n")
        db.execute(f"INSERT INTO main.{name} SELECT * FROM ({question}) ORDER BY {', '.join(key)}")  # noqa: S608  of our own schema
        for column in _INDEXES.get(name, ()):
            db.execute(f"CREATE INDEX main.{name}_by_{column} ON {name} ({column})")
