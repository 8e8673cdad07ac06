"""The search box finds exactly what a scan finds: ids and count, through Datasette's own `?_search=`."""

from __future__ import annotations

import random
import sqlite3
from typing import TYPE_CHECKING

import pytest

from archive.exact_search import query_words, search_form

if TYPE_CHECKING:
    from tests.web.conftest import Site

NAMED = [
    "公",
    "公开",
    "复议",
    "〔2018〕77号",
    '"',
    "“公开”",
    "公*",
    "-公开",
    "AND",
    "OR",
    "NOT",
    "公:开",
    "^公",
    "(",
    "2019年",
    "２０１９ 年",
    "政务 公开",
    "政务\u3000公开",
    "𠮷",
    "😀",
    "%",
    "_",
    "\\",
    "<script>",
    "NUL\x00在",
    "nul在",
    "gongkai",
    "ς",
    "σ",
    "'",
    ";",
    "没有这样的字",
]


def queries() -> list[str]:
    """Return 240 queries: pieces of one to eight characters of the passages, and the named ones."""
    source = random.Random(20260131)
    return [*NAMED, *(f"{length}:{source.random()}" for length in [1, 2, 3, 4, 5, 6, 7, 8] * 26)]


@pytest.fixture(scope="module")
def passages(site: Site) -> dict[str, str]:
    db = sqlite3.connect(site.data.public_db)
    found = {row[0]: search_form(row[1]) for row in db.execute("SELECT id, text FROM sections ORDER BY id")}
    db.close()
    return found


def cut(query: str, passages: dict[str, str]) -> str:
    """Turn `length:fraction` into that many characters of some passage."""
    if query in NAMED:
        return query
    length, fraction = query.split(":")
    texts = [text for text in passages.values() if len(text) >= int(length)]
    whole, rest = divmod(float(fraction) * len(texts), 1)
    text = texts[int(whole)]
    start = int(rest * (len(text) - int(length) + 1))
    return text[start : start + int(length)]


def test_240_queries_equal_a_scan(site: Site, passages: dict[str, str]) -> None:
    assert len(queries()) == 240
    for query in (cut(query, passages) for query in queries()):
        scanned = {key for key, form in passages.items() if all(word in form for word in query_words(query))}
        answer = site.get(
            "/gongkai/sections.json", _search=query, _shape="objects", _size="max", _col="id"
        ).json()
        assert {row["id"] for row in answer["rows"]} == scanned, query
        assert answer["filtered_table_rows_count"] == len(scanned), query


@pytest.mark.parametrize("query", [" ", "\x00", "\u3000"])
def test_a_query_without_characters_is_harmless(site: Site, query: str) -> None:
    answer = site.get("/gongkai/sections.json", _search=query)
    assert (answer.status_code, answer.json()["filtered_table_rows_count"]) == (200, 0)


def test_documents_are_found_by_title_issuer_and_number(site: Site) -> None:
    def titles(query: str) -> set[str]:
        rows = site.get("/gongkai/documents.json", _search=query, _shape="array").json()
        return {row["title"] for row in rows}

    assert titles("青政办〔2020〕7号") == {"青川市人民政府办公室关于印发2020年政务公开工作要点的通知"}
    assert titles("临〔2019〕3号") == {'关于"公开"*的<b>通知</b> AND 说明'}
    assert len(titles("白塔县 年度报告")) == 4


@pytest.mark.parametrize("query", ["(", '"', "公 AND", "nothing:公", "*"])
def test_a_malformed_raw_query_is_refused_and_no_more(site: Site, query: str) -> None:
    answer = site.get("/gongkai/sections", _search=query, _searchmode="raw")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_one_column_may_be_searched(site: Site) -> None:
    both = [
        site.get("/gongkai/sections.json", **{key: "公开", "_shape": "array"}).json()
        for key in ("_search", "_search_text")
    ]
    assert both[0] == both[1] != []


def test_what_was_found_is_marked(site: Site) -> None:
    page = site.get("/gongkai/sections", _search="2019年").text
    assert "<mark>２０１９ 年</mark>" in page
    assert "<mark>2019年</mark>" in page


def test_markup_in_texts_and_queries_is_shown_and_not_obeyed(site: Site) -> None:
    page = site.get("/gongkai/sections", _search="<script>").text
    assert "<script" not in page
    assert "<mark>&lt;script&gt;</mark>" in page


def test_ranked_search_links_to_documents(site: Site) -> None:
    page = site.get("/gongkai/search", q="依申请").text
    assert 'href="/gongkai/documents/' in page
    assert site.get("/gongkai/search", q='"').status_code == 200
    assert site.get("/gongkai/search", q="").status_code == 200
