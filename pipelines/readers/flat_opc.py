"""Office files whose parts stand in one XML (flat OPC): packed again, and read as DOCX or XLSX.

Source: ECMA-376 part 2 is the package; its flat form is that of Word's `pkg:package`.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.packages import parse_xml, without_pictures
from pipelines.readers.registry import read_file
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText

PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
MOST_PARTS = 2_000


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a flat OPC file.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; else as of DOCX and XLSX.
        ReaderMissing: its parts are those of slides.
    """
    packed = packed_again(payload, hints.url)
    kind = sniff(packed)
    if kind is PayloadType.PPTX:
        raise ReaderMissing("flat_opc: slides have no reader yet", where=hints.url)
    if kind not in (PayloadType.DOCX, PayloadType.XLSX):
        raise UnreadableDocument("damaged: neither a document nor a workbook is in it", where=hints.url)
    file = read_file(kind, packed, hints)
    return replace(file, extractor=f"flat_opc>{file.extractor}")


def packed_again(payload: bytes, where: str) -> bytes:
    """Return the parts of a file that are XML as a zip; pictures and programs are left out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`: it is no XML that is read, or has too many parts.
    """
    root = parse_xml(without_pictures(payload), "the file", where)
    parts = list(root.iterchildren(f"{PKG}part"))
    if len(parts) > MOST_PARTS:
        raise UnreadableDocument(f"bomb: {len(parts)} parts", where=where)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            content = part.find(f"{PKG}xmlData/*")
            if content is not None:
                name = part.get(f"{PKG}name", "").lstrip("/")
                archive.writestr(zipfile.ZipInfo(name), etree.tostring(content, encoding="utf-8"))
    return packed.getvalue()
