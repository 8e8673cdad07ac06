"""What a payload is, told by its first bytes; names and extensions are never asked.

Portals serve HTML as `application/msword`, PDF as `text/html`, and a zip under `.doc`. The declared type
only decides between kinds of text, where the bytes leave the question open.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from io import BytesIO

import olefile

from pipelines.response.http_message import media_type


class PayloadType(StrEnum):
    """The types that are told apart."""

    HTML = "html"
    PLAIN = "plain"
    JSON = "json"
    XML = "xml"
    WORD_XML = "word_xml"
    EXCEL_XML = "excel_xml"
    FLAT_OPC = "flat_opc"
    MHTML = "mhtml"
    RTF = "rtf"
    PDF = "pdf"
    DOC = "doc"
    DOCX = "docx"
    XLS = "xls"
    XLSX = "xlsx"
    XLSB = "xlsb"
    PPT = "ppt"
    PPTX = "pptx"
    OLE = "ole"
    OFD = "ofd"
    ODF = "odf"
    ZIP = "zip"
    RAR = "rar"
    SEVENZIP = "7z"
    GZIP = "gzip"
    IMAGE = "image"
    BINARY = "binary"


HEAD_BYTES = 8192
# UTF-8, UTF-16 with the lower byte first, and with the higher one first.
TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

# What needs a second look (WEBP and BMP, compound files, zip) is told further below.
MAGIC: Mapping[PayloadType, bytes | tuple[bytes, ...]] = {
    PayloadType.RTF: b"{\\rtf",
    PayloadType.RAR: b"Rar!\x1a\x07",
    PayloadType.SEVENZIP: b"7z\xbc\xaf\x27\x1c",
    PayloadType.GZIP: b"\x1f\x8b",
    # PNG, JPEG, two of GIF, two of TIFF.
    PayloadType.IMAGE: (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*"),
    PayloadType.MHTML: b"MIME-Version:",
}

BROKEN_COMPOUND = (OSError, ValueError, LookupError, OverflowError, RecursionError, struct.error)
"""What a damaged compound file makes the library raise."""
# Streams of a compound file, in the order in which they decide; names are UTF-16 in its directory.
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# `Book` is the stream of workbooks before Excel 97 (BIFF 5), `Workbook` of those since (BIFF 8).
OLE_STREAMS: tuple[tuple[str, PayloadType], ...] = (
    ("WordDocument", PayloadType.DOC),
    ("Workbook", PayloadType.XLS),
    ("Book", PayloadType.XLS),
    ("PowerPoint Document", PayloadType.PPT),
)

# Members of a zip, compared in lower case.
ZIP_MEMBERS: tuple[tuple[str, PayloadType], ...] = (
    ("word/document.xml", PayloadType.DOCX),
    ("xl/workbook.xml", PayloadType.XLSX),
    ("xl/workbook.bin", PayloadType.XLSB),
    ("ppt/presentation.xml", PayloadType.PPTX),
    ("ofd.xml", PayloadType.OFD),
    ("mimetype", PayloadType.ODF),
)

NUMBERED_BODY = re.compile(r"word/document\d+\.xml")
"""What some programs call the body of a DOCX."""

HTML_TAG = (
    rb"(?:!doctype\s+html|html|head|body|meta|title|base|link|script|style|table|tbody|tr|td|div|span|p|br|a|"
    rb"h[1-6]|ul|ol|dl|li|img|font|center|b|strong|section|article|form|iframe|frameset|ucapcontent|ucaptitle)"
)
# What stands before the first tag is taken once and never given back: comments can be cut in 2 to the n ways.
PROLOGUE = rb"\s*+(?>(?:<\?[^>]*>\s*+|<!--(?>.*?-->)\s*+)*+)"
LEADING_MARKUP = re.compile(PROLOGUE + rb"<" + HTML_TAG + rb"[\s/>]", re.I | re.S)
ANY_TAG = re.compile(rb"</?" + HTML_TAG + rb"(?:\s[^<>]*)?/?>", re.I)
OFFICE_ROOTS: tuple[tuple[bytes, bytes, PayloadType], ...] = (
    (b"wordDocument", b"http://schemas.microsoft.com/office/word/2003/wordml", PayloadType.WORD_XML),
    (b"Workbook", b"urn:schemas-microsoft-com:office:spreadsheet", PayloadType.EXCEL_XML),
    (b"package", b"http://schemas.microsoft.com/office/2006/xmlPackage", PayloadType.FLAT_OPC),
)
"""Office files that are one XML: the name of the root, and the namespace that it declares."""
ROOT = re.compile(PROLOGUE + rb"<(?:[\w.-]+:)?(\w+)\b([^>]*)", re.S)
UNKNOWN_TAG = re.compile(rb"<[a-z][a-z0-9:-]*[\s/>]", re.I)
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


# A saved page need not begin with its version: browsers put sender and subject first.
FIRST_HEADER = re.compile(
    rb"\s*(?:MIME-Version|From|Date|Subject|Message-ID|Content-[A-Za-z-]+|Snapshot-[A-Za-z-]+|X-[A-Za-z-]+):",
    re.I,
)
# RFC 2557: pages saved by a browser with their pictures.
RELATED_PARTS = re.compile(rb"^Content-Type:\s*multipart/related", re.I | re.M)


def sniff(payload: bytes, content_type: str | None = None) -> PayloadType:
    """Tell the type of a payload.

    Args:
        payload: with its content coding undone; may be empty, which is plain text.
        content_type: as declared; asked only between kinds of text.
    """
    for kind, magic in MAGIC.items():
        if payload.startswith(magic):
            return kind
    if payload.startswith(OLE_MAGIC):
        return _compound_type(payload)
    if payload.startswith(b"PK\x03\x04"):
        return _zip_type(payload)
    if payload.startswith((b"RIFF", b"BM")) and _is_image(payload):
        return PayloadType.IMAGE
    # Viewers take a header anywhere in the first 1,024 bytes (PDF Reference 1.7, appendix H, note 13).
    if b"%PDF-" in payload[:1024] and not LEADING_MARKUP.match(payload[:HEAD_BYTES]):
        return PayloadType.PDF
    return _text_type(payload, media_type(content_type))


def _compound_type(payload: bytes) -> PayloadType:
    names = top_names(payload)
    for name, kind in OLE_STREAMS:
        # Names in the whole file tell only where it is damaged: a file in the file has names of its own.
        if name in names or (not names and name.encode("utf-16-le") + b"\x00\x00" in payload):
            return kind
    return PayloadType.OLE


def _zip_type(payload: bytes) -> PayloadType:
    try:
        with zipfile.ZipFile(BytesIO(payload)) as archive:
            members = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OverflowError):
        return PayloadType.ZIP
    for name, kind in ZIP_MEMBERS:
        if name in members:
            return kind
    return PayloadType.DOCX if any(map(NUMBERED_BODY.fullmatch, members)) else PayloadType.ZIP


def _is_image(payload: bytes) -> bool:
    webp = payload[8:12] == b"WEBP"
    # Two letters begin many a text: the reserved bytes of the header, which are zero, tell a picture from
    # BMW.
    bitmap = payload[:2] == b"BM" and payload[6:10] == b"\x00\x00\x00\x00"
    return webp or bitmap


def _text_type(payload: bytes, declared: str) -> PayloadType:
    head = payload[:HEAD_BYTES]
    if head.startswith(TEXT_BOMS[1:]) or head[:2] in (b"<\x00", b"\x00<"):
        head = head.removeprefix(TEXT_BOMS[1]).removeprefix(TEXT_BOMS[2]).replace(b"\x00", b"")
    # Not at the first such byte: a page with a few of them is read, and `decode_text` notes the damage.
    elif head.count(b"\x00") * 100 > len(head) or len(CONTROLS.findall(head)) * 20 > len(head):
        return PayloadType.BINARY
    head = head.removeprefix(TEXT_BOMS[0])
    if office := _office_type(head):
        return office
    if FIRST_HEADER.match(head) and RELATED_PARTS.search(head):
        return PayloadType.MHTML
    if LEADING_MARKUP.match(head):
        return PayloadType.HTML
    return _marked_up_type(head, declared)


def _office_type(head: bytes) -> PayloadType | None:
    found = ROOT.match(head)
    if found is None:
        return None
    return next((kind for name, space, kind in OFFICE_ROOTS if found[1] == name and space in found[2]), None)


def _marked_up_type(head: bytes, declared: str) -> PayloadType:
    tags = len(ANY_TAG.findall(head))
    stripped = head.lstrip()
    if stripped.startswith((b"<?xml", b"<datastore", b"<rss")):
        return PayloadType.XML
    if "html" in declared and (tags or UNKNOWN_TAG.match(stripped)):
        return PayloadType.HTML
    if stripped[:1] in (b"{", b"[") and (
        "json" in declared or re.match(rb'[{\[]\s*(?:["{\[]|[}\]]\s*$)', stripped)
    ):
        return PayloadType.JSON
    # A page that begins with stray text, or a fragment served as text/plain.
    return PayloadType.HTML if tags >= 6 and declared != "text/plain" else PayloadType.PLAIN


def open_compound(payload: bytes) -> olefile.OleFileIO | None:
    """Open a compound file (MS-CFB), the container of older office files; None where it is damaged."""
    try:
        return olefile.OleFileIO(BytesIO(payload))
    except BROKEN_COMPOUND:
        return None


def top_names(payload: bytes) -> frozenset[str]:
    """Return the names of streams and storages at the top of a compound file; none where it is damaged.

    A file inside the file has names of its own below: a workbook that holds a Word object is a workbook.
    """
    compound = open_compound(payload)
    return frozenset() if compound is None else frozenset(entry.name for entry in compound.root.kids)
