"""When two sums agree, when they do not, and when nobody can say: the rules alone, without cells or words.

What is not stated is never taken for zero. It may be blank, and then the sums may agree if blank is zero
(`pass_if_blank_zero`); or something stands there that is not understood, and then nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.checks.records import CheckOutcome

if TYPE_CHECKING:
    from decimal import Decimal


class Reason(StrEnum):
    """Why an outcome is what it is; the key of its words."""

    AGREES = "agrees"
    DIFFERS = "differs"
    EXCEEDS = "exceeds"
    """What is stated of the parts is more than the whole already."""
    AGREES_IF_BLANK_ZERO = "agrees_if_blank_zero"
    NOT_STATED = "not_stated"
    NOT_UNDERSTOOD = "not_understood"
    """Something stands there, but which number is not certain."""
    PLACED_BY_IT = "placed_by_it"
    """A cell was placed by this very sum."""
    OTHER_LINES = "other_lines"
    """Lines that the form does not know make up for the difference."""
    SIGN_UNKNOWN = "sign_unknown"
    """It holds if a number printed without sign is a decrease."""


OUTCOMES = {
    Reason.AGREES: CheckOutcome.PASS,
    Reason.DIFFERS: CheckOutcome.FAIL,
    Reason.EXCEEDS: CheckOutcome.FAIL,
    Reason.AGREES_IF_BLANK_ZERO: CheckOutcome.PASS_IF_BLANK_ZERO,
    Reason.NOT_STATED: CheckOutcome.NOT_TESTABLE,
    Reason.NOT_UNDERSTOOD: CheckOutcome.NOT_TESTABLE,
    Reason.PLACED_BY_IT: CheckOutcome.NOT_TESTABLE,
    Reason.OTHER_LINES: CheckOutcome.NOT_TESTABLE,
    Reason.SIGN_UNKNOWN: CheckOutcome.NOT_TESTABLE,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an identity.

    Attributes:
        total: the sum of what is stated; None where nothing is.
        missing: how many of its cells state no number.
        obscured: whether something stands in one of those that is not understood.
    """

    total: Decimal | None
    missing: int
    obscured: bool


def judge_sum(parts: Side, whole: Side) -> Reason:
    """Judge “the parts add up to the whole”, for parts that cannot be negative."""
    if parts.total is None or whole.total is None:
        return _not_stated(parts, whole)
    if not parts.missing:
        return Reason.AGREES if parts.total == whole.total else Reason.DIFFERS
    if parts.total > whole.total:
        return Reason.EXCEEDS
    if parts.total < whole.total or parts.obscured:
        return _not_stated(parts, whole)
    return Reason.AGREES_IF_BLANK_ZERO


def judge_balance(left: Side, right: Side) -> Reason:
    """Judge “both sides are equal”, for several terms on each, of any sign."""
    if left.total is None or right.total is None:
        return _not_stated(left, right)
    if not left.missing and not right.missing:
        return Reason.AGREES if left.total == right.total else Reason.DIFFERS
    if left.total != right.total or left.obscured or right.obscured:
        return _not_stated(left, right)
    return Reason.AGREES_IF_BLANK_ZERO


def judge_at_most(left: Side, right: Side) -> Reason:
    """Judge “the left is at most the right”, for terms that cannot be negative."""
    if left.total is None or right.total is None or left.missing:
        return _not_stated(left, right)
    if not right.missing:
        return Reason.AGREES if left.total <= right.total else Reason.DIFFERS
    if left.total > right.total or right.obscured:
        return _not_stated(left, right)
    return Reason.AGREES_IF_BLANK_ZERO


def _not_stated(left: Side, right: Side) -> Reason:
    return Reason.NOT_UNDERSTOOD if left.obscured or right.obscured else Reason.NOT_STATED
