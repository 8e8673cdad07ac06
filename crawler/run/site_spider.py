"""What the two spiders of this project share: one run, one site, and settings without what neither needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import scrapy
from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.harvest import Harvest
    from crawler.registry.portal import Portal

_OFF = (
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
    "scrapy.spidermiddlewares.referer.RefererMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
)

COMMANDS = "scrapy.commands."
"""Where Scrapy's commands stand: `fetch`, `parse` and `check` replace the start of the spider they run."""

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

    @classmethod
    def is_started_by_command(cls) -> bool:
        """Whether `scrapy parse` or the like has put a start of its own in the place of the spider's."""
        return cls.start.__module__.startswith(COMMANDS)

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

    def note_error(self, failure: Failure, response: Response) -> None:
        """Keep an error of ours: it is the portal's, and the other portals go on."""
        said = f"{type(failure.value).__name__}: {failure.getErrorMessage()}"
        self.harvest.tally(self.portal).errors.append(f"{response.url}: {said}")

    def note_end(self, reason: str) -> None:
        """Note that the spider has closed, and why."""
        self.harvest.note_end(self.portal, reason)
