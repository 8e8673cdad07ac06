"""The demo's cities: on no list of real places, sound but for planted flaws, read as their table says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from crawler.families.html_list import read_list
from gongkai.demo.site import LIST, BundledSite, CitySite, all_cities, city_portals, reports, write_places
from gongkai.web.rendering.drawings import read_grids
from pipelines.bodies.regions import division_names, divisions_of, region_of
from pipelines.bodies.roster import parse_roster
from pipelines.checks.check_catalogue import CheckOutcome, Severity
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_catalogue import form_by_id
from tests.crawler.list_cases import first_page
from tests.gongkai.demo_client import ask
from tests.gongkai.identities import failing_checks
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gongkai.demo.site import City, CityReport

FLAWED = [report for report in reports().values() if report.flaw]
SOUND = [report for report in reports().values() if not report.flaw]
FORM = "form_2021"


def printed(report: CityReport) -> dict[str, str]:
    """Return what the table says of each cell of tables 3 and 4, by `t3.ROW.COLUMN` and `t4.BLOCK.COLUMN`."""
    return {
        f"{table.key}.{line}.{column.key}": text.replace("_", "")
        for table in form_by_id(FORM).tables
        for block in table.blocks
        for line in ([row.key for row in block.rows] if table.key == "t3" else [block.key])
        if table.key != "t2" and line
        for column, text in zip(block.columns, report.figures[line].split(), strict=True)
    }


@pytest.fixture(scope="module")
def server() -> Iterator[SiteServer]:
    with SiteServer(CitySite(all_cities(), BundledSite())) as running:
        yield running


def test_thirty_cities_in_four_provinces_have_a_report_a_year_but_five() -> None:
    assert len(all_cities()) == 30
    assert Counter(divisions_of(city.code)[-1].name for city in all_cities()) == {
        "朔岭省": 8,
        "澜东省": 8,
        "楠西省": 7,
        "汐海省": 7,
    }
    assert {report.year for report in reports().values()} == {2021, 2022, 2023, 2024}
    assert len(reports()) == 30 * 4 - 5
    assert len({(report.city.host, report.path) for report in reports().values()}) == len(reports())
    assert {report.key for report in FLAWED} == {report.flaw["report"] for report in FLAWED}


@pytest.mark.parametrize("city", all_cities(), ids=lambda city: city.id)
def test_no_such_city_exists(city: City) -> None:
    """Neither as a division nor by its short name; a text that names it is read as if the demo were not."""
    assert city.name not in division_names()
    assert city.name.removesuffix("市") not in division_names()
    assert region_of(city.issuer) is None
    assert city.code.startswith("9")


def test_what_is_printed_breaks_the_planted_checks_and_no_others() -> None:
    for report in SOUND:
        assert failing_checks(printed(report), FORM) == set(), report.key
    for report in FLAWED:
        planted = {check for check in report.flaw.get("checks", ()) if check.startswith(("t3.", "t4."))}
        assert failing_checks(printed(report), FORM) == planted - {"t3.only_total_column"}, report.key


@pytest.mark.parametrize("report", [*FLAWED, *SOUND[::20]], ids=lambda report: report.key)
def test_a_page_is_read_as_the_table_of_figures_says(server: SiteServer, report: CityReport) -> None:
    reply = ask(server, report.path, host=report.city.host)
    hints = Hints(f"http://{report.city.host}{report.path}", reply.values("Content-Type")[0])
    reading = read_document(reply.body, hints)
    assert (reading.metadata.title, reading.metadata.year) == (report.title, report.year)
    assert str(reading.metadata.published_on) == report.published_on
    assert (reading.metadata.issuer, reading.form) == (report.city.issuer, FORM)
    found = {
        f"{it.table_key}.{it.row_key if it.table_key == 't3' else it.block_key}.{it.column_key}": it.value
        or ""
        for it in reading.facts
        if it.table_key in {"t3", "t4"}
    }
    assert found == printed(report)
    failing = {it.check_id for it in reading.checks if it.outcome is CheckOutcome.FAIL}
    grave = {it.check_id for it in reading.checks if it.severity is Severity.ERROR} & failing
    planted = set(report.flaw.get("checks", ()))
    assert grave <= planted
    assert {check for check in planted if not check.startswith("x.")} <= failing


def test_copied_text_is_that_of_the_year_before_figures_and_all() -> None:
    def prose(report: CityReport) -> set[str]:
        lines = report.body.decode().partition("一、总体情况")[2].splitlines()
        return {line for line in lines if line.startswith("<p>") and "政府信息" not in line[:12]}

    for report in reports().values():
        before = reports().get(f"{report.city.id}-{report.year - 1}")
        if before is not None:
            assert (prose(report) == prose(before)) is bool(report.flaw.get("copies")), report.key


def test_each_city_lists_its_reports_and_what_is_gone_leaves_its_list(server: SiteServer) -> None:
    [gone] = [report for report in FLAWED if "gone_from" in report.flaw]
    for night, status in ((1, 200), (2, 404), (10, 404)):
        server.night = night
        assert ask(server, gone.path, host=gone.city.host).status == status
        for portal in city_portals([gone.city]):
            shown = ask(server, LIST, host=gone.city.host).body.decode()
            listed = [link.url for link in read_list(shown, first_page(portal.lists[0].url)).links]
            assert len(listed) == 3 + (status == 200)
            assert any(gone.path in url for url in listed) is (status == 200)
    server.night = 1
    assert ask(server, "/anything", host=gone.city.host).status == 404
    assert ask(server, "/").status == 200


def test_a_page_that_a_client_has_is_not_sent_again(server: SiteServer) -> None:
    report = SOUND[0]
    [tag] = ask(server, report.path, host=report.city.host).values("ETag")
    again = ask(server, report.path, host=report.city.host, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_who_must_publish_and_where_is_written_where_an_operator_would(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    write_places(all_cities(), data)
    table = parse_roster((data.roster / "demo.csv").read_text("utf-8"), "demo.csv")
    assert table.problems == ()
    assert {(entry.name, entry.region_code) for entry in table.entries} == {
        (city.issuer, city.code) for city in all_cities()
    }
    codes = {tile.code for grid in read_grids(tmp_path / "tiles.yaml").values() for tile in grid.tiles}
    assert {city.code for city in all_cities()} <= codes
    own = tmp_path / "tiles.yaml"
    own.write_text("grids: {}\n", "utf-8")
    write_places(all_cities(), data)
    assert own.read_text("utf-8") == "grids: {}\n"
