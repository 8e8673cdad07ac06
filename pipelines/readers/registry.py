"""Which module reads which type of file.

A reader is a module with one function, `read(payload: bytes, hints: Hints) -> FileText`. It raises
`UnreadableDocument` for a file that cannot be read, its problem beginning with a reason word (`encrypted`,
`damaged`, `too_big`, `empty`, …), and `ReaderMissing` where something must be installed first, with what to
install as its hint. It neither writes outside a temporary folder of its own nor opens a connection, and it is
imported when the first file of its type comes: some of the libraries take a second to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipelines.decode.sniff import PayloadType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from pipelines.decoded import Hints
    from pipelines.readers.records import FileText

    class Reader(Protocol):
        """A module that reads files."""

        def read(self, payload: bytes, hints: Hints) -> FileText:
            """Read a file."""


READERS: Mapping[PayloadType, str] = {
    PayloadType.DOC: "pipelines.readers.office",
    PayloadType.DOCX: "pipelines.readers.docx",
    PayloadType.ODF: "pipelines.readers.office",
    PayloadType.OLE: "pipelines.readers.compound",
    PayloadType.RTF: "pipelines.readers.office",
    PayloadType.WORD_XML: "pipelines.readers.word_xml",
    PayloadType.EXCEL_XML: "pipelines.readers.excel_xml",
    PayloadType.FLAT_OPC: "pipelines.readers.flat_opc",
    PayloadType.XLS: "pipelines.readers.xls",
    PayloadType.XLSX: "pipelines.readers.xlsx",
    PayloadType.PDF: "pipelines.readers.pdf",
    PayloadType.IMAGE: "pipelines.readers.image",
    PayloadType.OFD: "pipelines.readers.ofd",
    PayloadType.ZIP: "pipelines.readers.archives",
    PayloadType.RAR: "pipelines.readers.archives",
    PayloadType.SEVENZIP: "pipelines.readers.archives",
    PayloadType.GZIP: "pipelines.readers.archives",
}
"""The module of each type that can be read."""


def read_file(kind: PayloadType, payload: bytes, hints: Hints) -> FileText:
    """Read a file by the reader of its type.

    Args:
        kind: what its bytes are; one of `READERS`.
        payload: the bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: no document can be read from it; `problem` begins with a reason word.
        ReaderMissing: what reads it is not installed; `hint` says what to install.
    """
    reader: Reader = import_module(READERS[kind])
    return reader.read(payload, hints)
