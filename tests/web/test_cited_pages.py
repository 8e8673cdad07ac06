"""Pages that are no document can be cited too: by the copy that answered, and by an address that lasts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from lxml import html
from markupsafe import Markup

from gongkai.web.rendering.citations import answer_citation
from tests.web.bodies_corpus import REPORTS, XINXIANG

if TYPE_CHECKING:
    from tests.web.conftest import Site

_OLD, _NEW = (report.document for report in REPORTS if report.body is XINXIANG)


@pytest.mark.parametrize(
    ("path", "keeps"),
    [
        ("/-/coverage", "?year=2021&grid=henan"),
        ("/-/coverage?year=2020&place=410700&page=1", "?year=2020&place=410700&grid=henan"),
        ("/-/regions", "?measure=denied&year=2021&grid=henan&at_least=20"),
        (f"/-/compare?a={_OLD}&b={_NEW}", "?a="),
        (f"/gongkai/issuers/{XINXIANG.id}", f"/gongkai/issuers/{XINXIANG.id}"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_cited_with_its_copy_and_an_address_that_says_all(
    bodies_site: Site, path: str, keeps: str, language: str
) -> None:
    """A default that moves with the next night would make the citation one of another page."""
    answer = bodies_site.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    [line] = html.fromstring(answer.text).xpath("//p[@class='cite']")
    said = line.text_content()
    assert bodies_site.data.public_db.resolve().stem.removeprefix("gongkai-") in said
    assert "2026-01-31" in said
    address = re.search(r"http://[^/]+(/\S+)$", said)
    assert address
    assert keeps in address[1]
    assert bodies_site.get(address[1]).status_code == 200


def test_two_texts_of_one_document_are_told_apart(site: Site) -> None:
    """Both bear one title; a citation that names it twice says nothing."""
    [changed, *_] = site.get(
        "/gongkai.json",
        _shape="array",
        sql="SELECT min(id) AS a, max(id) AS b FROM versions GROUP BY document_id HAVING count(*) > 1",
    ).json()
    [line] = html.fromstring(site.get("/-/compare", **changed).text).xpath("//p[@class='cite']")
    assert len(set(re.findall(r"（(\d{4}-\d\d-\d\d \d\d:\d\d) 的文本）", line.text_content()))) == 2


def test_there_is_nothing_to_cite_where_nothing_is_compared(bodies_site: Site) -> None:
    assert 'class="cite"' not in bodies_site.get(f"/-/compare?a={_OLD}").text


def test_a_title_is_cited_as_it_is_read() -> None:
    """Markup is what the page needs; the line has the characters."""
    line = answer_citation(Markup("{}").format("A&B"), "http://x.example/", {"sha256": "ab", "night": None})
    assert line == "《A&B》，SHA-256 ab，http://x.example/"
