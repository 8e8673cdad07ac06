"""What an attachment is called where its text gives no title: by its article, else by its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.attachments.link_targets import file_name
from pipelines.metadata.fields import Source

if TYPE_CHECKING:
    import sqlite3

_NAMES = """
SELECT c.list_title, r.file_name, c.url
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id AND c.role = 'attachment' AND c.outcome IN ('ok', 'not_modified')
JOIN _readings AS r ON r.url = c.url AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
WHERE a.document_id = ? ORDER BY c.fetched_at DESC, c.id DESC
"""


def name_attachment(connection: sqlite3.Connection, document: str) -> tuple[str, Source] | None:
    """Return the name of an attachment and where it is stated; None for what was not fetched as one.

    Args:
        connection: the corpus.
        document: the document's id.
    """
    rows = connection.execute(_NAMES, (document,)).fetchall()
    if not rows:
        return None
    for column, source in ((0, Source.LIST), (1, Source.FILE)):
        named = next((row[column] for row in rows if row[column]), None)
        if named:
            return str(named), source
    named = file_name(rows[0][2])
    return (named, Source.FILE) if named else None
