"""Adding a portal: from what a person typed to a file of the registry.

    site ─▶ survey, in the crawling process ─▶ proposal ─▶ YAML ─ a person looks ─▶ DATA/portals/NAME.yaml

Nothing is written before it can be walked, and nothing of the operator's is overwritten without being kept.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.clock import night_of
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import Written, name_for, write_portal
from crawler.registry.portals import site_at
from crawler.run.parent import survey_sites
from crawler.run.plan import SurveyOrder
from gongkai.sites import known_already, portal_at
from pipelines.addresses import host_key, scope_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.discovery.probe_crawl import Proposal
    from crawler.registry.loading import Registry
    from crawler.registry.portals import Portal
    from crawler.run.plan import Progress
    from gongkai.settings import Settings
    from gongkai.sites import Site
    from pipelines.bodies.roster import RosterEntry


@dataclass(frozen=True, slots=True)
class Found:
    """What a survey of a site came to.

    Attributes:
        site: which was looked at.
        proposal: what was found out; None where the survey came to no end.
        name: the id that the portal would have.
        written: its file; None where no list was found that could be walked.
        remarks: how it went, and what broke, in words.
        run_id: the run that looked.
        interrupted: whether somebody asked for an end.
    """

    site: Site
    proposal: Proposal | None
    name: str
    written: Written | None
    remarks: tuple[str, ...]
    run_id: str
    interrupted: bool


def look_for_portal(
    settings: Settings,
    registry: Registry,
    site: Site,
    *,
    replace: bool,
    told: Callable[[Progress], None],
) -> Found:
    """Look at a site and write down the portal that it is; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact.
        registry: what is known, with the stop list.
        site: where to look.
        replace: whether a portal that is known may be written anew.
        told: of every page that was asked for.

    Raises:
        HostStopped: the site is on the stop list.
        PortalKnown: it is in the registry already.
        GongkaiError: the survey could not be begun (`crawler.run.parent.crawl`).
    """
    check_new(settings, registry, site.address, replace=replace)
    order = SurveyOrder(
        site_at(host_key(site.address), site.address), functools.partial(survey_portal, site.address)
    )
    summary = survey_sites(
        [order],
        data=settings.data,
        now=settings.now,
        contact=settings.contact,
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        progress=told,
    )
    (surveyed,) = summary.surveyed or (None,)
    proposal = _completed(surveyed.found, site.body) if surveyed and surveyed.found else None
    remarks = (*surveyed.notes, *surveyed.errors, *summary.errors) if surveyed else summary.errors
    home_url = proposal.home_url if proposal else site.address
    if proposal is not None:
        check_new(settings, registry, home_url, replace=replace)
    known = portal_at(home_url, registry)
    if proposal is not None and known is not None:
        proposal = _held_against(proposal, known)
    name = known.id if known else name_for(home_url, {*registry.portals, *registry.mismatches})
    written = write_portal(proposal, name, night_of(settings.clock())) if proposal else None
    interrupted = summary.state == "interrupted"
    return Found(site, proposal, name, written, remarks, summary.run_id, interrupted)


def check_new(settings: Settings, registry: Registry, url: str, *, replace: bool) -> None:
    """Refuse a site that must not be asked, or whose portal is the operator's own.

    A portal that only ships with gongkai may be added: what a survey finds is newer, and wins over it.

    Raises:
        HostStopped, PortalKnown: it is one of these.
    """
    registry.stop_list.check(url)
    known = portal_at(url, registry)
    if known is not None and not replace and (settings.data.portals / f"{known.id}.yaml").exists():
        raise known_already(known)


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
    unfinished = path.with_suffix(".yaml.tmp")
    unfinished.write_text(written.text, encoding="utf-8")
    if path.exists():
        path.replace(path.with_suffix(".yaml.old"))
    unfinished.replace(path)
    return path


def _held_against(proposal: Proposal, known: Portal) -> Proposal:
    """Say which lists the registry has for the portal that the survey did not find."""
    found = {column.url for column in proposal.columns}
    missed = tuple(
        f"the registry has the list {each.title or each.kind or ''} {each.url}, which was not found here"
        for each in known.lists
        if each.url not in found
    )
    return dataclasses.replace(proposal, unsure=(*proposal.unsure, *missed))


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
    return dataclasses.replace(
        proposal,
        name=proposal.name or body.name,
        issuer=body.name,
        region_code=body.region_code or proposal.region_code,
        unsure=tuple(unsure),
    )
