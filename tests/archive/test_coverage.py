"""What is held, late, missing …: each state on evidence, and which report stands for a year."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from archive.corpus.store import schema_sql
from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.publish.copy import publish
from archive.warc.entries import Role
from benchmarks._wide_rows import accept_wide_rows
from pipelines.addresses import canonical_address
from pipelines.identity import document_id, issuer_id, short_id
from tests.archive.evidence import PORTAL, START, Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

pytestmark = pytest.mark.roster

BASE = "http://www.testville.example"
NAME = "试城市人民政府"
LIST = f"{BASE}/nb/index.html"
POLICIES = f"{BASE}/zc/index.html"
ROSTER = f"name,region_code,level,from_year\n{NAME},990100,prefecture,2022\n试城市教育局,990100,,2024\n"
LISTED = {**PORTAL, "lists": [{"url": LIST, "kind": "annual_report"}, {"url": POLICIES, "kind": "policy"}]}
TITLE = f"{NAME}2024年政府信息公开工作年度报告"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def _report(title: str = TITLE, published: str | None = "2025-01-20") -> bytes:
    made = page(title, "一、总体情况", "全年公开信息120条。")
    return made.replace(b'<meta name="PubDate" content="2026-01-20">', _tag(published))


def _tag(published: str | None) -> bytes:
    return f'<meta name="PubDate" content="{published}">'.encode() if published else b""


def _sweep(url: str = LIST, *, complete: bool = True) -> dict[str, Any]:
    return {"portal": "testville", "list_url": url, "declared": 1, "found": 1, "complete": complete}


LIST_PAGE = Answer(LIST, page("政府信息公开年报", "列表"), role=Role.LIST)
ARTICLE = f"{BASE}/nb/t1.html"


@dataclass(frozen=True)
class Night:
    """One night: what answered, what was walked, as the registry had it, how the run ended."""

    answers: Sequence[Answer] = (LIST_PAGE,)
    sweeps: Sequence[Mapping[str, Any]] = (_sweep(),)
    portal: Mapping[str, Any] = field(default_factory=lambda: LISTED)
    state: str = "finished"


def _derived(folder: Path, *nights: Night | None, roster: str = ROSTER) -> DataDir:
    data = DataDir(folder)
    data.make()
    data.roster.mkdir(exist_ok=True)
    (data.roster / "own.csv").write_text(roster, "utf-8")
    evidence = Evidence(data.warc)
    for number, night in enumerate(nights, 1):
        if night:
            evidence.night(number, night.answers, night.portal, sweeps=night.sweeps, state=night.state)
    derive(data, DeriveOptions(reader=ReaderHere()))
    return data


def _state(data: DataDir, year: int = 2024, name: str = NAME) -> tuple[Any, ...]:
    (row,) = rows(
        data.corpus_db,
        "SELECT state, document_id, published_on, due_on FROM coverage WHERE issuer = ? AND year = ?",
        name,
        year,
    )
    return row


def _held(published: str | None) -> Night:
    return Night((LIST_PAGE, Answer(ARTICLE, _report(published=published))))


@pytest.mark.parametrize(
    ("night", "state"),
    [
        pytest.param(_held("2025-01-20"), "held", id="in time"),
        pytest.param(_held("2025-03-31"), "held", id="on the last day"),
        pytest.param(_held("2025-04-01"), "late", id="a day late"),
        pytest.param(_held(None), "held", id="no printed date is never late"),
        pytest.param(Night(), "missing", id="a complete look and nothing"),
        pytest.param(Night(sweeps=()), "not_looked", id="no list was walked"),
        pytest.param(Night(sweeps=(_sweep(complete=False),)), "not_looked", id="an incomplete look"),
        pytest.param(Night(sweeps=(_sweep(POLICIES),)), "not_looked", id="a look at policies only"),
        pytest.param(
            Night(sweeps=(_sweep(), _sweep(POLICIES, complete=False))), "missing", id="policies do not matter"
        ),
        pytest.param(
            Night(sweeps=(_sweep(), _sweep(LIST + "?2", complete=False)), portal=PORTAL),
            "not_looked",
            id="lists of which nobody said what they hold all matter",
        ),
        pytest.param(Night(portal=PORTAL), "missing", id="one such list, seen in whole"),
        pytest.param(Night(state="interrupted"), "not_looked", id="a run that was cut short"),
        pytest.param(Night(portal={**LISTED, "issuer": None}), "not_looked", id="nobody's portal"),
        pytest.param(
            Night((LIST_PAGE, *(Answer(f"{BASE}/nb/t{n}.html", failure="challenge_ruishu") for n in (1, 2)))),
            "blocked",
            id="blocked on the way",
        ),
        pytest.param(
            Night((LIST_PAGE, Answer(ARTICLE, failure="challenge_ruishu", list_title=TITLE))),
            "waiting",
            id="one page that blocks is not the portal",
        ),
        pytest.param(Night((Answer(LIST, failure="waf_403"),), sweeps=()), "blocked", id="blocked at once"),
        pytest.param(
            Night((LIST_PAGE, Answer(ARTICLE, failure="timeout", list_title=TITLE))),
            "waiting",
            id="listed and no answer",
        ),
        pytest.param(
            Night(
                (LIST_PAGE, Answer(ARTICLE, failure="timeout", list_title="2024年政府信息公开工作年度报告"))
            ),
            "waiting",
            id="listed without a name",
        ),
        pytest.param(
            Night(
                (
                    LIST_PAGE,
                    Answer(ARTICLE, failure="timeout", list_title="试城市教育局2024年政府信息公开年报"),
                )
            ),
            "missing",
            id="another body's is listed",
        ),
        pytest.param(
            Night((LIST_PAGE, Answer(f"{BASE}/nb/t1.pdf", PDF, list_title=TITLE))),
            "waiting",
            id="an unread PDF",
        ),
        pytest.param(
            Night((LIST_PAGE, Answer(ARTICLE, _report("2024年政府信息公开工作年度报告")))),
            "waiting",
            id="a report that names no body",
        ),
    ],
)
def test_each_state_on_evidence(tmp_path: Path, night: Night, state: str) -> None:
    found = _state(_derived(tmp_path, night))
    assert (found[0], found[3]) == (state, "2025-03-31")
    assert (found[1] is not None) == (state in ("held", "late") or (state == "waiting" and _is_held(night)))


def _is_held(night: Night) -> bool:
    return any(answer.body and answer.role is Role.ARTICLE for answer in night.answers)


def test_a_complete_look_long_ago_stays_one_and_an_earlier_one_is_none(tmp_path: Path) -> None:
    data = _derived(tmp_path, Night(), Night(sweeps=(_sweep(complete=False),)))
    assert _state(data, 2024)[0] == "missing"
    assert _state(data, 2025)[0] == "not_due"


def test_a_list_that_is_never_complete_says_since_when(tmp_path: Path) -> None:
    night = Night(sweeps=(_sweep(complete=False),))
    data = _derived(tmp_path, night, *[None] * 6, night)
    why = rows(data.corpus_db, "SELECT state, why FROM coverage WHERE issuer = ? AND year = 2024", NAME)
    assert why == [("not_looked", "2026-02-01 起列表未查全 / a list is not read to its end")]


def test_a_body_of_the_shipped_roster_without_a_portal_is_never_called_missing(tmp_path: Path) -> None:
    data = _derived(tmp_path, Night())
    states = rows(
        data.corpus_db,
        "SELECT DISTINCT issuer, state FROM coverage WHERE region_code NOT LIKE '99%'",
    )
    assert {state for _, state in states} <= {"not_looked", "not_due"}
    assert {"财政部", "新疆维吾尔自治区人民政府", "信阳市人民政府"} <= {name for name, _ in states}


def test_years_run_from_the_rosters_first_to_the_last_that_is_over(tmp_path: Path) -> None:
    data = _derived(tmp_path, Night())
    years = rows(data.corpus_db, "SELECT year FROM coverage WHERE issuer = ? ORDER BY year", NAME)
    assert [year for (year,) in years] == [2022, 2023, 2024, 2025]


def test_a_department_is_due_in_january_from_2019_on(tmp_path: Path) -> None:
    roster = "name,from_year\n试城市教育局,2018\n"
    data = _derived(tmp_path, Night(), roster=roster)
    due = rows(
        data.corpus_db,
        "SELECT year, due_on FROM coverage WHERE issuer = '试城市教育局' AND year IN (2018, 2019)",
    )
    assert due == [(2018, "2019-03-31"), (2019, "2020-01-31")]
    # The night is 1 February 2026, one day after the deadline.
    assert _state(data, 2025, "试城市教育局")[0] == "not_looked"


def test_a_body_that_is_not_listed_has_rows_once_a_report_of_it_is_held(tmp_path: Path) -> None:
    report = _report("试城市水利局2023年政府信息公开工作年度报告", "2024-01-20")
    data = _derived(tmp_path, Night((LIST_PAGE, Answer(ARTICLE, report))))
    found = rows(
        data.corpus_db, "SELECT year, state FROM coverage WHERE issuer = '试城市水利局' ORDER BY year"
    )
    assert found == [(2023, "held"), (2024, "not_looked"), (2025, "not_looked")]


def test_every_row_says_why_in_both_languages_and_no_row_is_there_twice(tmp_path: Path) -> None:
    data = _derived(tmp_path, _held("2025-01-20"), Night())
    found = rows(data.corpus_db, "SELECT issuer_id, year, why, document_id, published_on FROM coverage")
    assert all(" / " in str(why) for _, _, why, _, _ in found)
    assert len({row[:2] for row in found}) == len(found)
    held = [row[3:] for row in found if row[:2] == (issuer_id(NAME), 2024)]
    assert held == [(document_id(canonical_address(ARTICLE)), "2025-01-20")]


def test_the_published_copy_has_the_same_rows(tmp_path: Path) -> None:
    data = _derived(tmp_path, _held("2025-01-20"))
    publish(data, clock=lambda: START)
    wanted = rows(data.corpus_db, "SELECT * FROM coverage ORDER BY issuer_id, year")
    assert rows(data.public_db, "SELECT * FROM coverage ORDER BY issuer_id, year") == wanted
    assert len(wanted) > 2000


def test_a_report_that_may_not_be_shown_is_held_all_the_same(tmp_path: Path) -> None:
    data = _derived(tmp_path, _held("2025-01-20"))
    (data.root / "suppressions.yaml").write_text(
        f"- url: {ARTICLE}\n  reason: 含个人信息\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=lambda: START)
    found = rows(
        data.public_db,
        "SELECT state, document_id, published_on, why FROM coverage WHERE issuer = ? AND year = 2024",
        NAME,
    )
    assert found == [("held", None, None, "不予显示 / not shown")]


def test_nights_in_any_order_give_the_same_coverage(tmp_path: Path) -> None:
    nights = (
        Night((Answer(ARTICLE, _report()),), portal={**LISTED, "issuer": None}),
        Night((LIST_PAGE, Answer(f"{BASE}/nb/t2.html", failure="timeout", list_title=TITLE))),
        Night((LIST_PAGE, Answer(f"{BASE}/nb/t2.html", _report()), Answer(ARTICLE, status=404))),
    )
    at_once = _derived(tmp_path / "at-once", *nights)
    wanted = all_hashes(at_once.corpus_db)
    coverage = rows(at_once.corpus_db, "SELECT * FROM coverage ORDER BY issuer_id, year")
    files = sorted(at_once.warc.glob("*.warc.gz"))
    for number, order in enumerate(itertools.permutations(files)):
        data = _derived(tmp_path / str(number))
        for path in order:
            shutil.copy(path, data.warc)
            derive(data, DeriveOptions(reader=ReaderHere()))
        assert all_hashes(data.corpus_db) == wanted
        assert rows(data.corpus_db, "SELECT * FROM coverage ORDER BY issuer_id, year") == coverage


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        pytest.param({}, {"url": "http://mirror.example/t1.html"}, "first_address", id="by address at last"),
        pytest.param({}, {"published_on": "2025-02-01"}, "first_published", id="published first"),
        pytest.param({}, {"published_on": None}, "first_published", id="a printed date before none"),
        pytest.param({"portal_id": "own"}, {"published_on": "2024-01-01"}, "own_portal", id="its own portal"),
        pytest.param({"portal_id": "own"}, {"attached_to": "a"}, "own_portal", id="portal before page"),
        pytest.param({}, {"attached_to": "a", "published_on": "2024-01-01"}, "page", id="a page"),
        pytest.param({"attached_to": "b", "value": "1"}, {}, "has_tables", id="a page without tables"),
        pytest.param(
            {"tables": ("t2", "t3", "t4"), "attached_to": "b"},
            {"tables": ("t4",)},
            "all_tables",
            id="a page with one table",
        ),
        pytest.param(
            {"tables": ("stat",)}, {"tables": ("t2", "t3")}, "all_tables", id="indicators are whole"
        ),
        pytest.param({}, {"confidence": 0.99}, "digital", id="stored text before recognised"),
        pytest.param(
            {"value": "1"}, {"value": "1", "confidence": 0.99, "how": "ocr"}, "digital", id="stored figures"
        ),
        pytest.param(
            {"value": "1", "confidence": 0.9, "attached_to": "c"},
            {"value": "1", "published_on": "2025-01-02"},
            "first_published",
            id="a recognised seal below stored figures",
        ),
        pytest.param(
            {"tables": ("t2", "t3", "t4"), "confidence": 0.9, "how": "ocr"},
            {"tables": ("t4",)},
            "all_tables",
            id="a scan with all tables",
        ),
        pytest.param({"title": "年报（更正版）"}, {"portal_id": "own"}, "corrected", id="a correction"),
        pytest.param(
            {"attached_to": "b", "value": "1"},
            {"title": "年报（更正）"},
            "has_tables",
            id="a correction's file",
        ),
        pytest.param({"title": "年报（修订稿）"}, {}, "corrected", id="a revision"),
        pytest.param(
            {}, {"title": "试城市城市更新局年报"}, "first_address", id="更新 in a name corrects nothing"
        ),
        pytest.param({"value": "1"}, {"title": "年报（更正）"}, "has_tables", id="figures before none"),
        pytest.param(
            {"value": None}, {"title": "年报（更正）", "value": None}, None, id="blank is no figure"
        ),
        pytest.param({"read_state": "read"}, {"read_state": "waiting", "value": "1"}, "readable", id="read"),
        pytest.param({"read_state": "waiting"}, {"status": "withdrawn"}, "still_there", id="there"),
        pytest.param({"status": "unreachable"}, {"status": "moved"}, "still_there", id="may be back"),
        pytest.param({}, None, "only", id="only one"),
    ],
)
def test_which_report_stands_for_a_year(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any] | None, why: str | None
) -> None:
    found = []
    for order in (("a", "b"), ("b", "a")):
        database = tmp_path / f"{order[0]}.db"
        reports = {"a": first, "b": second}
        write_reports(database, [(name, reports[name]) for name in order])
        found += rows(database, "SELECT document_id, why, renditions FROM primary_reports")
    assert found[0] == found[1]
    stands = ("b", "corrected") if why is None else ("a", why)
    assert found[0] == (*stands, 1 if second is None else 2)


def write_reports(database: Path, reports: Sequence[tuple[str, Mapping[str, Any] | None]]) -> None:
    with closing(sqlite3.connect(database)) as db, db:
        db.executescript(schema_sql())
        accept_wide_rows(db)
        db.execute(
            "INSERT INTO portals (id, name, issuer_id, family, home_url, enabled, registered_at) "
            "VALUES ('own', '门户', 'body', 'static_list', 'http://own.example/', 1, '')"
        )
        for name, report in reports:
            if report is not None:
                _write_report(db, name, report)


def _write_report(db: Any, name: str, said: Mapping[str, Any]) -> None:
    version = short_id(name)
    row = {
        "id": name,
        "portal_id": None,
        "url": f"http://{name}.example/",
        "title": "年报",
        "published_on": "2025-01-01",
        "issuer_id": "body",
        "year": 2024,
        "status": "live",
        "read_state": "read",
        **said,
    }
    db.execute(
        "INSERT INTO documents (id, portal_id, url, kind, title, issuer_id, year, published_on, status, "
        "read_state, first_seen, last_seen, current_version_id) VALUES "
        "(:id, :portal_id, :url, 'annual_report', :title, :issuer_id, :year, :published_on, :status, "
        ":read_state, '', '', :version)",
        {**row, "version": version},
    )
    db.execute(
        "INSERT INTO versions (id, document_id, capture_id, text_sha256, text, chars, tail, extractor, "
        "encoding, confidence, first_seen, last_seen) VALUES (?1, ?2, '', ?1, '', 0, '', '', '', ?3, '', '')",
        (version, name, said.get("confidence")),
    )
    for table in said.get("tables", ("t3",) if "value" in said else ()):
        db.execute(
            "INSERT INTO facts "
            "(id, document_id, version_id, table_key, table_no, ordinal, row_label, state, value, how) "
            "VALUES (substr(?1, 1, 8) || ?3, ?2, ?1, ?4, 1, 1, '', 'number', ?5, ?6)",
            (version, name, short_id(table)[:16], table, said.get("value", "1"), said.get("how", "grid")),
        )
    if "attached_to" in said:
        db.execute(
            "INSERT INTO relations (from_document_id, to_document_id, kind, evidence) "
            "VALUES (?, ?, 'attachment_of', '')",
            (name, said["attached_to"]),
        )


@pytest.mark.parametrize(
    ("page", "printed", "told"),
    [
        pytest.param({"published_on": "2025-05-06"}, None, ("late", "2025-05-06"), id="the page's, late"),
        pytest.param({"published_on": "2025-03-06"}, None, ("held", "2025-03-06"), id="the page's, in time"),
        pytest.param(
            {"published_on": "2025-05-06"}, "2025-03-20", ("held", "2025-03-20"), id="the file's own"
        ),
        pytest.param(
            {"published_on": "2025-05-06", "year": 2023}, None, ("held", None), id="another year's page"
        ),
        pytest.param(
            {"published_on": "2025-05-06", "issuer_id": "other"}, None, ("held", None), id="another's"
        ),
    ],
)
def test_a_file_without_a_date_was_published_with_its_page(
    tmp_path: Path, page: Mapping[str, Any], printed: str | None, told: tuple[str, str | None]
) -> None:
    file = {"value": "1", "attached_to": "page", "published_on": printed}
    write_reports(tmp_path / "c.db", [("page", page), ("file", file)])
    with closing(sqlite3.connect(tmp_path / "c.db")) as db, db:
        db.execute("INSERT INTO issuers (id, name, kind) VALUES ('body', '试城市人民政府', 'government')")
        db.execute(
            "INSERT INTO runs (id, verb, night, state) VALUES ('r', 'crawl', '2026-02-01', 'finished')"
        )
    of = "FROM coverage WHERE issuer_id = 'body' AND document_id = 'file'"
    assert rows(tmp_path / "c.db", f"SELECT state, published_on {of}") == [told]


def test_last_years_report_is_the_one_that_stands_whichever_portal_is_named_later(tmp_path: Path) -> None:
    older = _report(f"{NAME}2023年政府信息公开工作年度报告", "2024-01-20")
    answers = (
        Answer(f"{BASE}/nb/a.html", older),
        Answer(f"{BASE}/nb/b.html", older.replace("年度报告".encode(), "年度报告（更正版）".encode())),
        Answer(ARTICLE, _report()),
    )
    data = _derived(tmp_path, Night(answers))
    previous = rows(
        data.corpus_db,
        "SELECT b.url FROM relations AS r JOIN documents AS b ON b.id = r.to_document_id "
        "WHERE r.kind = 'previous_year'",
    )
    assert previous == [(f"{BASE}/nb/b.html",)]
