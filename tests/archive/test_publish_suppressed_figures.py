"""What is suppressed is suppressed in the facts, the checks and the tasks that quote it, too."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from archive.corpus.facts import insert_checks
from archive.database import Database
from archive.publish.copy import publish
from archive.publish.suppressions import MARK
from pipelines.checks.check_catalogue import CheckOutcome
from pipelines.identity import section_id
from pipelines.metadata.fields import Kind
from pipelines.text.normalise import normalise_passage
from tests.archive.stating import check_of, derive_readings, facts_of, reading_of
from tests.e2e.content import leading_nowhere, rows

if TYPE_CHECKING:
    from pathlib import Path

    from archive.data_folder import DataDir

BEFORE = "http://www.testville.example/nb/2021.html"
REPORT = "http://www.testville.example/nb/2022.html"
PLAN = "http://www.testville.example/zc/plan.html"
PROSE = "一、总体情况\n受理张某某等73419件。"
TABLE = "三、收到和处理政府信息公开申请情况\n张某某 73419"
APPENDIX = "附表\n其他 1"
TASK = "二、分工\n整理张某某档案。（由市司法局负责；73419年底前完成）"
SECRETS = ("张某某", "73419")


def held(root: Path) -> DataDir:
    """Hold two reports and a plan in which one person and one figure stand everywhere."""
    known, unknown, elsewhere = facts_of(
        {"t3.new_requests.total": "73419", "t3.carried_in.total": "5", "t3.carried_out.total": "1"}
    )
    start = reading_of(PROSE, TABLE).text.index(TABLE)
    report = reading_of(
        PROSE,
        TABLE,
        APPENDIX,
        form="form_2021",
        facts=(
            replace(known, start=start, raw="73419"),
            replace(unknown, start=start, row_key=None, row_label="张某某", raw="张某某 73419"),
            replace(elsewhere, table_no=2, ordinal=0, start=start + len(TABLE) + 1),
            replace(elsewhere, table_no=3, ordinal=0, row_key=None, row_label="张 某某", start=None),
            replace(elsewhere, table_no=3, ordinal=1, column_key=None, column_label="张某某", start=None),
        ),
        checks=(
            check_of(
                "t3.balance.total",
                CheckOutcome.FAIL,
                "t3#1:0",
                table_key="t3",
                table_no=1,
                left_value="73419",
            ),
            check_of(
                "t3.shape", CheckOutcome.FAIL, table_key="t3", table_no=1, message_zh="张某某一行表式所无"
            ),
            check_of("text.requests_vs_t3", CheckOutcome.FAIL, "t3#2:0", message_zh="正文73419件"),
            check_of("t3.balance.total", CheckOutcome.PASS, "t3#2:0", table_key="t3", table_no=2),
        ),
    )
    before = reading_of(
        TABLE.replace("张某某 73419", "无"),
        year=2021,
        form="form_2021",
        facts=facts_of({"t3.carried_out.total": "6"}),
    )
    plan = reading_of("一、总则", TASK, "三、附则", kind=Kind.TASK_PLAN)
    data = derive_readings(root, {BEFORE: before, REPORT: report, PLAN: plan})
    with closing(sqlite3.connect(data.corpus_db, factory=Database)) as corpus, corpus:
        [(version, other)] = corpus.execute(
            "SELECT d.current_version_id, b.current_version_id FROM documents AS d, documents AS b "
            "WHERE d.url = ? AND b.url = ?",
            (REPORT, BEFORE),
        )
        across = replace(
            check_of("x.test.total", CheckOutcome.FAIL, "t3#1:0", message_zh="73419件，上年6件"),
            other_cells=("t3#1:0",),
        )
        insert_checks(corpus, version, [across], other)
    return data


def publish_without(data: DataDir, *hidden: str) -> None:
    reason = "  reason: 个人信息\n  date: 2026-01-31\n"
    (data.root / "suppressions.yaml").write_text("".join(f"- {it}\n{reason}" for it in hidden), "utf-8")
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))


def passage(text: str) -> str:
    return f"passage: '{section_id(normalise_passage(text))}'"


def found(data: DataDir) -> dict[str, set[str]]:
    """Return, by secret, the tables of the copy that still hold it."""
    tables = rows(
        data.public_db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
    )
    return {
        secret: {
            str(name)
            for (name,) in tables
            if any(secret in repr(row) for row in rows(data.public_db, f"SELECT * FROM {name}"))  # noqa: S608  names of the schema
        }
        for secret in SECRETS
    }


def test_everything_stands_in_the_copy_while_nothing_is_suppressed(tmp_path: Path) -> None:
    data = held(tmp_path)
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    wanted = {"stored_sections", "stored_facts", "known_statements", "check_failures", "tasks"}
    assert found(data) == {
        SECRETS[0]: wanted | {"known_cells"},
        SECRETS[1]: wanted | {"stored_checks", "applications_by_year", "stored_year_on_year"},
    }


def test_nothing_quotes_a_hidden_passage(tmp_path: Path) -> None:
    data = held(tmp_path)
    publish_without(data, *map(passage, (PROSE, TABLE, TASK)))
    assert found(data) == {secret: set() for secret in SECRETS}
    assert leading_nowhere(sqlite3.connect(data.public_db)) == []


def test_a_hidden_table_takes_its_facts_and_the_checks_of_them_and_no_others(tmp_path: Path) -> None:
    data = held(tmp_path)
    publish_without(data, passage(TABLE))
    left = rows(
        data.public_db,
        "SELECT f.table_no, f.row_label, f.column_label FROM facts AS f "
        "JOIN documents AS d ON d.current_version_id = f.version_id WHERE d.url = ? ORDER BY 1, f.ordinal",
        REPORT,
    )
    assert left == [(2, "carried_out", "total"), (3, MARK, "total"), (3, "carried_out", None)]
    assert rows(data.public_db, "SELECT check_id, table_no FROM checks") == [("t3.balance.total", 2)]


def test_a_hidden_document_takes_what_the_year_after_quotes_of_it(tmp_path: Path) -> None:
    data = held(tmp_path)
    publish_without(data, f"url: {BEFORE}")
    assert rows(data.public_db, "SELECT count(*) FROM checks WHERE check_id GLOB 'x.*'") == [(0,)]
    assert rows(data.public_db, "SELECT count(*) FROM checks") == [(4,)]
    assert rows(
        data.public_db,
        "SELECT count(*) FROM facts WHERE document_id IN (SELECT id FROM documents WHERE url = ?)",
        BEFORE,
    ) == [(0,)]
