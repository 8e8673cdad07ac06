"""A column that only leads to its years: one list, whose next year is read the night it appears."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.frontier.sweeps import NOTHING_NEW
from crawler.families import FAMILIES, find_parts
from crawler.registry.portals import PortalList
from tests.crawler.list_cases import first_page
from tests.crawler.portal_server import PortalServer, list_page, page
from tests.crawler.quiet_portal import HOST, LIST, QuietPortal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.frontier.sweeps import Sweep

MAY = dt.date(2026, 5, 12)
DAY = dt.timedelta(days=1)


class Years:
    """A portal whose list is made of years; of each its rows, and what the script of its page says."""

    def __init__(self, server: PortalServer, data: DataDir, *, declared: bool) -> None:
        self.quiet = QuietPortal(server, data, 0)
        self.quiet.portal = replace(
            self.quiet.portal,
            family="html_list",
            lists=(PortalList(f"http://{HOST}{LIST}", "annual_report", options={"parts": "years"}),),
        )
        self.declared = declared
        self.counted = False
        self.years: dict[int, list[tuple[str, str]]] = {}

    def write(self, year: int, count: int, first: int = 0) -> None:
        """Give a year so many reports, and show the column anew."""
        rows = [(f"/a/{year}_{number}.html", f"{year}年第{number}号报告") for number in range(first, count)]
        self.years[year] = rows
        replies = self.quiet.server.replies
        replies |= {path: self.quiet.document(title) for path, title in rows}
        pages = [rows[at : at + 20] for at in range(0, len(rows), 20)] or [[]]
        for number, shown in enumerate(pages):
            total = f", {len(rows)}" if self.declared else ""
            call = f'createPageHTML({len(pages)}, {number}, "index", "html"{total});' if self.declared else ""
            name = f"index_{number}" if number else "index"
            replies[f"/nb/{year}/{name}.html"] = list_page(shown, call) if rows else page("暂无信息")
        counts = {each: f"({len(self.years[each])})" * self.counted for each in sorted(self.years)}
        links = "".join(f'<a href="{each}/index.html">{each}年{said}</a>' for each, said in counts.items())
        replies[LIST] = page(f'<div class="years">{links}</div><a href="/bmfw/">便民服务</a>')

    def night(self, day: int) -> tuple[list[str], list[str], Sweep]:
        """Crawl: which pages of the list and which documents were asked for, and how the walk ended."""
        before = len(self.quiet.server.paths())
        summary = self.quiet.night(MAY + day * DAY)
        (sweep,) = summary.portals[0].sweeps
        asked = self.quiet.server.paths()[before:]
        return (
            [path for path in asked if path.startswith("/nb/")],
            [path for path in asked if path.startswith("/a/")],
            sweep,
        )


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer({}) as server:
        yield server


@pytest.fixture
def years(server: PortalServer, tmp_path: Path) -> Years:
    years = Years(server, DataDir(tmp_path), declared=True)
    for year, count in ((2023, 3), (2024, 25), (2025, 22)):
        years.write(year, count)
    return years


def test_the_next_year_is_read_the_night_it_appears(years: Years) -> None:
    lists, documents, sweep = years.night(0)
    assert lists == [
        LIST,
        *("/nb/2025/index.html", "/nb/2025/index_1.html"),
        *("/nb/2024/index.html", "/nb/2024/index_1.html", "/nb/2023/index.html"),
    ]
    assert (len(documents), sweep.complete, sweep.declared, sweep.found) == (50, True, 50, 50)
    years.night(1)
    lists, documents, sweep = years.night(2)
    assert (lists, sweep.reason) == ([LIST, "/nb/2025/index.html", "/nb/2025/index_1.html"], NOTHING_NEW)
    years.write(2026, 2)
    lists, documents, sweep = years.night(3)
    assert lists[:2] == [LIST, "/nb/2026/index.html"]
    assert {"/a/2026_0.html", "/a/2026_1.html"} <= set(documents)
    years.write(2022, 1)
    lists, documents, _ = years.night(4)
    assert "/nb/2022/index.html" in lists, "an old year that was not there is new, too"
    assert "/a/2022_0.html" in documents
    assert years.night(5)[0] == [LIST, "/nb/2026/index.html"]


def test_a_year_without_rows_or_with_fewer_than_it_declares_is_told(years: Years) -> None:
    years.write(2026, 0)
    _, documents, sweep = years.night(0)
    assert (len(documents), sweep.complete, sweep.declared) == (50, True, 50), "one that says so is empty"
    replies = years.quiet.server.replies
    short = list_page(years.years[2024][:5], 'createPageHTML(1, 0, "index", "html", 25);')
    replies["/nb/2024/index.html"] = short
    _, _, sweep = years.night(40)
    assert (sweep.complete, sweep.reason) == (False, "declared 25 rows, found 5")


def test_a_year_of_which_the_last_part_is_empty_ends_a_quiet_walk(years: Years) -> None:
    replies = years.quiet.server.replies
    replies["/nb/2025/bm.html"] = replies["/nb/2025/index.html"]
    replies["/nb/2025/xz.html"] = page("暂无信息")
    replies["/nb/2025/index.html"] = page("<a href=bm.html>部门</a><a href=xz.html>乡镇</a>")
    assert years.night(0)[2].complete
    years.night(1)
    lists, _, sweep = years.night(2)
    assert lists[1:] == [f"/nb/2025/{name}.html" for name in ("index", "bm", "index_1", "xz")]
    assert sweep.reason == NOTHING_NEW
    years.write(2026, 0)
    assert "/nb/2025/index.html" in years.night(3)[0], "an empty year says nothing of the others"


def test_a_year_that_cannot_be_had_keeps_no_other_from_being_read(years: Years) -> None:
    del years.quiet.server.replies["/nb/2024/index.html"]
    lists, documents, sweep = years.night(0)
    assert "/nb/2023/index.html" in lists
    assert (len(documents), sweep.complete, sweep.reason) == (25, False, "gone")


def test_a_year_that_is_gone_is_asked_for_again_in_its_turn_only(years: Years) -> None:
    assert years.night(0)[2].complete
    del years.quiet.server.replies["/nb/2024/index.html"]
    seen = [years.night(day) for day in range(1, 24)]
    walks = [sweep for lists, _, sweep in seen if "/nb/2024/index.html" in lists]
    assert 2 <= len(walks) <= 5
    assert {(sweep.complete, sweep.reason, sweep.missing) for sweep in walks} == {(False, "gone", ())}
    years.write(2024, 26)
    back = [documents for _, documents, _ in (years.night(day) for day in range(24, 32))]
    assert sum("/a/2024_25.html" in documents for documents in back) == 1


def test_a_row_of_an_old_year_is_heard_where_the_column_says_how_many_each_has(
    server: PortalServer, tmp_path: Path
) -> None:
    years = Years(server, DataDir(tmp_path), declared=False)
    years.counted = True
    for year in (2022, 2023, 2024, 2025):
        years.write(year, 3)
    _, _, sweep = years.night(0)
    assert (sweep.complete, sweep.declared, sweep.found) == (True, 12, 12)
    assert years.night(1)[0] == [LIST, "/nb/2025/index.html"]
    years.write(2022, 4)
    assert "/a/2022_3.html" in years.night(2)[1]


def test_so_it_is_where_the_years_lead_to_bodies_that_do_not_say(
    server: PortalServer, tmp_path: Path
) -> None:
    years = Years(server, DataDir(tmp_path), declared=False)
    years.counted = True

    def write(year: int, count: int) -> None:
        years.write(year, count)
        server.replies[f"/nb/{year}/bm.html"] = server.replies[f"/nb/{year}/index.html"]
        server.replies[f"/nb/{year}/index.html"] = page("<a href=../2025/>2025年</a><a href=bm.html>部门</a>")

    for year in (2023, 2024, 2025):
        write(year, 3)
    _, _, sweep = years.night(0)
    assert (sweep.reason, sweep.complete, sweep.declared, sweep.found) == (None, True, 9, 9)
    assert years.night(1)[0] == [LIST, "/nb/2025/index.html", "/nb/2025/bm.html"]
    write(2023, 4)
    assert "/a/2023_3.html" in years.night(2)[1]


def test_years_of_one_page_are_complete_once_they_have_stood_still(
    server: PortalServer, tmp_path: Path
) -> None:
    years = Years(server, DataDir(tmp_path), declared=False)
    for year in (2024, 2025):
        years.write(year, 3)
    assert [years.night(day)[2].complete for day in (0, 1, 2)] == [False, False, False]
    lists, _, sweep = years.night(40)
    assert (len(lists), sweep.complete, sweep.found) == (3, True, 6)
    years.write(2024, 4)
    assert not years.night(80)[2].complete


def requests_on(markup: str, told: str = "years", *, is_within: bool = False) -> list[str]:
    at = first_page("https://www.hexi.gov.cn/nb/")
    found = find_parts(markup, at, told, is_within=is_within)
    return [each.url.removeprefix("https://www.hexi.gov.cn/") for each in found]


def test_parts_are_years_and_months_by_their_names_newest_first() -> None:
    years = "<a href=2023/>2023年</a><a href=2025/> 2025年度 </a><a href=2024/>2024 (31)</a>"
    assert requests_on(years) == ["nb/2025/", "nb/2024/", "nb/2023/"]
    assert requests_on(years + "<a href=/gb/2026/>2026年</a>") == ["nb/2025/", "nb/2024/", "nb/2023/"]
    months = (
        "<a href=a/>2025年12月</a><a href=b/>2026年1月</a><a href=c/>2025年2月(7)</a><a href=d/>2025-03</a>"
    )
    assert requests_on(months) == ["nb/b/", "nb/a/", "nb/d/", "nb/c/"]
    report = "<a href=202601/t20260120_7.html>2025年</a><a href=x/>2025年报告</a><a href=y/>20251月</a>"
    assert requests_on(report) == []
    bodies = "<a href=bm/>县政府部门</a><a href=/bm/>县政府部门</a>"
    assert (requests_on(bodies), requests_on(bodies, is_within=True)) == ([], ["nb/bm/"])
    chosen = (
        "<select><option value=''>年度<option value=/nb/2025.html>2025年<option value=2024>2024年</select>"
    )
    assert requests_on(chosen) == ["nb/2025.html"]
    assert requests_on("<p class=n><a href=one/>甲</a></p><a href=two/>乙</a>", ".n a") == ["nb/one/"]


def test_what_parts_are_called_is_checked() -> None:
    assert FAMILIES["html_list"].fault({"parts": "years"}) is None
    assert FAMILIES["jpage"].fault({"parts": ".years >"}) is not None
