"""Lets tests and benchmarks write texts, passages, cells and checks as the public tables show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.facts import KNOWN_CELL, split_id
from pipelines.identity import text_sha256

if TYPE_CHECKING:
    import sqlite3


def accept_wide_rows(db: sqlite3.Connection) -> None:
    """Take what this connection inserts into public views into the tables behind them.

    A version's own `text` is left out: it is that of its occurrences.
    """
    db.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
    db.create_function("digest_of", 1, lambda it: split_id(text_sha256(it)[:24])[1], deterministic=True)
    db.create_function("prefix_of", 1, lambda it: split_id(it)[0], deterministic=True)
    db.create_function("tail_of", 1, lambda it: split_id(it)[1], deterministic=True)
    for view, statement in _STATEMENTS.items():
        db.execute(f"CREATE TEMP TRIGGER {view}_rows INSTEAD OF INSERT ON main.{view} BEGIN {statement}; END")


_STATEMENTS = {
    # Each cell and each check has an entry of its own.
    "facts": f"""
        INSERT INTO known_cells (digest, {", ".join(KNOWN_CELL)})
        VALUES (digest_of(new.id), {", ".join(f"new.{column}" for column in KNOWN_CELL)});
        INSERT OR IGNORE INTO known_places
        SELECT number, ifnull(new.position, -1), new.position,
               (SELECT number FROM stored_sections WHERE id = new.section_id)
        FROM stored_versions WHERE id = new.version_id;
        INSERT INTO stored_facts
        SELECT number, new.table_key, new.table_no, new.ordinal,
               (SELECT number FROM known_cells WHERE digest = digest_of(new.id)), prefix_of(new.id),
               tail_of(new.id), ifnull(new.position, -1), new.value, nullif(new.raw, new.value),
               new.confidence, NULL
        FROM stored_versions WHERE id = new.version_id""",  # noqa: S608  names of ours
    "checks": """
        INSERT INTO known_statements (
            digest, table_key, table_no, check_id, severity, outcome, cells, explained_by, message_zh,
            message_en
        ) VALUES (
            digest_of(new.id), new.table_key, new.table_no, new.check_id, new.severity, new.outcome, (
                SELECT json_group_array(
                    json_array(f.table_key, f.table_no, f.ordinal, f.version_id <> new.version_id))
                FROM json_each(new.cells) AS cell JOIN facts AS f ON f.id = cell.value
            ), new.explained_by, replace(new.message_zh, '{', '{}'), replace(new.message_en, '{', '{}')
        );
        INSERT INTO stored_checks
        SELECT v.number, (SELECT number FROM known_statements WHERE digest = digest_of(new.id)), new.place,
               prefix_of(new.id), tail_of(new.id), new.left_value, new.right_value, new.difference,
               (SELECT number FROM stored_versions WHERE id = new.other_version_id)
        FROM stored_versions AS v WHERE v.id = new.version_id""",
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
                json_array(
                    iif(value ->> 'sort' = 'figure', 0, value ->> 'sort'),
                    value ->> 'a', value ->> 'b', value ->> 'at'))
            FROM json_each(new.differences))
        FROM stored_sections AS a, stored_sections AS b
        WHERE a.id = new.section_a AND b.id = new.section_b""",
}
