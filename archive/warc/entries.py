"""What goes into WARC and what comes back: the vocabulary that harvest and derive share.

A fetch is written as one group, in this order: `metadata` (what a rebuild needs to know of the capture),
`request`, and last `response` or `revisit`. So where a capture stands whole, all that it refers to stands
whole before it, and cutting a torn tail never leaves a capture without its context.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from io import BytesIO
from typing import Any

from archive.warc.record_parts import join_body, read_head, split_head, split_interim
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in the order in which they came, repeated ones kept, as bytes."""

# WARC 1.1, 6.7.2 and 6.7.3; the addresses name a profile and lead nowhere.
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class Role(StrEnum):
    """Why an address was fetched."""

    LIST = "list"
    ARTICLE = "article"
    ATTACHMENT = "attachment"
    PART = "part"
    """A further page of an article, whose capture is its parent: read with it, and no document of its own."""
    PROBE = "probe"
    """robots.txt and what recognition looks at: kept, never a document."""


CAPTURE_TYPES = frozenset(("response", "resource", "revisit"))
"""The types of records that are captures, but for lookups of names."""
TARGET_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))
"""What is fetched with these is a document, should it answer."""


class Context(FrozenStruct):
    """What a rebuild needs to know of a capture, beside what was fetched.

    Attributes:
        run_id: the run that fetched or imported it.
        role: why it was fetched.
        portal: the id of the portal; None for imports without one.
        parent: the capture id of the page that linked here; None for a seed.
        list_title: the link text under which a list page named it.
        list_date: the date that the list page printed beside it, as printed.
        list_url: the address of a list, as the registry has it: the one that this is a page of, or that led
            here, itself or through an article.
        provenance: for imports: `obtained_by`, `note`, `source_path` (the file's name only); `stated_date`,
            where whoever archived it stated a day, a month or a year, of which the date is the first instant,
            or a leap second, which the date is the second before of.
    """

    run_id: str
    role: Role
    portal: str | None = None
    parent: str | None = None
    list_title: str | None = None
    list_date: str | None = None
    list_url: str | None = None
    provenance: Mapping[str, str] = {}


class Original(FrozenStruct):
    """The earlier capture that a revisit stands for.

    Attributes:
        capture_id: its record id.
        url: its target address.
        fetched_at: its date.
        profile: `IDENTICAL_PAYLOAD` or `NOT_MODIFIED`.
    """

    capture_id: str
    url: str
    fetched_at: dt.datetime
    profile: str


class Connection(FrozenStruct):
    """Over what an answer came.

    Attributes:
        ip_address: of the server; None when not known.
        tls: the version of TLS as OpenSSL names it, `TLSv1.3`; None without TLS.
        cipher: the cipher suite as OpenSSL names it.
        certificates: the SHA-256 (hexadecimal, of DER) of each that the server sent, its own first.
    """

    ip_address: str | None = None
    tls: str | None = None
    cipher: str | None = None
    certificates: tuple[str, ...] = ()


class Exchange(FrozenStruct, dict=True):
    """One request and the response to it, to be archived.

    Attributes:
        url: the address as requested, without fragment.
        fetched_at: when the response had come in.
        request: as sent, byte for byte.
        response: as received, byte for byte: interim responses (1xx), then the final one.
        context: what a rebuild needs.
        connection: over what it came.
        original: the capture whose payload this one repeats; None for a new payload.
    """

    url: str
    fetched_at: dt.datetime
    request: bytes
    response: bytes
    context: Context
    connection: Connection = Connection()
    original: Original | None = None

    # The writer, the judge and the frontier ask for it: chunks are joined once. (For this the class has no
    # slots.)
    @cached_property
    def received(self) -> StoredPayload:
        """The final response, transfer coding undone, content coding intact."""
        head, body = split_head(split_interim(self.response)[1])
        said = read_head(head)
        return StoredPayload(said.status, said.headers, b"".join(join_body(said.headers, BytesIO(body))))


class Lookup(FrozenStruct):
    """What the system's resolver said of a host's name: one `resource` record per kind of address."""

    host: str
    at: dt.datetime
    addresses: tuple[str, ...]


class Failure(FrozenStruct):
    """A fetch that brought no response: a `metadata` record with its outcome and error."""

    url: str
    fetched_at: dt.datetime
    method: str
    outcome: str
    error: str
    context: Context


class Resource(FrozenStruct):
    """A local file handed in by people: a WARC `resource` record; `fetched_at` is when."""

    url: str
    fetched_at: dt.datetime
    content_type: str
    payload: bytes
    context: Context
    original: Original | None = None


class RunEvent(FrozenStruct):
    """The start or the end of a run: its registry entries, settings, sweeps.

    Attributes:
        run_id: the run.
        event: `start` or `end`.
        at: when.
        body: JSON-ready facts. Start: `verb`, `night`, `portals` (list of registry entries), `settings`.
            End: `state` (`finished`, `failed`, `interrupted`), `sweeps` (list of `portal`, `list_url`,
            `declared`, `found`, `complete`, `reason`, `missing`: known addresses, in canonical form, that
            were not where the list had had them, `still_listed`: those whose pages were not there in this
            run, though the list has them, `put_off`: of how many more it said something new).
    """

    run_id: str
    event: str
    at: dt.datetime
    body: Mapping[str, Any]


Entry = Exchange | Lookup | Failure | Resource | RunEvent


class Written(FrozenStruct):
    """Where an entry came to stand, once durable.

    Attributes:
        capture_id: the record id of the capture (`urn:uuid:…`); for a run event, of its record.
        warc_file: the file's name once sealed.
        offset: where the gzip member of that record begins, in bytes.
        length: the length of that member, in bytes.
        payload_sha256: hexadecimal; None where there is no payload.
        outcome: of an exchange, where the writer process judged it: what the answer is; else None.
    """

    capture_id: str
    warc_file: str
    offset: int
    length: int
    payload_sha256: str | None
    outcome: str | None = None


class StoredCapture(FrozenStruct):
    """A capture read back: a `response`, `revisit`, `resource`, or the `metadata` of a failure.

    Attributes:
        kind: the WARC record type, or `failure`.
        status: HTTP status; None for resources and failures.
        headers: response header fields; empty for failures; `Content-Type` alone for resources.
        original: for a revisit: what it refers to (`capture_id` as WARC-Refers-To has it).
        outcome: for a failure: as recorded; of what was just written: as judged; of what others kept in part:
            `unexpected`; else None.
        error: for a failure, or a part: what is wrong, in words.
        context: None when the capture has no metadata record of ours (foreign WARC files).
    """

    id: str
    kind: str
    url: str
    fetched_at: dt.datetime
    warc_file: str
    warc_offset: int
    warc_length: int
    context: Context | None
    status: int | None = None
    headers: Headers = ()
    payload_sha256: str | None = None
    original: Original | None = None
    outcome: str | None = None
    error: str | None = None


class StoredRun(FrozenStruct):
    """A run event read back."""

    event: RunEvent
    warc_file: str
    warc_offset: int
    warc_length: int


class StoredPayload(FrozenStruct):
    """The payload of a `response` or `resource` record.

    Attributes:
        status: HTTP status; None for resources.
        headers: as stored.
        body: as stored, content coding intact.
    """

    status: int | None
    headers: Headers
    body: bytes


# Which WARC files are of others: told by their names, so that nothing in them is taken for a word of ours.
#
#     foreign-<first 12 hex digits of the SHA-256 of what was handed in>-<statement>-<number>.warc.gz
#                                             gongkai-<statement>.warc.gz ─┘
#
# A foreign file stands byte for byte as it was handed in. Our own file that it is named after holds the
# record of the run that took it: who gave it, from which file, and the digest of each file. Record ids are
# whatever others chose, ours among them, so what they came with is part of the id of a foreign capture.

GIVEN = "given"
"""In the body of an import's start: by its mark, what our record says of each archive of others."""

_PREFIX = "foreign-"
MARK_LENGTH = 12
_NUMBER_LENGTH = 6


def foreign_name(sha256: str, statement: str, number: int, suffix: str) -> str:
    """Return the name of a foreign file.

    Args:
        sha256: of what was handed in, hexadecimal.
        statement: the name of our file that says who gave it.
        number: which WARC file of it this is, from 0.
        suffix: `.warc.gz` or `.warc`.
    """
    # Names are taken apart again by `statement_name`: a change here orphans every foreign file that is kept.
    stem = statement.partition(".")[0].removeprefix("gongkai-")
    return f"{_PREFIX}{sha256[:MARK_LENGTH]}-{stem}-{number:05}{suffix}"


def foreign_mark(name: str) -> str | None:
    """Return the digits by which what was handed in together is known; None for a file of ours."""
    return name[len(_PREFIX) :][:MARK_LENGTH] if name.startswith(_PREFIX) else None


def statement_name(name: str) -> str:
    """Return the name of our file that says who gave a foreign file."""
    # Behind the mark a hyphen, at the end a hyphen and five digits.
    return f"gongkai-{name.partition('.')[0][len(_PREFIX) + MARK_LENGTH + 1 : -_NUMBER_LENGTH]}.warc.gz"


def capture_id_in(name: str, record_id: str) -> str:
    """Return the id of the capture that a record is: in a foreign file, it says with what it came."""
    mark = foreign_mark(name)
    return record_id if mark is None else f"{record_id}#{mark}"


# What goes wrong between an entry and the disk.


class ArchiveError(GongkaiError):
    """The evidence could not be written or read; nothing that failed was acknowledged."""


class ArchiveFull(ArchiveError):
    """The disk, the quota or the file-size limit has no room for the next record."""


class UnwritableEntry(ArchiveError):
    """One entry cannot be written down; the writer goes on with the others."""


class TornRecord(ArchiveError):
    """A record is cut off or damaged.

    Args:
        problem: what is wrong with it.
        file: the file's name.
        offset: where the damaged record begins, in bytes.
    """

    def __init__(self, problem: str, file: str, offset: int) -> None:
        self.file = file
        self.offset = offset
        super().__init__(
            problem,
            where=f"{file}, byte {offset}",
            hint="Run `gongkai verify`, and bring the file back from a copy",
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a child process."""
        return TornRecord, (self.problem, self.file, self.offset)
