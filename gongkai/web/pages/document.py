"""The page of a document, that of one of its texts, and that of a capture."""

from __future__ import annotations

from gongkai.web.pages import repetition
from gongkai.web.pages.archived import CAPTURE as _CAPTURE
from gongkai.web.pages.archived import OF_CAPTURE

DOCUMENT = {
    "document": """
        SELECT d.*, i.name AS issuer_name, p.name AS portal_name, v.form, v.confidence
        FROM documents AS d LEFT JOIN versions AS v ON v.id = d.current_version_id
        LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN portals AS p ON p.id = d.portal_id
        WHERE d.id = :id""",
    **repetition.DOCUMENT,
    "facts": """
        SELECT * FROM facts
        WHERE version_id = (SELECT current_version_id FROM documents WHERE id = :id)
          AND table_key IN ('t2', 't3', 't4')
        ORDER BY table_key, table_no, ordinal LIMIT 2000""",
    "checks": """
        SELECT * FROM checks
        WHERE version_id = (SELECT current_version_id FROM documents WHERE id = :id)
        ORDER BY severity, check_id, table_no, place LIMIT 2000""",
    "versions": "SELECT id, chars, first_seen FROM versions WHERE document_id = :id ORDER BY first_seen, id",
    "captures": "SELECT * FROM captures WHERE document_id = :id ORDER BY fetched_at DESC, id LIMIT 10",
    "evidence": OF_CAPTURE.format(
        capture="""(
        SELECT v.capture_id FROM documents AS this JOIN versions AS v ON v.id = this.current_version_id
        WHERE this.id = :id)"""
    ),
    "stands": "SELECT year, renditions, why FROM primary_reports WHERE document_id = :id",
    "stands_instead": """
        SELECT r.document_id AS id, r.title, r.url, r.why FROM documents AS d
        JOIN primary_reports AS r ON r.issuer_id = d.issuer_id AND r.year = d.year AND r.document_id <> d.id
        WHERE d.id = :id AND d.kind = 'annual_report'""",
    "attachments": """
        SELECT a.name, a.url, a.how, a.written, o.id, o.title, o.read_state, o.read_reason,
               (SELECT c.outcome FROM captures AS c WHERE c.url = a.url
                ORDER BY c.fetched_at DESC, c.id LIMIT 1) AS outcome
        FROM attachments AS a LEFT JOIN documents AS o ON o.id = a.attachment_id
        WHERE a.version_id = (SELECT current_version_id FROM documents WHERE id = :id)
        ORDER BY a.position""",
    "relations": """
        SELECT r.kind, r.evidence, o.id, o.title, o.url, r.from_document_id = :id AS outward,
               group_concat(r.from_position) AS positions
        FROM relations AS r
        LEFT JOIN documents AS o
            ON o.id = CASE WHEN r.from_document_id = :id THEN r.to_document_id ELSE r.from_document_id END
        WHERE :id IN (r.from_document_id, r.to_document_id) AND r.kind <> 'implements'
          AND (r.kind <> 'attachment_of' OR r.from_document_id = :id)
        GROUP BY outward, r.kind, o.id, CASE WHEN o.id IS NULL THEN r.evidence END
        ORDER BY outward DESC, r.kind, o.url, r.evidence LIMIT 100""",
}
"""The parts of a document's page, each with the query that answers it; `:id` is the document's."""

VERSION = {
    "version": """
        SELECT v.id, v.document_id, v.chars, v.first_seen, v.last_seen, d.title, d.url,
               d.current_version_id = v.id AS current, v.confidence
        FROM versions AS v JOIN documents AS d ON d.id = v.document_id WHERE v.id = :id""",
    **repetition.VERSION,
    "evidence": OF_CAPTURE.format(capture="(SELECT capture_id FROM versions WHERE id = :id)"),
}
"""The parts of a text's page; `:id` is the version's."""

CAPTURE = {"evidence": _CAPTURE}
"""The parts of a capture's page; `:id` is the record's."""

FACT = {
    "document": """
        SELECT d.id, d.title, d.url FROM facts AS f JOIN documents AS d ON d.id = f.document_id
        WHERE f.id = :id"""
}
"""The parts of the page of a row of `facts`, which leads to its proof; `:id` is the fact's."""
