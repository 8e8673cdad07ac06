"""The demo's reports add up, in their figures and in their pages, but where a flaw says otherwise."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import lxml.html
import pytest

from gongkai.demo.site import BundledSite, documents
from pipelines.forms.form_catalogue import form_by_id
from tests.gongkai.demo_flaws import flaws
from tests.gongkai.demo_reports import load_report, report_keys
from tests.gongkai.identities import COLUMNS, KINDS, LEAVES, failing_checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.site import Document
    from pipelines.forms.form_model import FormTable
    from tests.gongkai.demo_reports import PrintedTables

SHAPES = {"yunze": ("span", ""), "linlan": ("shift", "万元"), "beitan": ("pad", "")}
"""How table 2 is fitted into one grid though its blocks have unequal numbers of columns, and what follows an
amount of money: the last cell of a short row covers the rest; a grid of one column more, where the header's
last cell and the row's first value cover two; empty cells fill a short row."""

KEYS = report_keys()
NAMES = [f"{government}-{year}" for government, year in KEYS]
EVERY_REPORT = pytest.mark.parametrize(("government", "year"), KEYS, ids=NAMES)


@pytest.fixture(scope="module")
def site() -> BundledSite:
    return BundledSite()


def report_document(government: str, year: int) -> Document:
    return next(each for each in documents() if (each.government.id, each.report) == (government, year))


def planted_checks(path: str) -> set[str]:
    identities = ("t3.balance.", "t3.results_sum.", "t3.row_total.", "t4.block_total.", "x.carry.")
    planted = (check for flaw in flaws() if flaw.target == path for check in flaw.checks)
    return {check for check in planted if check.startswith(identities)}


def test_three_governments_have_four_years_each() -> None:
    years = defaultdict(set)
    for government, year in KEYS:
        years[government].add(year)
    assert dict(years) == {name: {2019, 2020, 2021, 2022} for name in ("yunze", "linlan", "beitan")}


@EVERY_REPORT
def test_printed_figures_break_the_planted_checks_and_no_others(government: str, year: int) -> None:
    report = load_report(government, year)
    planted = planted_checks(report_document(government, year).path)
    assert failing_checks(report.printed, report.form) == {
        check for check in planted if not check.startswith("x.")
    }


@EVERY_REPORT
def test_carried_in_is_what_the_year_before_carried_out(government: str, year: int) -> None:
    if year == 2019:
        assert "t3.carried_in.total" in load_report(government, year).printed
        return
    before, now = load_report(government, year - 1).printed, load_report(government, year).printed
    differing = {
        f"x.carry.{column}"
        for column in COLUMNS
        if before[f"t3.carried_out.{column}"] != now[f"t3.carried_in.{column}"]
    }
    planted = planted_checks(report_document(government, year).path)
    assert differing == {check for check in planted if check.startswith("x.")}


@pytest.mark.parametrize("government", ["yunze", "linlan", "beitan"])
def test_documents_in_force_and_item_counts_follow_from_year_to_year(government: str) -> None:
    cells = {year: load_report(government, year).printed for year in (2019, 2020, 2021, 2022)}
    for row in ("rules", "normative_documents"):
        key = f"t2.art20_1.{row}"
        assert int(cells[2022][f"{key}.in_force"]) == (
            int(cells[2021][f"{key}.in_force"])
            + int(cells[2022][f"{key}.issued_this_year"])
            - int(cells[2022][f"{key}.repealed_this_year"])
        )
    for row in ("art20_5.licensing", "art20_6.penalties", "art20_8.admin_fees"):
        before, change = (cells[2019][f"t2.{row}.{name}"] for name in ("items_prev_year", "items_change"))
        now = cells[2020][f"t2.{row}.items_prev_year"]
        if "" not in (before, change):  # one report leaves cells blank, which is planted
            assert int(now) == int(before) + int(change)


@EVERY_REPORT
def test_form_follows_the_year_and_is_complete(government: str, year: int) -> None:
    report = load_report(government, year)
    assert report.form == ("form_2019" if year < 2021 else "form_2021")
    rows, activity = (23, 22) if year < 2021 else (25, 10)
    tables = [sum(key.startswith(f"{table}.") for key in report.printed) for table in ("t2", "t3", "t4")]
    assert tables == [activity, rows * 7, 15]


@EVERY_REPORT
def test_pages_print_every_cell_of_the_figures(government: str, year: int, site: BundledSite) -> None:
    report = load_report(government, year)
    document = report_document(government, year)
    body = site.pages(1)[document.address(1)].body.decode(document.codec)
    activity, applications, disputes = (list(expanded(table)) for table in statutory_tables(body))
    assert list(application_values(applications)) == [
        [report.printed[f"t3.{row.key}.{column}"] for column in COLUMNS]
        for row in form_table(report.form, "t3").blocks[0].rows
    ]
    assert disputes[-1] == [value for key, value in report.printed.items() if key.startswith("t4.")]
    assert list(activity_values(activity)) == activity_printed(report)


def test_night_two_revises_one_report() -> None:
    first, second = load_report("yunze", 2022, 1), load_report("yunze", 2022, 2)
    differing = {key for key in first.printed if first.printed[key] != second.printed[key]}
    assert differing == {"t2.art20_6.penalties.decisions"}


def test_the_test_knows_the_forms_as_they_are_read() -> None:
    for form, leaves in LEAVES.items():
        [block] = form_table(form, "t3").blocks
        rows = tuple(row.key for row in block.rows)
        assert rows == ("new_requests", "carried_in", *leaves, "results_total", "carried_out")
        assert tuple(column.key for column in block.columns) == (*KINDS, "total")


def statutory_tables(html: str) -> list[lxml.html.HtmlElement]:
    tables = lxml.html.document_fromstring(html).xpath("//table[not(.//table)]")
    words = ("第二十条", "申请人情况", "结果维持")
    return [next(table for table in tables if word in text_of(table)) for word in words]


def text_of(element: lxml.html.HtmlElement) -> str:
    return "".join(element.itertext()).replace("\u00a0", "").strip()


def expanded(table: lxml.html.HtmlElement) -> Iterator[list[str]]:
    """Yield the rows of a table with every merged cell repeated where it reaches."""
    waiting: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        cells = iter(row.findall("td"))
        out: list[str] = []
        current: dict[int, tuple[int, str]] = {}
        while True:
            if len(out) in waiting:
                rows, text = waiting[len(out)]
                current[len(out)] = (rows - 1, text)
                out.append(text)
                continue
            cell = next(cells, None)
            if cell is None:
                break
            text = text_of(cell)
            for _ in range(int(cell.get("colspan", "1"))):
                current[len(out)] = (int(cell.get("rowspan", "1")) - 1, text)
                out.append(text)
        waiting = {at: left for at, left in current.items() if left[0] > 0}
        yield out


def application_values(rows: list[list[str]]) -> Iterator[list[str]]:
    assert {len(row) for row in rows} == {10}
    return (row[3:] for row in rows[3:])


def activity_values(rows: list[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if not row[0].startswith("第二十条") and row[0] != "信息内容":
            yield row


def form_table(form: str, key: str) -> FormTable:
    table = form_by_id(form).table(key)
    assert table
    return table


def activity_printed(report: PrintedTables) -> list[list[str]]:
    shape, suffix = SHAPES[report.government]
    out = []
    for block in form_table(report.form, "t2").blocks:
        for row in block.rows:
            keys = [f"t2.{block.key}.{row.key}.{column.key}" for column in block.columns]
            values = [
                report.printed[key] + (suffix if key.endswith("amount") and "procurement" in key else "")
                for key in keys
            ]
            gap = (5 if shape == "shift" else 4) - 1 - len(values)
            if shape == "span":
                values += [values[-1]] * gap
            elif shape == "shift":
                values = [values[0]] * gap + values
            else:
                values += [""] * gap
            out.append([row.label, *values])
    return out
