"""Surveys, from any program: sites looked at in the crawling process, under every rule of a crawl.

What is looked at is kept in WARC like everything else, with the role `probe`: it shows why a portal was
written down as it was, and is never a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.process.parent import carry_out
from crawler.run.plan import CrawlPlan, Limits, SurveyOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archive.data_folder import DataDir
    from crawler.run.plan import CrawlSummary, Progress

VERB = "survey"


def survey_sites(
    orders: Sequence[SurveyOrder],
    *,
    data: DataDir,
    now: str | None = None,
    contact: str | None = None,
    connect_to: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    log_level: str = "WARNING",
    progress: Callable[[Progress], None] | None = None,
) -> CrawlSummary:
    """Look at sites, one run; arguments and errors are those of `crawler.process.parent.crawl`.

    Returns:
        What became of it; `surveyed` has what each survey returned.
    """
    plan = CrawlPlan(
        data=data,
        portals=tuple(order.site for order in orders),
        now=now,
        contact=contact,
        connect_to=dict(connect_to or {}),
        limits=limits or Limits(),
        verb=VERB,
        log_level=log_level,
        surveys={order.site.id: order for order in orders},
        is_harvest=False,
    )
    return carry_out(plan, progress)
