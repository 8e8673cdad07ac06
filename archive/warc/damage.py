"""What damage costs beyond its own file, and what is saved of it.

Checked is what points into the evidence: rows of the databases, and records that refer to others. This finds
a file that was cut exactly between two records, which by itself looks whole.

Saved is what is whole in a damaged file, in a sound one beside it. The damaged one stays as it is: rows point
into it, and it may be brought back.

    NAME.warc.gz ─▶ NAME.sound.warc.gz, and damaged again, once that was sealed, NAME.sound-2.warc.gz

The last record of a sound copy names the damaged file and what is missing; nothing is derived from that.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from archive.data_folder import write_durably
from archive.warc.encode import decode_facts, encode_repair, random_record_id
from archive.warc.entries import ArchiveError, Written, capture_id_in, foreign_mark
from archive.warc.files import complete_indexes, damaged_name, sound_name
from archive.warc.reader import payload_sha256, read_payload_head
from archive.warc.record_index import RecordEntry, walk_on
from archive.warc.record_parts import GZIP_WINDOW
from archive.warc.verification import FileReport, Finding, verify_file
from archive.warc.walk import open_warc, read_span, record_at, sha256_of


def verify_pointers(
    folder: Path, pointers: Iterable[Written], unread: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield the pointers that do not lead to what they name: cut files, missing files, other records.

    Reads the head of each record only; `verify_file` reads the rest. Quickest in the order of file and
    offset.

    Args:
        folder: where the files stand.
        pointers: as the corpus and the frontier hold them.
        unread: files that could not be had, of which nothing is said.
    """
    for name, group in itertools.groupby(pointers, key=attrgetter("warc_file")):
        if name in unread:
            continue
        try:
            file = open_warc(folder / name)
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError)
            unread = "the file is missing" if is_missing else f"the file cannot be read: {error.strerror}"
            for pointer in group:
                yield Finding(name, pointer.offset, pointer.capture_id, unread)
            continue
        with file:
            for pointer in group:
                if problem := _check_pointer(file, pointer):
                    yield Finding(name, pointer.offset, pointer.capture_id, problem)


def _check_pointer(file: BinaryIO, pointer: Written) -> str | None:
    end, size = pointer.offset + pointer.length, file.seek(0, 2)
    if end > size:
        return f"the record should end at byte {end}, but the file ends at byte {size}"
    try:
        record = record_at(file, pointer.warc_file, pointer.offset)
        if record is None or capture_id_in(pointer.warc_file, record.record_id() or "") != pointer.capture_id:
            return f"another record stands there: {record and record.record_id()}"
        digest = payload_sha256(record, read_payload_head(record), pointer.warc_file)
        # Revisits of others may state another kind of digest: theirs is that of what they repeat.
        if digest != pointer.payload_sha256 and (digest or foreign_mark(pointer.warc_file) is None):
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
    files = {report.file for report in reports}
    for report in reports:
        if damaged_name(report.file) in files:
            continue  # all of its captures stand in the damaged file too
        if twice := known.intersection(report.captures):
            problem = f"{len(twice)} of its captures stand in another file too"
            yield Finding(report.file, 0, None, problem)
        known.update(report.captures)
    # What refers into a file that could not be had is not known to lead nowhere.
    for report in () if any(report.unread for report in reports) else reports:
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


# What is whole in a damaged file.


def write_sound_copy(
    path: Path,
    at: dt.datetime,
    new_id: Callable[[], str] = random_record_id,
    taken: Container[str] = (),
) -> Path:
    """Write what is whole in a damaged file beside it, durably, with its indexes, and return where.

    Left out, and named in the last record, is what cannot be read, and what is not the record that the index
    states.

    Args:
        path: the damaged file.
        at: dates the last record.
        new_id: makes its id.
        taken: names that were sealed with other bytes.

    Raises:
        OSError: the disk refuses.
    """
    target = path.with_name(sound_name(path.name, taken))
    write_durably(target, _whole_members(path, target.name, at, new_id))
    complete_indexes(path.parent)
    return target


def _whole_members(path: Path, name: str, at: dt.datetime, new_id: Callable[[], str]) -> Iterator[bytes]:
    lost = sorted(verify_file(path).damage, key=attrgetter("offset"))
    # The walk tells of what cannot be read; that a whole record is another than its index states, only
    # verifying does.
    struck = {damage.offset for damage in lost}
    with open_warc(path) as file, open_warc(path) as members:
        for record in walk_on(file, path, lambda _: None):
            if record.is_whole() and record.offset not in struck:
                yield from read_span(members, record.offset, record.offset + record.finish())
    missing = [
        {"offset": damage.offset, "end": damage.end, "problem": damage.problem}
        | {"records": [{"type": each.record_type, "id": each.record_id} for each in damage.lost]}
        for damage in lost
    ]
    member = encode_repair(path.name, sha256_of(path), missing, at, new_id)
    yield member.data if name.endswith(".gz") else zlib.decompress(member.data, GZIP_WINDOW)


def is_closing_note(copy: Path, entry: RecordEntry) -> bool:
    """Whether a record says what a sound copy lacks; nothing is derived from it, and its file held none.

    Raises:
        TornRecord: the record is cut off or damaged.
    """
    if entry.record_type != "metadata":
        return False
    with open_warc(copy) as file:
        record = record_at(file, copy.name, entry.offset)
        return record is not None and decode_facts(b"".join(iter(record.read, b""))) is None
