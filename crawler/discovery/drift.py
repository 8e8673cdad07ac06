"""Drift: where a portal no longer is what its entry in the registry says.

    entry ─▶ front page and first page of each list ─▶ what differs, in words

A list that turned empty, lost its dates or moved is broken, not quiet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from archive.frontier.targets import PageRequest
from crawler.discovery.fingerprints import UNKNOWN, recognise
from crawler.families import FAMILIES
from crawler.families.base import PageAt
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.response.outcome import BLOCKED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from crawler.discovery.probe_crawl import Probing, Seen
    from crawler.families.base import ListPage
    from crawler.registry.portals import Portal

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DUE_MONTH = 4
"""From April on last year's report is due: 《政府信息公开条例》, article 50, names 31 March."""


def check_portal(portal: Portal, today: dt.date) -> Probing[tuple[str, ...]]:
    """Look at a portal's front page and at the first page of each of its lists, and say what differs.

    Args:
        portal: its entry in the registry.
        today: the Shanghai date.

    Yields:
        What it wants to see; it is sent what came of it. A host that turns it away is asked no more.
    """
    home = yield PageRequest(portal.home_url)
    pages: dict[str, tuple[Seen, ...]] = {}
    if home.outcome not in BLOCKED:
        for each in portal.lists:
            pages[each.url] = yield from _first_pages(portal, each.url)
    return compare_with_entry(portal, home, pages, today)


def compare_with_entry(
    portal: Portal, home: Seen, pages: Mapping[str, tuple[Seen, ...]], today: dt.date
) -> tuple[str, ...]:
    """Say where a portal no longer is what its entry says; nothing where all is well.

    Args:
        portal: its entry in the registry.
        home: what its front page answered.
        pages: by list address, what its first page answered; where that is a shell, also what the request
            behind it answered.
        today: the Shanghai date.
    """
    remarks = [*_home_remarks(portal, home)]
    for each in portal.lists:
        if each.url in pages:
            remarks += (
                f"{each.title or each.url}: {remark}" for remark in _list_remarks(portal, each.url, pages)
            )
    remarks += _year_remarks(portal, pages, today)
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
    elif home.outcome != "ok":
        yield f"the front page answered {home.outcome}"
    elif _differs(home.url, portal.home_url):
        yield f"the front page moved to {home.url}"


def _list_remarks(portal: Portal, list_url: str, pages: Mapping[str, tuple[Seen, ...]]) -> Iterator[str]:
    first = pages[list_url][0]
    bad = next((seen for seen in pages[list_url] if seen.outcome != "ok"), None)
    if bad is not None:
        yield f"answered {bad.outcome}"
        return
    if _differs(first.url, first.request.url):
        yield f"moved to {first.url}"
    listed = _read(portal, pages[list_url][-1], list_url)
    if listed is not None and listed.unreadable:
        yield f"cannot be read: {listed.unreadable}"
    elif listed is None or not listed.links:
        empty = listed is not None and listed.is_empty
        yield "says that it has no rows" if empty else "its first page shows no rows"
        yield from _family_remark(portal, first, list_url)
    elif not any(link.date for link in listed.links):
        yield "none of its rows has a date"


def _family_remark(portal: Portal, first: Seen, list_url: str) -> Iterator[str]:
    """Where a list cannot be read, what its page looks like instead."""
    declared = portal.reader_of(list_url)[0]
    found = recognise(first.text, first.url)[0]
    if found.family != UNKNOWN and FAMILIES.get(found.family) is not declared:
        yield f"looks like {found.family} now ({found.evidence})"


def _year_remarks(portal: Portal, pages: Mapping[str, tuple[Seen, ...]], today: dt.date) -> Iterator[str]:
    for each in portal.lists:
        if each.kind != "annual_report" or each.url not in pages:
            continue
        listed = _read(portal, pages[each.url][-1], each.url)
        # A title names the year reported on, a date the one after it.
        titles = [int(year) for link in listed.links for year in _YEAR.findall(link.title)] if listed else []
        due = portal.expected.newest_year or due_year(today)
        if titles and max(titles) < due:
            yield f"{each.title or each.url}: its newest report is of {max(titles)}; that of {due} is due"


def due_year(today: dt.date) -> int:
    """Return the newest year whose report is due on a day."""
    return today.year - 1 if today.month >= _DUE_MONTH else today.year - 2


def _read(portal: Portal, seen: Seen, list_url: str) -> ListPage | None:
    if seen.outcome != "ok":
        return None
    family, options = portal.reader_of(list_url)
    return family.read(seen.text, PageAt(seen.url, seen.request, list_url, options))


def _differs(url: str, other: str) -> bool:
    try:
        return canonical_address(urldefrag(url)[0]) != canonical_address(urldefrag(other)[0])
    except AddressUnusable:
        return True
