"""The parts of WARC records as bytes: gzip members, HTTP heads, labelled digests; nothing about files.

warcio makes the record's own head. The gzip member is made here, because warcio's has a fixed level and its
HTTP heads escape bytes that are not ASCII, which evidence must keep.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.warc.entries import Headers


Fields = list[tuple[str, str]]

VERSION = "WARC/1.1"
GZIP_LEVEL = 6
GZIP_HEAD = bytes.fromhex("1f8b0800000000000003")
"""The gzip header of each member that we write: no name, no time, so that equal records are equal bytes."""
RECORD_END = b"\r\n\r\n"

GZIP_WINDOW = 31
"""The largest window of deflate, with the header of gzip around it (zlib.h, `inflateInit2`)."""
_NO_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~"


def to_uri(address: str) -> str:
    """Write an address as a URI: what is no visible ASCII is percent-encoded, escapes stay as they are."""
    return quote(address.encode("utf-8", "surrogatepass"), safe=_URI_SAFE)


def bracketed(record_id: str) -> str:
    """Write a record id as WARC fields have it, `<urn:uuid:…>`."""
    return f"<{record_id}>"


def sha256_digest(*parts: bytes) -> str:
    """Return the digest of the parts in a row as WARC has it: `sha256:` and 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def build_member(fields: Fields, block: Sequence[bytes]) -> bytes:
    """Make the gzip member of one record.

    Args:
        fields: the named fields without block digest and length, which are added.
        block: the record's block, in parts.
    """
    complete = [
        *((name, value.translate(_NO_CONTROLS)) for name, value in fields),
        ("WARC-Block-Digest", sha256_digest(*block)),
        ("Content-Length", str(sum(map(len, block)))),
    ]
    text = StatusAndHeaders("", complete, protocol=VERSION).to_str()
    return _deflate([text.encode("utf-8", "replace"), b"\r\n", *block, RECORD_END])


def _deflate(parts: Sequence[bytes]) -> bytes:
    deflate = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    compressed = b"".join([*map(deflate.compress, parts), deflate.flush()])
    # zlib's builds differ in the two bytes that tell the effort and the system; neither means anything here.
    return GZIP_HEAD + compressed[len(GZIP_HEAD) :]


# HTTP heads as bytes: written so that no value can end a line, read back as they stand.
# Left out on purpose: any decoding. A value is the bytes that came, whatever charset they were in.

HEAD_END = re.compile(rb"\r?\n\r?\n")

_NO_BREAKS = bytes.maketrans(b"\r\n\x00", b"   ")
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
        lines.append(b"%s: %s" % (_NO_NAME.sub(b"-", name) or b"-", value.translate(_NO_BREAKS)))
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
    first, *lines = head.rstrip(b"\r\n").replace(b"\r\n", b"\n").split(b"\n")
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line.startswith((b" ", b"\t")) and fields:
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


# Labelled digests as WARC files state them: any algorithm of ours, in base 16, 32 or 64.

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")


@dataclass(frozen=True, slots=True)
class LabelledDigest:
    """A digest read from a field: `sha1:…` as its algorithm and its bytes."""

    algorithm: str
    value: bytes


def begin_digest(text: str) -> hashlib._Hash | None:
    """Return what computes a digest of the kind that a field states; None for a kind that is not known."""
    label = text.lstrip().partition(":")[0].lower().replace("-", "")
    return hashlib.new(label, usedforsecurity=False) if label in ALGORITHMS else None


def states_digest(text: str, computed: hashlib._Hash) -> bool:
    """Tell whether a field states a digest that was computed."""
    if text == f"{computed.name}:{computed.hexdigest()}":
        return True
    stated = read_digest(text)
    return stated is not None and stated.value == computed.digest()


def read_digest(text: str) -> LabelledDigest | None:
    """Read a labelled digest; None where the algorithm is not known or the value is not of its length."""
    label, _, value = text.strip().partition(":")
    algorithm = label.lower().replace("-", "")
    if algorithm not in ALGORITHMS:
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    for decode in (_base16, _base32, _base64):
        try:
            decoded = decode(value)
        except ValueError:
            continue
        if len(decoded) == size:
            return LabelledDigest(algorithm, decoded)
    return None


def stated_sha256(text: str | None) -> str | None:
    """Return the SHA-256 that a field states, as 64 hexadecimal digits; None where it states none."""
    digest = read_digest(text) if text else None
    return digest.value.hex() if digest is not None and digest.algorithm == "sha256" else None


def _base16(value: str) -> bytes:
    return base64.b16decode(value, casefold=True)


def _base32(value: str) -> bytes:
    return base64.b32decode(value + "=" * (-len(value) % 8), casefold=True)


def _base64(value: str) -> bytes:
    return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))
