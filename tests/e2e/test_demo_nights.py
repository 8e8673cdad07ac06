"""Three nights of the demo portal: what is planted is seen, and nothing depends on how it was derived."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from click.testing import CliRunner

from archive.derive import derive, rebuild
from archive.warc.files import archive_files
from gongkai.cli import main
from gongkai.demo.flaws import Flaw, flaws
from gongkai.verifying import verify_data
from pipelines.address import canonical_address
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import DemoNights

GOVERNMENTS = ["云泽市人民政府", "临岚县人民政府", "北滩新区管理委员会"]


def test_each_night_is_done_without_trouble(demo_nights: DemoNights) -> None:
    assert [report.troubles for report in demo_nights.reports] == [(), (), ()]
    assert [str(report.night) for report in demo_nights.reports] == ["2026-02-01", "2026-02-02", "2026-02-03"]


def _outcomes(demo_nights: DemoNights, flaw: Flaw, night: int) -> set[object]:
    """Return the outcomes of a flaw's address, under whichever of its spellings, on a night."""
    address = canonical_address(urljoin(f"http://{flaw.host}/", flaw.target))
    captures = rows(
        demo_nights.data.corpus_db,
        "SELECT c.url, c.outcome FROM captures AS c JOIN runs AS r ON r.id = c.run_id WHERE r.night = ?",
        f"2026-02-0{night}",
    )
    return {outcome for url, outcome in captures if canonical_address(str(url)) == address}


@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.id)
def test_each_planted_flaw_is_recorded_as_what_it_is(demo_nights: DemoNights, flaw: Flaw) -> None:
    for night in (1, 2, 3):
        outcomes = _outcomes(demo_nights, flaw, night)
        if flaw.harvested is not None:
            assert outcomes == flaw.harvested, f"night {night}"
            continue
        expected = flaw.on_night(night).outcome
        if flaw.id == "newcomer" and night == 1:
            assert outcomes == set(), "nothing links to it yet"
        else:
            assert outcomes in ({expected}, {"not_modified"} if expected == "ok" else {expected}), (
                f"night {night}"
            )


def test_the_reports_of_three_governments_over_four_years_are_there(demo_nights: DemoNights) -> None:
    reports = rows(
        demo_nights.data.corpus_db,
        "SELECT issuer, group_concat(year, ' ') FROM (SELECT issuer, year FROM documents "
        "WHERE kind = 'annual_report' AND year >= 2019 ORDER BY year) GROUP BY issuer",
    )
    assert dict(reports) == dict.fromkeys(GOVERNMENTS, "2019 2020 2021 2022")


def test_what_happened_over_the_nights_is_in_the_rows(demo_nights: DemoNights) -> None:
    statuses = dict(
        rows(
            demo_nights.data.corpus_db,
            "SELECT status, count(*) FROM documents GROUP BY status ORDER BY status",
        )
    )
    assert statuses["moved"] == 1
    assert statuses["unreachable"] == 1
    changed = rows(
        demo_nights.data.corpus_db,
        "SELECT d.url, count(*) FROM versions AS v JOIN documents AS d ON d.id = v.document_id "
        "GROUP BY d.id HAVING count(*) > 1",
    )
    planted = next(flaw for flaw in flaws() if flaw.id == "changed")
    assert changed == [(f"http://{planted.host}{planted.target}", 2)]


def test_a_link_repeated_with_a_tracking_parameter_is_one_document(demo_nights: DemoNights) -> None:
    addresses = rows(
        demo_nights.data.corpus_db,
        "SELECT count(DISTINCT d.id), count(*) FROM documents AS d WHERE d.url LIKE '%from=timeline%' "
        "OR d.url LIKE '%utm_source%'",
    )
    assert addresses == [(0, 0)]


def test_deriving_night_by_night_once_or_anew_in_any_order_gives_the_same_rows(
    demo_nights: DemoNights, tmp_path: Path
) -> None:
    night_by_night = all_hashes(demo_nights.data.corpus_db)
    once = demo_nights.copy_evidence(tmp_path / "once")
    derive(once)
    assert all_hashes(once.corpus_db) == night_by_night
    first, *others = archive_files(once.warc)
    rebuild(once, files=[*reversed(others), first])
    assert all_hashes(once.corpus_db) == night_by_night


def test_the_rebuild_verb_makes_corpus_and_frontier_from_the_evidence_alone(
    demo_nights: DemoNights, tmp_path: Path
) -> None:
    data = demo_nights.copy_evidence(tmp_path)
    result = CliRunner().invoke(main, ["--data", str(data.root), "rebuild", "--json"])
    assert result.exit_code == 0, result.output
    assert all_hashes(data.corpus_db) == all_hashes(demo_nights.data.corpus_db)
    known = "SELECT url, status, sha256, capture_id FROM payloads ORDER BY 1, 2, 3"
    assert rows(data.crawl_db, known) == rows(demo_nights.data.crawl_db, known)


def test_every_byte_and_every_pointer_is_sound(demo_nights: DemoNights) -> None:
    report = verify_data(demo_nights.data, progress=ignore_progress)
    assert report.findings == ()
    assert report.files == 3
    assert report.pointers == rows(demo_nights.data.corpus_db, "SELECT count(*) FROM captures")[0][0]


def test_no_port_of_the_demo_enters_the_corpus(demo_nights: DemoNights) -> None:
    for table, column in (("captures", "url"), ("documents", "url"), ("captures", "location")):
        ports = rows(
            demo_nights.data.corpus_db,
            f"SELECT {column} FROM {table} WHERE {column} GLOB '*.test:*' OR {column} LIKE '%127.0.0.1%'",  # noqa: S608
        )
        assert ports == [], f"{table}.{column}"
