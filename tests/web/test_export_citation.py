"""Citations as pure lines."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.web.language import speaking_language
from gongkai.web.rendering.citations import answer_citation, document_citation
from tests.web.test_reading import plan_id, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

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
            "Qingchuan People's Government Office 青川市人民政府办公室: “关于公开的通知”, 青政办〔2021〕3号, "
            "date printed 2021-03-01, “总计”一行, "
            f"archived 2026-01-31 03:00:05 (Beijing time), SHA-256 of the content {'ab' * 32}, http://g.example/d",
            id="English",
        ),
    ],
)
def test_a_row_is_cited_in_the_language_of_the_request(language: str, line: str) -> None:
    with speaking_language(language):
        assert document_citation(ROW, CAPTURE, "http://g.example/d", "“总计”一行") == line


def test_what_is_not_known_is_left_out() -> None:
    copy = {"sha256": "f" * 64, "night": None}
    assert answer_citation("不相符之处", "http://g.example/a?year=2021", copy) == (
        f"《不相符之处》，SHA-256 {'f' * 64}，http://g.example/a?year=2021"
    )
    bare = {**dict.fromkeys(ROW), "url": "http://www.gov0.example/a.html"}
    assert document_citation(bare, {**CAPTURE, "payload_sha256": None}, "b") == (
        "未印发文机关：（未印标题），http://www.gov0.example/a.html，2026-01-31 03:00:05（北京时间）存档，b"
    )


def test_an_answer_is_cited_with_its_copy() -> None:
    copy = {"sha256": "f" * 64, "night": "2026-01-31"}
    with speaking_language("en"):
        assert answer_citation("A {title}", "b", copy, 1234, is_cut=True) == (
            f"“A {{title}}”, the first 1,234 rows, SHA-256 {'f' * 64}, data up to 2026-01-31, b"
        )


def test_an_instant_in_another_zone_is_the_same_instant() -> None:
    elsewhere = {**CAPTURE, "fetched_at": "2026-01-31T03:00:05+08:00"}
    assert "2026-01-31 03:00:05（北京时间）存档" in document_citation(ROW, elsewhere, "b")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        document_citation(ROW, {**CAPTURE, "fetched_at": "2026-01-31T00:00:00"}, "b")


def _cited(page: str) -> str:
    [line] = re.findall(r'<p class="cite"[^>]*>(.*?)</p>', page)
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
    assert _cited(page).startswith("《计划与年报对照：<i>甲 & 乙》，SHA-256 ")
