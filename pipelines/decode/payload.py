"""The one way in: any payload as text, or the reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.decode.html import decode_html
from pipelines.decode.mhtml import page_in_mhtml
from pipelines.decode.plain import decode_plain
from pipelines.decode.sniff import PayloadType, sniff
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.assemble import assemble
from pipelines.readers.registry import READERS, read_file

if TYPE_CHECKING:
    from pipelines.decoded import DecodedText, Hints


def decode_payload(payload: bytes, hints: Hints) -> DecodedText:
    """Decode a payload by what its bytes are.

    Args:
        payload: with content coding undone (see `coding`).
        hints: where it came from.

    Raises:
        UnreadableDocument: no document can be read from it; `problem` begins with a word that says why.
        ReaderMissing: it is a document of a type without a reader, or whose reader is not installed;
            `problem` begins with the type.
    """
    kind = sniff(payload, hints.content_type)
    if kind is PayloadType.HTML:
        return decode_html(payload, hints.url, hints.content_type)
    if kind is PayloadType.MHTML:
        page, content_type = page_in_mhtml(payload, hints.url)
        return replace(decode_html(page, hints.url, content_type), file_type=kind)
    if kind is PayloadType.PLAIN:
        return decode_plain(payload, hints.content_type)
    if kind is PayloadType.BINARY:
        raise UnreadableDocument("binary: the bytes are no document of a known type", where=hints.url)
    if kind in READERS:
        return assemble(read_file(kind, payload, hints), kind)
    raise ReaderMissing(f"{kind} has no reader yet", where=hints.url)
