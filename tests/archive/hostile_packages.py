"""Zip, DOCX, XLSX and OFD files that are made to burst, to loop or to fetch; see `hostile_files`."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import zipfile
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<!DOCTYPE r [<!ENTITY l0 "ha">{_ENTITIES}]>'
"""Defines &l11;, which is 200 GB of laughter."""


def fetching(address: str) -> str:
    """Define &x; as what stands at an address."""
    return f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}"><!ENTITY % p SYSTEM "{address}"> %p;]>'


LOCAL, REMOTE = fetching("file:///etc/passwd"), fetching("http://127.0.0.1:PORT/x")


def zip_of(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of members, names as they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name), body, method)
    return file.getvalue()


def package(kind: str, main: str, body: bytes, more: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Return an office file with this main part."""
    types = f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
    types += (
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    )
    types += f'<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{kind}'
    types += '.main+xml"/></Types>'
    root = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATED}'
    root += f'/officeDocument" Target="{main}"/></Relationships>'
    parts = [("[Content_Types].xml", types.encode()), ("_rels/.rels", root.encode()), (main, body)]
    return zip_of([*parts, *more])


def docx(body: str | bytes, before: str = "", more: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Return a DOCX with this body."""
    inner = body if isinstance(body, bytes) else body.encode()
    head = f'<?xml version="1.0"?>{before}<w:document xmlns:w="{WORD}" xmlns:r="{_RELATED}"><w:body>'.encode()
    document = head + inner + b"</w:body></w:document>"
    return package("wordprocessingml.document", "word/document.xml", document, more)


def xlsx(
    rows: str | bytes,
    before: str = "",
    *,
    sheet: str = "",
    strings: str = "<si><t>a</t></si>",
    styles: str = "",
    book: str = "",
) -> bytes:
    """Return an XLSX with one sheet of these rows."""
    book = f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATED}">{book}<sheets>'
    book += '<sheet name="a" sheetId="1" r:id="r1"/>'
    related = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATED}/worksheet"'
    )
    related += (
        f' Target="worksheets/s.xml"/><Relationship Id="r2" Type="{_RELATED}/sharedStrings" Target="t.xml"/>'
    )
    inner = rows if isinstance(rows, bytes) else rows.encode()
    data = f'<?xml version="1.0"?>{before}<worksheet xmlns="{_SHEET}">'.encode()
    data += b"<sheetData>" + inner + b"</sheetData>" + sheet.encode() + b"</worksheet>"
    more = [
        ("xl/_rels/workbook.xml.rels", f"{related}</Relationships>".encode()),
        ("xl/worksheets/s.xml", data),
        ("xl/t.xml", f'<?xml version="1.0"?>{before}<sst xmlns="{_SHEET}">{strings}</sst>'.encode()),
        ("xl/styles.xml", f'<styleSheet xmlns="{_SHEET}">{styles}</styleSheet>'.encode()),
    ]
    return package("spreadsheetml.sheet", "xl/workbook.xml", f"{book}</sheets></workbook>".encode(), more)


def ofd(
    text: str, before: str = "", *, pages: int = 1, page: str = "Pages/P.xml", template: str = ""
) -> bytes:
    """Return an OFD whose pages are all the same."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    root = f'<ofd:OFD {space} DocType="OFD" Version="1.0"><ofd:DocBody><ofd:DocRoot>D/D.xml</ofd:DocRoot>'
    many = "".join(f'<ofd:Page ID="{number}" BaseLoc="{page}"/>' for number in range(1, pages + 1))
    document = (
        f"<ofd:Document {space}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
    )
    document += f"</ofd:PageArea>{template}</ofd:CommonData><ofd:Pages>{many}</ofd:Pages></ofd:Document>"
    inner = (
        f'<?xml version="1.0"?>{before}<ofd:Page {space}><ofd:Content><ofd:Layer ID="7">{text}</ofd:Layer>'
    )
    return zip_of(
        [
            ("OFD.xml", f"{root}</ofd:DocBody></ofd:OFD>".encode()),
            ("D/D.xml", document.encode()),
            ("D/Pages/P.xml", f"{inner}</ofd:Content></ofd:Page>".encode()),
        ]
    )


def ofd_text(code: str, words: str = "") -> str:
    """Return a text of an OFD with more words on its code."""
    return (
        f'<ofd:TextObject ID="8" Boundary="10 10 100 10" Font="1" Size="5"><ofd:TextCode X="0" Y="5" {words}>'
        f"{code}</ofd:TextCode></ofd:TextObject>"
    )


def word_text(text: str) -> str:
    """Return a paragraph of a DOCX."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def _nested_zip(depth: int, width: int) -> bytes:
    body = zip_of([("0.txt", bytes(10_000_000))])
    for level in range(depth):
        body = zip_of([(f"{level}-{number}.zip", body) for number in range(width)])
    return body


def _overlapping(count: int) -> bytes:
    """Return a zip whose directory names one member many times over."""
    whole = zip_of([("a.txt", bytes(20_000_000))])
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry, tail = whole[start:end], whole[end:]
    many = b"".join(entry.replace(b"a.txt", b"%05d" % number) for number in range(count))
    counts = struct.pack("<HHII", count, count, len(many), start)
    return whole[:start] + many + tail[:8] + counts + tail[20:]


def _told(size: int) -> bytes:
    """Return a zip that tells another size of its member than comes out."""
    whole = zip_of([("a.txt", bytes(30_000_000))])
    return whole.replace(struct.pack("<I", 30_000_000), struct.pack("<I", size))


def _encrypted() -> bytes:
    whole = bytearray(zip_of([("a.txt", b"text")]))
    whole[6] |= 1
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


def _tar(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    return file.getvalue()


_NAMES = {
    "climbs": "../../../../tmp/climbed.txt",
    "absolute": "/etc/cron.d/absolute",
    "backslashes": "..\\..\\climbed.txt",
    "drive": "C:\\windows\\system32\\a.txt",
    "nul": "a\x00.txt",
    "turned-round": "a\u202etxt.exe",
    "60000-long": "a" * 60_000,
    "60000-deep": "a/" * 30_000,
    "line-feeds": "a\nb\r\n.txt",
    "nothing": "",
}
_MERGED = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
_CELL = '<row r="1048576"><c r="XFD1048576" t="s"><v>{}</v></c></row>'
_WIDE = '<w:tc><w:tcPr><w:gridSpan w:val="{}"/></w:tcPr>' + word_text("1") + "</w:tc>"
_LINK = '<Relationship Id="r{}" Type="{}/{}" Target="http://127.0.0.1:PORT/{}" TargetMode="External"/>'
_LINKS = _LINK.format(9, _RELATED, "attachedTemplate", "t.dotm") + _LINK.format(8, _RELATED, "image", "i.png")
_REMOTE_PART = (
    "word/_rels/document.xml.rels",
    f'<Relationships xmlns="{_PACKAGE}/relationships">{_LINKS}</Relationships>'.encode(),
)

PACKAGE_FILES: Mapping[str, Callable[[], bytes]] = {
    "zip-of-300-mb": lambda: zip_of([(f"{number}.txt", bytes(60_000_000)) for number in range(5)]),
    "zip-in-zip-10-to-the-5": lambda: _nested_zip(5, 10),
    "zip-in-zip-60-deep": lambda: _nested_zip(60, 1),
    "zip-overlapping-1000": lambda: _overlapping(1_000),
    "zip-of-50000-members": lambda: zip_of([(f"{number}.txt", b"") for number in range(50_000)]),
    "zip-tells-too-little": lambda: _told(10),
    "zip-tells-too-much": lambda: _told(4_000_000_000),
    "zip-encrypted": _encrypted,
    "zip-packed-in-another-way": lambda: zip_of([("a.txt", b"text")]).replace(
        b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"
    ),
    "zip-without-directory": lambda: zip_of([("a.txt", b"text" * 999)]).partition(b"PK\x01\x02")[0],
    "zip-with-a-long-comment": lambda: (
        zip_of([("a.txt", b"text")])[:-2] + b"\xff\xff" + b"PK\x05\x06" * 16_384
    ),
    "zip-of-lzma-bomb": lambda: zip_of([("a.txt", bytes(100_000_000))], zipfile.ZIP_LZMA),
    "zip-of-itself-in-name": lambda: zip_of(
        [("word/document.xml", b"x"), ("xl/workbook.xml", b"x"), ("OFD.xml", b"x")]
    ),
    **{f"zip-name-{word}": partial(zip_of, [(name, b"text")]) for word, name in _NAMES.items()},
    "gzip-of-1-gb": lambda: gzip.compress(bytes(1 << 25), 9, mtime=0) * 32,
    "gzip-in-gzip": lambda: gzip.compress(gzip.compress(bytes(1 << 25), 9, mtime=0) * 16, 9, mtime=0),
    "tar-climbs": lambda: _tar("../../climbed.txt"),
    "tar-link": lambda: _tar("a.txt", tarfile.SYMTYPE),
    "tar-device": lambda: _tar("a.txt", tarfile.CHRTYPE),
    "docx-laughs": lambda: docx(word_text("&l11;"), LAUGHS),
    "docx-local-entity": lambda: docx(word_text("secret &x;"), LOCAL),
    "docx-remote-entity": lambda: docx(word_text("secret &x;"), REMOTE),
    "docx-xinclude": lambda: docx(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        + word_text("a")
    ),
    "docx-remote-template": lambda: docx(word_text("text"), more=[_REMOTE_PART]),
    "docx-with-macros": lambda: docx(
        word_text("text"), more=[("word/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 99)]
    ),
    "docx-6-million-paragraphs": lambda: docx(b"<w:p/>" * 6_000_000),
    "docx-6-million-texts": lambda: docx(word_text("1").encode() * 3_000_000),
    "docx-300000-cells": lambda: docx(
        b"<w:tbl>" + (b"<w:tr>" + b"<w:tc><w:p/></w:tc>" * 30 + b"</w:tr>") * 10_000 + b"</w:tbl>"
    ),
    "docx-2000-tables-nested": lambda: docx(
        b"<w:tbl><w:tr><w:tc>" * 2_000 + word_text("1").encode() + b"</w:tc></w:tr></w:tbl>" * 2_000
    ),
    "docx-100000-deep": lambda: docx(b"<w:p>" * 100_000 + b"</w:p>" * 100_000),
    "docx-span-of-a-billion": lambda: docx(f"<w:tbl><w:tr>{_WIDE.format(10**9)}</w:tr></w:tbl>"),
    "docx-span-of-minus-one": lambda: docx(
        f"<w:tbl><w:tr>{_WIDE.format(-1)}{_WIDE.format('x')}</w:tr></w:tbl>"
    ),
    "docx-spans-of-60000": lambda: docx(
        "<w:tbl>" + f"<w:tr>{_WIDE.format(60_000) * 50}</w:tr>" * 50 + "</w:tbl>"
    ),
    "docx-200000-attributes": lambda: docx(
        b"<w:p " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>"
    ),
    "docx-of-random-bytes": lambda: docx(random.Random(6).randbytes(100_000)),
    "docx-without-document": lambda: zip_of([("word/document.xml", b"")]),
    "docx-100-mb-of-one-word": lambda: docx(word_text("a" * 100_000_000)),
    "xlsx-laughs": lambda: xlsx(_CELL.format(0), LAUGHS, strings="<si><t>&l11;</t></si>"),
    "xlsx-local-entity": lambda: xlsx(_CELL.format(0), LOCAL, strings="<si><t>&x;</t></si>"),
    "xlsx-remote-entity": lambda: xlsx(_CELL.format(0), REMOTE, strings="<si><t>&x;</t></si>"),
    "xlsx-last-cell": lambda: xlsx(_CELL.format(0)),
    "xlsx-string-beyond-the-table": lambda: xlsx(_CELL.format(10**12)),
    "xlsx-all-merged": lambda: xlsx('<row r="1"><c r="A1"><v>1</v></c></row>', sheet=_MERGED),
    "xlsx-3-million-cells": lambda: xlsx((b"<row>" + b"<c><v>1</v></c>" * 100 + b"</row>") * 30_000),
    "xlsx-a-million-merges": lambda: xlsx(
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        sheet="<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 1_000_000 + "</mergeCells>",
    ),
    "xlsx-row-of-minus-one": lambda: xlsx(
        '<row r="-1"><c r="A-1"><v>1</v></c><c r="ZZZZZ9"><v>2</v></c></row>'
    ),
    "ofd-laughs": lambda: ofd(ofd_text("&l11;"), LAUGHS),
    "ofd-local-entity": lambda: ofd(ofd_text("&x;"), LOCAL),
    "ofd-remote-entity": lambda: ofd(ofd_text("&x;"), REMOTE),
    "ofd-climbs": lambda: ofd("", page="../../../../../etc/passwd"),
    "ofd-local-page": lambda: ofd("", page="file:///etc/passwd"),
    "ofd-page-is-its-document": lambda: ofd("", page="/D/D.xml"),
    "ofd-10000-pages": lambda: ofd(ofd_text("text"), pages=10_000),
    "ofd-shift-of-a-billion": lambda: ofd(ofd_text("text", 'DeltaX="g 1000000000 1"')),
    "ofd-shift-of-nothing": lambda: ofd(ofd_text("text", 'DeltaX="g -1 nan inf 1e999"')),
    "ofd-200000-texts": lambda: ofd(ofd_text("text") * 200_000),
    "ofd-lines-100000": lambda: ofd(
        '<ofd:PathObject ID="9" Boundary="0 0 200 200"><ofd:AbbreviatedData>'
        + "M 0 0 L 9 9 " * 100_000
        + "</ofd:AbbreviatedData></ofd:PathObject>"
    ),
    "ofd-blocks-50000-deep": lambda: ofd("<ofd:PageBlock>" * 50_000 + "</ofd:PageBlock>" * 50_000),
    "ofd-template-of-itself": lambda: ofd(
        '<ofd:Template TemplateID="5"/>' + ofd_text("text"),
        template='<ofd:TemplatePage ID="5" BaseLoc="Pages/P.xml"/>',
    ),
}
