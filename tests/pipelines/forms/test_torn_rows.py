"""Real reports as extractors left them, cell by cell: rows torn apart are read by the sums, or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._statutory_expected import Report, reports
from benchmarks.statutory_truth import TYPES, measure
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms import torn_rows
from pipelines.forms.labels import STATUTORY
from tests.conftest import SHARED
from tests.renditions.test_layouts import CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = 0.995
"""Of the cells of a whole document, so many are read at least."""
TORN = {
    "kewei_sh_2024.md": 0.96,
    "shanghai_office_2025.md": 0.96,
    "suqian_2023_plain_pdftotext": 0.95,
}
"""The same of text that an extractor tore."""
KNOWN = {report.path.stem: report for report in reports(SHARED) if report.path.suffix in TYPES}
PLAIN = "suqian_2023_plain_pdftotext"


def _values(payload: bytes) -> dict[tuple[str, str | None, str, str], Decimal]:
    facts = read_document(payload, Hints("http://www.qingxi.example/nb/report", "text/plain")).facts
    return {
        (fact.table_key, fact.block_key, fact.row_key or "", fact.column_key or ""): Decimal(fact.value)
        for fact in facts
        if fact.value is not None
    }


def _plain() -> Report:
    if PLAIN not in KNOWN:
        pytest.skip("no real reports beside the checkout")
    return KNOWN[PLAIN]


@pytest.mark.parametrize("report", KNOWN.values(), ids=KNOWN)
def test_no_cell_of_a_real_report_is_wrong_and_nearly_all_are_read(report: Report) -> None:
    outcomes = Counter(cell.outcome for cell in measure(report) if not cell.is_glued)
    assert outcomes["wrong"] == 0
    assert outcomes["right"] >= TORN.get(report.path.stem, WHOLE) * outcomes.total()


def test_more_ways_than_are_tried_leave_the_rows_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _plain()
    whole = len(_values(report.path.read_bytes()))
    monkeypatch.setattr(torn_rows, "STATUTORY", replace(STATUTORY, tries=10))
    assert len(_values(report.path.read_bytes())) <= whole - 56


@settings(max_examples=6)
@given(place=st.integers(0, 10_000), change=st.sampled_from(CHANGES))
def test_no_change_of_a_real_torn_text_makes_a_value_that_is_not_printed(
    place: int, change: Callable[[list[str], int], list[str]]
) -> None:
    report = _plain()
    lines = report.path.read_text(encoding="utf-8").split("\n")
    table = range(lines.index("二、主动公开政府信息情况"), lines.index("六、其他需要报告的事项"))
    payload = "\n".join(change(lines, table[place % len(table)])).encode()
    read = _values(payload)
    assert {name: value for name, value in read.items() if report.cells.get(name, value) != value} == {}
