"""A list page as text, by the rules that documents are read with: GBK without a word about it, and worse."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from archive.frontier.recovery import rebuild_frontier
from archive.frontier.targets import Link, PageRequest
from archive.warc.entries import Headers, Role, StoredCapture
from archive.warc.reader import load_payload
from crawler.families.base import LISTS, ListPage
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.http_message import declared_charset, header_value, unpack_content
from pipelines.text.charset import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archive.data_folder import DataDir
    from archive.frontier.sweep_pages import PartWalk
    from archive.frontier.sweeps import Sweep
    from crawler.registry.portals import Portal


CUT_SHORT = "the answer ended, or is damaged, within its content coding"


def page_text(body: bytes, headers: Headers) -> tuple[str, bool]:
    """Return the text of a list page, and whether that is all of it.

    Args:
        body: as received, content coding intact.
        headers: the header fields that came with it.

    Raises:
        UnreadableDocument: it is larger than a list can be, no text, or its coding cannot be undone.
        ReaderMissing: its content coding is unknown.
    """
    plain, is_whole = unpack_content(body, headers, LISTS.page_bytes)
    if len(plain) > LISTS.page_bytes:
        raise UnreadableDocument(f"more than {LISTS.page_bytes:,} bytes are no list page")
    return decode_text(plain, [declared_charset(header_value(headers, "content-type"))]).text, is_whole


def leave_whole_rows(page: ListPage) -> ListPage:
    """Return what a page surely says that was cut: nothing of the list's size, and not its last row.

    Of that row the address, the title or the date may be the beginning of another.
    """
    return ListPage(links=page.links[:-1], unreadable=CUT_SHORT)


# When a walk over a list is over, and whether it was complete.


def describe_excess(sweep: Sweep, *, rows: int, pages_read: int) -> str | None:
    """Return why a walk ends that goes further than any list, in words; None while it does not.

    Args:
        sweep: how far it came.
        rows: on the page just read.
        pages_read: so far, those included that hold no rows and only lead to others.
    """
    if rows > LISTS.rows_on_page:
        return f"more than {LISTS.rows_on_page:,} rows on one page"
    if sweep.found > LISTS.rows:
        return f"more than {LISTS.rows:,} rows"
    if pages_read > sweep.pages + LISTS.shells:
        return f"more than {LISTS.shells} pages without rows of their own"
    return None


def why_incomplete(walk: Sweep | PartWalk, page_rows: Sequence[int]) -> str | None:
    """Return why a walk that is over did not see the whole of a list, or of a part of one; None when it did.

    A first page is never taken for a full list: without a declared total, only a last page shorter than
    those before it shows that the list ends there.

    Args:
        walk: how far it came.
        page_rows: rows on each page that was read, in order.
    """
    if walk.declared is not None:
        if walk.found == walk.declared:
            return None
        return f"declared {walk.declared} rows, found {walk.found}"
    if walk.declared_pages is not None:
        # Stubs after the last page that adds something are read, but do not count as pages.
        if walk.pages == max(walk.declared_pages, 1):
            return None
        return f"declared {walk.declared_pages} pages, found {walk.pages}"
    # A walk that was cut off may end at a short page, too.
    is_cut = walk.pages >= LISTS.pages
    if not is_cut and len(page_rows) > 1 and 0 < page_rows[-1] < max(page_rows):
        return None
    return f"declared nothing, found {walk.found} rows"


# `crawl.db` made anew from WARC alone, the links of its list pages included.
# The archive knows what was fetched. What was listed and never fetched stands only in the list pages
# themselves, so they are read once more, by the family that read them live.

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
        stored = load_payload(data.warc, capture.warc_file, capture.warc_offset)
        try:
            text, is_whole = page_text(stored.body, stored.headers)
        except (UnreadableDocument, ReaderMissing) as error:
            logger.warning("%s: its links cannot be read again: %s", capture.url, error)
            return ()
        list_url = context.list_url or capture.url
        page = portal.read_list(text, capture.url, PageRequest(capture.url), list_url)
        links = page.links if is_whole else leave_whole_rows(page).links
        return [Link(link.url, link.title, link.date, wanted=portal.covers(link.url)) for link in links]

    return rebuild_frontier(data.crawl_db, data.warc, links_of)
