"""Which items of plans reports speak of: the relations, the items, and the view that holds them together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from archive.publish.copy import publish
from pipelines.addresses import canonical_address
from pipelines.identity import document_id
from tests.archive.every_order import derive_evidence
from tests.archive.evidence import PORTAL, START, Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = [series, pytest.mark.roster]

BASE = "http://www.testville.example"
PLAN_URL = f"{BASE}/zc/plan.html"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ITEMS = ("1. 推进粮食储备信息公开", "2. 细化水利投资信息公开", "3. 清理整合新型媒体账号")

Night = tuple["Sequence[Answer]", "Mapping[str, Any]"]


def plan(
    title: str = "河南省2024年信息公开工作要点",
    *items: str,
    issuer: str = "河南省人民政府办公厅",
    number: str = "",
) -> bytes:
    header = f"<table><tr><td>发文机关：</td><td>{issuer}</td></tr></table>" if issuer else ""
    lines = [line for item in items or ITEMS for line in (item, "各地按季度核对并公布。")]
    return page(title, *filter(None, (header, number)), "一、抓重点", *lines)


def report(body: str, *headings: str, year: int = 2024, text: str = "") -> bytes:
    lines = [line for heading in headings for line in (heading, "全年照此办理。")]
    title = f"{body}{year}年政府信息公开工作年度报告"
    return page(title, "一、总体情况", *filter(None, (text,)), *lines, "二、存在问题", "无。")


SPEAKING = report(
    "新乡市人民政府", "（一）推进粮食储备信息公开", "（二）细化水利投资信息公开", "（三）加强队伍建设"
)
SILENT = report("信阳市人民政府", "（一）加强队伍建设")
UNREAD = Answer(f"{BASE}/nb/ly.pdf", PDF, list_title="洛阳市人民政府2024年政府信息公开工作年度报告")
PAGES = (
    Answer(PLAN_URL, plan()),
    Answer(f"{BASE}/nb/xx.html", SPEAKING),
    Answer(f"{BASE}/nb/xy.html", SILENT),
    UNREAD,
)


def derived(root: Path, *nights: Night, in_every_order: bool = SOAK) -> DataDir:
    evidence = Evidence(root / "evidence")
    for number, (answers, portal) in enumerate(nights, start=1):
        evidence.night(number, answers, portal)
    return derive_evidence(root, ReaderHere(), in_every_order=in_every_order)


def answered(data: DataDir) -> list[tuple[str, str]]:
    """Return which report speaks of which item: the last part of its address, and the item's title."""
    found = rows(
        data.corpus_db,
        """
        SELECT d.url, i.title FROM relations AS r JOIN documents AS d ON d.id = r.from_document_id
        JOIN plan_items AS i ON i.document_id = r.to_document_id AND i.position = r.to_position
        WHERE r.kind = 'implements' ORDER BY d.url, i.document_id, i.position
        """,
    )
    return [(str(url).rpartition("/")[2], title) for url, title in found]


BOTH = [("xx.html", ITEMS[0]), ("xx.html", ITEMS[1])]


def test_a_report_points_from_its_passage_to_the_item_and_shows_what_both_have(tmp_path: Path) -> None:
    data = derived(tmp_path, (PAGES, PORTAL))
    found = rows(
        data.corpus_db,
        """
        SELECT spoken.heading_path, asked.heading_path, r.score, r.evidence FROM relations AS r
        JOIN documents AS d ON d.id = r.from_document_id JOIN documents AS p ON p.id = r.to_document_id
        JOIN occurrences AS spoken
            ON (spoken.version_id, spoken.position) = (d.current_version_id, r.from_position)
        JOIN occurrences AS asked
            ON (asked.version_id, asked.position) = (p.current_version_id, r.to_position)
        WHERE r.kind = 'implements' ORDER BY r.to_position
        """,
    )
    assert [(spoken, asked, score, json.loads(evidence)) for spoken, asked, score, evidence in found] == [
        (
            f"一、总体情况 › （{number}）{item[3:]}",
            f"一、抓重点 › {item}",
            1.0,
            {"how": "heading", "text": item[3:]},
        )
        for number, item in zip("一二", ITEMS, strict=False)
    ]


def test_each_body_that_the_plan_binds_has_an_outcome_for_each_item(tmp_path: Path) -> None:
    data = derived(tmp_path, (PAGES, PORTAL))
    publish(data, clock=lambda: START)
    for database in (data.corpus_db, data.public_db):
        found = rows(
            database,
            "SELECT issuer, group_concat(outcome, ' ')"
            " FROM (SELECT * FROM policy_followup ORDER BY item_position)"
            " WHERE issuer IN ('新乡市人民政府', '信阳市人民政府', '洛阳市人民政府', '焦作市人民政府')"
            " GROUP BY issuer",
        )
        assert dict(found) == {
            "新乡市人民政府": "mentioned mentioned not_mentioned",
            "信阳市人民政府": "not_mentioned not_mentioned not_mentioned",
            "洛阳市人民政府": "unreadable unreadable unreadable",
            "焦作市人民政府": "not_held not_held not_held",
        }
        told = (
            "SELECT DISTINCT plan, year, (document_id IS NULL) = (outcome = 'not_held') FROM policy_followup"
        )
        assert rows(database, told) == [("河南省2024年信息公开工作要点", 2024, 1)]
        told = "SELECT count(*), count(report_position) FROM policy_followup WHERE outcome = 'mentioned'"
        assert rows(database, told) == [(2, 2)]
        assert rows(database, "SELECT count(report_position) FROM policy_followup") == [(2,)]


def test_a_body_elsewhere_is_not_in_the_plans_scope(tmp_path: Path) -> None:
    elsewhere = report("无锡市人民政府", "（一）推进粮食储备信息公开")
    data = derived(tmp_path, ((*PAGES, Answer(f"{BASE}/nb/wx.html", elsewhere)), PORTAL))
    assert answered(data) == BOTH
    assert rows(data.corpus_db, "SELECT count(*) FROM policy_followup WHERE issuer LIKE '无锡%'") == [(0,)]


HEADING = "（一）推进粮食储备信息公开"
SCOPES = {
    # the plan, the report, whether they are compared
    "a city's plan and its county's report": (
        plan("新乡市2024年信息公开工作要点", issuer="新乡市人民政府"),
        report("新乡县人民政府", HEADING),
        True,
    ),
    "a county's plan and its city's report": (
        plan("新乡县2024年信息公开工作要点", issuer="新乡县人民政府"),
        report("新乡市人民政府", HEADING),
        False,
    ),
    "a plan of the whole country": (
        plan("2024年信息公开工作要点", issuer="国务院办公厅"),
        report("新乡县人民政府", HEADING),
        True,
    ),
    "a plan that names a place and no body": (
        plan("新乡市2024年信息公开工作分工方案", issuer=""),
        report("新乡县人民政府", HEADING),
        True,
    ),
    "a plan of another year": (
        plan("河南省2023年信息公开工作要点"),
        report("新乡县人民政府", HEADING),
        False,
    ),
    "a plan of a department": (
        plan("河南省水利厅2024年信息公开工作要点", issuer="河南省水利厅"),
        report("新乡县人民政府", HEADING),
        False,
    ),
    "a plan of a department and its own report": (
        plan("河南省水利厅2024年信息公开工作要点", issuer="河南省水利厅"),
        report("河南省水利厅", HEADING),
        True,
    ),
    "a plan of the office of a body of no known region": (
        plan("试城市2024年信息公开工作要点", issuer="试城市人民政府办公室"),
        report("试城市人民政府", HEADING),
        True,
    ),
    "a plan of a leading group of a city": (
        plan("新乡市2024年信息公开工作要点", issuer="新乡市政务公开领导小组"),
        report("新乡县人民政府", HEADING),
        True,
    ),
    "a plan of the office of a zone and its city's report": (
        plan("2024年信息公开工作要点", issuer="新乡市平原城乡一体化示范区管理委员会办公室"),
        report("新乡市人民政府", HEADING),
        False,
    ),
    "a plan of another year that the report cites": (
        plan("河南省2023年信息公开工作要点", number="豫政办〔2023〕9号"),
        report("新乡县人民政府", HEADING, text="按照豫政办〔2023〕9号的要求办理。"),
        True,
    ),
    "two items only": (
        plan("河南省2024年信息公开工作要点", *ITEMS[:2]),
        report("新乡县人民政府", HEADING),
        False,
    ),
}


@pytest.mark.parametrize("case", SCOPES)
def test_a_report_is_compared_with_the_plans_that_bind_its_body(tmp_path: Path, case: str) -> None:
    asked, spoken, are_compared = SCOPES[case]
    nights = [([Answer(PLAN_URL, asked)], PORTAL), ([Answer(f"{BASE}/nb/r.html", spoken)], PORTAL)]
    is_tried = SOAK or case == "a plan of another year that the report cites"
    data = derived(tmp_path, *nights, in_every_order=is_tried)
    assert answered(data) == ([("r.html", ITEMS[0])] if are_compared else [])


REPORT_URL = f"{BASE}/nb/xx.html"
OWN = {**PORTAL, "issuer": "试城市人民政府", "region_code": "410700"}
HISTORIES: dict[str, tuple[tuple[Night, ...], list[tuple[str, str]]]] = {
    "the plan comes last": (((PAGES[1:], PORTAL), (PAGES[:1], PORTAL)), BOTH),
    "the reports come last": (((PAGES[:1], PORTAL), (PAGES[1:], PORTAL)), BOTH),
    "a report that changed": (
        ((PAGES, PORTAL), ([Answer(REPORT_URL, report("新乡市人民政府", f"（一）{ITEMS[2][3:]}"))], PORTAL)),
        [("xx.html", ITEMS[2])],
    ),
    "a plan that changed": (
        (
            (PAGES, PORTAL),
            (
                [Answer(PLAN_URL, plan("河南省2024年信息公开工作要点", "1. 公布水价", ITEMS[1], ITEMS[2]))],
                PORTAL,
            ),
        ),
        BOTH[1:],
    ),
    "a plan that is of another year now": (
        ((PAGES, PORTAL), ([Answer(PLAN_URL, plan("河南省2023年信息公开工作要点"))], PORTAL)),
        [],
    ),
    "a plan that is none any more": (
        ((PAGES, PORTAL), ([Answer(PLAN_URL, plan("河南省2024年信息公开工作图解"))], PORTAL)),
        [],
    ),
    "a report that is none any more": (
        ((PAGES, PORTAL), ([Answer(REPORT_URL, page("新乡市教育局关于落实通知的意见", "略。"))], PORTAL)),
        [],
    ),
    "a report that goes to a body elsewhere": (
        ((PAGES, PORTAL), ([Answer(REPORT_URL, report("无锡市人民政府", HEADING))], PORTAL)),
        [],
    ),
    "a region that only the registry knows": (
        (
            ([PAGES[0]], {**OWN, "region_code": "320200"}),
            ([Answer(REPORT_URL, report("试城市人民政府", HEADING))], {**OWN, "region_code": "320200"}),
            ([], OWN),
        ),
        BOTH[:1],
    ),
    "a region that the registry takes away": (
        (
            ([PAGES[0], Answer(REPORT_URL, report("试城市人民政府", HEADING))], OWN),
            ([], {**OWN, "issuer": None}),
        ),
        [],
    ),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_answers_follow_what_the_corpus_holds(tmp_path: Path, case: str) -> None:
    nights, wanted = HISTORIES[case]
    is_tried = SOAK or case == "a region that the registry takes away"
    assert answered(derived(tmp_path, *nights, in_every_order=is_tried)) == wanted


def test_nights_in_any_order_give_the_same_answers(tmp_path: Path) -> None:
    later = Answer(REPORT_URL, report("新乡市人民政府", HEADING, f"（二）{ITEMS[2][3:]}"))
    nights: tuple[Night, ...] = ((PAGES[1:], PORTAL), (PAGES[:1], PORTAL), ([later], PORTAL))
    data = derived(tmp_path, *nights, in_every_order=True)
    assert answered(data) == [("xx.html", ITEMS[0]), ("xx.html", ITEMS[2])]


def published(data: DataDir, suppressed: str) -> DataDir:
    (data.root / "suppressions.yaml").write_text(
        f"- {suppressed}\n  reason: 含个人信息\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=lambda: START)
    return data


def test_of_a_hidden_passage_it_is_said_that_it_speaks_of_the_item_and_not_what_it_says(
    tmp_path: Path,
) -> None:
    data = derived(tmp_path, (PAGES, PORTAL))
    [(section,)] = rows(
        data.corpus_db,
        "SELECT section_id FROM occurrences WHERE heading_path LIKE '%' || ?",
        HEADING,
    )
    published(data, f"passage: {section}")
    shown = rows(
        data.public_db,
        "SELECT outcome, json_extract(evidence, '$.text') FROM policy_followup"
        " WHERE issuer = '新乡市人民政府' ORDER BY item_position",
    )
    assert shown[1:] == [("mentioned", ITEMS[1][3:]), ("not_mentioned", None)]
    assert shown[0][0] == "mentioned"
    assert ITEMS[0][3:] not in str(shown[0][1])


def test_a_hidden_report_is_not_said_to_be_silent(tmp_path: Path) -> None:
    data = published(derived(tmp_path, (PAGES, PORTAL)), f"url: {BASE}/nb/xy.html")
    told = "SELECT DISTINCT outcome, document_id FROM policy_followup WHERE issuer = '信阳市人民政府'"
    assert rows(data.public_db, told) == [("unreadable", None)]


def test_a_hidden_plan_asks_for_nothing(tmp_path: Path) -> None:
    data = published(derived(tmp_path, (PAGES, PORTAL)), f"url: {PLAN_URL}")
    for table in ("plans", "plan_items", "policy_followup"):
        assert rows(data.public_db, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608  names from this test
    hidden = document_id(canonical_address(PLAN_URL))
    assert rows(data.public_db, "SELECT count(*) FROM relations WHERE to_document_id = ?", hidden) == [(0,)]
