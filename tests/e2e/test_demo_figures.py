"""The demo's tables after three nights: every cell as printed, and nothing fails that is not planted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from gongkai.demo.site import documents
from tests.e2e.content import rows
from tests.gongkai.demo_flaws import flaws
from tests.gongkai.demo_reports import load_report, report_keys

if TYPE_CHECKING:
    from tests.e2e.conftest import DemoNights

KEYS = report_keys()
EVERY_REPORT = pytest.mark.parametrize(
    ("government", "year"), KEYS, ids=[f"{government}-{year}" for government, year in KEYS]
)


def address(government: str, year: int) -> str:
    path = next(it.path for it in documents() if (it.government.id, it.report) == (government, year))
    return f"http://demo.gongkai.test{path}"


def test_exactly_the_planted_checks_fail(demo_nights: DemoNights) -> None:
    failing = defaultdict(set)
    for url, check in rows(
        demo_nights.data.corpus_db,
        "SELECT d.url, c.check_id FROM checks AS c JOIN documents AS d ON d.id = c.document_id "
        "WHERE c.outcome = 'fail'",
    ):
        failing[urlsplit(str(url)).path].add(check)
    planted: defaultdict[str, set[str]] = defaultdict(set)
    for flaw in flaws():
        if flaw.checks:
            planted[flaw.target].update(flaw.checks)
    assert failing == planted


@EVERY_REPORT
def test_every_cell_is_read_as_it_is_printed(demo_nights: DemoNights, government: str, year: int) -> None:
    report = load_report(government, year, night=3)
    found = rows(
        demo_nights.data.corpus_db,
        "SELECT f.table_key, f.block_key, f.row_key, f.column_key, f.value, f.form FROM facts AS f "
        "JOIN documents AS d ON d.current_version_id = f.version_id WHERE d.url = ?",
        address(government, year),
    )
    cells = {
        ".".join([table, *([block] if table == "t2" else []), row, column]): value
        for table, block, row, column, value, _ in found
    }
    assert len(cells) == len(found)
    assert cells == {key: printed or None for key, printed in report.printed.items()}
    assert {form for *_, form in found} == {report.form}


def test_a_figure_that_was_altered_is_in_both_versions(demo_nights: DemoNights) -> None:
    values = rows(
        demo_nights.data.corpus_db,
        "SELECT f.value FROM facts AS f JOIN documents AS d ON d.id = f.document_id "
        "JOIN versions AS v ON v.id = f.version_id WHERE d.url = ? AND f.row_key = 'penalties' "
        "ORDER BY v.first_seen",
        address("yunze", 2022),
    )
    assert values == [("4683",), ("4638",)]


def test_findings_name_one_cause_once(demo_nights: DemoNights) -> None:
    causes = rows(
        demo_nights.data.public_db,
        "SELECT check_id, worst_severity, explains FROM check_failures WHERE explains > 0 ORDER BY check_id",
    )
    assert causes == [
        ("t3.off_by_carry", "error", 3),
        ("t3.total_column_empty", "error", 10),
        ("x.carry.total", "warning", 1),
    ]


def test_the_views_line_up_what_the_reports_print(demo_nights: DemoNights) -> None:
    found = rows(
        demo_nights.data.public_db,
        "SELECT d.url, v.new_requests, v.carried_in, v.results_total, v.carried_out "
        "FROM applications_by_year AS v JOIN documents AS d ON d.id = v.document_id",
    )
    names = ("new_requests", "carried_in", "results_total", "carried_out")
    assert {url: tuple(figures) for url, *figures in found} == {
        address(government, year): tuple(
            int(load_report(government, year).printed[f"t3.{name}.total"]) for name in names
        )
        for government, year in KEYS
    }


def test_rows_whose_figures_do_not_add_up_are_those_of_planted_errors(demo_nights: DemoNights) -> None:
    """Of the results the column 总计 is compared: its sum, its balance, and the totals of its rows."""
    columns = {"t3.results_sum.total", "t3.balance.total"}
    others = {f"t3.row_total.{row}" for row in ("new_requests", "carried_in", "carried_out")}
    planted: dict[str, int] = {}
    for flaw in flaws():
        used = columns | {it for it in flaw.checks if it.startswith("t3.row_total.")} - others
        if used & {*flaw.checks}:
            planted[flaw.target] = planted.get(flaw.target, 0) + len(used & {*flaw.checks})
    found = rows(
        demo_nights.data.public_db,
        "SELECT d.url, v.failing_checks FROM outcomes_by_year AS v "
        "JOIN documents AS d ON d.id = v.document_id WHERE v.failing_checks > 0",
    )
    assert {urlsplit(str(url)).path: count for url, count in found} == planted
    assert planted


def test_every_cell_leads_back_to_its_passage(demo_nights: DemoNights) -> None:
    lost = rows(
        demo_nights.data.corpus_db,
        "SELECT count(*) FROM facts AS f LEFT JOIN occurrences AS o "
        "ON o.version_id = f.version_id AND o.position = f.position AND o.section_id = f.section_id "
        "WHERE o.version_id IS NULL",
    )
    assert lost == [(0,)]
