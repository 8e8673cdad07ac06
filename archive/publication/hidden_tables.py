"""Where tables stand in a text once a passage of it is hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def shift_tables(db: sqlite3.Connection, section: str, mark: str) -> None:
    """Note where tables will stand in the texts of a copy in which a passage is about to be hidden.

    Args:
        db: the copy; the passage is still in its place.
        section: the passage's id.
        mark: what will stand in its place.
    """
    versions = db.execute(
        """SELECT id, tables FROM versions
           WHERE tables <> '[]' AND id IN (SELECT version_id FROM occurrences WHERE section_id = ?)""",
        (section,),
    )
    for version, tables in versions.fetchall():
        passages = db.execute(
            """SELECT lead, ifnull(raw, text), section_id = ? FROM occurrences
               JOIN sections ON sections.id = section_id WHERE version_id = ? ORDER BY position""",
            (section, version),
        )
        shifted = shifted_spans(json.loads(tables), _hidden_spans(passages), len(mark))
        db.execute("UPDATE versions SET tables = ? WHERE id = ?", (json.dumps(shifted), version))


def _hidden_spans(passages: Iterable[tuple[str, str, int]]) -> list[Span]:
    spans, end = [], 0
    for lead, text, is_hidden in passages:
        start = end + len(lead)
        end = start + len(text)
        if is_hidden:
            spans.append((start, end))
    return spans


def shifted_spans(spans: Sequence[Span], hidden: Sequence[Span], mark_length: int) -> list[Span]:
    """Return where spans stand once hidden ones, in order, are marks; what is hidden falls out."""
    shifted = []
    for start, end in spans:
        shift, at = 0, start
        for first, last in hidden:
            if last > at and first < end:
                shifted.append((at + shift, first + shift))
                at = last
            if first < end:
                shift += mark_length - (last - first)
        shifted.append((at + shift, end + shift))
    return [(start, end) for start, end in shifted if start < end]
