"""The views that line up the same cells over years and bodies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.publish.copy import publish
from benchmarks._wide_rows import accept_wide_rows
from pipelines.checks.check_catalogue import CheckOutcome, Severity
from tests.archive.evidence import START
from tests.archive.stating import check_of, derive_readings, facts_of, full_tables, reading_of
from tests.e2e.content import leading_nowhere

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.document import Reading

Row = dict[str, Any]


def report(year: int, cells: Mapping[str, str | None], **more: Any) -> Reading:
    """Return a report on a year; every cell of its tables 3 and 4 that is not named states 0."""
    form = "form_2019" if year < 2021 else "form_2021"
    named = {key if key.count(".") == 2 else f"t3.{key}.total": value for key, value in cells.items()}
    return reading_of(f"{year}年", year=year, form=form, facts=full_tables(form, named), **more)


def views(root: Path, *reports: Reading) -> dict[str, list[Row]]:
    """Return the rows of the views by name, over reports at addresses in this order."""
    readings = {f"http://www.testville.example/{number}.html": it for number, it in enumerate(reports)}
    data = derive_readings(root, readings)
    with closing(sqlite3.connect(data.corpus_db)) as corpus:
        corpus.row_factory = sqlite3.Row
        return {
            name: [dict(row) for row in corpus.execute(f"SELECT * FROM {name} ORDER BY issuer, year")]  # noqa: S608  names from this module
            for name in ("applications_by_year", "outcomes_by_year", "litigation_by_year", "check_failures")
        }


def test_the_copy_holds_them_as_tables_of_the_same_rows(tmp_path: Path) -> None:
    reports = (
        report(2021, {"new_requests": "5.5"}),
        report(2022, {}, checks=(check_of("a", CheckOutcome.FAIL),)),
    )
    wanted = views(tmp_path, *reports)
    publish(DataDir(tmp_path), clock=lambda: START)
    with closing(sqlite3.connect(DataDir(tmp_path).public_db)) as copy:
        copy.row_factory = sqlite3.Row
        for name, held in wanted.items():
            found = [dict(row) for row in copy.execute(f"SELECT * FROM {name} ORDER BY issuer, year")]  # noqa: S608  names from this module
            assert [(row, *map(type, row.values())) for row in found] == [
                (row, *map(type, row.values())) for row in held
            ]
            assert held
        copy.row_factory = None
        assert leading_nowhere(copy) == []


def only(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_requests_stand_beside_those_of_the_year_before(tmp_path: Path) -> None:
    found = views(
        tmp_path,
        report(2019, {"new_requests": "40", "carried_in": None, "results_total": "38", "carried_out": "2"}),
        report(2020, {"new_requests": "55", "carried_in": "2", "results_total": None}),
        report(2022, {"new_requests": "60", "results_total": "60"}),
        report(2020, {"new_requests": "7", "results_total": "7"}, issuer="别城市人民政府"),
    )
    columns = ("issuer", "year", "new_requests", "new_requests_change", "carried_in", "results_total")
    assert only(found["applications_by_year"], *columns, "results_total_change", "form") == [
        ("别城市人民政府", 2020, 7, None, 0, 7, None, "form_2019"),
        ("试城市人民政府", 2019, 40, None, None, 38, None, "form_2019"),
        ("试城市人民政府", 2020, 55, 15, 2, None, None, "form_2019"),
        ("试城市人民政府", 2022, 60, None, 0, 60, None, "form_2021"),
    ]


OTHER_HANDLING = ("other_not_corrected_in_time", "other_fee_not_paid", "other_misc")
OUTCOMES: dict[str, tuple[int, dict[str, str | None], tuple[Any, ...]]] = {
    "everything is stated": (
        2021,
        {
            "results_total": "20",
            "disclosed": "9",
            "partly_disclosed": "3",
            "denied_third_party": "4",
            "denied_state_secret": "1",
            "unable_not_held": "2",
            "rejected_repeat": "1",
        },
        (9, 3, 5, 2, 1, 0, 0.6, 0.25),
    ),
    "a ground is not stated": (
        2021,
        {
            "results_total": "20",
            "disclosed": "9",
            "partly_disclosed": "3",
            "denied_third_party": "4",
            "denied_state_secret": None,
        },
        (9, 3, None, 0, 0, 0, 0.6, None),
    ),
    "a part of the rate is not stated": (
        2021,
        {"results_total": "20", "disclosed": "9", "partly_disclosed": None},
        (9, None, 0, 0, 0, 0, None, 0.0),
    ),
    "the total is not stated": (
        2021,
        {"results_total": None, "disclosed": "9"},
        (9, 0, 0, 0, 0, 0, None, None),
    ),
    "nothing was decided": (2021, {}, (0, 0, 0, 0, 0, 0, None, None)),
    "the other handling of 2019": (
        2019,
        {"results_total": "3", "other_handling": "3"},
        (0, 0, 0, 0, 0, 3, 0.0, 0.0),
    ),
    "the other handling of 2021": (
        2021,
        {"results_total": "7", "other_misc": "3", "other_fee_not_paid": "4"},  # the third states 0
        (0, 0, 0, 0, 0, 7, 0.0, 0.0),
    ),
    **{
        f"of the other handling, {part} is not stated": (
            2021,
            {"results_total": "9", **dict.fromkeys(OTHER_HANDLING, "3"), part: None},
            (0, 0, 0, 0, 0, None, 0.0, 0.0),
        )
        for part in OTHER_HANDLING
    },
    "the other handling of 2019 is not stated": (
        2019,
        {"results_total": "3", "other_handling": None},
        (0, 0, 0, 0, 0, None, 0.0, 0.0),
    ),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_outcomes_are_added_up_only_where_every_part_is_stated(tmp_path: Path, case: str) -> None:
    year, cells, wanted = OUTCOMES[case]
    parts = ("disclosed", "partly_disclosed", "denied", "unable", "rejected", "other_handling")
    found = views(tmp_path, report(year, cells))["outcomes_by_year"]
    assert only(found, *parts, "disclosure_rate", "denial_rate") == [wanted]


def test_corrections_are_counted_among_what_was_decided(tmp_path: Path) -> None:
    cells = {
        "t4.review.corrected": "3",
        "t4.review.pending": "2",
        "t4.review.total": "14",
        "t4.litigation_direct.corrected": "1",
        "t4.litigation_direct.pending": "1",
        "t4.litigation_direct.total": "5",
        "t4.litigation_after_review.corrected": "1",
        "t4.litigation_after_review.total": "6",
    }
    rates = [f"{block}_correction_rate" for block in ("review", "direct", "after_review", "litigation")]
    found = views(
        tmp_path,
        report(2019, cells),
        report(2020, {**cells, "t4.litigation_direct.pending": None}),
        report(2021, {"t4.review.total": "2", "t4.review.pending": "2"}),
    )["litigation_by_year"]
    assert only(found, *rates, "litigation_total") == [
        (0.25, 0.25, 0.1667, 0.2, 11),
        (0.25, None, 0.1667, None, 11),
        (None, None, None, None, 0),
    ]


def test_only_the_first_table_of_the_report_that_stands_for_its_year_counts(tmp_path: Path) -> None:
    first = report(2022, {"new_requests": "5"})
    departments = facts_of({"t3.new_requests.total": "900", "t4.review.total": "900"}, table_no=2)
    mirror = report(2022, {"new_requests": "6"})
    found = views(tmp_path, replace(first, facts=(*first.facts, *departments)), mirror)
    assert [row["new_requests"] for row in found["applications_by_year"]] == [5]
    assert [row["review_total"] for row in found["litigation_by_year"]] == [0]


def test_a_report_without_tables_is_no_row_of_figures(tmp_path: Path) -> None:
    prose = reading_of("2013年", year=2013, form="form_none")
    assert not any(views(tmp_path, prose).values())


def test_failures_are_listed_once_for_each_cause(tmp_path: Path) -> None:
    checks = (
        check_of("t3.total_column_empty", CheckOutcome.FAIL, table_no=1, severity=Severity.WARNING),
        check_of("t3.row_total.a", CheckOutcome.FAIL, table_no=1, explained_by="t3.total_column_empty"),
        check_of("t3.row_total.a", CheckOutcome.FAIL, table_no=2, explained_by="t3.total_column_empty"),
        check_of("t3.balance.total", CheckOutcome.PASS),
        check_of("t3.balance.business", CheckOutcome.PASS_IF_BLANK_ZERO),
        check_of("t3.balance.other_org", CheckOutcome.NOT_TESTABLE),
    )
    found = views(
        tmp_path, report(2022, {}, checks=checks), report(2022, {"new_requests": "1"}, checks=checks)
    )
    assert only(
        found["check_failures"],
        "check_id",
        "worst_severity",
        "explains",
        "issuer",
        "year",
        "url",
        "message_zh",
    ) == [
        (
            "t3.total_column_empty",
            "error",
            1,
            "试城市人民政府",
            2022,
            "http://www.testville.example/0.html",
            "t3.total_column_empty：不相符",
        )
    ]


def _used(*cells: str, **more: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return cells, more


USED: dict[str, tuple[tuple[tuple[str, ...], dict[str, Any]], tuple[int, int, int]]] = {
    # the cells of a failing check; how often it counts for requests, outcomes, reviews and lawsuits
    "the balance of the total": (_used("t3.new_requests.total", "t3.results_total.total"), (1, 1, 0)),
    "what was carried in": (_used("t3.carried_in.business", "t3.carried_in.total"), (1, 0, 0)),
    "a ground for refusal": (
        _used("t3.denied_third_party.business", "t3.denied_third_party.total"),
        (0, 1, 0),
    ),
    "another column": (_used("t3.results_total.business", "t3.disclosed.business"), (0, 0, 0)),
    "a block of reviews": (_used("t4.review.pending", "t4.review.total"), (0, 0, 1)),
    "one that another finding explains": (
        _used("t3.disclosed.total", explained_by="t3.total_column_empty"),
        (0, 1, 0),
    ),
    "a warning": (_used("t3.results_total.total", severity=Severity.WARNING), (0, 0, 0)),
    "one that passes": (_used("t3.results_total.total", outcome=CheckOutcome.PASS), (0, 0, 0)),
    "one that cannot be tested": (
        _used("t3.results_total.total", outcome=CheckOutcome.NOT_TESTABLE),
        (0, 0, 0),
    ),
}


@pytest.mark.parametrize("case", USED)
def test_a_row_says_how_many_errors_its_own_cells_are_part_of(tmp_path: Path, case: str) -> None:
    (cells, more), wanted = USED[case]
    facts = {f"{it.table_key}.{it.row_key}.{it.column_key}": it.ref for it in full_tables("form_2021", {})}
    refs = [facts[cell] for cell in cells]
    check = replace(check_of("a", CheckOutcome.FAIL, *refs), **more)
    found = views(tmp_path, report(2021, {}), report(2022, {}, checks=(check,)))
    names = ("applications_by_year", "outcomes_by_year", "litigation_by_year")
    assert [[row["failing_checks"] for row in found[name]] for name in names] == [[0, it] for it in wanted]


def test_errors_in_the_tables_of_departments_are_none_of_the_first(tmp_path: Path) -> None:
    departments = facts_of({"t3.results_total.total": "900"}, table_no=2)
    check = check_of("t3.row_total.results_total", CheckOutcome.FAIL, departments[0].ref, table_no=2)
    both = report(2022, {}, checks=(check,))
    found = views(tmp_path, replace(both, facts=(*both.facts, *departments)))
    assert only(found["outcomes_by_year"], "failing_checks") == [(0,)]


QUESTIONS = {
    "one body's requests": "SELECT * FROM applications_by_year WHERE issuer_id = 'i'",
    "requests of a year": "SELECT * FROM applications_by_year WHERE year = 2020 ORDER BY new_requests DESC",
    "all outcomes": "SELECT * FROM outcomes_by_year ORDER BY disclosure_rate DESC LIMIT 50",
    "one body's reviews": "SELECT * FROM litigation_by_year WHERE issuer_id = 'i'",
    "failures of a year": "SELECT * FROM check_failures WHERE year = 2020",
    "failures of one sort": "SELECT * FROM check_failures WHERE severity = 'error'",
    "the cells of a document": "SELECT * FROM facts WHERE document_id = 'd' ORDER BY table_key, ordinal",
    "one cell of all reports": "SELECT * FROM facts WHERE (table_key, row_key) = ('t3', 'disclosed')",
    "a cell by its place": "SELECT * FROM facts "
    "WHERE (version_id, table_key, table_no, ordinal) = ('v', 't3', 1, 7)",
    "a cell by its id": "SELECT * FROM facts WHERE id = ?",
    "a check by its id": "SELECT * FROM checks WHERE id = ?",
    "what fails": "SELECT * FROM checks WHERE outcome = 'fail' AND severity = 'error'",
    "the cells of a passage": "SELECT * FROM facts WHERE section_id = 's'",
    "the checks of a version": "SELECT * FROM checks WHERE version_id = 'v'",
    "the checks that name a version": "SELECT * FROM checks WHERE other_version_id = 'v'",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A report, published, to be asked about."""
    held = {"http://www.testville.example/0.html": report(2022, {})}
    data = derive_readings(tmp_path_factory.mktemp("asked"), held)
    publish(data, clock=lambda: START)
    return data


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_goes_through_all_facts_or_checks(asked: DataDir, question: str) -> None:
    sql = QUESTIONS[question]
    # What is written down in the copy is asked of the cells in the corpus.
    with closing(sqlite3.connect(asked.corpus_db if "_by_year" in sql else asked.public_db)) as db:
        plan = [str(row[3]) for row in db.execute("EXPLAIN QUERY PLAN " + sql, "i" * sql.count("?"))]
    # As the views call what holds cells and checks.
    scanned = {tuple(step.split()[:2]) for step in plan} & set(product(["SCAN"], ["f", "c"]))
    assert plan
    assert not scanned
    if "_by_year" in sql:
        assert any("f USING PRIMARY KEY (version=? AND table_key=? AND table_no=?)" in step for step in plan)


def test_what_fails_in_a_report_of_no_known_body_is_listed_and_follows_it(tmp_path: Path) -> None:
    """A finding is one whoever published it; once the body is known it stands under its name, and once."""
    failing = (check_of("a", CheckOutcome.FAIL),)
    views(tmp_path, report(2021, {}, checks=failing), report(2022, {}, checks=failing))
    data = DataDir(tmp_path)
    [(issuer, issuer_id)] = set(_copied(data.corpus_db, "SELECT issuer, issuer_id FROM documents"))
    listed = []
    for body in (issuer, None, issuer):
        with closing(sqlite3.connect(data.corpus_db)) as corpus, corpus:
            accept_wide_rows(corpus)
            corpus.execute(
                "UPDATE documents SET issuer = ?1, issuer_id = iif(?1 IS NULL, NULL, ?2) WHERE year = 2022",
                (body, issuer_id),
            )
        publish(data, clock=lambda: START)
        listed.append(_copied(data.public_db, "SELECT issuer, year FROM check_failures ORDER BY year"))
    assert listed == [[(issuer, 2021), (body, 2022)] for body in (issuer, None, issuer)]


def _copied(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()
