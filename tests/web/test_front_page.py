"""The first page: live counts, five questions, what differs, what changed, each with a link that leads on."""

from __future__ import annotations

import html as entities
import re
import sqlite3
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from gongkai.web.language import speaking_language
from gongkai.web.pages.front_page import QUESTIONS, Bar, Finding
from gongkai.web.pages.page_queries import load_queries
from gongkai.web.thresholds import PAGES
from tests.web.bodies_corpus import BODIES, KAIFENG, OFFICE, REPORTS, XINXIANG
from tests.web.test_reading import served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.bodies_corpus import Body
    from tests.web.conftest import Site

WORDS = {"appeared": "出现", "changed": "改动"}


def front_of(site: Site, **parameters: str) -> html.HtmlElement:
    return html.fromstring(site.get("/", **parameters).text)


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_the_first_sentence_counts_what_is_held(bodies_site: Site) -> None:
    bodies = len({report.body.name for report in REPORTS})
    assert text_of(front_of(bodies_site).xpath("//p[@class='lead']")[0]).startswith(
        f"收录 {len(REPORTS)} 份年度报告，认出机关 {bodies} 个，2019–2021 年度。"
    )


def test_the_counts_of_other_kinds_are_those_of_the_table(site: Site) -> None:
    lead = front_of(site).xpath("//p[@class='lead']")[0]
    with closing(sqlite3.connect(site.data.public_db)) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM documents GROUP BY kind"))
        [(bodies,)] = db.execute(
            "SELECT count(DISTINCT issuer_id) FROM documents WHERE kind = 'annual_report'"
        )
    assert f"{kinds.pop('annual_report')} 份年度报告，认出机关 {bodies} 个" in text_of(lead)
    shown = {link.get("href").rpartition("=")[2]: int(text_of(link).split()[0]) for link in lead.findall("a")}
    assert shown == kinds


@pytest.mark.parametrize("language", ["zh", "en"])
def test_five_questions_lead_to_their_answers(bodies_site: Site, language: str) -> None:
    links = front_of(bodies_site, lang=language).xpath("//ol[@class='questions']/li/a")
    assert [link.get("href") for link in links] == [f"/gongkai/{name}?year=2021" for name in QUESTIONS]
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
    assert links[:3] == ["/gongkai#queries", "/-/regions", "/-/governments"]
    years = sorted({report.year for report in REPORTS}, reverse=True)
    assert header.xpath(".//details//a/@href") == [f"/?year={year}" for year in years]


def finding_of(page: html.HtmlElement, name: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Return what a finding says, and of its bars what they name, their text and their proof."""
    [section] = page.xpath(f"//section[@id='{name}']")
    links = section.xpath(".//*[local-name()='svg']/*[local-name()='a']")
    [said, *_] = section.xpath("./p|.//figcaption/strong")
    return text_of(said), [(*(it.text for it in link if it.text), link.get("href")) for link in links]


def asked_of(site: Site, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.data.public_db)) as db:
        return db.execute(sql, values).fetchall()


@pytest.mark.parametrize("year", [2019, 2021])
def test_the_rate_of_refusals_is_told_with_its_median_and_those_that_lead(
    bodies_site: Site, year: int
) -> None:
    rows = asked_of(
        bodies_site,
        "SELECT 1.0 * numerator / denominator, issuer, document_id FROM rates_by_report"
        " WHERE measure = 'denied' AND year = ? AND unranked IS NULL AND denominator >= 20"
        " ORDER BY 1 DESC, 2",
        year,
    )
    said, bars = finding_of(front_of(bodies_site, year=str(year)), "refused")
    shares = [share for share, *_ in rows]
    assert len(rows) > len(bars) == 5
    assert f"{year} 年度，{len(rows)} 份报告算得出" in said
    assert f"中位数 {median(shares):.1%}，最高 {shares[0]:.1%}（{rows[0][1]}）" in said
    assert [(text, proof) for _, text, proof in bars] == [
        (f"{share:.1%}", f"/-/rate/denied/{document}") for share, _, document in rows[:5]
    ]


def test_reports_that_differ_are_counted_with_what_could_be_checked(bodies_site: Site) -> None:
    said, bars = finding_of(front_of(bodies_site), "sums")
    report = next(it for it in REPORTS if it.body is KAIFENG and it.year == 2021)
    assert said == f"2021 年度，核对过的 10 份报告中，1 份数字对不上，最多的是{KAIFENG.name}（2 项）"
    assert bars == [(KAIFENG.name, "2", f"/gongkai/documents/{report.document}#checks")]


def test_copied_prose_is_told_with_the_comparison_that_proves_it(bodies_site: Site) -> None:
    said, bars = finding_of(front_of(bodies_site), "copied")
    rows = asked_of(
        bodies_site,
        "SELECT issuer, prose_share FROM copied_from WHERE is_previous_year AND year = 2021",
    )
    assert {bar[:2] for bar in bars} == {(body, f"{share:.1%}") for body, share in rows}
    assert [text for _, text, _ in bars] == [
        f"{share:.1%}" for _, share in sorted(rows, key=lambda row: -row[1])
    ]
    assert max(share for _, share in rows) < 0.9 == PAGES.copied_most
    assert said.startswith(f"2021 年度，{len(rows)} 份收录有上年报告的，没有一份正文九成")
    for *_, proof in bars:
        assert bodies_site.get(proof).status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "2024 年度，3 份报告算得出不予公开率，最高 50.0%（新乡市等 2 份并列）"),
        ("en", "2024: refusal rate of 3 reports: highest 50.0% (Xinxiang and others, 2 in all)"),
    ],
)
def test_of_equals_none_is_named_as_if_it_stood_first_alone(language: str, said: str) -> None:
    first = Bar({"issuer": "新乡市", "year": 2024}, 0.5, "50.0%", "/-/rate/denied/d")
    finding = Finding("refused", "few", 2024, {"n": 3}, [first], "/gongkai/refused_most", firsts=2)
    with speaking_language(language):
        assert finding.sentence.striptags() == said


@pytest.mark.parametrize(
    ("year", "counted"), [("", {"no_body": 2, "no_year": 1}), ("2024", {"no_body": 1, "no_year": 2})]
)
def test_a_report_that_names_neither_body_nor_year_is_told_once(year: str, counted: dict[str, int]) -> None:
    """Of all years among those of no body; of one year among those of no year, which each year leaves out."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(
            "CREATE TABLE documents (id, kind, issuer_id, year INTEGER, read_state, current_version_id);"
            "CREATE TABLE coverage (document_id); CREATE TABLE versions (id, form);"
            "INSERT INTO documents VALUES ('a', 'annual_report', NULL, NULL, 'read', 'v'),"
            " ('b', 'annual_report', NULL, 2024, 'read', 'v'), ('c', 'annual_report', 'i', NULL, 'read', 'v')"
        )
        db.row_factory = sqlite3.Row
        [row] = db.execute(load_queries("lists")["left_out"], {"year": year})
        assert {key: row[key] for key in counted} == counted


def test_beside_a_year_that_nothing_leads_stand_the_findings_of_all_years(bodies_site: Site) -> None:
    page = front_of(bodies_site, year="2019")
    said, bars = finding_of(page, "sums")
    assert said == "2019 年度，核对过的 7 份报告，数字都对得上"
    assert [bar[0] for bar in bars] == [f"{KAIFENG.name} 2021"]
    [title] = page.xpath("//section[@id='sums']//figcaption")
    assert text_of(title).startswith("各年度合计，核对过的 ")
    assert page.xpath("//section[@id='sums']/p/a/@href") == ["/-/checks?year="]


@pytest.mark.parametrize("year", ["2019", "2021"])
def test_only_a_finding_with_bars_says_what_a_bar_leads_to(bodies_site: Site, year: str) -> None:
    sections = front_of(bodies_site, year=year).xpath("//div[@class='findings-of-year']/section")
    drawn = [bool(section.xpath(".//figure")) for section in sections]
    assert [("点开见" in text_of(section)) for section in sections] == drawn
    assert any(drawn)


def test_the_opening_year_has_enough_governments_with_a_rate(bodies_site: Site) -> None:
    [current] = front_of(bodies_site).xpath("//nav[@class='years']/a[@aria-current]")
    assert text_of(current) == "2021 10 份"
    [other] = front_of(bodies_site, year="2020").xpath("//nav[@class='years']/a[@aria-current]")
    assert text_of(other).startswith("2020 ")


def test_the_last_night_is_told_and_the_newest_documents_are_listed(bodies_site: Site) -> None:
    page = front_of(bodies_site)
    [night] = page.xpath("//h2[@id='night']")
    kinds = dict(asked_of(bodies_site, "SELECT kind, count(*) FROM changes GROUP BY kind"))
    assert text_of(night) == "昨夜（2026-01-31）"
    assert text_of(night.getnext()).startswith(
        "、".join(f"{word} {kinds[kind]} 份" for kind, word in WORDS.items() if kind in kinds)
    )
    [change] = page.xpath("//h3[@id='changes']/following-sibling::ol[1]/li")
    assert text_of(change) == f"{XINXIANG.name}2019年政府信息公开工作年度报告 改动 · 2026-01-31 · 对照"
    assert len(page.xpath("//h3[@id='newest']/following-sibling::ol[1]/li")) == 6


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("开封", KAIFENG),
        ("开封市", KAIFENG),
        ("xinxiang", XINXIANG),
        ("Xin'xiang City", XINXIANG),
        ("财政局", OFFICE),
    ],
)
def test_my_city_leads_to_the_page_of_its_body(bodies_site: Site, place: str, body: Body) -> None:
    [form] = front_of(bodies_site).xpath("//form[@action='/-/find']")
    assert (form.get("method"), form.xpath(".//input/@name")) == ("get", ["place"])
    answer = bodies_site.get("/-/find", place=place)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/gongkai/issuers/{body.id}")


def test_where_several_bodies_or_none_may_be_meant_the_page_lists_them(bodies_site: Site) -> None:
    several = html.fromstring(bodies_site.get("/-/find", place="阳").text)
    found = {text_of(it) for it in several.xpath("//ol[@class='plain']/li/a")}
    assert found == {body.name for body in BODIES if "阳" in body.name}
    nobody = bodies_site.get("/-/find", place="三门峡")
    assert nobody.status_code == 404
    [coverage] = html.fromstring(nobody.text).xpath("//a[contains(@href, 'place=411200')]")
    assert "三门峡" in text_of(coverage)
    assert bodies_site.get("/-/find", place="x' OR 1=1 --" * 9).status_code == 404
    assert bodies_site.get("/-/find").status_code == 200


def test_of_a_long_list_the_page_says_how_many_more_there_are(tmp_path: Path) -> None:
    """Of bodies, and of reports whose body nobody can tell; the links lead to all of them."""
    named = "UPDATE {0} SET id = printf('%016d', {2}), {1}; INSERT INTO {3} SELECT * FROM {0}"
    one, unknown = "name = '某县第{0}局'", "url = 'http://x.example/{0}', title = '某县的报告'"
    site = served(
        tmp_path,
        "CREATE TEMP TABLE body AS SELECT * FROM issuers LIMIT 1",
        "CREATE TEMP TABLE report AS SELECT * FROM documents WHERE kind = 'annual_report' LIMIT 1",
        "UPDATE report SET issuer = NULL, issuer_id = NULL, current_version_id = NULL",
        *(
            statement
            for number in range(201)
            for statement in named.format("body", one.format(number), number, "issuers").split("; ")
        ),
        *(
            statement
            for number in range(21)
            for statement in named.format("report", unknown.format(number), number, "documents").split("; ")
        ),
    )
    page = html.fromstring(site.get("/-/find", place="某县").text)
    assert "与“某县”相符的机关 201 个 这里列出前 200 个。" in text_of(page)
    assert "认不出是哪个机关的年度报告 21 份： 这里列出前 20 个。" in text_of(page)
    for whole, count in zip(page.xpath("//a[text()='全部']/@href"), (201, 21), strict=True):
        assert len(site.get(whole.replace("?", ".json?_shape=array&_size=max&")).json()) == count


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
