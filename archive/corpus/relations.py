"""Relations: one document points to another.

A relation belongs to the document that points. When documents change, those that point at them, or that
could, are recomputed too, so that the relations are a function of the corpus and not of how it grew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.across_years import check_years
from archive.corpus.answers import answer_plans, note_items
from archive.corpus.tasks import note_tasks
from archive.corpus.yearly import compare_years
from pipelines.metadata.doc_numbers import find_citations

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_AFFECTED = """
SELECT from_document_id FROM relations
      WHERE to_document_id = ?1 AND kind NOT IN ('same_text', 'implements', 'attachment_of')
UNION SELECT c.document_id FROM documents AS d
      JOIN _citations AS c ON c.doc_number = d.doc_number WHERE d.id = ?1
UNION SELECT later.id FROM documents AS d
      JOIN documents AS later ON later.issuer_id = d.issuer_id AND later.year = d.year + 1
      WHERE d.id = ?1 AND d.kind = 'annual_report' AND later.kind = 'annual_report'
UNION SELECT later.id FROM relations AS r JOIN documents AS file ON file.id = r.from_document_id
      JOIN documents AS later ON later.issuer_id = file.issuer_id AND later.year = file.year + 1
      WHERE r.to_document_id = ?1 AND r.kind = 'attachment_of'
        AND file.kind = 'annual_report' AND later.kind = 'annual_report'
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
SELECT ?1, document_id, 'previous_year', (year + 1) || ' → ' || year
FROM primary_reports WHERE issuer_id = ?2 AND year = ?3
"""

_MOVED_TO = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, score, evidence)
SELECT ?1, h.evidence ->> '$.to_document', 'moved_to', 1.0, h.evidence
FROM documents AS d JOIN changes AS h ON h.document_id = d.id AND h.kind = 'moved'
WHERE d.id = ?1 AND d.status = 'moved'
ORDER BY h.observed_at DESC, h.capture_id DESC LIMIT 1
"""

# The first by the corpus's total order stands for all that carry the same text, so that copies stay linear.
_SAME_TEXT = """
SELECT d.id FROM versions AS v JOIN documents AS d ON d.current_version_id = v.id
WHERE v.text_sha256 = ? AND v.chars > 0
ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url
"""


def relate_documents(connection: sqlite3.Connection, documents: Iterable[str]) -> None:
    """Recompute the relations of the documents that changed and of those that point at them.

    With them the tasks and items of those that changed, the checks of all of them against the year before,
    and which items of plans they speak of.

    Args:
        connection: the corpus, within a transaction.
        documents: ids of the documents that changed.
    """
    changed = list(documents)
    for document in changed:
        _note_citations(connection, document)
        note_tasks(connection, document)
        note_items(connection, document)
    affected = set(changed)
    for document in changed:
        affected.update(row[0] for row in connection.execute(_AFFECTED, (document,)))
    for document in sorted(affected):
        _relate(connection, document)
        check_years(connection, document)
        compare_years(connection, document)
    answer_plans(connection, affected, changed)


def _relate(connection: sqlite3.Connection, document: str) -> None:
    connection.execute(
        "DELETE FROM relations WHERE from_document_id = ? AND kind NOT IN ('same_text', 'attachment_of')",
        (document,),
    )
    connection.execute(_CITES, (document,))
    connection.execute(_MOVED_TO, (document,))
    report = connection.execute(
        "SELECT issuer_id, year FROM documents WHERE id = ? AND kind = 'annual_report'", (document,)
    ).fetchone()
    if report and None not in report:
        # As values, and not as a join, so that the view looks at these few rows alone.
        connection.execute(_PREVIOUS_YEAR, (document, report[0], report[1] - 1))


def queue_copies(connection: sqlite3.Connection, document: str, texts: Iterable[str]) -> None:
    """Take a document off its copies, and queue the texts whose copies are to be related again.

    Args:
        connection: the corpus, within a transaction.
        document: the document's id.
        texts: the SHA-256 of those that it carried and carries.
    """
    connection.execute("DELETE FROM relations WHERE from_document_id = ? AND kind = 'same_text'", (document,))
    connection.executemany("INSERT OR IGNORE INTO _to_link VALUES ('text', ?)", [(text,) for text in texts])


def relate_copies(connection: sqlite3.Connection, text_sha256: str) -> None:
    """Recompute which documents carry the same text as another, for one text.

    Args:
        connection: the corpus, within a transaction.
        text_sha256: of the text.
    """
    documents = [row[0] for row in connection.execute(_SAME_TEXT, (text_sha256,))]
    connection.executemany(
        "DELETE FROM relations WHERE from_document_id = ? AND kind = 'same_text'",
        [(document,) for document in documents],
    )
    connection.executemany(
        "INSERT INTO relations (from_document_id, to_document_id, kind, score, evidence) "
        "VALUES (?, ?, 'same_text', 1.0, ?)",
        [(document, documents[0], text_sha256) for document in documents[1:]],
    )


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
