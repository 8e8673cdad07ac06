"""The portals that ship: whole, harmless until somebody enables them, and of one mind with the roster."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.policy.politeness import NightHours
from crawler.registry.loading import load_portal, shipped_folder
from pipelines.addresses import scope_key
from pipelines.bodies.body_names import describe_body, name_of_body
from pipelines.bodies.regions import region_by_code
from pipelines.bodies.roster import make_roster, shipped_tables

if TYPE_CHECKING:
    from crawler.registry.portals import Portal

NAMES = sorted(path.stem for path in shipped_folder().glob("*.yaml"))
ROSTER = make_roster(shipped_tables())
NIGHT = NightHours(dt.time(22), dt.time(7))


@functools.cache
def _shipped(name: str) -> Portal:
    return load_portal(shipped_folder() / f"{name}.yaml")


@pytest.fixture(params=NAMES)
def portal(request: pytest.FixtureRequest) -> Portal:
    return _shipped(request.param)


def test_there_are_at_least_sixty() -> None:
    assert len(NAMES) >= 60


def test_a_shipped_portal_asks_nobody_before_it_is_enabled_and_says_where_it_is_from(portal: Portal) -> None:
    assert (portal.enabled, portal.verified) == (False, False)
    assert portal.lists
    assert portal.evidence
    assert portal.delay_s >= 5
    assert portal.night_hours == NIGHT


def test_a_shipped_portal_stands_on_government_hosts(portal: Portal) -> None:
    assert all(host.partition(":")[0].endswith(".gov.cn") or host == "gov.cn" for host in portal.own_hosts)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_portal_begins_with_what_is_weak_in_it(name: str) -> None:
    assert name.isascii()
    assert (shipped_folder() / f"{name}.yaml").read_text("utf-8").startswith("# ")


def test_the_body_of_a_shipped_portal_is_named_in_full_and_placed_as_in_the_roster(portal: Portal) -> None:
    assert region_by_code(portal.region_code or "") is not None
    if portal.issuer is None:
        return
    assert name_of_body(portal.issuer, ROSTER) == portal.issuer
    assert describe_body(portal.issuer, ROSTER, portal.region_code).region_code == portal.region_code


def test_a_shipped_portal_stands_where_the_roster_says_that_its_body_does(portal: Portal) -> None:
    entry = ROSTER.entries.get(portal.issuer or "")
    if entry is not None and entry.home_url is not None:
        assert scope_key(entry.home_url) == scope_key(portal.home_url)


def test_no_two_shipped_portals_are_one_and_no_list_is_walked_twice() -> None:
    portals = [_shipped(name) for name in NAMES]
    homes = Counter(scope_key(portal.home_url) for portal in portals)
    requests = Counter(
        portal.first_request(each.url).as_text() for portal in portals for each in portal.lists
    )
    assert [home for home, times in homes.items() if times > 1] == []
    assert [request for request, times in requests.items() if times > 1] == []


def test_the_state_councils_policy_library_ships() -> None:
    library = _shipped("govcn")
    assert library.family == "govcn_library"
    kinds = [parse_qs(urlsplit(each.url).query)["t"] for each in library.lists]
    assert kinds == [["zhengcelibrary_gw"], ["zhengcelibrary_bm"]]


def test_the_interface_of_henan_ships_with_a_list_for_each_channel() -> None:
    henan = _shipped("henan")
    assert (henan.family, henan.region_code) == ("json_list", "410000")
    channels = {parse_qs(urlsplit(each.url).query)["channelMarkId"][0] for each in henan.lists}
    assert len(channels) == len(henan.lists) == 4


def test_annual_reports_are_among_the_lists_of_every_level() -> None:
    portals = [_shipped(name) for name in NAMES]
    reporting = [one for one in portals if any(each.kind == "annual_report" for each in one.lists)]
    levels = Counter(describe_body(one.issuer or "", ROSTER).level for one in reporting)
    assert levels["national"] >= 9
    assert sum(levels.values()) >= 35
