"""Crawls and surveys as tests start them: what a plan says beside its portals, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.run.plan import CrawlPlan
from crawler.run.plan import crawl as carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary, Progress, SurveyOrder


def crawl(
    portals: Sequence[Portal],
    *,
    data: DataDir,
    progress: Callable[[Progress], None] | None = None,
    **said: Any,
) -> CrawlSummary:
    """Harvest portals, one run."""
    return carry_out(CrawlPlan(data, tuple(portals), **said), progress)


def survey_sites(orders: Sequence[SurveyOrder], *, data: DataDir, **said: Any) -> CrawlSummary:
    """Look at sites, one run."""
    surveys = {order.site.id: order for order in orders}
    sites = [order.site for order in orders]
    return crawl(sites, data=data, verb="survey", surveys=surveys, is_harvest=False, **said)
