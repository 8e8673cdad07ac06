"""A portal of one list, served page by page, that tests change from night to night."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from crawler.policy.politeness import Budget
from crawler.registry.portals import Portal, PortalList
from tests.crawler.portal_server import Reply, list_page, page
from tests.crawler.test_crawl import LIMITS, LONG
from tests.crawling import crawl

if TYPE_CHECKING:
    import datetime as dt

    from archive.data_folder import DataDir
    from crawler.run.plan import CrawlSummary
    from tests.crawler.portal_server import PortalServer

ROWS_PER_PAGE = 20
LIST = "/nb/index.html"
NO_LIMIT = Budget()
HOST = "quiet.gongkai.test"
"""Always the same, as no port is: which night an address is due on follows from it."""


class QuietPortal:
    """What a portal shows, and the nights on which it is crawled.

    Args:
        server: which serves it.
        data: where it is kept.
        count: how many documents it has at first.
        revisit_days: of the portal.
        budget: of the portal.

    Attributes:
        rows: its documents, newest first: paths and titles.
    """

    def __init__(
        self,
        server: PortalServer,
        data: DataDir,
        count: int,
        *,
        revisit_days: int | None = None,
        budget: Budget = NO_LIMIT,
    ) -> None:
        self.server = server
        self.data = data
        lists = (PortalList(f"http://{HOST}{LIST}"),)
        self.portal = Portal(
            "quiet",
            "静县人民政府",
            "static_list",
            f"http://{HOST}/",
            lists=lists,
            revisit_days=revisit_days,
            budget=budget,
        )
        self.rows = [(f"/a/{number}.html", f"第{number}号文件") for number in range(count)]
        server.replies |= {path: self.document(title) for path, title in self.rows}
        self.show()

    @staticmethod
    def document(title: str) -> Reply:
        """A document with an ETag."""
        return page(
            f"<title>{title}</title><p>{title}：{LONG}",
            etag=f'"{hashlib.sha256(title.encode()).hexdigest()[:9]}"',
        )

    def publish(self, path: str, title: str) -> None:
        """Put a new document on top of the list."""
        self.rows.insert(0, (path, title))
        self.server.replies[path] = self.document(title)
        self.show()

    def show(self, *, declared: bool = True, etag: bool = True) -> None:
        """Write the pages of the list anew."""
        for each in [path for path in self.server.replies if path.startswith("/nb/")]:
            del self.server.replies[each]
        parts = [self.rows[at : at + ROWS_PER_PAGE] for at in range(0, len(self.rows), ROWS_PER_PAGE)]
        total = f", {len(self.rows)}" if declared else ""
        for number, part in enumerate(parts):
            shown = list_page(part, f'createPageHTML({len(parts)}, {number}, "index", "html"{total});')
            tag = f'"{hashlib.sha256(shown.body).hexdigest()}"' if etag else None
            name = f"/nb/index_{number}.html" if number else LIST
            self.server.replies[name] = dataclasses.replace(shown, etag=tag)

    def night(self, day: dt.date) -> CrawlSummary:
        """Crawl on one night."""
        return crawl(
            [self.portal],
            data=self.data,
            limits=LIMITS,
            now=f"{day}T15:00:00Z",
            connect_to={HOST: f"127.0.0.1:{self.server.port}"},
        )

    def asked(self, day: dt.date) -> list[str]:
        """Crawl on one night; returns what was asked for: pages of the list, and documents."""
        before = len(self.server.paths())
        assert self.night(day).state == "finished"
        return [path for path in self.server.paths()[before:] if path != "/robots.txt"]
