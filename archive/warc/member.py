"""One WARC record as one gzip member: the bytes, and nothing about files.

warcio makes the record's own head. The gzip member is made here, because warcio's has a fixed level and its
HTTP heads escape bytes that are not ASCII, which evidence must keep.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders

if TYPE_CHECKING:
    from collections.abc import Sequence

Fields = list[tuple[str, str]]

VERSION = "WARC/1.1"
GZIP_LEVEL = 6
GZIP_HEAD = bytes.fromhex("1f8b0800000000000003")
"""The gzip header of each member that we write: no name, no time, so that equal records are equal bytes."""
RECORD_END = b"\r\n\r\n"

_GZIP_WINDOW = 31
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
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
        *((name, _CONTROL.sub(" ", value)) for name, value in fields),
        ("WARC-Block-Digest", sha256_digest(*block)),
        ("Content-Length", str(sum(map(len, block)))),
    ]
    text = StatusAndHeaders("", complete, protocol=VERSION).to_str()
    return _deflate([text.encode("utf-8", "replace"), b"\r\n", *block, RECORD_END])


def _deflate(parts: Sequence[bytes]) -> bytes:
    deflate = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    compressed = b"".join([*map(deflate.compress, parts), deflate.flush()])
    # zlib's builds differ in the two bytes that tell the effort and the system; neither means anything here.
    return GZIP_HEAD + compressed[len(GZIP_HEAD) :]
