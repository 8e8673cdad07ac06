"""Two hundred files that a reader must survive, made here with a fixed seed.

    python -m tests.archive.hostile_files FOLDER      writes them, to look at

`PORT` stands in an address for a port of loopback: who reads the files listens there, and is never called.
"""

from __future__ import annotations

import io
import random
import re
import struct
import sys
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.archive.hostile_members import MEMBER_FILES, ONE_XML_FILES
from tests.archive.hostile_packages import LAUGHS, LOCAL, PACKAGE_FILES, REMOTE, docx, ofd, xlsx, zip_of
from tests.archive.hostile_pdf import PDF_FILES, good_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Makers = Mapping[str, Callable[[], bytes]]

SEED = 6
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAGICS = {
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04",
    "ole": OLE,
    "rtf": b"{\\rtf1 ",
    "rar": b"Rar!\x1a\x07\x01\x00",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "gzip": b"\x1f\x8b\x08\x00",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "tiff": b"II*\x00",
    "bmp": b"BM\x00\x00\x00\x00\x00\x00\x00\x00",
    "webp": b"RIFF\x00\x00\x00\x00WEBP",
    "mhtml": b"MIME-Version: 1.0\r\n",
    "html": b"<!DOCTYPE html>",
    "biff": b"\x09\x08\x10\x00\x00\x06\x05\x00",
}


def compound(name: str, stream: bytes, fat: str = "sound") -> bytes:
    """Return a compound file with one stream.

    Args:
        name: of the stream.
        stream: its bytes.
        fat: `sound`; or the table in which each sector follows itself (`loop`), the directory does
            (`directory`), or every sector points at random (`random`).
    """
    size = -(-max(len(stream), 4096) // 512)
    first = 2
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(first + 1, first + size), 0xFFFFFFFE]
    if fat == "loop":
        chain = [0xFFFFFFFD, 0xFFFFFFFE, *([first] * size)]
    elif fat == "directory":
        chain[1] = 1
    elif fat == "random":
        dice = random.Random(SEED)
        chain = [0xFFFFFFFD, *(dice.randrange(len(chain)) for _ in chain[1:])]
    table = struct.pack(f"<{len(chain)}I", *chain)[:512].ljust(512, b"\xff")
    head = OLE + bytes(16) + struct.pack("<HHHHHHIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0)
    head += struct.pack("<IIIII", 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    entries = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(name, 2, 0xFFFFFFFF, first, size * 512)
    return head.ljust(512, b"\xff") + table + entries.ljust(512, b"\x00") + stream.ljust(size * 512, b"\x00")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    words = name.encode("utf-16-le") + b"\x00\x00"
    head = words.ljust(64, b"\x00") + struct.pack(
        "<HBBIII", len(words), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child
    )
    return head + bytes(36) + struct.pack("<IQ", start, size)


def png(width: int, height: int, body: bytes, *more: bytes) -> bytes:
    """Return a grey PNG with one bit a pixel."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _tiff(width: int, height: int, following: int) -> bytes:
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 9),
    ]
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\x00\x08\x00\x00\x00" + body + struct.pack("<I", following)


IMAGE_FILES: Makers = {
    "png-900-megapixels": lambda: png(30_000, 30_000, zlib.compress(bytes(30_000 * 3_751), 9)),
    "png-4-billion-wide": lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"a")),
    "png-of-no-size": lambda: png(0, 0, zlib.compress(b"a")),
    "png-with-a-text-of-300-mb": lambda: png(
        9, 9, zlib.compress(bytes(99)), _chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(300_000_000), 1))
    ),
    "png-data-that-bursts": lambda: png(9, 9, zlib.compress(bytes(500_000_000), 1)),
    "gif-of-65535": lambda: (
        b"GIF89a\xff\xff\xff\xff\xf7\x00\x00" + bytes(768) + b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08"
    ),
    "jpeg-of-65535": lambda: (
        b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
        + bytes(999)
    ),
    "bmp-of-2-billion": lambda: (
        b"BM" + bytes(8) + struct.pack("<IIiiHHIIiiII", 54, 40, 2**31 - 1, 2**31 - 1, 1, 32, 0, 0, 0, 0, 0, 0)
    ),
    "tiff-directory-of-itself": lambda: _tiff(9, 9, 8),
    "tiff-of-2-billion": lambda: _tiff(2**31 - 1, 2**31 - 1, 0),
}

OLE_FILES: Makers = {
    **{
        f"ole-{kind}-{fat}": partial(compound, name, random.Random(SEED).randbytes(9_000), fat)
        for kind, name in (("doc", "WordDocument"), ("xls", "Workbook"), ("unknown", "Contents"))
        for fat in ("sound", "loop", "directory", "random")
    },
    "ole-encrypted-package": lambda: compound("EncryptedPackage", bytes(9_000)),
    "xls-records-without-end": lambda: compound(
        "Workbook", b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12) + b"\xfd\x00\x0a\x00" * 9_000
    ),
    "xls-row-65535-by-65535": lambda: compound(
        "Workbook",
        b"\x09\x08\x08\x00\x00\x05\x10\x00"
        + bytes(4)
        + b"\x04\x02\x0b\x00\xff\xff\xff\xff\x00\x00\x03\x00abc" * 999,
    ),
}

RTF_FILES: Makers = {
    "rtf-100000-deep": lambda: b"{\\rtf1 " + b"{" * 100_000 + b"text" + b"}" * 100_001,
    "rtf-binary-of-a-billion": lambda: b"{\\rtf1 \\bin999999999 text}",
    "rtf-remote-picture": lambda: (
        b'{\\rtf1 {\\field{\\*\\fldinst INCLUDEPICTURE "http://127.0.0.1:PORT/a.png" \\\\d}{\\fldrslt}}text}'
    ),
    "rtf-local-text": lambda: (
        b'{\\rtf1 {\\field{\\*\\fldinst INCLUDETEXT "file:///etc/passwd"}{\\fldrslt}}text}'
    ),
    "rtf-remote-template": lambda: b"{\\rtf1 {\\*\\template http://127.0.0.1:PORT/a.dot}text}",
    "rtf-object": lambda: b"{\\rtf1 {\\object\\objemb{\\*\\objdata " + b"d0cf11e0" * 9_999 + b"}}text}",
    "rtf-a-million-cells": lambda: (
        b"{\\rtf1 \\trowd" + b"\\cellx9" * 100_000 + b"\\cell" * 1_000_000 + b"\\row}"
    ),
}

_HTML = "<!DOCTYPE html><html><body><p>全年公开政府信息120条。</p>".encode()
HTML_FILES: Makers = {
    "html-100000-deep": lambda: _HTML + b"<div>" * 100_000 + b"text",
    "html-200000-attributes": lambda: (
        _HTML + b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p>"
    ),
    "html-colspan-of-a-billion": lambda: (
        _HTML + b"<table><tr><td colspan=1000000000 rowspan=1000000000>1</td></tr></table>"
    ),
    "html-50-spans-of-65000": lambda: _HTML + b"<table><tr>" + b"<td colspan=65000 rowspan=60000>1</td>" * 50,
    "html-5000-tables-nested": lambda: _HTML + b"<table><tr><td>" * 5_000,
    "html-200000-rows": lambda: _HTML + b"<table>" + b"<tr><td>1</td><td>2</td></tr>" * 200_000,
    "html-10-mb-of-bold": lambda: _HTML + "<b>政</b>".encode() * 1_000_000,
    "html-nul-bytes": lambda: _HTML + b"<p>a\x00b</p>" * 999,
    "html-open-comment": lambda: _HTML + b"<!--" + b"-" * 5_000_000,
    "html-open-tags": lambda: _HTML + b"<" * 1_000_000,
    "html-forms-in-forms": lambda: _HTML + b"<form><a><b>" * 50_000,
    "svg-laughs": f"<?xml version='1.0'?>{LAUGHS}<svg><text>&l11;</text></svg>".encode,
    "svg-local-entity": f"<?xml version='1.0'?>{LOCAL}<svg><text>&x;</text></svg>".encode,
    "xhtml-laughs": f"<?xml version='1.0'?>{LAUGHS}<html><body><p>&l11;</p></body></html>".encode,
    "xhtml-local-entity": f"<?xml version='1.0'?>{LOCAL}<html><body><p>&x;</p></body></html>".encode,
    "xhtml-remote-entity": f"<?xml version='1.0'?>{REMOTE}<html><body><p>&x;</p></body></html>".encode,
    "html-remote-frames": lambda: (
        _HTML + b"<iframe src='http://127.0.0.1:PORT/'></iframe><img src='http://127.0.0.1:PORT/i'>" * 99
    ),
    "html-base-of-a-file": lambda: _HTML + b"<base href='file:///etc/'><iframe src='passwd'></iframe>",
    "mhtml-in-itself": lambda: (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/related; boundary=a\r\n\r\n" * 9_999
    ),
    "plain-20-mb-in-one-line": lambda: "政".encode() * 7_000_000,
    "plain-of-tabs": lambda: b"a\tb\n" + b"\t" * 5_000_000,
    "plain-of-line-feeds": lambda: b"\n" * 5_000_000,
    "json-100000-deep": lambda: b'{"a":' + b"[" * 100_000,
}


def _cut_files() -> dict[str, Callable[[], bytes]]:
    whole: Makers = {
        "pdf": good_pdf,
        "docx": lambda: docx("".join(f"<w:p><w:r><w:t>line {n}</w:t></w:r></w:p>" for n in range(99))),
        "xlsx": lambda: xlsx("".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 99))),
        "ofd": lambda: ofd(
            '<ofd:TextObject ID="8" Boundary="1 1 99 9" Size="5"><ofd:TextCode X="0" Y="5">a</ofd:TextCode>'
            "</ofd:TextObject>"
        ),
        "zip": lambda: zip_of([(f"{n}.txt", b"text of a member") for n in range(9)]),
    }
    return {
        f"{kind}-cut-at-{tenth}-tenths": partial(_cut, make, tenth)
        for kind, make in whole.items()
        for tenth in (range(1, 10) if kind == "pdf" else (2, 5, 8))
    }


def _cut(make: Callable[[], bytes], tenth: int) -> bytes:
    whole = make()
    return whole[: len(whole) * tenth // 10]


def _random_files() -> dict[str, Callable[[], bytes]]:
    behind = {f"random-behind-{kind}": partial(_random_behind, magic) for kind, magic in _MAGICS.items()}
    few: Makers = {"empty": bytes, "one-byte": partial(bytes, b"%")}
    return {**behind, "random-behind-nothing": partial(_random_behind, b""), **few}


def _random_behind(magic: bytes) -> bytes:
    return magic + random.Random(SEED).randbytes(20_000)


HOSTILE: Makers = {
    **{f"pdf-{name}": make for name, make in PDF_FILES.items()},
    **PACKAGE_FILES,
    **MEMBER_FILES,
    **ONE_XML_FILES,
    **IMAGE_FILES,
    **OLE_FILES,
    **RTF_FILES,
    **HTML_FILES,
    **_cut_files(),
    **_random_files(),
}
"""Each file by its name: a function that makes the same bytes each time."""


SLOW = frozenset(
    {
        *(name for name in HOSTILE if name.startswith(("ole-doc-", "rtf-"))),  # an office suite is started
        "pdf-kids-a-million-times-the-same",
        "pdf-flate-360-mb",
        "pdf-ascii-85-garbage",
        "pdf-run-length-bomb",
        "pdf-picture-jbig2-garbage",
        "pdf-picture-jpx-garbage",
        "pdf-picture-dct-garbage",
        "pdf-picture-fax-garbage",
        "pdf-picture-900-megapixels",
        "pdf-drawings-10-to-the-9",
        "pdf-a-million-words",
        "pdf-words-on-one-spot",
        "pdf-lines-100000",
        "pdf-grid-of-700-by-700",
        "pdf-rectangles-50000",
        "pdf-states-a-million-deep",
        "html-200000-rows",
        "html-10-mb-of-bold",
        "plain-of-tabs",
    }
)
"""Those that keep a reader busy for seconds, most of them until the clock stops it."""


def content_type_of(name: str) -> bytes:
    """Return as what a portal serves a hostile file: text as a page, all else as bytes."""
    is_text = name.startswith(("html", "xhtml", "svg", "plain", "json", "random", "empty", "one"))
    return b"text/html; charset=utf-8" if is_text else b"application/octet-stream"


def make_hostile(name: str, port: int) -> bytes:
    """Return a hostile file.

    Args:
        name: one of `HOSTILE`.
        port: of loopback, where whoever reads it is invited to connect.
    """
    payload, told = HOSTILE[name](), b"%05d" % port
    if "remote" not in name:
        return payload if payload.startswith(b"PK") else re.sub(rb"\bPORT\b", told, payload)
    if not payload.startswith(b"PK"):
        return payload.replace(b"PORT", told)
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        return zip_of([(part, archive.read(part).replace(b"PORT", told)) for part in archive.namelist()])


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for word in HOSTILE:
        (out / word).write_bytes(make_hostile(word, 9))
