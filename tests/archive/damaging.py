"""Damage to WARC files and forgery in them, for tests and benchmarks: equal from equal random numbers."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import TYPE_CHECKING

from archive.warc.record_parts import GZIP_HEAD, GZIP_WINDOW, sha256_digest

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from archive.warc.record_index import RecordEntry

PLANTED = "http://planted.example/"
_AROUND = 20_000
"""More than zlib looks at for one block, so that the block with the plant is stored as it is."""


def cut(whole: bytes, chance: random.Random, least: int = 1, most: int = 5_000) -> bytes:
    """Cut some bytes off at the end."""
    return whole[: -chance.randint(least, most)]


def flip_bit(whole: bytes, chance: random.Random, start: int = 0) -> bytes:
    """Turn one bit over, from a byte on."""
    place = chance.randrange(start * 8, len(whole) * 8)
    flipped = bytearray(whole)
    flipped[place // 8] ^= 1 << place % 8
    return bytes(flipped)


def cut_between(whole: bytes, entries: Sequence[RecordEntry], chance: random.Random) -> bytes:
    """Leave out a record with all behind it, or it alone."""
    entry = chance.choice(entries[1:])
    return whole[: entry.offset] + chance.choice((b"", whole[entry.offset + entry.length :]))


def forge(whole: bytes, entries: Sequence[RecordEntry], chance: random.Random) -> bytes:
    """Rewrite a response, its payload or its date alone, with digests that are right."""
    entry = chance.choice([entry for entry in entries if entry.record_type == "response"])
    end = entry.offset + entry.length
    head, _, block = gzip.decompress(whole[entry.offset : end])[:-4].partition(b"\r\n\r\n")
    if chance.random() < 0.5:
        http, _, body = block.partition(b"\r\n\r\n")
        body = body[:-1] + bytes([body[-1] ^ 1])
        block = http + b"\r\n\r\n" + body
        for name, part in ((b"Block", block), (b"Payload", body)):
            stated = b"WARC-%b-Digest: %b" % (name, sha256_digest(part).encode())
            head = re.sub(rb"WARC-%b-Digest: \S+" % name, stated, head)
    else:
        head = re.sub(rb"(WARC-Date: \d{3})\d", rb"\g<1>1", head)
    deflate = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)
    member = deflate.compress(head + b"\r\n\r\n" + block + b"\r\n\r\n") + deflate.flush()
    return whole[: entry.offset] + GZIP_HEAD + member[len(GZIP_HEAD) :] + whole[end:]


def plant_record(chance: random.Random) -> bytes:
    """Return a payload that deflate leaves as it is, with a whole gzip member in it that is a capture."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>planted</html>"
    fields = (
        "WARC/1.1\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:{chance.getrandbits(128):032x}>\r\nWARC-Date: 2026-01-31T19:00:00Z\r\n"
        f"WARC-Target-URI: {PLANTED}{chance.getrandbits(32)}\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    member = gzip.compress(fields.encode() + block + b"\r\n\r\n", mtime=0)
    return b"%PDF-1.7\n" + chance.randbytes(_AROUND) + member + chance.randbytes(_AROUND)
