"""Every identity of a form, applied to the cells of a table.

A form is data, and so are its identities (`pipelines.forms.catalogue`): this module knows no row and no
column. Each instance of an identity gives one result, whatever came of it, so that what could not be tested
is seen too. Arithmetic is decimal and exact.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号: the relation printed in the requests table
(第一项加第二项之和，等于第三项加第四项之和), and what the word 总计 claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.checks.cells import is_empty, named_as, on_one_line, plain, value_of
from pipelines.checks.instances import instances_of
from pipelines.checks.judging import (
    OUTCOMES,
    Reason,
    Side,
    judge_at_most,
    judge_balance,
    judge_sum,
)
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import Words, has_words, listed, said, within_quotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.checks.cells import StatedTable
    from pipelines.checks.instances import Instance, Summand
    from pipelines.forms.model import Fact

_LONGEST_LABEL = 40
_LABELS_IN_WORDS = 4
_MISSING_IN_WORDS = 3
_NOTE = re.compile("（[^）]{6,}）$")
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Applied:
    """An instance of an identity with what is stated on its sides.

    Attributes:
        instance: of an identity.
        tables: this report's table at 0, that of the year before at -1.
        left: what is stated on the left.
        right: what is stated on the right.
    """

    instance: Instance
    tables: Mapping[int, StatedTable]
    left: Side
    right: Side

    @property
    def reason(self) -> Reason:
        """What comes of it by the cells that are stated, and why."""
        if self.instance.identity.relation == "<=":
            return judge_at_most(self.left, self.right)
        judge = judge_sum if self.instance.is_sum_of_parts else judge_balance
        return judge(self.left, self.right)

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
        applied = apply(instance, {0: table})
        reason = Reason.PLACED_BY_IT if _placed_a_cell(instance, table) else applied.reason
        if OUTCOMES[reason] is CheckOutcome.FAIL and _is_made_up_by_other_lines(applied):
            reason = Reason.OTHER_LINES
        yield result_of(applied, reason)


def apply(instance: Instance, tables: Mapping[int, StatedTable]) -> Applied:
    """Add up both sides of an instance.

    Args:
        instance: of an identity.
        tables: this report's table at 0, that of the year before at -1.
    """
    return Applied(instance, tables, _side(instance.left, tables), _side(instance.right, tables))


def _side(summands: Sequence[Summand], tables: Mapping[int, StatedTable]) -> Side:
    total: Decimal | None = None
    missing = 0
    obscured = False
    for summand in summands:
        table = tables[summand.year]
        value = table.values.get(summand.cell)
        if value is None:
            missing += 1
            obscured = obscured or not is_empty(table.cells.get(summand.cell))
        else:
            total = (total or _NOTHING) + (value if summand.sign > 0 else -value)
    return Side(total, missing, obscured)


def result_of(
    applied: Applied,
    reason: Reason,
    *,
    severity: Severity | None = None,
    years: Mapping[str, Words] | None = None,
) -> Check:
    """Return the result of an instance, with its words.

    Args:
        applied: the instance with its sides.
        reason: why the outcome is what it is.
        severity: if it is not the identity's.
        years: the words for this report and that of the year before, where the sentence names them.
    """
    instance, tables = applied.instance, applied.tables
    words = _sentence(applied, reason, years or {})
    used = (*instance.left, *instance.right)
    return Check(
        check_id=instance.check_id,
        severity=severity or Severity(instance.identity.severity),
        outcome=OUTCOMES[reason],
        message_zh=words.zh,
        message_en=words.en,
        table_key=tables[0].key,
        table_no=tables[0].number,
        left_value=None if applied.left.total is None else plain(applied.left.total),
        right_value=None if applied.right.total is None else plain(applied.right.total),
        difference=None if applied.difference is None else plain(applied.difference),
        cells=_refs(used, tables, 0),
        other_cells=_refs(used, tables, -1) if instance.identity.spans_years else (),
    )


def _refs(summands: Sequence[Summand], tables: Mapping[int, StatedTable], year: int) -> tuple[str, ...]:
    cells = tables[year].cells
    return tuple(
        cells[summand.cell].ref for summand in summands if summand.year == year and summand.cell in cells
    )


def _placed_a_cell(instance: Instance, table: StatedTable) -> bool:
    """Tell whether a sum of parts gave one of its own cells its place, so that it cannot test it."""
    if not table.placed or not instance.is_sum_of_parts:
        return False
    return any(summand.cell in table.placed for summand in (*instance.left, *instance.right))


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


def _sentence(applied: Applied, reason: Reason, years: Mapping[str, Words]) -> Words:
    instance, left, right = applied.instance, applied.left, applied.right
    name = instance.identity.check
    key = f"{instance.identity.relation} {reason}"
    return said(
        key if has_words(key) else f"= {reason}",
        {
            "line": said(instance.identity.over, {"label": within_quotes(_printed_label(applied))}),
            "left": _side_words(f"{name} left", instance.left, years),
            "right": _side_words(f"{name} right", instance.right, years),
            "left_value": "" if left.total is None else plain(left.total),
            "right_value": "" if right.total is None else plain(right.total),
            "difference": plain(abs(applied.difference or _NOTHING)),
            "missing": _missing(applied, years),
        },
    )


def _missing(applied: Applied, years: Mapping[str, Words]) -> Words:
    """Return the cells that state no number, the first of them by name."""
    summands = (*applied.instance.left, *applied.instance.right)
    missing = [one for one in summands if one.cell not in applied.tables[one.year].values]
    is_named_by_year = applied.instance.identity.spans_years and years
    names = [
        said("cell of", {"report": years["last" if one.year else "this"], "label": _short(one.label)})
        if is_named_by_year
        else Words(_short(one.label), _short(one.label))
        for one in missing
    ]
    chinese = listed((name.zh for name in names), at_most=_MISSING_IN_WORDS, counted="格")
    english = listed((name.en for name in names), at_most=_MISSING_IN_WORDS)
    return Words(chinese.zh, english.en)


def _short(label: str) -> str:
    return _NOTE.sub("", on_one_line(label))


def _side_words(key: str, summands: Sequence[Summand], years: Mapping[str, Words]) -> Words:
    """Return what a side is called; for an identity that has no words of its own the labels it adds up."""
    if has_words(key):
        return said(key, years)
    labels = [on_one_line(summand.label) for summand in summands]
    if len(labels) == 1:
        return said("one cell", {"label": labels[0]})
    named = " + ".join(f"“{label}”" for label in labels[:_LABELS_IN_WORDS])
    return said("several cells", {"labels": named if len(labels) <= _LABELS_IN_WORDS else f"{named} + …"})


def _printed_label(applied: Applied) -> str:
    """Return the label of the row, column or block as the document prints it."""
    instance = applied.instance
    fact = applied.tables[0].cells.get(instance.left[0].cell)
    printed = None
    if fact and instance.identity.over != "blocks":
        printed = fact.row_label if instance.identity.over == "rows" else fact.column_label
    label = named_as(printed, instance.label)
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"
