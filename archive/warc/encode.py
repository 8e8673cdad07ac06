"""Entries → groups of records, as bytes: which records, in which order, with which fields.

No files here and no clock. Record ids come from the caller, so that equal entries make equal bytes.
"""

from __future__ import annotations

import json
import uuid
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.clock import instant
from archive.warc.entries import (
    NOT_MODIFIED,
    Connection,
    Context,
    Entry,
    Exchange,
    Failure,
    Lookup,
    Resource,
    Role,
    StoredPayload,
    UnwritableEntry,
)
from archive.warc.record_parts import (
    Fields,
    Member,
    bracketed,
    build_member,
    is_chunked,
    sha256_digest,
    split_head,
    split_interim,
    to_uri,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    NewId = Callable[[], str]
    from collections.abc import Mapping, Sequence


# WARC 1.1, 6.3.2.
RESPONSE_TYPE = "application/http;msgtype=response"
# WARC 1.1, 6.5.2.
REQUEST_TYPE = "application/http;msgtype=request"
# RFC 4027: an answer as a master file has it.
DNS_TYPE = "text/dns"
DNS_SCHEME = "dns:"

_STATEMENT = (
    "Requests and responses are the bytes that were sent and received, header fields in their order and "
    "spelling, chunks and trailers included. Interim responses (1xx) and the certificates of TLS stand in "
    "the metadata record of the capture. WARC-Payload-Digest is over the entity-body, content coding intact; "
    "a response in chunks states none."
)


class Group(NamedTuple):
    """The records of one entry, ready to be written in a row.

    Attributes:
        members: one gzip member per record; the last is the capture itself.
        capture_id: the record id of the last.
        payload_sha256: hexadecimal; None where there is no payload.
    """

    members: tuple[Member, ...]
    capture_id: str
    payload_sha256: str | None


def random_record_id() -> str:
    """Return a fresh record id, `urn:uuid:…`."""
    return uuid.uuid4().urn


def encode_warcinfo(filename: str, at: dt.datetime, new_id: NewId) -> Member:
    """Make the record that opens each file: who wrote it, by which rules, and what it cannot show."""
    lines = (
        ("software", software()),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("robots", "obey"),
        ("description", _STATEMENT),
    )
    block = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
    fields = _fields("warcinfo", new_id(), at, "application/warc-fields")
    return build_member([*fields, ("WARC-Filename", filename)], [block])


@cache
def software() -> str:
    """Return the name and version of this program, as files that it writes state them."""
    try:
        return f"gongkai/{version('gongkai')}"
    except PackageNotFoundError:
        return "gongkai/unreleased"


def encode_entry(entry: Entry, new_id: NewId) -> Group:
    """Make the group of records that keeps an entry.

    Raises:
        UnwritableEntry: its facts are not JSON.
    """
    if isinstance(entry, Exchange):
        return _encode_exchange(entry, new_id)
    if isinstance(entry, Resource):
        return _encode_resource(entry, new_id)
    if isinstance(entry, Lookup):
        return _encode_lookup(entry, new_id)
    record_id = new_id()
    if isinstance(entry, Failure):
        at, url, kind = entry.fetched_at, entry.url, FAILURE_FACTS
        said: dict[str, Any] = {
            "outcome": entry.outcome,
            "error": entry.error,
            "method": entry.method,
            "context": context_to_facts(entry.context),
        }
    else:
        at, url, kind = entry.at, None, RUN_FACTS
        said = {"run_id": entry.run_id, "event": entry.event, "body": dict(entry.body)}
    fields = _fields("metadata", record_id, at, FACTS_TYPE, url)
    return Group((build_member(fields, [encode_facts(kind, said)]),), record_id, None)


def _encode_exchange(entry: Exchange, new_id: NewId) -> Group:
    capture_id = new_id()
    interim, final = split_interim(entry.response)
    context = _encode_context(entry, capture_id, _describe_way(entry.connection, interim), new_id)
    request = _encode_request(entry, capture_id, new_id)
    fields, sha256 = _capture_fields(entry, capture_id, "response", RESPONSE_TYPE)
    fields += _connection_fields(entry.connection, final)
    # A revisit keeps its own head: the headers of that visit are evidence, too.
    block = final if entry.original is None else split_head(final)[0]
    return Group((context, request, build_member(fields, [block])), capture_id, sha256)


def _describe_way(way: Connection, interim: bytes) -> dict[str, Any]:
    """Return what no record of the standard has a place for."""
    said: dict[str, Any] = {"interim": interim.decode("latin-1")} if interim else {}
    if way.tls:
        said["tls"] = {"version": way.tls, "cipher": way.cipher, "certificates": list(way.certificates)}
    return said


def _connection_fields(way: Connection, final: bytes) -> Fields:
    """Name the peer and the protocols (iipc/warc-specifications, issues 42 and 86)."""
    fields = [("WARC-IP-Address", way.ip_address)] if way.ip_address else []
    fields.append(("WARC-Protocol", final.partition(b" ")[0].decode("latin-1").lower()))
    if way.tls:
        version = way.tls.removeprefix("TLSv")
        fields.append(("WARC-Protocol", f"tls/{version}" if "." in version else f"tls/{version}.0"))
    # Of TLS 1.3 OpenSSL has the registered names, as the field wants them; older ones it calls its own way.
    if way.cipher and way.cipher.startswith("TLS_"):
        fields.append(("WARC-Cipher-Suite", way.cipher))
    return fields


def _encode_lookup(entry: Lookup, new_id: NewId) -> Group:
    """Write what a name led to as a master file without TTL, which the system's resolver does not tell."""
    members: list[Member] = []
    record_id = ""
    for kind, query in (("A", ""), ("AAAA", "?type=AAAA")):
        found = [each for each in entry.addresses if (":" in each) == (kind == "AAAA")]
        if found:
            record_id = new_id()
            fields = _fields("resource", record_id, entry.at, DNS_TYPE, f"{DNS_SCHEME}{entry.host}{query}")
            lines = "".join(f"{entry.host}.\tIN\t{kind}\t{address}\r\n" for address in found)
            members.append(build_member(fields, [lines.encode()]))
    return Group(tuple(members), record_id, None)


def _encode_resource(entry: Resource, new_id: NewId) -> Group:
    capture_id = new_id()
    context = _encode_context(entry, capture_id, {}, new_id)
    fields, sha256 = _capture_fields(entry, capture_id, "resource", entry.content_type)
    block = [entry.payload] if entry.original is None else []
    return Group((context, build_member(fields, block)), capture_id, sha256)


def _encode_context(
    entry: Exchange | Resource, capture_id: str, extra: dict[str, Any], new_id: NewId
) -> Member:
    fields = _fields("metadata", new_id(), entry.fetched_at, FACTS_TYPE, entry.url)
    fields.append(("WARC-Concurrent-To", bracketed(capture_id)))
    said = {"context": context_to_facts(entry.context), **extra}
    return build_member(fields, [encode_facts(CAPTURE_FACTS, said)])


def _encode_request(entry: Exchange, capture_id: str, new_id: NewId) -> Member:
    fields = _fields("request", new_id(), entry.fetched_at, REQUEST_TYPE, entry.url)
    fields.append(("WARC-Concurrent-To", bracketed(capture_id)))
    if body := split_head(entry.request)[1]:
        fields.append(("WARC-Payload-Digest", sha256_digest(body)))
    return build_member(fields, [entry.request])


def _capture_fields(
    entry: Exchange | Resource, capture_id: str, kind: str, content_type: str
) -> tuple[Fields, str | None]:
    """Choose the fields of the record that is the capture, and tell its payload's digest."""
    received = entry.received if isinstance(entry, Exchange) else StoredPayload(None, (), entry.payload)
    digest = sha256_digest(received.body)
    sha256 = digest.partition(":")[2]
    original = entry.original
    if original is None:
        fields = _fields(kind, capture_id, entry.fetched_at, content_type, entry.url)
        # ISO 28500:2017, 5.9, takes the digest over the joined chunks, warcio and FastWARC over the chunks as
        # they stand, and the field is not repeatable: nothing is stated that one of them would call false.
        # The payload of a resource is its block, whose digest stands there; FastWARC calls another false.
        if kind == "resource" or is_chunked(received.headers):
            return fields, sha256
        return [*fields, ("WARC-Payload-Digest", digest)], sha256
    fields = [
        *_fields("revisit", capture_id, entry.fetched_at, content_type, entry.url),
        ("WARC-Refers-To", bracketed(original.capture_id)),
        ("WARC-Refers-To-Target-URI", to_uri(original.url)),
        ("WARC-Refers-To-Date", instant(original.fetched_at)),
        ("WARC-Profile", original.profile),
    ]
    # A 304 has no payload whose digest could be stated.
    if original.profile == NOT_MODIFIED:
        return fields, None
    # ISO 28500:2017, 6.7.2: a revisit that leaves out its payload says that it is cut for its length.
    return [*fields, ("WARC-Payload-Digest", digest), ("WARC-Truncated", "length")], sha256


def _fields(kind: str, record_id: str, at: dt.datetime, content_type: str, url: str | None = None) -> Fields:
    fields = [("WARC-Type", kind), ("WARC-Record-ID", bracketed(record_id)), ("WARC-Date", instant(at))]
    if url is not None:
        fields.append(("WARC-Target-URI", to_uri(url)))
    return [*fields, ("Content-Type", content_type)]


# The JSON that our `metadata` records hold: the context of a capture, a failure, a run event. It stands in a
# named field, since indexers leave out `application/warc-fields` and take any other type for a page.

# WARC 1.1, 6.6: what a metadata record is best made of.
FACTS_TYPE = "application/warc-fields"
FACTS_TYPES = frozenset({FACTS_TYPE, "application/json"})
"""The second is how they were written at first: the JSON alone."""
# As Webrecorder names the field.
_FACTS_FIELD = "json-metadata: "
FACTS_MARK = "gongkai"
"""The key that tells our metadata from that of other archivers; its value is one of the kinds below."""
CAPTURE_FACTS = "capture"
FAILURE_FACTS = "failure"
RUN_FACTS = "run"
_CONTEXT = Context.__struct_fields__


def encode_repair(
    file: str, sha256: str, missing: Sequence[Mapping[str, Any]], at: dt.datetime, new_id: NewId
) -> Member:
    """Make the record that ends a sound copy of a damaged file.

    Args:
        file: the damaged file's name.
        sha256: of its bytes, hexadecimal.
        missing: what the copy leaves out, each with `offset`, `end`, `problem` and `records`.
        at: when the copy is made.
        new_id: makes the record's id.
    """
    fields = _fields("metadata", new_id(), at, FACTS_TYPE)
    facts = {"copy_of": file, "sha256": sha256, "missing": list(missing)}
    return build_member(fields, [encode_facts("repair", facts)])


def encode_facts(kind: str, facts: Mapping[str, Any]) -> bytes:
    """Write facts as a field that holds JSON, keys sorted, Chinese as it stands.

    Raises:
        UnwritableEntry: a value is not JSON.
    """
    try:
        text = json.dumps({FACTS_MARK: kind, **facts}, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UnwritableEntry(f"the facts of this {kind} cannot be written as JSON: {error}") from error
    # A lone surrogate has no UTF-8; escaped, it is a JSON escape of itself.
    return f"{_FACTS_FIELD}{text}\r\n".encode("utf-8", "backslashreplace")


def decode_facts(block: bytes) -> dict[str, Any] | None:
    """Read facts back; None where the block is no metadata of ours."""
    try:
        facts = json.loads(block.removeprefix(_FACTS_FIELD.encode()))
    except ValueError:
        return None
    is_ours = isinstance(facts, dict) and facts.get(FACTS_MARK) in {CAPTURE_FACTS, FAILURE_FACTS, RUN_FACTS}
    return facts if is_ours else None


def context_to_facts(context: Context) -> dict[str, Any]:
    """Write a context as JSON-ready facts; what is not known is left out."""
    facts = {name: getattr(context, name) for name in _CONTEXT}
    facts["provenance"] = dict(context.provenance) or None
    return {name: value for name, value in facts.items() if value is not None}


def facts_to_context(facts: Mapping[str, Any]) -> Context:
    """Read a context back."""
    known = {name: facts[name] for name in _CONTEXT if name in facts}
    return Context(**known | {"role": Role(facts["role"])})
