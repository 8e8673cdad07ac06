"""The first page: live counts, five questions, what differs, what changed, each with a link that leads on."""

from __future__ import annotations

import html as entities
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from lxml import html

from gongkai.web.pages.front_page import QUESTIONS
from tests.web.bodies_corpus import KAIFENG, REPORTS, XINXIANG, ZHENGZHOU

if TYPE_CHECKING:
    from tests.web.conftest import Site


def front_of(site: Site, **parameters: str) -> html.HtmlElement:
    return html.fromstring(site.get("/", **parameters).text)


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_the_first_sentence_counts_what_is_held(bodies_site: Site) -> None:
    bodies = len({report.body.name for report in REPORTS})
    assert text_of(front_of(bodies_site).xpath("//p[@class='lead']")[0]).startswith(
        f"收录 {len(REPORTS)} 份年度报告，出自 {bodies} 个机关，2019–2021 年度。"
    )


def test_the_counts_of_other_kinds_are_those_of_the_table(site: Site) -> None:
    lead = front_of(site).xpath("//p[@class='lead']")[0]
    with closing(sqlite3.connect(site.data.public_db)) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM documents GROUP BY kind"))
        [(bodies,)] = db.execute("SELECT count(DISTINCT issuer_id) FROM documents")
    assert f"{kinds.pop('annual_report')} 份年度报告，出自 {bodies} 个机关" in text_of(lead)
    shown = {link.get("href").rpartition("=")[2]: int(text_of(link).split()[0]) for link in lead.findall("a")}
    assert shown == kinds


@pytest.mark.parametrize("language", ["zh", "en"])
def test_five_questions_lead_to_their_answers(bodies_site: Site, language: str) -> None:
    links = front_of(bodies_site, lang=language).xpath("//ol[@class='questions']/li/a")
    assert [link.get("href") for link in links] == [f"/gongkai/{name}" for name in QUESTIONS]
    for link in links:
        answer = bodies_site.get(link.get("href"), lang=language)
        assert answer.status_code == 200
        assert text_of(link) in entities.unescape(answer.text)


@pytest.mark.parametrize(
    "path", ["/", "/-/search?q=公开", "/-/regions", "/gongkai/documents", "/gongkai/refused_most"]
)
def test_every_header_holds_search_questions_places_bodies_and_years(bodies_site: Site, path: str) -> None:
    [header] = html.fromstring(bodies_site.get(path).text).xpath("//header")
    [form] = header.xpath(".//form[@role='search']")
    assert (form.get("action"), form.get("method")) == ("/-/search", "get")
    [box] = form.xpath(".//input")
    assert (box.get("name"), box.get("value")) == ("q", "公开" if "q=" in path else "")
    assert form.xpath(f".//label[@for='{box.get('id')}']")
    links = header.xpath(".//nav//a/@href")
    assert links[:3] == ["/gongkai#queries", "/-/regions", "/gongkai/issuers"]
    years = sorted({report.year for report in REPORTS}, reverse=True)
    assert header.xpath(".//details//a/@href") == [f"/?year={year}" for year in years]


def test_reports_that_differ_stand_with_one_cause_and_its_identities(bodies_site: Site) -> None:
    [item] = front_of(bodies_site).xpath("//h2[@id='sums']/following-sibling::ol[1]/li")
    report = next(it for it in REPORTS if it.body is KAIFENG and it.year == 2021)
    assert item.find("a").get("href") == f"/gongkai/documents/{report.document}#checks"
    assert text_of(item) == f"{KAIFENG.name} 2021 “总计”比各项之和多1。 （1 个原因，涉及 2 项核对）"


def test_changes_and_the_newest_documents_are_listed(bodies_site: Site) -> None:
    page = front_of(bodies_site)
    [change] = page.xpath("//h2[@id='changes']/following-sibling::ol[1]/li")
    assert text_of(change) == f"{XINXIANG.name}2019年政府信息公开工作年度报告 改动 · 2026-01-31 · 对照"
    assert len(page.xpath("//h2[@id='newest']/following-sibling::ol[1]/li")) == 10


def test_each_body_has_a_link_for_each_year_that_is_held(bodies_site: Site) -> None:
    page = front_of(bodies_site)
    shown = {
        text_of(row.findall("td")[0]): {
            int(text_of(link)): link.get("href").rpartition("/")[2]
            for link in row.findall("td")[1].findall("a")
        }
        for row in page.xpath("//h2[@id='bodies']/following-sibling::table/tbody/tr")
    }
    expected: dict[str, dict[int, str]] = {}
    for report in REPORTS:
        expected.setdefault(report.body.name, {})[report.year] = report.document
    assert shown == expected
    # In the order of their codes, newest year first.
    assert next(iter(shown)) == ZHENGZHOU.name
    assert list(shown[ZHENGZHOU.name]) == [2021, 2020, 2019]


def test_the_tiles_are_those_of_the_coverage_page(bodies_site: Site) -> None:
    def tiles(path: str) -> list[tuple[str, ...]]:
        page = html.fromstring(bodies_site.get(path).text)
        places = page.xpath("//*[local-name()='svg'][@class='tiles']/*[local-name()='a']")
        return [(place.get("href"), *place.xpath("./*/text()")) for place in places]

    assert len(tiles("/")) == 18
    assert tiles("/") == tiles("/-/coverage")


def test_what_the_tiles_leave_out_is_said_beside_them(bodies_site: Site) -> None:
    """A report of a body without a code is on no tile; the picture alone would say that none is held."""
    page = html.fromstring(bodies_site.get("/").text)
    [said] = page.xpath("//p[a[contains(@href, '#beside')]]")
    assert "另有 2 个机关没有自己的行政区划代码，不在方格中，已收录其中 1 个的报告。" in said.text_content()
    [link] = said.xpath("./a/@href")
    there = html.fromstring(bodies_site.get(link.partition("#")[0]).text)
    assert len(there.xpath("//h3[@id='beside']/following-sibling::ul[1]/li")) == 2


def test_an_empty_corpus_has_no_picture_and_says_how_to_fill_it(empty_site: Site) -> None:
    for language, said in (("zh", "本库还没有文件"), ("en", "Nothing is collected yet")):
        page = front_of(empty_site, lang=language)
        assert said in text_of(page)
        assert "gongkai publish" in text_of(page)
        assert page.xpath("//*[local-name()='svg']") == []
        assert page.xpath("//table") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_link_of_the_page_leads_somewhere(bodies_site: Site, language: str) -> None:
    page = bodies_site.get("/", lang=language).text
    links = {entities.unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)}
    assert len(links) > 40
    for link in sorted(links):
        assert bodies_site.get(link).status_code == 200, link


def test_the_page_speaks_english_but_for_what_is_quoted(bodies_site: Site) -> None:
    page = front_of(bodies_site, lang="en")
    for quoted in page.xpath("//*[@lang='zh-Hans']"):
        quoted.clear(keep_tail=True)
    assert re.findall(r"[\u4e00-\u9fff]+", text_of(page.xpath("//main")[0])) == []


def test_hostile_names_are_escaped(bodies_site: Site) -> None:
    answer = bodies_site.get("/").text
    assert "<script>" not in answer
    assert "&lt;script&gt;alert(&#39;机关&#39;)" in answer
