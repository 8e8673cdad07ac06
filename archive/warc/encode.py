"""Entries → groups of records, as bytes: which records, in which order, with which fields.

No files here and no clock. Record ids come from the caller, so that equal entries make equal bytes.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from archive.clock import instant
from archive.warc.entries import (
    NOT_MODIFIED,
    Context,
    Entry,
    Exchange,
    Failure,
    Resource,
    Role,
    UnwritableEntry,
)
from archive.warc.record_parts import (
    Fields,
    bracketed,
    build_member,
    request_head,
    response_head,
    restate_framing,
    sha256_digest,
    to_uri,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    NewId = Callable[[], str]
    from collections.abc import Mapping


RESPONSE_TYPE = "application/http;msgtype=response"
REQUEST_TYPE = "application/http;msgtype=request"

_STATEMENT = (
    "Requests and responses are written as the HTTP client hands them over. "
    "Kept: payloads as received, content coding included; repeated header fields. "
    "Not kept: the order and the spelling of header field names on the wire, fields of the connection, "
    "the reason phrase, chunking and any other transfer coding."
)


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one entry, ready to be written in a row.

    Attributes:
        members: one gzip member per record; the last is the capture itself.
        capture_id: the record id of the last.
        payload_sha256: hexadecimal; None where there is no payload.
    """

    members: tuple[bytes, ...]
    capture_id: str
    payload_sha256: str | None


def random_record_id() -> str:
    """Return a fresh record id, `urn:uuid:…`."""
    return uuid.uuid4().urn


def encode_warcinfo(filename: str, at: dt.datetime, new_id: NewId) -> bytes:
    """Make the record that opens each file: who wrote it, by which rules, and what it cannot show."""
    lines = (
        ("software", f"gongkai/{_software_version()}"),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("robots", "obey"),
        ("description", _STATEMENT),
    )
    block = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
    fields = _fields("warcinfo", new_id(), at, "application/warc-fields")
    return build_member([*fields, ("WARC-Filename", filename)], [block])


def _software_version() -> str:
    try:
        return version("gongkai")
    except PackageNotFoundError:
        return "unreleased"


def encode_entry(entry: Entry, new_id: NewId) -> Group:
    """Make the group of records that keeps an entry.

    Raises:
        UnwritableEntry: its facts are not JSON.
    """
    if isinstance(entry, Exchange):
        return _encode_exchange(entry, new_id)
    if isinstance(entry, Resource):
        return _encode_resource(entry, new_id)
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
    headers, restated = restate_framing(
        entry.response_headers, len(entry.payload), method=entry.method, status=entry.status
    )
    extra: dict[str, Any] = {} if entry.protocol.startswith("HTTP/1.") else {"protocol": entry.protocol}
    if restated:
        extra["as_received"] = [[part.decode("latin-1") for part in field] for field in restated]
    context = _encode_context(entry, capture_id, extra, new_id)
    request = _encode_request(entry, capture_id, new_id)
    fields, sha256 = _capture_fields(entry, capture_id, "response", RESPONSE_TYPE)
    if entry.ip_address:
        fields.append(("WARC-IP-Address", entry.ip_address))
    block = [response_head(entry.protocol, entry.status, headers)]
    if entry.original is None:
        block.append(entry.payload)
    return Group((context, request, build_member(fields, block)), capture_id, sha256)


def _encode_resource(entry: Resource, new_id: NewId) -> Group:
    capture_id = new_id()
    context = _encode_context(entry, capture_id, {}, new_id)
    fields, sha256 = _capture_fields(entry, capture_id, "resource", entry.content_type)
    block = [entry.payload] if entry.original is None else []
    return Group((context, build_member(fields, block)), capture_id, sha256)


def _encode_context(
    entry: Exchange | Resource, capture_id: str, extra: dict[str, Any], new_id: NewId
) -> bytes:
    fields = _fields("metadata", new_id(), entry.fetched_at, FACTS_TYPE, entry.url)
    fields.append(("WARC-Concurrent-To", bracketed(capture_id)))
    said = {"context": context_to_facts(entry.context), **extra}
    return build_member(fields, [encode_facts(CAPTURE_FACTS, said)])


def _encode_request(entry: Exchange, capture_id: str, new_id: NewId) -> bytes:
    fields = _fields("request", new_id(), entry.fetched_at, REQUEST_TYPE, entry.url)
    fields.append(("WARC-Concurrent-To", bracketed(capture_id)))
    if entry.request_body:
        fields.append(("WARC-Payload-Digest", sha256_digest(entry.request_body)))
    head = request_head(entry.protocol, entry.method, to_uri(entry.url), entry.request_headers)
    return build_member(fields, [head, entry.request_body])


def _capture_fields(
    entry: Exchange | Resource, capture_id: str, kind: str, content_type: str
) -> tuple[Fields, str | None]:
    """Choose the fields of the record that is the capture, and tell its payload's digest."""
    digest = sha256_digest(entry.payload)
    sha256 = digest.partition(":")[2]
    original = entry.original
    if original is None:
        fields = _fields(kind, capture_id, entry.fetched_at, content_type, entry.url)
        return [*fields, ("WARC-Payload-Digest", digest)], sha256
    fields = [
        *_fields("revisit", capture_id, entry.fetched_at, content_type, entry.url),
        ("WARC-Refers-To", bracketed(original.capture_id)),
        ("WARC-Refers-To-Target-URI", to_uri(original.url)),
        ("WARC-Refers-To-Date", instant(original.fetched_at)),
        ("WARC-Profile", original.profile),
    ]
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

FACTS_TYPE = "application/warc-fields"
FACTS_TYPES = frozenset({FACTS_TYPE, "application/json"})
"""The second is how they were written at first: the JSON alone."""
_FACTS_FIELD = "json-metadata: "
"""As Webrecorder names the field."""
FACTS_MARK = "gongkai"
"""The key that tells our metadata from that of other archivers; its value is one of the kinds below."""
CAPTURE_FACTS = "capture"
FAILURE_FACTS = "failure"
RUN_FACTS = "run"
_CONTEXT = tuple(field.name for field in dataclasses.fields(Context))


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
