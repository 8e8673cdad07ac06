"""The one way in: any payload as text, by the reader of its type, or the reason why not.

    payload ─ sniff ─▶ type ─ reader ─▶ blocks, what the file states of itself ─ assemble ─▶ text, tables

A reader is a module with one function, `read(payload: bytes, hints: Hints) -> FileText`. It raises
`UnreadableDocument` for a file that cannot be read, its problem beginning with a reason word (`encrypted`,
`damaged`, `too_big`, `empty`, …), and `ReaderMissing` where something must be installed first, with what to
install as its hint. It neither writes outside a temporary folder of its own nor opens a connection. Readers
of files are imported when the first file of their type comes: some of the libraries take a second to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.file_text import assemble_text
from pipelines.readers.ocr import recogniser
from pipelines.readers.office import SHEETS, TEXT, office_command
from pipelines.readers.pages import read_mhtml, read_page, read_plain
from pipelines.readers.unpacking import bsdtar_path
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from pipelines.decoded import DecodedText, Hints
    from pipelines.readers.file_text import FileText

    class Reader(Protocol):
        """A module that reads files."""

        def read(self, payload: bytes, hints: Hints) -> FileText:
            """Read a file."""


PAGES: Mapping[PayloadType, Callable[[bytes, Hints], FileText]] = {
    PayloadType.HTML: read_page,
    PayloadType.MHTML: read_mhtml,
    PayloadType.PLAIN: read_plain,
}
"""What reads pages and plain text, which needs nothing loaded first."""

READERS: Mapping[PayloadType, str] = {
    PayloadType.DOC: "pipelines.readers.office",
    PayloadType.DOCX: "pipelines.readers.docx",
    PayloadType.ODF: "pipelines.readers.office",
    PayloadType.OLE: "pipelines.readers.office",
    PayloadType.RTF: "pipelines.readers.office",
    PayloadType.WORD_XML: "pipelines.readers.word_xml",
    PayloadType.EXCEL_XML: "pipelines.readers.excel_xml",
    PayloadType.FLAT_OPC: "pipelines.readers.flat_opc",
    PayloadType.XLS: "pipelines.readers.xls",
    PayloadType.XLSX: "pipelines.readers.xlsx",
    PayloadType.PDF: "pipelines.readers.pdf.pdf_pages",
    PayloadType.IMAGE: "pipelines.readers.ocr.recogniser",
    PayloadType.OFD: "pipelines.readers.ofd.ofd_pages",
    PayloadType.ZIP: "pipelines.readers.archives",
    PayloadType.RAR: "pipelines.readers.archives",
    PayloadType.SEVENZIP: "pipelines.readers.archives",
    PayloadType.GZIP: "pipelines.readers.archives",
}
"""The module of each type of file that can be read."""


def decode_payload(payload: bytes, hints: Hints) -> DecodedText:
    """Decode a payload by what its bytes are.

    Args:
        payload: with content coding undone (see `pipelines.response.content_coding`).
        hints: where it came from.

    Raises:
        UnreadableDocument: as `read_file`.
        ReaderMissing: as `read_file`.
    """
    kind = sniff(payload, hints.content_type)
    return assemble_text(read_file(kind, payload, hints), kind)


def read_file(kind: PayloadType, payload: bytes, hints: Hints) -> FileText:
    """Read a payload by the reader of its type.

    Args:
        kind: what its bytes are.
        payload: the bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: no document can be read from it; `problem` begins with a word that says why.
        ReaderMissing: it is a document of a type without a reader, or whose reader is not installed;
            `problem` begins with the type, `hint` says what to install.
    """
    if kind in PAGES:
        return PAGES[kind](payload, hints)
    if kind is PayloadType.BINARY:
        raise UnreadableDocument("binary: the bytes are no document of a known type", where=hints.url)
    if kind not in READERS:
        raise ReaderMissing(f"no_reader: {kind} has no reader yet", where=hints.url)
    reader: Reader = import_module(READERS[kind])
    return reader.read(payload, hints)


def installed_tools() -> frozenset[str]:
    """Return the names of the tools that readers can do without and that are installed."""
    tools = {
        "archives": bsdtar_path(),
        "ocr": recogniser.is_installed(),
        TEXT.package: office_command(TEXT),
        SHEETS.package: office_command(SHEETS),
    }
    return frozenset(name for name, found in tools.items() if found)
