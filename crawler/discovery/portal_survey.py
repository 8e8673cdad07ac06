"""A survey: from one address to what a portal's entry in the registry would say.

    front page ─▶ whose, which system ─▶ columns on it, behind entry points, above articles
               ─▶ first page of the best ─▶ rows that are what the column's name promises ─▶ proposal

Pure: it yields what it wants to see and is sent what came.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import front_page, word_pattern
from crawler.discovery.fingerprints import UNKNOWN, recognise_page
from crawler.discovery.judging import is_confirmed, judge_start_page
from crawler.discovery.probe_crawl import (
    READABLE,
    Answers,
    Column,
    ProbeCrawl,
    Probing,
    Proposal,
    Recognised,
    Seen,
)
from crawler.discovery.search import propose_columns, search_columns
from crawler.families.pages.markup import visible_text
from pipelines.bodies.body_names import canonical_name, is_body_name
from pipelines.bodies.regions import find_place, full_name, region_by_code, region_of
from pipelines.bodies.roster import Roster, make_roster, shipped_tables
from pipelines.readers.html.page_facts import site_differs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.discovery.page_links import Page


# Hosts with old or no TLS often answer plain HTTP: what went wrong is noted, and that is tried.
_NO_TLS = frozenset(("tls_legacy", "tls_cert", "tlcp_only", "http2_only", "refused", "reset", "timeout"))
_NOBODY = Recognised(UNKNOWN, "its front page was not seen")


def survey_portal(address: str, answers: Answers | None = None) -> Probing[Proposal]:
    """Find out what a portal is, from the address of its front page, of a list, or of an article.

    Args:
        address: absolute, http or https.
        answers: what a person says of fields that the scripts of its columns leave open.

    Yields:
        What it wants to see; it is sent what came of it.

    Returns:
        What was found, and what it is unsure of.
    """
    probe = ProbeCrawl(answers=answers or {})
    first = yield from _first(probe, address)
    start = yield from probe.open(first.url)
    if start is None:
        probe.note(
            f"{first.request.url} answered {first.outcome}: nothing can be told of this portal from here"
        )
        return _proposal(probe, None, front_page(first.url), first.outcome)
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
    probe: ProbeCrawl, home: Page | None, home_url: str, outcome: str, columns: tuple[Column, ...] = ()
) -> Proposal:
    identity = identify_owner(home) if home else _NO_IDENTITY
    for remark in identity.unsure:
        probe.note(remark)
    if home and site_differs(home.meta, home.url):
        probe.note(
            f"SiteDomain says {home.meta['sitedomain']}, but the page came from {urlsplit(home.url).hostname}"
        )
    return Proposal(
        home_url=home_url,
        name=identity.name,
        issuer=identity.issuer,
        region_code=identity.region_code,
        site_id_code=identity.site_id_code,
        family=_family(home, columns) if home else _NOBODY,
        columns=columns,
        outcome=outcome,
        unsure=tuple(probe.unsure),
        requests=probe.requests,
        missing=tuple(dict.fromkeys(probe.missing)),
    )


def _family(home: Page, columns: tuple[Column, ...]) -> Recognised:
    """The family of the lists that were read; of the front page where none was."""
    told = recognise_page(home)[0]
    read = Counter(column.family for column in columns if column.family and is_confirmed(column))
    family = max(read, key=read.__getitem__, default=told.family)
    if family == told.family:
        return told
    first = next(column.url for column in columns if column.family == family)
    return Recognised(family, f"the list {first} is read as one; its front page: {told.evidence}")


# Whose portal it is: its name, code, region and body, as far as its front page tells.
# Source: 国办发〔2017〕47号 for SiteName and SiteIDCode.

CENTRAL = "000000"
# 首页_XX市人民政府, 政务公开-XX县: either order, so each part is looked at.
_BETWEEN_PARTS = re.compile(r"[_|\-—–>]|\s+")


class Identity(NamedTuple):
    """Whose portal a page says it is.

    Attributes:
        name: as it names itself.
        issuer: the body, in the spelling that it is known by.
        region_code: six digits.
        site_id_code: as printed.
        unsure: what does not agree, in words.
    """

    name: str | None
    issuer: str | None
    region_code: str | None
    site_id_code: str | None
    unsure: tuple[str, ...] = ()


_NO_IDENTITY = Identity(None, None, None, None)


def identify_owner(page: Page) -> Identity:
    """Tell whose portal a page belongs to."""
    code = _site_id_code(page)
    name = _site_name(page)
    by_code = _region_of_code(code)
    issuer, doubt = next(_bodies(page, name, by_code), (None, "nothing tells whose portal it is"))
    by_name = _region_of_name(issuer or name or "", by_code)
    unsure = []
    if by_code and by_name and not by_name.startswith(by_code.rstrip("0")):
        unsure.append(f"SiteIDCode {code} is of {by_code}, but {issuer or name} is of {by_name}")
        # Codes are copied along with templates; a name is what readers go by.
        by_code = by_code if by_code.startswith(by_name.rstrip("0")) else None
    region = by_code or by_name
    if region is None:
        unsure.append("nothing tells its region")
    unsure += filter(None, (doubt,))
    return Identity(name, issuer, region, code, tuple(unsure))


def _site_id_code(page: Page) -> str | None:
    printed = page.meta.get("siteidcode", "")
    found = word_pattern("site_code").search(printed)
    if found:
        return found[0]
    shown = word_pattern("site_code_in_text").search(visible_text(page.root))
    return shown["code"] if shown else None


def _region_of_code(code: str | None) -> str | None:
    if not code:
        return None
    if code.lower().startswith("bm"):
        return CENTRAL
    return code[:6] if code[:6].isdigit() and region_by_code(code[:6]) else None


def _site_name(page: Page) -> str | None:
    printed = _named_site(page.meta.get("sitename", "").replace("|", "_").split("_"))
    return printed or _named_site(_BETWEEN_PARTS.split(page.title))


def _bare_name(part: str) -> str:
    return word_pattern("around_site_name").sub("", part.strip())


def _named_site(parts: list[str]) -> str | None:
    """The part that names the site: one that says so, else a body; the first parts name the column."""
    bare = [part for part in map(_bare_name, parts) if len(part) > 1]
    says_site = (word_pattern("site_words"), word_pattern("government_site"))
    sites = [part for part in bare if any(pattern.search(part) for pattern in says_site)]
    bodies = [part for part in bare if is_body_name(part)]
    return next((found[-1] for found in (sites, bodies, bare) if found), None)


def _bodies(page: Page, name: str | None, within: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield the bodies that the page may be of, surest first, each with what makes it doubtful."""
    if name:
        yield from ((body, None) for body in _body_of_site(name, within))
    for found in word_pattern("host_body").finditer(visible_text(page.root)):
        body = word_pattern("office_of_body").sub("", found["body"])
        if is_body_name(body):
            yield _known_name(body, within), f"only the foot of its page tells whose portal it is: {found[0]}"
    for part in _BETWEEN_PARTS.split(page.title):
        yield from ((body, None) for body in _body_of_site(_bare_name(part), within))


def _body_of_site(name: str, within: str | None) -> Iterator[str]:
    place = find_place(name, within)
    if place.region and word_pattern("government_site").fullmatch(place.rest):
        yield f"{full_name(place.region)}人民政府"
        return
    bare = word_pattern("site_words").sub("", name)
    # 某部政府门户网站 is the site of 某部: 政府 belongs to the word for the site.
    for candidate in (bare.removesuffix("政府"), bare, bare.removesuffix("网")):
        if is_body_name(candidate):
            yield _known_name(candidate, within)
            return


def _known_name(name: str, within: str | None) -> str:
    """The spelling by which the roster, or else everyone, knows a body."""
    entries = _roster().named(name)
    return entries[0].name if len(entries) == 1 else canonical_name(name, within)


def _region_of_name(name: str, within: str | None) -> str | None:
    entries = _roster().named(name)
    if len(entries) == 1 and entries[0].region_code:
        return entries[0].region_code
    by_name = region_of(name, within)
    if by_name:
        return by_name.code
    return CENTRAL if word_pattern("central_name").match(name) else None


@cache
def _roster() -> Roster:
    return make_roster(shipped_tables())
