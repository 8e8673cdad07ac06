"""Captures to corpus: in any order, over any number of nights, the same rows."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.warc.entries import Role
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.e2e.content import all_hashes, leading_nowhere, rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "http://www.testville.example"
OPTIONS = DeriveOptions(workers=2)

REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
REPORT_ALTERED = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息126条。")
REPORT_2023 = page("试城市人民政府2023年政府信息公开工作年度报告", "一、总体情况", "全年公开信息98条。")
NOTICE = page(
    "试城市人民政府办公室关于做好政务公开工作的通知",
    "试政办〔2025〕7号",
    "各单位：",
    "一、总体要求",
    "抓好落实。",
)
CITING = page("试城市教育局关于落实通知的意见", "根据试政办〔2025〕7号要求，制定本意见。")
GONE = b"<html><head><title>404</title></head><body>404 Not Found</body></html>"

NIGHTS: tuple[tuple[Answer, ...], ...] = (
    (
        Answer(f"{BASE}/nb/index.html", page("列表"), role=Role.LIST),
        Answer(f"{BASE}/nb/t2024.html", REPORT),
        Answer(f"{BASE}/nb/t2023.html", REPORT_2023),
        Answer(f"{BASE}/zc/t1.html", NOTICE),
        Answer(f"{BASE}/zc/t2.html", CITING),
        Answer(f"{BASE}/zc/old.html", page("会迁移的文件", "内容不变。")),
        Answer(f"{BASE}/zc/copy.html", NOTICE),
        Answer(
            f"{BASE}/zc/report.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
        ),
        Answer(f"{BASE}/zc/down.html", failure="timeout"),
    ),
    (
        Answer(f"{BASE}/nb/t2024.html", REPORT_ALTERED),
        Answer(f"{BASE}/nb/t2023.html", status=304),
        Answer(f"{BASE}/zc/t1.html", NOTICE),
        Answer(f"{BASE}/zc/copy.html", NOTICE),
        Answer(f"{BASE}/zc/old.html", status=301, headers=((b"Location", b"/zc/new.html"),)),
        Answer(f"{BASE}/zc/new.html", page("会迁移的文件", "内容不变。")),
        Answer(f"{BASE}/zc/t2.html", GONE, status=404),
    ),
    (
        Answer(f"{BASE}/nb/t2024.html", REPORT),
        Answer(f"{BASE}/nb/t2023.html", status=304),
        Answer(f"{BASE}/zc/t2.html", failure="timeout"),
    ),
)


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence") / "warc"
    evidence = Evidence(folder)
    for number, answers in enumerate(NIGHTS, start=1):
        evidence.night(number, answers)
    return folder


@pytest.fixture(scope="module")
def at_once(three_nights: Path, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = _copy(three_nights, tmp_path_factory.mktemp("at-once"))
    derive(data, OPTIONS)
    return data


def _copy(folder: Path, root: Path, files: int | None = None) -> DataDir:
    data = DataDir(root)
    data.make()
    for path in sorted(folder.glob("*.warc.gz"))[:files]:
        shutil.copy(path, data.warc)
    return data


def _documents(data: DataDir) -> Iterator[tuple[object, ...]]:
    yield from rows(
        data.corpus_db,
        "SELECT replace(url, ?, ''), kind, year, status, read_state FROM documents ORDER BY url",
        BASE,
    )


def test_documents_are_those_addresses_that_answered_ok(at_once: DataDir) -> None:
    assert list(_documents(at_once)) == [
        ("/nb/t2023.html", "annual_report", 2023, "live", "read"),
        ("/nb/t2024.html", "annual_report", 2024, "live", "read"),
        ("/zc/copy.html", "policy", None, "live", "read"),
        ("/zc/new.html", "other", None, "live", "read"),
        ("/zc/old.html", "other", None, "moved", "read"),
        ("/zc/report.pdf", "other", None, "live", "failed"),
        ("/zc/t1.html", "policy", None, "live", "read"),
        ("/zc/t2.html", "policy", None, "unreachable", "read"),
    ]


def test_a_changed_page_has_two_versions_and_an_unchanged_one_has_one(at_once: DataDir) -> None:
    versions = rows(
        at_once.corpus_db,
        """
        SELECT replace(d.url, ?, ''), count(*), sum(v.id = d.current_version_id), min(v.first_seen),
               max(v.last_seen)
        FROM documents AS d JOIN versions AS v ON v.document_id = d.id WHERE d.url LIKE '%/nb/%' GROUP BY d.id
        ORDER BY d.url
        """,
        BASE,
    )
    assert [(url, count, current) for url, count, current, *_ in versions] == [
        ("/nb/t2023.html", 1, 1),
        ("/nb/t2024.html", 2, 1),
    ]
    assert versions[0][3:] == ("2026-01-31T19:00:03.000000Z", "2026-02-02T19:00:02.000000Z")


def test_a_version_that_returned_is_current_again(at_once: DataDir) -> None:
    assert rows(
        at_once.corpus_db,
        "SELECT instr(v.text, '120条') > 0 FROM documents AS d "
        "JOIN versions AS v ON v.id = d.current_version_id WHERE d.url LIKE '%t2024%'",
    ) == [(1,)]


def test_outcomes_say_what_each_capture_was(at_once: DataDir) -> None:
    outcomes = rows(
        at_once.corpus_db,
        "SELECT replace(url, ?, ''), group_concat(outcome, ' ') FROM "
        "(SELECT url, outcome FROM captures ORDER BY fetched_at) GROUP BY url ORDER BY url",
        BASE,
    )
    assert {str(url): words for url, words in outcomes} == {
        "/nb/index.html": "ok",
        "/nb/t2023.html": "ok not_modified not_modified",
        "/nb/t2024.html": "ok ok not_modified",
        "/zc/copy.html": "ok not_modified",
        "/zc/down.html": "timeout",
        "/zc/new.html": "ok",
        "/zc/old.html": "ok redirected",
        "/zc/report.pdf": "ok",
        "/zc/t1.html": "ok not_modified",
        "/zc/t2.html": "ok gone timeout",
    }


def test_relations_join_copies_moves_years_and_citations(at_once: DataDir) -> None:
    relations = rows(
        at_once.corpus_db,
        """
        SELECT r.kind, replace(a.url, ?1, ''), replace(b.url, ?1, '') FROM relations AS r
        JOIN documents AS a ON a.id = r.from_document_id LEFT JOIN documents AS b ON b.id = r.to_document_id
        ORDER BY 1, 2, 3
        """,
        BASE,
    )
    assert relations == [
        ("cites", "/zc/t2.html", "/zc/copy.html"),
        ("cites", "/zc/t2.html", "/zc/t1.html"),
        ("moved_to", "/zc/old.html", "/zc/new.html"),
        ("previous_year", "/nb/t2024.html", "/nb/t2023.html"),
        ("same_text", "/zc/old.html", "/zc/new.html"),
        ("same_text", "/zc/t1.html", "/zc/copy.html"),
    ]


def test_a_body_has_the_region_of_its_own_portal_and_others_have_none(at_once: DataDir) -> None:
    assert rows(at_once.corpus_db, "SELECT name, region_code, kind FROM issuers ORDER BY name") == [
        ("试城市人民政府", "990100", "government"),
        ("试城市人民政府办公室", None, "office"),
        ("试城市教育局", None, "department"),
    ]


def test_every_text_is_rebuilt_from_its_passages(at_once: DataDir) -> None:
    pieces = rows(
        at_once.corpus_db,
        """
        SELECT v.id, v.text, v.tail, o.lead || coalesce(o.raw, s.text) FROM versions AS v
        JOIN occurrences AS o ON o.version_id = v.id JOIN sections AS s ON s.id = o.section_id
        ORDER BY v.id, o.position
        """,
    )
    for (_, text, tail), group in itertools.groupby(pieces, key=lambda row: row[:3]):
        assert "".join(str(piece) for *_, piece in group) + str(tail) == text
    assert len({version for version, *_ in pieces}) == 8


def test_every_reference_leads_somewhere(at_once: DataDir) -> None:
    assert leading_nowhere(sqlite3.connect(at_once.corpus_db)) == []


def test_deriving_after_each_night_gives_the_same_rows(
    three_nights: Path, at_once: DataDir, tmp_path: Path
) -> None:
    data = DataDir(tmp_path)
    for files in (1, 2, 3):
        _copy(three_nights, tmp_path, files)
        derive(data, OPTIONS)
    assert all_hashes(data.corpus_db) == all_hashes(at_once.corpus_db)


@series
def test_rebuilding_in_any_order_gives_the_same_rows(
    at_once: DataDir, three_nights: Path, tmp_path: Path
) -> None:
    """In `make test` in one order, in which neither the first night comes first nor the last one last."""
    data = _copy(three_nights, tmp_path)
    first, second, third = sorted(data.warc.glob("*.warc.gz"))
    orders = itertools.permutations((first, second, third)) if SOAK else [(third, first, second)]
    for order in orders:
        rebuild(data, OPTIONS, files=order)
        assert all_hashes(data.corpus_db) == all_hashes(at_once.corpus_db), [path.name for path in order]


def test_nights_that_arrive_in_another_order_give_the_same_rows(
    three_nights: Path, at_once: DataDir, tmp_path: Path
) -> None:
    data = DataDir(tmp_path)
    data.make()
    for path in sorted(three_nights.glob("*.warc.gz"), reverse=True):
        shutil.copy(path, data.warc)
        derive(data, OPTIONS)
    assert all_hashes(data.corpus_db) == all_hashes(at_once.corpus_db)


def test_a_registry_entry_that_comes_later_places_the_documents_that_are_there(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    evidence = Evidence(data.warc)
    regions = []
    for night, issuer in enumerate((None, "试城市人民政府", "别的机关"), start=1):
        evidence.night(night, [Answer(f"{BASE}/nb/t2024.html", REPORT)], {**PORTAL, "issuer": issuer})
        derive(data, OPTIONS)
        regions += rows(
            data.corpus_db, "SELECT d.region_code, i.region_code FROM documents AS d, issuers AS i"
        )
    assert regions == [(None, None), ("990100", "990100"), (None, None)]


def test_deriving_again_finds_nothing_to_do(at_once: DataDir) -> None:
    before = all_hashes(at_once.corpus_db)
    report = derive(at_once, OPTIONS)
    assert (report.captures, report.read, report.linked) == (0, 0, 0)
    assert all_hashes(at_once.corpus_db) == before
