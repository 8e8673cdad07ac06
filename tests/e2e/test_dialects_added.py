"""Each dialect of each family, added over HTTP by its address alone: all of its lists, and healthy at once.

    front page ─▶ survey ─▶ DATA/portals/NAME.yaml ─▶ check, the same day ─▶ crawl ─▶ every row of every list

What the sites say is written in `tests.crawler.discovery.test_dialects`, where it is read without a network.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.targets import PageRequest
from gongkai.demo.server import Answer, html_answer
from tests.crawler.discovery.test_dialects import DAY, DIALECTS, HOME, POLICIES, REPORTS
from tests.e2e.adding import Added, add_sites
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from gongkai.demo.server import Asked

UNSERVED = ("govcn_library", "hycloud", "trs_igs", "trs_ssp")
"""Families of which `tests.portals` has no site, or one that asks in one way only: in `make test` these."""
SITES = {name: site for name, site in DIALECTS.items() if SOAK or name.startswith(UNSERVED)}
HOSTS = {name: f"d{number}.gongkai.test" for number, name in enumerate(SITES)}
IDS = {name: host.partition(".")[0] for name, host in HOSTS.items()}
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


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    homes = {IDS[name]: f"http://{host}/" for name, host in HOSTS.items()}
    data = DataDir(tmp_path_factory.mktemp("dialects"))
    done = add_sites(data, Dialects(), homes, HOSTS.values(), DAY)
    assert done.summary.state == "finished"
    return done


@series
@pytest.mark.slow
@pytest.mark.parametrize("name", SITES)
def test_a_dialect_is_added_healthy_and_whole(added: Added, name: str) -> None:
    site = IDS[name]
    assert added.surveyed[site].errors == ()
    assert (added.checked[site].found, added.checked[site].errors) == ((), ())
    # An article that is asked for again, since its connection broke, is one.
    told = ((each.url, each.context) for each in added.articles)
    articles = {(url, str(about.list_title)) for url, about in told if about and about.portal == site}
    assert Counter(title for _, title in articles) == TITLES
