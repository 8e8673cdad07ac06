"""The queue of captures to read, and what their readings leave in the corpus.

Responses and resources come before revisits, so that a revisit finds the outcome of its original. Within
that, the order is that of the evidence; but nothing public depends on it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from archive.corpus.facts import store_facts
from archive.corpus.versions import store_version
from archive.reading import ReadTask

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from archive.reading import ReadResult
    from pipelines.records import Metadata

_QUEUE = """
SELECT q.warc_file, q.warc_offset, c.id, c.url, c.warc_file, c.warc_offset, a.document_id, c.id, c.fetched_at
FROM _to_read AS q JOIN captures AS c ON c.id = q.capture_id LEFT JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.record_type <> 'revisit' AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""

# A 304 carries no payload of its own: what it stands for is its original's. A revisit of a revisit, which no
# archiver should write, is of nothing that is known.
_RESOLVE_REVISITS = """
UPDATE captures SET (payload_sha256, outcome) = (
    SELECT coalesce(captures.payload_sha256, o.payload_sha256),
           CASE WHEN captures.status = 304 OR o.outcome = 'ok' THEN 'not_modified'
                ELSE coalesce(o.outcome, 'not_modified') END
    FROM (SELECT 1) LEFT JOIN captures AS o ON o.id = captures.revisit_of AND o.record_type <> 'revisit'
)
WHERE record_type = 'revisit' AND id IN (SELECT capture_id FROM _to_read)
"""

# A payload known from another address says what it says at this one only once it is read there.
_QUEUED_REVISITS = """
SELECT q.warc_file, q.warc_offset, c.id, c.url, o.warc_file, o.warc_offset, a.document_id, o.id, c.fetched_at
FROM _to_read AS q
JOIN captures AS c ON c.id = q.capture_id
JOIN captures AS o ON o.id = c.revisit_of AND o.outcome = 'ok' AND o.record_type <> 'revisit'
JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.record_type = 'revisit' AND c.outcome = 'not_modified' AND NOT EXISTS (
    SELECT 1 FROM _readings AS r WHERE r.url = c.url AND r.source_id = o.id
) AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""

_QUEUE_RETRIES = (
    # What repeats a capture is judged by it.
    """INSERT OR IGNORE INTO _to_retry SELECT c.id FROM _to_retry AS t JOIN captures AS c
       ON c.revisit_of = t.capture_id AND c.outcome IN ('ok', 'not_modified')""",
    """INSERT OR IGNORE INTO _to_read SELECT c.warc_file, c.warc_offset, c.id
       FROM _to_retry AS t JOIN captures AS c ON c.id = t.capture_id""",
    """INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id
       FROM _to_retry AS t JOIN _addresses AS a ON a.capture_id = t.capture_id""",
    """DELETE FROM _readings WHERE (url, source_id) IN (
           SELECT c.url, iif(c.record_type = 'revisit', c.revisit_of, c.id)
           FROM _to_retry AS t JOIN captures AS c ON c.id = t.capture_id)""",
    "DELETE FROM _to_retry",
)

_PAGE = 1000


def queued_tasks(connection: sqlite3.Connection) -> Iterator[ReadTask]:
    """Yield the responses and resources that are to be read, in the order of the evidence."""
    return _tasks(connection, _QUEUE)


def queued_revisits(connection: sqlite3.Connection) -> Iterator[ReadTask]:
    """Yield the revisits that need a reading of their own: of a payload known from another address."""
    return _tasks(connection, _QUEUED_REVISITS)


def queue_retries(connection: sqlite3.Connection) -> None:
    """Put back on the queues the captures whose evidence could not be loaded: it may be there again."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _QUEUE_RETRIES:
            connection.execute(statement)


def queue_length(connection: sqlite3.Connection) -> int:
    """Return how many captures are to be read, revisits left out."""
    sql = "SELECT count(*) FROM _to_read AS q JOIN captures AS c ON c.id = q.capture_id"
    return int(connection.execute(f"{sql} WHERE c.record_type <> 'revisit'").fetchone()[0])


def resolve_revisits(connection: sqlite3.Connection) -> None:
    """Give queued revisits the outcome of their originals, once those are read."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_RESOLVE_REVISITS)


def finish_queue(connection: sqlite3.Connection) -> None:
    """Empty the queue, once everything on it that needed a reading has one."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM _to_read")


def _tasks(connection: sqlite3.Connection, query: str) -> Iterator[ReadTask]:
    """Page through the queue by position, so that memory stays flat while results take rows off it."""
    place: tuple[str, int] = ("", 0)
    while page := connection.execute(query, (*place, _PAGE)).fetchall():
        for row in page:
            yield _task(row[2:])
        place = (page[-1][0], page[-1][1])


def _task(row: tuple[Any, ...]) -> ReadTask:
    capture_id, url, warc_file, warc_offset, document, source_id, fetched_at = row
    return ReadTask(
        capture_id=capture_id,
        url=url,
        warc_file=warc_file,
        warc_offset=warc_offset,
        is_document=document is not None,
        document_id=document or "",
        source_id=source_id,
        fetched_at=fetched_at,
    )


def store_results(connection: sqlite3.Connection, results: Sequence[tuple[ReadTask, ReadResult]]) -> None:
    """Store a batch of readings in one transaction and take their captures off the queue."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for task, result in results:
            connection.execute(
                "UPDATE captures SET outcome = ? WHERE id = ? AND record_type <> 'revisit'",
                (result.outcome.value, task.capture_id),
            )
            if result.read_state is not None:
                _store_reading(connection, task, result)
            if result.is_lost:
                connection.execute("INSERT OR IGNORE INTO _to_retry VALUES (?)", (task.capture_id,))
            connection.execute("DELETE FROM _to_read WHERE capture_id = ?", (task.capture_id,))


def _store_reading(connection: sqlite3.Connection, task: ReadTask, result: ReadResult) -> None:
    reading, version = result.reading, None
    if reading is not None:
        version = store_version(connection, task.document_id, task.capture_id, reading, task.fetched_at)
        store_facts(connection, task.document_id, version, reading)
    connection.execute(
        """
        INSERT OR REPLACE INTO _readings (
            url, source_id, version_id, read_state, read_reason, extractor, encoding, notes, metadata
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            task.url,
            task.source_id,
            version,
            result.read_state,
            result.reason,
            reading.extractor if reading else None,
            reading.encoding if reading else None,
            json.dumps(reading.notes if reading else [], ensure_ascii=False),
            json.dumps(
                _metadata_row(reading.metadata) if reading else {}, ensure_ascii=False, sort_keys=True
            ),
        ),
    )


def _metadata_row(metadata: Metadata) -> dict[str, Any]:
    row = dataclasses.asdict(metadata)
    for key in ("written_on", "published_on"):
        row[key] = row[key].isoformat() if row[key] else None
    return {key: value for key, value in row.items() if value is not None}
