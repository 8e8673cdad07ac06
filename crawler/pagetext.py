"""A list page as text, by the rules that documents are read with: GBK without a word about it, and worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decode.charset import decode_text
from pipelines.decode.coding import decode_content
from pipelines.decode.http_headers import declared_charset, header_value

if TYPE_CHECKING:
    from scrapy.http import Response

    from archive.warc.model import Headers


def page_text(response: Response) -> str:
    """Return the text of a response.

    Raises:
        GongkaiError: its content coding cannot be undone.
    """
    headers = tuple((name, value) for name, values in response.headers.items() for value in values)
    # Once more, for servers that send gzip and do not say so.
    return payload_text(decode_content(response.body, headers), headers)


def payload_text(body: bytes, headers: Headers) -> str:
    """Return the text of a payload whose content coding is undone."""
    return decode_text(body, [declared_charset(header_value(headers, "content-type"))]).text
