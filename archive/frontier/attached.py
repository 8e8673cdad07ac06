"""Attachments of articles on their way into the frontier: found in a page, fetched as targets of its portal.

    article answered ─▶ attachment_links ─▶ turns.add: role attachment, parent = the article's capture

A crawl does it as its answers come in; what it left undone when it was killed, and what a lost frontier knew,
is found again in the archived pages.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.frontier.targets import Link
from archive.frontier.turns import Found
from archive.warc.model import Role
from archive.warc.reader import load_payload
from pipelines.addresses import is_within
from pipelines.attachments.finding import find_attachments
from pipelines.attachments.hints import may_hold
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.charset import decode_text
from pipelines.response.content_coding import decode_content
from pipelines.response.http_headers import declared_charset, header_value
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.frontier.store import Frontier
    from archive.warc.model import Headers, StoredCapture

logger = logging.getLogger(__name__)

LIMIT_BYTES = 4 * 1024 * 1024
"""No article is larger, unless pictures stand in its markup. Reading one keeps the other portals waiting."""


def attachment_links(
    body: bytes, headers: Headers, url: str, *, date: str | None, covers: Callable[[str], bool]
) -> tuple[Link, ...]:
    """Return links to what an article has attached; those that only a script could resolve are left out.

    Args:
        body: of the answer; content coding undone, unless a header says otherwise.
        headers: its header fields.
        url: its address.
        date: the date of the article, as its list printed it.
        covers: whether an address is the portal's own.
    """
    try:
        plain = decode_content(body, headers, LIMIT_BYTES)
        content_type = header_value(headers, "content-type")
        if not may_hold(plain) or sniff(plain, content_type) is not PayloadType.HTML:
            return ()
        if len(plain) > LIMIT_BYTES:
            logger.warning("%s: larger than %s bytes, its attachments are not followed", url, LIMIT_BYTES)
            return ()
        text = decode_text(plain, [declared_charset(content_type)]).text
    except (UnreadableDocument, ReaderMissing):
        return ()  # what cannot be read becomes a document that says so
    return tuple(
        Link(each.url, each.name or None, date, wanted=covers(each.url))
        for each in find_attachments(text, url)
        if each.url is not None
    )


def follow_archived(frontier: Frontier, folder: Path, capture: StoredCapture) -> None:
    """Add what an archived article has attached to the targets of its portal.

    Args:
        frontier: which knows the capture.
        folder: the WARC files.
        capture: any; what is no article adds nothing.

    Raises:
        ArchiveError: the payload cannot be read.
    """
    context = capture.context
    if context is None or context.portal is None or context.role is not Role.ARTICLE or capture.status != 200:
        return
    place = frontier.payload_place(capture)
    if place is None:
        return
    stored = load_payload(folder, *place)
    hosts = frontier.turns.terms(context.portal).hosts
    links = attachment_links(
        stored.body,
        stored.headers,
        capture.url,
        date=context.list_date,
        covers=lambda url: is_within(url, hosts),
    )
    night = frontier.turns.night(context.run_id) or night_of(capture.fetched_at)
    found = Found(context.portal, capture.id, context.list_url, night, Role.ATTACHMENT)
    frontier.turns.add(found, links)
