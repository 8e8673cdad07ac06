"""The page of a document: what is on it first, figures before what it is called, long texts in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html

from tests.web.bodies_corpus import KAIFENG, REPORTS, XINXIANG, ZONE, Body
from tests.web.sample_corpus import HOSTILE

if TYPE_CHECKING:
    from tests.web.conftest import Site


def page_of(site: Site, body: Body, year: int) -> html.HtmlElement:
    report = next(it for it in REPORTS if it.body is body and it.year == year)
    return html.fromstring(site.get(f"/gongkai/documents/{report.document}").text)


def test_a_report_begins_with_what_is_on_its_page_and_its_figures(bodies_site: Site) -> None:
    page = page_of(bodies_site, XINXIANG, 2019)
    places = [link.get("href").removeprefix("#") for link in page.xpath("//nav[@class='on-page']//a")]
    assert places[:2] == ["checks", "figures"]
    assert places.index("figures") < places.index("about") < places.index("text")
    there = [element.get("id") for element in page.xpath("//h2[@id]")]
    # What the list promises is there, in its order.
    assert [place for place in there if place in places] == places
    [told] = page.xpath("//p[@class='told']")
    assert "1602" in told.text_content()
    assert page.xpath("//p[@class='told']/following::h2[@id='about']")


@pytest.mark.parametrize(
    ("body", "year", "says"),
    [
        (XINXIANG, 2019, ["89.2% 1,433/1,606", "2.3% 37/1,606", "39.8% 66/166", "18.5% 23/124"]),
        (ZONE, 2020, ["分母为 0 / the denominator is 0", "分母为 0", "33.3% 1/3", "无已审结案件"]),
        (KAIFENG, 2021, ["50.0% 65/130 ≠ 不相符", "20.0% 26/130 ≠ 不相符", "20.0% 2/10", "无已审结案件"]),
    ],
)
def test_the_rates_of_a_report_stand_beside_their_counts_or_say_why_there_is_none(
    bodies_site: Site, body: Body, year: int, says: list[str]
) -> None:
    shown = [
        " ".join(each.text_content().split())
        for each in page_of(bodies_site, body, year).xpath("//dl[@class='figures']//dd")
    ]
    assert shown == [one.partition(" / the")[0] for one in says]


def test_every_passage_of_a_long_text_has_its_place_on_each_of_its_pages(site: Site) -> None:
    [row] = site.get("/gongkai/documents.json", title__contains="关于", kind="other", _shape="array").json()
    first, of_last, whole = (
        html.fromstring(site.get(f"/gongkai/documents/{row['id']}", **asked).text)
        for asked in ({}, {"from": str(len(HOSTILE) - 1)}, {"full": "1"})
    )
    places = [element.get("id") for element in whole.xpath("//article[@class='text']/section")]
    assert len(places) >= len(HOSTILE)
    for page in (first, of_last):
        assert {*places} <= {element.get("id") for element in page.xpath("//*[@id]")}
    shown = [
        {element.get("id") for element in page.xpath("//section[not(@class='part')][@id]")}
        for page in (first, of_last)
    ]
    assert shown[0] & shown[1] == set()
    assert places[-1] in shown[1]
    [link] = first.xpath(f"//section[@class='part'][*[@id='{places[-1]}']]/p/a[1]/@href")
    assert link.endswith(f"#{min(shown[1], key=places.index)}")
