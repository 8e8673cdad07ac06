"""Assigned tasks of plans: those of a document's current version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.passages import PATH_SEPARATOR, load_passages
from pipelines.metadata.fields import Kind
from pipelines.tasks.finding import find_tasks

if TYPE_CHECKING:
    import sqlite3

_PLAN = "SELECT current_version_id, year FROM documents WHERE id = ? AND kind = ?"

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
    passages, sections = load_passages(connection, version)
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
                sections[task.passage],
                task.passage,
            )
            for task in find_tasks(passages, year)
        ],
    )
