"""What follows from several nights: checks across years, and the tasks of a plan as it stands now."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.warc.files import archive_files
from tests.archive.every_order import derive_nights
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.e2e.content import leading_nowhere, rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [series, pytest.mark.roster]

BASE = "http://www.testville.example/nb"
REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
SAME_TEXT = REPORT.replace(b'class="TRS_Editor"', b'id="zoom"')
BEFORE = page("试城市人民政府2023年政府信息公开工作年度报告", "一、总体情况", "全年公开信息97条。")

CORRECTED = BEFORE.replace("97条".encode(), "98条".encode()).replace(
    "年度报告".encode(), "年度报告（更正版）".encode()
)


def derived(root: Path, *nights: list[Answer], in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(root, nights, StatingReader(), in_every_order=in_every_order)


HISTORIES = {
    "the year before comes later": ([Answer(f"{BASE}/24.html", REPORT)], [Answer(f"{BASE}/23.html", BEFORE)]),
    "other markup states more of one text": (
        [Answer(f"{BASE}/24.html", SAME_TEXT), Answer(f"{BASE}/23.html", BEFORE)],
        [Answer(f"{BASE}/24.html", REPORT)],
    ),
    "other markup of the year before": (
        [
            Answer(f"{BASE}/24.html", REPORT),
            Answer(f"{BASE}/23.html", BEFORE.replace(b'class="TRS_Editor"', b'id="zoom"')),
        ],
        [Answer(f"{BASE}/23.html", BEFORE)],
    ),
    "a report that is replaced by another year's": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", BEFORE)],
        [Answer(f"{BASE}/23.html", REPORT)],
    ),
    "the year before is no report any more": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", BEFORE)],
        [Answer(f"{BASE}/23.html", page("试城市教育局关于落实通知的意见", "各单位要抓好落实。"))],
    ),
    "a correction that is gone again": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", BEFORE)],
        [Answer(f"{BASE}/23b.html", CORRECTED)],
        *([[Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23b.html", b"404", status=404)]] * 8),
    ),
    "the later report is corrected, too": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", BEFORE)],
        [Answer(f"{BASE}/24b.html", REPORT.replace("年度报告".encode(), "年度报告（更正版）".encode()))],
        [Answer(f"{BASE}/23b.html", CORRECTED)],
    ),
    "another that comes to stand for its year": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23b.html", BEFORE)],
        [Answer(f"{BASE}/23a.html", BEFORE.replace("97条".encode(), "98条".encode()))],
    ),
}


@pytest.mark.parametrize("case", HISTORIES if SOAK else ["the later report is corrected, too"])
def test_checks_across_years_follow_what_the_corpus_holds(tmp_path: Path, case: str) -> None:
    derived(tmp_path, *HISTORIES[case], in_every_order=True)


CARRIED = """
SELECT d.url, b.url, c.outcome, c.right_value FROM checks AS c
JOIN documents AS d ON d.current_version_id = c.version_id
LEFT JOIN documents AS b ON b.current_version_id = c.other_version_id
WHERE c.check_id = 'x.carry.total' ORDER BY 1
"""


def carried(data: DataDir) -> list[tuple[str, str, str, str]]:
    """Return what each report is held against: its name, that of the year before, and the figure there."""
    return [
        (str(later).removeprefix(f"{BASE}/"), str(before).removeprefix(f"{BASE}/"), outcome, value)
        for later, before, outcome, value in rows(data.corpus_db, CARRIED)
    ]


def test_a_correction_takes_the_place_of_what_it_corrects_and_gives_it_back(tmp_path: Path) -> None:
    """Night by night and at once."""
    nights = HISTORIES["a correction that is gone again"]
    wanted = {1: ("fail", "97"), 2: ("pass", "98"), 9: ("pass", "98"), 10: ("fail", "97")}
    derived(tmp_path, *nights)
    by_night = DataDir(tmp_path / "by-night")
    by_night.make()
    for number, path in enumerate(archive_files(tmp_path / "evidence"), start=1):
        shutil.copy(path, by_night.warc)
        derive(by_night, DeriveOptions(reader=StatingReader()))
        if number not in wanted:
            continue
        outcome, value = wanted[number]
        source = "23b.html" if value == "98" else "23.html"
        at_once = derived(tmp_path / str(number), *nights[:number])
        for data in (by_night, at_once):
            assert carried(data) == [("24.html", source, outcome, value)]


@pytest.mark.parametrize("gone", ["its file", "the file of the year before"])
def test_what_no_evidence_shows_any_more_takes_its_facts_and_checks_with_it(
    tmp_path: Path, gone: str
) -> None:
    nights = HISTORIES["the year before comes later"]
    data = derived(tmp_path, *nights)
    assert carried(data) == [("24.html", "23.html", "fail", "97")]
    sorted(data.warc.glob("*.warc.gz"))[0 if gone == "its file" else 1].unlink()
    rebuild(data, DeriveOptions(reader=StatingReader()))
    for table in ("facts", "checks", "versions"):
        lost = f"SELECT count(*) FROM {table} WHERE document_id NOT IN (SELECT id FROM documents)"  # noqa: S608  names from this test
        assert rows(data.corpus_db, lost) == [(0,)]
    assert rows(data.corpus_db, "SELECT count(*) FROM checks WHERE other_version_id IS NOT NULL") == [(0,)]
    assert rows(data.corpus_db, "SELECT count(DISTINCT document_id) FROM facts") == [(1,)]


SHORT = page("2023年政府信息公开工作年度报告", "发文机关：市人民政府", "一、总体情况", "全年公开信息97条。")


def test_a_report_that_goes_to_another_body_takes_its_checks_with_it(tmp_path: Path) -> None:
    """市人民政府 is the government whose portal it is, and the registry changes its mind twice."""
    data, found = DataDir(tmp_path), []
    evidence = Evidence(data.warc)
    pages = [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", SHORT)]
    for number, issuer in enumerate((None, "试城市人民政府", "别城市人民政府"), start=1):
        evidence.night(number, pages if number == 1 else [], {**PORTAL, "issuer": issuer})
        derive(data, DeriveOptions(reader=StatingReader()))
        found.append(carried(data))
    assert found == [[], [("24.html", "23.html", "fail", "97")], []]


def test_a_roster_that_names_a_body_joins_its_reports_and_parts_them_again(tmp_path: Path) -> None:
    renamed = BEFORE.replace("试城市人民政府".encode(), "试城地区行政公署".encode())
    data = derived(tmp_path, [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23.html", renamed)])
    found = [carried(data)]
    roster = data.roster / "own.csv"
    data.roster.mkdir(exist_ok=True)
    for row in ("试城市人民政府,990100,试城地区行政公署,2008", "试城市人民政府,990100,,2008"):
        roster.write_text(f"name,region_code,aliases,from_year\n{row}\n", "utf-8")
        assert derive(data, DeriveOptions(reader=StatingReader())).rebuilt
        found.append(carried(data))
    assert found == [[], [("24.html", "23.html", "fail", "97")], []]


def test_a_registry_entry_that_comes_later_leaves_copies_related(tmp_path: Path) -> None:
    pages = [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/mirror.html", REPORT)]
    data = derived(tmp_path, pages)
    copies = "SELECT count(*) FROM relations WHERE kind = 'same_text'"
    assert rows(data.corpus_db, copies) == [(1,)]
    evidence = Evidence(tmp_path / "later")
    evidence._numbers = iter(range(1_000, 1_010))
    evidence.night(2, [], {**PORTAL, "issuer": "别城市人民政府"})
    shutil.copytree(tmp_path / "later", data.warc, dirs_exist_ok=True)
    derive(data, DeriveOptions(reader=StatingReader()))
    assert rows(data.corpus_db, copies) == [(1,)]


def test_a_check_across_years_names_the_cells_of_both_reports(tmp_path: Path) -> None:
    data = derived(tmp_path, *HISTORIES["the year before comes later"])
    [(outcome, year, before, cells)] = rows(
        data.corpus_db,
        "SELECT c.outcome, d.year, b.year, c.cells FROM checks AS c "
        "JOIN documents AS d ON d.current_version_id = c.version_id "
        "JOIN documents AS b ON b.current_version_id = c.other_version_id WHERE c.check_id = 'x.carry.total'",
    )
    assert (outcome, year, before) == ("fail", 2024, 2023)
    named = [
        rows(data.corpus_db, "SELECT row_key, value FROM facts WHERE id = ?", cell)
        for cell in json.loads(str(cells))
    ]
    assert named == [[("carried_in", "98")], [("carried_out", "97")]]
    assert leading_nowhere(sqlite3.connect(data.corpus_db)) == []


PLAN = page(
    "试城市2024年政务公开重点工作责任分工方案",
    "一、推进决策公开",
    "完善会议开放制度。（由市政府办公室牵头，市司法局负责；12月底前完成）",
)


def test_the_tasks_are_those_of_the_plan_as_it_stands_now(tmp_path: Path) -> None:
    nights = ([Answer(f"{BASE}/plan.html", PLAN)], [Answer(f"{BASE}/plan.html", PLAN.replace(b"12", b"11"))])
    data = derived(tmp_path, *nights)
    assert rows(
        data.corpus_db,
        """
        SELECT t.position, t.text, t.lead, t.responsible, t.deadline_text, t.deadline,
               t.section_id = o.section_id
        FROM tasks AS t JOIN documents AS d ON d.id = t.document_id
        JOIN occurrences AS o ON o.version_id = d.current_version_id AND o.position = t.passage
        """,
    ) == [(0, "完善会议开放制度。", "市政府办公室", "市司法局", "11月底前完成", "2024-11-30", 1)]
