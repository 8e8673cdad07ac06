"""Every figure on a page is that of the corpus: a walk over the pages reads them and asks again by SQL.

The corpus is the one of governments with known figures, in which reports name no body, no year and no title,
one is suppressed, and years pass without any report.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from tests.browser.page_kinds import in_language
from tests.e2e.content import rows
from tests.web.bodies_corpus import (
    ANYANG,
    KAIFENG,
    LUOYANG,
    PINGDINGSHAN,
    PORTALS,
    REPORTS,
    XINXIANG,
    ZHENGZHOU,
    build_bodies,
)
from tests.web.conftest import Site
from tests.web.walking import shape, walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

_NAMELESS = "file:///0123456789ab/%E5%B9%B4%E6%8A%A5.txt"


def _report(body: object, year: int) -> str:
    return next(it.document for it in REPORTS if it.body is body and it.year == year)


@pytest.fixture(scope="module")
def odd_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The application over a corpus of which not all is known."""
    data = DataDir(tmp_path_factory.mktemp("odd"))
    data.make()
    build_bodies(data.corpus_db)
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        unnamed = (_report(KAIFENG, 2021), _report(LUOYANG, 2020))
        db.execute("UPDATE documents SET issuer = NULL, issuer_id = NULL WHERE id IN (?, ?)", unnamed)
        db.execute("UPDATE documents SET title = NULL, url = ? WHERE id = ?", (_NAMELESS, unnamed[1]))
        db.execute("UPDATE documents SET year = NULL WHERE id = ?", (_report(PINGDINGSHAN, 2019),))
        db.execute(
            "DELETE FROM relations WHERE from_document_id IN (?, ?) OR to_document_id IN (?, ?)", unnamed * 2
        )
        [(hidden,)] = db.execute("SELECT url FROM documents WHERE id = ?", (_report(ANYANG, 2021),))
    (data.root / "suppressions.yaml").write_text(
        f"- url: {hidden}\n  reason: 个人信息\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    return Site(data, datasette_app(data))


_MORE = (
    *("/-/copied?year=2021", "/-/checks?year=2021", "/-/coverage?year=2024"),
    *("/-/regions?measure=disclosed&year=2019", "/-/regions?measure=denied&year=2020&grid=henan"),
    *(f"/gongkai/issuers/{body.id}" for body in (XINXIANG, KAIFENG)),
    f"/-/governments?id={XINXIANG.id}&id={KAIFENG.id}&id={ZHENGZHOU.id}",
    *(f"/gongkai/portals/portal-{body.id}" for body in PORTALS),
)
"""Pages that no link of the walk may lead to."""


@pytest.fixture(scope="module")
def pages(odd_site: Site) -> Mapping[str, HtmlElement]:
    """The pages of a walk, by address."""
    found = {}
    for address, answer in walked(odd_site, *_MORE):
        assert answer.status_code == 200, address
        if answer.headers["content-type"].startswith("text/html"):
            found[address] = html.fromstring(answer.text)
    return found


@pytest.fixture(scope="module")
def english_pages(odd_site: Site, pages: Mapping[str, HtmlElement]) -> Mapping[str, HtmlElement]:
    """The first page of each shape of the walk, in English, by its address without the language."""
    first = {shape(address): address for address in reversed(list(pages))}
    asked = {address: odd_site.get(in_language(address, "en")) for address in first.values()}
    return {address: html.fromstring(answer.text) for address, answer in asked.items()}


def _said(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _numbers(text: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)]


def test_a_figure_is_what_its_proof_has(odd_site: Site, pages: Mapping[str, HtmlElement]) -> None:
    printed = dict(
        rows(odd_site.data.public_db, "SELECT id, ifnull(raw, value) FROM facts WHERE value IS NOT NULL")
    )
    told = [
        (address, figure.getparent().get("href").rpartition("/")[2], _said(figure))
        for address, page in pages.items()
        for figure in page.xpath("//a[contains(@href, '/-/proof/')]/data")
    ]
    assert [it for it in told if it[2] != printed[it[1]]] == []
    assert len(told) > 100


def test_a_share_is_its_parts(pages: Mapping[str, HtmlElement]) -> None:
    told = re.compile(r"([\d.]+)%\s*([\d,]+)/([\d,]+)")
    shares = [
        (address, match)
        for address, page in pages.items()
        for place in page.xpath("//*[span[@class='parts']]")
        for match in told.finditer(_said(place))
    ]
    for address, match in shares:
        [part], [whole] = _numbers(match[2]), _numbers(match[3])
        assert abs(float(match[1]) - 100 * part / whole) <= 0.05 + 1e-9, (address, match[0])
    assert len(shares) > 10


def test_a_page_has_the_same_figures_in_english(
    pages: Mapping[str, HtmlElement], english_pages: Mapping[str, HtmlElement]
) -> None:
    for address, page in english_pages.items():
        assert page.get("lang") == "en", address
        in_both = [it.xpath("//main//data/@value") for it in (pages[address], page)]
        assert in_both[0] == in_both[1], address


def _counted_links(pages: Mapping[str, HtmlElement]) -> Iterator[tuple[str, str, int]]:
    """Yield what links to rows of a table say of how many there are: page, link, number."""
    for address, page in pages.items():
        for link in page.xpath("//main//a[starts-with(@href, '/gongkai/')]"):
            place, said = urlsplit(link.get("href")), _said(link)
            if place.path.count("/") == 2 and place.query and (found := _COUNT.search(said)):
                [number] = _numbers(found[1])
                yield address, f"{place.path}.json?{place.query}", number


_COUNT = re.compile(r"(\d[\d,]*) ?(?:份|个|行|条|段|项)")


def test_a_link_that_counts_rows_leads_to_so_many(odd_site: Site, pages: Mapping[str, HtmlElement]) -> None:
    counts = {(link, number): address for address, link, number in _counted_links(pages)}
    for (link, number), address in counts.items():
        found = odd_site.get(f"{link}&_size=1").json()["filtered_table_rows_count"]
        assert found == number, (address, unquote(link))
    assert len(counts) > 5


# What stands alone: of a body and year one report, and each whose body or year is not known.
_STANDS = """
WITH stands AS (
    SELECT * FROM documents WHERE kind = 'annual_report' AND (
        issuer_id IS NULL OR year IS NULL OR id IN (SELECT document_id FROM primary_reports))
)
"""
_FAILING = """
SELECT count(*), count(DISTINCT s.id) FROM stands AS s JOIN checks AS c ON c.version_id = s.current_version_id
WHERE c.outcome = 'fail' AND c.severity = 'error' AND c.explained_by IS NULL
    AND c.difference IS NOT NULL
"""
_APART = """
SELECT count(*) FROM stands AS s JOIN novelty_by_report AS n ON n.document_id = s.id
LEFT JOIN documents AS p ON p.id = n.previous_document_id
WHERE (p.current_version_id IS NULL OR s.issuer_id IS NULL OR s.year IS NULL)
"""
_HELD = """
SELECT count(*), count(DISTINCT issuer_id), min(year), max(year) FROM documents WHERE kind = 'annual_report'
"""
_COUNT_OF_ERRORS = "//section[h2[@id='of-error']]/p[@class='count']"
_FIGURES = (
    ("/", "//p[@class='lead']", _HELD),
    ("/-/checks", _COUNT_OF_ERRORS, _FAILING),
    ("/-/checks?year=2021", _COUNT_OF_ERRORS, _FAILING + "AND s.year = 2021"),
    ("/-/copied", "//h3[@id='apart']/following-sibling::p[1]", _APART),
    ("/-/copied?year=2021", "//h3[@id='apart']/following-sibling::p[1]", _APART + "AND s.year = 2021"),
)


@pytest.mark.parametrize(("address", "place", "sql"), _FIGURES, ids=[it[0] for it in _FIGURES])
def test_a_sentence_counts_what_the_corpus_has(
    odd_site: Site, pages: Mapping[str, HtmlElement], address: str, place: str, sql: str
) -> None:
    [told] = pages[address].xpath(place)
    [expected] = rows(odd_site.data.public_db, _STANDS + sql)
    assert tuple(_numbers(_said(told))[: len(expected)]) == expected
    assert any(expected)


_UNNAMED = """
SELECT id FROM documents WHERE kind = 'annual_report' AND issuer_id IS NULL ORDER BY ifnull(title, url)
"""


def test_a_ranking_by_rate_lists_reports_whose_body_is_not_known(odd_site: Site) -> None:
    """Last, by their titles, with the reason; so they are not among those that it leaves out."""
    ranked = odd_site.get("/gongkai/refused_most.json", _shape="array").json()
    held = rows(odd_site.data.public_db, _UNNAMED)
    assert held == [(row["链接"].rpartition("/")[2],) for row in ranked if row["机关链接"] is None]
    unnamed = ranked[-len(held) :]
    assert len(unnamed) > 2
    for row in unnamed:
        assert (row["名次"], row["未列入原因"]) == (None, "认不出是哪个机关的年报 / its body is not known")
    page = odd_site.get("/gongkai/refused_most", year="").text
    assert all(f'href="{row["链接"]}"' in page for row in unnamed)
    assert ("年报未印机关的" in page, "年报未印年度的" in page, "file://" in page) == (False, True, False)
    assert "年报未印机关的" in odd_site.get("/gongkai/most_blank_cells", year="").text
    of_year = html.fromstring(odd_site.get("/gongkai/refused_most", year="2021").text)
    [told] = of_year.xpath("//p[contains(@class, 'left-out')]")
    [count] = told.xpath("./text()[contains(., '年报未印年度的')]/following-sibling::a[1]")
    address = count.get("href").replace("documents?", "documents.json?_shape=array&")
    listed = odd_site.get(address).json()
    assert _said(count) == f"{len(listed)} 份"
    assert {row["year"] for row in listed} == {None}
    some = odd_site.get("/gongkai/refused_most.json", _shape="array", region="河南").json()
    assert None not in {row["机关链接"] for row in some}


def test_my_city_is_told_of_reports_whose_body_is_not_known(odd_site: Site) -> None:
    """Who is led to the one body that there is would take its reports for all that are held of the place."""
    page = odd_site.get("/-/find", place="开封")
    assert page.status_code == 200
    assert f'href="/gongkai/issuers/{KAIFENG.id}"' in page.text
    assert f'href="/gongkai/documents/{_report(KAIFENG, 2021)}"' in page.text
    assert 'href="/-/governments?place=410200"' in page.text


# Shares, as every page defines them: of reports whose cells are all stated and agree; of at least so many
# cases where places and bodies are ranked.
_SHARES = """
SELECT i.name, i.id, i.region_code, i.kind, i.level, r.year, r.numerator, r.denominator
FROM rates_by_report AS r JOIN issuers AS i ON i.id = r.issuer_id
WHERE r.unranked IS NULL AND r.measure = '{}'
"""
_LEAST = 20
_NEIGHBOURS = 5


def _shares(site: Site, measure: str) -> list[dict[str, Any]]:
    columns = ("name", "id", "code", "kind", "level", "year", "part", "whole")
    found = [
        dict(zip(columns, row, strict=True)) for row in rows(site.data.public_db, _SHARES.format(measure))
    ]
    return [row | {"share": row["part"] / row["whole"]} for row in found]


def _finding(page: HtmlElement, figure: str) -> tuple[str, list[str]]:
    """Return the sentence over a figure, and the texts that are drawn in it."""
    [found] = page.xpath(f"//figure[@id='picture-{figure}']")
    texts = [_said(it) for it in found.xpath(".//*[local-name()='text']")]
    return _said(found.find("figcaption/strong")), texts


def test_places_are_the_shares_of_their_governments(odd_site: Site, pages: Mapping[str, HtmlElement]) -> None:
    seen = 0
    for address, page in pages.items():
        if urlsplit(address).path != "/-/regions" or page.get("lang") == "en":
            continue
        [measure], [year] = (
            page.xpath(f"//form//*[@name='{name}']{value}")
            for name, value in (("measure", "/option[@selected]/@value"), ("year", "/@value"))
        )
        if measure not in {"denied", "disclosed"}:
            continue
        shares = [
            it
            for it in _shares(odd_site, measure)
            if it["year"] == int(year) and it["whole"] >= _LEAST and it["kind"] == "government" and it["code"]
        ]
        shares.sort(key=lambda it: it["share"])
        sentence, _ = _finding(page, "places")
        middle = median(it["share"] for it in shares)
        assert f"{len(shares)} 个政府的中位数 {middle:.1%}" in sentence, address
        ends = re.findall(r"最[高低]（([\d.]+%)）", sentence)
        assert ends == [f"{it['share']:.1%}" for it in (shares[-1], shares[0])], address
        drawn = {
            link.get("href").rpartition("/")[2]: _said(link)
            for link in page.xpath("//figure[@id='picture-places']//*[local-name()='a']")
            if "%" in _said(link)
        }
        seen += 1
        if page.xpath("//select[@name='grid']/option[@selected]/@value") == ["china"]:
            [province] = drawn.values()
            assert f"{middle:.1%}" in province
            assert f"n={len(shares)}" in province
            continue
        assert drawn.keys() == {it["id"] for it in shares}
        assert all(f"{it['share']:.1%}" in drawn[it["id"]] for it in shares), address
    assert seen >= 3


def test_the_front_leads_with_what_the_corpus_has(odd_site: Site, pages: Mapping[str, HtmlElement]) -> None:
    for year in (2021, 2020, 2019):
        page = pages[f"/?year={year}"]
        shares = sorted(
            it["share"] for it in _shares(odd_site, "denied") if it["year"] == year and it["whole"] >= _LEAST
        )
        sentence, drawn = _finding(page, "refused")
        assert f"{year} 年度，{len(shares)} 份报告算得出不予公开率" in sentence
        assert f"最高 {shares[-1]:.1%}" in sentence
        assert (f"中位数 {median(shares):.1%}" in sentence) == (len(shares) >= _NEIGHBOURS)
        assert [text for text in drawn if re.fullmatch(r"[\d.]+%", text)] == [
            f"{share:.1%}" for share in reversed(shares[-5:])
        ]


def test_a_ranking_says_the_median_of_what_it_ranks(odd_site: Site, pages: Mapping[str, HtmlElement]) -> None:
    page = pages["/gongkai/refused_most?year=2021"]
    shares = sorted(
        it["share"] for it in _shares(odd_site, "denied") if it["year"] == 2021 and it["whole"] >= _LEAST
    )
    [told] = page.xpath("//p[@class='lead']")
    assert f"列入排名的 {len(shares)} 份报告，中位数 {median(shares):.2%}" in _said(told)
    assert _said(told).endswith(f"{shares[-1]:.2%}。")


def test_of_equals_none_is_the_first_and_tables_are_no_reports(odd_site: Site) -> None:
    page = html.fromstring(odd_site.get("/gongkai/most_blank_cells", year="2021").text)
    shares = [_said(cell) for cell in page.xpath("//td[contains(@class, 'measured')]")]
    [told] = page.xpath("//p[@class='lead']")
    assert ("排在首位" in _said(told)) == (shares[0] != shares[1])
    drawn = [_said(note) for note in page.xpath("//figure/figcaption/span")]
    assert drawn == [f"图为 {min(len(shares), 30)} 张表格。"] * len(drawn)


def test_bodies_of_a_ranking_have_english_names_on_its_english_page(odd_site: Site) -> None:
    page = html.fromstring(odd_site.get("/gongkai/refused_most", year="2021", lang="en").text)
    named = [_said(cell) for cell in page.xpath("//td[contains(@class, 'body')]/a")]
    assert any(name.endswith("People's Government 新乡市人民政府") for name in named)


def test_a_page_behind_the_last_is_the_last(odd_site: Site) -> None:
    last, behind = (odd_site.get("/gongkai/refused_most", year="2021", page=page) for page in ("1", "99"))
    assert html.fromstring(last.text).xpath("//tbody")
    assert len(html.fromstring(behind.text).xpath("//tbody/tr")) == len(
        html.fromstring(last.text).xpath("//tbody/tr")
    )


def test_the_first_three_are_those_of_the_ranking(odd_site: Site) -> None:
    """In another order the first rows are not, nor is what is not ranked."""
    shares = sorted(
        (it for it in _shares(odd_site, "denied") if it["whole"] >= _LEAST), key=lambda it: -it["share"]
    )
    for year, order in (("2021", ""), ("2021", "机关"), ("2016", "")):
        page = html.fromstring(odd_site.get("/gongkai/refused_most", year=year, _sort=order).text)
        links = [link.get("href") for link in page.iter("a") if _said(link) == "比较前三名"]
        first = [it["id"] for it in shares if it["year"] == int(year)][:3]
        assert (
            links
            == ["/-/governments?" + "&".join(f"id={it}" for it in first)][: len(first) == 3 and not order]
        )


@pytest.mark.parametrize("measure", ["denied", "disclosed", "review_corrected"])
def test_a_body_s_line_ends_at_its_newest_figure_and_its_neighbours_median(
    odd_site: Site, pages: Mapping[str, HtmlElement], measure: str
) -> None:
    for body in (XINXIANG, KAIFENG):
        page = pages[f"/gongkai/issuers/{body.id}"]
        shares = _shares(odd_site, measure)
        own = {it["year"]: it for it in shares if it["id"] == body.id}
        sentence, drawn = _finding(page, measure)
        newest = own[max(own)]
        written = f"{newest['share']:.1%}"
        assert f"{newest['year']} 年 {written} ({newest['part']:g}/{newest['whole']:g})" in sentence
        assert {written, f"{written} ({newest['year']})"} & {*drawn}
        near = [
            it["share"]
            for it in shares
            if it["year"] == newest["year"]
            and it["id"] != body.id
            and (it["level"], it["kind"]) == ("prefecture", "government")
        ]
        told = f"中位数 {median(near):.1%} (n={len(near)})" if len(near) >= _NEIGHBOURS else ""
        assert ("中位数" in sentence) == bool(told)
        assert told in sentence


def test_bodies_beside_each_other_have_their_own_figures(
    odd_site: Site, pages: Mapping[str, HtmlElement]
) -> None:
    bodies = (XINXIANG, KAIFENG, ZHENGZHOU)
    page = pages["/-/governments?" + "&".join(f"id={body.id}" for body in bodies)]
    for measure in ("denied", "disclosed"):
        sentence, _ = _finding(page, measure)
        [year] = re.findall(r"，(\d{4}) 年：", sentence)
        of_year = [
            it
            for it in _shares(odd_site, measure)
            if it["id"] in {body.id for body in bodies} and it["year"] == int(year)
        ]
        of_year.sort(key=lambda it: -it["share"])
        assert [f"{it['share']:.1%}" for it in of_year] == re.findall(r"[\d.]+%", sentence)


def test_every_report_is_in_every_list_it_belongs_to(pages: Mapping[str, HtmlElement]) -> None:
    """The one that names no body too; the one that is suppressed in none."""

    def listed(address: str, document: str) -> bool:
        return bool(pages[address].xpath(f"//main//a[contains(@href, '/documents/{document}')]"))

    unnamed = _report(KAIFENG, 2021)
    assert listed("/-/checks", unnamed)
    assert listed("/-/copied", unnamed)
    assert not any(
        listed(address, _report(ANYANG, 2021)) for address in ("/-/checks", "/-/copied", "/-/coverage")
    )


@pytest.mark.parametrize("address", ["/-/checks", "/-/coverage?year=2021"])
def test_a_list_says_how_many_it_leaves_out(pages: Mapping[str, HtmlElement], address: str) -> None:
    [told] = pages[address].xpath("//p[contains(@class, 'left-out')]")
    assert _said(told).startswith("不在此列：")


def test_nothing_is_called_none_or_by_an_address_of_ours(pages: Mapping[str, HtmlElement]) -> None:
    for address, page in pages.items():
        for link in page.xpath("//main//a"):
            said = _said(link)
            assert said != "None", address
            assert not said.startswith("file:"), (address, said)
        assert " None" not in _said(page.find("body")), address
        # Nor by a pair as Python writes it.
        assert not any("', " in _said(caption) for caption in page.iter("figcaption")), address


# Titles of windows and choices hold no marks: there a Chinese title is a quotation.
_MARKED = "ancestor::*[@lang='zh-Hans' or self::script or self::code or self::pre or self::textarea]"
_QUOTATION = re.compile(r"“[^”]*”|(?:https?:)?/\S+")
"""What is quoted, and addresses."""
_OF_PROGRAMS = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\bnull\b|\bNone\b(?! [a-z])|file:///|has no reader")
_NOUNS = "bodies|cells|changes|characters|documents|figures|files|items|passages|places|reports|rows|years"
_NOT_ENGLISH = re.compile(
    "[\u3001\u3002\u3008-\u3011\u3400-\u9fff\uff01-\uff5e]"  # Chinese, and marks of full width
    rf"|(?<![\d,.])\b1 (?:{_NOUNS})\b"
)


def _read_texts(pages: Mapping[str, HtmlElement]) -> Iterator[tuple[str, str]]:
    """Yield what is read on pages, page and text, but what is marked as Chinese or as of a program."""
    for address, page in pages.items():
        # What readers call the columns of their own SQL is theirs; the others are told to programs.
        if not address.startswith(("/gongkai?sql=", "/gongkai/publication", "/-/api")):
            for text in page.xpath(f"//text()[not({_MARKED})]"):
                yield address, _QUOTATION.sub("", text).strip()


def _labels(site: Site) -> set[str]:
    """The labels of rows, which in this corpus are their keys."""
    return {label for (label,) in rows(site.data.public_db, "SELECT DISTINCT row_label FROM facts")}


def test_english_pages_mark_their_chinese_and_count_in_english(
    english_pages: Mapping[str, HtmlElement],
) -> None:
    assert {it for it in _read_texts(english_pages) if _NOT_ENGLISH.search(it[1])} == set()


def test_no_name_of_a_program_is_read(
    odd_site: Site, pages: Mapping[str, HtmlElement], english_pages: Mapping[str, HtmlElement]
) -> None:
    labels = _labels(odd_site)
    texts = {*_read_texts(pages), *_read_texts(english_pages)}
    assert {it for it in texts if _OF_PROGRAMS.search(it[1]) and it[1] not in labels} == set()


def test_a_link_within_a_page_leads_to_a_place_of_it(
    pages: Mapping[str, HtmlElement], english_pages: Mapping[str, HtmlElement]
) -> None:
    for address, page in (*pages.items(), *english_pages.items()):
        places = {f"#{name}" for name in page.xpath("//@id")}
        assert {*page.xpath("//a/@href[starts-with(., '#')]")} <= places, address
