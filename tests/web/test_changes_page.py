"""The page of changes: counts by night, what proves each, figures first, what is unreachable apart."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from gongkai.web.pages import changes_pages
from gongkai.web.pages.page_queries import load_queries
from gongkai.web.thresholds import PAGES
from tests.web.charts import drawn, numbers
from tests.web.test_reading import SCRIPT, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

DAY = dt.date(2026, 1, 31)


def _evidence(**stated: object) -> str:
    return json.dumps(stated, ensure_ascii=False)


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample corpus with a document of changed figures, one withdrawn, one unreachable; hostile words."""
    passages = {"kept": 3, "changed": 1, "new": 0, "dropped": 0}
    figure = {"sort": "figure", "old": f"3{SCRIPT}", "new": "4"}
    changed = _evidence(passages=passages, figures=[figure], figures_changed=1)
    look = "(SELECT id FROM captures WHERE outcome = 'challenge_ruishu')"
    insert = (
        "INSERT INTO changes SELECT id, '{kind}', '{at}', {before}, current_version_id, {capture}, {evidence}"
        " FROM documents WHERE kind = '{of}' AND title IS NOT NULL"
    )
    withdrawn = (
        "json_object('nights', 4, 'days', 9, 'looks', json_array(json_object('capture', " + look + ","
        " 'night', '2026-01-31', 'outcome', 'gone')))"
    )
    earlier = "(SELECT id FROM versions WHERE document_id = documents.id ORDER BY first_seen LIMIT 1)"
    at = "2026-01-30T20:00:00.000000Z"
    return served(
        tmp_path_factory.mktemp("eventful"),
        insert.format(
            kind="changed", at=at, before=earlier, capture=look, evidence=f"'{changed}'", of="policy"
        ),
        insert.format(
            kind="withdrawn", at=at, before="NULL", capture=look, evidence=withdrawn, of="task_plan"
        ),
        f"UPDATE documents SET status = 'unreachable', title = '{SCRIPT}' WHERE kind = 'other'",  # noqa: S608 ours
    )


def test_the_nights_are_counted(eventful: Site) -> None:
    page = eventful.get("/-/changes").text
    counts = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>(?:<a[^>]*>)?([\d,]+)", page))
    appeared = eventful.get("/gongkai/changes.json", kind="appeared").json()["filtered_table_rows_count"]
    assert counts == {
        "改动": "1",
        "撤下": "1",
        "更正：并未撤下": "0",
        "恢复": "0",
        "迁移": "0",
        "出现": str(appeared),
        "暂时无法访问": "1",
    }


def test_figures_come_first_and_each_entry_has_its_evidence(eventful: Site) -> None:
    page = eventful.get("/-/changes").text
    figures, timeline = page.index('id="figures-changed"'), page.index('id="timeline"')
    assert figures < timeline
    first = page[figures:timeline]
    assert "改动：相同段 3 · 修改 1 · 新增 0 · 删去 0 · 数字变动 1" in first
    assert "/-/compare?a=" in first
    assert "被拦截（瑞数）" in first
    assert "4 夜的抓取为证，前后相隔 9 天：" in page[timeline:]


def test_changed_figures_are_told_of_however_much_else_happened(
    eventful: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the newest entries there may be none with figures; the page must not say that there is none."""
    listed = load_queries("changes")["entries"]
    monkeypatch.setitem(
        load_queries("changes"), "entries", listed.replace("AND 1\n", "AND c.kind = 'withdrawn'\n")
    )
    monkeypatch.setattr(changes_pages, "PAGES", replace(PAGES, changes_listed=1))
    page = eventful.get("/-/changes").text
    told = page.partition('id="figures-changed"')[2].partition("<h2")[0]
    assert "数字变动 1" in told
    assert "没有见到改过数字的文件" not in page


def test_a_list_that_is_cut_says_so_and_leads_to_the_whole(
    eventful: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load_queries("changes"), "with_figures", load_queries("changes")["entries"])
    monkeypatch.setattr(changes_pages, "PAGES", replace(PAGES, changes_with_figures=1))
    told = eventful.get("/-/changes").text.partition('id="figures-changed"')[2].partition("<h2")[0]
    assert '另有 1 项未在此列出。 <a href="/gongkai/figures_changed">' in told


def test_each_feed_is_called_what_it_holds(site: Site) -> None:
    page = site.get("/-/changes").text
    assert '<a href="/-/feeds/changes.atom">改动、恢复与迁移</a>' in page
    assert '<a href="/-/feeds/withdrawals.atom">撤下的文件</a>' in page


def test_what_is_unreachable_is_not_withdrawn(eventful: Site) -> None:
    """It has a list of its own, with the time when it last opened, in Beijing."""
    page = eventful.get("/-/changes").text
    apart = page.partition('<h2 id="unreachable">')[2]
    assert "不等于撤下" in apart
    assert "最近一次打开：2026-01-31 03:00" in apart


def test_markup_is_inert(eventful: Site) -> None:
    page = eventful.get("/-/changes").text
    assert SCRIPT not in page
    assert html.escape(SCRIPT) in page


def test_without_changes_each_list_says_so_in_both_languages(site: Site) -> None:
    page = site.get("/-/changes").text
    assert "最近 30 夜没有见到改动、撤下、恢复或迁移。" in page
    assert "没有打不开的文件。" in page
    assert "No document with changed figures in these nights." in site.get("/-/changes", lang="en").text


def test_without_a_run_there_is_nothing_to_tell(tmp_path: Path) -> None:
    page = served(tmp_path, "UPDATE runs SET night = NULL").get("/-/changes").text
    assert "还没有抓取过任何网站" in page
    assert "<svg" not in page


def test_a_night_without_a_crawl_is_hatched_and_its_cells_are_empty(site: Site) -> None:
    """Nobody looked, so there is no zero."""
    page = site.get("/-/changes").text
    assert page.count('fill="url(#line-hatch)"') == 29
    rows = re.findall(r'<tr role="row"><th scope="row"[^>]*>(.*?)</tr>', page)
    assert len(rows) == 30
    assert "该夜没有抓取" not in rows[0]
    assert all("该夜没有抓取" in row and not re.search(r">\d+</td>", row) for row in rows[1:])


def test_what_happened_is_put_to_its_night() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.row_factory = sqlite3.Row
        db.execute("CREATE TABLE runs (id, night, verb)")
        db.execute("CREATE TABLE captures (id, run_id)")
        db.execute("CREATE TABLE changes (kind, observed_at, capture_id)")
        runs = [
            ("crawled", "2026-01-31", "nightly"),
            ("imported", "2026-01-05", "import"),
            ("lost", None, ""),
        ]
        db.executemany("INSERT INTO runs VALUES (?, ?, ?)", runs)
        db.executemany("INSERT INTO captures VALUES (?, ?)", [(run, run) for run, _, _ in runs])
        happened = [("changed", "2026-01-30", "crawled")] * 2 + [("appeared", "2026-01-30", "crawled")] * 7
        happened += [("moved", "2026-01-05", "imported"), ("moved", "2025-12-31", "imported")]
        db.executemany("INSERT INTO changes VALUES (?, ?, ?)", happened)
        sql = load_queries("changes")["nights"]
        nights = {row["day"]: dict(row) for row in db.execute(sql, {"days": PAGES.changes_nights})}
        db.execute("UPDATE runs SET night = NULL")
        assert db.execute(sql, {"days": PAGES.changes_nights}).fetchall() == []
    assert (len(nights), min(nights), max(nights)) == (30, "2026-01-02", DAY.isoformat())
    assert list(nights) == sorted(nights)
    none = dict.fromkeys(("told", *changes_pages.KINDS), 0)
    crawled = {"day": DAY.isoformat(), "was_crawled": 1, **none, "told": 2, "changed": 2, "appeared": 7}
    assert nights[DAY.isoformat()] == crawled
    assert nights["2026-01-05"] == {"day": "2026-01-05", "was_crawled": 0, **none, "told": 1, "moved": 1}
    assert nights["2026-01-04"] == {"day": "2026-01-04", "was_crawled": 0, **none}


@pytest.mark.parametrize(
    ("happened", "ticks", "total"),
    [
        (0, 0, None),
        (1, 1, None),
        (18, 18, None),
        (19, 18, "19"),
    ],
)
def test_a_day_has_a_tick_for_each_change(happened: int, ticks: int, total: str | None) -> None:
    days = [DAY - dt.timedelta(days=back) for back in reversed(range(30))]
    nights = [
        {"day": day.isoformat(), "was_crawled": day == DAY, "told": happened * (day == DAY)} for day in days
    ]
    svg = drawn("day_ticks", nights, "line", "name", "told")
    marks = numbers(svg.xpath("//rect[@class='tick-mark']"), "x", "y")
    assert len(set(marks)) == len(marks) == ticks
    assert all(377 <= x <= 390 - 3 and 0 <= y < 86 for x, y in marks)
    assert len(svg.xpath("//rect[starts-with(@fill, 'url')]")) == 29  # of the other days nothing is known
    texts = [text.text for text in svg.xpath("//text")]
    assert texts[-1] == "1-31"
    assert texts[-2:-1] == ([total] if total else texts[-2:-1])
    assert ("19" in texts) == (total is not None)
