"""What is asked of a reading child, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from pipelines.document import Reading

_REASON = 500
"""Characters of a reason: what a library says of a file may be as long as the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: the WARC file's name, and the offset in bytes."""

    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One capture to be read: where its payload stands, and under which address.

    Attributes:
        capture_id: the capture that is read.
        url: its address.
        warc_file: the file that holds the payload (for a revisit, that of its original).
        warc_offset: where that record begins, in bytes.
        is_document: False for lists and probes, which are judged only.
        document_id: the document at that address; empty for lists and probes.
        source_id: the capture that holds the payload: itself, or for a revisit its original.
        fetched_at: the instant of the capture.
        unknown: what the portal showed in that run for an address that does not exist: a page that adds
            nothing to it is no document. None where nothing tells.
        is_read: whether the payload was read at that address before, so that it is only to be judged.
    """

    capture_id: str
    url: str
    warc_file: str
    warc_offset: int
    is_document: bool
    document_id: str
    source_id: str
    fetched_at: str
    unknown: Place | None = None
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a capture is, and what it says.

    Attributes:
        outcome: the state of the capture.
        reading: None where it is no document, or cannot be read.
        read_state: `read`, `waiting`, `failed`; None where there is nothing to read.
        reason: why it waits or failed.
        file_name: what the server calls it, where it does.
        file_type: what its bytes are (see `pipelines.response.payload_type`); None where nobody looked.
        is_lost: the evidence itself, or that by which it is judged, could not be loaded, or there was no room
            to read it in, which says nothing of the document.
    """

    outcome: Outcome
    reading: Reading | None = None
    read_state: str | None = None
    reason: str | None = None
    file_name: str | None = None
    file_type: str | None = None
    is_lost: bool = False


def broken_off(task: ReadTask, reason: str) -> ReadResult:
    """Return the result of a capture whose reading ended for a reason that does not lie in its outcome."""
    return ReadResult(Outcome.OK, read_state="failed" if task.is_document else None, reason=told(reason))


def told(reason: str) -> str:
    """Return a reason as it is kept: in characters that every file takes, and not longer than a few lines."""
    return reason.encode("utf-8", "replace").decode()[:_REASON]
