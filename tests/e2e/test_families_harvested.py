"""A full harvest of each family's site is what was planted there: none missed, none twice, none made up."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.warc.entries import Role, StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive
from crawler.registry.loading import load_registry
from tests.crawling import crawl
from tests.portals.broken_wire import BrokenServer
from tests.portals.families import FamilySites, family_hosts, planted
from tests.portals.families.content import all_facts
from tests.portals.faults import FaultySite, read_faults
from tests.portals.material import family_portals

if TYPE_CHECKING:
    from pathlib import Path

    from archive.frontier.sweeps import Sweep
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary
    from gongkai.demo.server import Site

SITES = tuple(all_facts())
NIGHT = "2026-04-10T03:00:00+08:00"
COLUMNS = [(site, column.id) for site, facts in all_facts().items() for column in facts.columns]
_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})")


@dataclass(frozen=True)
class Harvested:
    """What one night over all sites left."""

    summary: CrawlSummary
    portals: dict[str, Portal]
    captures: tuple[StoredCapture, ...]

    def of(self, site: str, role: Role) -> list[StoredCapture]:
        """Return a site's captures of one role."""
        return [
            each
            for each in self.captures
            if each.context and each.context.portal == site and each.context.role is role
        ]

    def sweep(self, site: str, column: str) -> Sweep:
        """Return the walk over the list of a column: portals name their lists in the order of the columns."""
        at = [each.id for each in all_facts()[site].columns].index(column)
        list_url = self.portals[site].lists[at].url
        (portal,) = (each for each in self.summary.portals if each.portal == site)
        (sweep,) = (each for each in portal.sweeps if each.key.list_url == list_url)
        return sweep


def harvest(root: Path, site: Site, *names: str) -> Harvested:
    """Crawl some portals of the test portal, all without a name."""
    data = DataDir(root)
    data.make()
    registry = load_registry(data.portals, family_portals())
    assert registry.mismatches == {}
    portals = {name: each for name, each in registry.portals.items() if name in names or not names}
    with BrokenServer(site) as server:
        connect_to = dict.fromkeys(family_hosts(), f"127.0.0.1:{server.port}")
        summary = crawl(tuple(portals.values()), data=data, now=NIGHT, connect_to=connect_to)
    return Harvested(summary, portals, tuple(_captures(data.warc)))


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Harvested:
    return harvest(tmp_path_factory.mktemp("families"), FamilySites())


def _captures(folder: Path) -> list[StoredCapture]:
    found = (item for path in archive_files(folder) for item in read_archive(path))
    return [item for item in found if isinstance(item, StoredCapture)]


def day(printed: str | None) -> str:
    """Return a printed day as ISO has it."""
    found = _DAY.search(printed or "")
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else f"no day: {printed!r}"


def test_every_site_has_its_portal(harvested: Harvested) -> None:
    assert set(harvested.portals) == set(SITES)
    for site, facts in all_facts().items():
        lists = harvested.portals[site].lists
        assert [each.kind for each in lists] == [column.kind for column in facts.columns]


def test_the_night_ends_well(harvested: Harvested) -> None:
    assert (harvested.summary.state, harvested.summary.errors) == ("finished", ())
    assert {each.portal: each.errors for each in harvested.summary.portals if each.errors} == {}


@pytest.mark.parametrize("site", SITES)
def test_what_is_harvested_is_what_was_planted(harvested: Harvested, site: str) -> None:
    found = Counter(
        (each.url, str(each.context.list_title), day(each.context.list_date))
        for each in harvested.of(site, Role.ARTICLE)
        if each.context
    )
    expected = Counter((row.url, row.title, str(row.date)) for row in planted(site) if row.is_served)
    assert expected - found == Counter(), "missed"
    assert found - expected == Counter(), "more than there is, or twice"
    assert {each.status for each in harvested.of(site, Role.ARTICLE)} == {200}


@pytest.mark.parametrize("site", SITES)
def test_each_attachment_that_a_page_tells_of_is_fetched_once(harvested: Harvested, site: str) -> None:
    found = Counter(each.url for each in harvested.of(site, Role.ATTACHMENT) if each.status == 200)
    assert found == Counter(row.attachment for row in planted(site) if row.is_served and row.attachment)


@pytest.mark.parametrize(("site", "column"), COLUMNS, ids=[" ".join(each) for each in COLUMNS])
def test_a_list_knows_whether_it_was_complete(harvested: Harvested, site: str, column: str) -> None:
    sweep, facts = harvested.sweep(site, column), all_facts()[site].column(column)
    assert sweep.ended
    assert (sweep.found, sweep.complete) == (facts.served, facts.complete)
    assert (sweep.reason is None) == facts.complete


@pytest.mark.parametrize("site", SITES)
def test_paging_ends_soon_after_what_there_is(harvested: Harvested, site: str) -> None:
    """A column page, the pages that bring rows, and one that tells that there are no more."""
    most = sum(2 + column.pages for column in all_facts()[site].columns)
    assert len(harvested.of(site, Role.LIST)) <= most


def test_trouble_on_the_way_costs_no_document_and_no_list(tmp_path: Path) -> None:
    trouble = read_faults(
        [
            {"shows": "server_error", "path": "/zwgk/zfxxgk/.*", "first": 2},
            {"shows": "reset", "path": "/zwgk/gfxwj/.*", "first": 1},
            {"shows": "truncated", "path": "/zwgk/lswj/2.*", "first": 1},
            {"shows": "gzip_undeclared", "path": "/zwgk/lswj/.*"},
            {"shows": "cookie_first", "path": "/zwgk/zcwj/.*"},
            {"shows": "slow_body", "path": "/zwgk/zfxxgk/.*", "amount": 0.001},
        ]
    )
    harvested = harvest(tmp_path, FaultySite(FamilySites(), trouble), "static")
    well = [each for each in harvested.of("static", Role.ARTICLE) if each.status == 200]
    assert Counter(each.url for each in well) == Counter(
        row.url for row in planted("static") if row.is_served
    )
    for column in all_facts()["static"].columns:
        sweep = harvested.sweep("static", column.id)
        assert (sweep.found, sweep.complete) == (column.served, column.complete)
    outcomes = harvested.summary.portals[0].outcomes
    assert {"server_error", "reset", "challenge_cookie_redirect"} <= set(outcomes)
