"""The whole harvest over the portals of `crawl_ratio`, as `gongkai crawl` does it."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from archive.data_folder import DataDir
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import CrawlPlan, crawl


def main(folder: str, now: str, *lists: str) -> None:
    """Crawl each host's lists as a portal of its own.

    Raises:
        RuntimeError: it did not come to its end.
    """
    portals = [
        Portal(
            f"bench-{number}",
            host,
            "static_list",
            f"http://{host}/",
            lists=tuple(PortalList(url) for url in urls),
            revisit_days=1,
        )
        for number, (host, urls) in enumerate(groupby(lists, lambda url: urlsplit(url).netloc))
    ]
    summary = crawl(CrawlPlan(DataDir(Path(folder)), tuple(portals), now=now, log_level="ERROR"))
    if summary.state != "finished" or any(portal.errors for portal in summary.portals):
        raise RuntimeError(str(summary))


if __name__ == "__main__":
    main(*sys.argv[1:])
