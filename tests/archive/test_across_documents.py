"""What follows from several nights: checks across years, and the tasks of a plan as it stands now."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from archive.derive import DeriveOptions, derive, rebuild
from archive.paths import DataDir
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

BASE = "http://www.testville.example/nb"
REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
SAME_TEXT = REPORT.replace(b'class="TRS_Editor"', b'id="zoom"')
BEFORE = page("试城市人民政府2023年政府信息公开工作年度报告", "一、总体情况", "全年公开信息97条。")


def derive_nights(root: Path, *nights: list[Answer], at_once: bool) -> DataDir:
    data = DataDir(root)
    data.make()
    evidence = Evidence(root / "evidence")
    for number, answers in enumerate(nights, start=1):
        evidence.night(number, answers)
        if not at_once:
            for path in (root / "evidence").iterdir():
                shutil.copy(path, data.warc)
            derive(data, DeriveOptions(reader=StatingReader()))
    if at_once:
        shutil.copytree(root / "evidence", data.warc, dirs_exist_ok=True)
        derive(data, DeriveOptions(reader=StatingReader()))
    return data


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
    "another that comes to stand for its year": (
        [Answer(f"{BASE}/24.html", REPORT), Answer(f"{BASE}/23b.html", BEFORE)],
        [Answer(f"{BASE}/23a.html", BEFORE.replace("97条".encode(), "98条".encode()))],
    ),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_checks_across_years_follow_what_the_corpus_holds(tmp_path: Path, case: str) -> None:
    by_night = derive_nights(tmp_path / "by-night", *HISTORIES[case], at_once=False)
    at_once = derive_nights(tmp_path / "at-once", *HISTORIES[case], at_once=True)
    assert all_hashes(by_night.corpus_db) == all_hashes(at_once.corpus_db)
    rebuild(by_night, DeriveOptions(reader=StatingReader()))
    assert all_hashes(by_night.corpus_db) == all_hashes(at_once.corpus_db)


def test_a_check_across_years_names_the_cells_of_both_reports(tmp_path: Path) -> None:
    data = derive_nights(tmp_path, *HISTORIES["the year before comes later"], at_once=False)
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
    assert rows(data.corpus_db, "PRAGMA foreign_key_check") == []


PLAN = page(
    "试城市2024年政务公开重点工作责任分工方案",
    "一、推进决策公开",
    "完善会议开放制度。（由市政府办公室牵头，市司法局负责；12月底前完成）",
)


def test_the_tasks_are_those_of_the_plan_as_it_stands_now(tmp_path: Path) -> None:
    nights = ([Answer(f"{BASE}/plan.html", PLAN)], [Answer(f"{BASE}/plan.html", PLAN.replace(b"12", b"11"))])
    data = derive_nights(tmp_path, *nights, at_once=False)
    assert rows(
        data.corpus_db,
        """
        SELECT t.position, t.text, t.lead, t.responsible, t.deadline_text, t.deadline,
               t.section_id = o.section_id
        FROM tasks AS t JOIN documents AS d ON d.id = t.document_id
        JOIN occurrences AS o ON o.version_id = d.current_version_id AND o.position = t.passage
        """,
    ) == [(0, "完善会议开放制度。", "市政府办公室", "市司法局", "11月底前完成", "2024-11-30", 1)]
