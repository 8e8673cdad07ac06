"""Every identity of a form, applied to the cells of a table.

A form is data, and so are its identities (`pipelines.forms.form_catalogue`): this module knows no row and no
column. Each instance of an identity gives one result, whatever came of it, so that what could not be tested
is seen too. Arithmetic is decimal and exact.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号: the relation printed in the requests table
(第一项加第二项之和，等于第三项加第四项之和), and what the word 总计 claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipelines.checks.cell_checks import StatedTable, is_empty, named_as, on_one_line, value_of
from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Severity,
    Words,
    listed,
    load_rules,
    load_words,
    plain,
    say_message,
    say_words,
    within_quotes,
)
from pipelines.forms.form_model import Fact, How
from pipelines.forms.form_sums import Instance, Summand, instances_of

Tables = Mapping[int, StatedTable]
"""This report's table at 0, that of the year before at -1."""
YearWords = Mapping[str, Words]
"""What `this` report and the `last` are called."""

_LONGEST_LABEL = 40
_LABELS_IN_WORDS = 4
_MISSING_IN_WORDS = 3
# 部分公开（区分处理的，只计这一情形，不计其他情形）: the note of a label stays out of sentences.
_NOTE = re.compile("（[^）]{6,}）$")
_NOTHING = Decimal(0)


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


# Whatever is not certain accuses nobody.
OUTCOMES = dict.fromkeys(Reason, CheckOutcome.NOT_TESTABLE) | {
    Reason.AGREES: CheckOutcome.PASS,
    Reason.DIFFERS: CheckOutcome.FAIL,
    Reason.EXCEEDS: CheckOutcome.FAIL,
    Reason.AGREES_IF_BLANK_ZERO: CheckOutcome.PASS_IF_BLANK_ZERO,
}


class Side(NamedTuple):
    """One side of an identity.

    Attributes:
        total: the sum of what is stated; None where nothing is.
        missing: those of its cells that state no number.
        obscured: whether something stands in one of those that is not understood.
    """

    total: Decimal | None
    missing: tuple[Summand, ...]
    obscured: bool


class Applied(NamedTuple):
    """An instance of an identity with what is stated on its sides.

    Attributes:
        instance: of an identity.
        tables: this report's table at 0, that of the year before at -1.
        left: what is stated on the left.
        right: what is stated on the right.
    """

    instance: Instance
    tables: Tables
    left: Side
    right: Side

    @property
    def reason(self) -> Reason:
        """What comes of it by the cells that are stated, and why.

        What is not stated is never taken for zero. It may be blank, and then the sides may agree if blank is
        zero; or something stands there that is not understood, and then nothing is said.
        """
        left, right, relation = self.left, self.right, self.instance.identity.relation
        unstated = Reason.NOT_UNDERSTOOD if left.obscured or right.obscured else Reason.NOT_STATED
        if left.total is None or right.total is None:
            return unstated
        holds = left.total <= right.total if relation == "<=" else left.total == right.total
        if not left.missing and not right.missing:
            return Reason.AGREES if holds else Reason.DIFFERS
        if self.instance.is_sum_of_parts and left.total > right.total:
            return Reason.EXCEEDS
        # Of terms that cannot be negative the left may only grow by what is not stated.
        is_open = relation == "<=" and left.missing
        if is_open or not holds or left.obscured or right.obscured:
            return unstated
        return Reason.AGREES_IF_BLANK_ZERO

    @property
    def difference(self) -> Decimal | None:
        """Left less right; None where nothing is stated on a side."""
        if self.left.total is None or self.right.total is None:
            return None
        return self.left.total - self.right.total


def check_identities(table: StatedTable) -> Iterator[Check]:
    """Apply the identities of its form to a table, all those that need no other report.

    Yields:
        One result for each instance, in the form's order.
    """
    for instance in instances_of(table.form.id, table.key):
        applied = apply_instance(instance, {0: table})
        reason = Reason.PLACED_BY_IT if _placed_a_cell(instance, table) else applied.reason
        # Local forms add rows: 武汉市生态环境局2020年 prints 其他主动公开文件 beside the two of the form.
        if OUTCOMES[reason] is CheckOutcome.FAIL and _is_made_up_by_other_lines(applied):
            reason = Reason.OTHER_LINES
        yield result_of(applied, reason)


def apply_instance(instance: Instance, tables: Tables) -> Applied:
    """Add up both sides of an instance.

    Args:
        instance: of an identity.
        tables: this report's table at 0, that of the year before at -1.
    """
    return Applied(instance, tables, _add_side(instance.left, tables), _add_side(instance.right, tables))


def _add_side(summands: Sequence[Summand], tables: Tables) -> Side:
    total: Decimal | None = None
    missing: list[Summand] = []
    for summand in summands:
        value = tables[summand.year].values.get(summand.cell)
        if value is None:
            missing.append(summand)
        else:
            total = (total or _NOTHING) + (value if summand.sign > 0 else -value)
    obscured = any(not is_empty(tables[one.year].cells.get(one.cell)) for one in missing)
    return Side(total, tuple(missing), obscured)


def result_of(
    applied: Applied,
    reason: Reason,
    *,
    severity: Severity | None = None,
    years: YearWords | None = None,
) -> Check:
    """Return the result of an instance, with its words.

    Args:
        applied: the instance with its sides.
        reason: why the outcome is what it is.
        severity: if it is not the identity's.
        years: the words for this report and that of the year before, where the sentence names them.
    """
    instance, tables = applied.instance, applied.tables
    words = _say_result(applied, reason, years or {})
    used = instance.summands
    values = (applied.left.total, applied.right.total, applied.difference)
    left, right, difference = (None if value is None else plain(value) for value in values)
    return Check(
        check_id=instance.check_id,
        severity=severity or Severity(instance.identity.severity),
        outcome=OUTCOMES[reason],
        message_zh=words.zh,
        message_en=words.en,
        table_key=tables[0].key,
        table_no=tables[0].number,
        left_value=left,
        right_value=right,
        difference=difference,
        cells=_refs_of_year(used, tables, 0),
        other_cells=_refs_of_year(used, tables, -1) if instance.identity.spans_years else (),
    )


def _refs_of_year(summands: Sequence[Summand], tables: Tables, year: int) -> tuple[str, ...]:
    cells = tables[year].cells
    return tuple(
        cells[summand.cell].ref for summand in summands if summand.year == year and summand.cell in cells
    )


def _placed_a_cell(instance: Instance, table: StatedTable) -> bool:
    """Tell whether a sum of parts gave one of its own cells its place, so that it cannot test it."""
    stated = (table.cells.get(one.cell) for one in instance.summands)
    return instance.is_sum_of_parts and any(fact and fact.how is How.ARITHMETIC for fact in stated)


def _is_made_up_by_other_lines(applied: Applied) -> bool:
    """Tell whether a row or column that the form does not know makes up for the difference exactly."""
    beside = [fact for fact in applied.tables[0].others if _is_beside(fact, applied.instance)]
    others = [value for fact in beside if (value := value_of(fact))]
    if not others or applied.difference is None:
        return False
    return -applied.difference in {sum(others), *others}


def _is_beside(fact: Fact, instance: Instance) -> bool:
    """Tell whether a cell stands in the line of an instance, but in no row or column of the form."""
    if instance.identity.over == "columns":
        return fact.row_key is None and fact.column_key == instance.key
    return fact.column_key is None and fact.row_key == instance.key


def _say_result(applied: Applied, reason: Reason, years: YearWords) -> Words:
    instance, left, right = applied.instance, applied.left, applied.right
    key = f"{instance.identity.relation} {reason}"
    return say_words(
        key if key in load_words() else f"= {reason}",
        {
            "line": say_words(instance.identity.over, {"label": within_quotes(_printed_label(applied))}),
            "left": _name_side(instance, "left", years),
            "right": _name_side(instance, "right", years),
            "left_value": "" if left.total is None else plain(left.total),
            "right_value": "" if right.total is None else plain(right.total),
            "difference": plain(abs(applied.difference or _NOTHING)),
            "missing": _name_missing(applied, years),
        },
    )


def _name_missing(applied: Applied, years: YearWords) -> Words:
    """Return the cells that state no number, the first of them by name."""
    missing = (*applied.left.missing, *applied.right.missing)
    is_named_by_year = applied.instance.identity.spans_years and years
    labels = [(one, _NOTE.sub("", on_one_line(one.label))) for one in missing]
    names = (
        say_words("cell of", {"report": years["last" if one.year else "this"], "label": label})
        if is_named_by_year
        else label
        for one, label in labels
    )
    return listed(names, at_most=_MISSING_IN_WORDS, counted="格")


def _name_side(instance: Instance, side: str, years: YearWords) -> Words:
    """Return what a side is called; for an identity that has no words of its own the labels it adds up."""
    check = instance.identity.check
    if side in load_rules()[check].messages:
        return say_message(check, side, years)
    summands = instance.left if side == "left" else instance.right
    labels = [on_one_line(summand.label) for summand in summands]
    if len(labels) == 1:
        return say_words("one cell", {"label": labels[0]})
    named = " + ".join(f"“{label}”" for label in labels[:_LABELS_IN_WORDS])
    is_all = len(labels) <= _LABELS_IN_WORDS
    return say_words("several cells", {"labels": named if is_all else f"{named} + …"})


def _printed_label(applied: Applied) -> str:
    """Return the label of the row, column or block as the document prints it."""
    instance = applied.instance
    fact = applied.tables[0].cells.get(instance.left[0].cell)
    printed = None
    if fact and instance.identity.over != "blocks":
        printed = fact.row_label if instance.identity.over == "rows" else fact.column_label
    label = named_as(printed, instance.label)
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"
