from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.attachments.finding import attachments_in
from pipelines.errors import UnreadableDocument
from pipelines.readers.html.elements import parse_page

if TYPE_CHECKING:
    from pipelines.attachments import Attachment


def find_attachments(markup: str, url: str) -> tuple[Attachment, ...]:
    """Return the attachments of a page; none of one that is no page."""
    try:
        return attachments_in(parse_page(markup), url)
    except UnreadableDocument:
        return ()
