"""The page of a document, that of one of its texts, and that of a capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages import repetition
from gongkai.web.pages.evidence_pages import CAPTURE as _CAPTURE
from gongkai.web.pages.evidence_pages import OF_CAPTURE
from gongkai.web.pages.page import read_answers
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of a document that is not read yet, the newest capture that brought it proves what waits; of a suppressed
# one nothing is led to.
_DOCUMENT = {
    "document": """
        SELECT d.*, i.name AS issuer_name, i.region_code AS issuer_region, p.name AS portal_name,
               v.form, v.confidence,
               CASE WHEN v.id IS NULL AND d.read_reason IS NOT 'suppressed' THEN (
                   SELECT id FROM captures WHERE document_id = d.id AND outcome = 'ok'
                   ORDER BY fetched_at DESC, id LIMIT 1) ELSE v.capture_id END AS capture_id
        FROM documents AS d LEFT JOIN versions AS v ON v.id = d.current_version_id
        LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN portals AS p ON p.id = d.portal_id
        WHERE d.id = :id""",
}

# `primary_reports` looks at few rows where it is asked for one issuer and year as values, else at all.
_OF_DOCUMENT = {
    **repetition.DOCUMENT,
    "facts": """
        SELECT * FROM facts WHERE version_id = :version AND table_key IN ('t2', 't3', 't4')
        ORDER BY table_key, table_no, ordinal LIMIT 2000""",
    "checks": """
        SELECT * FROM checks WHERE version_id = :version
        ORDER BY severity, check_id, table_no, place LIMIT 2000""",
    "versions": "SELECT id, chars, first_seen FROM versions WHERE document_id = :id ORDER BY first_seen, id",
    "captures": "SELECT * FROM captures WHERE document_id = :id ORDER BY fetched_at DESC, id LIMIT 10",
    "evidence": OF_CAPTURE.format(capture=":capture"),
    "stands": """
        SELECT year, renditions, why FROM primary_reports
        WHERE issuer_id = :issuer AND year = :year AND document_id = :id""",
    "stands_instead": """
        SELECT document_id AS id, title, url, why FROM primary_reports
        WHERE issuer_id = :issuer AND year = :year AND document_id <> :id AND :kind = 'annual_report'""",
    "attachments": """
        SELECT a.name, a.url, a.how, a.written, o.id, o.title, o.read_state, o.read_reason,
               (SELECT c.outcome FROM captures AS c WHERE c.url = a.url
                ORDER BY c.fetched_at DESC, c.id LIMIT 1) AS outcome
        FROM attachments AS a LEFT JOIN documents AS o ON o.id = a.attachment_id
        WHERE a.version_id = :version ORDER BY a.position""",
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
"""The parts of a document's page, each with the query that answers it; `:id` is the document's, the others
are columns of its row."""

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


async def read(database: Any, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a document's page by their names: rows, and the divisions that its body lies in.

    Args:
        database: Datasette's.
        identity: `id`, the document's.
    """
    found = await read_answers(database, _DOCUMENT, identity)
    [it] = found["document"]
    values = {
        **identity,
        "version": it["current_version_id"],
        "capture": it["capture_id"],
        "issuer": it["issuer_id"],
        "year": it["year"],
        "kind": it["kind"],
    }
    answers = await read_answers(database, _OF_DOCUMENT, values)
    return {**found, **answers, "region": divisions_of(it["issuer_region"])}
