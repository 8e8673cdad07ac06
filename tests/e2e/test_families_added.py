"""Each family's site, added by its address alone and crawled as it was written down, gives what was planted.

front page ─▶ survey over HTTP ─▶ DATA/portals/NAME.yaml ─▶ crawl ─▶ every report and policy document, once
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from archive.data_folder import DataDir
from crawler.registry.loading import load_registry
from tests.e2e.adding import Added, add_sites
from tests.portals.families import FamilySites, family_hosts, planted
from tests.portals.families.content import all_facts
from tests.portals.material import family_portals
from tests.soak import SOAK, series

pytestmark = series

SITES = tuple(all_facts())
CRAWLED = SITES if SOAK else tuple({facts.shape: site for site, facts in all_facts().items()}.values())
"""In `make test` one site of each shape; `test_families_harvested` crawls all, as the registry has them."""

DAY = dt.date(2026, 4, 10)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    homes = {site: facts.home for site, facts in all_facts().items()}
    data = DataDir(tmp_path_factory.mktemp("added"))
    return add_sites(data, FamilySites(), homes, family_hosts(), DAY, crawled=CRAWLED)


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


@pytest.mark.parametrize("site", CRAWLED)
def test_what_was_written_brings_every_report_and_policy_document_once(added: Added, site: str) -> None:
    found = Counter(each.url for each in added.articles if each.context and each.context.portal == site)
    expected = Counter(
        row.url for row in planted(site) if row.list in {"reports", "policy"} and row.is_served
    )
    assert expected - found == Counter(), "missed"
    known = Counter(row.url for row in planted(site) if row.is_served)
    assert found - known == Counter(), "more than there is, or twice"


def test_the_night_ends_well(added: Added) -> None:
    assert (added.summary.state, added.summary.errors) == ("finished", ())
    assert {each.portal: each.errors for each in added.summary.portals if each.errors} == {}
