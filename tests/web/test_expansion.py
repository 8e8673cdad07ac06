"""What SQLite writes out before it runs: no statement gets long without being seen."""
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.web.questions import questions
from gongkai.web.server.statements import expanded_length, views_of
from tests.pace import slowness

if TYPE_CHECKING:
    from tests.web.conftest import Site

VIEWS = (("wide", 4_000),)


def doubled(first: str, each: str, times: int = 29) -> str:
    tables = "".join(f", {each.format(n, n - 1)}" for n in range(1, times + 1))
    return f"with {first}{tables} select count(*) from x{times}"


GROWING = {
    "a chain": doubled("x0 as (select 1 as a)", "x{0} as (select p.a from x{1} p, x{1} q)"),
    "quoted": doubled("'X0'(\"a\") as (select 1)", '[x{0}](a) as (select p.a from `x{1}` p, "x{1}" q)'),
    "materialized": doubled(
        "x0 as materialized (select 1 as a)", "x{0} as not materialized (select p.a from x{1} p, x{1} q)"
    ),
    "commented": doubled("x0 as (select 1 as a)", "x{0}/*)*/as--)\n(select p.a from x{1} p, x{1} q)"),
    "backwards": "with "
    + ", ".join(f"x{n} as (select p.a from x{n - 1} p, x{n - 1} q)" for n in range(29, 0, -1))
    + ", x0 as (select 1 as a) select count(*) from x29",
    "a view": "select " + " + ".join(["(select 1 from Wide)"] * 200),
    "a view in a table": "with x as (select 1 from wide, wide, wide) select * from " + ", ".join(["x"] * 60),
    "many tables": "with " + ", ".join(f"x{n} as (select 1)" for n in range(101)) + " select 1",
    "no end": "with x as (select 1 from wide" + ", wide" * 200,
}


@pytest.mark.parametrize("sql", GROWING.values(), ids=GROWING.keys())
def test_what_grows_is_seen(sql: str) -> None:
    began = time.process_time()
    assert expanded_length(sql, VIEWS) > 600_000
    assert time.process_time() - began < slowness()


@pytest.mark.parametrize(
    ("sql", "length"),
    [
        pytest.param("select 1", 8, id="nothing named"),
        pytest.param("select * from wide", 4_018, id="a view"),
        pytest.param("with a as (select 1) select * from a", 36 + 9 + 9, id="a table"),
        pytest.param("select 'with', 1 from wide -- wide", 4_034, id="a comment"),
        pytest.param("with recursive n as (select 1 from n) select 2 from n", 53 + 3 * 16, id="itself"),
    ],
)
def test_a_statement_is_as_long_as_what_it_names(sql: str, length: int) -> None:
    assert expanded_length(sql, VIEWS) == length


def test_a_view_is_as_long_as_the_views_that_it_names() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIEW second AS SELECT 1 FROM first, first")
        db.execute("CREATE VIEW first AS SELECT 22222222222222222222")
        views = dict(views_of(db))
    assert views["first"] == len(" SELECT 22222222222222222222")
    assert views["second"] == len(" SELECT 1 FROM first, first") + 2 * views["first"]


def test_questions_of_ours_are_far_from_too_long(site: Site) -> None:
    with closing(sqlite3.connect(site.data.public_db)) as db:
        views = views_of(db)
    lengths = [expanded_length(each.as_canned_query()["sql"], views) for each in questions().queries.values()]
    assert max(lengths) < 60_000


MANY_VIEWS = "select " + " + ".join(["(select 1 from primary_reports)"] * 900)


@pytest.mark.parametrize("sql", [GROWING["a chain"], MANY_VIEWS], ids=["tables", "views"])
def test_what_grows_is_refused(site: Site, sql: str) -> None:
    site.get("/")
    began = time.process_time()
    for path in ("/gongkai.json", "/-/export.csv"):
        assert site.get(path, sql=sql).status_code == 400
    assert "展开后太长" in site.get("/gongkai", sql=sql).text
    assert time.process_time() - began < 5 * slowness()
