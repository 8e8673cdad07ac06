"""The one way in: any payload as text, by the reader of its type, or the reason why not.

    payload ─ sniff ─▶ type ─ reader ─▶ blocks, what the file states of itself ─ assemble ─▶ text, tables

A reader is a function `(payload: bytes, hints: Hints) -> FileText`. It raises
`UnreadableDocument` for a file that cannot be read, its problem beginning with a reason word (`encrypted`,
`damaged`, `too_big`, `empty`, …), and `ReaderMissing` where something must be installed first, with what to
install as its hint. It neither writes outside a temporary folder of its own nor opens a connection. Readers
are imported when the first file of their type comes: some of the libraries take a second to load.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pkgutil import resolve_name

from pipelines.decoded import DecodedText, FileText, Hints, assemble_text
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.office import PACKAGE, office_command
from pipelines.response.payload_type import PayloadType, sniff

Reader = Callable[[bytes, Hints], FileText]


READERS: Mapping[PayloadType, str] = {
    PayloadType.HTML: "pipelines.readers.pages:read_page",
    PayloadType.MHTML: "pipelines.readers.pages:read_mhtml",
    PayloadType.PLAIN: "pipelines.readers.pages:read_plain",
    PayloadType.DOC: "pipelines.readers.office:read",
    PayloadType.DOCX: "pipelines.readers.docx:read",
    PayloadType.OLE: "pipelines.readers.office:read",
    PayloadType.RTF: "pipelines.readers.office:read",
    PayloadType.XLS: "pipelines.readers.spreadsheets:read_xls",
    PayloadType.XLSX: "pipelines.readers.spreadsheets:read_xlsx",
    PayloadType.PDF: "pipelines.readers.pdf_pages:read",
    PayloadType.IMAGE: "pipelines.readers.recogniser:read",
    PayloadType.OFD: "pipelines.readers.ofd_pages:read",
    PayloadType.ZIP: "pipelines.readers.archives:read_archive",
    PayloadType.RAR: "pipelines.readers.archives:read_archive",
    PayloadType.SEVENZIP: "pipelines.readers.archives:read_archive",
}
"""What reads each type of file, as `pkgutil.resolve_name` takes it."""

UNPACKER = "bsdtar"
"""The program that unpacks RAR and 7z."""
RECOGNISING = ("rapidocr", "onnxruntime")
"""What the recogniser of characters needs: an extra. Asked here, for to import it takes a while."""


def decode_payload(payload: bytes, hints: Hints) -> DecodedText:
    """Decode a payload by what its bytes are.

    Args:
        payload: with content coding undone (see `pipelines.response.http_message`).
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
    if kind is PayloadType.BINARY:
        raise UnreadableDocument("binary: the bytes are no document of a known type", where=hints.url)
    if kind not in READERS:
        raise ReaderMissing(f"no_reader: {kind} has no reader yet", where=hints.url)
    reader: Reader = resolve_name(READERS[kind])
    return reader(payload, hints)


def installed_tools() -> frozenset[str]:
    """Return the names of the tools that readers can do without and that are installed."""
    tools = {
        "archives": shutil.which(UNPACKER),
        "ocr": all(map(find_spec, RECOGNISING)),
        PACKAGE: office_command(),
    }
    return frozenset(name for name, found in tools.items() if found)
