"""The queue of captures to read, and what their readings leave in the corpus.

Responses and resources come before revisits, so that a revisit finds the outcome of its original. Within
that, the order is that of the evidence; but nothing public depends on it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from archive.corpus.captures import UNREAD, queue_revisits_of, queue_visits
from archive.corpus.facts import store_facts
from archive.corpus.relations import attachments_json
from archive.corpus.section_links import FingerprintCache
from archive.corpus.versions import store_version
from archive.database import Database, stated_json
from archive.reading.tasks import Place, ReadResult, ReadTask
from pipelines.response.outcome import Outcome
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.document import Reading
    from pipelines.metadata.fields import Metadata

_IS_IN_PARTS = """ifnull(c.target_id, '') IN (
    SELECT f.target_id FROM known_captures AS k CROSS JOIN stored_captures AS p ON p.alike = k.number
    CROSS JOIN stored_captures AS a ON a.number = p.parent_capture_id
    CROSS JOIN known_captures AS f ON f.number = a.alike AND f.target_id IS NOT NULL
    WHERE k.role = 'part') AS is_in_parts"""
# An article is read with the parts that answered when it did; one that did not stands as it was before.
_PARTS = """
SELECT p.url, p.id, o.warc_file, o.warc_offset
FROM _addresses AS f JOIN captures AS p ON p.parent_capture_id = f.capture_id AND p.role = 'part'
JOIN captures AS o ON o.id = iif(p.record_type = 'revisit', p.revisit_of, p.id) AND o.outcome = 'ok'
WHERE f.document_id = ?1 AND p.fetched_at <= (
    SELECT max(at) FROM (
        SELECT ?3 AS at UNION ALL SELECT own.fetched_at FROM captures AS c
        JOIN captures AS own ON own.parent_capture_id = c.id AND own.role = 'part'
        WHERE c.id IN (SELECT ?2 UNION ALL SELECT id FROM captures WHERE revisit_of = ?2)
    )
)
ORDER BY p.fetched_at, p.id
"""

_QUEUE = f"""
SELECT q.warc_file, q.warc_offset, c.id, c.url, c.warc_file, c.warc_offset,
       c.target_id IS NOT NULL, ifnull(c.target_id, ''), c.id, c.fetched_at,
       iif(c.status = 200 AND c.role <> 'probe', c.run_id, NULL), c.portal_id, 0, c.role, {_IS_IN_PARTS}
FROM _to_read AS q JOIN _captures AS c ON c.id = q.capture_id
WHERE c.record_type <> 'revisit' AND is_in_parts = {{is_in_parts}}
    AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""  # noqa: S608  constants of this module

# A 304 carries no payload of its own: what it stands for is its original's. A revisit of a revisit, which no
# archiver should write, is of nothing that is known.
_RESOLVE_REVISITS = """
UPDATE _captures SET (payload_sha256, outcome) = (
    SELECT coalesce(_captures.payload_sha256, max(o.payload_sha256)),
           CASE WHEN max(o.outcome) = 'soft_404' THEN 'soft_404'
                WHEN _captures.status = 304 OR max(o.outcome) = 'ok' THEN 'not_modified'
                ELSE coalesce(max(o.outcome), 'not_modified') END
    FROM captures AS o WHERE o.id = _captures.revisit_of AND o.record_type <> 'revisit'
)
WHERE record_type = 'revisit' AND id IN (SELECT capture_id FROM _to_read)
"""

# A payload known from another address says what it says at this one only once it is read there; and each is
# judged by what the portal showed for an unknown address in that very run.
_QUEUED_REVISITS = f"""
SELECT q.warc_file, q.warc_offset, c.id, c.url, o.warc_file, o.warc_offset,
       c.target_id IS NOT NULL, ifnull(c.target_id, ''), o.id, c.fetched_at,
       iif(c.status = 200 AND c.role <> 'probe', c.run_id, NULL), c.portal_id,
       c.target_id IS NULL
           OR EXISTS (SELECT 1 FROM _readings AS r WHERE r.url = c.url AND r.source_id = o.id) AS is_read,
       c.role, {_IS_IN_PARTS}
FROM _to_read AS q
JOIN _captures AS c ON c.id = q.capture_id
JOIN captures AS o ON o.id = c.revisit_of AND o.outcome = 'ok' AND o.record_type <> 'revisit'
WHERE c.record_type = 'revisit' AND c.outcome = 'not_modified' AND c.status <> 304 AND c.role <> 'probe' AND (
    NOT is_read OR c.status = 200 AND EXISTS (
        SELECT 1 FROM _probes AS p WHERE p.run_id = c.run_id AND p.portal_id = c.portal_id
    )
) AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""  # noqa: S608  likewise

# A page that is unchanged since it was found to be an error page is one still.
_JUDGE_UNCHANGED = """
UPDATE _captures SET outcome = 'soft_404'
WHERE record_type = 'revisit' AND status = 304 AND outcome = 'not_modified'
    AND id IN (SELECT capture_id FROM _to_read)
    AND (
        SELECT max(e.outcome <> 'soft_404') FROM captures AS e
        WHERE e.url = _captures.url AND e.status <> 304 AND e.outcome IN ('ok', 'not_modified', 'soft_404')
            AND iif(e.record_type = 'revisit', e.revisit_of, e.id) = _captures.revisit_of
    ) = 0
"""
_QUEUED_UNCHANGED = f"""
SELECT q.warc_file, q.warc_offset, c.id, c.url, o.warc_file, o.warc_offset,
       c.target_id IS NOT NULL, ifnull(c.target_id, ''), o.id, c.fetched_at,
       NULL, NULL, 0, c.role, {_IS_IN_PARTS}
FROM _to_read AS q
JOIN _captures AS c ON c.id = q.capture_id AND c.target_id IS NOT NULL
JOIN captures AS o ON o.id = c.revisit_of AND o.outcome = 'ok' AND o.record_type <> 'revisit'
WHERE c.record_type = 'revisit' AND c.outcome = 'not_modified' AND c.status = 304 AND NOT EXISTS (
    SELECT 1 FROM _readings AS r WHERE r.url = c.url AND r.source_id = o.id
) AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""  # noqa: S608  likewise
_REQUEUE_UNCHANGED = (
    """INSERT OR IGNORE INTO _to_read SELECT warc_file, warc_offset, id FROM captures
       WHERE revisit_of = ?1 AND url = ?2 AND status = 304 AND (outcome = 'soft_404') <> ?3""",
    """INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id
       FROM captures AS c JOIN _addresses AS a ON a.capture_id = c.id
       WHERE c.revisit_of = ?1 AND c.url = ?2 AND c.status = 304 AND (c.outcome = 'soft_404') <> ?3""",
)

# By CROSS the queue, which is short, is gone through, and not all captures.
_QUEUE_RETRIES = """
-- What repeats a capture is judged by it.
INSERT OR IGNORE INTO _to_retry SELECT c.id FROM _to_retry AS t CROSS JOIN captures AS c
ON c.revisit_of = t.capture_id AND c.outcome IN ('ok', 'not_modified');
INSERT OR IGNORE INTO _to_read SELECT c.warc_file, c.warc_offset, c.id
FROM _to_retry AS t CROSS JOIN captures AS c ON c.id = t.capture_id;
INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id
FROM _to_retry AS t JOIN _addresses AS a ON a.capture_id = t.capture_id;
DELETE FROM _readings WHERE (url, source_id) IN (
    SELECT c.url, iif(c.record_type = 'revisit', c.revisit_of, c.id)
    FROM _to_retry AS t CROSS JOIN captures AS c ON c.id = t.capture_id);
DELETE FROM _to_retry;
"""

_RETRY_WAITING = """
INSERT OR IGNORE INTO _to_retry
SELECT c.id FROM _readings AS r CROSS JOIN captures AS c
    ON c.url = r.url AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
WHERE r.read_state = 'waiting' AND c.outcome IN ('ok', 'not_modified')
"""
_TOOLS = "tools"

_TAKEN_BACK = """
SELECT EXISTS (
    SELECT 1 FROM _taken_back AS t JOIN _readings AS r USING (url, source_id)
    WHERE NOT EXISTS (
        SELECT 1 FROM captures AS c
        WHERE c.url = t.url AND c.outcome IN ('ok', 'not_modified')
            AND iif(c.record_type = 'revisit', c.revisit_of, c.id) = t.source_id
    )
)
"""

_PAGE = 1000


_STAGES = (
    (None, _QUEUE.format(is_in_parts=0)),
    (None, _QUEUE.format(is_in_parts=1)),
    (_RESOLVE_REVISITS, _QUEUED_REVISITS),
    (_JUDGE_UNCHANGED, _QUEUED_UNCHANGED),
)


def queued_tasks(db: Database) -> Iterator[Iterator[ReadTask]]:
    """Yield what is to be read in four stages, each once what is read in those before it is stored.

    First responses and resources; then articles in several pages, once it is known which of these are pages;
    then revisits, once they have the outcomes of their originals, of a payload
    known from another address, or to be judged; last the answers "not modified", once they are judged by what
    the address showed, whose payload was never read there. In each the order is that of the evidence.
    """
    for judgement, queue in _STAGES:
        if judgement is not None:
            with db.transaction():
                db.execute(judgement)
        yield _page_through(db, queue)


def queue_retries(db: Database) -> None:
    """Put back on the queues the captures whose evidence could not be loaded: it may be there again."""
    with db.transaction():
        db.run_script(_QUEUE_RETRIES)


def note_tools(db: Database, tools: frozenset[str]) -> None:
    """Remember what is installed for reading, and try again what waits where something was not there before.

    Args:
        db: the corpus.
        tools: the names of what is installed now.
    """
    stored = db.value("SELECT value FROM _meta WHERE key = ?", _TOOLS)
    known = frozenset(json.loads(stored)) if stored else frozenset()
    if stored and known == tools:
        return
    with db.transaction():
        if tools - known:
            db.execute(_RETRY_WAITING)
        db.insert_row("_meta", {"key": _TOOLS, "value": json.dumps(sorted(tools))}, "OR REPLACE")


def queue_length(db: Database) -> int:
    """Return how many captures are to be read, revisits left out."""
    sql = "SELECT count(*) FROM _to_read AS q CROSS JOIN captures AS c ON c.id = q.capture_id"
    return int(db.value(f"{sql} WHERE c.record_type <> 'revisit'"))


def finish_queue(db: Database) -> None:
    """Empty the queue, once everything on it that needed a reading has one."""
    with db.transaction():
        db.run_script("DELETE FROM _to_read;\nDELETE FROM _taken_back;\n")


def _page_through(db: Database, query: str) -> Iterator[ReadTask]:
    """Page through the queue by position, so that memory stays flat while results take rows off it."""
    place: tuple[str, int] = ("", 0)

    @cache
    def find_unknown(run_id: str, portal: str) -> dict[int, Place]:
        rows = db.rows(_ANSWERS, run_id, portal)
        return {kind: Place(*place) for kind, *place in reversed(rows)}

    while page := db.rows(query, *place, _PAGE):
        for row in page:
            task = ReadTask(*row[2:10])
            parts = _find_parts(db, task) if row[14] else {}
            answers = find_unknown(*row[10:12]) if row[10] and row[11] else {}
            # By the first answer of an address that does not exist, documents also by the first front page.
            is_list = not task.is_document and row[13] != "part"
            yield task.replace(
                unknown=tuple(place for kind, place in answers.items() if kind or not is_list),
                is_read=bool(row[12]),
                parts=tuple((url, place) for url, (_, place) in parts.items()),
            )
        place = page[-1][:2]


def _find_parts(db: Database, task: ReadTask) -> dict[str, tuple[str, Place]]:
    """Return by address the newest capture of each further page of an article, and where its payload is."""
    rows = db.rows(_PARTS, task.document_id, task.source_id, task.fetched_at)
    return {url: (capture, Place(*place)) for url, capture, *place in rows}


_ANSWERS = f"""
WITH RECURSIVE asked (id, is_unknown) AS (
    SELECT capture_id, is_unknown FROM _probes
    WHERE run_id = ?1 AND portal_id = ?2 AND (is_unknown = 1 OR parent_capture_id IS NULL)
    UNION
    SELECT p.capture_id, a.is_unknown FROM asked AS a JOIN _probes AS p ON p.parent_capture_id = a.id
    WHERE p.run_id = ?1 AND p.portal_id = ?2
)
SELECT a.is_unknown, p.warc_file, p.warc_offset
FROM asked AS a JOIN captures AS c ON c.id = a.id
JOIN captures AS p ON p.id = iif(c.record_type = 'revisit', c.revisit_of, c.id) AND p.record_type = 'response'
WHERE c.status IN ({", ".join(map(str, sorted(ANSWERS_OF_UNKNOWN)))})
ORDER BY c.fetched_at, c.id
"""  # noqa: S608  the numbers are constants of the pipelines


def store_results(db: Database, results: Iterable[tuple[ReadTask, ReadResult]]) -> int:
    """Store readings in one transaction and take their captures off the queue.

    Args:
        db: the corpus.
        results: taken one by one, so that none waits for another.

    Returns:
        How many were stored.
    """
    prints, stored = FingerprintCache(db), 0
    with db.transaction():
        for stored, (task, result) in enumerate(results, start=1):  # noqa: B007  the last is how many
            _note_outcome(db, task, result.outcome)
            if result.read_state is not None:
                _store_reading(db, task, result, prints)
            if result.is_lost:
                db.execute("INSERT OR IGNORE INTO _to_retry VALUES (?)", (task.capture_id,))
            db.execute("DELETE FROM _to_read WHERE capture_id = ?", (task.capture_id,))
    return stored


def _note_outcome(db: Database, task: ReadTask, outcome: Outcome) -> None:
    """Note what a capture is; one that was taken for something else is told to whatever built on that.

    Of a revisit only that it is no document: else linking knows whether the page had shown that before.
    """
    is_revisit = task.source_id != task.capture_id
    if is_revisit:
        for statement in _REQUEUE_UNCHANGED:
            db.execute(statement, (task.source_id, task.url, outcome is Outcome.SOFT_404))
    if is_revisit and outcome not in (Outcome.SOFT_404, Outcome.ATTACHMENT_IS_HTML):
        return
    before = db.value("SELECT outcome FROM captures WHERE id = ?", task.capture_id)
    db.execute("UPDATE _captures SET outcome = ? WHERE id = ?", (outcome.value, task.capture_id))
    if not is_revisit and before not in (UNREAD, outcome.value):
        queue_revisits_of(db, task.capture_id)
    elif is_revisit:
        queue_visits(db, task.capture_id)
    if outcome is Outcome.SOFT_404:
        db.execute(
            "INSERT OR IGNORE INTO _taken_back SELECT url, source_id FROM _readings "
            "WHERE url = ? AND source_id = ?",
            (task.url, task.source_id),
        )


def are_readings_taken_back(db: Database) -> bool:
    """Whether something was read from a page that no capture shows any more: all of them are error pages."""
    return bool(db.value(_TAKEN_BACK))


def _store_reading(db: Database, task: ReadTask, result: ReadResult, prints: FingerprintCache) -> None:
    reading, version = result.reading, None
    if reading is not None:
        version = store_version(
            db,
            task.document_id,
            task.capture_id,
            reading,
            task.fetched_at,
            prepared=result.prepared,
            prints=prints,
        )
        run = db.value("SELECT run_id FROM captures WHERE id = ?", task.source_id)
        store_facts(db, version, reading, is_foreign=run is None)
    row = {
        "url": task.url,
        "source_id": task.source_id,
        "version_id": version,
        "read_state": result.read_state,
        "read_reason": result.reason,
        "extractor": reading.extractor if reading else None,
        "encoding": reading.encoding if reading else None,
        "notes": stated_json(reading.notes if reading else []),
        "file_type": result.file_type,
        "pages": json.dumps(reading.pages if reading else []),
        "tables": json.dumps(reading.tables if reading else []),
        "apart": _apart_json(reading),
        "confidence": reading.confidence if reading else None,
        "metadata": stated_json(_metadata_row(reading.metadata) if reading else {}),
        "attachments": attachments_json(reading.attachments if reading else ()),
        "file_name": result.file_name,
        "headlines": stated_json(sorted(reading.headlines) if reading else []),
    }
    db.insert_row("_readings", row, "OR REPLACE")
    if task.parts:
        held = _find_parts(db, task)
        parts = json.dumps([held[url][0] for url in reading.parts]) if reading else None
        db.execute("UPDATE _captures SET parts = ? WHERE id = ?", (parts, task.capture_id))


def _apart_json(reading: Reading | None) -> str:
    apart = reading.apart if reading else ()
    told = [{"role": one.role, "text": one.text, "page": one.page} for one in apart]
    return json.dumps(told, ensure_ascii=False)


def _metadata_row(metadata: Metadata) -> dict[str, Any]:
    row = metadata.as_row() | {"disagreements": [asdict(one) for one in metadata.disagreements]}
    return {key: value for key, value in row.items() if value is not None}
