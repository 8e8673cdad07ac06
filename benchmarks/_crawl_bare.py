"""Bare Scrapy over the portals of `crawl_ratio`: follows the links of the lists, counts, keeps nothing.

As Scrapy comes, or pared: without what our crawl does without, or has of its own instead.
"""

from __future__ import annotations

import sys

from scrapy.crawler import AsyncCrawlerProcess

from benchmarks._crawl_spider import CountingSpider, pace
from crawler import settings as ours
from crawler.run.addon import LEAN_SETTINGS

_PARED = {
    **LEAN_SETTINGS,
    "DOWNLOADER_MIDDLEWARES": {
        **LEAN_SETTINGS["DOWNLOADER_MIDDLEWARES"],
        **{name: None for name, at in ours.DOWNLOADER_MIDDLEWARES.items() if at is None},
    },
}


def main(how: str, concurrent: str, per_host: str, *lists: str) -> None:
    """Crawl the lists in this process, `plain` or `pared`."""
    pared = _PARED if how == "pared" else {}
    process = AsyncCrawlerProcess({**pared, **pace(concurrent, per_host)})
    process.crawl(CountingSpider, start_urls=list(lists))
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
