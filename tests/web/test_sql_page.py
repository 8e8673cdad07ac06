"""The page of SQL: examples that answer, answers that sort, and errors that say where and what to try."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import lxml.html
import pytest

from gongkai.web.pages.api_pages import find_mistake, find_sorting
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from tests.web.conftest import Site

TABLES = {
    "documents": {"columns": {"year": "", "title": "", "kind": ""}},
    "coverage": {"columns": {"year": ""}},
}


def error_of(sql: str) -> str:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE documents (year, title, kind)")
        with pytest.raises(sqlite3.Error) as said:
            db.execute(sql)
    return str(said.value)


MISTAKES: dict[str, tuple[str, tuple[int, int], dict[str, list[str]]]] = {
    "a column": ("SELECT yaer FROM documents", (1, 8), {"year": ["documents", "coverage"]}),
    "a column of a table": ("SELECT d.titel\nFROM documents AS d", (1, 10), {"title": ["documents"]}),
    "a table": ("SELECT *\nFROM document", (2, 6), {"documents": []}),
    "a word of SQL": ("SELECT year\n  FORM documents GROUP BY year", (2, 8), {"documents": []}),
    "the second of equal words": (
        "SELECT year FROM documents\nGROUP year",
        (2, 7),
        {"year": ["documents", "coverage"]},
    ),
    "a sign": ("SELECT year,, title FROM documents", (1, 13), {}),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_by_its_place_and_what_looks_like_it(case: str) -> None:
    sql, place, alike = MISTAKES[case]
    mistake = find_mistake(error_of(sql), sql, TABLES)
    assert mistake
    assert (mistake.line, mistake.column) == place
    assert {name: mistake.alike[name] for name in alike} == alike


@pytest.mark.parametrize("end", ["", " FORM documents"])
def test_a_mistake_of_many_equal_words_is_found_soon(end: str) -> None:
    sql = f"SELECT 1 WHERE form IN ({','.join(['form'] * 10_000)}){end}"
    began = time.process_time()
    assert find_mistake(error_of(sql), sql, TABLES)
    assert time.process_time() - began < 2


def test_an_error_without_a_place_has_none() -> None:
    assert find_mistake("SQL query took too long", "SELECT 1", TABLES) is None


def test_sorting_goes_one_way_and_the_other_and_is_taken_off_again() -> None:
    asked = 'SELECT count(*) AS "n ""of"" all" FROM documents;'
    down = find_sorting(asked).by('n "of" all')
    up = find_sorting(down).by('n "of" all')
    assert [find_sorting(sql).is_descending for sql in (down, up)] == [True, False]
    assert {find_sorting(sql).sql for sql in (asked, down, up)} == {asked.rstrip(";")}
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE documents (year)")
        assert db.execute(up).fetchall() == [(0,)]


@pytest.mark.parametrize("title", questions().examples)
def test_every_example_answers_and_its_columns_sort(bodies_site: Site, title: str) -> None:
    answer = bodies_site.get("/gongkai", sql=questions().examples[title], words="公开")
    assert answer.status_code == 200, answer.text
    page = lxml.html.document_fromstring(answer.text)
    links = page.xpath("//th/a/@href")
    assert links or "没有结果" in answer.text
    for link in links[:1]:
        again = lxml.html.document_fromstring(bodies_site.get(link).text)
        assert again.xpath("//th[1]/@aria-sort") == ["descending"]
        assert len(again.xpath("//tbody/tr")) == len(page.xpath("//tbody/tr"))


def test_the_page_lists_every_table_with_its_columns(site: Site) -> None:
    page = lxml.html.document_fromstring(site.get("/-/sql", sql="SELECT 1").text)
    assert page.xpath("string(//textarea)") == "SELECT 1"
    tables = site.get("/gongkai.json").json()["tables"]
    for table in tables:
        if not table["hidden"] and table["name"] != "publication":
            columns = page.xpath(f"//details[@id='table-{table['name']}']//dt/code/text()")
            assert {*columns} >= {*table["columns"]} - {"search_key"}, table["name"]


def test_an_error_on_the_page_says_where_and_what_to_try(site: Site) -> None:
    answer = site.get("/gongkai", sql="SELECT title\nFROM document")
    assert answer.status_code == 400
    [banner] = lxml.html.document_fromstring(answer.text).xpath("//*[@role='alert']")
    assert "停在第 2 行第 6 个字" in banner.text_content()
    assert "documents" in banner.text_content()
