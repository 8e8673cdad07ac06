"""Whether portals still are what the registry says: looked at, a page per list, and told in words."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.clock import night_of
from crawler.discovery.drift import check_portal
from crawler.registry.portals import site_of
from crawler.run.parent import survey_sites
from crawler.run.plan import SurveyOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.registry.portals import Portal
    from crawler.run.plan import Progress, Surveyed
    from gongkai.settings import Settings

HEALTHY = "healthy"
DRIFTED = "drifted"
FAILED = "failed"
NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Checked:
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


@dataclass(frozen=True, slots=True)
class Check:
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
        GongkaiError: the check could not be begun (`crawler.run.parent.crawl`).
    """
    now = settings.clock()
    awake = [one for one in portals if one.night_hours is None or one.night_hours.contains(now)]
    asleep = {one.id: Checked(one, NOT_ASKED, ("it is asked at its night hours only",)) for one in portals}
    if not awake:
        return Check(tuple(asleep.values()))
    summary = survey_sites(
        [SurveyOrder(site_of(one), functools.partial(check_portal, one, night_of(now))) for one in awake],
        data=settings.data,
        now=settings.now,
        contact=settings.contact,
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        progress=told,
    )
    surveyed = {each.site: each for each in summary.surveyed}
    looked_at = {one.id: _judge(one, surveyed.get(one.id)) for one in awake}
    told_of = tuple((asleep | looked_at)[one.id] for one in portals)
    return Check(told_of, summary.errors, summary.state == "interrupted")


def _judge(portal: Portal, surveyed: Surveyed | None) -> Checked:
    if surveyed is None or surveyed.found is None:
        return Checked(portal, FAILED, surveyed.errors if surveyed else ("it was not looked at",))
    if surveyed.found:
        return Checked(portal, DRIFTED, (*surveyed.found, *surveyed.notes))
    return Checked(portal, HEALTHY)
