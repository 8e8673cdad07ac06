"""The Scrapy add-on of this project: every spider asks under its rules, and what comes is kept.

    gongkai crawl            ─ spider with a run that is open ─┐
    scrapy crawl portal      ─ opens a run of its own ─────────┼─▶ site, access, harvest ─▶ middlewares
    scrapy crawl anybodys    ─ the same, kept as `probe` ──────┤
    scrapy shell, fetch, …   ─ looks at a page, keeps nothing ─┘

Settings that hold the rules up are set last: neither a spider's `custom_settings` nor `-s` takes them away.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import scrapy
from scrapy import Request, Spider, signals

from archive.clock import clock_from
from archive.data_folder import DataDir, hold, read_operator_file
from crawler import settings as project
from crawler.errors import ContactMissing
from crawler.policy.access import AccessPolicy, PolicyAddon, Refused
from crawler.policy.hosts import check_connect_to, load_stop_list
from crawler.policy.politeness import check_contact, loopback_settings, polite_settings, user_agent
from crawler.registry.loading import load_registry
from crawler.registry.portals import UNKNOWN, OpenSite, Portal
from crawler.run.harvest import Harvest
from crawler.run.plan import CrawlPlan, Limits
from pipelines.addresses import host_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure


logger = logging.getLogger(__name__)

# A priority above that of the command line, 40, which is the highest of Scrapy's own.
_LAST = 1000


class RunAddon(PolicyAddon):
    """What a crawler asks, under which rules, and where it keeps what comes.

    Attributes:
        harvest: the run that keeps what comes; None where somebody only looks at a page.
        allows: by host, what its robots.txt says of an address; of those that were asked for theirs.
    """

    site: Portal
    harvest: Harvest | None

    def __init__(self, crawler: Crawler) -> None:
        self.allows: dict[str, Callable[[str], bool]] = {}
        spider = crawler.spider
        if isinstance(spider, SiteSpider):
            self.site, self.harvest = spider.portal, spider.run
        else:
            self.site, self.harvest = open_to_anybody(crawler.settings, spider), None
        self._plan = self.harvest.plan if self.harvest else plan_of(crawler.settings, self.site)
        if self.harvest is None and spider is not None and not is_looking(type(spider)):
            self.harvest = open_run(crawler, self._plan)
        if self.harvest is not None:
            self.access = self.harvest.access
        else:
            check_connect_to(self._plan.connect_to)
            stop_list = load_stop_list(self._plan.data.stop_list)
            self.access = AccessPolicy(stop_list, clock_from(self._plan.now))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunAddon:
        """Make one for a crawler, as Scrapy asks for it."""
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> RunAddon:
        """Return a crawler's own; see `PolicyAddon.of`."""
        return cast("RunAddon", PolicyAddon.of(crawler))

    @property
    def is_strangers(self) -> bool:
        """Whether the spider is none of ours, so that nobody but the log tells what it may not ask for."""
        return isinstance(self.site, OpenSite)

    def check_contact(self, url: str) -> None:
        """Refuse a public address that a stranger's spider asks for without saying who asks.

        Raises:
            Refused: it is one.
        """
        if not self.is_strangers or host_key(url) in self.site.loopback_hosts:
            return
        try:
            check_contact([url], self._plan.contact)
        except ContactMissing as missing:
            raise Refused("contact_missing", str(missing)) from missing

    def stop_host(self, url: str, reason: str) -> None:
        """Leave a host alone for the rest of the run."""
        if self.access.stop_host(self.site, url, reason):
            logger.warning("%s: %s is left alone for this run: %s", self.site.id, host_key(url), reason)

    def update_settings(self, settings: BaseSettings) -> None:
        """Set what the rules need, whatever anybody has said before.

        Raises:
            ContactMissing: a public portal would be asked without a contact.
        """
        for name in ("DOWNLOADER_MIDDLEWARES", "DOWNLOAD_HANDLERS"):
            settings.set(name, {**settings.getdict(name), **getattr(project, name)}, priority=_LAST)
        settings.update(self._settings(settings), priority=_LAST)

    def _settings(self, settings: BaseSettings) -> dict[str, object]:
        site, plan = self.site, self._plan
        concurrency = settings.getint("GONGKAI_LOOPBACK_CONCURRENCY")
        if site.is_loopback(plan.connect_to):
            pace = loopback_settings(concurrency)
        else:
            pace = polite_settings(max(site.delay_s, settings.getfloat("DOWNLOAD_DELAY") * self.is_strangers))
            if not self.is_strangers:
                check_contact([site.id], plan.contact)
        at_once = {"concurrency": concurrency, "delay": 0.0, "jitter": 0.0}
        slots = dict.fromkeys(site.loopback_hosts, at_once)
        limits = {
            "DOWNLOAD_TIMEOUT": plan.limits.timeout_s,
            "DOWNLOAD_MAXSIZE": plan.limits.max_bytes,
            "RETRY_TIMES": plan.limits.retries,
        }
        return {**pace, **limits, "DOWNLOAD_SLOTS": slots, "USER_AGENT": user_agent(plan.contact)}


class RunMiddleware:
    """A downloader middleware, under the rules of its crawler.

    Args:
        crawler: Scrapy's.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules = RunAddon.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make one for a crawler, as Scrapy asks for it."""
        return cls(crawler)


def is_looking(spider: type[Spider]) -> bool:
    """Whether a command only looks at a page: `fetch`, `parse` and `check` start their spider otherwise."""
    return spider.start.__module__.startswith("scrapy.commands.")


def open_to_anybody(settings: BaseSettings, spider: Spider | None) -> OpenSite:
    """Return what a spider may ask that belongs to no portal: its `allowed_domains`, or the web."""
    connect_to = settings.getdict("GONGKAI_CONNECT_TO")
    data = _data(settings)
    own = load_registry(data.portals, data.portals).portals.values()
    on_loopback = (host for portal in own if portal.is_loopback({}) for host in portal.own_hosts)
    domains = getattr(spider, "allowed_domains", None) or ()
    name = spider.name if spider else "shell"
    return OpenSite(
        *(name, name, UNKNOWN, ""),
        domains=tuple(one.lower().rstrip(".") for one in domains),
        loopback_hosts=frozenset((*connect_to, *connect_to.values(), *on_loopback)),
    )


def find_portal(settings: BaseSettings, name: str) -> Portal:
    """Return a portal of the registry.

    Raises:
        GongkaiError: there is none of that name, it has a fault, or it is on the stop list.
    """
    data = _data(settings)
    return load_registry(data.portals, stop_list=load_stop_list(data.stop_list)).to_crawl(name)


def plan_of(settings: BaseSettings, site: Portal) -> CrawlPlan:
    """Return the plan of a run that Scrapy's own command line starts.

    Raises:
        ContactMissing: it is a public portal, and nobody says who asks.
    """
    data = _data(settings)
    connect_to = settings.getdict("GONGKAI_CONNECT_TO")
    contact = _setting(settings, "GONGKAI_CONTACT") or read_operator_file(data.root).get("contact")
    is_harvest = not isinstance(site, OpenSite)
    if is_harvest and not site.is_loopback(connect_to):
        check_contact([site.id], contact)
    return CrawlPlan(
        data=data,
        portals=(site,),
        now=_setting(settings, "GONGKAI_NOW"),
        contact=contact,
        connect_to=connect_to,
        limits=Limits(
            timeout_s=settings.getfloat("DOWNLOAD_TIMEOUT"),
            max_bytes=settings.getint("DOWNLOAD_MAXSIZE"),
            retries=settings.getint("RETRY_TIMES"),
        ),
        verb="crawl" if is_harvest else "scrapy",
        is_harvest=is_harvest,
    )


def open_run(crawler: Crawler, plan: CrawlPlan) -> Harvest:
    """Open a run under the lock, which closes with the crawl.

    Raises:
        GongkaiError: the lock is held, or the archive refuses.
    """
    plan.data.make()
    stack = contextlib.ExitStack()
    stack.enter_context(hold(plan.data.lock, verb="scrapy crawl", clock=clock_from(plan.now)))
    harvest = Harvest(plan)

    def close() -> None:
        summary = harvest.close()
        stack.close()
        for portal in summary.portals:
            logger.info("%s: %s, %s", portal.portal, summary.state, dict(portal.outcomes))

    def note_end(reason: str) -> None:
        harvest.note_end(plan.portals[0], reason)

    crawler.signals.connect(close, signal=signals.engine_stopped, weak=False)
    crawler.signals.connect(note_end, signal=signals.spider_closed, weak=False)
    return harvest


def _data(settings: BaseSettings) -> DataDir:
    return DataDir(Path(_setting(settings, "GONGKAI_DATA") or "data").resolve())


def _setting(settings: BaseSettings, name: str) -> str | None:
    return settings.get(name) or os.environ.get(name)


# What the two spiders of this project share: one run, one site, and settings without what neither needs.

_OFF = (
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
    "scrapy.spidermiddlewares.referer.RefererMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
)

LEAN_SETTINGS: dict[str, Any] = {
    # Each costs every answer a tenth of a millisecond, and none is needed: statuses and referrers are the
    # spider's business; the length of addresses is bounded where they are read.
    "SPIDER_MIDDLEWARES": dict.fromkeys(_OFF),
    "DOWNLOADER_MIDDLEWARES": {
        # Whoever reads a body undoes its coding, up to a limit of its own; articles are not read here at all.
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    },
    "HTTPERROR_ALLOW_ALL": True,
    # They do their own filtering, in the frontier and in the survey.
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    # Scrapy starts as many workers per answer as items it may handle at once; an answer brings one at most.
    "CONCURRENT_ITEMS": 1,
    "STATS_DUMP": False,
    "LOGSTATS_INTERVAL": 0,
}


class SiteSpider(scrapy.Spider):
    """A spider that asks one site, within a run.

    Attributes:
        portal: the site.
        run: the run; None where a command only looks at a page (`scrapy parse`).
    """

    custom_settings: ClassVar[dict[str, Any]] = LEAN_SETTINGS  # type: ignore[misc]  # Scrapy's is None or a dict

    def __init__(self, portal: Portal, run: Harvest | None) -> None:
        super().__init__()
        self.portal = portal
        self.run = run

    @property
    def harvest(self) -> Harvest:
        """The run, where there must be one.

        Raises:
            LookupError: there is none: somebody only looks at a page.
        """
        if self.run is None:
            raise LookupError(f"{self.name} has no run to keep anything in")
        return self.run

    def _set_crawler(self, crawler: Crawler) -> None:
        super()._set_crawler(crawler)
        if self.run is not None:
            crawler.signals.connect(self.note_error, signal=signals.spider_error)
            crawler.signals.connect(self.note_end, signal=signals.spider_closed)

    def note_error(self, failure: Failure, response: Request | Response) -> None:
        """Keep an error of ours: it is the portal's, and the other portals go on."""
        said = f"{type(failure.value).__name__}: {failure.getErrorMessage()}"
        self.harvest.tally(self.portal).errors.append(f"{response.url}: {said}")

    def note_end(self, reason: str) -> None:
        """Note that the spider has closed, and why."""
        self.harvest.note_end(self.portal, reason)
