"""What a portal shows for an address that does not exist: which answers are that, and what they judge.

    probe ─▶ _probes ─▶ pages of the same portal and run, queued to be read again
                   └▶ task: judge by the first answer that could tell

The answer is the probe's own, or that of the page to which it was redirected. Pages are judged in the
children, beside being read: whether an answer tells anything shows in its payload alone, so that it does not
matter which of two captures is read first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.reading.tasks import Place
from archive.warc.entries import Role
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN, is_unknown_page

if TYPE_CHECKING:
    from archive.database import Database
    from archive.warc.entries import StoredCapture

_FIRST_ANSWER = f"""
WITH RECURSIVE asked (id) AS (
    SELECT capture_id FROM _probes WHERE run_id = ?1 AND portal_id = ?2 AND is_unknown = 1
    UNION
    SELECT p.capture_id FROM asked AS a JOIN _probes AS p ON p.parent_capture_id = a.id
    WHERE p.run_id = ?1 AND p.portal_id = ?2
)
SELECT p.warc_file, p.warc_offset
FROM asked AS a JOIN captures AS c ON c.id = a.id
JOIN captures AS p ON p.id = iif(c.record_type = 'revisit', c.revisit_of, c.id) AND p.record_type = 'response'
WHERE c.status IN ({", ".join(map(str, sorted(ANSWERS_OF_UNKNOWN)))})
ORDER BY c.fetched_at, c.id LIMIT 1
"""  # noqa: S608  the numbers are constants of the pipelines

_JUDGED = """
FROM captures AS c LEFT JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.run_id = ?1 AND c.portal_id = ?2 AND c.role <> 'probe' AND c.record_type IN ('response', 'revisit')
"""


def note_probe(db: Database, capture: StoredCapture) -> None:
    """Remember a probe of a portal; what it may judge is read again.

    Args:
        db: the corpus, within a transaction.
        capture: a capture that was just indexed.
    """
    context = capture.context
    if context is None or context.role is not Role.PROBE or not context.portal or not context.run_id:
        return
    is_unknown = is_unknown_page(capture.url)
    if not is_unknown and not context.parent:
        return  # robots.txt, and pages that a survey begins with
    db.execute(
        "INSERT OR IGNORE INTO _probes VALUES (?, ?, ?, ?, ?)",
        (capture.id, context.run_id, context.portal, context.parent, int(is_unknown)),
    )
    _queue_judged(db, context.run_id, context.portal)


def queue_judged_by_revisits(db: Database, original: str) -> None:
    """Read again what a probe judges whose payload has just arrived.

    Args:
        db: the corpus, within a transaction.
        original: the capture that holds the payload.
    """
    probes = db.rows(
        "SELECT DISTINCT p.run_id, p.portal_id FROM captures AS c JOIN _probes AS p ON p.capture_id = c.id "
        "WHERE c.revisit_of = ?",
        original,
    )
    for run_id, portal in probes:
        _queue_judged(db, run_id, portal)


def _queue_judged(db: Database, run_id: str, portal: str) -> None:
    db.execute(
        f"INSERT OR IGNORE INTO _to_read SELECT warc_file, warc_offset, c.id {_JUDGED} AND c.status = 200",
        (run_id, portal),
    )
    db.execute(
        f"INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id {_JUDGED} "
        "AND a.document_id IS NOT NULL",
        (run_id, portal),
    )


class UnknownPages:
    """Finds the answer by which the pages of a portal and run are judged; each is looked up once.

    Args:
        db: the corpus; nothing is indexed while this is in use.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._found: dict[tuple[str, str], Place | None] = {}

    def of(self, run_id: str | None, portal: str | None) -> Place | None:
        """Return where the answer stands; None where nothing tells."""
        if not run_id or not portal:
            return None
        key = (run_id, portal)
        if key not in self._found:
            row = self._db.row(_FIRST_ANSWER, *key)
            self._found[key] = Place(*row) if row else None
        return self._found[key]
