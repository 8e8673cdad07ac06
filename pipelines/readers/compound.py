"""Compound files that are none of the known older office files: most are newer ones behind a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.payload_type import top_names

if TYPE_CHECKING:
    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText

ENCRYPTED = frozenset({"EncryptedPackage", "EncryptionInfo"})


def read(payload: bytes, hints: Hints) -> FileText:
    """Say why such a file is not read.

    Raises:
        UnreadableDocument: `encrypted`: a password protects a DOCX, XLSX or PPTX. `damaged`: the file has
            no directory, so that nothing in it can be found.
        ReaderMissing: it is of a kind without a reader.
    """
    names = top_names(payload)
    if not names:
        raise UnreadableDocument("damaged: the file has no directory that can be read", where=hints.url)
    if ENCRYPTED & names:
        raise UnreadableDocument("encrypted: the document takes a password", where=hints.url)
    raise ReaderMissing("ole: compound files of this kind have no reader yet", where=hints.url)
