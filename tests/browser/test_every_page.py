"""Every kind of page: no wider than a phone, without barriers, whole on paper, usable by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.accessibility import grave_violations
from tests.browser.page_kinds import EVERY_KIND, KINDS, PageKind, in_language
from tests.browser.watching import DESK, PHONE, focus_is_seen, scrolls_sideways
from tests.soak import series

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Served
    from tests.browser.watching import Walk


@series
@EVERY_KIND
def test_a_page_fits_a_phone_a_desk_the_keyboard_and_paper_without_barriers(
    walk: Walk, served: Served, screenshots: Path, kind: PageKind
) -> None:
    with walk.at(PHONE, kind.status) as page:
        for language in ("en", "zh"):
            page.goto(in_language(kind.address(served.data), language))
            assert scrolls_sideways(page) is False, language
        page.set_viewport_size(DESK)
        assert scrolls_sideways(page) is False
        # A PNG of it would take three times as long.
        page.screenshot(path=screenshots / f"{kind.name}-zh.jpg", full_page=True)
        assert grave_violations(page) == []
        the_keyboard_reaches_the_text_at_once_and_shows_where_it_is(page)
        on_paper_the_content_stays_and_the_menu_goes(page)


def test_on_a_phone_old_new_and_difference_stay_over_their_figures(walk: Walk, served: Served) -> None:
    """A long list of changed cells says once what its three figures are, and keeps it in sight."""
    [compare] = [kind for kind in KINDS if kind.name == "compare-years"]
    with walk.at(PHONE) as page:
        page.goto(compare.address(served.data))
        long = page.locator("tbody tr:nth-child(6)")
        table = page.locator("table.changed-cells").filter(visible=True, has=long).first
        heads = table.locator("thead th.number")
        table.locator("tbody tr").nth(3).evaluate("it => it.scrollIntoView()")
        places = [head.bounding_box() for head in heads.all()]
        figures = table.locator("tbody tr").nth(5).locator("td.type-int")
        for head, figure in zip(places, [cell.bounding_box() for cell in figures.all()], strict=True):
            assert head
            assert figure
            assert abs(head["x"] - figure["x"]) < 1
            assert 0 <= head["y"] < 40


def the_keyboard_reaches_the_text_at_once_and_shows_where_it_is(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    assert skip.evaluate("it => it === document.activeElement")
    box = skip.bounding_box()
    assert box
    assert box["x"] >= 0
    skip.press("Enter")
    assert page.url.endswith("#content")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert focus_is_in(page, "main") or focus_is_in(page, "footer")
        assert focus_is_seen(page)


def on_paper_the_content_stays_and_the_menu_goes(page: Page) -> None:
    tables = page.get_by_role("table").filter(visible=True).count()
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").filter(visible=True).count()
    assert page.get_by_role("heading", level=1).is_visible()
    # What is folded on the screen is open on paper, so there may be more of them.
    assert page.get_by_role("table").filter(visible=True).count() >= tables


def focus_is_in(page: Page, landmark: str) -> bool:
    return bool(page.evaluate("it => document.activeElement.closest(it) !== null", landmark))
