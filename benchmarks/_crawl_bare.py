"""Bare Scrapy over the portals of `crawl_ratio`: follows the links of the lists, counts, keeps nothing.

As Scrapy comes, or pared: without what our crawl does without, or has of its own instead.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from benchmarks._peak import tell_peak
from crawler import settings as ours
from crawler.run.addon import LEAN_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

_PARED = {
    **LEAN_SETTINGS,
    "DOWNLOADER_MIDDLEWARES": {
        **LEAN_SETTINGS["DOWNLOADER_MIDDLEWARES"],
        **{name: None for name, at in ours.DOWNLOADER_MIDDLEWARES.items() if at is None},
    },
}

LINK = re.compile(rb'href="([^"]+)"')


class BareSpider(scrapy.Spider):
    """Asks for every page once."""

    name = "bare"
    pages = 0

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        """Follow a list's links."""
        del kwargs
        for link in LINK.findall(response.body):
            yield scrapy.Request(response.urljoin(link.decode()), callback=self.count)

    def count(self, response: Response) -> None:
        """Count a page."""
        self.pages += response.status == 200


def main(how: str, concurrent: str, per_host: str, *lists: str) -> None:
    """Crawl the lists in this process, `plain` or `pared`."""
    pared = _PARED if how == "pared" else {}
    process = AsyncCrawlerProcess(
        {
            **pared,
            "CONCURRENT_REQUESTS": int(concurrent),
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(per_host),
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    process.crawl(BareSpider, start_urls=list(lists))
    process.start()
    tell_peak()


if __name__ == "__main__":
    main(*sys.argv[1:])
