"""Links that cost work and show nothing new say so to robots: `rel=nofollow` on every page that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Site

COSTLY = ("/-/compare", "/-/search", "/-/feeds/search")
REORDERING = {"_sort", "_sort_desc", "_facet", "_facet_size"}
PAGES = (
    "/",
    "/-/download",
    "/-/compare",
    "/-/checks",
    "/-/coverage",
    "/-/regions",
    "/-/changes",
    "/-/copied",
    "/-/followup",
    "/-/search?q=公开",
    "/-/search?q=公开&year=2020",
    "/gongkai/documents",
    "/gongkai/documents?kind=annual_report",
    "/gongkai/year_on_year",
    "/gongkai/least_new_text",
)


def _is_costly(target: str, page: str) -> bool:
    """Return whether a link leads to a file, a search, a comparison, or the same list in another order."""
    place = urlsplit(target)
    arguments = set(parse_qs(place.query))
    if "lang" in arguments:  # the same page in the other language
        return False
    if place.path.startswith("/-/export"):
        return True
    if place.path.startswith(COSTLY):
        return bool(arguments)
    return place.path == urlsplit(page).path and bool(arguments & REORDERING)


def _rows(site: Site) -> list[str]:
    return [
        f"/gongkai/{table}/{row['id']}"
        for table in ("documents", "issuers", "versions", "sections")
        for row in site.get(f"/gongkai/{table}.json", _shape="array", _size="3").json()
    ]


def test_no_robot_is_led_to_what_costs_work(site: Site) -> None:
    """Files, comparisons, searches, facets and orders, wherever they are linked."""
    marked = set()
    for page in (*PAGES, *_rows(site)):
        answer = site.get(page)
        assert answer.status_code == 200, page
        for link in lxml.html.document_fromstring(answer.text).iter("a"):
            target = link.get("href") or ""
            if _is_costly(target, page):
                assert "nofollow" in (link.get("rel") or "").split(), (page, target)
                marked.add(urlsplit(target).path.partition(".")[0])
    assert {"/-/compare", "/-/search", "/-/export/documents", "/gongkai/documents"} <= marked


@pytest.mark.parametrize("page", ["/gongkai/documents", "/gongkai/checks?outcome=fail"])
def test_facets_are_marked_and_rows_are_not(bodies_site: Site, page: str) -> None:
    """What only narrows a list is not for walking; what a list leads to is."""
    tree = lxml.html.document_fromstring(bodies_site.get(page).text)
    facets = tree.xpath('//*[@class="facet"]//a')
    assert facets
    assert {link.get("rel") for link in facets} == {"nofollow"}
    rows = tree.xpath('//td//a[starts-with(@href, "/gongkai/documents/")]')
    assert rows
    assert {link.get("rel") for link in rows} == {None}
