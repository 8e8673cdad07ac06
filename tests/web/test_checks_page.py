"""The page of sums that do not add up: a row a cause, its equation, its cells."""

from __future__ import annotations

import csv
import html
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from datasette.database import QueryInterrupted
from msgspec import structs
from msgspec.structs import replace

from archive.publish.copy import publish
from gongkai.serving import datasette_app
from gongkai.web.pages import findings_pages
from gongkai.web.pages import page_queries as page_module
from gongkai.web.pages.findings_pages import gather_reports
from gongkai.web.pages.page_queries import load_queries, read_rows
from gongkai.web.thresholds import PAGES
from pipelines.checks.check_catalogue import CheckOutcome, Severity
from tests.archive.stating import check_of, derive_readings, facts_of, reading_of
from tests.web.conftest import Site
from tests.web.test_reading import NOW, SCRIPT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gongkai.web.pages.page_queries import Rows


def plain(page: str) -> str:
    """Return what a reader sees of a page, white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Three reports: one cause that explains another, a hostile one, a warning."""
    cells = {"t3.new_requests.total": "5", "t3.carried_in.total": None, "t3.results_total.total": "9"}
    facts = facts_of(cells)
    refs = tuple(fact.ref for fact in facts)
    sums = {"left_value": "5", "right_value": "9", "difference": "-4"}
    balance = check_of("t3.balance.total", CheckOutcome.FAIL, *refs, explained_by="t3.off_by_carry", **sums)
    cause = check_of("t3.off_by_carry", CheckOutcome.FAIL, refs[2], severity=Severity.INFO)
    untested = check_of("t3.results_sum.total", CheckOutcome.NOT_TESTABLE, refs[1])
    hostile_facts = tuple(replace(fact, raw=SCRIPT, row_label=SCRIPT) for fact in facts)
    hostile = check_of("t3.results_sum.total", CheckOutcome.FAIL, *refs, message_zh=SCRIPT, **sums)
    late = check_of("doc.late", CheckOutcome.FAIL, severity=Severity.WARNING, message_zh="标注日期在期限之后")
    readings = {
        "a": reading_of("一", form="form_2021", facts=facts, checks=(balance, cause, untested)),
        "b": reading_of("二", issuer=f"{SCRIPT}县人民政府", facts=hostile_facts, checks=(hostile,)),
        "c": reading_of("三", year=2021, checks=(late,)),
    }
    data = derive_readings(
        tmp_path_factory.mktemp("stated"),
        {f"http://www.testville.example/{name}.html": reading for name, reading in readings.items()},
    )
    publish(data, clock=lambda: NOW)
    return Site(data, datasette_app(data))


def test_a_cause_stands_for_what_it_explains(stated: Site) -> None:
    """The quoted equation is the explained one; the severity is the worst behind it."""
    page = plain(stated.get("/-/checks", check="t3.balance").text)
    assert "1 个原因，见于 1 份报告。" in page
    assert "t3.balance.total：不相符 可能原因： t3.off_by_carry：不相符" in page
    assert "−4" in page
    assert "new_requests 5 ； carried_in 空 ； results_total 9" in page


@pytest.mark.parametrize(("most", "listed"), [(2, 2), (3, 3)])
def test_remarks_are_listed_where_they_fit_in_and_else_behind_a_link(
    stated: Site, monkeypatch: pytest.MonkeyPatch, most: int, listed: int
) -> None:
    """Two wrong sums come first; the warning is the third cause."""
    monkeypatch.setattr(findings_pages, "PAGES", structs.replace(PAGES, check_causes=most))
    page = stated.get("/-/checks").text
    assert page.count('<tr role="row" id="c') == listed
    assert ("标注日期在期限之后" in page) is (listed == 3)
    way = re.findall(r'<p><a rel="nofollow" href="([^"]+)">逐个列出这 1 个', page)
    assert len(way) == 3 - listed
    chosen = stated.get(html.unescape(way[0]) if way else "/-/checks?severity=warning").text
    assert "标注日期在期限之后" in chosen
    assert "可能原因" not in chosen


@pytest.mark.parametrize("asked", [{}, {"severity": "error"}])
def test_every_cause_is_on_one_of_the_pages(
    stated: Site, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    monkeypatch.setattr(findings_pages, "PAGES", structs.replace(PAGES, check_causes=1))
    path: str | None = "/-/checks"
    seen: list[str] = []
    while path:
        page = stated.get(path, **(asked if not seen else {})).text
        seen += re.findall('<tr role="row" id="c([^"]+)', page)
        assert f"这里是第 {len(seen)}–{len(seen)} 个。" in page
        path = next((html.unescape(it) for it in re.findall(r'rel="next" href="([^"]+)"', page)), None)
    assert len(seen) == len(set(seen)) == 2
    assert re.findall(r'rel="prev" href="([^"]+)"', page) == ["/-/checks?severity=error&amp;page=1"]
    beyond = stated.get("/-/checks", severity="error", page="9" * 9).text
    assert seen[-1] in beyond


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"check": "t3.results_sum", "region": "试城"}, "本范围内没有不相符的核对；1 项无法检验。"),
        ({"region": "无此地"}, "本范围内没有核对过的报告。"),
        ({"year": "' OR 1=1 --"}, "本范围内没有核对过的报告。"),
        ({"severity": "<b>", "year": "1999"}, "本范围内没有核对过的报告。"),
    ],
)
def test_where_nothing_is_found_the_page_says_what_was_tested(
    stated: Site, asked: dict[str, str], said: str
) -> None:
    assert said in stated.get("/-/checks", **asked).text


def test_a_corpus_without_checks_has_no_table(site: Site) -> None:
    page = site.get("/-/checks").text
    assert "本范围内没有核对过的报告。" in page
    assert "<table" not in page


def test_markup_is_inert(stated: Site) -> None:
    page = stated.get("/-/checks", check=SCRIPT, region=SCRIPT).text + stated.get("/-/checks").text
    assert SCRIPT not in page
    assert html.escape(SCRIPT) in page


def test_of_many_cells_those_with_figures_and_the_last_are_named() -> None:
    fact = {"column_label": "总计", "unit": None, "how": "grid", "version_id": "v"}
    facts = {
        str(place): {
            **fact,
            "id": str(place),
            "row_label": f"第{place}行",
            "raw": str(place % 2),
            "value": str(place % 2),
            "state": "number" if place % 2 else "zero",
        }
        for place in range(40)
    }
    check = {"id": "c", "version_id": "v", "table_no": 1, "explained_by": None, "difference": "1"}
    check["cells"] = "[" + ",".join(f'"{place}"' for place in range(40)) + "]"
    row = {
        "id": "c",
        "version_id": "v",
        "table_no": 1,
        "check_id": "t3.results_sum.total",
        "document_id": "d",
    }
    [[cause]] = gather_reports([row], [check], facts)
    shown = [cell["id"] for cell in cause["quoted"]["cells"]]
    assert shown == [*(str(place) for place in range(1, 22, 2)), "39"]
    assert len(shown) == 12
    assert cause["quoted"]["further"] == 28
    assert cause["quoted"]["labels"] == ["row_label"]


def test_rules_of_a_family_are_added_up() -> None:
    counted = [
        ("t3.balance.total", "pass", 3),
        ("t3.balance.total", "not_testable", 1),
        ("t3.balance.business", "fail", 2),
        ("doc.late", "pass", 5),
    ]
    templates = page_module._templates(page_module.queries_folder())
    macros: Any = templates.get_template("checks.sql").module
    given = "SELECT * FROM counted"
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE counted (check_id, outcome, checks)")
        db.executemany("INSERT INTO counted VALUES (?, ?, ?)", counted)
        asked = db.execute(macros.add_up(caller=lambda: given))
        names = [column[0] for column in asked.description]
        assert names == ["check_id", "tested", "pass", "pass_if_blank_zero", "fail", "not_testable"]
        assert asked.fetchall() == [("doc.late", 5, 5, 0, 0, 0), ("t3.balance", 5, 3, 0, 2, 1)]


def _taken(stated: Site, page: str) -> list[list[str]]:
    """Return the causes in the files that a page of findings offers."""
    [path] = re.findall(r'href="(/-/export/check_failures\.csv[^"]*)"', page)
    answer = stated.get(html.unescape(path))
    assert answer.status_code == 200
    return list(csv.reader(answer.text.splitlines()))[1:-1]


@pytest.mark.parametrize(
    ("asked", "causes"),
    [
        ({}, 3),
        ({"year": "2021"}, 1),
        ({"severity": "warning"}, 1),
        ({"region": "测县"}, 0),
        ({"region": "' OR 1=1 --"}, 0),
        ({"region": "<script>"}, 1),
        ({"check": "t3.balance"}, 1),
        ({"check": "t3.results_sum", "year": "2021"}, 0),
        ({"check": "'"}, 0),
    ],
)
def test_what_is_taken_away_is_what_the_page_lists(stated: Site, asked: dict[str, str], causes: int) -> None:
    page = stated.get("/-/checks", **asked).text
    assert len(_taken(stated, page)) == causes
    assert page.count('<tr role="row" id="c') == causes


def test_a_long_list_leads_to_all_of_its_causes(stated: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_pages, "PAGES", structs.replace(PAGES, check_causes=1))
    page = stated.get("/-/checks").text
    [whole] = re.findall(r'href="(/gongkai/check_failures\?worst_severity=error[^"]*)"', page)
    assert "<strong>2</strong>" in stated.get(html.unescape(whole)).text


def test_cells_that_were_not_read_are_no_wrong_sums(tmp_path: Path) -> None:
    """That ten cells are missing may be our reading; nobody is said to have added up wrongly."""
    unread = check_of("t2.shape", CheckOutcome.FAIL, message_zh="其中3格未能在正文中找到")
    data = derive_readings(
        tmp_path, {"http://www.testville.example/a.html": reading_of("一", checks=(unread,))}
    )
    publish(data, clock=lambda: NOW)
    site = Site(data, datasette_app(data))
    page = site.get("/-/checks").text
    assert 'id="of-error"' not in page
    assert "表格没有读全" in page
    assert "未能在正文中找到" in page
    assert "未能在正文中找到" in site.get("/-/checks", severity="shape").text
    assert "未能在正文中找到" not in site.get("/-/checks", severity="error").text
    assert "未能在正文中找到" not in site.get("/gongkai/sums_that_differ").text


def test_the_table_of_a_place_says_by_what_it_is_narrowed(stated: Site) -> None:
    [path] = re.findall(
        r'href="(/gongkai/check_failures\?_where[^"]*)"', stated.get("/-/checks", region="三").text
    )
    page = stated.get(html.unescape(path)).text
    assert "SELECT issuer_id FROM issuer_places WHERE code = &#39;三&#39;" in page
    assert '<a href="/gongkai/check_failures">' in page


def test_a_list_stands_without_what_cannot_be_counted_in_time(
    stated: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting goes over all reports; the causes do not, and are what a reader came for."""

    costly = [load_queries("checks")["rules"]]

    async def interrupted(database: object, sql: str, parameters: Mapping[str, str]) -> Rows:
        if sql in costly:
            raise QueryInterrupted(sqlite3.OperationalError(), sql, parameters)
        return await read_rows(database, sql, parameters)

    monkeypatch.setattr(page_module, "read_rows", interrupted)
    page = stated.get("/-/checks", region="县").text
    assert page.count('<tr role="row" id="c') > 0
    assert "来不及计数" in page
    assert "本范围内没有不相符的核对。" in stated.get("/-/checks", region="无此地").text


def test_a_reader_is_led_to_where_to_write(stated: Site) -> None:
    assert '<a href="/-/about#errors">怎样来信</a>' in stated.get("/-/checks").text


def test_no_two_landmarks_have_one_name(bodies_site: Site) -> None:
    """Who goes from landmark to landmark is told them apart (axe: landmark-unique)."""
    page = bodies_site.get("/-/checks").text
    named = re.findall(r'<(?:section|[a-z]+ [^>]*role="region")[^>]* aria-labelledby="([^"]+)"', page)
    assert named
    assert len(named) == len(set(named))
