"""The result of a check: frozen, slotted, free of I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckOutcome(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 - a check passes
    FAIL = "fail"
    PASS_IF_BLANK_ZERO = "pass_if_blank_zero"  # noqa: S105 - likewise
    """It holds if what is not stated is zero, which nobody says."""
    NOT_TESTABLE = "not_testable"
    """Too little is stated, or what is stated was placed by this very identity."""


class Severity(StrEnum):
    """How much it matters when a check fails."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


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
