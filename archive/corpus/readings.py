"""The queue of captures to read, and what their readings leave in the corpus.

Responses and resources come before revisits, so that a revisit finds the outcome of its original. Within
that, the order is that of the evidence; but nothing public depends on it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from archive.corpus.versions import store_version
from archive.reading import ReadTask

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from archive.reading import ReadResult
    from pipelines.records import Metadata

_QUEUE = """
SELECT q.warc_file, q.warc_offset, c.id, c.url, c.warc_file, c.warc_offset, a.document_id, c.payload_sha256,
       c.fetched_at
FROM _to_read AS q JOIN captures AS c ON c.id = q.capture_id LEFT JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.record_type <> 'revisit' AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""

# A 304 carries no payload of its own: what it stands for is its original's.
_RESOLVE_REVISITS = """
UPDATE captures SET
    payload_sha256 = coalesce(
        payload_sha256, (SELECT o.payload_sha256 FROM captures AS o WHERE o.id = captures.revisit_of)
    ),
    outcome = CASE WHEN status = 304 THEN 'not_modified' ELSE coalesce(
        (SELECT CASE WHEN o.outcome = 'ok' THEN 'not_modified' ELSE o.outcome END
         FROM captures AS o WHERE o.id = captures.revisit_of),
        'not_modified') END
WHERE record_type = 'revisit' AND id IN (SELECT capture_id FROM _to_read)
"""

# A payload known from another address says what it says at this one only once it is read there.
_QUEUED_REVISITS = """
SELECT q.warc_file, q.warc_offset, c.id, c.url, o.warc_file, o.warc_offset, a.document_id, c.payload_sha256,
       c.fetched_at
FROM _to_read AS q
JOIN captures AS c ON c.id = q.capture_id
JOIN captures AS o ON o.id = c.revisit_of AND o.outcome = 'ok'
JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.record_type = 'revisit' AND c.outcome = 'not_modified' AND NOT EXISTS (
    SELECT 1 FROM _readings AS r WHERE r.document_id = a.document_id AND r.payload_sha256 = c.payload_sha256
) AND (q.warc_file, q.warc_offset) > (?, ?)
ORDER BY q.warc_file, q.warc_offset LIMIT ?
"""

_PAGE = 1000


def queued_tasks(connection: sqlite3.Connection) -> Iterator[ReadTask]:
    """Yield the responses and resources that are to be read, in the order of the evidence."""
    return _tasks(connection, _QUEUE)


def queued_revisits(connection: sqlite3.Connection) -> Iterator[ReadTask]:
    """Yield the revisits that need a reading of their own: of a payload known from another address."""
    return _tasks(connection, _QUEUED_REVISITS)


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
    capture_id, url, warc_file, warc_offset, document, payload_sha256, fetched_at = row
    return ReadTask(
        capture_id=capture_id,
        url=url,
        warc_file=warc_file,
        warc_offset=warc_offset,
        is_document=document is not None,
        document_id=document or "",
        payload_sha256=payload_sha256 or "",
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
            connection.execute("DELETE FROM _to_read WHERE capture_id = ?", (task.capture_id,))


def _store_reading(connection: sqlite3.Connection, task: ReadTask, result: ReadResult) -> None:
    reading, version = result.reading, None
    if reading is not None:
        version = store_version(connection, task.document_id, task.capture_id, reading, task.fetched_at)
    connection.execute(
        """
        INSERT OR REPLACE INTO _readings (
            document_id, payload_sha256, version_id, read_state, read_reason, extractor, encoding, notes,
            metadata
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            task.document_id,
            task.payload_sha256,
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
