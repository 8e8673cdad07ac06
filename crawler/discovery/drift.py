"""Drift: where a portal no longer is what its entry in the registry says.

    entry ─▶ front page and first page of each list ─▶ what differs, in words

A list that turned empty, lost its dates or moved is broken, not quiet. Only what the entry says counts: a
list that had no dates when it was written down, or no report of last year, has not drifted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import may_be_report_title
from crawler.discovery.fingerprints import UNKNOWN, recognise
from crawler.discovery.probe_crawl import READABLE
from crawler.families import FAMILIES
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.response.outcome import BLOCKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.discovery.probe_crawl import Probing, Seen
    from crawler.families.base import ListedLink, ListPage
    from crawler.registry.portals import Portal, PortalList

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def check_portal(portal: Portal) -> Probing[tuple[str, ...]]:
    """Look at a portal's front page and at the first page of each of its lists, and say what differs.

    Args:
        portal: its entry in the registry.

    Yields:
        What it wants to see; it is sent what came of it. A host that turns it away is asked no more.
    """
    home = yield PageRequest(portal.home_url)
    pages: dict[str, tuple[Seen, ...]] = {}
    if home.outcome not in BLOCKED:
        for each in portal.lists:
            pages[each.url] = yield from _first_pages(portal, each.url)
    return compare_with_entry(portal, home, pages)


def compare_with_entry(portal: Portal, home: Seen, pages: Mapping[str, tuple[Seen, ...]]) -> tuple[str, ...]:
    """Say where a portal no longer is what its entry says; nothing where all is well.

    Args:
        portal: its entry in the registry.
        home: what its front page answered.
        pages: by list address, what its first page answered; where that is a shell, also what the request
            behind it answered.
    """
    remarks = [*_home_remarks(portal, home)]
    read = [_read(portal, pages[each.url][-1], each.url) for each in portal.lists if each.url in pages]
    # One of several lists may have been empty from the first; together they must show what they showed.
    is_short = sum(len(listed.links) for listed in read if listed) < (portal.expected.min_documents or 1)
    for each in portal.lists:
        if each.url in pages:
            said = _list_remarks(portal, each, pages[each.url], is_short=is_short)
            remarks += (f"{each.title or each.url}: {remark}" for remark in said)
    remarks += _year_remarks(portal, pages)
    return tuple(remarks)


def _first_pages(portal: Portal, list_url: str) -> Probing[tuple[Seen, ...]]:
    first = yield portal.first_request(list_url)
    listed = _read(portal, first, list_url)
    if listed is None or not listed.is_shell or not listed.next_pages:
        return (first,)
    behind = yield listed.next_pages[0]
    return first, behind


def _home_remarks(portal: Portal, home: Seen) -> Iterator[str]:
    if home.outcome in BLOCKED:
        yield f"the front page turned us away with {home.outcome}; its lists were not asked for"
    elif home.outcome not in READABLE:
        yield f"the front page answered {home.outcome}"
    elif _differs(home.url, portal.home_url):
        yield f"the front page moved to {home.url}"


def _list_remarks(
    portal: Portal, walked: PortalList, pages: tuple[Seen, ...], *, is_short: bool
) -> Iterator[str]:
    first = pages[0]
    bad = next((seen for seen in pages if seen.outcome not in READABLE), None)
    if bad is not None:
        yield f"answered {bad.outcome}"
        return
    if _differs(first.url, first.request.url):
        yield f"moved to {first.url}"
    listed = _read(portal, pages[-1], walked.url)
    # A list whose further pages cannot be asked for never could; its walks say so.
    if listed is not None and listed.unreadable and not listed.links:
        yield f"cannot be read: {listed.unreadable}"
    elif listed is None or not listed.links:
        if listed is not None and listed.is_empty:
            if is_short:
                yield "says that it has no rows"
            return
        yield "its first page shows no rows"
        yield from _family_remark(portal, first, walked.url)
    elif walked.dated and not any(link.date for link in listed.links):
        yield "none of its rows has a date"


def _family_remark(portal: Portal, first: Seen, list_url: str) -> Iterator[str]:
    """Where a list cannot be read, what its page looks like instead."""
    declared = portal.reader_of(list_url)[0]
    found = recognise(first.text, first.url)[0]
    if found.family != UNKNOWN and FAMILIES.get(found.family) is not declared:
        yield f"looks like {found.family} now ({found.evidence})"


def _year_remarks(portal: Portal, pages: Mapping[str, tuple[Seen, ...]]) -> Iterator[str]:
    """Where the lists of reports, all together, have no year as new as the entry expects."""
    own = [each for each in portal.lists if each.kind == "annual_report" and each.url in pages]
    read = (_read(portal, pages[each.url][-1], each.url) for each in own)
    newest = newest_year(link for listed in read if listed for link in listed.links)
    if newest is not None and newest < (portal.expected.newest_year or 0):
        yield f"the newest report is of {newest}; one of {portal.expected.newest_year} was there"


def newest_year(rows: Iterable[ListedLink]) -> int | None:
    """Return the newest year in the titles of reports, which name the year reported on; None without one."""
    titles = (row.title for row in rows if may_be_report_title(row.title))
    return max((int(year) for title in titles for year in _YEAR.findall(title)), default=None)


def _read(portal: Portal, seen: Seen, list_url: str) -> ListPage | None:
    is_readable = seen.outcome in READABLE
    return portal.read_list(seen.text, seen.url, seen.request, list_url) if is_readable else None


def _differs(url: str, other: str) -> bool:
    try:
        return canonical_address(urldefrag(url)[0]) != canonical_address(urldefrag(other)[0])
    except AddressUnusable:
        return True
