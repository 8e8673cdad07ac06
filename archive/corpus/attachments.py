"""What articles have attached, and which of it is held.

    readings of an article ─▶ attachments of each of its versions ─ address, redirects ─▶ the document there
                                                                                └▶ relations: attachment_of

A version has what any of its readings found, in the order in which it was first seen: the same text may link
to another file one night. Rows are tied to documents by address, through redirects, and again whenever an
article, a file or a redirect between them arrives; so it does not matter which came first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.identity import document_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from pipelines.attachments.records import Attachment

MOST_HOPS = 5
"""Redirects between what a page links to and the file: as many as are followed."""

_FOUND = """
SELECT r.version_id, r.attachments
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id AND c.outcome IN ('ok', 'not_modified')
JOIN _readings AS r ON r.url = c.url AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
WHERE a.document_id = ? AND r.version_id IS NOT NULL AND r.attachments <> '[]'
GROUP BY r.url, r.source_id ORDER BY min(c.fetched_at), min(c.id)
"""

# Articles whose attachments are at an address, or are led to it.
_ARTICLES = """
WITH RECURSIVE leading (id, hops) AS (
    SELECT ?1, 0
    UNION
    SELECT a.document_id, l.hops + 1 FROM leading AS l
    JOIN _redirects AS r ON r.to_document_id = l.id JOIN _addresses AS a ON a.capture_id = r.capture_id
    WHERE l.hops < ?2
)
SELECT DISTINCT t.document_id FROM leading AS l JOIN _attached AS t ON t.target_id = l.id
"""

_NEWEST_REDIRECT = """
SELECT r.to_document_id FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id JOIN _redirects AS r ON r.capture_id = c.id
WHERE a.document_id = ? ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1
"""

_TIE = "UPDATE attachments SET attachment_id = ?1 WHERE version_id = ?2 AND position = ?3"

_RELATE = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, evidence)
SELECT attachment_id, document_id, 'attachment_of', min(url) FROM attachments
WHERE document_id = ? AND attachment_id IS NOT NULL GROUP BY attachment_id
"""

Row = tuple[str | None, str | None, str, str]
"""Address, name, by what it was found, what the page has."""


def attachments_json(attachments: Iterable[Attachment]) -> str:
    """Return attachments as the corpus keeps them with their reading."""
    return json.dumps([[each.url, each.name or None, each.how.value, each.written] for each in attachments])


def note_attachments(connection: sqlite3.Connection, documents: Iterable[str]) -> set[str]:
    """Recompute the attachments of documents, and tie to them what articles have attached.

    Args:
        connection: the corpus, within a transaction; the documents are up to date.
        documents: the addresses that were linked, whether a document is held there or not.

    Returns:
        The articles that have other files attached than before, and those that came or went.
    """
    affected: set[str] = set()
    for document in documents:
        if _write_attachments(connection, document):
            affected.add(document)
        affected.update(row[0] for row in connection.execute(_ARTICLES, (document, MOST_HOPS)))
    tied: set[str] = set()
    for article in sorted(affected):
        before = _files_of(connection, article)
        _tie(connection, article)
        if other := before ^ _files_of(connection, article):
            tied |= {article, *other}
    return tied


def _files_of(connection: sqlite3.Connection, article: str) -> set[str]:
    """Return the documents that are attached to an article."""
    rows = connection.execute(
        "SELECT from_document_id FROM relations WHERE to_document_id = ? AND kind = 'attachment_of'",
        (article,),
    )
    return {row[0] for row in rows}


def _write_attachments(connection: sqlite3.Connection, document: str) -> bool:
    """Write the rows of an article, tied to nothing yet; return whether there are or were any."""
    removed = connection.execute("DELETE FROM attachments WHERE document_id = ?", (document,)).rowcount
    connection.execute("DELETE FROM _attached WHERE document_id = ?", (document,))
    versions: dict[str, dict[str, Row]] = {}
    for version, found in connection.execute(_FOUND, (document,)):
        shown = versions.setdefault(version, {})
        for row in json.loads(found):
            shown.setdefault(_key(row), tuple(row))
    for version, shown in versions.items():
        for position, row in enumerate(shown.values()):
            _insert(connection, document, version, position, row)
    return bool(removed or versions)


def _insert(connection: sqlite3.Connection, document: str, version: str, position: int, row: Row) -> None:
    connection.execute(
        "INSERT INTO attachments (document_id, version_id, position, url, name, how, written) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (document, version, position, *map(_printable, row)),
    )
    target = _target(row[0])
    if target is not None and target != document:
        connection.execute("INSERT INTO _attached VALUES (?, ?, ?, ?)", (version, position, document, target))


def _tie(connection: sqlite3.Connection, article: str) -> None:
    """Tie each attachment of an article to the document at its address, and relate those to it."""
    targets = connection.execute(
        "SELECT version_id, position, target_id FROM _attached WHERE document_id = ?", (article,)
    ).fetchall()
    held = {target: _held(connection, target, article) for target in {row[2] for row in targets}}
    connection.executemany(_TIE, [(held[target], version, position) for version, position, target in targets])
    connection.execute(
        "DELETE FROM relations WHERE to_document_id = ? AND kind = 'attachment_of'", (article,)
    )
    connection.execute(_RELATE, (article,))


def _held(connection: sqlite3.Connection, target: str, article: str) -> str | None:
    """Return the document at an address, or where its newest redirects lead; None where none is held."""
    for _ in range(MOST_HOPS + 1):
        if target == article:
            return None  # a link that leads back to where it stands
        if connection.execute("SELECT 1 FROM documents WHERE id = ?", (target,)).fetchone():
            return target
        row: tuple[Any] | None = connection.execute(_NEWEST_REDIRECT, (target,)).fetchone()
        if row is None:
            return None
        target = str(row[0])
    return None


def _key(row: Row) -> str:
    return _target(row[0]) or row[3]


def _target(url: str | None) -> str | None:
    try:
        return document_id(canonical_address(url)) if url else None
    except AddressUnusable:
        return None


def _printable(text: str | None) -> str | None:
    """Write half a surrogate pair, which no database takes, as the sign for a lost character."""
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
