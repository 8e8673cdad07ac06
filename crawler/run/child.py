"""The crawling process: one run from a plan, in a process of its own, because a reactor runs only once.

    from the parent: the plan, then nothing; the end of that means that it is gone, and with it the lock
    to the parent: Progress, …, and last a CrawlSummary or the error that kept the run from starting
    standard error: the log

Killing it at any moment is safe: what was acknowledged is durable, and the next run goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import threading
import time
from typing import TYPE_CHECKING, Any, cast

# First of all: for three classes it looks through its whole stack and all modules that are there, which was
# a third of the time that this process takes to start.
from scrapy.core.downloader import contextfactory  # noqa: F401
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from twisted.internet.error import ReactorNotRunning

from archive.sandbox.child_process import connect_to_parent, receive_bytes
from crawler.errors import CrawlBroken
from crawler.run.harvest import Harvest
from crawler.run.plan import GOES_ON, CrawlPlan, CrawlSummary, Progress, group_by_host
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from crawler.registry.portals import Portal

ORPHANED = 75
_REPORT_EVERY_S = 0.1
_SPIDERS = ["crawler.spiders.portal", "crawler.spiders.survey"]


def main() -> None:
    """Run the plan that the parent sends."""
    requests, answers = connect_to_parent()
    plan = pickle.loads(receive_bytes(requests))  # noqa: S301  from our own parent
    threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    # Of a survey every page is told, for there are few, and they are what somebody waits for.
    report = _reporting(answers, 0.0 if plan.surveys else _REPORT_EVERY_S)
    try:
        answer: CrawlSummary | GongkaiError = run(plan, report)
    except GongkaiError as error:
        answer = error
    except OSError as refused:
        answer = CrawlBroken(f"the crawl could not be done: {refused}", hint=GOES_ON)
    answers.send(answer)
    # The listening thread sits in a read that nothing ends; all that must be closed is closed.
    os._exit(0)


def run(plan: CrawlPlan, report: Callable[[Progress], None]) -> CrawlSummary:
    """Do what the plan says in this process: portals that share a host one after the other."""
    process = AsyncCrawlerProcess(_settings(plan))
    # It warns of what is recorded as an outcome anyway: bodies too large, bodies cut off.
    logging.getLogger("scrapy.core.downloader.handlers.http11").setLevel(logging.ERROR)
    # It warns, per portal, that a redirect is followed without a Referer, which is meant.
    logging.getLogger("scrapy.downloadermiddlewares.redirect").setLevel(logging.ERROR)
    harvest = Harvest(plan, report)
    groups = group_by_host(plan.portals)
    asyncio.get_event_loop().create_task(_crawl_groups(process, harvest, groups))
    process.start(stop_after_crawl=False)
    return harvest.close()


async def _crawl_groups(
    process: AsyncCrawlerProcess, harvest: Harvest, groups: Sequence[Sequence[Portal]]
) -> None:
    at_once = asyncio.Semaphore(harvest.plan.portals_at_once)
    try:
        while groups:
            walks = (_crawl_group(process, harvest, group, at_once) for group in groups)
            for result in await asyncio.gather(*walks, return_exceptions=True):
                if isinstance(result, BaseException):
                    harvest.note_crash(result)
            groups = group_by_host(harvest.next_round())
    finally:
        _stop_reactor()


async def _crawl_group(
    process: AsyncCrawlerProcess, harvest: Harvest, group: Sequence[Portal], at_once: asyncio.Semaphore
) -> None:
    async with at_once:
        for portal in group:
            if harvest.interrupted or harvest.broken is not None:
                return
            order = harvest.plan.surveys.get(portal.id)
            if order is None:
                await process.crawl("portal", portal=portal, harvest=harvest)
            else:
                await process.crawl("survey", order=order, harvest=harvest)


def _stop_reactor() -> None:
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses it

    # After an interrupt Scrapy stops it too.
    with contextlib.suppress(ReactorNotRunning):
        cast("Any", reactor).stop()


def _settings(plan: CrawlPlan) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    said = {
        "GONGKAI_CONNECT_TO": dict(plan.connect_to),
        # Somebody's own spider that cannot be imported must not end the night.
        "SPIDER_MODULES": _SPIDERS,
        # For this it reads and parses the source of every callback, each time that a crawl starts.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        "LOG_LEVEL": plan.log_level,
    }
    settings.update(said, priority="cmdline")
    return settings


def _end_with_parent(requests: Connection) -> None:
    with contextlib.suppress(EOFError):
        receive_bytes(requests)
    os._exit(ORPHANED)


def _reporting(answers: Connection, every_s: float) -> Callable[[Progress], None]:
    """Return what sends progress on, but of a crawl not more often than anyone can look."""
    due = 0.0

    def report(progress: Progress) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + every_s
            answers.send(progress)

    return report


if __name__ == "__main__":
    main()
