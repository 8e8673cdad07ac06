"""Reads captures and runs back from WARC files, ours and those of other archivers.

Streams: one record at a time, bodies passed over. Other archivers' captures have no context of ours; their
payload's SHA-256 is computed on the way where the record does not state it, over what `load_payload` returns.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from archive.remote_folder import digest_of
from archive.warc.encode import (
    CAPTURE_FACTS,
    DNS_SCHEME,
    FACTS_MARK,
    FACTS_TYPES,
    RUN_FACTS,
    decode_facts,
    facts_to_context,
)
from archive.warc.entries import (
    CAPTURE_TYPES,
    GIVEN,
    IDENTICAL_PAYLOAD,
    ArchiveError,
    Context,
    Exchange,
    Failure,
    Headers,
    Original,
    Resource,
    Role,
    RunEvent,
    StoredCapture,
    StoredPayload,
    StoredRun,
    TornRecord,
    Written,
    capture_id_in,
    foreign_mark,
    statement_name,
)
from archive.warc.moved_files import find_moved, stored_size
from archive.warc.record_index import Damage, refuse_damage, walk_on
from archive.warc.record_parts import HttpHead, join_body, read_head, stated_sha256
from archive.warc.walk import CHUNK_BYTES, Record, open_warc, record_at, strip_brackets
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.warc.record_index import OnDamage


FAILURE = "failure"

_PAYLOADS = ("response", "resource")
_FACTS_BYTES = 1 << 26
# Where the seconds of a WARC-Date stand, and one that was put in.
_SECONDS = slice(16, 19)
_LEAP_SECOND = ":60"

Found = StoredCapture | StoredRun
# Captures by address and date, and how that was stated, where as no instant: as revisits refer to them.
_Seen = dict[tuple[str, dt.datetime, str | None], str]


def read_archive(path: Path, on_damage: OnDamage = refuse_damage) -> Iterator[Found]:
    """Yield what a file holds, in the order in which it was written.

    A group without its last record (a writer killed in between) yields nothing. A capture whose context is
    damaged is one without context. Of a foreign file (`archive.warc.entries`) the captures alone are
    believed, as those of whoever gave it.

    Args:
        path: a WARC file, gzip per record or not compressed.
        on_damage: told of each stretch that cannot be read; what it raises ends the reading.

    Raises:
        TornRecord: a record is cut off or damaged; what stood before it has been yielded.
    """
    reader = _Reader(path.name, _context_of_foreign(path) if foreign_mark(path.name) else None)
    with open_warc(path) as file:
        for record in walk_on(file, path, on_damage):
            found, problem = None, None
            try:
                found = reader.read(record)
            except TornRecord as torn:
                problem = torn.problem
            # Asked before it is yielded: a record whose end is torn may have given a whole head.
            if not record.is_whole():
                continue  # the walk tells of it
            if problem is not None:
                end = record.offset + record.finish()
                on_damage(Damage(path.name, record.offset, end, problem))
            elif found is not None:
                yield found


class _Reader(Struct):
    """Reads the records of one file; a capture takes the context that stands before it, or all have one."""

    file: str
    given: Context | None
    context: tuple[str | None, Context | None] = (None, None)
    seen: _Seen = {}

    def read(self, record: Record) -> Found | None:
        """Return what a record is, with what was said of it before; None for no capture and no run."""
        kind = record.field("WARC-Type")
        if is_capture(record):
            own = self.context[1] if self.context[0] == record.record_id() else None
            capture = _read_capture(record, self.file, self.given or own, self.seen)
            # Only revisits of others name their original by address and date alone; ours name its id.
            if own is None and capture.original is None:
                self.seen[capture.url, capture.fetched_at, stated_date(record)] = capture.id
            return capture
        # What a foreign file says of itself in our terms is no word of ours.
        if self.given or kind != "metadata" or not (said := _read_facts(record)):
            return None
        if said[FACTS_MARK] != CAPTURE_FACTS:
            return _read_event(record, self.file, said)
        self.context = record.record_id("WARC-Concurrent-To"), facts_to_context(said["context"])
        return None


def is_capture(record: Record) -> bool:
    """Whether a record is a capture; what a name led to, as Heritrix and we keep it, is none."""
    is_lookup = (record.field("WARC-Target-URI") or "").lstrip("<").startswith(DNS_SCHEME)
    return record.field("WARC-Type") in CAPTURE_TYPES and not is_lookup


def stated_date(record: Record, name: str = "WARC-Date") -> str | None:
    """Return what a record states that is no instant of a clock: a day, a month or a year (WARC 1.1, 5.4).

    Or a leap second (RFC 3339, 5.7), which few clocks know. None where it states an instant, or nothing.
    """
    value = record.field(name)
    return value if value and (is_day(value) or value[_SECONDS] == _LEAP_SECOND) else None


def is_day(date: str) -> bool:
    """Whether a date states no time: a day, a month or a year."""
    return "T" not in date


def _context_of_foreign(path: Path) -> Context:
    """Return the context of all captures of a foreign file: of no run, so that no event is theirs.

    Where our record of who gave it is gone or damaged, nobody is named: deriving and verifying our own file
    tell so.
    """
    said: dict[str, Any] = {}
    with suppress(FileNotFoundError, ArchiveError):
        for found in read_archive(path.with_name(statement_name(path.name))):
            if isinstance(found, StoredRun) and (given := found.event.body.get(GIVEN)):
                said = {"run_id": found.event.run_id, **given.get(foreign_mark(path.name), {})}
                break
    known = ("source_name", "obtained_by", "note", "run_id")
    provenance: dict[str, str] = {key: said[key] for key in known if key in said}
    return Context(run_id="", role=Role.ARTICLE, portal=said.get("portal"), provenance=provenance)


def load_payload(folder: Path, warc_file: str, offset: int) -> StoredPayload:
    """Return the payload of the record at an offset, content coding intact, transfer coding undone.

    Raises:
        ArchiveError: the file cannot be read, or the record there keeps no payload of its own.
        TornRecord: the record is cut off or damaged.
    """
    path = folder / warc_file
    try:
        with open_warc(path) as file:
            return _read_payload(record_at(file, warc_file, offset), f"{warc_file}, byte {offset}")
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        problem = "is missing" if is_missing else f"cannot be read: {error.strerror or error}"
        raise ArchiveError(f"the WARC file {problem}", where=path) from error


def _read_payload(record: Record | None, where: str) -> StoredPayload:
    kind = record and record.field("WARC-Type")
    if record is None or kind not in _PAYLOADS:
        raise ArchiveError(f"no payload is kept here: {kind or 'the file ends'}", where=where)
    head = read_payload_head(record)
    body = b"".join(_payload_pieces(record, head.headers))
    record.finish()
    return StoredPayload(head.status, head.headers, body)


def bring_near(folder: Path, places: Iterable[tuple[str, int]], work: Path) -> Path:
    """Return a folder where records can be loaded from by who has no network: this one, unless one was moved.

    Else it is a new one, to be removed, in which each file has holes but for what is asked for.

    Args:
        folder: the WARC folder.
        places: name of the file and offset of each record.
        work: in which it is made.

    Raises:
        StoreUnreachable: what stands elsewhere cannot be had.
    """
    places = tuple(places)
    if not any(find_moved(folder / name) for name, _ in places):
        return folder
    near = Path(tempfile.mkdtemp(dir=work))
    for name, offset in places:
        # Of what is missing, who loads it tells.
        with suppress(FileNotFoundError):
            _copy_record(folder / name, offset, near / name)
    return near


def _copy_record(path: Path, offset: int, target: Path) -> None:
    with open_warc(path) as file:
        try:
            record = record_at(file, path.name, offset)
            length = record.finish() if record else 0
        except TornRecord:
            length = CHUNK_BYTES  # by which whoever loads it is told so too
        file.seek(offset)
        target.touch()
        with target.open("r+b") as copy:
            # The copy is as long as the file, with holes: offsets hold, and a record at its end ends where it
            # did.
            copy.truncate(stored_size(path))
            copy.seek(offset)
            copy.write(file.read(length))


def payload_sha256(record: Record, head: HttpHead, file: str) -> str | None:
    """Return the SHA-256 of a record's payload, as stated or else computed; None where it has no payload.

    What a foreign file states is not believed where it can be computed.

    Args:
        record: read as far as `read_payload_head` does.
        head: what that gave.
        file: the name of the record's file.
    """
    kind = record.field("WARC-Type")
    same = record.field("WARC-Block-Digest") if kind == "resource" else None
    stated = stated_sha256(record.field("WARC-Payload-Digest") or same)
    if kind not in _PAYLOADS or (stated is not None and foreign_mark(file) is None):
        return stated
    return digest_of(_payload_pieces(record, head.headers))


def _read_capture(record: Record, file: str, context: Context | None, seen: _Seen) -> StoredCapture:
    kind = record.field("WARC-Type") or ""
    # WARC 1.1, 5.13 and 5.18: of what others cut or parted, a part is no document, as of a 206.
    parts = [name for name in ("WARC-Truncated", "WARC-Segment-Number") if record.field(name)]
    is_part = kind in _PAYLOADS and bool(parts)
    head = read_payload_head(record)
    if context and (stated := stated_date(record)):
        context = context.replace(provenance={**context.provenance, "stated_date": stated})
    return StoredCapture(
        id=capture_id_in(file, _require(record, file, "WARC-Record-ID")),
        kind=kind,
        url=_require(record, file, "WARC-Target-URI"),
        fetched_at=_read_date(record, file, "WARC-Date"),
        status=head.status,
        headers=head.headers,
        payload_sha256=payload_sha256(record, head, file),
        warc_file=file,
        warc_offset=record.offset,
        warc_length=record.finish(),
        original=_read_original(record, file, seen) if kind == "revisit" else None,
        context=context,
        outcome=Outcome.UNEXPECTED.value if is_part else None,
        error=f"whoever archived it kept a part of it here: {parts[0]}" if is_part else None,
    )


def _read_original(record: Record, file: str, seen: _Seen) -> Original:
    url = strip_brackets(
        record.field("WARC-Refers-To-Target-URI") or _require(record, file, "WARC-Target-URI")
    )
    name = "WARC-Date" if record.field("WARC-Refers-To-Date") is None else "WARC-Refers-To-Date"
    date = _read_date(record, file, name)
    named = record.record_id("WARC-Refers-To")
    capture_id = capture_id_in(file, named) if named else seen.get((url, date, stated_date(record, name)), "")
    return Original(capture_id, url, date, record.field("WARC-Profile") or IDENTICAL_PAYLOAD)


def _read_event(record: Record, file: str, said: Mapping[str, Any]) -> Found:
    at = _read_date(record, file, "WARC-Date")
    if said[FACTS_MARK] == RUN_FACTS:
        event = RunEvent(said["run_id"], said["event"], at, said["body"])
        return StoredRun(event, file, record.offset, record.finish())
    return StoredCapture(
        id=_require(record, file, "WARC-Record-ID"),
        kind=FAILURE,
        url=_require(record, file, "WARC-Target-URI"),
        fetched_at=at,
        warc_file=file,
        warc_offset=record.offset,
        warc_length=record.finish(),
        outcome=said["outcome"],
        error=said["error"],
        context=facts_to_context(said["context"]),
    )


def _read_facts(record: Record) -> dict[str, Any] | None:
    if record.field("Content-Type") not in FACTS_TYPES or record.content_length > _FACTS_BYTES:
        return None
    return decode_facts(b"".join(iter(record.read, b"")))


def read_payload_head(record: Record) -> HttpHead:
    """Read the HTTP head of a record just begun; for a resource, its `Content-Type` alone."""
    content_type = record.field("Content-Type") or ""
    if content_type.startswith("application/http") and record.content_length:
        return read_head(record.read_http_head())
    headers: Headers = ((b"Content-Type", content_type.encode("utf-8")),) if content_type else ()
    return HttpHead(None, headers)


def _payload_pieces(record: Record, headers: Headers) -> Iterator[bytes]:
    """Yield the payload behind the HTTP head."""
    return join_body(headers, io.BufferedReader(_Block(record), CHUNK_BYTES))


class _Block(io.RawIOBase):
    """What is left of a record's block, as a file."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._record.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _require(record: Record, file: str, name: str) -> str:
    value = record.field(name)
    if not value:
        raise TornRecord(f"the record has no {name}", file=file, offset=record.offset)
    return strip_brackets(value)


def _read_date(record: Record, file: str, name: str) -> dt.datetime:
    value = _require(record, file, name)
    if (stated := stated_date(record, name)) and foreign_mark(file) is None:
        raise TornRecord(f"{name} is no instant: {value}", file=file, offset=record.offset)
    if stated:
        # Of others a day was taken once, and what is held is not lost: it stands as of its first instant, as
        # does a leap second as of the second that it prolongs, and `stated_date` says so.
        value += {4: "-01-01", 7: "-01"}.get(len(value), "")
    try:
        return _read_leap_second(value) if value[_SECONDS] == _LEAP_SECOND else _read_instant(value)
    except (ValueError, OverflowError) as error:
        raise TornRecord(f"{name} is no date: {value}", file=file, offset=record.offset) from error


def _read_instant(value: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _read_leap_second(value: str) -> dt.datetime:
    """Return the second before a leap second, which ends a month in UTC (RFC 3339, 5.7)."""
    moment = _read_instant(f"{value[:16]}:59{value[19:]}")
    following = moment + dt.timedelta(seconds=1)
    if (following.day, following.hour, following.minute) != (1, 0, 0):
        raise ValueError("no second is put in there")
    return moment


# A capture as it will be read back, known already when it is written: what the frontier acknowledges.


def stored_capture(entry: Exchange | Failure | Resource, written: Written) -> StoredCapture:
    """Return the capture that `archive.warc.reader` will find where an entry was written.

    Args:
        entry: what was written.
        written: where it came to stand, once durable.
    """
    capture = StoredCapture(
        id=written.capture_id,
        kind=FAILURE,
        url=entry.url,
        fetched_at=entry.fetched_at,
        warc_file=written.warc_file,
        warc_offset=written.offset,
        warc_length=written.length,
        context=entry.context,
        payload_sha256=written.payload_sha256,
        outcome=written.outcome,
    )
    if isinstance(entry, Failure):
        return capture.replace(outcome=entry.outcome, error=entry.error)
    kind = "response" if isinstance(entry, Exchange) else "resource"
    capture = capture.replace(kind="revisit" if entry.original else kind, original=entry.original)
    if isinstance(entry, Exchange):
        return capture.replace(status=entry.received.status, headers=entry.received.headers)
    return capture.replace(headers=((b"Content-Type", entry.content_type.encode("ascii")),))
