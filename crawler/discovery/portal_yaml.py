"""A portal's YAML: written from what a survey found, and held against what is found there later.

Whatever a page says passes through here into a file. So every value is written as a scalar of one line, and
every list is read back before it is kept: what the registry would refuse stands there as a comment.

A list that turned empty, lost its dates or moved is broken, not quiet: the portal has drifted. Only what the
entry says counts; a list that had no dates when it was written down has not drifted.
"""

from __future__ import annotations

import collections
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import yaml

from archive.frontier.sweeps import PRINTED_YEAR
from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import ANNUAL_REPORT, is_same_page, may_be_report_title
from crawler.discovery.fingerprints import UNKNOWN, recognise
from crawler.discovery.page_links import DISCOVERY
from crawler.discovery.probe_crawl import READABLE, Column, Probing, Proposal, Seen
from crawler.errors import PortalMismatch
from crawler.families import FAMILIES
from crawler.policy.hosts import registered_domain
from crawler.registry.loading import read_portal
from pipelines.addresses import clean_url, host_key
from pipelines.response.outcome import BLOCKED
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from crawler.families.base import ListedLink, ListPage
    from crawler.registry.portals import Portal, PortalList

# Letters, Han and marks that YAML never takes for its own; all else is quoted.
_PLAIN = re.compile(
    r"[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff（）《》〔〕、·/.:?=&%~+-]*[\w\u4e00-\u9fff）》〕/]"
)
_NAMELESS = "unnamed"
# A column, its newest year, the government's list in it, and the request that brings the rows of that.
_MOST_LOOKED_AT = 4


class Written(FrozenStruct):
    """A portal's file, before it is one.

    Attributes:
        text: the YAML.
        portal: what the registry reads in it.
        left_out: columns that are not in it, each with the reason.
    """

    text: str
    portal: Portal
    left_out: tuple[tuple[Column, str], ...]


def name_for(home_url: str, taken: Iterable[str]) -> str:
    """Return a portal's id from the host of its front page: `xinyang`, `xinyang-rsj`.

    Args:
        home_url: its front page.
        taken: ids that are in use.

    Raises:
        ValueError: the address names no host.
    """
    url = clean_url(home_url, home_url) or home_url
    host = host_key(url).removeprefix("www.")
    domain = registered_domain(url).removeprefix("www.")
    below = host.removesuffix(domain).strip(".")
    first = domain.partition(".")[0] if re.search(r"[a-z]", domain) else domain
    name = re.sub(r"[^a-z0-9]+", "-", f"{first} {below}".lower()).strip("-") or _NAMELESS
    known = set(taken)
    numbered = (f"{name}-{number}" for number in range(2, len(known) + 3))
    return next(each for each in (name, *numbered) if each not in known)


def write_portal(proposal: Proposal, name: str, on: dt.date, *, confirmed: bool = False) -> Written | None:
    """Write a portal's YAML; None where the survey found no list that could be walked.

    Args:
        proposal: what the survey found.
        name: the portal's id.
        on: the day of the survey.
        confirmed: whether a person has looked at the newest items; only then is it verified and enabled.
    """
    if clean_url(proposal.home_url, proposal.home_url) is None:
        return None
    kept: list[Column] = []
    left_out: list[tuple[Column, str]] = []
    shown = {column.kind for column in proposal.columns if column.rows}
    for column in proposal.columns:
        why = _why_not(proposal, name, column, shown, kept)
        if why is None:
            kept.append(column)
        else:
            left_out.append((column, why))
    if not any(column.rows for column in kept):
        return None
    text = "\n".join(
        (*_head(proposal, kept, left_out, on), *_body(proposal, name, kept, on, confirmed=confirmed), "")
    )
    return Written(text, _read(text, name), tuple(left_out))


def _why_not(
    proposal: Proposal, name: str, column: Column, shown: set[str], kept: list[Column]
) -> str | None:
    """Say why a column cannot be walked; None where it can."""
    if column.family is None or column.family not in FAMILIES:
        return "how it is read was not recognised"
    if column.kind not in shown:
        return "its first page showed no rows"
    if column.url in {each.url for each in kept}:
        return "its address is there twice"
    if any(_clean(text) != text for pair in column.options.items() for text in pair):
        return "its options hold line breaks or control characters"
    try:
        _read("\n".join(_core(proposal, name, [column])), name)
    except PortalMismatch as mismatch:
        return mismatch.problem
    return None


def _head(
    proposal: Proposal, kept: list[Column], left_out: list[tuple[Column, str]], on: dt.date
) -> Iterator[str]:
    yield f"# Written by gongkai on {on}; {proposal.requests} pages were looked at."
    unsure = [*proposal.unsure, *_strangers(proposal, kept)]
    unsure += [f"{each.title or each.url} ({each.url}): {why}" for each, why in left_out]
    if unsure:
        yield "# Not sure:"
        yield from (f"#   - {_remark(said)}" for said in unsure)
    yield "# Look at the lists before you enable it; `verified: true` says that a person has."


def _body(
    proposal: Proposal, name: str, kept: list[Column], on: dt.date, *, confirmed: bool
) -> Iterator[str]:
    yield from _core(proposal, name, kept)
    flag = "true" if confirmed else "false"
    yield f"enabled: {flag}"
    yield f"verified: {flag}"
    rows = sum(len({row.url for row in column.rows}) for column in kept)
    yield "expected:"
    yield f"  min_documents: {rows}  # so many were seen on the first pages"
    year = _newest_year(row for column in kept if column.kind == ANNUAL_REPORT for row in column.rows)
    if year is not None:
        yield f"  newest_year: {year}"
    yield "evidence:"
    yield f"  - {_scalar(f'{proposal.family.family}: {_remark(proposal.family.evidence)}, {on}')}"
    for column in kept:
        newest = f", the newest {column.rows[0].title}" if column.rows else ", not looked at"
        why = "; ".join(column.why)
        yield f"  - {_scalar(_remark(f'{column.title or column.url}: {why}{newest}, {on}'))}"


def _core(proposal: Proposal, name: str, kept: list[Column]) -> Iterator[str]:
    """The fields that make it a portal."""
    family = collections.Counter(str(column.family) for column in kept).most_common(1)[0][0]
    yield f"id: {name}"
    names = (proposal.name or "", proposal.issuer or "", urlsplit(proposal.home_url).hostname or "")
    yield f"name: {next((_scalar(each) for each in names if _clean(each)), name)}"
    yield f"family: {family}"
    yield f"home_url: {_scalar(proposal.home_url)}"
    if re.fullmatch(r"\d{6}", proposal.region_code or ""):
        yield f'region_code: "{proposal.region_code}"'
    if _clean(proposal.issuer or ""):
        yield f"issuer: {_scalar(proposal.issuer or '')}"
    yield "lists:"
    for column in kept:
        yield from _list(column, family)
    further = _further_hosts(proposal, kept)
    if further:
        yield f"hosts: [{', '.join(json.dumps(host) for host in further)}]"


def _list(column: Column, family: str) -> Iterator[str]:
    yield f"  - url: {_scalar(column.url)}"
    yield f"    kind: {column.kind}"
    if _clean(column.title):
        yield f"    title: {_scalar(column.title)}"
    if column.family != family:
        yield f"    family: {column.family}"
    if column.rows and not any(row.date for row in column.rows):
        yield "    dated: false"
    if column.options:
        yield "    options:"
        yield from (f"      {_scalar(key)}: {_scalar(value)}" for key, value in column.options.items())


def _further_hosts(proposal: Proposal, kept: list[Column]) -> list[str]:
    """The hosts on which it stood, and those of its domain on which documents stand and no list does."""
    domain = registered_domain(proposal.home_url)
    addresses = (proposal.home_url, *(column.url for column in kept))
    known = {(_host_within(each, domain) or "").removeprefix("www.") for each in addresses}
    found = [host for row in _rows(kept) if (host := _host_within(row.url, domain))]
    return [
        host for host in dict.fromkeys((*proposal.hosts, *found)) if host.removeprefix("www.") not in known
    ]


def _strangers(proposal: Proposal, kept: list[Column]) -> Iterator[str]:
    """Rows that lead to other sites, which is what hijacked pages and link farms do, and honest ones too."""
    domain = registered_domain(proposal.home_url)
    away = sum(_host_within(row.url, domain) is None for row in _rows(kept))
    if away:
        yield f"{away} of the rows lead to other sites; they are counted and not fetched"


def _rows(kept: list[Column]) -> list[ListedLink]:
    return [row for column in kept for row in column.rows]


def _host_within(url: str, domain: str) -> str | None:
    """Return the host of an address of a domain; None for an address of another, or of none."""
    cleaned = clean_url(url, url)
    try:
        host = host_key(cleaned or "")
        is_within = registered_domain(f"http://{host}/") == domain
    except ValueError:
        return None
    # As the registry would read it.
    return host if is_within and host_key(f"http://{host}/") == host else None


def _read(text: str, name: str) -> Portal:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PortalMismatch(f"cannot be written down: {error}", where=name) from error
    return read_portal(root, Path(f"{name}.yaml"))


def _scalar(text: str) -> str:
    """Return a text as YAML in one line: plain where that is safe, in quotes elsewhere."""
    clean = _clean(text)
    return clean if _PLAIN.fullmatch(clean) else json.dumps(clean, ensure_ascii=False)


def _remark(text: str) -> str:
    clean = _clean(text)
    return clean if len(clean) <= DISCOVERY.remark_chars else f"{clean[: DISCOVERY.remark_chars]}…"


def _clean(text: str) -> str:
    """Return a text in one line, without what cannot be printed."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable()).strip()


def check_portal(portal: Portal) -> Probing[tuple[str, ...]]:
    """Look at a portal's front page and at the first page of each of its lists, and say what differs.

    Args:
        portal: its entry in the registry.

    Yields:
        What it wants to see; it is sent what came of it. A host that turns it away is asked no more.
    """
    home = yield PageRequest(portal.home_url)
    looked: list[_Looked] = []
    for walked in () if home.outcome in BLOCKED else portal.lists:
        looked += [(yield from _look_at(portal, walked))]
    remarks = [*_home_remarks(portal, home)]
    # One of several lists may have been empty from the first; together they must show what they showed.
    shown = sum(len(each.listed.links) for each in looked if each.listed)
    is_short = shown < (portal.expected.min_documents or 1)
    for each in looked:
        said = _list_remarks(portal, each, is_short=is_short)
        remarks += (f"{each.walked.title or each.walked.url}: {remark}" for remark in said)
    return (*remarks, *_year_remarks(portal, looked))


class _Looked(NamedTuple):
    """A list that was looked at.

    Attributes:
        walked: the list.
        pages: what its first page answered; where that is a shell, also what the requests behind it answered.
        listed: what the last of these lists; None where it cannot be read.
    """

    walked: PortalList
    pages: tuple[Seen, ...]
    listed: ListPage | None


def _look_at(portal: Portal, walked: PortalList) -> Probing[_Looked]:
    waiting: list[tuple[PageRequest, str | None]] = [(portal.first_request(walked.url), None)]
    pages: list[Seen] = []
    listed = None
    # The newest part of a list may be empty yet.
    while waiting and not (listed and listed.links) and len(pages) < _MOST_LOOKED_AT:
        request, part = waiting.pop(0)
        pages.append((yield request))
        seen = pages[-1]
        listed = None
        if seen.outcome in READABLE:
            listed = portal.read_list(seen.text, seen.url, seen.request, walked.url, part)
        if listed and listed.is_shell:
            behind = [(each, part) for each in listed.next_pages[:1]]
            waiting = [
                *behind,
                *((each, each.url) for each in [*listed.parts][: DISCOVERY.parts_seen]),
                *waiting,
            ]
    return _Looked(walked, tuple(pages), listed)


def _home_remarks(portal: Portal, home: Seen) -> Iterator[str]:
    if home.outcome in BLOCKED:
        yield f"the front page turned us away with {home.outcome}; its lists were not asked for"
    elif home.outcome not in READABLE:
        yield f"the front page answered {home.outcome}"
    elif not is_same_page(home.url, portal.home_url):
        yield f"the front page moved to {home.url}"


def _list_remarks(portal: Portal, looked: _Looked, *, is_short: bool) -> Iterator[str]:
    first, listed = looked.pages[0], looked.listed
    bad = next((seen for seen in looked.pages if seen.outcome not in READABLE), None)
    if bad is not None:
        yield f"answered {bad.outcome}"
        return
    if not is_same_page(first.url, first.request.url):
        yield f"moved to {first.url}"
    # A list whose further pages cannot be asked for never could; its walks say so.
    if listed is not None and listed.unreadable and not listed.links:
        yield f"cannot be read: {listed.unreadable}"
    elif listed is None or not listed.links:
        if listed is not None and listed.is_empty:
            if is_short:
                yield "says that it has no rows"
            return
        yield "its first page shows no rows"
        yield from _family_remark(portal, first, looked.walked.url)
    elif looked.walked.dated and not any(link.date for link in listed.links):
        yield "none of its rows has a date"


def _family_remark(portal: Portal, first: Seen, list_url: str) -> Iterator[str]:
    """Where a list cannot be read, what its page looks like instead."""
    declared = portal.reader_of(list_url)[0]
    found = recognise(first.text, first.url)[0]
    if found.family != UNKNOWN and FAMILIES.get(found.family) is not declared:
        yield f"looks like {found.family} now ({found.evidence})"


def _year_remarks(portal: Portal, looked: list[_Looked]) -> Iterator[str]:
    """Where the lists of reports, all together, have no year as new as the entry expects."""
    read = [each.listed for each in looked if each.listed and each.walked.kind == ANNUAL_REPORT]
    newest = _newest_year(link for listed in read for link in listed.links)
    if newest is not None and newest < (portal.expected.newest_year or 0):
        yield f"the newest report is of {newest}; one of {portal.expected.newest_year} was there"


def _newest_year(rows: Iterable[ListedLink]) -> int | None:
    """Return the newest year in the titles of reports, which name the year reported on; None without one."""
    titles = (row.title for row in rows if may_be_report_title(row.title))
    return max((int(year) for title in titles for year in PRINTED_YEAR.findall(title)), default=None)
