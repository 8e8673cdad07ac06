"""What verifying says, and what it is asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array


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
        references: pairs in a row, offset and fingerprint, of the references that lead out of the file.
    """

    file: str
    size_bytes: int
    records: int
    findings: tuple[Finding, ...]
    captures: array[int]
    references: array[int]


def fingerprint(record_id: str) -> int:
    """Return 64 bits that stand for a record id.

    Among a hundred million ids the chance of a single collision is 1 in 3,700.
    """
    return int.from_bytes(hashlib.blake2b(record_id.encode("utf-8"), digest_size=8).digest())
