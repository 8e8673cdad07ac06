"""What is suppressed is not told by a comparison either: not by years, not by changes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from archive.publish.build import build_copy
from archive.publish.suppressions import Suppression
from tests.archive.evidence import Answer, page
from tests.archive.test_year_on_year import derived
from tests.e2e.content import rows

if TYPE_CHECKING:
    from pathlib import Path

BASE = "http://www.testville.example/nb"
DAY = dt.date(2026, 2, 3)


def report(year: int, figure: int) -> Answer:
    title = f"试城市人民政府{year}年政府信息公开工作年度报告"
    text = f"全年公开信息{figure}条，申请人为居民甲某共计{figure + 7}人次。"
    return Answer(
        f"{BASE}/{year}.html", page(title, "一、总体情况", text, "二、甲某一事", "（一）经过", "已办结。")
    )


def published(root: Path, *suppressions: Suppression) -> Path:
    nights = [[report(2023, 97), report(2024, 120)], [report(2024, 121)]]
    data = derived(root, nights)
    copy = root / "copy.db"
    build_copy(data.corpus_db, copy, suppressions)
    return copy


def quoted(copy: Path) -> str:
    """Return all that comparisons say in words."""
    told = rows(copy, "SELECT heading_path, figures FROM year_on_year")
    return repr([*told, *rows(copy, "SELECT evidence FROM changes")])


def test_without_suppression_both_quote_the_figures_and_headings(tmp_path: Path) -> None:
    told = quoted(published(tmp_path))
    assert "甲某一事" in told
    assert "128人次" in told


def test_a_suppressed_document_is_in_no_comparison(tmp_path: Path) -> None:
    copy = published(tmp_path, Suppression("url", f"{BASE}/2024.html", "个人信息", DAY))
    assert rows(copy, "SELECT count(*) FROM year_on_year") == [(0,)]
    assert rows(copy, "SELECT evidence FROM changes WHERE kind = 'changed'") == [("{}",)]


def test_a_suppressed_year_before_is_in_none_either(tmp_path: Path) -> None:
    copy = published(tmp_path, Suppression("url", f"{BASE}/2023.html", "个人信息", DAY))
    assert rows(copy, "SELECT count(*) FROM year_on_year") == [(0,)]


def test_a_suppressed_passage_is_quoted_by_none(tmp_path: Path) -> None:
    whole = published(tmp_path / "whole")
    sections = rows(
        whole, "SELECT id FROM sections WHERE text LIKE '一、%' OR text LIKE '二、甲某一事%' ORDER BY id"
    )
    hidden = [Suppression("passage", str(section), "个人信息", DAY) for (section,) in sections]
    copy = published(tmp_path / "hidden", *hidden)
    told = quoted(copy)
    for word in ("甲某", "人次", "128", "127"):
        assert word not in told
    assert rows(
        copy, "SELECT json_extract(evidence, '$.passages.changed') FROM changes WHERE kind = 'changed'"
    ) == [(1,)]
