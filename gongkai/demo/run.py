"""The demo: some nights over the bundled portal and the cities, or one over a folder of documents.

The server, the crawl, the archive, the corpus and the pages are the real ones; only the portal is ours, and
the clock starts at the first of the demo's nights.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.clock import clock_from
from crawler.registry.loading import load_registry
from gongkai.demo.answers import night_date
from gongkai.demo.cities import CitySite, city_portals, write_places
from gongkai.demo.folder import FolderSite
from gongkai.demo.server import DemoServer
from gongkai.demo.site import BundledSite, bundled_portals, folder_portals
from gongkai.nights.night_run import run_night

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gongkai.demo.answers import Site
    from gongkai.demo.cities import City
    from gongkai.nights.night_report import NightReport
    from gongkai.nights.night_run import NightProgress
    from gongkai.operator_settings import Settings

NIGHTS = 4
"""How many nights the flaws take to show: three in a row, and one a week later, for what is withdrawn."""

LATER = 6
"""Days between the third night and the fourth beyond the usual one."""

START_HOUR = 3
"""When a simulated night begins, in Shanghai."""


def run_demo(
    settings: Settings,
    *,
    documents: Path | None,
    nights: int,
    cities: Collection[City] = (),
    steps: Callable[[], AbstractContextManager[NightProgress]],
) -> Iterator[NightReport]:
    """Crawl, derive, publish and take a snapshot, night by night; yield each night's report.

    The caller holds the lock.

    Args:
        settings: the data directory; the clock is the demo's own unless `GONGKAI_NOW` is set.
        documents: a folder to serve as a portal, bytes untouched; None for the bundled portal.
        nights: how many nights.
        cities: those whose sites are crawled, too.
        steps: opened for each night, and told how far it is.

    Raises:
        NotAFolder: `documents` is none.
        GongkaiError: a step could not be done at all.
    """
    site: Site = FolderSite(documents) if documents else BundledSite()
    definitions = folder_portals() if documents else bundled_portals()
    # The definitions stand in for the shipped ones: the demo never meets a public portal.
    portals = tuple(load_registry(definitions, shipped=definitions).portals.values())
    if cities:
        site, portals = CitySite(cities, site), (*portals, *city_portals(cities))
        write_places(cities, settings.data)
    with DemoServer(site) as server:
        connect_to = dict.fromkeys(
            (urlsplit(it.home_url).netloc for it in portals), f"127.0.0.1:{server.port}"
        )
        for night in range(1, nights + 1):
            server.night = night if night < NIGHTS else night + LATER
            with steps() as told:
                report = run_night(
                    _at_night(settings, server.night),
                    portals,
                    progress=told,
                    connect_to=connect_to,
                )
            yield report


def _at_night(settings: Settings, night: int) -> Settings:
    if settings.now is not None:
        return settings
    start = f"{night_date(night).isoformat()}T{START_HOUR:02}:00:00+08:00"
    return dataclasses.replace(settings, now=start, clock=clock_from(start))
