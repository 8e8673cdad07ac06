"""Renditions of one report, held against each other: a page and what is attached to it, files of one page.

    attachment_of ─▶ documents near a document ─ of the same body and year, both with tables ─▶ checks of both

Each of two renditions has the results, its own cells first, so that they stand with whichever is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.facts import insert_checks, load_facts
from pipelines.checks.renditions import RENDITION_MISMATCH, check_renditions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_NEAR = """
SELECT to_document_id FROM relations WHERE from_document_id = ?1 AND kind = 'attachment_of'
UNION SELECT from_document_id FROM relations WHERE to_document_id = ?1 AND kind = 'attachment_of'
UNION SELECT other.from_document_id
      FROM relations AS own JOIN relations AS other
          ON other.to_document_id = own.to_document_id AND other.kind = 'attachment_of'
      WHERE own.from_document_id = ?1 AND own.kind = 'attachment_of'
"""

_FORMERLY_NEAR = """
SELECT v.document_id FROM checks AS c JOIN versions AS v ON v.id = c.other_version_id
WHERE c.document_id = ? AND c.check_id = ?
"""

# A page may have the reports of other bodies and years attached; those are not its own in another rendition.
_RENDITIONS = f"""
SELECT d.current_version_id, o.current_version_id
FROM documents AS d JOIN documents AS o
    ON o.id IN ({_NEAR}) AND o.id <> d.id
    AND o.kind = d.kind AND o.issuer_id = d.issuer_id AND o.year = d.year
WHERE d.id = ?1 AND d.kind = 'annual_report'
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = d.current_version_id)
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = o.current_version_id)
ORDER BY o.id
"""  # noqa: S608  another constant of this module


def compare_renditions(connection: sqlite3.Connection, documents: Iterable[str]) -> None:
    """Recompute how documents and their other renditions differ, for both of each two.

    Args:
        connection: the corpus, within a transaction; documents and attachments are up to date.
        documents: those that changed, or came to be attached, or are attached no longer.
    """
    changed = set(documents)
    affected = set(changed)
    for document in changed:
        affected.update(row[0] for row in connection.execute(_NEAR, (document,)))
        affected.update(row[0] for row in connection.execute(_FORMERLY_NEAR, (document, RENDITION_MISMATCH)))
    for document in sorted(affected):
        _compare(connection, document)


def _compare(connection: sqlite3.Connection, document: str) -> None:
    connection.execute(
        "DELETE FROM checks WHERE document_id = ? AND check_id = ?", (document, RENDITION_MISMATCH)
    )
    renditions = connection.execute(_RENDITIONS, (document,)).fetchall()
    for place, (version, other) in enumerate(renditions):
        facts, others = load_facts(connection, version), load_facts(connection, other)
        checks = check_renditions(facts, others, place)
        insert_checks(connection, document, version, checks, other)
