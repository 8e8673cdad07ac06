"""Five minutes of a journalist who has never written SQL: clicks from the front page on, by what is read."""

from __future__ import annotations

import csv
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from gongkai.demo.site import documents, governments
from tests.gongkai.demo_flaws import flaws
from tests.gongkai.demo_reports import load_report, report_keys

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

YEAR = 2022
SUMS = ("t3.row_total.", "t3.results_sum.", "t3.balance.", "t4.block_total.")


def refusals(government: str) -> tuple[int, int]:
    """Return what a report of the demo prints: requests refused on the eight grounds, and all results."""
    printed = load_report(government, YEAR, night=3).printed
    refused = (int(text) for cell, text in printed.items() if fnmatchcase(cell, "t3.denied_*.total"))
    return sum(refused), int(printed["t3.results_total.total"])


def answer(page: Page) -> Locator:
    """Return the table that answers a question."""
    return page.get_by_role("region", name="查询结果").get_by_role("table")


def row_of(table: Locator, *texts: str) -> Locator:
    """Return the first row in which all the texts stand."""
    found = table.get_by_role("row")
    for text in texts:
        found = found.filter(has_text=text)
    return found.first


@pytest.fixture
def refused_most(reader: Page) -> Page:
    """The question of who refused most, asked for one year."""
    reader.get_by_role("link", name="谁的不予公开率最高？").click()
    reader.get_by_role("navigation", name="年度").get_by_role("link", name=str(YEAR)).click()
    return reader


def test_who_refused_most_down_to_the_archived_cell(refused_most: Page, screenshots: Path) -> None:
    body = max((key for key, year in report_keys() if year == YEAR), key=lambda it: _share(refusals(it)))
    refused, results = refusals(body)
    first = answer(refused_most).get_by_role("row").nth(1)
    for text in ("1", governments()[body].name, str(refused), str(results), f"{100 * refused / results:.2f}"):
        expect(first.get_by_role("cell", name=text, exact=True).first).to_be_visible()
    refused_most.screenshot(path=screenshots / "tour-refused-most.jpg", full_page=True)

    first.get_by_role("link", name=str(results), exact=True).click()
    archived = refused_most.get_by_role("region", name="存档网页中的这一格")
    marked = archived.locator("[aria-current=true]")
    expect(marked).to_have_text(str(results))
    marked.scroll_into_view_if_needed()
    expect(marked).to_be_in_viewport()
    expect(marked).to_have_css("outline-style", "solid")
    refused_most.screenshot(path=screenshots / "tour-proof.jpg", full_page=True)

    cited = refused_most.get_by_text(re.compile(r"北京时间）存档，内容 SHA-256 [0-9a-f]{64}"))
    expect(cited).to_be_visible()
    expect(cited).to_contain_text(governments()[body].name)
    title = refused_most.title()
    refused_most.goto(refused_most.url)
    assert refused_most.title() == title
    expect(marked).to_have_text(str(results))


def _share(counts: tuple[int, int]) -> float:
    return counts[0] / counts[1]


def test_the_answer_is_taken_away_complete(refused_most: Page, tmp_path: Path) -> None:
    shown = answer(refused_most).get_by_role("row").count() - 1
    assert shown == sum(year == YEAR for _, year in report_keys())
    with refused_most.expect_download() as download:
        refused_most.get_by_role("link", name="CSV", exact=True).click()
    download.value.save_as(tmp_path / "answer.csv")
    with (tmp_path / "answer.csv").open(encoding="utf-8", newline="") as file:
        head, *rows, last = csv.reader(file)
    assert {"机关", "不予公开", "办结总计", "办结总计出处"} <= {*head}
    assert len(rows) == shown
    assert re.match(rf"# COMPLETE rows={shown} expected={shown} sha256=[0-9a-f]{{64}}$", ",".join(last))
    # The address of the answer is the link to hand on: it answers the same again.
    rows_shown = answer(refused_most).inner_text()
    refused_most.goto(refused_most.url)
    assert answer(refused_most).inner_text() == rows_shown


def test_whose_sums_do_not_add_up(reader: Page, screenshots: Path) -> None:
    reader.get_by_role("link", name="哪些报告的数字对不上？").click()
    reader.get_by_role("navigation", name="年度").get_by_role("link", name="全部年度").click()
    of_path = {it.path: it for it in documents() if it.report}
    planted = {
        (of_path[it.target].government.name, str(of_path[it.target].report))
        for it in flaws()
        if any(check.startswith(SUMS) for check in it.checks)
    }
    rows = answer(reader).get_by_role("row")
    expect(rows.nth(len(planted))).to_be_visible()
    cells = [row.get_by_role("cell") for row in rows.all()[1:]]
    assert {(row.nth(0).inner_text(), row.nth(1).inner_text()) for row in cells} == planted
    reader.screenshot(path=screenshots / "tour-sums.jpg", full_page=True)

    reader.get_by_role("navigation", name="栏目").get_by_role("link", name="核对").click()
    expect(reader.get_by_role("heading", name="数字核对", level=1)).to_be_visible()
    wrong = reader.get_by_role("region", name="表内数字不相符").get_by_role("table")
    for body, year in planted:
        expect(row_of(wrong, body, year)).to_be_visible()
    wrong.get_by_role("link", name=re.compile(r"^\d+$")).first.click()
    expect(reader.get_by_role("region", name="存档网页中的这一格")).to_be_visible()


def test_what_was_copied_from_last_year(reader: Page, screenshots: Path) -> None:
    reader.get_by_role("link", name="谁沿用了上年的文字？").click()
    first = answer(reader).get_by_role("row").nth(1)
    body = first.get_by_role("cell").first.inner_text()
    first.get_by_role("cell").last.get_by_role("link").click()
    expect(reader.get_by_role("heading", name="对照", level=1)).to_be_visible()
    for label, expected in (("旧文", YEAR - 1), ("新文", YEAR)):
        chosen = reader.get_by_role("combobox", name=label, exact=True).locator("option:checked")
        expect(chosen).to_contain_text(str(expected))
    expect(reader.get_by_role("deletion").first).to_be_visible()
    expect(reader.get_by_role("insertion").first).to_be_visible()
    reader.screenshot(path=screenshots / "tour-compare.jpg", full_page=True)

    reader.get_by_role("navigation", name="栏目").get_by_role("link", name="沿用").click()
    ranked = reader.get_by_role("table", name="与上年报告相同的文字")
    expect(row_of(ranked, body, str(YEAR))).to_be_visible()


@pytest.mark.parametrize("query", ["公开", "〔2018〕77号"])
def test_search_marks_what_was_asked_for(reader: Page, query: str) -> None:
    reader.get_by_role("search").get_by_role("searchbox").fill(query)
    reader.get_by_role("search").get_by_role("button").click()
    expect(reader.get_by_role("status")).to_contain_text("命中")
    passages = reader.get_by_role("region", name="段落", exact=True).get_by_role("listitem")
    assert passages.count() > 1
    for passage in passages.all():
        expect(passage.locator("mark").first).to_have_text(query)
    passages.first.get_by_role("link").first.click()
    expect(reader.get_by_role("main")).to_contain_text(query)


def test_the_other_language_keeps_the_address(refused_most: Page) -> None:
    chinese = refused_most.url
    figures = answer(refused_most).get_by_role("row").nth(1).inner_text()
    refused_most.get_by_role("link", name="English").click()
    expect(refused_most.locator("html")).to_have_attribute("lang", "en")
    expect(refused_most.get_by_role("heading", name="Who refused most?", level=1)).to_be_visible()
    assert _without_language(refused_most.url) == _without_language(chinese)
    # The English name stands before the body's own; all else is the same.
    rank, body, *others = refused_most.get_by_role("row").nth(1).inner_text().split("\t")
    assert (rank, body.partition(" Committee ")[2], *others) == tuple(figures.split("\t"))
    # Kept on the next page, until the reader changes back.
    refused_most.get_by_role("navigation", name="Sections").get_by_role("link", name="Coverage").click()
    expect(refused_most.get_by_role("heading", name="Coverage", level=1)).to_be_visible()
    refused_most.go_back()
    refused_most.get_by_role("link", name="中文").click()
    expect(refused_most.get_by_role("heading", name="谁的不予公开率最高？", level=1)).to_be_visible()
    assert _without_language(refused_most.url) == _without_language(chinese)


def _without_language(address: str) -> str:
    return re.sub(r"[?&]lang=\w+", "", address)


def test_who_is_covered_and_what_changed(reader: Page) -> None:
    menu = reader.get_by_role("navigation", name="栏目")
    menu.get_by_role("link", name="收录情况").click()
    expect(reader.get_by_role("heading", name="收录情况", level=1)).to_be_visible()
    reader.get_by_role("combobox", name="年度", exact=True).select_option("2021")
    reader.get_by_role("button", name="显示").click()
    expect(reader.get_by_role("main")).to_contain_text("2021 年度应公开")
    for body in ("云泽市人民政府", "临岚县人民政府", "北滩新区管理委员会"):
        expect(reader.get_by_role("link", name=body, exact=True).first).to_be_visible()

    menu.get_by_role("link", name="变动").click()
    altered = reader.get_by_role("link", name="对照前后两次文本").first
    altered.click()
    expect(row_of(reader.get_by_role("table").first, "4683", "4638")).to_be_visible()


def test_the_feeds_are_one_click_from_the_changes(reader: Page) -> None:
    reader.get_by_role("navigation", name="栏目").get_by_role("link", name="变动").click()
    address = reader.get_by_role("link", name="改动、恢复与迁移").get_attribute("href")
    assert address
    feed = reader.request.get(address)
    assert feed.ok
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert "云泽市人民政府2022年政府信息公开工作年度报告" in feed.text()
