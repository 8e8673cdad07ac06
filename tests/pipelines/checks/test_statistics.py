"""The lists of indicators before 2019: their sums are checked; nothing is asked of what they leave out."""

from __future__ import annotations

from pipelines.checks.check_catalogue import CheckOutcome, Severity
from pipelines.checks.run_checks import check_document
from pipelines.forms.form_model import CellState, Fact, How
from pipelines.metadata.fields import Metadata


def indicator(ordinal: int, row: str, label: str, value: str) -> Fact:
    """Return one line of the list of 2014 to 2018."""
    return Fact(
        form="form_stat_2014",
        table_key="stat",
        table_no=1,
        ordinal=ordinal,
        block_key=None,
        row_key=row,
        row_label=label,
        column_key="value",
        column_label="统计数",
        value=value,
        unit="件",
        raw=value,
        state=CellState.NUMBER,
        how=How.GRID,
    )


def test_the_sums_of_a_list_of_indicators_are_remarks() -> None:
    """Its labels are not confirmed, so a sum that does not hold is no more than a remark."""
    facts = (
        indicator(0, "requests_concluded", "（二）申请办结数", "31"),
        indicator(1, "concluded_on_time", "1.按时办结数", "20"),
        indicator(2, "concluded_extended", "2.延期办结数", "10"),
    )
    checks = check_document(facts, (), Metadata(), "form_stat_2014")
    outcomes = {check.check_id: check.outcome for check in checks}
    assert outcomes["stat.concluded.value"] is CheckOutcome.FAIL
    assert outcomes["stat.received.value"] is CheckOutcome.NOT_TESTABLE
    assert {check.severity for check in checks} == {Severity.INFO}
    assert {check.check_id.partition(".")[0] for check in checks} == {"stat"}
