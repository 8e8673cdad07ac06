"""A capture as it will be read back, known already when it is written: what the frontier acknowledges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.warc.model import Exchange, Resource, StoredCapture

if TYPE_CHECKING:
    import datetime as dt

    from archive.warc.model import Failure, Headers, Original, Written


def stored_capture(entry: Exchange | Failure | Resource, written: Written) -> StoredCapture:
    """Return the capture that `archive.warc.reader` will find where an entry was written.

    Args:
        entry: what was written.
        written: where it came to stand, once durable.
    """
    if isinstance(entry, Exchange):
        return _capture(
            entry,
            written,
            kind="revisit" if entry.original else "response",
            at=entry.fetched_at,
            status=entry.status,
            headers=entry.response_headers,
            original=entry.original,
        )
    if isinstance(entry, Resource):
        return _capture(
            entry,
            written,
            kind="revisit" if entry.original else "resource",
            at=entry.imported_at,
            headers=((b"Content-Type", entry.content_type.encode("ascii")),),
            original=entry.original,
        )
    return _capture(
        entry, written, kind="failure", at=entry.failed_at, outcome=entry.outcome, error=entry.error
    )


def _capture(
    entry: Exchange | Failure | Resource,
    written: Written,
    *,
    kind: str,
    at: dt.datetime,
    status: int | None = None,
    headers: Headers = (),
    original: Original | None = None,
    outcome: str | None = None,
    error: str | None = None,
) -> StoredCapture:
    return StoredCapture(
        id=written.capture_id,
        kind=kind,
        url=entry.url,
        fetched_at=at,
        status=status,
        headers=headers,
        payload_sha256=written.payload_sha256,
        warc_file=written.warc_file,
        warc_offset=written.offset,
        warc_length=written.length,
        original=original,
        outcome=outcome,
        error=error,
        context=entry.context,
    )
