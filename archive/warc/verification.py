"""Re-reads every byte of the evidence and says what is wrong and where.

Found: a gzip member cut off or damaged, a record that does not end where its length says, digests that are
not those of the bytes, ids used twice, records that refer to nothing. A file cut exactly between two members
looks whole by itself: `archive.warc.damage` finds that, through whoever points behind the cut.
"""

from __future__ import annotations

import hashlib
import io
import os
from array import array
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from archive.warc.entries import CAPTURE_TYPES, TornRecord, foreign_mark
from archive.warc.files import archive_files
from archive.warc.moved_files import StoreUnreachable, known_size, open_raw
from archive.warc.record_index import Damage, IndexCursor, RecordEntry, Seal, has_index, walk_on
from archive.warc.record_parts import (
    GZIP_HEAD,
    begin_digest,
    find_digest_fault,
    is_chunked,
    read_head,
)
from archive.warc.walk import CHUNK_BYTES, Record, digest_member, record_at
from pipelines.structs import FrozenStruct


class Finding(FrozenStruct):
    """Something that is wrong with the evidence.

    Attributes:
        file: the file's name.
        offset: where the record concerned begins, in bytes.
        record_id: its id; None where it cannot be read.
        problem: what is wrong, in words.
        whole_file: whether nothing tells which of the file's records are concerned.
    """

    file: str
    offset: int
    record_id: str | None
    problem: str
    whole_file: bool = False


class FileReport(FrozenStruct):
    """What a file holds and what is wrong with it.

    Attributes:
        file: its name.
        size_bytes: its length.
        records: how many whole records were read.
        findings: what is wrong, in the order of the file; none for a sound file.
        captures: fingerprints of the ids that a revisit may refer to.
        references: offset and fingerprint of each reference that leads out of the file.
        sha256: of its bytes, hexadecimal; None where not all of them could be read in one go, or where no
            seal of the file is known.
        damage: the stretches that could not be read.
        unread: why it could not be read where it stands; None where it could. Unless it is found missing,
            that tells nothing of it.
    """

    file: str
    size_bytes: int
    records: int
    findings: tuple[Finding, ...]
    captures: array[int]
    references: tuple[tuple[int, int], ...]
    sha256: str | None
    damage: tuple[Damage, ...]
    unread: str | None = None


def fingerprint(record_id: str) -> int:
    """Return 64 bits that stand for a record id.

    Among a hundred million ids the chance of a single collision is 1 in 3,700.
    """
    return int.from_bytes(hashlib.blake2b(record_id.encode("utf-8"), digest_size=8).digest())


OWN_SOFTWARE = b"software: gongkai/"
SHARE_BYTES = 1 << 26
"""For less than this it is not worth while to start another process."""


class _Ledger(Struct):
    """What has been seen of a file so far."""

    file: str
    foreign: bool = False
    own: bool = False
    records: int = 0
    findings: list[Finding] = []
    ids: set[int] = set()
    captures: array[int] = field(default_factory=lambda: array("Q"))
    refers: list[tuple[int, int]] = []
    awaited: dict[str, tuple[int, str | None]] = {}
    damage: list[Damage] = []

    def find(self, record: Record, problem: str) -> None:
        """Note a finding about a record."""
        self.findings.append(Finding(self.file, record.offset, record.record_id(), problem))

    def note(self, entry: RecordEntry, problem: str) -> None:
        """Note a finding about what an index states."""
        self.findings.append(Finding(self.file, entry.offset, entry.record_id, problem))

    def note_reference(self, record: Record) -> None:
        """Note which record this one refers to, if any."""
        if refers_to := record.record_id("WARC-Refers-To"):
            self.refers.append((record.offset, fingerprint(refers_to)))

    def take_damage(self, damage: Damage) -> None:
        """Note a stretch that cannot be read."""
        self.damage.append(damage)
        lost = damage.lost[0].record_id if damage.lost else None
        self.findings.append(Finding(self.file, damage.offset, lost, damage.describe()))

    def report(self, size: int, sha256: str | None) -> FileReport:
        """Say what was seen of the whole file."""
        known = set(self.captures)
        return FileReport(
            self.file,
            size,
            self.records,
            tuple(sorted(self.findings, key=attrgetter("offset"))),
            self.captures,
            tuple(reference for reference in self.refers if reference[1] not in known),
            sha256,
            tuple(self.damage),
        )


def verify_archive(folder: Path, seals: Mapping[str, Seal] = MappingProxyType({})) -> Iterator[FileReport]:
    """Verify the sealed files of a folder, in their order, several at once where there is much to read.

    Args:
        folder: where the files stand.
        seals: what is known of files by their names, as `verify_file` takes it.
    """
    paths = archive_files(folder)
    known = [seals.get(path.name) for path in paths]
    workers = min(len(paths), os.cpu_count() or 1, sum(map(known_size, paths)) // SHARE_BYTES)
    if workers < 2:
        yield from map(verify_file, paths, known)
        return
    # Not forked: a bar on the terminal has a thread of its own.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(verify_file, paths, known)


def verify_file(path: Path, seal: Seal | None = None) -> FileReport:
    """Re-read every byte of a file, once where it is as it was sealed.

    Goes on behind damage where the index of records says, so that one bad byte does not hide the rest. Memory
    holds a few numbers per record, never a body.

    Args:
        path: the file.
        seal: what its manifest says.
    """
    ledger = _Ledger(path.name)
    try:
        return _verify_whole(path, seal)
    except StoreUnreachable as silent:
        unread = str(silent)
    except OSError as failed:
        # A disk that is not there, or one that cannot read these bytes any more: the other files are read.
        what = "is missing" if isinstance(failed, FileNotFoundError) else "cannot be read"
        unread = str(failed)
        ledger.findings.append(Finding(path.name, 0, None, f"the file {what}: {failed}", whole_file=True))
    return ledger.report(0, None).replace(unread=unread)


def _verify_whole(path: Path, seal: Seal | None) -> FileReport:
    # The quick way believes an index that was sealed with the file as we wrote it; any doubt is left to the
    # slow one.
    if seal and seal.as_written and (report := _verify_sealed(path, seal)):
        return report
    ledger = _Ledger(path.name, foreign=foreign_mark(path.name) is not None)
    cursor = IndexCursor(path)
    by_index, is_compared = _Ledger(path.name), cursor.exists
    # Of a file that no manifest names nobody knows which digest it should have.
    with _DigestedFile(path, is_asked=seal is not None) as raw, io.BufferedReader(raw, CHUNK_BYTES) as file:
        for record in walk_on(file, path, ledger.take_damage, cursor=cursor):
            try:
                _verify_record(record, ledger)
                record.finish()
            except TornRecord:
                continue  # the walk tells of it
            if is_compared:
                is_compared = _compare(RecordEntry.of(record), cursor, by_index)
            ledger.records += 1
        size = file.seek(0, os.SEEK_END)
        sha256 = raw.sha256(size)
    # Where the file is as it was sealed and its index is not, it is the index that was altered.
    if not (seal and sha256 == seal.sha256 and not has_index(path, seal.records_sha256)):
        if is_compared:
            _note_rest(cursor, by_index)
        ledger.findings += by_index.findings
        ledger.damage += by_index.damage
    if not size:
        ledger.findings.append(Finding(path.name, 0, None, "the file is empty"))
    for target, (at, record_id) in ledger.awaited.items():
        problem = f"WARC-Concurrent-To names {target}, which is not in this file"
        ledger.findings.append(Finding(path.name, at, record_id, problem))
    return ledger.report(size, sha256)


def _verify_sealed(path: Path, seal: Seal) -> FileReport | None:
    """Hold each record against the index that was sealed with it; return None where a byte of either differs.

    The digests that such a record states are left alone: they were written over these very bytes. Nothing is
    believed of an index that is another: neither how long its members are, nor that they are records.
    """
    if not has_index(path, seal.records_sha256):
        return None
    ledger, end = _Ledger(path.name), 0
    with _DigestedFile(path) as raw, io.BufferedReader(raw, CHUNK_BYTES) as file:
        for line in iter(IndexCursor(path).take_line, b""):
            entry = RecordEntry.parse(line)
            if (
                entry is None
                # Members without a gap, from the first byte on: bytes between them would be read by nobody.
                or entry.offset != end
                or digest_member(file, entry.offset, entry.length) != entry.sha256
            ):
                return None
            if entry.record_type in CAPTURE_TYPES:
                ledger.captures.append(fingerprint(entry.record_id))
            if entry.record_type == "revisit" and (record := record_at(file, path.name, end)):
                ledger.note_reference(record)
            ledger.records += 1
            end += entry.length
        sha256 = raw.sha256(file.seek(0, os.SEEK_END))
    return ledger.report(end, sha256) if sha256 == seal.sha256 else None


class _DigestedFile(io.RawIOBase):
    """A file that is digested as it is read, from its beginning on and whatever of it is read twice.

    Args:
        path: the file.
        is_asked: whether anybody asks for the digest.
    """

    def __init__(self, path: Path, *, is_asked: bool = True) -> None:
        super().__init__()
        self._raw = open_raw(path, anew=True)
        self._digest = hashlib.sha256() if is_asked else None
        self._digested = 0

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that reading may go on elsewhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on reading elsewhere."""
        return self._raw.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        """Read, and digest what was not yet read."""
        start = self.tell()
        count = self._raw.readinto(buffer) or 0
        if self._digest and start <= self._digested < start + count:
            self._digest.update(memoryview(buffer)[self._digested - start : count])
            self._digested = start + count
        return count

    def sha256(self, size: int) -> str | None:
        """Return the SHA-256 of the file, if it was asked for and all of it was read."""
        return self._digest.hexdigest() if self._digest and self._digested == size else None


def _compare(entry: RecordEntry, cursor: IndexCursor, told: _Ledger) -> bool:
    """Compare a whole record with the next line of the index; return whether those behind it can be, too."""
    if (stated := cursor.take_line()) == entry.line():
        return True
    said = RecordEntry.parse(stated)
    if said is None or said.offset != entry.offset:
        # Whatever is wrong, each line that follows would be wrong too.
        told.note(entry, "its index of records states another, or none, and is not compared from here on")
        return False
    problem = "this is not the record that its index states"
    told.damage.append(Damage(told.file, entry.offset, entry.offset + entry.length, problem, (said,)))
    told.note(entry, problem)
    return True


def _note_rest(cursor: IndexCursor, told: _Ledger) -> None:
    """Note what the index states behind the last record."""
    # Against an empty file no line stands as stated, so all that are left are lost.
    lost, _ = cursor.find_whole(io.BytesIO(), 0)
    if lost:
        problem = f"the file ends before {len(lost)} records that its index states"
        told.damage.append(Damage(told.file, lost[0].offset, None, problem, lost))
        told.note(lost[0], problem)


def _verify_record(record: Record, ledger: _Ledger) -> None:
    if ledger.foreign:
        return  # how well others archive is theirs; that these are the bytes given, the manifest tells
    kind, record_id = record.field("WARC-Type"), record.record_id()
    if not (kind and record_id and record.field("WARC-Date")):
        for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date"):
            if not record.field(name):
                ledger.find(record, f"the record has no {name}")
    opening = _verify_digests(record, kind, ledger)
    if record.offset == 0:
        ledger.own = kind == "warcinfo" and opening.startswith(OWN_SOFTWARE)
    if ledger.own and not record.opening.startswith(GZIP_HEAD):
        ledger.find(record, "the gzip header is not as it was written")
    _note_identity(record, kind, record_id, ledger)


def _note_identity(record: Record, kind: str | None, record_id: str | None, ledger: _Ledger) -> None:
    if record_id:
        # Within a file Python's own hash does; only what other processes compare needs a fingerprint.
        if (mark := hash(record_id)) in ledger.ids:
            ledger.find(record, "the record id is used twice in this file")
        ledger.ids.add(mark)
        ledger.awaited.pop(record_id, None)
        if kind in CAPTURE_TYPES:
            ledger.captures.append(fingerprint(record_id))
    for target in record.fields("WARC-Concurrent-To"):
        bare = target.strip("<>")
        # Within our groups the capture stands last, in files of others often first: either order is sound.
        if bare not in ledger.awaited and hash(bare) not in ledger.ids:
            ledger.awaited[bare] = (record.offset, record_id)
    ledger.note_reference(record)


def _verify_digests(record: Record, kind: str | None, ledger: _Ledger) -> bytes:
    """Recompute the digests that a record states; return the first bytes of its block."""
    stated, stated_payload = record.field("WARC-Block-Digest"), record.field("WARC-Payload-Digest")
    block, payload = begin_digest(stated), begin_digest(stated_payload)
    # Where a request's head ends nobody asks who states no digest of what is behind it.
    is_parted = bool(stated_payload) or kind != "request"
    is_http = is_parted and (record.field("Content-Type") or "").startswith("application/http")
    opening = head = record.read_http_head() if is_http else b""
    if block:
        block.update(head)
    while piece := record.read():
        opening = opening or piece
        if block:
            block.update(piece)
        if payload:
            payload.update(piece)
    if fault := find_digest_fault(stated, block):
        ledger.find(record, f"WARC-Block-Digest {fault}")
    # A revisit states the digest of what it leaves out. Of a body in chunks, archivers take it before or
    # after joining them; the block's digest covers the same bytes.
    fault = find_digest_fault(stated_payload, payload)
    if fault and kind != "revisit" and not (is_http and is_chunked(read_head(head).headers)):
        ledger.find(record, f"WARC-Payload-Digest {fault}")
    return opening
