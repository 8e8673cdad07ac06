"""What became of documents, in the corpus: whatever the order of the evidence, and by which captures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from archive.warc.entries import Role
from pipelines.response.unknown_page import unknown_page_url
from tests.archive.every_order import derive_evidence
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

BASE = "http://www.testville.example"
OLD, NEW, OTHER, ERROR = (f"{BASE}/{name}.html" for name in ("old", "new", "other", "404"))
REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
PLAN = page("试城市2024年政务公开重点工作责任分工方案", "一、推进决策公开", "完善会议开放制度。")
HTML = (b"Content-Type", b"text/html; charset=utf-8")
SORRY = (
    "<html><head><title>试</title></head><body><p>您要看的内容现在没有，看看别的</p></body></html>".encode()
)
WELL = Answer(OTHER, PLAN)
SHOWN, THERE = Answer(OLD, REPORT), Answer(NEW, REPORT)
GONE = Answer(OLD, b"<html><body>404 Not Found</body></html>", status=404)
SILENT = Answer(OLD, failure="timeout")


def redirect(url: str, target: str, status: int = 301) -> Answer:
    return Answer(url, status=status, headers=(HTML, (b"Location", target.encode())))


def probe(night: int, *, leads_to: str = "") -> Answer:
    url = unknown_page_url(str(PORTAL["home_url"]), f"run-{night}")
    if leads_to:
        return Answer(url, status=302, headers=(HTML, (b"Location", leads_to.encode())), role=Role.PROBE)
    return Answer(url, SORRY, role=Role.PROBE)


def refused_probe(night: int) -> Answer:
    blocked = "<html><title>访问被拦截</title><body>您的请求被Web应用防火墙拦截</body></html>".encode()
    return replace(probe(night), body=blocked, status=403)


def derived(
    root: Path,
    nights: Mapping[int, list[Answer]],
    portals: Sequence[Mapping[str, Any]] = (),
    *,
    in_every_order: bool = SOAK,
) -> DataDir:
    """Archive and derive nights by their numbers."""
    evidence = Evidence(root / "evidence")
    for number, answers in nights.items():
        evidence.night(number, answers, *portals)
    return derive_evidence(root, StatingReader(), in_every_order=in_every_order)


TOLD = """
SELECT h.kind, substr(r.night, 9, 2), h.evidence, h.from_version_id IS NOT NULL, h.to_version_id IS NOT NULL
FROM changes AS h JOIN documents AS d ON d.id = h.document_id
JOIN captures AS c ON c.id = h.capture_id JOIN runs AS r ON r.id = c.run_id
WHERE d.url = ? AND h.kind NOT IN ('appeared', 'changed') ORDER BY h.observed_at
"""


def told(data: DataDir, url: str = OLD) -> tuple[str, list[str]]:
    (status,) = rows(data.corpus_db, "SELECT status FROM documents WHERE url = ?", url)[0]
    return status, [f"{kind} {night}" for kind, night, *_ in rows(data.corpus_db, TOLD, url)]


def moved_to(data: DataDir) -> list[tuple[str, str]]:
    sql = """SELECT a.url, b.url FROM relations AS r JOIN documents AS a ON a.id = r.from_document_id
             JOIN documents AS b ON b.id = r.to_document_id WHERE r.kind = 'moved_to'"""
    return rows(data.corpus_db, sql)


NIGHTS: dict[str, tuple[dict[int, list[Answer]], str, list[str]]] = {
    "gone for a week and a day": (
        {1: [SHOWN, WELL], 2: [GONE, WELL], 5: [GONE, WELL], 9: [WELL, GONE]},
        "withdrawn",
        ["withdrawn 09"],
    ),
    "and back": (
        {1: [SHOWN, WELL], 2: [GONE, WELL], 5: [GONE, WELL], 9: [WELL, GONE], 10: [SHOWN]},
        "live",
        ["withdrawn 09", "returned 10"],
    ),
    "the portal was ill on one of the nights": (
        {1: [SHOWN, WELL], 2: [GONE, WELL], 5: [GONE, WELL], 9: [GONE]},
        "unreachable",
        [],
    ),
    "an outage of three nights": (
        {
            1: [SHOWN],
            **{night: [SILENT, Answer(OTHER, failure="timeout")] for night in (2, 3, 4)},
            5: [SHOWN],
        },
        "live",
        [],
    ),
    "404 everywhere for ten nights": (
        {1: [SHOWN, WELL], **{n: [GONE, Answer(OTHER, GONE.body, status=404)] for n in range(2, 12)}},
        "unreachable",
        [],
    ),
    "error pages that say 200": (
        {1: [SHOWN, WELL], **{n: [probe(n), Answer(OLD, SORRY), WELL] for n in (2, 6, 9)}},
        "withdrawn",
        ["withdrawn 09"],
    ),
    "gone, where the page that cannot exist is refused": (
        {1: [SHOWN, WELL], **{n: [refused_probe(n), GONE, WELL] for n in (2, 6, 9)}},
        "withdrawn",
        ["withdrawn 09"],
    ),
    "sent to an error page": (
        {
            1: [SHOWN, WELL],
            **{n: [redirect(OLD, ERROR, 302), Answer(ERROR, b"", status=404), WELL] for n in (2, 6, 9)},
        },
        "withdrawn",
        ["withdrawn 09"],
    ),
    "sent to where all that is unknown is sent": (
        {
            1: [SHOWN, WELL],
            **{n: [redirect(OLD, f"{BASE}/x/", 302), WELL, probe(n, leads_to="/x/")] for n in (2, 6, 9)},
        },
        "withdrawn",
        ["withdrawn 09"],
    ),
    "sent elsewhere for the time being": (
        {1: [SHOWN, WELL], **{n: [redirect(OLD, OTHER, 302), WELL] for n in (2, 6, 9)}},
        "live",
        [],
    ),
}


@pytest.mark.parametrize(("nights", "status", "events"), NIGHTS.values(), ids=NIGHTS)
def test_withdrawals_take_evidence(
    tmp_path: Path, nights: dict[int, list[Answer]], status: str, events: list[str]
) -> None:
    assert told(derived(tmp_path, nights)) == (status, events)


MANY = [f"{BASE}/many/{number}.html" for number in range(12)]
NOTICE = f"{BASE}/notice.html"
REPAIR = page("网站维护公告", "网站正在升级，请稍后访问。")
LIST = Answer(f"{BASE}/list/", page("试城市人民政府信息公开年报", "列表"), role=Role.LIST)
ALL_SHOWN = [
    LIST,
    SHOWN,
    *(Answer(url, page(f"第{n}号通知", f"做好第{n}项工作。")) for n, url in enumerate(MANY)),
]
OTHERS = [Answer(url.replace("many", "others"), WELL.body) for url in (*MANY, OTHER)]
ALL_GONE = [LIST, GONE, *(Answer(url, GONE.body, status=404) for url in MANY)]
UNDER_REPAIR: dict[str, tuple[list[Answer], str, list[str]]] = {
    "each document is 404, the list is as ever": (ALL_GONE, "unreachable", []),
    "and as many others are there": (
        [*ALL_GONE, *OTHERS],
        "withdrawn",
        ["withdrawn 09"],
    ),
    "each document leads to one notice": (
        [LIST, GONE, *(redirect(url, NOTICE, 302) for url in MANY), *[Answer(NOTICE, REPAIR)] * 3],
        "unreachable",
        [],
    ),
    "each document leads to its own new address": (
        [
            LIST,
            GONE,
            *(redirect(url, url.replace("http:", "https:")) for url in MANY),
            *(Answer(each.url.replace("http:", "https:"), each.body) for each in ALL_SHOWN[2:]),
        ],
        "withdrawn",
        ["withdrawn 09"],
    ),
}


@pytest.mark.parametrize(("night", "status", "events"), UNDER_REPAIR.values(), ids=UNDER_REPAIR)
def test_portal_under_repair_withdraws_nothing(
    tmp_path: Path, night: list[Answer], status: str, events: list[str]
) -> None:
    assert told(derived(tmp_path, {1: [*ALL_SHOWN, *OTHERS], **dict.fromkeys((2, 5, 9), night)})) == (
        status,
        events,
    )


MOVES: dict[str, tuple[dict[int, list[Answer]], str, list[str]]] = {
    "for good, to the same text": ({1: [SHOWN], 2: [redirect(OLD, NEW), THERE]}, "moved", ["moved 02"]),
    "through another spelling of the new address": (
        {1: [SHOWN], 2: [redirect(OLD, NEW), redirect(NEW, NEW.replace("http:", "https:"), 302), THERE]},
        "moved",
        ["moved 02"],
    ),
    "through a hop that is for good": (
        {1: [SHOWN], 2: [redirect(OLD, OTHER), redirect(OTHER, NEW, 308), THERE]},
        "moved",
        ["moved 02"],
    ),
    "through a hop that is not": (
        {1: [SHOWN], 2: [redirect(OLD, OTHER), redirect(OTHER, NEW, 302), THERE]},
        "live",
        [],
    ),
    "to another text": ({1: [SHOWN], 2: [redirect(OLD, OTHER), WELL]}, "live", []),
    "to the same address under https": (
        {1: [SHOWN], 2: [redirect(OLD, OLD.replace("http:", "https:")), SHOWN]},
        "live",
        [],
    ),
    "gone, and at a new address": ({1: [SHOWN, WELL], 2: [GONE, THERE, WELL]}, "moved", ["moved 02"]),
    "at both addresses from the first": (
        {1: [SHOWN, THERE, WELL], 2: [GONE, THERE, WELL]},
        "unreachable",
        [],
    ),
    "withdrawn, and found again": (
        {1: [SHOWN, WELL], 2: [GONE, WELL], 5: [GONE, WELL], 9: [WELL, GONE], 12: [THERE]},
        "moved",
        ["withdrawn 09", "moved 12"],
    ),
}


@pytest.mark.parametrize(("nights", "status", "events"), MOVES.values(), ids=MOVES)
def test_moves_take_the_same_text(
    tmp_path: Path, nights: dict[int, list[Answer]], status: str, events: list[str]
) -> None:
    data = derived(tmp_path, nights)
    assert told(data) == (status, events)
    assert moved_to(data) == ([(OLD, NEW)] if status == "moved" else [])


SECOND = {**PORTAL, "id": "newtown", "home_url": "http://www.newtown.example/"}
ELSEWHERE = Answer("http://www.newtown.example/new.html", REPORT, portal="newtown")
NO_HOST = Answer(f"{BASE}/robots.txt", failure="dns", role=Role.PROBE)
ALL_GONE = [GONE, replace(WELL, status=404, body=GONE.body)]
SECOND_PORTAL: dict[str, tuple[dict[int, list[Answer]], list[str], Mapping[str, Any]]] = {
    "its host is silent": (
        {2: [ELSEWHERE, NO_HOST], 5: [NO_HOST], 9: [ELSEWHERE, NO_HOST]},
        ["moved 09"],
        SECOND,
    ),
    "found after it was silent": (
        {2: [NO_HOST], 5: [NO_HOST], 9: [NO_HOST], 12: [ELSEWHERE]},
        ["moved 12"],
        SECOND,
    ),
    "all of it is gone": ({2: [ELSEWHERE, *ALL_GONE], 5: ALL_GONE, 9: ALL_GONE}, ["moved 09"], SECOND),
    "and there again": (
        {2: [ELSEWHERE, NO_HOST], 5: [NO_HOST], 9: [NO_HOST], 11: [SHOWN, WELL]},
        ["moved 09", "retracted 11"],
        SECOND,
    ),
    "of another body": (
        {2: [ELSEWHERE, NO_HOST], 5: [NO_HOST], 9: [ELSEWHERE, NO_HOST]},
        [],
        {**SECOND, "issuer": "新城市人民政府"},
    ),
}


@pytest.mark.parametrize(("nights", "events", "second"), SECOND_PORTAL.values(), ids=SECOND_PORTAL)
def test_documents_of_a_portal_that_moved_to_another_of_its_body(
    nights: dict[int, list[Answer]], events: list[str], second: Mapping[str, Any], tmp_path: Path
) -> None:
    is_taken_back = any(event.startswith("retracted") for event in events)
    history = {1: [SHOWN, WELL], **nights}
    data = derived(tmp_path, history, [PORTAL, second], in_every_order=SOAK or is_taken_back)
    assert told(data)[1] == events
    is_moved = bool(events) and events[-1].startswith("moved")
    assert moved_to(data) == ([(OLD, ELSEWHERE.url)] if is_moved else [])


def test_each_event_says_what_proves_it(tmp_path: Path) -> None:
    nights, _, _ = MOVES["withdrawn, and found again"]
    data = derived(tmp_path, nights, in_every_order=True)
    (_, _, withdrawn, *versions), (_, _, moved, *both) = rows(data.corpus_db, TOLD, OLD)
    evidence: dict[str, Any] = json.loads(withdrawn)
    assert [look["night"] for look in evidence["looks"]] == ["2026-02-02", "2026-02-05", "2026-02-09"]
    assert {look["outcome"] for look in evidence["looks"]} == {"gone"}
    assert (evidence["nights"], evidence["days"], versions) == (3, 7, [1, 0])
    captures = {row[0] for row in rows(data.corpus_db, "SELECT id FROM captures")}
    assert {look["capture"] for look in evidence["looks"]} <= captures
    evidence = json.loads(moved)
    new = rows(data.corpus_db, "SELECT id FROM documents WHERE url = ?", NEW)[0][0]
    assert (evidence["to_document"], evidence["how"], both) == (new, "same_text", [1, 1])
