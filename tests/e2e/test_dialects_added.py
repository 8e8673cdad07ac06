"""Each dialect of each family, added over HTTP by its address alone: all of its lists, and healthy at once.

    front page ─▶ survey ─▶ DATA/portals/NAME.yaml ─▶ check, the same day ─▶ crawl ─▶ every row of every list

What the sites say is written in `tests.crawler.discovery.test_dialects`, where it is read without a network.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.targets import PageRequest
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
from gongkai.demo.answers import Answer, html_answer
from gongkai.demo.server import DemoServer
from tests.crawler.discovery.test_dialects import DAY, DIALECTS, HOME, POLICIES, REPORTS
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from crawler.run.plan import Surveyed
    from gongkai.demo.answers import Asked

UNSERVED = ("govcn_library", "hycloud", "trs_igs", "trs_ssp")
"""Families of which `tests.portals` has no site, or one that asks in one way only: in `make test` these."""
SITES = {name: site for name, site in DIALECTS.items() if SOAK or name.startswith(UNSERVED)}
HOSTS = {name: f"d{number}.gongkai.test" for number, name in enumerate(SITES)}
NIGHT = f"{DAY}T03:00:00+08:00"
TITLES = Counter(title for _, title, _ in [*REPORTS, *POLICIES])


class Dialects:
    """All sites on one server, told apart by host."""

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer as a site does; what it knows nothing of is not there."""
        del night
        name = next(name for name, host in HOSTS.items() if host == asked.host)
        request = PageRequest(HOME.rstrip("/") + asked.target, asked.body.decode() or None)
        try:
            text = SITES[name](request)
        except (KeyError, IndexError):
            text = None
        if text is None or asked.path == "/robots.txt":
            return html_answer(b"<html><body>404 Not Found</body></html>", status=404)
        body = text.replace(HOME, f"http://{asked.host}/").encode()
        kind = "application/json" if text.startswith("{") else "text/html"
        return Answer(200, (("Content-Type", f"{kind}; charset=utf-8"),), body)


@dataclass(frozen=True)
class Added:
    """What became of all sites: what `add` could not do, what `check` said, the rows that lists led to."""

    surveyed: dict[str, Surveyed]
    checked: dict[str, Surveyed]
    listed: dict[str, Counter[str]]


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    data = DataDir(tmp_path_factory.mktemp("dialects"))
    data.make()
    ids = {host.partition(".")[0]: name for name, host in HOSTS.items()}
    homes = {site: f"http://{HOSTS[name]}/" for site, name in ids.items()}
    orders = [
        SurveyOrder(site_at(site, home), functools.partial(survey_portal, home))
        for site, home in homes.items()
    ]
    with DemoServer(Dialects()) as server:
        connect_to = dict.fromkeys(HOSTS.values(), f"127.0.0.1:{server.port}")
        surveyed = survey_sites(orders, data=data, now=NIGHT, connect_to=connect_to).surveyed
        for one in surveyed:
            written = one.found and write_portal(one.found, one.site, DAY)
            if written:
                (data.portals / f"{one.site}.yaml").write_text(written.text, "utf-8")
        registry = load_registry(data.portals, shipped=data.root / "none")
        assert registry.mismatches == {}
        portals = tuple(registry.portals.values())
        looks = [SurveyOrder(site_of(one), functools.partial(check_portal, one)) for one in portals]
        checked = survey_sites(looks, data=data, now=NIGHT, connect_to=connect_to).surveyed
        assert crawl(portals, data=data, now=NIGHT, connect_to=connect_to).state == "finished"
    # An article that is asked for again, since its connection broke, is one.
    articles = {
        (ids[str(item.context.portal)], item.url, str(item.context.list_title))
        for path in archive_files(data.warc)
        for item in read_archive(path)
        if isinstance(item, StoredCapture) and item.context and item.context.role is Role.ARTICLE
    }
    listed = {name: Counter(title for site, _, title in articles if site == name) for name in SITES}
    return Added({ids[one.site]: one for one in surveyed}, {ids[one.site]: one for one in checked}, listed)


@series
@pytest.mark.slow
@pytest.mark.parametrize("name", SITES)
def test_a_dialect_is_added_healthy_and_whole(added: Added, name: str) -> None:
    assert added.surveyed[name].errors == ()
    assert (added.checked[name].found, added.checked[name].errors) == ((), ())
    assert added.listed[name] == TITLES
