"""Each family's site, added by its address alone and crawled as it was written down, gives what was planted.

front page ─▶ survey over HTTP ─▶ DATA/portals/NAME.yaml ─▶ crawl ─▶ every report and policy document, once
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.warc.entries import Role, StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive
from crawler.discovery.drift import check_portal
from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.portal_yaml import write_portal
from crawler.registry.loading import load_registry
from crawler.registry.portals import site_at, site_of
from crawler.run.parent import crawl, survey_sites
from crawler.run.plan import SurveyOrder
from gongkai.demo.server import DemoServer
from tests.portals.families import FamilySites, family_hosts, planted
from tests.portals.families.content import all_facts
from tests.portals.material import family_portals

if TYPE_CHECKING:
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary, Surveyed

SITES = tuple(all_facts())
NIGHT = "2026-04-10T03:00:00+08:00"
DAY = dt.date(2026, 4, 10)


@dataclass(frozen=True)
class Added:
    """What became of all sites."""

    surveyed: dict[str, Surveyed]
    portals: dict[str, Portal]
    summary: CrawlSummary
    found: dict[str, Counter[str]]
    checked: dict[str, Surveyed]


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    data = DataDir(tmp_path_factory.mktemp("added"))
    data.make()
    orders = [
        SurveyOrder(site_at(site, facts.home), functools.partial(survey_portal, facts.home))
        for site, facts in all_facts().items()
    ]
    with DemoServer(FamilySites()) as server:
        connect_to = dict.fromkeys(family_hosts(), f"127.0.0.1:{server.port}")
        surveyed = survey_sites(orders, data=data, now=NIGHT, connect_to=connect_to).surveyed
        for one in surveyed:
            written = one.found and write_portal(one.found, one.site, DAY)
            if written:
                (data.portals / f"{one.site}.yaml").write_text(written.text, "utf-8")
        registry = load_registry(data.portals, shipped=data.root / "none")
        assert registry.mismatches == {}
        portals = tuple(registry.portals.values())
        summary = crawl(portals, data=data, now=NIGHT, connect_to=connect_to)
        looks = [SurveyOrder(site_of(one), functools.partial(check_portal, one)) for one in portals]
        checked = survey_sites(looks, data=data, now=NIGHT, connect_to=connect_to).surveyed
    found = {site: Counter[str]() for site in SITES}
    for path in archive_files(data.warc):
        for item in read_archive(path):
            if isinstance(item, StoredCapture) and item.context and item.context.role is Role.ARTICLE:
                found[str(item.context.portal)][item.url] += 1
    return Added(
        {one.site: one for one in surveyed},
        dict(registry.portals),
        summary,
        found,
        {one.site: one for one in checked},
    )


@pytest.mark.parametrize("site", SITES)
def test_a_site_is_recognised_from_its_front_page(added: Added, site: str) -> None:
    one = added.surveyed[site]
    assert (one.errors, one.notes) == ((), ())
    registered = load_registry(family_portals(), shipped=family_portals()).get(site)
    portal = added.portals[site]
    families = {each.kind: each.family or portal.family for each in portal.lists}
    expected = {each.kind: each.family or registered.family for each in registered.lists if each.kind}
    assert families == {kind: expected[str(kind)] for kind in families}
    assert set(families) == {"annual_report", "policy"}


@pytest.mark.parametrize("site", SITES)
def test_a_site_is_healthy_on_the_day_on_which_it_is_added(added: Added, site: str) -> None:
    assert (added.checked[site].found, added.checked[site].errors) == ((), ())


@pytest.mark.parametrize("site", SITES)
def test_what_was_written_brings_every_report_and_policy_document_once(added: Added, site: str) -> None:
    expected = Counter(
        row.url for row in planted(site) if row.list in {"reports", "policy"} and row.is_served
    )
    assert expected - added.found[site] == Counter(), "missed"
    known = Counter(row.url for row in planted(site) if row.is_served)
    assert added.found[site] - known == Counter(), "more than there is, or twice"


def test_the_night_ends_well(added: Added) -> None:
    assert (added.summary.state, added.summary.errors) == ("finished", ())
    assert {each.portal: each.errors for each in added.summary.portals if each.errors} == {}
