"""Re-reads every byte of the evidence and says what is wrong and where.

Found: a gzip member cut off or damaged, a record that does not end where its length says, digests that are
not those of the bytes, ids used twice, records that refer to nothing. A file cut exactly between two members
looks whole by itself: `verify_pointers` finds that, through whoever points behind the cut.
"""

from __future__ import annotations

import hashlib
import itertools
from array import array
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from archive.warc.entries import ArchiveError, TornRecord
from archive.warc.files import archive_files
from archive.warc.reader import payload_sha256, read_payload_head
from archive.warc.record_parts import GZIP_HEAD, is_chunked, read_digest, read_head
from archive.warc.walk import open_warc, record_at, resume_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from archive.warc.walk import Record


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the evidence.

    Attributes:
        file: the file's name.
        offset: where the record concerned begins, in bytes.
        record_id: its id; None where it cannot be read.
        problem: what is wrong, in words.
    """

    file: str
    offset: int
    record_id: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a capture is said to stand: a row of the corpus or of the frontier.

    Attributes:
        warc_file: the file's name.
        offset: where its record begins, in bytes.
        length: the length of its record in the file, in bytes.
        capture_id: the record's id.
        payload_sha256: hexadecimal; None for a failure, a run, or an answer without a payload of its own.
    """

    warc_file: str
    offset: int
    length: int
    capture_id: str
    payload_sha256: str | None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a file holds and what is wrong with it.

    Attributes:
        file: its name.
        size_bytes: its length.
        records: how many whole records were read.
        findings: what is wrong, in the order of the file; none for a sound file.
        captures: fingerprints of the ids that a revisit may refer to.
        references: offset and fingerprint of each reference that leads out of the file.
    """

    file: str
    size_bytes: int
    records: int
    findings: tuple[Finding, ...]
    captures: array[int]
    references: tuple[tuple[int, int], ...]


def fingerprint(record_id: str) -> int:
    """Return 64 bits that stand for a record id.

    Among a hundred million ids the chance of a single collision is 1 in 3,700.
    """
    return int.from_bytes(hashlib.blake2b(record_id.encode("utf-8"), digest_size=8).digest())


OWN_SOFTWARE = b"software: gongkai/"


@dataclass(slots=True)
class _Ledger:
    """What has been seen of a file so far."""

    file: str
    own: bool = False
    records: int = 0
    findings: list[Finding] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)
    captures: array[int] = field(default_factory=lambda: array("Q"))
    refers: list[tuple[int, int]] = field(default_factory=list)
    awaited: dict[str, tuple[int, str | None]] = field(default_factory=dict)

    def find(self, record: Record, problem: str) -> None:
        """Note a finding about a record."""
        self.findings.append(Finding(self.file, record.offset, record.record_id(), problem))


def verify_archive(folder: Path) -> Iterator[FileReport]:
    """Verify the sealed files of a folder, one after the other."""
    return map(verify_file, archive_files(folder))


def verify_file(path: Path) -> FileReport:
    """Re-read every byte of a file.

    Goes on behind damage at the next whole record, so that one bad byte does not hide the rest. Memory
    holds a few numbers per record, never a body.
    """
    ledger = _Ledger(path.name)
    with open_warc(path) as file:
        size = file.seek(0, 2)
        offset: int | None = 0
        while offset is not None and offset < size:
            offset = _verify_next(file, offset, ledger)
    if not size:
        ledger.findings.append(Finding(path.name, 0, None, "the file is empty"))
    for target, (at, record_id) in ledger.awaited.items():
        problem = f"WARC-Concurrent-To names {target}, which is not in this file"
        ledger.findings.append(Finding(path.name, at, record_id, problem))
    known = set(ledger.captures)
    outward = tuple(reference for reference in ledger.refers if reference[1] not in known)
    findings = tuple(sorted(ledger.findings, key=lambda finding: finding.offset))
    return FileReport(path.name, size, ledger.records, findings, ledger.captures, outward)


def _verify_next(file: BinaryIO, offset: int, ledger: _Ledger) -> int | None:
    """Verify the record at an offset; return where to go on, None where nothing whole follows."""
    try:
        record = record_at(file, ledger.file, offset)
        if record is None:
            return None
        _verify_record(record, ledger)
        end = offset + record.finish()
    except TornRecord as torn:
        ledger.findings.append(Finding(ledger.file, offset, None, torn.problem))
        return resume_after(file, ledger.file, offset)
    except ArchiveError as error:
        ledger.findings.append(Finding(ledger.file, offset, None, error.problem))
        return None
    ledger.records += 1
    if ledger.own:
        file.seek(offset)
        if file.read(len(GZIP_HEAD)) != GZIP_HEAD:
            ledger.find(record, "the gzip header is not as it was written")
    return end


def _verify_record(record: Record, ledger: _Ledger) -> None:
    kind = record.field("WARC-Type")
    record_id = record.record_id()
    for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date"):
        if not record.field(name):
            ledger.find(record, f"the record has no {name}")
    opening = _verify_digests(record, ledger)
    if kind == "warcinfo" and record.offset == 0:
        ledger.own = opening.startswith(OWN_SOFTWARE)
    _note_identity(record, kind, record_id, ledger)


def _note_identity(record: Record, kind: str | None, record_id: str | None, ledger: _Ledger) -> None:
    if record_id:
        mark = fingerprint(record_id)
        if mark in ledger.ids:
            ledger.find(record, "the record id is used twice in this file")
        ledger.ids.add(mark)
        ledger.awaited.pop(record_id, None)
        if kind in {"response", "resource", "revisit"}:
            ledger.captures.append(mark)
    for target in record.fields("WARC-Concurrent-To"):
        bare = target.strip("<>")
        if fingerprint(bare) not in ledger.ids:
            ledger.awaited[bare] = (record.offset, record_id)
    if refers_to := record.record_id("WARC-Refers-To"):
        ledger.refers.append((record.offset, fingerprint(refers_to)))


def _verify_digests(record: Record, ledger: _Ledger) -> bytes:
    """Recompute the digests that a record states; return the first bytes of its block."""
    block, payload = _begin_digest(record, "WARC-Block-Digest"), _begin_digest(record, "WARC-Payload-Digest")
    opening = head = b""
    if (record.field("Content-Type") or "").startswith("application/http"):
        opening = head = record.read_http_head()
        block.update(head)
    while piece := record.read():
        opening = opening or piece
        block.update(piece)
        payload.update(piece)
    _compare_digest(record, "WARC-Block-Digest", block, ledger)
    # A revisit states the digest of what it leaves out. Of a body in chunks, archivers take it before or
    # after joining them; the block's digest covers the same bytes.
    if record.field("WARC-Type") != "revisit" and not is_chunked(read_head(head).headers):
        _compare_digest(record, "WARC-Payload-Digest", payload, ledger)
    return opening


def _begin_digest(record: Record, name: str) -> hashlib._Hash:
    """Return what computes the digest that a record states; of any kind where it states none."""
    stated = read_digest(record.field(name) or "")
    return hashlib.new(stated.algorithm if stated else "md5", usedforsecurity=False)


def _compare_digest(record: Record, name: str, computed: hashlib._Hash, ledger: _Ledger) -> None:
    text = record.field(name)
    stated = read_digest(text or "")
    if text and stated is None:
        ledger.find(record, f"{name} is of no kind that can be checked: {text}")
    elif stated and computed.digest() != stated.value:
        ledger.find(record, f"{name} is not that of the bytes")


# Checks what points into the evidence: rows of the databases, and records that refer to others.
# This is what finds a file that was cut exactly between two records, which by itself looks whole.


def verify_pointers(folder: Path, pointers: Iterable[Pointer]) -> Iterator[Finding]:
    """Yield the pointers that do not lead to what they name: cut files, missing files, other records.

    Reads the head of each record only; `verify_file` reads the rest. Quickest in the order of file and
    offset.

    Args:
        folder: where the files stand.
        pointers: as the corpus and the frontier hold them.
    """
    for name, group in itertools.groupby(pointers, key=attrgetter("warc_file")):
        try:
            file = open_warc(folder / name)
        except FileNotFoundError:
            for pointer in group:
                yield Finding(name, pointer.offset, pointer.capture_id, "the file is missing")
            continue
        with file:
            for pointer in group:
                if problem := _check_pointer(file, pointer):
                    yield Finding(name, pointer.offset, pointer.capture_id, problem)


def _check_pointer(file: BinaryIO, pointer: Pointer) -> str | None:
    end, size = pointer.offset + pointer.length, file.seek(0, 2)
    if end > size:
        return f"the record should end at byte {end}, but the file ends at byte {size}"
    try:
        record = record_at(file, pointer.warc_file, pointer.offset)
        if record is None or record.record_id() != pointer.capture_id:
            return f"another record stands there: {record and record.record_id()}"
        if payload_sha256(record, read_payload_head(record)) != pointer.payload_sha256:
            return "the payload has another digest"
        # What follows begins where this record ends, so the length is right without inflating it all.
        record_at(file, pointer.warc_file, end)
    except ArchiveError as error:
        return f"no record stands there whole: {error.problem}"
    return None


def verify_references(folder: Path, reports: Iterable[FileReport]) -> Iterator[Finding]:
    """Yield what is wrong between files: revisits of what no file holds, captures that two files hold.

    Args:
        folder: where the files stand.
        reports: one for each file of the folder.
    """
    reports = tuple(reports)
    known = set[int]()
    for report in reports:
        if twice := known.intersection(report.captures):
            problem = f"{len(twice)} of its captures stand in another file too"
            yield Finding(report.file, 0, None, problem)
        known.update(report.captures)
    for report in reports:
        for offset, target in report.references:
            if target not in known:
                yield _lost_original(folder, report.file, offset)


def _lost_original(folder: Path, name: str, offset: int) -> Finding:
    with open_warc(folder / name) as file:
        record = record_at(file, name, offset)
    if record is None:
        return Finding(name, offset, None, "the file has become shorter while it was verified")
    target = record.record_id("WARC-Refers-To")
    return Finding(name, offset, record.record_id(), f"WARC-Refers-To names {target}, which no file holds")
