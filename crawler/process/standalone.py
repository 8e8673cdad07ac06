"""`scrapy crawl portal -a portal=NAME`: a run of its own, under the lock, for one portal."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import signals

from archive.clock import clock_from
from archive.data_folder import DataDir, hold
from crawler.bounds.stop_list import load_stop_list
from crawler.harvest import Harvest
from crawler.manners.politeness import check_contact
from crawler.process.plan import CrawlPlan, Limits
from crawler.registry.loading import load_registry

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from crawler.registry.portal import Portal

logger = logging.getLogger(__name__)


def open_standalone(crawler: Crawler, name: str) -> tuple[Portal, Harvest]:
    """Open a run for one portal, which closes with the crawl.

    Raises:
        GongkaiError: no such portal, a faulty one, one on the stop list, no contact, or the lock is held.
    """
    plan = _plan(crawler.settings, name)
    plan.data.make()
    stack = contextlib.ExitStack()
    stack.enter_context(hold(plan.data.lock, verb="scrapy crawl", clock=clock_from(plan.now)))
    harvest = Harvest(plan)

    def close() -> None:
        summary = harvest.close()
        stack.close()
        for portal in summary.portals:
            logger.info("%s: %s, %s", portal.portal, summary.state, dict(portal.outcomes))

    crawler.signals.connect(close, signal=signals.engine_stopped, weak=False)
    return plan.portals[0], harvest


def _plan(settings: BaseSettings, name: str) -> CrawlPlan:
    data = DataDir(Path(_setting(settings, "GONGKAI_DATA") or "data"))
    portal = load_registry(data.portals, stop_list=load_stop_list(data.stop_list)).to_crawl(name)
    connect_to = settings.getdict("GONGKAI_CONNECT_TO")
    contact = _setting(settings, "GONGKAI_CONTACT")
    check_contact([portal], connect_to, contact)
    return CrawlPlan(
        data=data,
        portals=(portal,),
        now=_setting(settings, "GONGKAI_NOW"),
        contact=contact,
        connect_to=connect_to,
        limits=Limits(
            timeout_s=settings.getfloat("DOWNLOAD_TIMEOUT"),
            max_bytes=settings.getint("DOWNLOAD_MAXSIZE"),
            retries=settings.getint("RETRY_TIMES"),
        ),
    )


def _setting(settings: BaseSettings, name: str) -> str | None:
    return settings.get(name) or os.environ.get(name)
