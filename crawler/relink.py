"""`crawl.db` made anew from WARC alone, the links of its list pages included.

The archive knows what was fetched. What was listed and never fetched stands only in the list pages
themselves, so they are read once more, by the family that read them live.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from archive.frontier.recovery import rebuild_frontier
from archive.frontier.targets import Link, PageRequest
from archive.warc.model import Role
from archive.warc.reader import load_payload
from crawler.pagetext import page_text
from pipelines.errors import ReaderMissing, UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archive.data_folder import DataDir
    from archive.warc.model import StoredCapture
    from crawler.registry.portal import Portal

logger = logging.getLogger(__name__)


def rebuild_crawl_db(data: DataDir, portals: Mapping[str, Portal]) -> tuple[str, ...]:
    """Make `crawl.db` anew; run it under the lock, after `archive.warc.files`.

    Args:
        data: where everything is kept.
        portals: the registry; the lists of a portal that is no longer in it are passed over.

    Returns:
        What evidence could not be read, in words.
    """

    def links_of(capture: StoredCapture) -> Iterable[Link]:
        context = capture.context
        # A revisit has no payload of its own; the response that it stands for was read before it.
        if context is None or context.role is not Role.LIST or capture.kind != "response":
            return ()
        portal = portals.get(context.portal or "")
        if portal is None or capture.status != 200:
            return ()
        return _read_links(data, capture, portal)

    return rebuild_frontier(data.crawl_db, data.warc, links_of)


def _read_links(data: DataDir, capture: StoredCapture, portal: Portal) -> tuple[Link, ...]:
    stored = load_payload(data.warc, capture.warc_file, capture.warc_offset)
    try:
        text = page_text(stored.body, stored.headers)
    except (UnreadableDocument, ReaderMissing) as error:
        logger.warning("%s: its links cannot be read again: %s", capture.url, error)
        return ()
    list_url = (capture.context and capture.context.list_url) or capture.url
    page = portal.read_list(text, capture.url, PageRequest(capture.url), list_url)
    return tuple(Link(link.url, link.title, link.date, wanted=portal.covers(link.url)) for link in page.links)
