"""Every family's site is recognised from its home page alone: its lists, their family, their newest rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from crawler.discovery.portal_survey import survey_portal
from crawler.discovery.probe_crawl import Seen
from crawler.registry.loading import load_registry
from gongkai.demo.server import Asked
from pipelines.response.outcome import classify_response
from tests.portals.families import FamilySites, planted
from tests.portals.families.content import all_facts
from tests.portals.material import family_portals

if TYPE_CHECKING:
    from archive.frontier.targets import PageRequest
    from crawler.discovery.probe_crawl import Column, Proposal
    from gongkai.demo.server import Answer

SITES = tuple(all_facts())
NEWEST = 3
MOST_REQUESTS = 12


def follow(sites: FamilySites, request: PageRequest, referer: str) -> Seen:
    """Answer a request as the crawler would have it: redirects followed, the outcome told."""
    url, method, body = request.url, request.method, (request.body or "").encode()
    answer = _ask(sites, url, method, body, referer)
    while answer.status in (301, 302):
        url, method, body = urljoin(url, answer.header("Location") or "/"), "GET", b""
        answer = _ask(sites, url, method, body, referer)
    headers = tuple((name.encode(), value.encode()) for name, value in answer.headers)
    outcome = classify_response(url=url, status=answer.status, headers=headers, body=answer.body)
    return Seen(request, url, answer.status, str(outcome), answer.body.decode())


def _ask(sites: FamilySites, url: str, method: str, body: bytes, referer: str) -> Answer:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"host": parts.hostname or "", "referer": referer}
    return sites.answer(Asked(target, method, parts.hostname or "", headers, body), 1)


@cache
def proposal(site: str) -> Proposal:
    """Survey a site from its home page."""
    sites, last_page = FamilySites(), all_facts()[site].home
    surveying = survey_portal(last_page)
    try:
        request = next(surveying)
        while True:
            seen = follow(sites, request, last_page)
            # An interface is asked for from the page that names it.
            last_page = seen.url if seen.text.startswith("<!DOCTYPE") else last_page
            request = surveying.send(seen)
    except StopIteration as end:
        found: Proposal = end.value
    return found


def columns(site: str, kind: str) -> list[Column]:
    return [column for column in proposal(site).columns if column.kind == kind]


@pytest.mark.parametrize("kind", ["annual_report", "policy"])
@pytest.mark.parametrize("site", SITES)
def test_the_list_of_a_kind_is_found_with_its_newest_rows(site: str, kind: str) -> None:
    found = columns(site, kind)
    lists = [column for column in all_facts()[site].columns if column.kind == kind and column.items]
    newest = {
        column.name: [row.url for row in planted(site) if row.list == column.id][:NEWEST] for column in lists
    }
    assert found
    assert [row.url for row in found[0].rows][:NEWEST] == newest[found[0].title]
    assert {column.title for column in found} <= set(newest)


@pytest.mark.parametrize("kind", ["annual_report", "policy"])
@pytest.mark.parametrize("site", SITES)
def test_the_family_of_a_list_is_that_by_which_it_is_harvested(site: str, kind: str) -> None:
    portal = load_registry(Path("no-own-portals"), family_portals()).portals[site]
    families = {each.family or portal.family for each in portal.lists if each.kind == kind}
    assert {column.family for column in columns(site, kind)} <= families


@pytest.mark.parametrize("site", SITES)
def test_a_site_is_named_and_little_is_asked_for(site: str) -> None:
    facts = all_facts()[site]
    assert (proposal(site).issuer, proposal(site).site_id_code) == (facts.body, facts.site_code)
    assert proposal(site).requests <= MOST_REQUESTS


@pytest.mark.parametrize("site", SITES)
def test_pages_with_names_like_the_one_looked_for_are_no_lists(site: str) -> None:
    proposed = {column.title for column in proposal(site).columns}
    assert not proposed & {"政府工作报告", "政府网站工作年度报表", "法治政府建设年度报告"}
