"""A survey: from one address to what a portal's entry in the registry would say.

    front page ─▶ whose, which system ─▶ columns on it, behind entry points, above articles
               ─▶ first page of the best ─▶ rows that are what the column's name promises ─▶ proposal

Pure: it yields what it wants to see and is sent what came.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.frontier.targets import PageRequest
from crawler.recognition.fingerprints import UNKNOWN, recognise_page
from crawler.recognition.given import judge_given
from crawler.recognition.judging import is_confirmed
from crawler.recognition.looking import look
from crawler.recognition.naming import identify
from crawler.recognition.records import Proposal, Recognised
from crawler.recognition.scope import front_page
from crawler.recognition.searching import search
from crawler.recognition.tour import READABLE, Tour
from pipelines.readers.html.page_facts import site_differs

if TYPE_CHECKING:
    from collections.abc import Generator

    from crawler.recognition.page import Page
    from crawler.recognition.records import Column, Seen

_NO_TLS = frozenset(("tls_legacy", "tls_cert", "refused", "reset", "timeout"))
_NOBODY = Recognised(UNKNOWN, "its front page was not seen")


def survey(address: str) -> Generator[PageRequest, Seen, Proposal]:
    """Find out what a portal is, from the address of its front page, of a list, or of an article.

    Args:
        address: absolute, http or https.

    Yields:
        What it wants to see; it is sent what came of it.

    Returns:
        What was found, and what it is unsure of.
    """
    tour = Tour()
    first = yield from _first(tour, address)
    start = yield from tour.open(first.url)
    if start is None:
        return _unanswered(tour, first)
    home_url = tour.home_url = front_page(start.url)
    home, given = start, None
    if not _is_front(start.url):
        # First, since interfaces want to be asked for from the page that shows their list.
        given = yield from judge_given(tour, start, address)
        home = (yield from tour.open(home_url)) or start
    finds = yield from search(tour, list(dict.fromkeys((start, home))), home_url)
    columns = yield from look(tour, finds, given)
    return _proposal(tour, home, home_url, first.outcome, columns)


def _first(tour: Tour, address: str) -> Generator[PageRequest, Seen, Seen]:
    """Ask for the address; over plain HTTP where nothing answers otherwise."""
    seen = yield from tour.fetch(PageRequest(address))
    if seen.outcome in _NO_TLS and address.startswith("https://"):
        tour.note(f"{address} answered {seen.outcome}; asked for over plain HTTP instead")
        plain = yield from tour.fetch(PageRequest("http://" + address.removeprefix("https://")))
        return plain if plain.outcome in READABLE else seen
    return seen


def _is_front(url: str) -> bool:
    path = urlsplit(url).path.lower()
    return path.strip("/") == "" or path.strip("/").split(".")[0] in {"index", "default", "main", "home"}


def _proposal(tour: Tour, home: Page, home_url: str, outcome: str, columns: tuple[Column, ...]) -> Proposal:
    identity = identify(home)
    for remark in identity.unsure:
        tour.note(remark)
    if site_differs(home.meta, home.url):
        tour.note(
            f"SiteDomain says {home.meta['sitedomain']}, but the page came from {urlsplit(home.url).hostname}"
        )
    return Proposal(
        home_url=home_url,
        name=identity.name,
        issuer=identity.issuer,
        region_code=identity.region_code,
        site_id_code=identity.site_id_code,
        family=_family(home, columns),
        columns=columns,
        outcome=outcome,
        unsure=tuple(tour.unsure),
        requests=tour.requests,
    )


def _family(home: Page, columns: tuple[Column, ...]) -> Recognised:
    """The family of the lists that were read; of the front page where none was."""
    told = recognise_page(home)[0]
    read = Counter(column.family for column in columns if column.family and is_confirmed(column))
    if not read or told.family == read.most_common(1)[0][0]:
        return told
    family = read.most_common(1)[0][0]
    first = next(column.url for column in columns if column.family == family)
    return Recognised(str(family), f"the list {first} is read as one; its front page: {told.evidence}")


def _unanswered(tour: Tour, seen: Seen) -> Proposal:
    tour.note(f"{seen.request.url} answered {seen.outcome}: nothing can be told of this portal from here")
    return Proposal(
        home_url=front_page(seen.url),
        name=None,
        issuer=None,
        region_code=None,
        site_id_code=None,
        family=_NOBODY,
        columns=(),
        outcome=seen.outcome,
        unsure=tuple(tour.unsure),
        requests=tour.requests,
    )
