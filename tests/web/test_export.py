"""Files of tables, views and queries: every row is there, unaltered, and the file says if it is whole."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
import sqlite3
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

import pytest

from archive.publish.public_tables import SEARCH_KEY, public_tables
from archive.snapshot.write import write_snapshot
from gongkai.serving import datasette_app
from gongkai.web.thresholds import EXPORTS
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from archive.data_folder import DataDir

PAGE_ARGUMENTS = [
    "documents",
    "documents?kind=annual_report",
    "documents?year__gt=2019&_sort=title",
    "documents?year__in=2018,2020&_sort_desc=title",
    "documents?_search=报告&_sort=year",
    'documents?_search="公开"*',
    "documents?doc_number__isnull=1&kind__not=other",
    "documents?title__contains=青川",
    "documents?_where=year+>+2019",
    "documents?_sort=year&_facet=kind",
    "documents?_nocol=url&_labels=on",
    "sections?_search=依法&_sort=chars",
    "sections?_search=HYPERLINK",
    "occurrences?level=1&_sort_desc=position",
    "changes?kind=appeared",
    "relations?kind=previous_year",
    "captures?outcome__startswith=challenge",
    "year_on_year",
    "novelty_by_report?_sort=novelty",
    "documents?year=1900",
]

HOSTILE_SQL = {
    "not a select": ("delete from documents", 400),
    "two statements": ("select 1; select 2", 400),
    "an attachment": ("attach 'x' as y", 400),
    "a pragma": ("pragma database_list", 400),
    "a bracket to close the count": ("select 1) union select (2", 400),
    "no such table": ("select * from nowhere", 400),
    "a value that is too long": ("select zeroblob(900000000)", 400),
    "too many columns": ("select " + ", ".join(["1"] * 500), 400),
    "a comment at the end": ("select 1 -- one", 200),
    "a semicolon at the end": ("select 1;\n", 200),
}


def lines_of(answer: httpx.Response) -> tuple[list[list[str]], str]:
    """Return the records of a CSV and its last line."""
    assert answer.status_code == 200, answer.text
    *records, last = list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))
    return records, ",".join(last)


def as_read(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """Return rows as a CSV reader gives them back."""
    return [["" if value is None else str(value) for value in row] for row in rows]


def published(data: DataDir) -> sqlite3.Connection:
    return sqlite3.connect(data.public_db)


def every_view_and_table(data: DataDir) -> list[str]:
    with closing(published(data)) as db:
        views = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
        return [table.name for table in public_tables(db)] + views


def test_every_table_and_view_is_taken_whole(site: Site) -> None:
    names = every_view_and_table(site.data)
    assert len(names) > 25
    for name in names:
        records, last = lines_of(site.get(f"/-/export/{name}.csv"))
        with closing(published(site.data)) as db:
            answer = db.execute(f"SELECT * FROM {name}")  # noqa: S608 a name of the schema
            columns = [column[0] for column in answer.description]
            rows = [tuple(row) for row in answer]
        # A view shows the key as its row's number, too: by that Datasette searches one column.
        shown = [place for place, column in enumerate(columns) if column not in {SEARCH_KEY, "rowid"}]
        assert records[0] == [columns[place] for place in shown], name
        expected = as_read([[row[place] for place in shown] for row in rows])
        assert sorted(records[1:]) == sorted(expected), name
        assert last == f"# COMPLETE rows={len(rows)} expected={len(rows)} sha256={sha256_of(site)}"


def sha256_of(site: Site) -> str:
    return site.data.public_db.resolve().stem.removeprefix("gongkai-")


def test_hidden_and_search_columns_stay_out(site: Site) -> None:
    assert SEARCH_KEY not in site.get("/-/export/documents.csv").text.partition("\r\n")[0].split(",")
    for name in ("documents_fts", "documents_fts_data", "_meta", "sqlite_master"):
        assert SEARCH_KEY not in site.get(f"/-/export/{name}.csv").text


@pytest.mark.parametrize("page", PAGE_ARGUMENTS)
def test_the_rows_are_those_of_the_page(site: Site, page: str) -> None:
    name, _, arguments = page.partition("?")
    # On one page, for from one page to the next Datasette may lose rows that are equal in the sorted column.
    asked = site.get(f"/gongkai/{name}.json?{arguments.replace('_labels=on', '')}&_size=max").json()
    shown = [place for place, column in enumerate(asked["columns"]) if column not in {SEARCH_KEY, "rowid"}]
    rows = [[row[place] for place in shown] for row in asked["rows"]]
    taken = site.get(f"/-/export/{name}.csv?{arguments}&_size=2&_next=7")
    records, last = lines_of(taken)
    columns = [asked["columns"][place] for place in shown]
    assert records[0] == columns
    assert sorted(records[1:]) == sorted(as_read(rows))
    for sorted_by in {"title", "year", "chars", "position", "novelty"} & set(columns):
        if f"={sorted_by}" in arguments:
            place = columns.index(sorted_by)
            assert [record[place] for record in records[1:]] == [row[place] for row in as_read(rows)]
    assert last.startswith(f"# COMPLETE rows={len(rows)} expected={len(rows)} ")
    assert taken.headers["x-expected-rows"] == str(len(rows)) == str(asked["filtered_table_rows_count"])


def test_rows_that_are_equal_in_the_sorted_column_are_in_the_order_of_their_keys(site: Site) -> None:
    records, _ = lines_of(site.get("/-/export/documents.csv?kind=annual_report&_sort=year&_sort_by_desc=on"))
    year, key = records[0].index("year"), records[0].index("id")
    assert records[1:] == sorted(records[1:], key=lambda record: (-int(record[year]), record[key]))
    assert records == lines_of(site.get("/-/export/documents.csv?kind=annual_report"))[0]


@pytest.mark.parametrize(
    "arguments",
    [
        "_sort=nothing",
        "_sort=title&_sort_desc=title",
        "_col=nothing",
        "_where=nothing",
        '_search="&_searchmode=raw',
    ],
)
def test_what_the_page_cannot_answer_is_refused(site: Site, arguments: str) -> None:
    assert site.get(f"/-/export/documents.csv?{arguments}").status_code == 400
    assert site.get(f"/gongkai/documents.json?{arguments}").status_code >= 400


def test_nothing_is_found_where_nothing_is(site: Site) -> None:
    for path in ("/-/export/nowhere.csv", "/-/export/documents.ods", "/-/export.csv"):
        assert site.get(path).status_code == 404


def test_the_file_of_a_table_says_what_the_snapshot_says(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    midnight = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
    folder = write_snapshot(swapped_data, night=midnight.date()).folder
    for name in ("occurrences", "sections", "issuers", "section_links"):
        records, _ = lines_of(site.get(f"/-/export/{name}.csv"))
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert sorted(records) == sorted(csv.reader(file, strict=True)), name


def test_null_is_told_from_the_empty_string(site: Site) -> None:
    three = site.get("/-/export.csv", sql="select null as a, '' as b, ' ' as c").text
    assert three.startswith('a,b,c\r\n,"", \r\n# COMPLETE')
    assert site.get("/-/export.csv", sql="select null as a").text.startswith('a\r\n""\r\n# COMPLETE')


@pytest.mark.parametrize("form", ["csv", "excel.csv", "json"])
def test_the_same_bytes_when_asked_twice(site: Site, form: str) -> None:
    for name in ("sections", "relations", "year_on_year"):
        path = f"/-/export/{name}.{form}"
        assert site.get(path).content == site.get(path).content


def test_every_query_of_the_site_is_taken_whole(site: Site) -> None:
    queries = asyncio.run(site.app.get_canned_queries("gongkai", None))
    for name in queries:
        page = site.get(f"/gongkai/{name}.json", q="公开").json()
        assert page["truncated"] is False
        records, last = lines_of(site.get(f"/-/export/{name}.csv", q="公开"))
        assert records == [page["columns"], *as_read(page["rows"])], name
        assert last.startswith(f"# COMPLETE rows={len(page['rows'])} ")
    assert len(queries) > 10


def test_own_sql_is_taken_beyond_the_limit_of_a_page(site: Site) -> None:
    sql = (
        "with recursive n(x) as (select 1 union all select x + 1 from n where x < 5000)"
        " select x, :word as word from n"
    )
    answer = site.get("/-/export.csv", sql=sql, word="公,开")
    records, last = lines_of(answer)
    assert records[0] == ["x", "word"]
    assert records[1:] == [[str(number), "公,开"] for number in range(1, 5001)]
    assert last.startswith("# COMPLETE rows=5000 expected=5000 ")


@pytest.mark.parametrize(("sql", "status"), HOSTILE_SQL.values(), ids=HOSTILE_SQL.keys())
def test_own_sql_reads_and_no_more(site: Site, sql: str, status: int) -> None:
    for form in ("csv", "json", "xlsx", "excel.csv"):
        assert site.get(f"/-/export.{form}", sql=sql).status_code == status


def test_a_query_that_answers_otherwise_each_time_is_not_called_complete(site: Site) -> None:
    sql = "select id from sections where random() % 2"
    ends = {lines_of(site.get("/-/export.csv", sql=sql))[1].partition(" rows")[0] for _ in range(12)}
    assert "# INCOMPLETE" in ends
    assert 400 in {site.get("/-/export.xlsx", sql=sql).status_code for _ in range(12)}


def test_an_error_halfway_stands_at_the_end(site: Site) -> None:
    sql = "select case when position < 3 then 'a' else cast(x'ff' as text) end from occurrences"
    records, last = lines_of(site.get("/-/export.csv", sql=sql))
    assert last.startswith("# INCOMPLETE rows=")
    assert "reason=error: Could not decode to UTF-8" in last
    whole = json.loads(site.get("/-/export.json", sql=sql).text)
    assert whole["complete"] is False
    assert whole["count"] == len(whole["rows"]) == len(records) - 1
    assert "UTF-8" in whole["reason"]


def test_json_says_that_it_is_whole(site: Site) -> None:
    whole = site.get("/-/export/occurrences.json").json()
    with closing(published(site.data)) as db:
        rows = [list(row) for row in db.execute("SELECT * FROM occurrences ORDER BY version_id, position")]
    assert whole["rows"] == rows
    assert whole["columns"][0] == "version_id"
    assert (whole["expected"], whole["count"], whole["complete"]) == (len(rows), len(rows), True)
    assert whole["database_sha256"] == sha256_of(site)


def test_json_holds_what_sql_can_give(site: Site) -> None:
    sql = "select 1 as a, 2 as a, x'00ff' as b, 9e999, -9e999, null, 0.1, '引\"号', 9007199254740993"
    whole = site.get("/-/export.json", sql=sql).json()
    assert whole["columns"][:3] == ["a", "a", "b"]
    assert whole["rows"] == [[1, 2, "AP8=", None, None, None, 0.1, '引"号', 9007199254740993]]
    assert site.get("/-/export.json", sql="select 1 where 0").json()["rows"] == []


def test_no_more_exports_at_once_than_there_may_be(site: Site) -> None:
    async def ask() -> list[int]:
        database = site.app.get_database("gongkai")
        statuses = []
        async with AsyncExitStack() as busy:
            for _ in range(EXPORTS.at_once):
                await busy.enter_async_context(database.reader(10))
            answer = await site.app.client.get("/-/export/documents.csv")
            statuses.append(answer.status_code)
            assert int(answer.headers["retry-after"]) > 0
        statuses.append((await site.app.client.get("/-/export/documents.csv")).status_code)
        return statuses

    assert asyncio.run(ask()) == [503, 200]


def test_the_file_of_a_year_is_named_by_it(site: Site) -> None:
    """Else the files of two years overwrite each other."""
    for path in ("refused_most", "documents"):
        said = site.get(f"/-/export/{path}.csv", year="2019", region="").headers["content-disposition"]
        assert f'filename="gongkai_{path}_2019_20260131.csv"' in said


def test_the_addresses_in_a_file_for_excel_lead_somewhere(site: Site) -> None:
    names, *rows = lines_of(site.get("/-/export/refused_most.excel.csv"))[0]
    assert rows
    for row in rows:
        told = dict(zip(names, row, strict=True))
        assert told["链接"].startswith("http://localhost/gongkai/documents/")
    assert ",/gongkai/documents/" in site.get("/-/export/refused_most.csv").text


def test_a_download_is_named_in_chinese_and_in_ascii(site: Site) -> None:
    said = site.get("/-/export/documents.excel.csv").headers["content-disposition"]
    assert said == (
        'attachment; filename="gongkai_documents_20260131.csv"; '
        "filename*=UTF-8''gongkai_%E6%96%87%E4%BB%B6_20260131.csv"
    )
