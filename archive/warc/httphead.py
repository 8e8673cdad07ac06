"""HTTP heads as bytes: written so that no value can end a line, read back as they stand.

Left out on purpose: any decoding. A value is the bytes that came, whatever charset they were in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.warc.model import Headers

HEAD_END = re.compile(rb"\r?\n\r?\n")

_LINE = re.compile(rb"\r?\n")
_BREAKS = re.compile(rb"[\r\n\x00]")
_NO_NAME = re.compile(rb"[\x00-\x20:\x7f]")
_STATUS = re.compile(rb"[A-Za-z]+(?:/[0-9.]+)?[ \t]+([0-9]{3})(?![0-9])")
_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^#]*)")
_BODILESS = (204, 304)


@dataclass(frozen=True, slots=True)
class HttpHead:
    """A response head read back; `status` is None where the first line is no status line."""

    status: int | None
    headers: Headers


def response_head(protocol: str, status: int, headers: Headers) -> bytes:
    """Write the head of a response, without a reason phrase: the HTTP client does not hand it over."""
    return _head(b"%s %03d " % (_version(protocol), status), headers)


def request_head(protocol: str, method: str, uri: str, headers: Headers) -> bytes:
    """Write the head of a request; the target is the URI's path and query."""
    found = _TARGET.match(uri)
    target = found[1] if found else uri
    if not target.startswith("/"):
        target = f"/{target}"
    verb = _NO_NAME.sub(b"-", method.encode("utf-8", "replace")) or b"-"
    return _head(b"%s %s %s" % (verb, target.encode("ascii"), _version(protocol)), headers)


def _version(protocol: str) -> bytes:
    # HTTP/2 and later have no textual head; archives write them as 1.1 and say beside it what was spoken.
    return b"HTTP/1.0" if protocol == "HTTP/1.0" else b"HTTP/1.1"


def _head(first_line: bytes, headers: Headers) -> bytes:
    lines = [first_line]
    for name, value in headers:
        # RFC 9110, 5.5: whoever passes on CR, LF or NUL within a value writes a space instead.
        lines.append(b"%s: %s" % (_NO_NAME.sub(b"-", name) or b"-", _BREAKS.sub(b" ", value)))
    return b"\r\n".join([*lines, b"", b""])


def restate_framing(headers: Headers, size: int, *, method: str, status: int) -> tuple[Headers, Headers]:
    """Make the framing fields agree with the payload as it is kept.

    The transfer coding is undone before a payload gets here, so its field goes and the length stands in its
    place (RFC 9112, 7.1.3). A length that is not the payload's is put right, unless the response has no body
    by rule and the length speaks of another.

    Returns:
        The headers to write, and the fields as received that they no longer show.
    """
    coded = [(name, value) for name, value in headers if name.lower() == b"transfer-encoding"]
    lengths = [(name, value) for name, value in headers if name.lower() == b"content-length"]
    bodiless = method == "HEAD" or status in _BODILESS
    right = b"%d" % size
    if not coded and (bodiless or all(value.strip() == right for _, value in lengths)):
        return headers, ()
    framing = {b"transfer-encoding"} if bodiless else {b"transfer-encoding", b"content-length"}
    kept = tuple((name, value) for name, value in headers if name.lower() not in framing)
    if bodiless:
        return kept, tuple(coded)
    return (*kept, (b"Content-Length", right)), (*coded, *lengths)


def read_head(head: bytes) -> HttpHead:
    """Read a response head; folded lines are joined, lines without a colon left out."""
    first, fields = read_fields(head)
    status = _STATUS.match(first)
    return HttpHead(int(status[1]) if status else None, fields)


def read_fields(head: bytes) -> tuple[bytes, Headers]:
    """Read the first line and the named fields of a head, of HTTP or of WARC."""
    first, *lines = _LINE.split(head.rstrip(b"\r\n"))
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b" " + line.strip(b" \t"))
            continue
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.rstrip(b" \t"), value.strip(b" \t")))
    return first, tuple(fields)


def is_chunked(headers: Headers) -> bool:
    """Tell whether the body is still in chunks, as some archivers write it."""
    return any(
        name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers
    )
