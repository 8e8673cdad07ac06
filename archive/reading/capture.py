"""Reading one capture: what it is, and what it says if it is a document."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from archive.reading.cell import is_out_of_memory
from archive.reading.limits import Demand, Weight, demand_of
from archive.reading.tasks import Place, ReadResult, ReadTask, told
from archive.warc.model import ArchiveError
from archive.warc.reader import load_payload
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.readers.registry import READERS
from pipelines.response.content_coding import decode_content
from pipelines.response.http_headers import disposition_name, header_value
from pipelines.response.outcome import Outcome, classify_response
from pipelines.response.payload_type import sniff
from pipelines.response.unknown_page import UnknownPage

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.response.http_headers import Headers


class TooHeavy(Exception):
    """A file that is not to be read under the limits of this child; `demand` says under which."""

    def __init__(self, demand: Demand) -> None:
        super().__init__(demand)
        self.demand = demand


def read_capture(folder: Path, task: ReadTask, heaviest: Weight = Weight.SCAN) -> ReadResult:
    """Classify a capture and read it, if it is a document.

    Args:
        folder: the WARC folder.
        task: what to read.
        heaviest: the heaviest file that is read here.

    Raises:
        GongkaiError: the record cannot be loaded from the archive.
        TooHeavy: the file weighs more than `heaviest`.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    try:
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing) as error:
        return _unread(Outcome.OK if (stored.status or 200) < 300 else Outcome.SERVER_ERROR, error)
    outcome = classify_response(url=task.url, status=stored.status, headers=stored.headers, body=body)
    if outcome != Outcome.OK:
        return ReadResult(outcome)
    lost = None
    try:
        if task.unknown and _load_unknown_page(folder, task.unknown).resembles(stored.headers, body):
            return ReadResult(Outcome.SOFT_404)
    except ArchiveError as error:
        lost = f"evidence: {error}"
    is_done = task.is_read or not task.is_document
    result = ReadResult(outcome) if is_done else _read_body(task, stored.headers, body, heaviest)
    return result if lost is None else replace(result, reason=lost, is_lost=True)


def _read_body(task: ReadTask, headers: Headers, body: bytes, heaviest: Weight) -> ReadResult:
    hints = Hints(url=task.url, content_type=header_value(headers, "content-type"))
    kind = sniff(body, hints.content_type)
    demand = demand_of(kind, body)
    if kind in READERS and demand.weight > heaviest:
        raise TooHeavy(demand)
    try:
        result = ReadResult(Outcome.OK, read_document(body, hints), "read")
    except (UnreadableDocument, ReaderMissing) as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        result = _unread(Outcome.OK, error)
    return replace(result, file_name=disposition_name(headers), file_type=str(kind))


@lru_cache(maxsize=4)
def _load_unknown_page(folder: Path, place: Place) -> UnknownPage:
    """Return what a portal shows for an address that does not exist; the next pages are judged by it too.

    Args:
        folder: the WARC folder.
        place: where the answer stands.

    Raises:
        ArchiveError: the record cannot be loaded from the archive.
    """
    stored = load_payload(folder, place.warc_file, place.warc_offset)
    try:
        body = decode_content(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing):
        body = b""  # what cannot be looked at tells nothing
    return UnknownPage.of(stored.headers, body)


def _unread(outcome: Outcome, error: GongkaiError) -> ReadResult:
    if isinstance(error, ReaderMissing):
        reason = f"{error.problem}. {error.hint}" if error.hint else error.problem
        return ReadResult(outcome, read_state="waiting", reason=told(reason))
    return ReadResult(outcome, read_state="failed", reason=told(error.problem))


def look_at(folder: Path, task: ReadTask, _heaviest: Weight) -> ReadResult:
    """Tell what the bytes of a capture are, and nothing else.

    Raises:
        GongkaiError: the record cannot be loaded, or its content coding not undone.
    """
    stored = load_payload(folder, task.warc_file, task.warc_offset)
    body = decode_content(stored.body, stored.headers)
    return ReadResult(Outcome.OK, file_type=str(sniff(body, header_value(stored.headers, "content-type"))))
