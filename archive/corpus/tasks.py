"""Assigned tasks of plans: those of a document's current version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.versions import PATH_SEPARATOR
from pipelines.records import Kind, Passage
from pipelines.tasks.finding import find_tasks

if TYPE_CHECKING:
    import sqlite3

_PLAN = "SELECT current_version_id, year FROM documents WHERE id = ? AND kind = ?"

_PASSAGES = """
SELECT o.lead, coalesce(o.raw, s.text), o.heading_path, o.level, o.section_id
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ? ORDER BY o.position
"""

_INSERT = """
INSERT INTO tasks (
    document_id, position, heading_path, text, lead, responsible, deadline_text, deadline, section_id, passage
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def note_tasks(connection: sqlite3.Connection, document: str) -> None:
    """Recompute the tasks of a document; one that is no plan has none.

    Args:
        connection: the corpus, within a transaction.
        document: the document's id.
    """
    connection.execute("DELETE FROM tasks WHERE document_id = ?", (document,))
    plan = connection.execute(_PLAN, (document, Kind.TASK_PLAN.value)).fetchone()
    if plan is None:
        return
    version, year = plan
    rows = connection.execute(_PASSAGES, (version,)).fetchall()
    passages = [
        Passage(lead, raw, tuple(path.split(PATH_SEPARATOR)) if path else (), level)
        for lead, raw, path, level, _ in rows
    ]
    connection.executemany(
        _INSERT,
        [
            (
                document,
                task.position,
                PATH_SEPARATOR.join(task.heading_path),
                task.text,
                task.lead,
                task.responsible,
                task.deadline_text,
                task.deadline.isoformat() if task.deadline else None,
                rows[task.passage][-1],
                task.passage,
            )
            for task in find_tasks(passages, year)
        ],
    )
