"""What plain Scrapy does in `crawl_ratio`, in our environment and in that of scrapy-webarchive.

Nothing of ours is imported here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import scrapy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

LINK = re.compile(rb'href="([^"]+)"')


class CountingSpider(scrapy.Spider):
    """Asks for every page once."""

    name = "counting"
    pages = 0

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        """Follow a list's links."""
        del kwargs
        for link in LINK.findall(response.body):
            yield scrapy.Request(response.urljoin(link.decode()), callback=self.count)

    def count(self, response: Response) -> None:
        """Count a page."""
        self.pages += response.status == 200


def pace(concurrent: str, per_host: str) -> dict[str, object]:
    """Return the settings by which a crawl asks as often as ours does."""
    return {
        "CONCURRENT_REQUESTS": int(concurrent),
        "CONCURRENT_REQUESTS_PER_DOMAIN": int(per_host),
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }
