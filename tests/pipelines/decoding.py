"""A payload decoded as a page or as plain text, whatever its first bytes look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decoded import Hints, assemble_text
from pipelines.readers.pages import read_page, read_plain

if TYPE_CHECKING:
    from pipelines.decoded import DecodedText


def decode_html(payload: bytes, url: str) -> DecodedText:
    """Return a page as text."""
    return assemble_text(read_page(payload, Hints(url)), "html")


def decode_plain(payload: bytes) -> DecodedText:
    """Return a plain file as text."""
    return assemble_text(read_plain(payload, Hints("file:///a.txt", "text/plain")), "plain")
