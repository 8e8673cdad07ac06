"""Coverage and places: every number is that of the corpus, and what is not known is hatched and said."""

from __future__ import annotations

import re
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from msgspec.structs import replace

from gongkai.web.pages import coverage_page
from gongkai.web.thresholds import PAGES
from tests.web.bodies_corpus import (
    ANYANG,
    BODIES,
    HEBI,
    HOSTILE,
    KAIFENG,
    LUOYANG,
    PUYANG,
    REPORTS,
    XINXIANG,
    ZHENGZHOU,
    ZONE,
)

if TYPE_CHECKING:
    from tests.web.conftest import Site


def page_of(site: Site, path: str, **parameters: str) -> html.HtmlElement:
    answer = site.get(path, **parameters)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def rows_of(page: html.HtmlElement, caption: str) -> dict[str, list[str]]:
    [table] = page.xpath(f"//table[caption[@id='{caption}']]")
    return {
        text_of(row.find("th")): [text_of(cell) for cell in row.findall("td")]
        for row in table.find("tbody").findall("tr")
    }


def tiles_of(page: html.HtmlElement) -> dict[str, tuple[str, str, str]]:
    """Return the tiles: name → (its class, its text, its link)."""
    found = {}
    for tile in page.xpath("//*[local-name()='svg'][@class='tiles']/*[local-name()='a' or local-name()='g']"):
        lines = "./*[local-name()='text'][contains(@class, 'value')={}]/text()"
        name, text = ("".join(tile.xpath(lines.format(is_value))) for is_value in ("false()", "true()"))
        [kind] = tile.xpath("./*[local-name()='rect'][starts-with(@class, 'tile')]/@class")
        found[name] = (kind, text, tile.get("href") or "")
    return found


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2024])
def test_the_sentence_counts_every_body_once(bodies_site: Site, year: int) -> None:
    states = Counter(
        row["state"]
        for row in bodies_site.get(
            "/gongkai/coverage.json", _shape="array", _size="max", year=str(year)
        ).json()
    )
    expected = {report.body.name for report in REPORTS if report.year == year and not report.waiting}
    assert states["held"] + states["late"] == len(expected)
    said = text_of(page_of(bodies_site, "/-/coverage", year=str(year)).xpath("//p[@class='lead']")[0])
    assert [int(number) for number in re.findall(r" (\d+)(?= 份[，；。])", said)] == [
        states.total(),
        states["held"] + states["late"],
        states["late"],
        states["missing"],
        states["blocked"],
        states["waiting"],
        states["not_looked"],
    ]


def test_the_page_opens_with_the_newest_year_that_is_over_and_held(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/coverage")
    assert page.xpath("//select[@name='year']/option[@selected]/text()") == ["2021"]
    assert page.xpath("//select[@name='grid']/option[@selected]/@value") == ["henan"]


def test_tiles_tell_what_is_held_not_found_and_not_known_apart(bodies_site: Site) -> None:
    of_2020 = tiles_of(page_of(bodies_site, "/-/coverage", year="2020"))
    # The report of the committee in 新乡 stands on no tile; 新乡 itself was looked through in whole.
    assert of_2020["新乡"][:2] == ("tile not_found step-0", "0/1")
    assert of_2020["鹤壁"][:2] == ("tile unknown step-0", "0/1")
    assert of_2020["郑州"][:2] == ("tile share step-5", "1/1")
    assert of_2020["濮阳"][:2] == ("tile unknown step-0", "0/1")
    assert of_2020["信阳"][:2] == ("tile unknown step-0", "–")
    assert of_2020["郑州"][2] == "/-/coverage?year=2020&place=410100#bodies"
    of_2021 = tiles_of(page_of(bodies_site, "/-/coverage", year="2021"))
    assert of_2021["新乡"][1] == "2/2"


def test_the_table_has_the_numbers_of_the_tiles(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/coverage", year="2020")
    table = rows_of(page, "tile-numbers")
    assert len(table) == 18
    for name, (_, text, _) in tiles_of(page).items():
        due, held, *_ = table[name]
        assert text == (f"{held}/{due}" if due != "0" else "–")
    [row, *_] = page.xpath("//tr[th//span[text()='濮阳']]")
    puyang = {cell.get("data-label"): text_of(cell) for cell in row.findall("td")}
    assert (puyang.pop("应公开"), puyang.pop("待识别或未读出")) == ("1", "1")
    assert set(puyang.values()) == {"0"}
    assert "被拦截" not in puyang, "no place has any"
    beside = [text_of(item) for item in page.xpath("//h3[@id='beside']/following-sibling::ul[1]/li")]
    assert f"{ZONE.name}：已收录" in beside
    assert f"{HOSTILE.name}：未查全" in beside


def test_of_many_bodies_beside_the_grid_those_come_first_of_which_something_is_known(
    bodies_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country has thousands of them; the page says how many, and where they all are."""
    monkeypatch.setattr(coverage_page, "PAGES", replace(PAGES, beside=1))
    page = page_of(bodies_site, "/-/coverage", year="2020")
    [beside] = page.xpath("//h3[@id='beside']/following-sibling::ul[1]/li")
    assert text_of(beside) == f"{ZONE.name}：已收录"
    [said] = page.xpath("//h3[@id='beside']/following-sibling::p[1]")
    assert "（2 个之中先列 1 个）" in text_of(said)
    [all_of_them] = said.xpath("./a/@href")
    there = bodies_site.get(f"{all_of_them.partition('#')[0]}&state=all")
    assert set(rows_of(html.fromstring(there.text), "matrix")) == {HOSTILE.name, ZONE.name}


def test_the_title_of_the_tiles_counts_what_they_show_and_the_rest_is_told(bodies_site: Site) -> None:
    """All that is due was said of a picture in which a tenth of it has no tile."""
    for path, grid in (("/-/coverage", "henan"), ("/-/coverage", "china"), ("/", "")):
        page = page_of(bodies_site, path, year="2021", **({"grid": grid} if grid else {}))
        shown = [tile[1].split("/") for tile in tiles_of(page).values() if "/" in tile[1]]
        held, due = (sum(int(pair[at]) for pair in shown) for at in (0, 1))
        assert f"2021 年度：各方格应公开 {due} 份，已收录 {held} 份" in text_of(page)
        outside = re.findall(r"另有 (\d+) 个机关在这些方格之外", text_of(page))
        beside = page.xpath("count(//h3[@id='beside']/following-sibling::ul[1]/li)")
        if path == "/-/coverage":
            [said] = re.findall(r"2021 年度应公开 (\d+) 份", text_of(page))
            assert int(said) == due + sum(map(int, outside)) + beside


def test_the_table_by_place_follows_the_codes(bodies_site: Site) -> None:
    names = list(rows_of(page_of(bodies_site, "/-/coverage", year="2020"), "tile-numbers"))
    assert (names[0], names[-1]) == ("郑州", "济源")


def test_the_matrix_has_a_word_for_every_body_and_year(bodies_site: Site) -> None:
    matrix = rows_of(page_of(bodies_site, "/-/coverage"), "matrix")
    assert set(matrix) == {body.name for body in BODIES}
    # The newest year first: of a wide table a phone shows the beginning.
    assert matrix[XINXIANG.name][:7] == ["期限未到", "未见", "未见", "未见", "已收录", "未见", "已收录"]
    assert matrix[ZHENGZHOU.name][3:7] == ["未查全", "逾期", "已收录", "已收录"]
    assert matrix[PUYANG.name][4:7] == ["被拦截", "待识别或转换", "被拦截"]
    assert matrix[ZONE.name][-1] == "该年度无须公开或不在名录"
    late = rows_of(page_of(bodies_site, "/-/coverage", year="2021", state="late"), "matrix")
    assert set(late) == {ZHENGZHOU.name}
    here = rows_of(page_of(bodies_site, "/-/coverage", place="410700"), "matrix")
    assert set(here) == {XINXIANG.name, ZONE.name, "新乡市财政局"}
    nowhere = rows_of(page_of(bodies_site, "/-/coverage", place="none"), "matrix")
    # A committee has the code of the city that it lies in, and stands beside the tiles with those of none.
    assert set(nowhere) == {HOSTILE.name, ZONE.name}


def test_every_reason_has_its_newest_capture(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/coverage", year="2022")
    [table] = page.xpath("//table[caption[@id='evidence-of-reasons']]")
    rows = {text_of(row.findall("td")[0]): row.findall("td") for row in table.find("tbody").findall("tr")}
    assert set(rows) == {XINXIANG.name, PUYANG.name}
    assert text_of(rows[XINXIANG.name][1]) == "未见 2026-01-31 查全列表未见"
    assert text_of(rows[XINXIANG.name][5]) == "2026-01-31 03:00 正常"
    assert text_of(rows[PUYANG.name][5]) == "2026-01-31 03:00 被拦截（加速乐）"
    for cells in rows.values():
        [link] = cells[5].xpath(".//a/@href")
        assert bodies_site.get(link).status_code == 200
    late = page_of(bodies_site, "/-/coverage", year="2021")
    [row] = [
        row
        for row in late.xpath("//table[caption[@id='evidence-of-reasons']]/tbody/tr")
        if text_of(row.findall("td")[1]).startswith("逾期")
    ]
    cells = [text_of(cell) for cell in row.findall("td")]
    assert cells[0] == ZHENGZHOU.name
    assert cells[2:5] == ["2022-04-09", "2022-03-31", "2026-01-31 03:00"]


def test_of_many_reasons_the_rest_is_a_table(bodies_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_page, "PAGES", replace(PAGES, coverage_reasons=1))
    page = page_of(bodies_site, "/-/coverage", year="2022", place="410000")
    [table] = page.xpath("//table[caption[@id='evidence-of-reasons']]")
    assert len(table.xpath("./tbody/tr")) == 1
    [whole] = page.xpath("//a[contains(., '列成表')][contains(@href, 'state__in')]/@href")
    rows = bodies_site.get(whole.replace("coverage?", "coverage.json?_shape=array&")).json()
    assert {row["issuer"] for row in rows} == {XINXIANG.name, PUYANG.name}
    assert f"（{len(rows)} 个之中先列 1 个）" in text_of(table)


def test_a_list_of_bodies_is_paged_and_leaves_none_out(
    bodies_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage_page, "PAGES", replace(PAGES, coverage_bodies=5))
    seen: list[str] = []
    page = page_of(bodies_site, "/-/coverage", state="all")
    while True:
        seen += rows_of(page, "matrix")
        further = page.xpath("//a[.='下一页']/@href")
        if not further:
            break
        page = html.fromstring(bodies_site.get(further[0].partition("#")[0]).text)
    assert sorted(seen) == sorted(body.name for body in BODIES)


@pytest.mark.parametrize(
    "given",
    [
        {"year": "1" * 5000},
        {"year": "-1", "page": "0"},
        {"year": "２０２０"},
        {"page": "99999999999"},
        {"page": "999"},
        {"place": "41'; DROP TABLE coverage --", "state": "<script>", "grid": "../../etc/passwd"},
        {"place": "*", "measure": "rate", "at_least": "-5"},
        {"at_least": "9" * 50, "measure": "__class__"},
    ],
)
@pytest.mark.parametrize("path", ["/-/coverage", "/-/regions"])
def test_what_is_not_understood_counts_as_not_asked(
    bodies_site: Site, path: str, given: dict[str, str]
) -> None:
    answer = bodies_site.get(path, **given)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/-/coverage", "/-/regions"])
def test_an_empty_corpus_says_so_and_draws_nothing(empty_site: Site, path: str) -> None:
    page = page_of(empty_site, path)
    assert "还没有抓取过任何网站" in text_of(page)
    assert page.xpath("//*[local-name()='svg']") == []
    assert page.xpath("//table") == []


def reports_of(year: int) -> dict[str, Any]:
    return {report.body.name: report for report in REPORTS if report.year == year}


def test_a_rate_is_that_of_the_government_of_the_place(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021")
    tiles, table = tiles_of(page), rows_of(page, "region-numbers")
    shown = {name: text for name, (kind, text, _) in tiles.items() if "share" in kind}
    expected = {}
    for name, report in reports_of(2021).items():
        if report.body.level and report.total >= 20 and report.body is not KAIFENG:
            expected[name.partition("市")[0]] = report
    assert shown == {name: f"{it.denied / it.total:.1%}" for name, it in expected.items()}
    for name, it in expected.items():
        assert table[name][:2] == [f"{it.denied / it.total:.1%}", f"{it.denied:,} / {it.total:,}"]
        assert tiles[name][2] == f"/gongkai/issuers/{it.body.id}"
    # A failing check used one of its cells; a denominator below twenty; no report.
    assert table["开封"][0] == "用到的数字有 2 项核对不相符有可比数字的年度：2020 2019"
    assert table["洛阳"][0].startswith("分母小于 20，不列：3/19")
    not_held = page.get_element_by_id("not-held")
    assert "信阳" in text_of(not_held)
    assert "信阳" not in table
    # The larger the share, the darker: of 10 % to 20 %, the ramp has steps of 5 % from 5 % on.
    assert tiles["鹤壁"][0] == "tile share step-4"
    assert tiles["新乡"][0] == "tile share step-1"


def ranked_of(year: int) -> dict[str, float]:
    """Return the shares of refusals that are comparable, worked out from the reports of the corpus."""
    return {
        name: it.denied / it.total
        for name, it in reports_of(year).items()
        if it.body.level and it.total >= 20 and it.body is not KAIFENG
    }


def test_a_province_is_the_median_of_its_cities(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021", grid="china")
    shares = ranked_of(2021)
    middle, highest = f"{median(shares.values()):.1%}", max(shares, key=lambda name: shares[name])
    kind, text, href = tiles_of(page)["河南"]
    assert "share" in kind
    assert text == f"{middle}n={len(shares)}"
    [row] = rows_of(page, "region-numbers").values()
    assert row == [middle, f"{len(shares)} / 18", f"{highest} {shares[highest]:.1%}", "–"]
    assert f"{len(shares)} 个政府的中位数 {middle}" in text_of(page.get_element_by_id("picture-places"))
    assert len(tiles_of(page_of(bodies_site, href))) == 18
    assert "30 个地方没有收录其政府此年度的报告：" in text_of(page.get_element_by_id("not-held"))


def test_of_equals_none_is_named_as_if_it_were_alone(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="failing_checks", year="2021")
    shares = [row[0] for row in rows_of(page, "region-numbers").values() if row[0].endswith("%")]
    lowest = shares.count("0.0%")
    assert len(shares) > lowest > 1
    assert f"等 {lowest} 个并列最低（0.0%）" in text_of(page.get_element_by_id("picture-places"))
    english = page_of(bodies_site, "/-/regions", measure="failing_checks", year="2021", lang="en")
    assert f"(one of {lowest} alike) the lowest" in text_of(english.get_element_by_id("picture-places"))
    page = page_of(bodies_site, "/-/regions", measure="failing_checks", year="2019")
    assert {row[0] for row in rows_of(page, "region-numbers").values() if row[0].endswith("%")} == {"0.0%"}
    assert "个政府都是 0.0%" in text_of(page.get_element_by_id("picture-places"))


def test_every_year_is_a_link_that_says_of_how_many_it_tells(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", grid="china")
    years = page.xpath("//nav[@class='choices']//li")
    assert text_of(years[0]) == f"2021 n={len(ranked_of(2021))}"
    for item in years[1:]:
        [link] = item.xpath("./a/@href")
        shown = page_of(bodies_site, link)
        told = text_of(shown.get_element_by_id("picture-places"))
        n = int(text_of(item).partition("n=")[2])
        assert f"{n} 个政府" in told or (n == 1 and "只有" in told)
    # Of another smallest denominator the years are counted anew.
    more = page_of(bodies_site, "/-/regions", measure="denied", grid="china", at_least="19")
    assert text_of(more.xpath("//nav[@class='choices']//li")[0]) == f"2021 n={len(ranked_of(2021)) + 1}"


def test_where_nothing_is_comparable_the_page_says_what_has_something(
    bodies_site: Site,
) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", grid="hebei")
    assert page.xpath("//*[local-name()='svg'][@class='tiles']") == []
    [said] = [it for it in page.xpath("//main/p") if "任何年度都没有" in text_of(it)]
    [link] = said.xpath("./a/@href")
    assert "grid=henan" in link
    assert "share" in " ".join(kind for kind, _, _ in tiles_of(page_of(bodies_site, link)).values())
    # What has a share and no tile here is counted; those that stand beside the grid are not counted twice.
    assert f"另有 {len(ranked_of(2021))} 份" in text_of(page.get_element_by_id("left-out"))
    page = page_of(bodies_site, "/-/regions", measure="denied", grid="henan", year="2021")
    assert page.xpath("//*[@id='left-out']") == []
    page = page_of(bodies_site, "/-/regions", measure="denied", grid="henan", year="2018")
    [said] = [it for it in page.xpath("//main/p") if "有可比数字的年度" in text_of(it)]
    assert f"2021 (n={len(ranked_of(2021))})" in text_of(said)


def test_the_shares_lead_to_their_proof(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021")
    rates = page.xpath(
        "//table[caption[@id='region-numbers']]//a[starts-with(@href, '/-/rate/denied/')]/@href"
    )
    assert len(rates) == 2 * len(ranked_of(2021))
    assert {bodies_site.get(href.partition("#")[0]).status_code for href in rates} == {200}


def test_the_table_of_a_rate_begins_with_the_highest(bodies_site: Site) -> None:
    """What has no comparable share stands after the others and is no zero; the counts lead to their cells."""
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021")
    table = rows_of(page, "region-numbers")
    shares = [float(cells[0].rstrip("%")) if cells[0].endswith("%") else -1.0 for cells in table.values()]
    assert shares == sorted(shares, reverse=True)
    assert -1.0 in shares
    proofs = page.xpath("//table[caption[@id='region-numbers']]//a[starts-with(@href, '/-/proof/')]/@href")
    assert proofs
    assert bodies_site.get(proofs[0]).status_code == 200


def test_the_smallest_denominator_is_the_readers(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021", at_least="19")
    assert rows_of(page, "region-numbers")["洛阳"][:2] == ["15.8%", "3 / 19"]


def test_a_blank_cell_gives_no_rate_and_no_case_no_zero(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2020")
    assert rows_of(page, "region-numbers")["平顶山"][0].startswith("所用 9 格有 1 格没有可取的数字")
    assert tiles_of(page)["平顶山"][0] == "tile unknown step-0"
    page = page_of(bodies_site, "/-/regions", measure="litigation_corrected", year="2021")
    assert rows_of(page, "region-numbers")["新乡"][0].startswith("无已审结案件")
    assert rows_of(page, "region-numbers")["郑州"][:2] == ["25.0%", "5 / 20"]
    page = page_of(bodies_site, "/-/regions", measure="review_corrected", year="2021", at_least="0")
    assert rows_of(page, "region-numbers")["新乡"][:2] == ["0.0%", "0 / 100"]


def test_a_body_without_a_code_of_its_own_stands_beside_and_never_on_a_tile(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="review_corrected", year="2020", at_least="0")
    assert tiles_of(page)["新乡"][0] == "tile unknown step-0"
    beside = rows_of(page, "beside-numbers")
    assert beside[ZONE.name][:2] == ["33.3%", "1 / 3"]
    page = page_of(bodies_site, "/-/regions", measure="denied", year="2021")
    assert rows_of(page, "beside-numbers") == {HOSTILE.name: ["25.0%", "10 / 40", "报告"]}


def test_the_share_of_failing_checks_and_that_of_new_text(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/regions", measure="failing_checks", year="2021")
    table = rows_of(page, "region-numbers")
    assert table["开封"][:2] == ["66.7%", "2 / 3"]
    assert table["郑州"][:2] == ["0.0%", "0 / 1"]
    page = page_of(bodies_site, "/-/regions", measure="new_text", year="2021")
    table = rows_of(page, "region-numbers")
    assert table["新乡"][0] == "未收录上年报告"
    [row] = bodies_site.get(
        "/gongkai/novelty_by_report.json", _shape="array", issuer_id=LUOYANG.id, year="2021"
    ).json()
    assert table["洛阳"][1] == f"{row['prose_new']:,} / {row['prose_chars']:,}"


@pytest.mark.parametrize(
    "measure",
    [
        "disclosed",
        "denied",
        "not_obtained",
        "not_held",
        "review_corrected",
        "litigation_corrected",
        "new_text",
        "failing_checks",
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_measure_has_its_page_in_both_languages(bodies_site: Site, measure: str, language: str) -> None:
    page = page_of(bodies_site, "/-/regions", measure=measure, year="2019", lang=language)
    drawn = len(tiles_of(page))
    assert drawn == (18 if page.xpath("//figure[@id='picture-places']") else 0)
    assert drawn or re.search(r"2021 \(n=|任何年度都没有|No year has", text_of(page))
    assert page.xpath("//select[@name='measure']/option[@selected]/@value") == [measure]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert page.xpath("//@style") == []


@pytest.mark.parametrize("path", ["/-/coverage?year=2021", "/-/regions?year=2021&measure=denied"])
def test_the_pages_speak_english_but_for_what_is_quoted(bodies_site: Site, path: str) -> None:
    page = html.fromstring(bodies_site.get(path + "&lang=en").text)
    for quoted in page.xpath("//*[@lang='zh-Hans']"):
        quoted.clear(keep_tail=True)
    assert re.findall(r"[\u4e00-\u9fff]+", text_of(page.xpath("//main")[0])) == []


def test_tiles_are_links_with_a_sentence(bodies_site: Site) -> None:
    page = page_of(bodies_site, "/-/coverage", year="2021")
    names = page.xpath("//*[local-name()='svg'][@class='tiles']/*[local-name()='a']/@aria-label")
    assert "郑州：应公开 1，已收录 1，其中逾期 1；未见 0，被拦截 0，待识别或未读出 0，未查全 0" in names
    [chart] = page.xpath("//*[local-name()='svg'][@class='tiles']")
    assert chart.get("role") == "group"
    assert text_of(page.get_element_by_id(chart.get("aria-describedby")))
    assert "示意方格，不表示行政区域界线；仅列本库收录范围" in text_of(page)
    assert {HEBI.name, ANYANG.name} <= {text_of(link) for link in page.xpath("//table//a")}
