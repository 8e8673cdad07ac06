"""What a journalist asks in the first five minutes, in clicks counted from the front page on.

On the demo, on the five real documents and on the real annual reports; on the demo by the keyboard alone too.
In `make test` on the demo by the keyboard, and on the documents by clicks.
What must be seen is worked out by SQL of the tests' own over the same copy.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from gongkai.serving import free_port, serve_command
from tests.browser.watching import LOOPBACK, focus_is_seen, window
from tests.e2e.conftest import make_demo_nights, serve_folder
from tests.made_once import made_once
from tests.soak import first_of, series
from tests.web.conftest import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from archive.data_folder import DataDir

_WEIGHED = (
    *("/gongkai/documents", "/gongkai/facts", "/gongkai/refused_most"),
    *("/-/checks", "/-/copied", "/-/coverage", "/-/governments"),
)
"""Pages that grow with the corpus, beside those of the tour."""

_MOST_TABS = 200
"""From the beginning of a page to what is asked for on it."""

_WAY_MS = 120_000
"""So long may that take on a machine that does other things too."""


@dataclass
class Visit:
    """A visit to the site that begins on the front page.

    Attributes:
        page: the window.
        data: what is served.
        is_demo: whether that is demo data.
        by_keys: whether the reader has no mouse.
        clicks: how many were made since the front page.
    """

    page: Page
    data: DataDir
    is_demo: bool
    by_keys: bool
    clicks: int = 0

    def open(self) -> None:
        """Begin anew, once all that the page before asked for has come."""
        self.page.wait_for_load_state("networkidle")
        self.page.goto("/")
        self.clicks = 0

    def click(self, place: Locator) -> None:
        """Click once, or go there from place to place, each of them seen, and press Enter."""
        if self.by_keys:
            self._go_to(place)
            before, target = self.page.url, place.get_attribute("href")
            place.press("Enter")
            # A click waits for the page that it leads to, a key does not; a file leads to none.
            if target and ".csv" not in target:
                self.page.wait_for_url(lambda url: url != before)
        else:
            place.click()
        self.clicks += 1

    def _go_to(self, place: Locator) -> None:
        for _ in range(_MOST_TABS):
            self.page.keyboard.press("Tab")
            assert focus_is_seen(self.page)
            if place.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"no way by the keyboard to {place}")

    @property
    def main(self) -> Locator:
        """The page but for what every page has."""
        return self.page.get_by_role("main")

    def ask(self, sql: str, **values: object) -> list[Any]:
        """Return rows of the published copy."""
        with closing(sqlite3.connect(self.data.public_db)) as db:
            return db.execute(sql, values).fetchall()

    @property
    def year(self) -> int:
        """The year that the page is about: the chosen one of those it offers."""
        chosen = self.main.locator("nav [aria-current]").filter(has_text=re.compile(r"\d{4}")).first
        return int(chosen.inner_text()[:4])


@pytest.fixture(params=first_of(["demo by keys", "documents", "demo", "real"], 2))
def visit(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visit]:
    """A visit to one of the three corpora."""
    is_demo = request.param.startswith("demo")
    if is_demo:
        data = made_once(tmp_path_factory, "demo-nights", make_demo_nights).data
    else:
        folder = request.getfixturevalue(f"shared_{request.param}")
        folder = folder / "reports" if request.param == "real" else folder
        data = made_once(
            tmp_path_factory,
            {"documents": "five", "real": "real-reports"}[request.param],
            partial(serve_folder, folder=folder),
        )
    port = free_port(LOOPBACK)
    with answering(serve_command(data, port=port), port) as address, window(browser, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield Visit(page, data, is_demo, by_keys=request.param.endswith("keys"))


@series
def test_the_first_five_minutes(visit: Visit, tmp_path: Path) -> None:
    for step, most in steps(tmp_path):
        visit.open()
        step(visit)
        assert visit.clicks <= most, step
        assert visit.main.get_by_text("示范数据：").count() == visit.is_demo
    visit.open()
    [(longest,)] = visit.ask("SELECT document_id FROM versions ORDER BY chars DESC LIMIT 1")
    for address in (f"/gongkai/documents/{longest}", *_WEIGHED):
        assert len(visit.page.request.get(address).body()) < 100_000, address


def steps(folder: Path) -> Iterator[tuple[Callable[[Visit], None], int]]:
    """Yield what is asked, and by how many clicks it must be answered."""
    yield see_whose_sums_differ, 0
    yield find_who_refused_most, 1
    yield find_whose_sums_differ, 1
    yield find_who_copied_last_year, 1
    yield partial(take_away, folder=folder), 1
    yield prove_a_rate, 2
    yield compare_bodies, 2


RANKED = """
SELECT issuer, numerator, denominator, document_id FROM rates_by_report
WHERE measure = 'denied' AND year = :year AND unranked IS NULL AND denominator >= 20
ORDER BY 1.0 * numerator / denominator DESC, issuer
"""
DIFFERING = """
SELECT DISTINCT v.issuer, v.year FROM checks AS c JOIN documents AS d ON d.current_version_id = c.version_id
JOIN coverage AS v ON v.document_id = d.id
WHERE c.outcome = 'fail' AND c.severity = 'error' AND c.check_id NOT LIKE '%.shape'
"""
"""A table that was not read in full has no wrong sum; the page lists it apart."""
COPIED = """
SELECT issuer, year, prose_share FROM copied_from
WHERE is_previous_year = 1 AND document_id IN (SELECT document_id FROM coverage)
ORDER BY prose_share DESC, year DESC
"""


def find_who_refused_most(visit: Visit) -> None:
    """The question, asked of one year: the first row is who it is by the counts themselves."""
    visit.click(visit.main.get_by_role("link", name="谁的不予公开率最高？"))
    [(body, refused, results, _), *_] = visit.ask(RANKED, year=visit.year)
    first = visit.main.get_by_role("region", name="查询结果").get_by_role("row").nth(1)
    for text in (body, str(refused), str(results), f"{100 * refused / results:.2f}"):
        expect(first.get_by_role("cell", name=text, exact=True)).to_be_visible()


def see_whose_sums_differ(visit: Visit) -> None:
    """The front page says before any click of how many reports the sums differ: of its year, else of all."""
    finding = visit.main.get_by_text(re.compile("^(各|20).*(数字对不上|数字都对得上)")).first.inner_text()
    counted = [body for body, year in visit.ask(DIFFERING) if finding.startswith(("各年度", f"{year} 年度"))]
    assert (f"{len(counted)} 份数字对不上" if counted else "数字都对得上") in finding


def find_whose_sums_differ(visit: Visit) -> None:
    """All of them, of whatever year."""
    visit.click(visit.page.get_by_role("banner").get_by_role("link", name="核对", exact=True))
    wrong = visit.main.get_by_role("region", name="表内数字不相符")
    for body, year in visit.ask(DIFFERING):
        expect(
            wrong.get_by_role("row").filter(has_text=body).filter(has_text=str(year)).first
        ).to_be_visible()


def find_who_copied_last_year(visit: Visit) -> None:
    """Whose prose is that of the year before, the most of it first; or that no year before is held."""
    visit.click(visit.page.get_by_role("banner").get_by_role("link", name="沿用", exact=True))
    copied = visit.ask(COPIED)
    table = visit.main.get_by_role("table", name="与上年报告相同的文字")
    assert table.count() == bool(copied)
    if copied:
        [(body, year, share), *_] = copied
        first = table.get_by_role("row").nth(1)
        for text in (body, str(year), f"{100 * share:.1f}%"):
            expect(first).to_contain_text(text)


def take_away(visit: Visit, folder: Path) -> None:
    """A whole CSV, which says itself that it is."""
    with visit.page.expect_download(timeout=_WAY_MS) as download:
        visit.click(visit.main.get_by_role("link", name="各项比率 CSV"))
    download.value.save_as(folder / "rates.csv")
    with (folder / "rates.csv").open(encoding="utf-8", newline="") as file:
        _, *rows, last = csv.reader(file)
    [(rates,)] = visit.ask("SELECT count(*) FROM rates_by_report")
    assert len(rows) == rates
    assert last[0].startswith(f"# COMPLETE rows={rates} ")


def prove_a_rate(visit: Visit) -> None:
    """From the share to the page of its formula, with every cell it is made of, and its citation copied."""
    [(body, refused, results, document), *_] = visit.ask(RANKED, year=visit.year)
    visit.click(
        visit.main.get_by_role("link", name=re.compile(f"{body}.*{100 * refused / results:.1f}%")).first
    )
    assert visit.page.url.partition("?")[0].endswith(f"/-/rate/denied/{document}")
    expect(visit.main).to_contain_text(f"{refused:,}")
    expect(visit.main).to_contain_text(f"{results:,}")
    visit.click(visit.main.get_by_role("button", name="复制"))
    expect(visit.main.get_by_role("button", name="已复制")).to_be_visible()
    cited = visit.main.locator(".cite").inner_text()
    assert visit.page.evaluate("navigator.clipboard.readText()") == cited.strip()


def compare_bodies(visit: Visit) -> None:
    """Three of one province side by side, or as many as there are."""
    visit.click(visit.page.get_by_role("banner").get_by_role("link", name="机关", exact=True))
    visit.click(visit.main.get_by_role("link", name=re.compile("^并排比较这")).first)
    asked = re.findall("[?&]id=([^&]+)", visit.page.url)
    bodies = visit.ask(
        "SELECT name FROM issuers WHERE id IN (SELECT value FROM json_each(:ids))",
        ids=str(asked).replace("'", '"'),
    )
    assert 2 <= len(bodies) == len(asked) <= 6
    for (body,) in bodies:
        expect(visit.main.get_by_role("link", name=body).first).to_be_visible()
