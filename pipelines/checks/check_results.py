"""The result of a check, and the one way to state it: its words and its severity are those of the table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import Severity, load_rules, say_message
from pipelines.checks.check_words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from pipelines.checks.check_catalogue import Words
    from pipelines.checks.stated_tables import StatedTable
    from pipelines.forms.model import Fact


class CheckOutcome(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 - a check passes
    FAIL = "fail"
    PASS_IF_BLANK_ZERO = "pass_if_blank_zero"  # noqa: S105 - likewise
    """It holds if what is not stated is zero, which nobody says."""
    NOT_TESTABLE = "not_testable"
    """Too little is stated, or what is stated was placed by this very identity."""


@dataclass(frozen=True, slots=True)
class Check:
    """One identity applied once.

    Attributes:
        check_id: `t3.balance.natural_person`, `doc.sections`, …
        severity: when it fails.
        outcome: what became of it.
        table_key: the table it is about; None for a check of the document or its prose.
        table_no: which table of that key; None for a check of the document or its prose.
        place: tells apart results of one check id at several places of the text; 0 else.
        left_value: the left side as an exact decimal, of what is stated; None where nothing is.
        right_value: the right side, likewise.
        difference: left less right; None where a side is.
        cells: the facts that it used, by `Fact.ref`.
        other_cells: the facts of the year before that it used, by `Fact.ref`.
        explained_by: the check id of the diagnosis that explains it.
        message_zh: what is expected and what stands there, fit to be quoted.
        message_en: the same in English.
    """

    check_id: str
    severity: Severity
    outcome: CheckOutcome
    message_zh: str
    message_en: str
    table_key: str | None = None
    table_no: int | None = None
    place: int = 0
    left_value: str | None = None
    right_value: str | None = None
    difference: str | None = None
    cells: tuple[str, ...] = ()
    other_cells: tuple[str, ...] = ()
    explained_by: str | None = None


def state_result(
    check_id: str,
    outcome: CheckOutcome,
    key: str = "",
    fields: Mapping[str, str | Words] | None = None,
    *,
    severity: Severity | None = None,
    table: StatedTable | None = None,
    place: int = 0,
    values: tuple[Decimal, Decimal] | None = None,
    cells: Sequence[Fact | None] = (),
    other_cells: Sequence[Fact] = (),
) -> Check:
    """State what became of a check.

    Args:
        check_id: an entry of the table of checks.
        outcome: what became of it.
        key: of its message, if that is not the outcome.
        fields: of the message.
        severity: if it is not that of the entry.
        table: that it is about; None for a check of the document or its prose.
        place: tells apart results of one check at several places of the text.
        values: the left side and the right, if it compares two figures.
        cells: that it used.
        other_cells: of the other report that it used.

    Raises:
        KeyError: there is no such check, or no such message.
    """
    rule = load_rules()[check_id]
    words = say_message(check_id, key or outcome, fields)
    left, right, difference = map(plain, (*values, values[0] - values[1])) if values else (None, None, None)
    return Check(
        check_id=check_id,
        severity=severity or rule.severity or Severity.INFO,
        outcome=outcome,
        message_zh=words.zh,
        message_en=words.en,
        table_key=table.key if table else None,
        table_no=table.number if table else None,
        place=place,
        left_value=left,
        right_value=right,
        difference=difference,
        cells=tuple(fact.ref for fact in cells if fact),
        other_cells=tuple(fact.ref for fact in other_cells),
    )


def judge_cells(wrong: Sequence[object], tested: int) -> CheckOutcome:
    """Return what became of a check of many cells: it fails where any is wrong.

    Args:
        wrong: the cells that are.
        tested: how many could be tested.
    """
    if wrong:
        return CheckOutcome.FAIL
    return CheckOutcome.PASS if tested else CheckOutcome.NOT_TESTABLE
