"""scrapy-webarchive over the portals of `crawl_ratio`: the spider of the bare row, each answer in one WACZ.

It pins an older Scrapy, so it has an environment of its own (`crawl_ratio` builds it). What it writes stands
in the folder that it is started in.
"""

from __future__ import annotations

import sys

from scrapy.crawler import CrawlerProcess

from benchmarks._crawl_spider import CountingSpider, pace


def main(concurrent: str, per_host: str, *lists: str) -> None:
    """Crawl the lists in this process."""
    export = {
        "EXTENSIONS": {"scrapy_webarchive.extensions.WaczExporter": 543},
        "SW_EXPORT_URI": "wacz/",
    }
    process = CrawlerProcess({**export, **pace(concurrent, per_host)})
    process.crawl(CountingSpider, start_urls=list(lists))
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
