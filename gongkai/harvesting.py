"""Harvest as the settings say: the one way in which a verb starts a crawl."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from crawler.run.parent import crawl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary
    from gongkai.settings import Settings


def harvest(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    told: Callable[[int, int], None],
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
) -> CrawlSummary:
    """Crawl portals; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact.
        portals: what is crawled; at least one.
        told: called with how many captures were kept, and 0 for "nobody knows of how many".
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read, for the run's record.

    Raises:
        GongkaiError: the run could not start, or left no result (`crawler.run.parent.crawl`).
    """
    return crawl(
        portals,
        data=settings.data,
        now=settings.now,
        contact=settings.contact,
        connect_to=connect_to,
        registry_errors=registry_errors,
        # The crawling process logs as much as this one.
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        progress=lambda progress: told(progress.captures, 0),
    )
