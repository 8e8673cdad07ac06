"""Bodies by place with a dot a year, and beside each other: figures of their reports, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html
from msgspec.structs import replace

from gongkai.web.pages import governments_page
from gongkai.web.pages.governments_page import Body as Listed
from gongkai.web.pages.governments_page import list_divisions
from gongkai.web.questions import measures
from gongkai.web.thresholds import PAGES
from tests.web.bodies_corpus import (
    ANYANG,
    BODIES,
    HOSTILE,
    KAIFENG,
    LUOYANG,
    OFFICE,
    PINGDINGSHAN,
    REPORTS,
    XINXIANG,
    ZHENGZHOU,
    ZONE,
    Body,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.web.conftest import Site


def page_of(site: Site, *bodies: Body | str, **asked: str) -> html.HtmlElement:
    named = "&".join(f"id={body if isinstance(body, str) else body.id}" for body in bodies)
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    answer = site.get(f"/-/governments?{named}{more}")
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def dots_on(page: html.HtmlElement) -> dict[str, dict[int, str]]:
    """Return the list: body → year → where its dot leads."""
    years = [int(text_of(head)) for head in page.xpath("//table[@class='by-place']/thead//th")[1:]]
    return {
        text_of(row.find("th")): {
            year: link.get("href")
            for year, cell in zip(years, row.findall("td"), strict=True)
            for link in cell.findall("a")
        }
        for row in page.xpath("//table[@class='by-place']//tr[starts-with(@class, 'depth-')]")
    }


def cells_on(page: html.HtmlElement, measure: str) -> Mapping[tuple[str, int], html.HtmlElement]:
    """Return the table of a measure: (body, year) → its cell."""
    [table] = page.xpath(f"//table[caption[@id='of-{measure}']]")
    bodies = [text_of(head) for head in table.xpath("./thead//th")[1:]]
    return {
        (body, int(text_of(row.find("th")))): cell
        for row in table.xpath("./tbody/tr")
        for body, cell in zip(bodies, row.findall("td"), strict=True)
    }


def test_every_report_held_is_a_dot_of_its_body(bodies_site: Site) -> None:
    page = page_of(bodies_site)
    expected: dict[str, dict[int, str]] = {}
    for report in REPORTS:
        expected.setdefault(report.body.name, {})[report.year] = f"/gongkai/documents/{report.document}"
    assert dots_on(page) == expected
    assert f"机关 {len(expected)} 个，年度报告 {len(REPORTS)} 份" in text_of(page)
    # Those of a region stand below it; of the hostile one no region is known, and no years are made up.
    groups = [text_of(head) for head in page.xpath("//tr[@class='division']")]
    assert groups == [
        f"河南省 {len(expected) - 1} 个机关，{len(REPORTS) - 1} 份报告 并排比较这 6 个",
        "行政区划不明 1 个机关，1 份报告",
    ]
    [together] = page.xpath("//tr[@class='division']//a[contains(@href, 'id=')]/@href")
    compared = html.fromstring(bodies_site.get(together).text).xpath("//ul[@class='chosen']/li/a[1]/text()")
    assert compared == [body.name for body in BODIES if body.name in expected][:6]
    assert [dot.get("class") for dot in page.xpath("//a[contains(@class, 'late')]")] == ["dot late"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"place": "410700"}, {XINXIANG.name, ZONE.name, OFFICE.name}),
        ({"q": "阳"}, {LUOYANG.name, ANYANG.name, "濮阳市人民政府"}),
        ({"q": "阳", "place": "410500"}, {ANYANG.name}),
        ({"q": "<script>"}, {HOSTILE.name}),
        ({"q": "独角兽"}, set()),
    ],
)
def test_the_list_is_narrowed_by_place_and_name(
    bodies_site: Site, asked: dict[str, str], names: set[str]
) -> None:
    assert set(dots_on(page_of(bodies_site, **asked))) == names


def test_of_more_bodies_than_a_page_lists_the_divisions_stand_with_their_own_governments() -> None:
    def body(code: str, kind: str = "government") -> Listed:
        return Listed(f"{code}{kind}", code, code, kind, {2021: {}})

    cities = [body(f"41{city:02}00") for city in range(1, 10)]
    counties = [body(f"4101{county:02}") for county in range(1, PAGES.listed_bodies)]
    [province] = list_divisions([body("410000"), body("410000", "office"), *cities, *counties], 0)
    assert ([it.code for it in province.bodies], province.count) == (["410000"], PAGES.listed_bodies + 10)
    zhengzhou, *others = list_divisions([cities[0], *counties, *cities[1:]], 2)
    assert (zhengzhou.name, zhengzhou.bodies, zhengzhou.count) == ("郑州市", (cities[0],), len(counties) + 1)
    assert [it.code for it in others] == [it.code for it in cities[1:]]
    [all_of_it] = list_divisions([cities[0], *counties], 4)
    assert len(all_of_it.bodies) == len(counties) + 1


@pytest.mark.parametrize("measure", ["disclosed", "denied"])
def test_what_is_compared_are_the_figures_of_the_reports(bodies_site: Site, measure: str) -> None:
    chosen = (XINXIANG, ZHENGZHOU, KAIFENG)
    cells = cells_on(page_of(bodies_site, *chosen), measure)
    held = {
        (it.body.name.removesuffix("人民政府"), it.year): (getattr(it, measure), it.total)
        for it in REPORTS
        if it.body in chosen
    }
    assert {year for _, year in cells} == {year for _, year in held}
    for place, cell in cells.items():
        if place in held:
            part, whole = held[place]
            assert text_of(cell).startswith(f"{part / whole:.1%} {part:,}/{whole:,}")
            links = [link for link in cell.xpath(".//a/@href") if link.startswith(("/-/", "/gongkai/"))]
            assert links
            assert {bodies_site.get(link.partition("#")[0]).status_code for link in links} == {200}
        else:
            assert text_of(cell) in {"未见", "未收录"}


def test_every_measure_is_compared_on_a_page_below_100_kb(bodies_site: Site) -> None:
    rates = [name for name, measure in measures().items() if measure.is_rate]
    assert len(rates) == 9
    page = page_of(bodies_site, *BODIES[: PAGES.compared_bodies])
    assert [head.get("id") for head in page.xpath("//div[@class='drawn']/preceding-sibling::h2[1]")] == [
        "new_requests",
        *rates,
    ]
    address = "/-/governments?" + "&".join(f"id={body.id}" for body in BODIES[: PAGES.compared_bodies])
    for language in ("zh", "en"):
        assert len(bodies_site.get(f"{address}&lang={language}").content) < 100_000
    [one] = page.xpath("//nav[@class='choices']/a[contains(@href, 'measure=not_held')]/@href")
    chosen = html.fromstring(bodies_site.get(one).text)
    assert [head.get("id") for head in chosen.xpath("//div[@class='drawn']/preceding-sibling::h2[1]")] == [
        "not_held"
    ]
    assert cells_on(chosen, "not_held")
    assert "measure=not_held" in chosen.xpath("//ul[@class='chosen']/li/a[2]/@href")[0], "it stays chosen"


def test_of_many_figures_each_table_stands_with_its_measure(
    bodies_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = (XINXIANG, ZHENGZHOU)
    monkeypatch.setattr(governments_page, "PAGES", replace(PAGES, compared_cells=8))
    page = page_of(bodies_site, *chosen)
    assert page.xpath("//div[@class='drawn']//table") == []
    assert "双线" not in text_of(page), "which stands in the tables"
    assert not any("下表" in text_of(told) for told in page.xpath("//*[local-name()='desc']"))
    [link] = page.xpath("//div[@class='drawn']/p/a[contains(@href, 'measure=denied')]/@href")
    assert cells_on(html.fromstring(bodies_site.get(link).text), "denied")


def test_what_is_no_figure_says_why_beside_the_others(bodies_site: Site) -> None:
    cells = cells_on(page_of(bodies_site, PINGDINGSHAN, ANYANG, ZONE), "new_requests")
    said = {place: text_of(cell) for place, cell in cells.items()}
    assert said["平顶山市", 2021] == "两种读法"
    assert said["安阳市", 2021] == "“—”"
    assert said["安阳市", 2020] == "未查全"
    assert said[ZONE.name, 2020] == "0"


def test_each_body_is_a_line_that_ends_where_the_form_changed(bodies_site: Site) -> None:
    page = page_of(bodies_site, ZHENGZHOU, KAIFENG, XINXIANG)
    [chart] = page.xpath("//figure[@id='picture-denied']//*[local-name()='svg'][@class='lines']")

    def marked(shape: str, kind: str) -> list[html.HtmlElement]:
        return list(chart.xpath(f".//*[local-name()='{shape}'][starts-with(@class, '{kind}')]"))

    for number, years in ((1, 3), (2, 3), (3, 2)):
        assert len(marked("circle", f"mark-{number}")) == years
    # 2019 and 2020 are of one form, 2021 is of another; of the third body 2020 is not held.
    assert [len(line.get("points").split()) for line in marked("polyline", "line-")] == [2, 2]
    assert marked("polyline", "line-3") == []
    [finding] = page.xpath("//figure[@id='picture-denied']/figcaption/strong")
    told = sorted(
        (
            (it.denied / it.total, it)
            for it in REPORTS
            if it.year == 2021 and it.body in {ZHENGZHOU, KAIFENG, XINXIANG}
        ),
        key=lambda pair: -pair[0],
    )
    assert text_of(finding) == "不予公开率，2021 年：" + "、".join(
        f"{it.body.name.removesuffix('人民政府')} {share:.1%} ({it.denied}/{it.total})" for share, it in told
    )


def test_bodies_are_added_and_taken_away_by_links_alone(bodies_site: Site) -> None:
    """From the page of a body: add one, add another, take the first away."""
    page = html.fromstring(bodies_site.get(f"/gongkai/issuers/{XINXIANG.id}").text)
    [address] = page.xpath("//a[contains(@href, '/-/governments?id=')]/@href")
    for _ in range(2):
        page = html.fromstring(bodies_site.get(address).text)
        address = page.xpath("//h2[@id='add']/following-sibling::p[1]/a/@href")[0]
    page = html.fromstring(bodies_site.get(address).text)
    chosen = [text_of(one) for one in page.xpath("//ul[@class='chosen']/li/a[1]")]
    # Of its province and level, those with most years in common first.
    assert chosen == [XINXIANG.name, ZHENGZHOU.name, KAIFENG.name]
    [first, *_] = page.xpath("//ul[@class='chosen']/li/a[2]/@href")
    fewer = html.fromstring(bodies_site.get(first).text)
    assert [text_of(one) for one in fewer.xpath("//ul[@class='chosen']/li/a[1]")] == chosen[1:]
    [sought] = page_of(bodies_site, XINXIANG, q="洛").xpath("//h2[@id='add']/following-sibling::p[1]/a")
    assert text_of(sought) == LUOYANG.name


def test_more_than_six_and_those_not_held_are_left_out_and_said(bodies_site: Site) -> None:
    held = [body for body in BODIES if any(it.body is body for it in REPORTS)]
    page = page_of(bodies_site, *held[:8], held[0], "0" * 20)
    assert len(page.xpath("//ul[@class='chosen']/li")) == PAGES.compared_bodies == 6
    banners = [text_of(one) for one in page.xpath("//p[@class='banner']")]
    assert banners == ["地址里有 1 个机关没有收录年度报告，未列。", "至多六个：地址里后面的 2 个未列。"]
    assert page.xpath("//h2[@id='add']/following-sibling::p/a") == []


def test_an_empty_corpus_has_an_empty_list(empty_site: Site) -> None:
    assert "没有这样的机关" in empty_site.get("/-/governments").text


def test_the_figures_are_taken_away_as_a_file(bodies_site: Site) -> None:
    page = page_of(bodies_site, XINXIANG, LUOYANG)
    for link in page.xpath("//p[@class='export']/a/@href"):
        lines = bodies_site.get(link).text
        assert XINXIANG.name in lines
        assert LUOYANG.name in lines
        assert ZHENGZHOU.name not in lines
