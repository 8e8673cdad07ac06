"""Bodies in the corpus: which spellings are one, what is known of each, what a roster changes."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.corpus.issuers import load_roster
from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from gongkai.web.server.served import served_database
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.e2e.content import all_hashes, rows
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

pytestmark = pytest.mark.roster

BASE = "http://www.testville.example"
CITY = {**PORTAL, "issuer": "新乡市人民政府", "region_code": "410700"}
DISTRICT = {**PORTAL, "issuer": "浉河区人民政府", "region_code": "411502"}
NOBODY = {**PORTAL, "issuer": None, "region_code": None}


def _policy(name: str) -> bytes:
    header = f"<table><tr><td>发文机关：</td><td>{name}</td></tr></table>"
    return page("关于做好工作的通知", header, "各单位：", f"现将有关事项通知如下。（{name}）")


def _derive(data: DataDir) -> Any:
    return derive(data, DeriveOptions(reader=ReaderHere()))


def _data(folder: Path) -> DataDir:
    data = DataDir(folder)
    data.make()
    return data


def _issuers(data: DataDir) -> dict[str, tuple[Any, ...]]:
    found = rows(data.corpus_db, "SELECT name, aliases, region_code, level, kind FROM issuers ORDER BY name")
    return {name: (json.loads(aliases), *rest) for name, aliases, *rest in found}


def _named(name: str, year: int = 2020) -> bytes:
    return page(f"{name}{year}年政府信息公开工作年度报告", "一、总体情况", "全年公开120条。")


def test_spellings_of_one_body_are_one_row_with_its_region_and_level(tmp_path: Path) -> None:
    data = _data(tmp_path)
    answers = [
        Answer(f"{BASE}/{number}.html", _named(name, 2015 + number))
        for number, name in enumerate(
            ("新乡市人民政府", "河南省新乡市人民政府", "长垣县人民政府", "新乡市财政局")
        )
    ]
    Evidence(data.warc).night(1, answers, CITY)
    _derive(data)
    found = _issuers(data)
    assert found["新乡市人民政府"] == (["河南省新乡市人民政府"], "410700", "prefecture", "government")
    assert found["长垣市人民政府"] == (["长垣县人民政府"], "410783", "county", "government")
    assert found["新乡市财政局"] == ([], "410700", "prefecture", "department")
    assert len(found) == 3
    printed = rows(data.corpus_db, "SELECT issuer, region_code FROM documents ORDER BY url")
    assert ("河南省新乡市人民政府", "410700") in printed


def test_a_document_of_several_bodies_is_listed_by_each(tmp_path: Path) -> None:
    data, evidence = _data(tmp_path), Evidence(tmp_path / "warc")
    evidence.night(1, [Answer(f"{BASE}/1.html", _policy("新乡市教育局、河南省新乡市财政局"))], CITY)
    _derive(data)
    publish(data, clock=lambda: dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
    ids = dict(rows(data.corpus_db, "SELECT name, id FROM issuers"))
    stated = rows(data.corpus_db, "SELECT id, issuer_id, joint_issuers FROM documents")
    [(document, *issued)] = stated
    assert issued == [ids["新乡市教育局"], json.dumps([ids["新乡市财政局"]])]
    site = Site(data, datasette_app(data))
    for issuer in ids.values():
        assert f"/gongkai/documents/{document}" in site.get(f"/gongkai/issuers/{issuer}").text
        assert f"/gongkai/issuers/{issuer}" in site.get(f"/gongkai/documents/{document}").text
    served_database(site.app).close()
    evidence.night(2, [Answer(f"{BASE}/1.html", _policy("新乡市教育局"))], CITY)
    _derive(data)
    assert set(_issuers(data)) == {"新乡市教育局"}


@pytest.mark.parametrize(
    ("portal", "name"),
    [
        pytest.param(CITY, "新乡市人民政府办公室", id="on a city's portal"),
        pytest.param(DISTRICT, "信阳市人民政府办公室", id="on a district's portal"),
        pytest.param(PORTAL, "试城市人民政府办公室", id="on the portal of a place in no table"),
        pytest.param(NOBODY, "市人民政府办公室", id="on nobody's portal"),
    ],
)
def test_a_name_without_its_place_is_completed_by_the_portal(
    tmp_path: Path, portal: dict[str, Any], name: str
) -> None:
    data = _data(tmp_path)
    Evidence(data.warc).night(1, [Answer(f"{BASE}/1.html", _policy("市人民政府办公室"))], portal)
    _derive(data)
    assert rows(
        data.corpus_db, "SELECT d.issuer, i.name FROM documents AS d JOIN issuers AS i ON i.id = issuer_id"
    ) == [("市人民政府办公室", name)]


def test_a_portal_that_is_registered_anew_gives_its_documents_to_other_bodies(tmp_path: Path) -> None:
    data = _data(tmp_path)
    evidence = Evidence(data.warc)
    names = []
    for night, portal in enumerate((NOBODY, CITY, DISTRICT), start=1):
        answers = [Answer(f"{BASE}/1.html", _policy("市人民政府办公室"))] if night == 1 else []
        evidence.night(night, answers, portal)
        _derive(data)
        names += [list(_issuers(data))]
    assert names == [["市人民政府办公室"], ["新乡市人民政府办公室"], ["信阳市人民政府办公室"]]


def test_a_portal_says_whose_it_is_though_nothing_of_that_body_is_held(tmp_path: Path) -> None:
    data = _data(tmp_path)
    Evidence(data.warc).night(1, [], DISTRICT)
    _derive(data)
    entry = load_roster(data.roster).entries["信阳市浉河区人民政府"]
    assert rows(data.corpus_db, "SELECT issuer_id FROM portals") == [(entry.issuer_id,)]
    assert _issuers(data) == {}


def test_another_roster_makes_derive_rebuild_and_the_same_one_does_not(tmp_path: Path) -> None:
    data = _data(tmp_path)
    Evidence(data.warc).night(1, [Answer(f"{BASE}/1.html", _named("北滩新区管理委员会"))], NOBODY)
    assert not _derive(data).rebuilt
    assert list(_issuers(data)) == ["北滩新区管理委员会"]
    data.roster.mkdir()
    own = data.roster / "own.csv"
    own.write_text("name,region_code,aliases\n试城市北滩新区管理委员会,990100,北滩新区管理委员会\n", "utf-8")
    report = _derive(data)
    assert (report.rebuilt, report.roster_problems) == (True, ())
    assert _issuers(data) == {
        "试城市北滩新区管理委员会": (["北滩新区管理委员会"], "990100", None, "committee")
    }
    own.write_text(own.read_text("utf-8") + "# a remark\n", "utf-8")
    assert not _derive(data).rebuilt


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("own.csv", "name,from_year\n市政府,\n".encode(), "own.csv, row 2: `name` must be"),
        ("own.yaml", b"- name: a", "own.yaml: there is no column"),
        ("own.csv", "name\n试城市人民政府\n".encode("utf-16"), "own.csv: this is not UTF-8"),
    ],
)
def test_a_bad_roster_is_reported_and_stops_nothing(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    data = _data(tmp_path)
    Evidence(data.warc).night(1, [Answer(f"{BASE}/1.html", _named("新乡市人民政府"))], CITY)
    data.roster.mkdir()
    (data.roster / name).write_bytes(content)
    report = _derive(data)
    assert report.linked == 1
    assert [one.startswith(problem) for one in report.roster_problems] == [True]
    assert _derive(data).roster_problems == report.roster_problems


def test_a_spreadsheets_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes("name,region_code\r\n试城市人民政府,990100\r\n".encode("utf-8-sig"))
    roster = load_roster(tmp_path)
    assert roster.problems == ()
    assert "试城市人民政府" in roster.entries


NAMES = (
    "市人民政府办公室",
    "新乡市政府办公室",
    "河南省新乡市人民政府办公室",
    "鼓楼区人民政府",
    "浉河区人民政府",
    "浉河区人民政府、鼓楼区人民政府",
)
NIGHTS = st.lists(
    st.tuples(st.sampled_from((NOBODY, CITY, DISTRICT, PORTAL)), st.lists(st.integers(0, 9), max_size=4)),
    min_size=2,
    max_size=4,
)


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(NIGHTS, st.randoms(use_true_random=False))
def test_who_is_who_does_not_depend_on_the_order_of_nights(
    nights: Sequence[tuple[dict[str, Any], list[int]]], random: Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        at_once = _data(Path(folder) / "at-once")
        evidence = Evidence(at_once.warc)
        for number, (portal, pages) in enumerate(nights, 1):
            answers = [
                Answer(f"{BASE}/{one}.html", _policy(NAMES[(one + number) % len(NAMES)]))
                for one in set(pages)
            ]
            evidence.night(number, answers, portal)
        files = sorted(at_once.warc.glob("*.warc.gz"))
        _derive(at_once)
        by_parts = _data(Path(folder) / "by-parts")
        for path in random.sample(files, len(files)):
            shutil.copy(path, by_parts.warc)
            _derive(by_parts)
        assert all_hashes(by_parts.corpus_db) == all_hashes(at_once.corpus_db)
        sql = "SELECT * FROM coverage ORDER BY issuer_id, year"
        assert rows(by_parts.corpus_db, sql) == rows(at_once.corpus_db, sql)
