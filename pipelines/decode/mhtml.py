"""A web page saved as one file (MHTML, RFC 2557), as word processors and browsers save it, often as .doc."""

from __future__ import annotations

import email
import email.policy

from pipelines.errors import UnreadableDocument

PAGES = ("text/html", "application/xhtml+xml")


def page_in_mhtml(payload: bytes, url: str) -> tuple[bytes, str]:
    """Return the page that the file holds, and its content type; its pictures are not looked at.

    Args:
        payload: the file.
        url: its address, for the error.

    Raises:
        UnreadableDocument: `damaged`: no page is in it.
    """
    try:
        message = email.message_from_bytes(payload, policy=email.policy.compat32)
        for part in message.walk():
            content = part.get_payload(decode=True)
            if part.get_content_type() in PAGES and isinstance(content, bytes) and content.strip():
                return content, str(part.get("Content-Type", "text/html"))
    except RecursionError as error:
        raise UnreadableDocument("damaged: parts are nested too deep", where=url) from error
    raise UnreadableDocument("damaged: no page is in the saved page", where=url)
