"""Checks what points into the evidence: rows of the databases, and records that refer to others.

This is what finds a file that was cut exactly between two records, which by itself looks whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from archive.warc.entries import ArchiveError, Written, capture_id_in, foreign_mark
from archive.warc.files import damaged_name
from archive.warc.reader import payload_sha256, read_payload_head
from archive.warc.verification import FileReport, Finding
from archive.warc.walk import open_warc, record_at


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
