"""Checks of a report against that of the year before.

They belong to the later report's current version. Which report stands for the year before is the relation
`previous_year`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.facts import insert_checks, load_facts
from pipelines.checks.across_years import check_across_years
from pipelines.checks.cell_checks import RENDITION_MISMATCH

if TYPE_CHECKING:
    import sqlite3

# Reports without tables have nothing to be compared.
_YEARS = """
SELECT d.year, d.current_version_id, b.current_version_id
FROM documents AS d
JOIN relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
JOIN documents AS b ON b.id = r.to_document_id
WHERE d.id = ? AND EXISTS (SELECT 1 FROM facts WHERE version_id = d.current_version_id)
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = b.current_version_id)
"""


def check_years(connection: sqlite3.Connection, document: str) -> None:
    """Recompute the checks of a document against the year before; one that has none before it has none.

    Args:
        connection: the corpus, within a transaction; the relations of the document are up to date.
        document: the document's id.
    """
    connection.execute(
        "DELETE FROM checks WHERE document_id = ? AND other_version_id IS NOT NULL AND check_id <> ?",
        (document, RENDITION_MISMATCH),
    )
    years = connection.execute(_YEARS, (document,)).fetchone()
    if years is not None:
        year, version, before = years
        checks = check_across_years(load_facts(connection, version), load_facts(connection, before), year)
        insert_checks(connection, document, version, checks, before)
