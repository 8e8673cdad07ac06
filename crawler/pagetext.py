"""A list page as text, by the rules that documents are read with: GBK without a word about it, and worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.response.charset import decode_text
from pipelines.response.content_coding import decode_content
from pipelines.response.http_headers import declared_charset, header_value

if TYPE_CHECKING:
    from archive.warc.model import Headers


LIMIT_BYTES = 16 * 1024 * 1024
"""A list page with 100,000 rows is smaller. Reading one keeps the other portals waiting."""


def page_text(body: bytes, headers: Headers) -> str:
    """Return the text of a list page.

    Args:
        body: as received, content coding intact.
        headers: the header fields that came with it.

    Raises:
        UnreadableDocument: it is larger than a list can be, no text, or its coding cannot be undone.
        ReaderMissing: its content coding is unknown.
    """
    plain = decode_content(body, headers, LIMIT_BYTES)
    if len(plain) > LIMIT_BYTES:
        raise UnreadableDocument(f"more than {LIMIT_BYTES:,} bytes are no list page")
    return decode_text(plain, [declared_charset(header_value(headers, "content-type"))]).text
