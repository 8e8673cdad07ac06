"""What a reader does who lets no script run: every link and every form still answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.watching import window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Served


@pytest.fixture
def careful(browser: Browser, served: Served) -> Iterator[Page]:
    """A reader without scripts, before the front page."""
    with window(browser, served.address, scripts=False) as page:
        page.goto("/")
        yield page


def test_search_and_a_narrower_search(careful: Page) -> None:
    careful.get_by_role("search").get_by_role("searchbox").fill("依申请公开")
    careful.get_by_role("search").get_by_role("button").click()
    careful.get_by_role("navigation", name="缩小范围").get_by_role("link", name="2022", exact=True).click()
    assert "year=2022" in careful.url
    expect(careful.locator("mark").first).to_have_text("依申请公开")


def test_a_question_its_number_and_the_proof(careful: Page) -> None:
    careful.get_by_role("link", name="谁的不予公开率最高？").click()
    careful.get_by_role("navigation", name="年度", exact=True).get_by_role("link", name="2021").click()
    rows = careful.get_by_role("region", name="查询结果").get_by_role("row")
    rows.nth(1).get_by_role("cell").nth(3).get_by_role("link").click()
    expect(
        careful.get_by_role("region", name="存档网页中的这一格").locator("[aria-current=true]")
    ).to_be_visible()


@pytest.mark.parametrize(
    ("page_name", "button"),
    [("收录情况", "显示"), ("核对", "筛选"), ("沿用", "筛选")],
    ids=["coverage", "checks", "repeated text"],
)
def test_a_choice_on_a_page_of_findings(careful: Page, page_name: str, button: str) -> None:
    careful.get_by_role("navigation", name="栏目").get_by_role("link", name=page_name).click()
    careful.get_by_role("combobox", name="年度", exact=True).select_option("2021")
    careful.get_by_role("button", name=button).click()
    assert "year=2021" in careful.url
    expect(careful.get_by_role("combobox", name="年度", exact=True)).to_have_value("2021")
    expect(careful.get_by_role("table").first).to_be_visible()


def test_what_is_folded_opens(careful: Page) -> None:
    careful.get_by_role("link", name="谁的不予公开率最高？").click()
    careful.get_by_text("所用的 SQL").click()
    expect(careful.get_by_text("SELECT").first).to_be_visible()
