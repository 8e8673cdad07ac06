"""A response as text, by the rules that documents are read with: GBK without a word about it, and worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decode.charset import decode_text
from pipelines.decode.http_headers import declared_charset

if TYPE_CHECKING:
    from scrapy.http import Response


def page_text(response: Response) -> str:
    """Return the text of a page whose content coding is undone."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return decode_text(response.body, [declared_charset(content_type)]).text
