"""The starter questions that neither the demo nor the five documents answer: over corpora made for each."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from pipelines.checks.check_catalogue import CheckOutcome, Severity
from pipelines.forms.form_model import CellState
from pipelines.identity import issuer_id
from tests.archive.evidence import START
from tests.archive.stating import check_of, derive_readings, full_tables, reading_of
from tests.e2e.asking import ask, only
from tests.web.conftest import Site
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.document import Reading

Cells = dict[str, str | None]


def report(issuer: str, year: int, cells: Cells, **more: Any) -> Reading:
    """Return a report; every cell of its tables 3 and 4 that is not named states 0."""
    form = "form_2019" if year < 2021 else "form_2021"
    return reading_of(
        f"{issuer}{year}", year=year, issuer=issuer, form=form, facts=full_tables(form, cells), **more
    )


def published(root: Path, *reports: Reading) -> DataDir:
    """Return a data directory that publishes these reports."""
    data = derive_readings(
        root, {f"http://www.testville.example/{number}.html": it for number, it in enumerate(reports)}
    )
    publish(data, clock=lambda: START)
    return data


def sample(root: Path, *statements: tuple[str, tuple[object, ...]]) -> DataDir:
    """Return a data directory that publishes the sample corpus with more rows."""
    data = DataDir(root)
    data.make()
    build_corpus(data.corpus_db)
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        for sql, values in statements:
            db.execute(sql, values)
    publish(data, clock=lambda: START)
    return data


def requests(total: str | None, refused: str | None = "0") -> Cells:
    return {"t3.results_total.total": total, "t3.denied_third_party.total": refused}


REASONS = {
    "新湖市人民政府": (requests("100", "10"), ""),
    "新港市人民政府": (requests("20", "4"), ""),
    "新山市人民政府": (requests("19", "19"), "分母小于 20"),
    "新岭市人民政府": (requests("50", None), "所用 9 格有 1 格没有可取的数字"),
    "新田市人民政府": (requests(None, "5"), "所用 9 格有 1 格没有可取的数字"),
    "新野市人民政府": (requests("0"), "分母为 0"),
}


def test_who_may_not_be_ranked_stands_below_with_the_reason(tmp_path: Path) -> None:
    """A blank ground of refusal is no zero: the sum over the other seven would look complete."""
    data = published(tmp_path, *(report(name, 2022, cells) for name, (cells, _) in REASONS.items()))
    found = ask(data, "refused_most")
    assert only(found[:2], "名次", "机关", "不予公开率百分比") == [
        (1, "新港市人民政府", 20.0),
        (2, "新湖市人民政府", 10.0),
    ]
    reasons = {row["机关"]: row["未列入原因"] or "" for row in found}
    assert {name: reason.partition(" / ")[0] for name, reason in reasons.items()} == {
        name: why for name, (_, why) in REASONS.items()
    }
    assert {row["名次"] for row in found[2:]} == {None}


def test_only_a_failing_check_of_a_cell_that_is_used_keeps_a_report_out(tmp_path: Path) -> None:
    cells = requests("100", "10") | {"t4.review.total": "40", "t4.review.corrected": "4"}
    refs = {f"{it.table_key}.{it.row_key}.{it.column_key}": it.ref for it in full_tables("form_2021", cells)}
    review = check_of("t4.block_total.review", CheckOutcome.FAIL, refs["t4.review.total"])
    warning = check_of(
        "t3.shape", CheckOutcome.FAIL, refs["t3.results_total.total"], severity=Severity.WARNING
    )
    data = published(tmp_path, report("新湖市人民政府", 2022, cells, checks=(review, warning)))
    assert only(ask(data, "refused_most"), "名次", "未列入原因") == [(1, None)]
    [row] = ask(data, "review_corrected_most")
    assert (row["名次"], row["结果纠正"], row["已审结"]) == (None, 4, 40)
    assert "1 项核对不相符" in row["未列入原因"]


def test_a_printed_zero_is_shown_and_leads_to_its_proof(tmp_path: Path) -> None:
    data = published(tmp_path, report("新湖市人民政府", 2022, requests("0")))
    [row] = ask(data, "refused_most")
    page = asyncio.run(datasette_app(data).client.get("/gongkai/refused_most")).text
    assert f'<a href="{row["办结总计出处"]}">0</a>' in page


def test_growth_is_told_only_of_two_years_side_by_side(tmp_path: Path) -> None:
    new = "t3.new_requests.total"
    data = published(
        tmp_path,
        report("新湖市人民政府", 2019, {new: "40"}),
        report("新湖市人民政府", 2020, {new: "60"}),
        report("新湖市人民政府", 2022, {new: "600"}),
        report("新港市人民政府", 2019, {new: "10"}),
        report("新港市人民政府", 2020, {new: "90"}),
        report("新山市人民政府", 2019, {new: None}),
        report("新山市人民政府", 2020, {new: "90"}),
    )
    ranked, *others = ask(data, "requests_grew_most")
    assert only([ranked], "机关", "年度", "本年新收", "上年新收", "本年为上年百分比") == [
        ("新湖市人民政府", 2020, 60, 40, 150.0)
    ]
    reasons = {(row["机关"], row["年度"]): row["未列入原因"] for row in others}
    assert "未收录上年" in reasons["新湖市人民政府", 2022]
    assert "分母小于 20" in reasons["新港市人民政府", 2020]
    assert "1 格没有可取的数字" in reasons["新山市人民政府", 2020]


@pytest.mark.parametrize(
    ("query", "check", "severity"),
    [
        ("old_forms", "doc.form_year", Severity.WARNING),
        ("prose_against_table", "text.requests_vs_t3", Severity.INFO),
    ],
)
def test_findings_of_a_rule_are_those_that_fail(
    tmp_path: Path, query: str, check: str, severity: Severity
) -> None:
    def finding(outcome: CheckOutcome) -> tuple[Any, ...]:
        return (check_of(check, outcome, severity=severity),)

    data = published(
        tmp_path,
        report("新湖市人民政府", 2022, {}, checks=finding(CheckOutcome.FAIL)),
        report("新港市人民政府", 2022, {}, checks=finding(CheckOutcome.PASS)),
        report("新山市人民政府", 2021, {}, checks=finding(CheckOutcome.FAIL)),
    )
    assert only(ask(data, query), "机关", "年度", "规则", "说明") == [
        ("新湖市人民政府", 2022, check, f"{check}：不相符"),
        ("新山市人民政府", 2021, check, f"{check}：不相符"),
    ]
    assert only(ask(data, query, year="2021"), "机关") == [("新山市人民政府",)]


def test_a_page_names_a_rule_by_what_it_asks(tmp_path: Path) -> None:
    """Its id is for programs."""
    finding = check_of("doc.form_year", CheckOutcome.FAIL, severity=Severity.WARNING)
    data = published(tmp_path, report("新湖市人民政府", 2022, {}, checks=(finding,)))
    page = Site(data, datasette_app(data)).get("/gongkai/old_forms").text
    assert re.search(r'<a href="/gongkai/checks/[^"]+">表式与年度相符</a>', page)


WITHDRAWN = (
    "INSERT INTO changes SELECT id, ?, ?, NULL, NULL, "
    "(SELECT id FROM captures WHERE document_id = d.id LIMIT 1), ? FROM documents AS d WHERE d.title LIKE ?"
)


def test_what_was_withdrawn_and_came_back_is_not_withdrawn(tmp_path: Path) -> None:
    evidence = '{"nights": 3, "days": 9}'
    data = sample(
        tmp_path,
        (WITHDRAWN, ("withdrawn", "2026-01-10T19:00:00.000000Z", evidence, "青川市人民政府2019年%")),
        (WITHDRAWN, ("withdrawn", "2026-01-10T19:00:00.000000Z", evidence, "白塔县人民政府2019年%")),
        (WITHDRAWN, ("returned", "2026-01-12T19:00:00.000000Z", "{}", "白塔县人民政府2019年%")),
        (WITHDRAWN, ("returned", "2026-01-08T19:00:00.000000Z", "{}", "青川市人民政府2019年%")),
    )
    assert only(ask(data, "documents_withdrawn"), "机关", "年度", "证据夜数", "相隔日数") == [
        ("青川市人民政府", 2019, 3, 9)
    ]


PORTAL = (
    "INSERT INTO portals (id, name, issuer, issuer_id, family, home_url, enabled, registered_at) "
    "VALUES ('xinhu', '新湖', ?, ?, 'static_list', 'http://www.testville.example/', 1, '2026-01-30')"
)


def test_missing_is_who_was_fully_looked_for_and_not_looked_for_stands_apart(tmp_path: Path) -> None:
    body, other = "新湖市人民政府", "新港市人民政府"
    listed = (
        "INSERT INTO roster VALUES (?, ?, '[]', '410700', 'prefecture', 'government', 2023, 2024, NULL, NULL)"
    )
    data = sample(
        tmp_path,
        (listed, (issuer_id(body), body)),
        (listed, (issuer_id(other), other)),
        (
            PORTAL,
            (body, issuer_id(body)),
        ),
        (
            "INSERT INTO runs (id, verb, night, state) VALUES ('look', 'crawl', '2026-01-30', 'finished')",
            (),
        ),
        (
            "INSERT INTO sweeps VALUES ('look', 'xinhu', 'http://www.testville.example/nb/', 0, 0, 1, NULL)",
            (),
        ),
    )
    missing = ask(data, "reports_missing")
    assert only(missing, "机关", "年度") == [(body, 2024), (body, 2023)]
    assert {row["依据"].partition(" / ")[0] for row in missing} == {"2026-01-30 查全列表未见"}
    apart = ask(data, "reports_not_looked_for", region="新港")
    assert only(apart, "机关", "年度") == [(other, 2024), (other, 2023)]


def test_a_dash_is_counted_beside_a_blank_and_neither_is_zero(tmp_path: Path) -> None:
    facts = full_tables("form_2021", {"t4.review.upheld": None, "t4.review.pending": None})
    dashed = tuple(
        replace(it, state=CellState.DASH, raw="—")
        if (it.row_key, it.column_key) == ("review", "pending")
        else it
        for it in facts
    )
    reading = reading_of("2022", year=2022, issuer="新湖市人民政府", form="form_2021", facts=dashed)
    found = {
        row["表格"]: (row["空白格"], row["横线格"], row["全部格"], row["留空百分比"])
        for row in ask(published(tmp_path, reading), "most_blank_cells")
    }
    assert found == {"复议诉讼": (1, 1, 15, 13.33), "申请": (0, 0, 175, 0.0)}
