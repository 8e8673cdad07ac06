"""kill -9 at any statement of a derive, again and again: what is stored at the end is the same."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.conftest import ROOT
from tests.e2e.content import all_hashes, rows
from tests.soak import seeds, series
from tests.warm import run_module

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.roster

BASE = "http://www.testville.example/nb"
WAYS = "，比上年有所增长，主要通过门户网站和政务新媒体向社会发布，及时回应群众关切。"


def _report(year: int, figure: int, mark: str = "") -> bytes:
    title = f"试城市人民政府{year}年政府信息公开工作年度报告{mark}"
    return page(title, "一、总体情况", f"全年公开信息{figure}条{WAYS}")


PLAN = page(
    "试城市2024年政务公开重点工作责任分工方案", "一、总则", "抓好落实。（由市司法局负责；12月底前完成）"
)
NIGHTS = (
    [
        *(Answer(f"{BASE}/{year}.html", _report(year, year)) for year in range(2017, 2025)),
        Answer(f"{BASE}/plan.html", PLAN),
        Answer(f"{BASE}/copy.html", _report(2020, 2020)),
        Answer(f"{BASE}/scan.html", _report(2020, 2020).replace("主要".encode(), "主要要".encode())),
    ],
    [
        Answer(f"{BASE}/2021b.html", _report(2021, 98, "（更正版）")),
        Answer(f"{BASE}/2018.html", _report(2019, 98)),
        Answer(f"{BASE}/2019.html", _report(2019, 2019).replace(b'class="TRS_Editor"', b'id="zoom"')),
        Answer(f"{BASE}/2023.html", status=301, headers=((b"Location", b"/nb/copy.html"),)),
    ],
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    nights = Evidence(folder)
    for number, (answers, issuer) in enumerate(zip(NIGHTS, (None, PORTAL["issuer"]), strict=True), start=1):
        nights.night(number, answers, {**PORTAL, "issuer": issuer})
    return folder


@pytest.fixture(scope="module")
def undisturbed(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = _data(tmp_path_factory.mktemp("undisturbed"), evidence)
    derive(data, DeriveOptions(reader=StatingReader()))
    return data


def _data(root: Path, evidence: Path) -> DataDir:
    data = DataDir(root)
    data.make()
    shutil.copytree(evidence, data.warc, dirs_exist_ok=True)
    return data


def test_the_nights_state_facts_checks_and_links_of_every_sort(undisturbed: DataDir) -> None:
    for sql in (
        "SELECT 1 FROM facts WHERE value IS NOT NULL",
        "SELECT 1 FROM checks WHERE other_version_id IS NULL",
        "SELECT 1 FROM checks WHERE other_version_id IS NOT NULL",
        "SELECT 1 FROM tasks",
        "SELECT 1 FROM relations WHERE kind = 'same_text'",
        "SELECT 1 FROM section_links WHERE kind = 'near'",
        "SELECT 1 FROM section_links WHERE kind = 'family'",
    ):
        assert rows(undisturbed.corpus_db, sql), sql


@series
@pytest.mark.parametrize("seed", seeds(20, part=20))
def test_a_derive_killed_at_any_statement_is_gone_on_with(
    evidence: Path, undisturbed: DataDir, tmp_path: Path, seed: int
) -> None:
    data = _data(tmp_path, evidence)
    derived = run_module(ROOT, "tests.archive.deriving", str(data.root), str(seed), env=os.environ)
    assert int(derived.stdout) > 10, derived.stderr
    assert all_hashes(data.corpus_db) == all_hashes(undisturbed.corpus_db)
    assert rows(data.corpus_db, "SELECT count(*) FROM _to_link") == [(0,)]
    assert rows(data.corpus_db, "SELECT count(*) FROM _version_facts WHERE NOT is_linked") == rows(
        undisturbed.corpus_db, "SELECT count(*) FROM _version_facts WHERE NOT is_linked"
    )
