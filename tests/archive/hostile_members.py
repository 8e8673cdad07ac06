"""Archives and packages that are sound outside and lie inside: of sizes, places, links and numbers."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import zipfile
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.archive.hostile_packages import (
    LAUGHS,
    LOCAL,
    REMOTE,
    WORD,
    docx,
    ofd,
    ofd_text,
    package,
    word_text,
    xlsx,
    zip_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _far_away() -> bytes:
    """Return a zip whose member begins where no file reaches."""
    whole = zip_of([("a.txt", b"text")])
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry = bytearray(whole[start:end] + struct.pack("<HHQ", 1, 8, 2**64 - 1))
    entry[30:32], entry[42:46] = struct.pack("<H", 12), b"\xff" * 4
    return whole[:start] + entry + whole[end : end + 12] + struct.pack("<IIH", len(entry), start, 0)


def _zip_link() -> bytes:
    """Return a zip whose member is a link of Unix to a file outside."""
    file = io.BytesIO()
    link = zipfile.ZipInfo("a.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def _tar_of_holes(size: int) -> bytes:
    """Return a tar in gzip with a member that has so many bytes, none of them in the tar."""
    file = io.BytesIO()
    told = {"major": "0", "minor": "1", "name": "a.txt", "size": str(size), "numblocks": "1", "map": "0,0"}
    with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a.txt")
        member.pax_headers = {f"GNU.sparse.{key}": value for key, value in told.items()}
        archive.addfile(member)
    return file.getvalue()


def _tar_of_size(size: bytes) -> bytes:
    """Return a tar in gzip whose member states its size in these twelve bytes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    head = bytearray(file.getvalue()[:512])
    head[124:136], head[148:156] = size, b" " * 8
    head[148:156] = b"%06o\x00 " % sum(head)
    return gzip.compress(bytes(head) + bytes(10_240), mtime=0)


def _tar_of_kind(kind: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.txt")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    return file.getvalue()


def _docx_in(coding: str, named: str) -> bytes:
    """Return a DOCX that bursts, in a coding in which its marks are other bytes."""
    text = f'<?xml version="1.0" encoding="{named}"?>{LAUGHS}<w:document xmlns:w="{WORD}"><w:body>'
    text += f"{word_text('&l11;')}</w:body></w:document>"
    return package("wordprocessingml.document", "word/document.xml", text.encode(coding))


def _styles_deep(count: int) -> bytes:
    """Return a DOCX whose paragraphs have styles that are each based on the next; no name packs well."""
    dice = random.Random(6)
    names = [dice.randbytes(8).hex() for _ in range(count)]
    styles = "".join(
        f'<w:style w:styleId="{name}"><w:basedOn w:val="{following}"/></w:style>'
        for name, following in pairwise(names)
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{name}"/></w:pPr><w:r><w:t>a</w:t></w:r></w:p>' for name in names
    )
    return docx(body, more=[("word/styles.xml", f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>'.encode())])


def _numbered(text: str, count: int) -> bytes:
    """Return a DOCX with so many paragraphs whose list prints this before each."""
    level = f'<w:lvl w:ilvl="0"><w:lvlText w:val="{text}"/></w:lvl>'
    part = f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
    part += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    listed = '<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>'
    return docx(listed * count, more=[("word/numbering.xml", part.encode())])


def _styled(number: str, code: str = "General", key: str = "200", book: str = "") -> bytes:
    """Return an XLSX with a number in a format."""
    styles = f'<numFmts><numFmt numFmtId="{key}" formatCode="{code}"/></numFmts>'
    styles += f'<cellXfs><xf/><xf numFmtId="{key}"/></cellXfs>'
    row = f'<row r="1"><c r="A1" s="1"><v>{number}</v></c><c r="B1"><v>2</v></c></row>'
    return xlsx(row, styles=styles, book=book)


def _merged_pairs(rows: range) -> bytes:
    """Return an XLSX with a table of one row in every second row, a merged cell in each."""
    pair = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="C{0}"><v>1</v></c></row>'
    merges = "".join(f'<mergeCell ref="A{row}:B{row}"/>' for row in rows)
    return xlsx("".join(map(pair.format, rows)), sheet=f"<mergeCells>{merges}</mergeCells>")


def _merged_row(cells: int, merges: int) -> bytes:
    """Return an XLSX with one row of cells and merged cells behind them; no number packs too well."""
    dice = random.Random(6)
    row = "".join(f"<c><v>{dice.randrange(10**9)}</v></c>" for _ in range(cells))
    areas = "".join(f'<mergeCell ref="X{chr(65 + dice.randrange(6))}C1:XFD1"/>' for _ in range(merges))
    return xlsx(f'<row r="1">{row}</row>', sheet=f"<mergeCells>{areas}</mergeCells>")


def _one_xml(kind: str, inner: str, before: str = "") -> bytes:
    """Return an office file that is one XML: of `word`, `excel` or a `flat` package."""
    root, names, around = _ONE_XML[kind]
    text = f'<?xml version="1.0"?>{before}<{root} {names}>{around.format(inner)}</{root}>'
    return text.encode()


_ONE_XML = {
    "word": (
        "w:wordDocument",
        'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"',
        "<w:body>{}</w:body>",
    ),
    "excel": (
        "Workbook",
        (
            'xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
        ),
        "<Worksheet><Table>{}</Table></Worksheet>",
    ),
    "flat": (
        "pkg:package",
        'xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"',
        '<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{}</pkg:xmlData></pkg:part>',
    ),
}
_DATA = '<Data ss:Type="Number">1</Data>'
ONE_XML_FILES: Mapping[str, Callable[[], bytes]] = {
    **{
        f"{kind}-xml-{word}": partial(_one_xml, kind, inner, before)
        for kind, inner in (("word", word_text("&x;")), ("excel", "<Row>&x;</Row>"), ("flat", "<a>&x;</a>"))
        for word, before in (
            ("laughs", LAUGHS.replace("l11", "x")),
            ("local-entity", LOCAL),
            ("remote-entity", REMOTE),
        )
    },
    "word-xml-100000-deep": lambda: _one_xml("word", "<w:p>" * 100_000 + "</w:p>" * 100_000),
    "word-xml-2-million-paragraphs": lambda: _one_xml("word", "<w:p/>" * 3_900_000),
    "word-xml-30-mb-of-picture": lambda: _one_xml("word", f"<w:binData>{'QUJD' * 7_500_000}</w:binData>"),
    "word-xml-100000-marks-open": lambda: _one_xml("word", word_text("1") + "<w:binData>" * 100_000),
    "excel-xml-far-cells": lambda: _one_xml(
        "excel", f'<Row ss:Index="9999999"><Cell ss:Index="9999999">{_DATA}</Cell></Row>' * 9
    ),
    "excel-xml-spans-of-9999999": lambda: _one_xml(
        "excel",
        f'<Row ss:Span="9999999"><Cell ss:MergeAcross="9999999" ss:MergeDown="9999999">{_DATA}</Cell></Row>'
        * 99,
    ),
    "excel-xml-numbers-5000-long": lambda: _one_xml(
        "excel",
        f'<Row ss:Index="{"9" * 5_000}"><Cell><Data ss:Type="Number">{"9" * 9_999}</Data></Cell></Row>',
    ),
    "excel-xml-400000-cells": lambda: _one_xml(
        "excel", f"<Row>{f'<Cell>{_DATA}</Cell>' * 100}</Row>" * 4_000
    ),
    "flat-xml-in-itself": lambda: _one_xml("flat", _one_xml("flat", "<a/>").decode().partition("?>")[2]),
    "flat-xml-climbs": lambda: _one_xml("flat", "<a/>").replace(b"/word/document.xml", b"/../../etc/climbed"),
}

MEMBER_FILES: Mapping[str, Callable[[], bytes]] = {
    "zip-member-far-away": _far_away,
    "zip-link": _zip_link,
    "gzip-of-200000-parts": lambda: gzip.compress(b"", mtime=0) * 200_000,
    "gzip-of-a-part-and-a-half": lambda: (
        gzip.compress(b"text", mtime=0) + gzip.compress(b"more", mtime=0)[:9]
    ),
    "tar-of-holes": lambda: _tar_of_holes(1 << 40),
    "tar-of-a-negative-size": lambda: _tar_of_size(b"\xff" * 10 + b"\xfe\x00"),
    "tar-of-an-endless-size": lambda: _tar_of_size(b"\x80" + b"\x7f" * 11),
    "tar-pipe": lambda: _tar_of_kind(tarfile.FIFOTYPE),
    "tar-hard-link": lambda: _tar_of_kind(tarfile.LNKTYPE),
    "docx-laughs-in-utf-7": lambda: _docx_in("utf-7", "UTF-7"),
    "docx-laughs-in-ebcdic": lambda: _docx_in("cp037", "IBM037"),
    "docx-laughs-in-utf-16": lambda: _docx_in("utf-16", "UTF-16"),
    "docx-styles-20000-deep": lambda: _styles_deep(20_000),
    "docx-number-of-100-kilobytes": lambda: _numbered("%1" * 50_000, 9_000),
    "xlsx-format-of-500-places": lambda: _styled("1.5", "0." + "0" * 500),
    "xlsx-format-of-200-kilobytes": lambda: _styled("1.5", "0%" * 100_000),
    "xlsx-format-number-5000-long": lambda: _styled("1", key="9" * 5_000),
    "xlsx-last-day-since-1904": lambda: _styled("2958465", "yyyy/m/d", book='<workbookPr date1904="1"/>'),
    "xlsx-number-beyond-all": lambda: _styled("-9e999999999"),
    "xlsx-one-text-100000-times": lambda: xlsx(
        ("<row>" + '<c t="s"><v>0</v></c>' * 20 + "</row>") * 500,
        strings=f"<si><t>{'a' * 600_000}</t></si>",
    ),
    "xlsx-50000-tables-merged": lambda: _merged_pairs(range(2, 100_002, 2)),
    "xlsx-50000-merges-in-a-row": lambda: _merged_row(16_000, 50_000),
    "ofd-100000-characters": lambda: ofd(ofd_text("字" * 100_000)),
    "ofd-absolute-page": lambda: ofd("", page="/etc/passwd"),
    "ofd-300-pages-of-300-templates": lambda: ofd(
        '<ofd:Template TemplateID="5"/>' * 300 + ofd_text("text"),
        pages=300,
        template='<ofd:TemplatePage ID="5" BaseLoc="Pages/P.xml"/>',
    ),
}
