"""What a search hands out: the file of all that its page found, and the feed of new documents."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from tests.e2e.content import rows

if TYPE_CHECKING:
    from tests.web.conftest import Site

ATOM = "{http://www.w3.org/2005/Atom}"
CHOICES = pytest.mark.parametrize(
    "chosen",
    [
        pytest.param({}, id="all"),
        pytest.param({"year": "2020"}, id="a year"),
        pytest.param({"year": "-"}, id="no year"),
        pytest.param({"kind": "policy"}, id="a kind"),
        pytest.param({"region": "41"}, id="a place"),
        pytest.param({"year": "2019", "kind": "annual_report"}, id="two choices"),
    ],
)


def _issuer(site: Site) -> str:
    [(issuer, *_)] = rows(site.data.public_db, "SELECT id FROM issuers WHERE name = '青川市人民政府'")
    return str(issuer)


def _link(page: str, ending: str) -> str:
    [link] = re.findall(rf'<a rel="nofollow" href="(/-/[^"]*{re.escape(ending)}\?[^"]*)">', page)
    return html.unescape(link)


@CHOICES
@pytest.mark.parametrize("with_body", [False, True], ids=["any body", "one body"])
def test_the_file_holds_what_the_page_found_narrowed_as_it_is(
    site: Site, chosen: dict[str, str], with_body: bool
) -> None:
    """As many passages in as many documents as the page counts."""
    chosen = {**chosen, "issuer": _issuer(site)} if with_body else chosen
    counted = site.get("/-/search.json", q="公开", **chosen).json()
    page = site.get("/-/search", q="公开", **chosen).text
    if not counted["passages"]:
        assert "passages_found.csv" not in page
        return
    answer = site.get(_link(page, "passages_found.csv"))
    *taken, end = answer.text.splitlines(keepends=True)
    found = list(csv.DictReader(io.StringIO("".join(taken))))
    assert end.startswith(f"# COMPLETE rows={len(found)} ")
    assert len({row["出处"] for row in found}) == counted["passages"]
    assert len({row["链接"].partition("#")[0] for row in found}) == counted["documents"]


@CHOICES
def test_the_feed_holds_the_documents_that_the_page_counts(site: Site, chosen: dict[str, str]) -> None:
    """Each new document that holds the words, and only within what is chosen."""
    counted = site.get("/-/search.json", q="公开", **chosen).json()
    page = site.get("/-/search", q="公开", **chosen).text
    path = _link(page, "search.atom")
    assert '<link rel="alternate" type="application/atom+xml"' in page
    answer = site.get(path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(answer.content)
    entries = root.findall(f"{ATOM}entry")
    documents = {entry.find(f"{ATOM}link[@rel='alternate']").get("href") for entry in entries}
    assert len(documents) == counted["documents"]
    updated = [entry.findtext(f"{ATOM}updated") for entry in entries]
    assert updated == sorted(updated, reverse=True)
    [own] = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == "http://localhost" + path


def test_each_search_is_a_feed_of_its_own(site: Site) -> None:
    """Two feeds with one id would be one to a reader of feeds."""
    paths = [f"/-/feeds/search.atom?q={asked}" for asked in ("公开", "公开&year=2020", "申请")]
    ids = {etree.fromstring(site.get(path).content).findtext(f"{ATOM}id") for path in paths}
    assert len(ids) == len(paths)


@pytest.mark.parametrize("query", ["", "  ", "长" * 400], ids=["nothing", "blanks", "too long"])
def test_a_feed_of_no_words_is_refused(site: Site, query: str) -> None:
    assert site.get("/-/feeds/search.atom", q=query).status_code == 400


def test_robots_are_kept_out_of_it(site: Site) -> None:
    assert "Disallow: /-/feeds/search" in site.get("/robots.txt").text
    assert "noindex" in site.get("/-/feeds/search.atom", q="公开").headers["x-robots-tag"]
