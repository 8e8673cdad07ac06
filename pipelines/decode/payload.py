"""The one way in: any payload as text, or the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decode.html import decode_html
from pipelines.decode.plain import decode_plain
from pipelines.decode.sniff import PayloadType, sniff
from pipelines.errors import ReaderMissing, UnreadableDocument

if TYPE_CHECKING:
    from pipelines.records import DecodedText, Hints


def decode_payload(payload: bytes, hints: Hints) -> DecodedText:
    """Decode a payload by what its bytes are.

    Args:
        payload: with content coding undone (see `coding`).
        hints: where it came from.

    Raises:
        UnreadableDocument: no document can be read from it; `problem` begins with `empty` or `binary`.
        ReaderMissing: it is a document of a type without a reader; `problem` begins with the type.
    """
    kind = sniff(payload, hints.content_type)
    if kind is PayloadType.HTML:
        return decode_html(payload, hints.url, hints.content_type)
    if kind is PayloadType.PLAIN:
        return decode_plain(payload, hints.content_type)
    if kind is PayloadType.BINARY:
        raise UnreadableDocument("binary: the bytes are no document of a known type", where=hints.url)
    raise ReaderMissing(f"{kind} has no reader yet", where=hints.url)
