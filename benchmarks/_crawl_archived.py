"""Durable archiving alone: the spider of `_crawl_bare`, with the settings and the archive of our crawl.

Every answer is in WARC, synced and acknowledged before the callback counts it; nothing is parsed, no list is
walked, no frontier decides.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archive.data_folder import DataDir
from archive.warc.entries import Role
from benchmarks._crawl_spider import LINK
from crawler.registry.portals import Portal
from crawler.request_context import RequestContext, set_context
from crawler.run.addon import SiteSpider
from crawler.run.harvest import Harvest
from crawler.run.plan import CrawlPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response


class ArchivedSpider(SiteSpider):
    """Asks for every page once; what comes is kept."""

    name = "archived"
    pages = 0

    def __init__(self, portal: Portal, run: Harvest, lists: tuple[str, ...]) -> None:
        super().__init__(portal, run)
        self.start_urls = list(lists)

    def count(self, response: Response) -> None:
        """Count a page."""
        self.pages += response.status == 200

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        """Follow a list's links."""
        del kwargs
        for link in LINK.findall(response.body):
            url = response.urljoin(link.decode())
            yield set_context(Request(url, callback=self.count), RequestContext(Role.ARTICLE, url))


def main(folder: str, concurrent: str, per_host: str, *lists: str) -> None:
    """Crawl the lists in this process."""
    hosts = tuple(dict.fromkeys(urlsplit(each).netloc for each in lists))
    portal = Portal("bench", "bench", "static_list", f"http://{hosts[0]}/", hosts=hosts)
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    pace = {
        "CONCURRENT_REQUESTS": int(concurrent),
        "GONGKAI_LOOPBACK_CONCURRENCY": int(per_host),
        "LOG_LEVEL": "ERROR",
    }
    settings.setdict(pace, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    harvest = Harvest(CrawlPlan(data=DataDir(Path(folder)), portals=(portal,)))
    process.crawl(ArchivedSpider, portal, harvest, lists)
    process.start()
    harvest.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
