"""Everything together: which results a document has, in what order, and on the real reports."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pipelines.checks.run_checks import check_document
from pipelines.decoded import Hints
from pipelines.forms.statutory_tables import read_forms
from pipelines.metadata.document_metadata import read_metadata
from pipelines.metadata.fields import Kind
from pipelines.readers.registry import decode_payload
from pipelines.tables.text_tables import find_tables
from pipelines.text.outline import split_passages
from tests.pipelines.checks.prose_of import metadata_of, passages_of, report_text
from tests.pipelines.checks.reports import PINGYUAN_2020, XINYANG_2019, facts_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.checks.check_catalogue import Check

COUNTED = ("t3.balance", "t3.results_sum", "t3.row_total", "t4.block_total")


def _keys(checks: tuple[Check, ...]) -> list[tuple[str, str | None, int | None, int]]:
    return [(check.check_id, check.table_key, check.table_no, check.place) for check in checks]


def test_results_are_unique_and_do_not_depend_on_the_order_of_the_facts() -> None:
    facts = [
        *facts_of("form_2019", PINGYUAN_2020),
        *facts_of("form_2019", XINYANG_2019, number=2, tables="t3"),
    ]
    passages, metadata = passages_of(report_text()), metadata_of()
    checks = check_document(facts, passages, metadata, "form_2019")
    keys = _keys(checks)
    assert len(set(keys)) == len(keys)
    shuffled = random.Random(7).sample(facts, len(facts))
    assert check_document(shuffled, passages, metadata, "form_2019") == checks


def test_a_document_that_is_no_report_is_checked_in_its_tables_alone() -> None:
    facts = facts_of("form_2019", PINGYUAN_2020)
    text = report_text(before="公开信息1624条。其中甲类1599条，乙类24条。")
    found = check_document(facts, passages_of(text), metadata_of(kind=Kind.OTHER), "form_2019")
    assert {check.table_key for check in found} == {"t2", "t3", "t4"}


def test_a_table_that_the_report_does_not_have_is_missed() -> None:
    facts = facts_of("form_2019", PINGYUAN_2020, tables="t2 t4")
    found = check_document(facts, passages_of(report_text()), metadata_of(), "form_2019")
    (check,) = (check for check in found if check.check_id == "t3.shape")
    assert (check.outcome, check.table_no) == ("fail", None)
    assert "三、收到和处理政府信息公开申请情况" in check.message_zh


def test_a_report_without_tables_has_no_shape() -> None:
    found = check_document([], passages_of(report_text()), metadata_of(), "form_none")
    assert {check.check_id for check in found} == {
        *("doc.form_year", "doc.year", "doc.late", "doc.repeated_block"),
    }


def _read(path: Path) -> tuple[Check, ...]:
    hints = Hints(url=f"file:///x/{path.name}", content_type="text/plain")
    decoded = decode_payload(path.read_bytes(), hints)
    passages, _ = split_passages(decoded.text)
    metadata = read_metadata(decoded, passages)
    reading = read_forms(tuple(find_tables(decoded.text, ())), is_report=metadata.kind is Kind.ANNUAL_REPORT)
    return check_document(reading.facts, passages, metadata, reading.form)


@pytest.mark.parametrize(
    ("name", "outcomes", "findings"),
    [
        (
            "新乡",
            {"pass": 16, "pass_if_blank_zero": 1, "not_testable": 23},
            {"t3.only_total_column": None, "doc.repeated_block": None},
        ),
        (
            "信阳市人民政府",
            {"pass": 17, "pass_if_blank_zero": 1, "not_testable": 22},
            {"t3.only_total_column": None, "text.percentage": None},
        ),
        (
            "平原",
            {"pass": 31, "fail": 9},
            {
                "t3.balance.natural_person": "t3.off_by_carry",
                "t3.results_sum.natural_person": "t3.off_by_carry",
                "t3.row_total.new_requests": "t3.total_column_empty",
                "t3.row_total.carried_in": "t3.total_column_empty",
                "t3.row_total.disclosed": "t3.total_column_empty",
                "t3.row_total.partly_disclosed": "t3.total_column_empty",
                "t3.row_total.unable_not_held": "t3.total_column_empty",
                "t3.row_total.results_total": "t3.total_column_empty",
                "t3.row_total.carried_out": "t3.total_column_empty",
                "t3.total_column_empty": None,
                "t3.off_by_carry": None,
                "doc.sections": None,
                "text.sum": None,
            },
        ),
    ],
)
def test_real_reports(
    shared_documents: Path, name: str, outcomes: dict[str, int], findings: dict[str, str | None]
) -> None:
    (path,) = (path for path in shared_documents.iterdir() if name in path.name)
    checks = _read(path)
    counted = Counter(str(check.outcome) for check in checks if check.check_id.startswith(COUNTED))
    assert counted == outcomes
    failed = {check.check_id: check.explained_by for check in checks if check.outcome == "fail"}
    assert failed == findings


def test_no_sentence_of_a_real_report_is_accused_for_figures_in_a_bracket_before_it(
    shared_real_more: Path,
) -> None:
    (path,) = shared_real_more.glob("reports/suqian_2023_form.docx")
    stated = [check.outcome for check in _read(path) if check.check_id == "text.sum"]
    assert set(stated) == {"pass"}
