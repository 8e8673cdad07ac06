"""Portals looked at: which site a person means, what a survey finds there, whether a portal has changed.

    site ─▶ survey, in the crawling process ─▶ proposal ─▶ YAML ─ a person looks ─▶ DATA/portals/NAME.yaml

Nothing is written before it can be walked, and nothing of the operator's is overwritten without being kept.
"""

from __future__ import annotations

import functools
import logging
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from archive.clock import night_of
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import Written, check_portal, name_for, write_portal
from crawler.policy.hosts import is_loopback_host
from crawler.registry.portals import Portal, site_at, site_of
from crawler.run.plan import CrawlPlan, CrawlSummary, Progress, Surveyed, SurveyOrder, crawl
from pipelines.addresses import clean_url, host_key, scope_key
from pipelines.bodies.body_names import find_bodies
from pipelines.errors import BadConfiguration
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crawler.discovery.probe_crawl import Answers, Proposal
    from crawler.families.base import ListedLink
    from crawler.registry.loading import Registry
    from gongkai.operator_settings import Settings
    from pipelines.bodies.roster import Roster, RosterEntry


_ADDRESS = re.compile(r"(?P<host>\[[0-9a-f:]+\]|[^\s/?#:]*\.[^\s/?#:]+|localhost)(?::\d+)?(?:[/?#].*)?", re.I)


class SiteUnknown(BadConfiguration):
    """No one site is meant: an unknown name, one of several bodies, or one without a known address."""


class PortalKnown(BadConfiguration):
    """A portal of that site is in the registry already."""


class Site(NamedTuple):
    """A site that is to be looked at.

    Attributes:
        address: where to begin.
        body: the body of the roster that it belongs to; None where the roster does not know it.
    """

    address: str
    body: RosterEntry | None = None


def find_site(said: str, roster: Roster) -> Site:
    """Find the site that a person means.

    Args:
        said: an address, with or without its scheme, or the name of a body.
        roster: the bodies that are known, with their addresses.

    Raises:
        SiteUnknown: no site is meant by that, or more than one.
    """
    address = _as_address(said.strip())
    if address is None:
        return _by_name(said.strip(), roster)
    site = scope_key(address)
    bodies = [body for body in roster.entries.values() if body.home_url and scope_key(body.home_url) == site]
    return Site(address, bodies[0] if len(bodies) == 1 else None)


def portal_at(url: str, registry: Registry) -> Portal | None:
    """Return the portal of the registry whose front page stands on an address's host, where one does."""
    site = scope_key(url)
    return next((one for one in registry.portals.values() if scope_key(one.home_url) == site), None)


def _as_address(said: str) -> str | None:
    """Return what was typed as an address; None where it is none."""
    if "://" in said:
        cleaned = clean_url(said, said)
        if cleaned is None:
            raise SiteUnknown(
                "is no address of the web", where=said, hint="Write http://HOST/ or https://HOST/"
            )
        return cleaned
    found = _ADDRESS.fullmatch(said)
    if not found:
        return None
    host = found["host"]
    is_number = host.startswith("[") or host.replace(".", "").isdecimal()
    scheme = "http" if is_number or is_loopback_host(host) else "https"
    return _as_address(f"{scheme}://{said}")


def _by_name(said: str, roster: Roster) -> Site:
    found = find_bodies(roster, said)
    if len(found) > 1:
        listed = ", ".join(f"{body.name} ({body.home_url or 'no address'})" for body in found)
        raise SiteUnknown("several bodies are called so", where=said, hint=f"Say which: {listed}")
    if not found:
        raise SiteUnknown("nobody in the roster is called so", where=said, hint="Give its address instead")
    (body,) = found
    if body.home_url is None:
        raise SiteUnknown("no address of it is known", where=body.name, hint="Give its address instead")
    return Site(body.home_url, body)


# Adding a portal: from what a person typed to a file of the registry.


class Found(FrozenStruct):
    """What a survey of a site came to.

    Attributes:
        site: which was looked at.
        proposal: what was found out; None where the survey came to no end.
        name: the id that the portal would have.
        written: its file; None where no list was found that could be walked.
        remarks: how it went, and what broke, in words.
        run_id: the run that looked.
        interrupted: whether somebody asked for an end.
        forbidden: addresses of rows that robots.txt forbids.
    """

    site: Site
    proposal: Proposal | None
    name: str
    written: Written | None
    remarks: tuple[str, ...]
    run_id: str
    interrupted: bool
    forbidden: frozenset[str] = frozenset()

    def marks_of(self, row: ListedLink) -> tuple[str, ...]:
        """Return what a person should know of a row: that it is not fetched, and why, or is there twice."""
        if self.proposal is None or self.written is None:
            return ()
        shown = Counter(each.url for column in self.proposal.columns for each in column.rows)
        found = {
            "robots.txt forbids it": row.url in self.forbidden,
            "another site": not self.written.portal.covers(row.url),
            "twice": shown[row.url] > 1,
        }
        return tuple(mark for mark, holds in found.items() if holds)


def look_for_portal(
    settings: Settings,
    registry: Registry,
    site: Site,
    *,
    replace: bool,
    told: Callable[[Progress], None],
    answers: Answers | None = None,
) -> Found:
    """Look at a site and write down the portal that it is; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact.
        registry: what is known, with the stop list.
        site: where to look.
        replace: whether a portal that is known may be written anew; the only one of a body keeps its id at
            another address too, and the hosts on which it stood.
        told: of every page that was asked for.
        answers: what a person says of fields that the scripts of its columns leave open.

    Raises:
        HostStopped: the site is on the stop list.
        PortalKnown: it is in the registry already.
        GongkaiError: the survey could not be begun (`crawler.run.plan.crawl`).
    """
    check_new(settings, registry, site.address, replace=replace)
    order = SurveyOrder(
        site_at(host_key(site.address), site.address),
        functools.partial(survey_portal, site.address, answers),
    )
    summary = _survey(settings, [order], told)
    (surveyed,) = summary.surveyed or (None,)
    proposal = _completed(surveyed.found, site.body) if surveyed and surveyed.found else None
    remarks = (*surveyed.notes, *surveyed.errors, *summary.errors) if surveyed else summary.errors
    home_url = proposal.home_url if proposal else site.address
    # The site may have led the survey to another host than was named.
    if proposal is not None:
        check_new(settings, registry, home_url, replace=replace)
    known = portal_at(home_url, registry)
    if proposal is not None and known is None and replace:
        # One portal of the same body alone has a new host, and keeps its id.
        same = [one for one in registry.portals.values() if one.issuer and one.issuer == proposal.issuer]
        known = same[0] if len(same) == 1 else None
    if proposal is not None and known is not None:
        proposal = _held_against(proposal, known)
    name = known.id if known else name_for(home_url, {*registry.portals, *registry.mismatches})
    written = write_portal(proposal, name, night_of(settings.clock())) if proposal else None
    interrupted = summary.state == "interrupted"
    forbidden = surveyed.forbidden if surveyed else frozenset()
    return Found(site, proposal, name, written, remarks, summary.run_id, interrupted, forbidden)


def _survey(
    settings: Settings, orders: Sequence[SurveyOrder], told: Callable[[Progress], None]
) -> CrawlSummary:
    plan = CrawlPlan(
        settings.data,
        tuple(order.site for order in orders),
        now=settings.now,
        contact=settings.contact,
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        verb="survey",
        surveys={order.site.id: order for order in orders},
        is_harvest=False,
    )
    return crawl(plan, told)


def check_new(settings: Settings, registry: Registry, url: str, *, replace: bool) -> None:
    """Refuse a site that must not be asked, or whose portal is the operator's own.

    A portal that only ships with gongkai may be added: what a survey finds is newer, and wins over it.

    Raises:
        HostStopped, PortalKnown: it is one of these.
    """
    registry.stop_list.check(url)
    known = portal_at(url, registry)
    if known is not None and not replace and (settings.data.portals / f"{known.id}.yaml").exists():
        state = "enabled" if known.enabled else "not enabled"
        raise PortalKnown(
            f"{known.name} is in your registry, {state}",
            where=known.id,
            hint=f"`gongkai portals check {known.id}` looks at it, `gongkai portals enable {known.id}` has "
            "it crawled, --replace writes it anew",
        )


def save(settings: Settings, found: Found, *, confirmed: bool) -> Path:
    """Write the portal's file; one that it replaces is kept beside it, as `NAME.yaml.old`.

    Args:
        settings: the data directory and the clock.
        found: with a file to be written.
        confirmed: whether a person has looked at the newest items.

    Raises:
        ValueError: no list was found.
    """
    written = found.written
    if confirmed and found.proposal is not None:
        written = write_portal(found.proposal, found.name, night_of(settings.clock()), confirmed=True)
    if written is None:
        raise ValueError(f"{found.name}: nothing was found that could be written")
    settings.data.portals.mkdir(parents=True, exist_ok=True)
    path = settings.data.portals / f"{found.name}.yaml"
    # The new text is whole before the old one makes room.
    unfinished = path.with_suffix(".yaml.tmp")
    unfinished.write_text(written.text, encoding="utf-8")
    if path.exists():
        path.replace(path.with_suffix(".yaml.old"))
    unfinished.replace(path)
    return path


def _held_against(proposal: Proposal, known: Portal) -> Proposal:
    """Say which lists the registry has for the portal that the survey did not find, and keep its hosts."""
    found = {column.url for column in proposal.columns}
    missed = tuple(
        f"the registry has the list {each.title or each.kind or ''} {each.url}, which was not found here"
        for each in known.lists
        if each.url not in found
    )
    hosts = (host_key(known.home_url), *known.hosts)
    return proposal.replace(unsure=(*proposal.unsure, *missed), hosts=hosts)


def _completed(proposal: Proposal, body: RosterEntry | None) -> Proposal:
    """Fill in what the roster knows of the body; where the two differ, that is not sure."""
    if body is None:
        return proposal
    unsure = list(proposal.unsure)
    if proposal.issuer not in {None, body.name, *body.aliases}:
        unsure.append(f"the page names {proposal.issuer} as its body, the roster {body.name}")
    if body.region_code and proposal.region_code not in {None, body.region_code}:
        unsure.append(f"the page tells the region {proposal.region_code}, the roster {body.region_code}")
    if body.home_url and scope_key(body.home_url) != scope_key(proposal.home_url):
        unsure.append(f"the roster has it at {body.home_url}")
    return proposal.replace(
        name=proposal.name or body.name,
        issuer=body.name,
        region_code=body.region_code or proposal.region_code,
        unsure=tuple(unsure),
    )


# Whether portals still are what the registry says: looked at, a page per list, and told in words.

HEALTHY = "healthy"
DRIFTED = "drifted"
FAILED = "failed"
NOT_ASKED = "not_asked"


class Checked(NamedTuple):
    """How a portal stands.

    Attributes:
        portal: which.
        state: `healthy`; `drifted`: it no longer is what its entry says; `failed`: the check broke off;
            `not_asked`: these are not its hours.
        remarks: what broke or drifted, in words.
    """

    portal: Portal
    state: str
    remarks: tuple[str, ...] = ()


class Check(NamedTuple):
    """One run of checks.

    Attributes:
        portals: in the order in which they were named.
        errors: what broke beyond a single portal.
        interrupted: whether somebody asked for an end.
    """

    portals: tuple[Checked, ...]
    errors: tuple[str, ...] = ()
    interrupted: bool = False


def check_portals(
    settings: Settings, portals: Sequence[Portal], *, told: Callable[[Progress], None]
) -> Check:
    """Look at the front page and the lists of portals; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact.
        portals: which; those outside their night hours are not asked.
        told: of every page that was asked for.

    Raises:
        GongkaiError: the check could not be begun (`crawler.run.plan.crawl`).
    """
    now = settings.clock()
    awake = [one for one in portals if one.night_hours is None or one.night_hours.contains(now)]
    not_asked = {one.id: Checked(one, NOT_ASKED, ("it is asked at its night hours only",)) for one in portals}
    if not awake:
        return Check(tuple(not_asked.values()))
    orders = [SurveyOrder(site_of(one), functools.partial(check_portal, one)) for one in awake]
    summary = _survey(settings, orders, told)
    surveyed = {each.site: each for each in summary.surveyed}
    looked_at = {one.id: _judge(one, surveyed.get(one.id)) for one in awake}
    told_of = tuple((not_asked | looked_at)[one.id] for one in portals)
    return Check(told_of, summary.errors, summary.state == "interrupted")


def _judge(portal: Portal, surveyed: Surveyed | None) -> Checked:
    if surveyed is None or surveyed.found is None:
        return Checked(portal, FAILED, surveyed.errors if surveyed else ("it was not looked at",))
    if surveyed.found:
        return Checked(portal, DRIFTED, (*surveyed.found, *surveyed.notes))
    return Checked(portal, HEALTHY)
