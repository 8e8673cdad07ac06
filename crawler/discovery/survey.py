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
from crawler.discovery.fingerprints import UNKNOWN, recognise_page
from crawler.discovery.judging import is_confirmed, judge_start_page
from crawler.discovery.naming import identify_owner
from crawler.discovery.probe_crawl import READABLE, ProbeCrawl, Proposal, Recognised
from crawler.discovery.search import propose_columns, search_columns
from crawler.discovery.vocabulary import front_page
from pipelines.readers.html.page_facts import site_differs

if TYPE_CHECKING:
    from crawler.discovery.page import Page
    from crawler.discovery.probe_crawl import Column, Probing, Seen

_NO_TLS = frozenset(("tls_legacy", "tls_cert", "refused", "reset", "timeout"))
_NOBODY = Recognised(UNKNOWN, "its front page was not seen")


def survey_portal(address: str) -> Probing[Proposal]:
    """Find out what a portal is, from the address of its front page, of a list, or of an article.

    Args:
        address: absolute, http or https.

    Yields:
        What it wants to see; it is sent what came of it.

    Returns:
        What was found, and what it is unsure of.
    """
    probe = ProbeCrawl()
    first = yield from _first(probe, address)
    start = yield from probe.open(first.url)
    if start is None:
        return _unanswered(probe, first)
    home_url = probe.home_url = front_page(start.url)
    home, given = start, None
    if not _is_front(start.url):
        # First, since interfaces want to be asked for from the page that shows their list.
        given = yield from judge_start_page(probe, start, address)
        home = (yield from probe.open(home_url)) or start
    finds = yield from search_columns(probe, list(dict.fromkeys((start, home))), home_url)
    columns = yield from propose_columns(probe, finds, given)
    return _proposal(probe, home, home_url, first.outcome, columns)


def _first(probe: ProbeCrawl, address: str) -> Probing[Seen]:
    """Ask for the address; over plain HTTP where nothing answers otherwise."""
    seen = yield from probe.fetch(PageRequest(address))
    if seen.outcome in _NO_TLS and address.startswith("https://"):
        probe.note(f"{address} answered {seen.outcome}; asked for over plain HTTP instead")
        plain = yield from probe.fetch(PageRequest("http://" + address.removeprefix("https://")))
        return plain if plain.outcome in READABLE else seen
    return seen


def _is_front(url: str) -> bool:
    path = urlsplit(url).path.lower()
    return path.strip("/") == "" or path.strip("/").split(".")[0] in {"index", "default", "main", "home"}


def _proposal(
    probe: ProbeCrawl, home: Page, home_url: str, outcome: str, columns: tuple[Column, ...]
) -> Proposal:
    identity = identify_owner(home)
    for remark in identity.unsure:
        probe.note(remark)
    if site_differs(home.meta, home.url):
        probe.note(
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
        unsure=tuple(probe.unsure),
        requests=probe.requests,
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


def _unanswered(probe: ProbeCrawl, seen: Seen) -> Proposal:
    probe.note(f"{seen.request.url} answered {seen.outcome}: nothing can be told of this portal from here")
    return Proposal(
        home_url=front_page(seen.url),
        name=None,
        issuer=None,
        region_code=None,
        site_id_code=None,
        family=_NOBODY,
        columns=(),
        outcome=seen.outcome,
        unsure=tuple(probe.unsure),
        requests=probe.requests,
    )
