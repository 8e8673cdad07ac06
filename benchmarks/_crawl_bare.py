"""Bare Scrapy over the portal of `crawl_ratio`: follows the links of the lists, counts, keeps nothing."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

_LINK = re.compile(rb'href="([^"]+)"')


class BareSpider(scrapy.Spider):
    """Asks for every page once."""

    name = "bare"
    pages = 0

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        """Follow a list's links."""
        del kwargs
        for link in _LINK.findall(response.body):
            yield scrapy.Request(response.urljoin(link.decode()), callback=self.count)

    def count(self, response: Response) -> None:
        """Count a page."""
        self.pages += response.status == 200


def main(concurrent: str, *lists: str) -> None:
    """Crawl the lists in this process."""
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(concurrent),
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    process.crawl(BareSpider, start_urls=list(lists))
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
