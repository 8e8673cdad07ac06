"""Lets tests and benchmarks write texts and passages as the public tables show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def accept_wide_rows(db: sqlite3.Connection) -> None:
    """Take what this connection inserts into the views of texts and passages into the tables behind them.

    A version's own `text` is left out: it is that of its occurrences.
    """
    db.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
    for view, statement in _STATEMENTS.items():
        db.execute(f"CREATE TEMP TRIGGER {view}_rows INSTEAD OF INSERT ON main.{view} BEGIN {statement}; END")


_STATEMENTS = {
    "versions": """
        INSERT INTO stored_versions (
            id, document_id, capture_id, text_sha256, chars, tail, form, tables, extractor, encoding, notes,
            pages, apart, confidence, first_seen, last_seen
        ) VALUES (
            new.id, new.document_id, new.capture_id, new.text_sha256, new.chars, new.tail, new.form,
            ifnull(new.tables, '[]'), new.extractor, new.encoding, ifnull(new.notes, '[]'),
            ifnull(new.pages, '[]'), ifnull(new.apart, '[]'), new.confidence, new.first_seen, new.last_seen
        )""",
    "sections": """
        INSERT INTO stored_sections (id, text, chars, normalised_sha256, skeleton)
        VALUES (new.id, new.text, new.chars, from_hex(new.normalised_sha256), new.skeleton)""",
    "occurrences": """
        INSERT INTO stored_occurrences
        SELECT v.number, new.position, s.number, new.heading_path, 0, new.level, new.lead, new.raw, new.page
        FROM stored_versions AS v, stored_sections AS s
        WHERE v.id = new.version_id AND s.id = new.section_id""",
    "section_links": """
        INSERT INTO stored_section_links
        SELECT a.number, b.number, new.kind, (
            SELECT json_group_array(
                json_array(value ->> 'sort', value ->> 'a', value ->> 'b', value ->> 'at'))
            FROM json_each(new.differences))
        FROM stored_sections AS a, stored_sections AS b
        WHERE a.id = new.section_a AND b.id = new.section_b""",
}
