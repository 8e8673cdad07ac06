"""Any two reports beside each other: their figures by row of the form, and how a second one is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import html

from tests.web.bodies_corpus import ANYANG, KAIFENG, PINGDINGSHAN, REPORTS, XINXIANG, ZHENGZHOU, Body

if TYPE_CHECKING:
    from tests.web.bodies_corpus import Report
    from tests.web.conftest import Site


def report_of(body: Body, year: int) -> Report:
    return next(it for it in REPORTS if it.body is body and it.year == year)


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def beside(site: Site, one: Report, other: Report, **asked: str) -> html.HtmlElement:
    answer = site.get("/-/compare", a=one.document, b=other.document, **asked)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def rows_on(page: html.HtmlElement, title: str) -> list[tuple[str, list[str]]]:
    """Return a table of figures, a row each: its label; what stands on either side, and the difference."""
    [table] = page.xpath(f"//h3[text()='{title}']/following-sibling::div[1]/table")
    return [
        (text_of(row.find("th")), [text_of(cell) for cell in row[2:]]) for row in table.xpath("./tbody/tr")
    ]


REQUESTS = "三、收到和处理政府信息公开申请情况"


def test_the_figures_of_two_bodies_stand_row_by_row(bodies_site: Site) -> None:
    one, other = report_of(XINXIANG, 2019), report_of(ZHENGZHOU, 2019)
    page = beside(bodies_site, one, other)
    rows = rows_on(page, REQUESTS)
    assert rows[0] == ("new_requests", [str(one.requests), str(other.requests), "−1,202"])
    assert ("results_total", [str(one.total), str(other.total), "−1,205"]) in rows
    links = page.xpath(f"//h3[text()='{REQUESTS}']/following-sibling::div[1]//a/@href")
    facts = [
        bodies_site.get(f"/gongkai/facts/{link.rpartition('/')[2]}.json", _shape="array").json()[0]
        for link in links[:2]
    ]
    assert [fact["document_id"] for fact in facts] == [one.document, other.document]
    assert {fact["row_key"] for fact in facts} == {"new_requests"}


def test_the_same_figure_has_no_difference_and_what_is_not_stated_none_at_all(bodies_site: Site) -> None:
    page = beside(bodies_site, report_of(ANYANG, 2021), report_of(PINGDINGSHAN, 2021))
    assert rows_on(page, REQUESTS)[0] == ("new_requests", ["“—”", "两种读法", ""])
    # Ten reviews in either report.
    review = rows_on(page, "四、政府信息公开行政复议、行政诉讼情况")
    assert ("review", ["10", "10", "+0"]) in review


def test_the_rates_of_both_stand_above_with_their_counts(bodies_site: Site) -> None:
    page = beside(bodies_site, report_of(XINXIANG, 2019), report_of(KAIFENG, 2021))
    [table] = page.xpath("//table[caption[@id='rates']]")
    told = {text_of(row.find("th")): [text_of(cell) for cell in row.findall("td")] for row in table[-1]}
    assert list(told) == ["公开率", "不予公开率", "复议纠错率", "诉讼纠错率"]
    assert told["不予公开率"] == ["2.3% 37/1,606", "20.0% 26/130 ≠ 不相符"]
    assert told["诉讼纠错率"] == ["18.5% 23/124", "无已审结案件"]


def test_all_figures_of_two_years_are_one_link_away(bodies_site: Site) -> None:
    one, other = report_of(ZHENGZHOU, 2019), report_of(ZHENGZHOU, 2020)
    changed = beside(bodies_site, one, other)
    [link] = changed.xpath("//a[contains(@href, 'column=total')]/@href")
    whole = html.fromstring(bodies_site.get(link).text)
    assert len(rows_on(whole, REQUESTS)) > len(rows_on(changed, REQUESTS))


def test_any_other_report_is_found_from_one(bodies_site: Site) -> None:
    """From the page of a report in two clicks: those of its year stand there, others are found by words."""
    one, other = report_of(XINXIANG, 2019), report_of(ZHENGZHOU, 2020)
    page = html.fromstring(bodies_site.get(f"/gongkai/documents/{one.document}").text)
    link = page.xpath("//p[@class='beside']/a/@href")[-1]
    choice = html.fromstring(bodies_site.get(link).text)
    of_its_year = {it.document for it in REPORTS if it.year == 2019} - {one.document}
    listed = [link.rpartition("=")[2] for link in choice.xpath("//ul[@class='plain']/li/a/@href")]
    assert set(listed) == of_its_year
    found = html.fromstring(bodies_site.get(f"{link}&q=郑州 2020").text)
    [address] = found.xpath("//ul[@class='plain']/li/a/@href")
    assert address.endswith(f"b={other.document}")
    assert bodies_site.get(address).status_code == 200
    assert "没有这样的报告" in bodies_site.get("/-/compare", q="独角兽").text
