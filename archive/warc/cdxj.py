"""The index of pages of a WARC file, `NAME.cdxj`: a line per capture, under the keys of pywb.

    cn,gov,example)/a.html 20260131190000 {"url": …, "mime": …, "status": …, "digest": …, "length": …, …}

Beside what pywb reads, a line tells where the request of a capture stands (`request.offset`).
Listed are responses, identical revisits and resources. Left out are records about captures, and answers of
304: players show such a revisit as the empty answer that it is, in the place of the page that it confirms.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import string
from collections.abc import Iterator
from email import message_from_string
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_plus, unquote_to_bytes, urlencode, urlsplit

from archive.warc.encode import FACTS_TYPE
from archive.warc.entries import TornRecord
from archive.warc.reader import is_capture, payload_sha256, read_payload_head
from archive.warc.record_index import walk_on
from archive.warc.record_parts import read_fields
from archive.warc.walk import Record, open_warc, strip_brackets
from pipelines.response.http_message import header_value, media_type

logger = logging.getLogger(__name__)

PAGES_SUFFIX = ".cdxj"
_NOT_MODIFIED = "/server-not-modified"
_LONGEST_QUERY = 4096

Line = tuple[str, str, dict[str, str]]


def index_lines(path: Path) -> list[bytes]:
    """Return the index of a WARC file, lines sorted by bytes; what is damaged is passed over and logged.

    Raises:
        ArchiveError: the file's layout cannot be addressed record by record.
    """
    lines: list[bytes] = []
    # In our files requests stand before their captures, in those of others mostly behind.
    captures: dict[str | None, Line] = {}
    requests: dict[str | None, dict[str, str]] = {}
    with open_warc(path) as file:
        for record in walk_on(file, path, partial(logger.warning, "not in the index of pages: %s")):
            # What is torn is told by the walk, once it goes on.
            with contextlib.suppress(TornRecord):
                if record.field("WARC-Type") == "request":
                    capture = record.record_id("WARC-Concurrent-To")
                    requests[capture] = _describe_request(record)
                elif _is_shown(record):
                    capture = record.record_id()
                    line = _describe(record, path.name)
                    # Of two with one id, as another may have written them, each keeps its line.
                    if capture in captures:
                        lines.append(_written(captures[capture], {}))
                    captures[capture] = line
                else:
                    continue
                if capture in captures and capture in requests:
                    lines.append(_written(captures.pop(capture), requests.pop(capture)))
    return sorted([*lines, *(_written(line, {}) for line in captures.values())])


def _is_shown(record: Record) -> bool:
    return (
        is_capture(record)
        and not (record.field("WARC-Profile") or "").endswith(_NOT_MODIFIED)
        # Such a record tells about others: no indexer of web archives takes it for a page.
        and record.field("Content-Type") != FACTS_TYPE
        and bool(record.field("WARC-Target-URI"))
    )


def _describe(record: Record, name: str) -> Line:
    head = read_payload_head(record)
    is_revisit = record.field("WARC-Type") == "revisit"
    mime = "warc/revisit" if is_revisit else media_type(header_value(head.headers, "content-type"))
    url = strip_brackets(record.field("WARC-Target-URI") or "")
    digest = record.field("WARC-Payload-Digest") or f"sha256:{payload_sha256(record, head, name)}"
    stamp = re.sub(r"[^0-9]", "", record.field("WARC-Date") or "")[:14]
    return url, stamp, {
        "url": url,
        "mime": mime or "unk",
        "status": "-" if head.status is None else str(head.status),
        "digest": digest,
        "length": str(record.finish()),
        "offset": str(record.offset),
        "filename": name,
    }  # fmt: skip


def _written(line: Line, request: dict[str, str]) -> bytes:
    url, stamp, facts = line
    if "method" in request:
        url = with_method(url, request["method"], request["requestBody"])
    return f"{url_key(url)} {stamp} {json.dumps(facts | request)}\n".encode()


# The key of a request that is no GET: the address and, as if it were its query, the method and what was sent.


def with_method(url: str, method: str, query: str) -> str:
    """Return the address by which players look up the answer to a request with a body."""
    # `__wb_method` and, below, `__wb_post_data` are the names that pywb and cdxj-indexer write.
    return f"{url}{'&' if '?' in url else '?'}__wb_method={method}" + (f"&{query}" if query else "")


def _describe_request(record: Record) -> dict[str, str]:
    """Return where a request stands, and for other methods than GET and HEAD what its key is made of."""
    first, headers = read_fields(record.read_http_head())
    method = first.partition(b" ")[0].decode("latin-1").upper()
    facts = {"request.offset": str(record.offset)}
    if method in {"GET", "HEAD"}:
        return facts
    query = ""
    if method in {"POST", "PUT"}:
        body = b"".join(iter(record.read, b""))
        query = body_query(header_value(headers, "content-type") or "", body)[:_LONGEST_QUERY]
    return facts | {"method": method, "requestBody": query}


def body_query(content_type: str, body: bytes) -> str:
    """Return a body as players write it into the key of a request: forms and JSON as fields, else in base 64.

    Source: `MethodQueryCanonicalizer` of pywb 2.10, `query_extract` of cdxj-indexer 1.5
    """
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            return unquote_plus(body.decode())
        if content_type.startswith("multipart/") and (parts := _read_parts(content_type, body)):
            return urlencode(parts, encoding="latin-1")
        if content_type.startswith(("application/json", "text/plain")):
            return urlencode(_flat_fields(json.loads(body)))
    # TypeError: parameters of a part that contradict RFC 2231.
    # JSON that cannot be parsed has no fields; a form or a text that cannot be read is told by its bytes.
    except (ValueError, TypeError, RecursionError):
        if content_type.startswith("application/json"):
            return ""
    return f"__wb_post_data={base64.b64encode(body).decode()}" if body else ""


def _read_parts(content_type: str, body: bytes) -> list[tuple[str, object]]:
    """Return name and value of each part of a form, bytes as Latin-1; none where its boundary is not told."""
    form = message_from_string(f"Content-Type: {content_type}\r\n\r\n{body.decode('latin-1')}")
    parts = [part for part in form.walk() if not part.is_multipart()]
    return [
        (str(part.get_param("name", header="Content-Disposition")), part.get_payload())
        for part in parts
        if part is not form
    ]


def _flat_fields(said: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    times: dict[str, int] = {}
    for name, value in _leaves(said, ""):
        times[name] = times.get(name, 0) + 1
        fields[name if times[name] == 1 else f"{name}.{times[name]}_"] = value
    return fields


def _leaves(said: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(said, dict):
        for key, value in said.items():
            yield from _leaves(value, key)
    elif isinstance(said, list):
        for value in said:
            yield from _leaves(value, name)
    elif name:
        # As JavaScript prints them: true, null, and 1.0 as 1.
        if isinstance(said, float) and said.is_integer():
            said = int(said)
        yield name, said if isinstance(said, str) else json.dumps(said)


# The sort-friendly form of an address (SURT) as pywb looks it up. `pipelines.addresses` keeps apart what this
# does not (letter case, `www2.`): a player finds nothing under any other key than its own.

_PLAIN = "".join(set(string.punctuation) - set("#%"))
# ASP.NET without cookies: /(S(4hqa0555fwsecu455xqckv45))/page.aspx.
# From the beginning on alone: `.*` would be tried from each place of a path that has no such session.
_PATH_SESSION = re.compile(r"^(.*/)\((?:(?:[a-z]\([0-9a-z]{24}\))+|[0-9a-z]{24})\)/([^?]+\.aspx.*)")
_QUERY_SESSIONS = tuple(
    re.compile(f"(.*){name}(?:&(.*))?", re.IGNORECASE)
    for name in (
        "jsessionid=[0-9a-z]{32}",
        "phpsessid=[0-9a-z]{32}",
        "sid=[0-9a-z]{32}",
        "aspsessionid[a-z]{8}=[a-z]{24}",
        "cfid=[^&]+&cftoken=[^&]+",
    )
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_key(url: str) -> str:
    """Return the key of an address in an index of pages; for what is no address, the text as it stands."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = _key_host(parts.hostname or "")
    except ValueError:
        return quote_from_bytes(url.encode("utf-8", "surrogatepass"), _PLAIN)
    path = _respelled(parts.path)
    if host:
        path = quote_from_bytes(_normal_path(unquote_to_bytes(path)), _PLAIN)
        shown_port = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
        start = f"{','.join(reversed(host.split('.')))}{shown_port})"
    else:
        start = f"{parts.scheme}:"
    path = _PATH_SESSION.sub(r"\1\2", path.lower())
    # As pywb has it: the slash at the end goes, and that of the root stays.
    path = path[:-1] if path.endswith("/") and len(path) > 1 else path
    query = _key_query(parts.query)
    return f"{start}{path}" + (f"?{query}" if query else "")


def _respelled(part: str) -> str:
    """Undo escapes for as long as there are any, then escape what has to be."""
    plain = part.encode("utf-8", "surrogatepass")
    while (undone := unquote_to_bytes(plain)) != plain:
        plain = undone
    return quote_from_bytes(plain, _PLAIN)


def _key_host(host: str) -> str:
    plain = unquote_to_bytes(_respelled(host)).decode("utf-8", "ignore")
    if not plain.isascii():
        plain = plain.encode("idna").decode("ascii")
    host = quote_from_bytes(plain.replace("..", ".").strip(".").lower().encode(), _PLAIN)
    # `www`, `www2` and no host part at all are one site to the keys of Wayback machines.
    site, dot, rest = host.partition(".")
    return rest if dot and site.rstrip("0123456789") == "www" else host


def _normal_path(path: bytes) -> bytes:
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b".." and kept:
            kept.pop()
        elif segment != b".":
            kept.append(segment)
    return b"/" + b"".join(segment + b"/" for segment in kept[:-1] if segment) + b"".join(kept[-1:])


def _key_query(query: str) -> str:
    query = _respelled(query)
    for session in _QUERY_SESSIONS:
        if found := session.fullmatch(query):
            query = found[1] + (found[2] or "")
    return "&".join(sorted(query.lower().split("&"), key=lambda field: field.split("=", 1)))
