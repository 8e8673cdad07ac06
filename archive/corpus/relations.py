"""Relations: one document points to another.

A relation belongs to the document that points. When documents change, those that point at them, or that
could, are recomputed too, so that the relations are a function of the corpus and not of how it grew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.citations import find_citations

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_AFFECTED = """
SELECT from_document_id FROM relations WHERE to_document_id = ?1
UNION SELECT c.document_id FROM documents AS d
      JOIN _citations AS c ON c.doc_number = d.doc_number WHERE d.id = ?1
UNION SELECT later.id FROM documents AS d
      JOIN documents AS later ON later.issuer_id = d.issuer_id AND later.year = d.year + 1 WHERE d.id = ?1
UNION SELECT twin.document_id FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id
      JOIN versions AS twin ON twin.text_sha256 = v.text_sha256 WHERE d.id = ?1
UNION SELECT a.document_id FROM captures AS c JOIN captures AS r ON r.location = c.url
      JOIN _addresses AS a ON a.capture_id = r.id WHERE c.document_id = ?1
"""

_CITES = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, from_position, evidence)
SELECT c.document_id, d.id, 'cites', c.position, c.doc_number
FROM _citations AS c LEFT JOIN documents AS d ON d.doc_number = c.doc_number AND d.id <> c.document_id
WHERE c.document_id = ?1
  AND c.doc_number IS NOT (SELECT doc_number FROM documents WHERE id = ?1)
"""

_PREVIOUS_YEAR = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, evidence)
SELECT d.id, p.document_id, 'previous_year', d.year || ' → ' || p.year
FROM documents AS d JOIN primary_reports AS p ON p.issuer_id = d.issuer_id AND p.year = d.year - 1
WHERE d.id = ?1 AND d.kind = 'annual_report'
"""

# The first by the corpus's total order stands for all that carry the same text, so that copies stay linear.
_SAME_TEXT = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, score, evidence)
SELECT ?1, first.id, 'same_text', 1.0, v.text_sha256
FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id
JOIN documents AS first ON first.id = (
    SELECT other.id FROM versions AS twin JOIN documents AS other ON other.current_version_id = twin.id
    WHERE twin.text_sha256 = v.text_sha256
    ORDER BY other.year IS NULL, other.year, other.published_on IS NULL, other.published_on, other.url LIMIT 1
)
WHERE d.id = ?1 AND first.id <> ?1 AND v.chars > 0
"""

_MOVED_TO = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, evidence)
SELECT ?1, (SELECT t.document_id FROM captures AS t WHERE t.url = c.location AND t.document_id <> ?1 LIMIT 1),
       'moved_to', c.location
FROM documents AS d JOIN captures AS c ON c.document_id = d.id
WHERE d.id = ?1 AND d.status = 'moved' AND c.outcome = 'redirected'
ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1
"""


def relate_documents(connection: sqlite3.Connection, documents: Iterable[str]) -> None:
    """Recompute the relations of the documents that changed and of those that point at them.

    Args:
        connection: the corpus, within a transaction.
        documents: ids of the documents that changed.
    """
    changed = list(documents)
    for document in changed:
        _note_citations(connection, document)
    affected = set(changed)
    for document in changed:
        affected.update(row[0] for row in connection.execute(_AFFECTED, (document,)))
    for document in sorted(affected):
        connection.execute("DELETE FROM relations WHERE from_document_id = ?", (document,))
        for rule in (_CITES, _PREVIOUS_YEAR, _SAME_TEXT, _MOVED_TO):
            connection.execute(rule, (document,))


def _note_citations(connection: sqlite3.Connection, document: str) -> None:
    connection.execute("DELETE FROM _citations WHERE document_id = ?", (document,))
    passages = connection.execute(
        """
        SELECT o.position, coalesce(o.raw, s.text)
        FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id
        JOIN sections AS s ON s.id = o.section_id
        WHERE d.id = ? ORDER BY o.position
        """,
        (document,),
    ).fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO _citations (document_id, position, doc_number) VALUES (?, ?, ?)",
        [(document, position, number) for position, text in passages for number in find_citations(text)],
    )
