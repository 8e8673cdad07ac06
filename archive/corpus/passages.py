"""The passages of a stored version, as they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.text.outline import Passage

if TYPE_CHECKING:
    import sqlite3

PATH_SEPARATOR = " › "
"""Stands between the titles of `occurrences.heading_path`."""

_OF_VERSION = """
SELECT o.lead, coalesce(o.raw, s.text), o.heading_path, o.level, o.section_id
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ? ORDER BY o.position
"""


def load_passages(connection: sqlite3.Connection, version: str) -> tuple[list[Passage], list[str]]:
    """Return the passages of a version in order, and the ids of their sections."""
    rows = connection.execute(_OF_VERSION, (version,)).fetchall()
    passages = [Passage(lead, raw, split_path(path), level) for lead, raw, path, level, _ in rows]
    return passages, [row[-1] for row in rows]


def split_path(path: str) -> tuple[str, ...]:
    """Return the titles of a heading path, from the first level down."""
    return tuple(path.split(PATH_SEPARATOR)) if path else ()
