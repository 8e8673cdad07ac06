"""Citations as pure lines."""

from __future__ import annotations

import datetime as dt
import html
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.web.exports.citation import Cited, citation, document_citation
from gongkai.web.language import speaking
from tests.web.test_reading import plan_id, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

DOCUMENT = Cited(
    title="青川市人民政府2021年政府信息公开工作年度报告",
    issuer="青川市人民政府",
    original="http://www.gov0.example/a.html",
    captured_at=dt.datetime(2026, 1, 30, 19, 0, 5, tzinfo=dt.UTC),
    sha256="0123456789abcdef" * 4,
    address="http://gongkai.example/gongkai/documents/1f",
    night=dt.date(2026, 1, 31),
)
TABLE = Cited(
    title="不相符之处", sha256="f" * 64, address="http://gongkai.example/gongkai/check_failures?year=2021"
)


def test_a_document_is_cited_with_the_capture_that_proves_it() -> None:
    assert citation(DOCUMENT) == (
        "青川市人民政府：《青川市人民政府2021年政府信息公开工作年度报告》，http://www.gov0.example/a.html，"
        f"2026-01-31 03:00:05（北京时间）存档，内容 SHA-256 {DOCUMENT.sha256}，数据截至 2026-01-31，"
        "http://gongkai.example/gongkai/documents/1f"
    )
    assert citation(DOCUMENT, "en") == (
        "青川市人民政府: “青川市人民政府2021年政府信息公开工作年度报告”, http://www.gov0.example/a.html, "
        f"archived 2026-01-31 03:00:05 (Beijing time), SHA-256 of the content {DOCUMENT.sha256}, "
        "data up to 2026-01-31, http://gongkai.example/gongkai/documents/1f"
    )


ROW = {
    "title": "关于公开的通知",
    "issuer": None,
    "issuer_name": "青川市人民政府办公室",
    "doc_number": "青政办〔2021〕3号",
    "published_on": "2021-03-01",
    "url": "file:///a.txt",
}
CAPTURE = {"held_sha256": None, "payload_sha256": "ab" * 32, "fetched_at": "2026-01-30T19:00:05.000001Z"}


@pytest.mark.parametrize(
    ("language", "line"),
    [
        pytest.param(
            "zh",
            "青川市人民政府办公室：《关于公开的通知》，青政办〔2021〕3号，标注发布日期 2021-03-01，"
            f"“总计”一行，2026-01-31 03:00:05（北京时间）存档，内容 SHA-256 {'ab' * 32}，http://g.example/d",
            id="Chinese",
        ),
        pytest.param(
            "en",
            "青川市人民政府办公室: “关于公开的通知”, 青政办〔2021〕3号, date printed 2021-03-01, “总计”一行, "
            f"archived 2026-01-31 03:00:05 (Beijing time), SHA-256 of the content {'ab' * 32}, http://g.example/d",
            id="English",
        ),
    ],
)
def test_a_row_is_cited_in_the_language_of_the_request(language: str, line: str) -> None:
    with speaking(language):
        assert document_citation(ROW, CAPTURE, "http://g.example/d", "“总计”一行") == line


def test_what_is_not_known_is_left_out() -> None:
    assert citation(TABLE) == (
        f"《不相符之处》，SHA-256 {TABLE.sha256}，http://gongkai.example/gongkai/check_failures?year=2021"
    )
    assert citation(Cited(title=None, sha256=None, address="b")) == "（未印标题），b"


def test_an_instant_in_another_zone_is_the_same_instant() -> None:
    beijing = dt.timezone(dt.timedelta(hours=8))
    there = dt.datetime(2026, 1, 31, 3, 0, 5, tzinfo=beijing)
    elsewhere = Cited(title="a", sha256="0", address="b", captured_at=there)
    assert "2026-01-31 03:00:05（北京时间）存档" in citation(elsewhere)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = dt.datetime(2026, 1, 31)  # noqa: DTZ001 what is refused
    with pytest.raises(ValueError, match="without a time zone"):
        citation(Cited(title="a", sha256="0", address="b", captured_at=naive))


def _cited(page: str) -> str:
    [line] = re.findall(r'<p class="cite">(.*?)</p>', page)
    return html.unescape(re.sub(r"<[^>]+>", "", line))


@pytest.mark.parametrize(
    ("path", "asked", "title"),
    [
        ("/-/checks", {"year": "2019", "region": ""}, "《数字核对》"),
        ("/-/copied", {}, "《重复与沿用》"),
        ("/-/changes", {}, "《变动与撤下》"),
        ("/-/search", {"q": "公开", "lang": "en"}, "“Search the texts: 公开”"),
    ],
)
def test_a_page_of_lists_is_cited_with_the_copy_and_what_was_chosen(
    site: Site, path: str, asked: dict[str, str], title: str
) -> None:
    answer = site.get(path, **asked)
    with closing(sqlite3.connect(site.data.public_db)) as db:
        [(night,)] = db.execute("SELECT max(night) FROM runs")
    line = _cited(answer.text)
    assert line.startswith(title)
    assert line.endswith(str(answer.url).removesuffix("&lang=en"))
    assert site.app.databases["gongkai"].hash in line
    assert str(night) in line


def test_what_a_page_is_of_is_cited_as_it_is_printed(tmp_path: Path) -> None:
    site = served(
        tmp_path,
        "UPDATE documents SET title = '<i>甲 & 乙' WHERE kind = 'task_plan'",
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
    )
    page = site.get("/-/followup", plan=plan_id(site)).text
    assert "<i>" not in page
    assert _cited(page).startswith("《任务与落实表述：<i>甲 & 乙》，SHA-256 ")
