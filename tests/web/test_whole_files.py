"""Datasette's own `.csv` addresses lead to files that say whether they are whole."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from gongkai.web.server.gate import read_arguments, whole_file

if TYPE_CHECKING:
    from tests.web.conftest import Site

SQL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"


@pytest.mark.parametrize(
    ("path", "asked", "wanted"),
    [
        ("/gongkai/facts.csv", "", "/-/export/facts.csv"),
        ("/gongkai/facts.csv", "_stream=on&state=blank", "/-/export/facts.csv?_stream=on&state=blank"),
        ("/gongkai/refused_most.csv", "year=2021", "/-/export/refused_most.csv?year=2021"),
        ("/gongkai.csv", "sql=select+1", "/-/export.csv?sql=select+1"),
        ("/gongkai/facts.csv", "_size=10", None),
        ("/gongkai/facts.csv", "_stream=on&_size=max", None),
        ("/gongkai/facts.csv", "_next=", None),
        ("/gongkai/facts/0a1b.csv", "", None),
        ("/gongkai/facts.json", "", None),
        ("/-/export/facts.csv", "", None),
        ("/other/facts.csv", "", None),
    ],
)
def test_only_what_would_be_cut_is_led_elsewhere(path: str, asked: str, wanted: str | None) -> None:
    scope = {"raw_path": path.encode(), "query_string": asked.encode()}
    assert whole_file(scope, read_arguments(scope)) == wanted


def rows_of(site: Site, path: str, **parameters: str) -> list[list[str]]:
    """Return the rows of the file that an address leads to, its last line with them."""
    answer = site.get(path, **parameters)
    assert answer.status_code == 302
    followed = site.get(answer.headers["location"])
    assert followed.status_code == 200
    return list(csv.reader(io.StringIO(followed.text)))


def test_the_file_that_it_leads_to_is_complete(site: Site) -> None:
    _, *rows, end = rows_of(site, "/gongkai.csv", sql=SQL)
    assert [int(row[0]) for row in rows] == list(range(1, 2501))
    assert end[0].startswith("# COMPLETE rows=2500 ")
    _, *rows, end = rows_of(site, "/gongkai/sections.csv", _search="公开")
    found = site.get("/gongkai/sections.json", _search="公开", _size="0").json()
    assert len(rows) == found["filtered_table_rows_count"] > 0
    assert end[0].startswith("# COMPLETE ")


def test_one_page_of_the_rows_is_given_to_who_asks_for_it(site: Site) -> None:
    answer = site.get("/gongkai/sections.csv", _size="2")
    assert answer.status_code == 200
    assert len(list(csv.reader(io.StringIO(answer.text)))) == 3
