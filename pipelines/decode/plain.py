"""Plain text files: every character kept."""

from __future__ import annotations

from pipelines.decode.charset import decode_text
from pipelines.decode.http_headers import declared_charset
from pipelines.decoded import DecodedText


def decode_plain(payload: bytes, content_type: str | None = None) -> DecodedText:
    """Decode a plain text file; its text is exactly its characters.

    Args:
        payload: with content coding undone.
        content_type: as served; its charset is a hint.

    Raises:
        UnreadableDocument: the payload is empty or binary.
    """
    decoded = decode_text(payload, [declared_charset(content_type)])
    return DecodedText(decoded.text, decoded.encoding, "plain", notes=decoded.notes, file_type="plain")
