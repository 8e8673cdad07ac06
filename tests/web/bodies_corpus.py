"""A small corpus of governments of one province over some years, filled by SQL, every figure of it ours.

Cities beside each other: one lacks a year, one has a blank cell, one a figure with two readings, one a single
report. A committee without a code of its own, a department, a body with a hostile name. Portals that block,
that were looked through, that were not. Known figures, so that pages can be held to them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.addresses import canonical_address
from pipelines.identity import document_id, issuer_id, section_id, text_sha256, version_id
from tests.web.sample_corpus import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SEEN = "2026-01-30T19:00:00.000000Z"
NIGHT = "2026-01-31"
FIRST_YEAR = 2019

DENIED = (
    "denied_state_secret",
    "denied_prohibited_by_law",
    "denied_security_stability",
    "denied_third_party",
    "denied_internal_affairs",
    "denied_process_information",
    "denied_enforcement_file",
    "denied_registry_lookup",
)


@dataclass(frozen=True, slots=True)
class Body:
    """A body on the roster, unless `listed` says otherwise."""

    name: str
    code: str | None
    level: str | None = "prefecture"
    kind: str = "government"
    listed: bool = True

    @property
    def id(self) -> str:
        return issuer_id(self.name)


@dataclass(frozen=True, slots=True)
class Report:
    """The printed figures of a report; `odd`: of cells that have none, row.column → (state, raw)."""

    body: Body
    year: int
    requests: int
    total: int
    disclosed: int
    denied: int
    review: tuple[int, int, int] = (10, 2, 0)
    lawsuits: tuple[int, int, int] = (0, 0, 0)
    odd: dict[str, tuple[str, str]] = field(default_factory=dict)
    late: bool = False
    waiting: bool = False

    @property
    def url(self) -> str:
        return f"http://www.gov.example/{self.body.id}/{self.year}.html"

    @property
    def document(self) -> str:
        return document_id(canonical_address(self.url))

    @property
    def capture(self) -> str:
        return f"<urn:uuid:{self.document}>"

    @property
    def version(self) -> str:
        return version_id(self.document, text_sha256(self.url))


ZHENGZHOU = Body("郑州市人民政府", "410100")
KAIFENG = Body("开封市人民政府", "410200")
LUOYANG = Body("洛阳市人民政府", "410300")
PINGDINGSHAN = Body("平顶山市人民政府", "410400")
ANYANG = Body("安阳市人民政府", "410500")
HEBI = Body("鹤壁市人民政府", "410600")
XINXIANG = Body("新乡市人民政府", "410700")
JIAOZUO = Body("焦作市人民政府", "410800")
PUYANG = Body("濮阳市人民政府", "410900")
ZONE = Body("新乡市平原城乡一体化示范区管理委员会", "410700", level=None, kind="committee")
OFFICE = Body("新乡市财政局", "410700", kind="department", listed=False)
HOSTILE = Body("<script>alert('机关')</script>\"&县人民政府", None, level=None, listed=False)
BODIES = (
    ZHENGZHOU,
    KAIFENG,
    LUOYANG,
    PINGDINGSHAN,
    ANYANG,
    HEBI,
    XINXIANG,
    JIAOZUO,
    PUYANG,
    ZONE,
    OFFICE,
    HOSTILE,
)

REPORTS = (
    Report(ZHENGZHOU, 2019, 400, 401, 300, 40, lawsuits=(20, 5, 0)),
    Report(ZHENGZHOU, 2020, 500, 500, 250, 60, lawsuits=(30, 3, 10)),
    Report(ZHENGZHOU, 2021, 450, 450, 225, 45, lawsuits=(25, 5, 5), late=True),
    Report(KAIFENG, 2019, 100, 100, 61, 7),
    Report(KAIFENG, 2020, 120, 120, 60, 12),
    Report(KAIFENG, 2021, 130, 130, 65, 26),
    Report(LUOYANG, 2019, 210, 210, 100, 21),
    Report(LUOYANG, 2020, 190, 190, 95, 19),
    # Nineteen in the denominator: too few to be shown unless asked for.
    Report(LUOYANG, 2021, 19, 19, 10, 3),
    Report(PINGDINGSHAN, 2019, 80, 80, 40, 4),
    # One of the nine cells of the refusals is blank: no sum.
    Report(PINGDINGSHAN, 2020, 90, 90, 45, 9, odd={"denied_third_party.total": ("blank", "")}),
    # Whose requests have two readings.
    Report(PINGDINGSHAN, 2021, 95, 95, 50, 9, odd={"new_requests.total": ("ambiguous", "9 5")}),
    Report(ANYANG, 2019, 60, 60, 30, 6),
    # The printed requests are a dash, not nothing.
    Report(ANYANG, 2021, 70, 70, 35, 7, odd={"new_requests.total": ("dash", "—")}),
    Report(HEBI, 2019, 50, 50, 20, 10),
    Report(HEBI, 2021, 55, 55, 22, 11),
    # No report of 2020: a gap.
    Report(XINXIANG, 2019, 1602, 1606, 1433, 37, review=(170, 66, 4), lawsuits=(130, 23, 6)),
    Report(XINXIANG, 2021, 1700, 1700, 1000, 85, review=(100, 0, 0), lawsuits=(0, 0, 0)),
    Report(JIAOZUO, 2021, 30, 30, 15, 3),
    Report(ZONE, 2020, 0, 0, 0, 0, review=(3, 1, 0)),
    Report(OFFICE, 2021, 12, 12, 6, 1),
    Report(HOSTILE, 2021, 40, 40, 20, 10),
    Report(PUYANG, 2020, 0, 0, 0, 0, waiting=True),
)

PORTALS = {
    # Looked through in whole, after every deadline; what is not there was not found.
    XINXIANG: ("ok", 1),
    # Looked at in part.
    HEBI: ("ok", 0),
    PUYANG: ("blocked", 0),
}


class _Rows(dict[str, list[dict[str, object]]]):
    def add(self, table: str, **row: object) -> None:
        self.setdefault(table, []).append(row)


def build_bodies(path: Path, bodies: Iterable[Body] = BODIES, reports: Iterable[Report] = REPORTS) -> None:
    """Fill a new corpus file."""
    rows = _Rows()
    rows.add(
        "runs", id="run-1", verb="crawl", night=NIGHT, started_at=SEEN, finished_at=SEEN, state="finished"
    )
    for body in bodies:
        _body(rows, body)
    for report in reports:
        _report(rows, report)
    _changes(rows)
    write_rows(path, rows)


def _body(rows: _Rows, body: Body) -> None:
    said = {
        "name": body.name,
        "aliases": "[]",
        "region_code": body.code,
        "level": body.level,
        "kind": body.kind,
    }
    rows.add("issuers", id=body.id, **said)
    if body.listed:
        rows.add("roster", issuer_id=body.id, from_year=2020 if body is ZONE else FIRST_YEAR, **said)
    if body not in PORTALS:
        return
    health, complete = PORTALS[body]
    portal = "portal-" + body.id
    rows.add(
        "portals",
        id=portal,
        name=body.name + "门户网站",
        issuer=body.name,
        issuer_id=body.id,
        family="static_list",
        home_url="http://www.gov.example/",
        enabled=1,
        registered_at=SEEN,
        health=health,
    )
    rows.add("sweeps", run_id="run-1", portal_id=portal, list_url=portal, found=3, complete=complete)
    rows.add(
        "_captures",
        id="<urn:uuid:list-" + body.id + ">",
        url="http://www.gov.example/list.html",
        fetched_at=SEEN,
        record_type="failure" if health == "blocked" else "response",
        warc_file="gongkai-0001.warc.gz",
        warc_offset=len(rows.get("_captures", ())),
        warc_length=9,
        outcome="challenge_jsl" if health == "blocked" else "ok",
        role="list",
        run_id="run-1",
        portal_id=portal,
    )


def _report(rows: _Rows, report: Report) -> None:
    _found(rows, report)
    if report.waiting:
        return
    _text(rows, report)
    _figures(rows, report)
    if before := _year_before(report):
        rows.add(
            "relations",
            from_document_id=report.document,
            to_document_id=before,
            kind="previous_year",
            evidence="",
        )
    _checks(rows, report)


def _found(rows: _Rows, report: Report) -> None:
    body, year = report.body, report.year
    rows.add(
        "_captures",
        id=report.capture,
        url=report.url,
        fetched_at=SEEN,
        record_type="response",
        warc_file="gongkai-0001.warc.gz",
        warc_offset=len(rows.get("_captures", ())),
        warc_length=9,
        outcome="ok",
        role="article",
        run_id="run-1",
        document_id=report.document,
    )
    rows.add(
        "documents",
        id=report.document,
        url=report.url,
        kind="annual_report",
        title=f"{body.name}{year}年政府信息公开工作年度报告",
        issuer=body.name,
        issuer_id=body.id,
        region_code=body.code,
        year=year,
        published_on=f"{year + 1}-04-09" if report.late else f"{year + 1}-01-20",
        status="live",
        read_state="waiting" if report.waiting else "read",
        first_seen=SEEN,
        last_seen=SEEN,
        current_version_id=None if report.waiting else report.version,
    )


def _text(rows: _Rows, report: Report) -> None:
    rows.add(
        "versions",
        id=report.version,
        document_id=report.document,
        capture_id=report.capture,
        text_sha256=text_sha256(report.url),
        text=report.url,
        chars=len(report.url),
        tail="",
        extractor="body",
        encoding="utf-8",
        first_seen=SEEN,
        last_seen=SEEN,
    )
    for position, passage in enumerate(_passages(report)):
        section = section_id(passage)
        digest = text_sha256(passage)
        rows.add("sections", id=section, text=passage, chars=len(passage), normalised_sha256=digest)
        rows.add(
            "occurrences",
            version_id=report.version,
            position=position,
            section_id=section,
            heading_path="",
            level=0,
            lead="",
        )


def _figures(rows: _Rows, report: Report) -> None:
    for ordinal, (table, row, column, amount) in enumerate(_cells(report)):
        state, raw = report.odd.get(f"{row}.{column}", ("number" if amount else "zero", str(amount)))
        rows.add(
            "facts",
            id=f"{report.version[:8]}{ordinal:016}",
            document_id=report.document,
            version_id=report.version,
            form="form_2019" if report.year < 2021 else "form_2021",
            table_key=table,
            table_no=1,
            ordinal=ordinal,
            row_key=row,
            row_label=row,
            column_key=column,
            value=str(amount) if state in ("number", "zero") else None,
            raw=raw,
            state=state,
        )


def _cells(report: Report) -> Iterable[tuple[str, str, str, int]]:
    ones, rest = divmod(report.denied, len(DENIED))
    yield "t3", "new_requests", "total", report.requests
    yield "t3", "results_total", "total", report.total
    yield "t3", "disclosed", "total", report.disclosed
    yield "t3", "partly_disclosed", "total", 0
    for place, key in enumerate(DENIED):
        yield "t3", key, "total", ones + (place < rest)
    for block, (total, corrected, pending) in (
        ("review", report.review),
        ("litigation_direct", report.lawsuits),
        ("litigation_after_review", (0, 0, 0)),
    ):
        yield "t4", block, "total", total
        yield "t4", block, "corrected", corrected
        yield "t4", block, "pending", pending


def _passages(report: Report) -> Iterable[str]:
    yield f"{report.body.name}一贯依法公开政府信息，及时答复各项申请，接受社会监督。"
    yield f"{report.year}年收到申请{report.requests}件，办理{report.total}件，第{report.year % 7}类居多。"


def _year_before(report: Report) -> str | None:
    for other in REPORTS:
        if other.body == report.body and other.year == report.year - 1:
            return other.document
    return None


def _checks(rows: _Rows, report: Report) -> None:
    """Give each report a check that passes; that of 开封 2021 two that fail of one cause, over its total."""
    said = {
        "document_id": report.document,
        "version_id": report.version,
        "table_key": "t3",
        "table_no": 1,
        "place": 0,
    }
    rows.add(
        "checks",
        id=f"{report.version[:8]}{0xA:016x}",
        check_id="t3.balance.total",
        severity="error",
        outcome="pass",
        cells="[]",
        message_zh="相符。",
        message_en="It adds up.",
        **said,
    )
    if (report.body, report.year) != (KAIFENG, 2021):
        return
    total = f"{report.version[:8]}{1:016}"
    for letter, check, explained_by in (
        ("b", "t3.off_by_carry", None),
        ("c", "t3.results_sum.total", "t3.off_by_carry"),
    ):
        rows.add(
            "checks",
            id=f"{report.version[:8]}{letter:>016}",
            check_id=check,
            severity="error",
            outcome="fail",
            left_value="129",
            right_value="130",
            difference="1",
            cells=json.dumps([total]),
            explained_by=explained_by,
            message_zh="“总计”比各项之和多1。",
            message_en="The total is 1 more than its parts.",
            **said,
        )


def _changes(rows: _Rows) -> None:
    report = next(it for it in REPORTS if it.body is XINXIANG)
    rows.add(
        "changes",
        document_id=report.document,
        kind="changed",
        observed_at=SEEN,
        from_version_id=report.version,
        to_version_id=report.version,
        capture_id=f"<urn:uuid:{report.document}>",
        evidence="{}",
    )
