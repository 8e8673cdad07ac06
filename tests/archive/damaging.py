"""Damage to WARC files and forgery in them, for tests and benchmarks: equal from equal random numbers."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import TYPE_CHECKING

from archive.warc.record_index import index_path, read_record_index, record_lines
from archive.warc.record_parts import GZIP_HEAD, GZIP_WINDOW, sha256_digest

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from archive.warc.record_index import RecordEntry

PLANTED = "http://planted.example/"
_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


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
    member = deflate_record(head + b"\r\n\r\n" + block + b"\r\n\r\n")
    return whole[: entry.offset] + member + whole[end:]


def plant_record(chance: random.Random) -> bytes:
    """Return a payload with a whole gzip member in it that is a capture."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>planted</html>"
    fields = (
        "WARC/1.1\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:{chance.getrandbits(128):032x}>\r\nWARC-Date: 2026-01-31T19:00:00Z\r\n"
        f"WARC-Target-URI: {PLANTED}{chance.getrandbits(32)}\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    member = gzip.compress(fields.encode() + block + b"\r\n\r\n", mtime=0)
    return b"%PDF-1.7\n" + chance.randbytes(9_000) + member + chance.randbytes(9_000)


def store_as_it_is(path: Path, plant: bytes) -> int:
    """Write the record with a plant anew, its bytes stored and not deflated; return where the plant begins.

    So zlib writes what it cannot make smaller.
    """
    whole, begun = path.read_bytes(), plant[plant.index(_MEMBER) :][:200]
    places = [(entry.offset, entry.offset + entry.length) for entry in read_record_index(path)]
    records = [gzip.decompress(whole[start:end]) for start, end in places]
    members = [
        deflate_record(record, 0) if begun in record else whole[start:end]
        for record, (start, end) in zip(records, places, strict=True)
    ]
    whole = b"".join(members)
    path.write_bytes(whole)
    index_path(path).write_bytes(b"".join(record_lines(path)))
    return whole.index(begun)


def deflate_record(record: bytes, level: int = 6) -> bytes:
    """Return the gzip member of a record, with the header that ours have."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, GZIP_WINDOW)
    return GZIP_HEAD + (deflate.compress(record) + deflate.flush())[len(GZIP_HEAD) :]
