"""Sites that are added over HTTP by their addresses alone, then checked, and crawled as they were written."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.warc.entries import Role, StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import check_portal, write_portal
from crawler.registry.loading import load_registry
from crawler.registry.portals import site_at, site_of
from crawler.run.plan import SurveyOrder
from tests.crawling import crawl, survey_sites
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary, Surveyed
    from gongkai.demo.server import Site


@dataclass(frozen=True)
class Added:
    """What became of sites: what `add` and `check` said, the portals, the crawl, and the articles it kept."""

    surveyed: dict[str, Surveyed]
    checked: dict[str, Surveyed]
    portals: dict[str, Portal]
    summary: CrawlSummary
    articles: list[StoredCapture]


def add_sites(
    data: DataDir,
    site: Site,
    homes: Mapping[str, str],
    hosts: Collection[str],
    day: dt.date,
    *,
    crawled: Collection[str] | None = None,
) -> Added:
    """Add all sites of a server by their front pages, check them on the same day, and crawl them or some."""
    data.make()
    night = f"{day}T03:00:00+08:00"
    orders = [
        SurveyOrder(site_at(name, home), functools.partial(survey_portal, home))
        for name, home in homes.items()
    ]
    with SiteServer(site) as server:
        connect_to = dict.fromkeys(hosts, f"127.0.0.1:{server.port}")
        surveyed = survey_sites(orders, data=data, now=night, connect_to=connect_to).surveyed
        for one in surveyed:
            written = one.found and write_portal(one.found, one.site, day)
            if written:
                (data.portals / f"{one.site}.yaml").write_text(written.text, "utf-8")
        registry = load_registry(data.portals, shipped=data.root / "none")
        assert registry.mismatches == {}
        portals = tuple(registry.portals.values())
        looks = [SurveyOrder(site_of(one), functools.partial(check_portal, one)) for one in portals]
        checked = survey_sites(looks, data=data, now=night, connect_to=connect_to).surveyed
        asked = tuple(one for one in portals if crawled is None or one.id in crawled)
        summary = crawl(asked, data=data, now=night, connect_to=connect_to)
    articles = [
        item
        for path in archive_files(data.warc)
        for item in read_archive(path)
        if isinstance(item, StoredCapture) and item.context and item.context.role is Role.ARTICLE
    ]
    return Added(
        {one.site: one for one in surveyed},
        {one.site: one for one in checked},
        dict(registry.portals),
        summary,
        articles,
    )
