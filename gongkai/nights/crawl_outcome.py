"""A crawl as nights and `gongkai crawl` do it, and what it came to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from archive.frontier.sweeps import NOTHING_NEW, Sweep
from crawler.run.plan import CrawlPlan, CrawlSummary, PortalSummary, crawl
from pipelines.response.outcome import Outcome, is_blocked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.registry.portals import Portal
    from gongkai.nights.night_run import Advance
    from gongkai.operator_settings import Settings

ANSWERED = (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.ROBOTS_DENIED)
"""Signs that a portal is there; its rules are an answer too."""


def harvest(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    told: Advance,
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
) -> CrawlSummary:
    """Crawl portals; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact, the shard.
        portals: what is crawled; at least one.
        told: called with how many captures were kept, and 0 for "nobody knows of how many".
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read, for the run's record.

    Raises:
        GongkaiError: the run could not start, or left no result (`crawler.run.plan.crawl`).
    """
    plan = CrawlPlan(
        settings.data,
        tuple(portals),
        now=settings.now,
        contact=settings.contact,
        connect_to=connect_to or {},
        registry_errors=registry_errors,
        # The crawling process logs as much as this one.
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        shard=settings.shard,
        night=settings.night,
    )
    return crawl(plan, lambda progress: told(progress.captures, 0))


def crawl_facts(crawled: CrawlSummary) -> dict[str, Any]:
    """Return what a report says of a crawl, by its fields."""
    portals = crawled.portals
    sweeps = [sweep for portal in portals for sweep in portal.sweeps]
    unread = [sweep for portal in portals for sweep in incomplete(portal)]
    return {
        "run_id": crawled.run_id,
        "crawl_state": crawled.state,
        "portals": {portal.portal: dict(portal.outcomes) for portal in portals},
        "lists": {
            "complete": sum(sweep.complete for sweep in sweeps),
            NOTHING_NEW: sum(sweep.reason == NOTHING_NEW for sweep in sweeps),
            "incomplete": len(unread),
        },
        "incomplete_lists": {sweep.key.list_url: sweep.reason or "" for sweep in unread},
        "put_off": {sweep.key.list_url: sweep.put_off for sweep in sweeps if sweep.put_off},
        "left_alone": {host: reason for portal in portals for host, reason in portal.stopped.items()},
        "new_links": sum(portal.new_links for portal in portals),
        "budget_spent": {portal.portal: portal.spent for portal in portals if portal.spent},
    }


def is_failed(portal: PortalSummary) -> bool:
    """Whether a portal broke, or nothing of it answered. One that blocks us did answer: that is a result.

    A run that only goes on with another may find all of its lists walked, and nothing left to ask.
    """
    if portal.errors:
        return True
    was_listed = any(_was_read(sweep) or (sweep.found and not portal.outcomes) for sweep in portal.sweeps)
    return not was_listed and not any(
        outcome in ANSWERED or is_blocked(Outcome(outcome)) for outcome in portal.outcomes
    )


def incomplete(portal: PortalSummary) -> tuple[Sweep, ...]:
    """Return the lists of a portal that were read neither to their end nor up to what was known."""
    return tuple(sweep for sweep in portal.sweeps if not _was_read(sweep))


def _was_read(sweep: Sweep) -> bool:
    return sweep.complete or sweep.reason == NOTHING_NEW
