"""The parts of WARC records as bytes: gzip members, HTTP messages, labelled digests; nothing about files.

warcio makes the record's own head. The gzip member is made here, because warcio's has a fixed level. Bodies
in chunks are read here, because warcio's reader takes trailers and long extensions for no chunks.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import quote

from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeaders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.warc.entries import Headers


Fields = list[tuple[str, str]]

# ISO 28500:2017; 1.0 dates to the second alone, and two captures may share one.
VERSION = "WARC/1.1"
GZIP_LEVEL = 2
"""Of ISA-L: a seventh of the time of zlib's sixth level, for an eighth more room."""
GZIP_HEAD = bytes.fromhex("1f8b0800000000000003")
"""The gzip header of each member that we write: no name, no time, so that equal records are equal bytes."""
# WARC 1.1, 4: two line ends behind every block.
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


class Member(NamedTuple):
    """A record as it is written: its gzip member, and what its file's index of records says of it.

    Attributes:
        data: the member.
        sha256: of the record before it was deflated, hexadecimal.
        record_type: its WARC-Type.
        record_id: its id without brackets.
    """

    data: bytes
    sha256: str
    record_type: str
    record_id: str


def build_member(fields: Fields, block: Sequence[bytes]) -> Member:
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
    # With an empty status warcio writes the version line alone, as WARC has it.
    text = StatusAndHeaders("", complete, protocol=VERSION).to_str()
    parts = [text.encode("utf-8", "replace"), b"\r\n", *block, RECORD_END]
    named = dict(fields)
    sha256 = sha256_digest(*parts).removeprefix("sha256:")
    return Member(_deflate(parts), sha256, named["WARC-Type"], named["WARC-Record-ID"][1:-1])


def _deflate(parts: Sequence[bytes]) -> bytes:
    deflate = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, GZIP_WINDOW)
    compressed = b"".join([*map(deflate.compress, parts), deflate.flush()])
    # Libraries differ in the two bytes that tell the effort and the system; neither means anything here.
    return GZIP_HEAD + compressed[len(GZIP_HEAD) :]


# HTTP messages as bytes, as they came or went. Left out on purpose: any decoding of characters. A value is
# the bytes that came, whatever charset they were in.

HEAD_END = re.compile(rb"\r?\n\r?\n")
STATUS = re.compile(rb"[A-Za-z]+(?:/[0-9.]+)?[ \t]+([0-9]{3})(?![0-9])")

# RFC 9112, 7.1: an extension may stand behind the size.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\n]*)?\r?\n")
_CHUNK_LINE_BYTES = 1 << 16
_PIECE_BYTES = 1 << 15


class HttpHead(NamedTuple):
    """A response head read back; `status` is None where the first line is no status line."""

    status: int | None
    headers: Headers


def split_head(message: bytes) -> tuple[bytes, bytes]:
    """Return a message's head, with the empty line that ends it, and its body."""
    found = HEAD_END.search(message)
    return (message[: found.end()], message[found.end() :]) if found else (message, b"")


def split_interim(received: bytes) -> tuple[bytes, bytes]:
    """Return what came before the final response of an exchange (1xx; RFC 9110, 15.2), and that response."""
    start = 0
    while (status := STATUS.match(received, start)) and status[1][:1] == b"1":
        if (found := HEAD_END.search(received, start)) is None:
            break
        start = found.end()
    return received[:start], received[start:]


def join_body(headers: Headers, body: BinaryIO) -> Iterator[bytes]:
    """Yield a body piece by piece with its chunks joined (RFC 9112, 7.1).

    Extensions and trailers are passed over. Some archivers join the chunks and leave the field: what is no
    chunk is yielded as it stands.
    """
    if is_chunked(headers):
        line = body.readline(_CHUNK_LINE_BYTES)
        while size := _CHUNK_SIZE.fullmatch(line):
            left = int(size[1], 16)
            if not left:
                return
            while left and (piece := body.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                yield piece
            body.readline(_CHUNK_LINE_BYTES)
            line = body.readline(_CHUNK_LINE_BYTES)
    else:
        line = body.read(_PIECE_BYTES)
    # No chunk, or the first piece of a body without any: it is yielded as it stands, and so is what follows.
    while line:
        yield line
        line = body.read(_PIECE_BYTES)


def read_head(head: bytes) -> HttpHead:
    """Read a response head; folded lines are joined, lines without a colon left out."""
    first, fields = read_fields(head)
    status = STATUS.match(first)
    return HttpHead(int(status[1]) if status else None, fields)


def read_fields(head: bytes) -> tuple[bytes, Headers]:
    """Read the first line and the named fields of a head, of HTTP or of WARC."""
    first, *lines = head.rstrip(b"\r\n").replace(b"\r\n", b"\n").split(b"\n")
    if b"\n " in head or b"\n\t" in head:
        lines = _unfold(lines)
    parted = [line.partition(b":") for line in lines]
    named = [(name.rstrip(b" \t"), value.strip(b" \t")) for name, colon, value in parted if colon]
    return first, tuple(named)


def _unfold(lines: list[bytes]) -> list[bytes]:
    """Join lines that begin with white space to the field before them (RFC 9112, 5.2)."""
    fields: list[bytes] = []
    for line in lines:
        if line.startswith((b" ", b"\t")) and fields:
            fields[-1] = fields[-1].rstrip(b" \t") + b" " + line.strip(b" \t")
        elif b":" in line:
            fields.append(line)
    return fields


def is_chunked(headers: Headers) -> bool:
    """Tell whether the body came in chunks, which a block as received still shows."""
    return any(
        name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers
    )


# Labelled digests as WARC files state them: any algorithm of ours, in base 16, 32 or 64.

# WARC 1.1, 5.8 and 5.9 leave the algorithm open; files of others have sha1 and md5.
_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")
_SHA256 = re.compile(r"\s*sha-?256:([0-9a-f]{64})\s*", re.IGNORECASE)
# RFC 4648, 5: base 64 as addresses have it.
_PLAIN_BASE64 = str.maketrans("-_", "+/")


def begin_digest(stated: str | None) -> hashlib._Hash | None:
    """Return what computes again the digest that a field states; None where it states none that can be."""
    label = (stated or "").partition(":")[0]
    if label == "sha256":
        return hashlib.sha256()
    name = label.strip().lower().replace("-", "")
    return hashlib.new(name, usedforsecurity=False) if name in _ALGORITHMS else None


def find_digest_fault(stated: str | None, computed: hashlib._Hash | None) -> str | None:
    """Say what is wrong with the digest that a field states; None where nothing is.

    Args:
        stated: the field; None where nothing is stated.
        computed: what `begin_digest` gave, told the bytes.
    """
    if not stated or (computed and stated == f"sha256:{computed.hexdigest()}"):
        return None
    if computed is None:
        return f"is of no kind that can be checked: {stated}"
    value, digest = stated.partition(":")[2].strip(), computed.digest()
    is_equal = (
        value.lower() == digest.hex()
        or value.upper().rstrip("=") == base64.b32encode(digest).decode().rstrip("=")
        or value.translate(_PLAIN_BASE64).rstrip("=") == base64.b64encode(digest).decode().rstrip("=")
    )
    return None if is_equal else "is not that of the bytes"


def stated_sha256(text: str | None) -> str | None:
    """Return the SHA-256 that a field states in base 16, in small letters; None where it states none."""
    found = _SHA256.fullmatch(text or "")
    return found and found[1].lower()
