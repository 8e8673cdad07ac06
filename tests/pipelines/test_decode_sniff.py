"""Types are told by bytes; names and declared types do not decide."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.errors import ReaderMissing
from pipelines.readers.registry import read_file
from pipelines.response.payload_type import PayloadType, sniff


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def compound(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(60)


TYPES = {
    "pdf sent as html": (b"%PDF-1.7\n%\xe2\xe3", "text/html", PayloadType.PDF),
    "pdf behind stray bytes": (b"\r\n\r\n%PDF-1.4", None, PayloadType.PDF),
    "page that mentions a pdf": (b"<html><p>%PDF-1.4 is a magic</p></html>", None, PayloadType.HTML),
    "word": (compound("WordDocument"), None, PayloadType.DOC),
    "excel": (compound("Workbook"), None, PayloadType.XLS),
    "another compound file": (compound("Contents"), None, PayloadType.OLE),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "application/msword", PayloadType.DOCX),
    "xlsx": (zipped("xl/workbook.xml"), None, PayloadType.XLSX),
    "binary workbook": (zipped("xl/workbook.bin"), None, PayloadType.XLSB),
    "ofd": (zipped("OFD.xml", "Doc_0/Document.xml"), "application/octet-stream", PayloadType.OFD),
    "zip of documents": (zipped("年报.docx"), None, PayloadType.ZIP),
    "zip cut short": (zipped("word/document.xml")[:40], None, PayloadType.ZIP),
    "rar": (b"Rar!\x1a\x07\x01\x00", None, PayloadType.RAR),
    "png": (b"\x89PNG\r\n\x1a\n\x00", "text/html", PayloadType.IMAGE),
    "bitmap": (b"BM\x10\x00\x00\x00\x00\x00\x00\x00", None, PayloadType.IMAGE),
    "rtf under .doc": (rb"{\rtf1\ansi", "application/msword", PayloadType.RTF),
    "table under .xls": (
        b"\xef\xbb\xbf<table><tr><td>1</td></tr></table>",
        "application/vnd.ms-excel",
        PayloadType.HTML,
    ),
    "page": (b"<!DOCTYPE html><html>", None, PayloadType.HTML),
    "page behind many comments": (b"<!---->" * 900 + b"<p>a", None, PayloadType.HTML),
    "no page behind many comments": (b"<!---->" * 900 + b"<zzz>", None, PayloadType.PLAIN),
    "word of 2003": (
        (
            b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?>\n<w:wordDocument xmlns:w='
            b'"http://schemas.microsoft.com/office/word/2003/wordml">'
        ),
        "text/html",
        PayloadType.WORD_XML,
    ),
    "workbook of 2003 without a prolog": (
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>',
        "application/vnd.ms-excel",
        PayloadType.EXCEL_XML,
    ),
    "page behind comments": (b"\n<!-- a -->\n<!-- b --><DIV id=zoom>", None, PayloadType.HTML),
    "page in utf-16": ("\ufeff<html><body>年报".encode("utf-16-le"), None, PayloadType.HTML),
    "page that begins with text": ("年报<p>公开</p>".encode(), "text/html", PayloadType.HTML),
    "text that mentions a tag": ("标签 <p> 表示段落。".encode(), "text/plain", PayloadType.PLAIN),
    "text": ("一、总体情况\n".encode(), None, PayloadType.PLAIN),
    "text in gb18030": ("一、总体情况\n".encode("gb18030"), None, PayloadType.PLAIN),
    "text that begins with BM": (b"BMW is no bitmap", None, PayloadType.PLAIN),
    "robots.txt": (b"User-agent: *\nDisallow:\n", "text/plain", PayloadType.PLAIN),
    "nothing": (b"", "text/html", PayloadType.PLAIN),
    "json": (b'{"success": true}', "text/html", PayloadType.JSON),
    "list records": (b"<?xml version='1.0'?><datastore/>", "application/xml", PayloadType.XML),
    "program": (b"\x7fELF\x02\x01\x01\x00" + bytes(90), "text/html", PayloadType.BINARY),
}


@pytest.mark.parametrize(("payload", "declared", "expected"), TYPES.values(), ids=TYPES.keys())
def test_the_type_is_told_by_the_bytes(payload: bytes, declared: str | None, expected: PayloadType) -> None:
    assert sniff(payload, declared) is expected


@pytest.mark.parametrize("kind", ["excel_xml", "flat_opc", "gzip", "odf", "pptx", "word_xml", "xlsb"])
def test_what_is_told_and_has_no_reader_waits(kind: str) -> None:
    with pytest.raises(ReaderMissing, match=f"no_reader: {kind} has no reader yet"):
        read_file(PayloadType(kind), b"x", Hints("http://www.example.gov.cn/1"))


@settings(deadline=None, max_examples=200)
@given(
    payload=st.binary(max_size=400), magic=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"RIFF", b"<"])
)
def test_any_bytes_have_a_type(payload: bytes, magic: bytes) -> None:
    assert sniff(magic + payload) in PayloadType
