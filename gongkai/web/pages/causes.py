"""What stands behind the sums that do not add up: causes, the identities that they break, the cells of those.

Pure: rows of the published copy come in, what a page prints goes out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gongkai.web.values.figures import STATED, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

MOST_CELLS = 12
"""Cells of one identity that the page links; the rest stand on the page of the check."""

OUTCOMES = ("pass", "pass_if_blank_zero", "fail", "not_testable")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that an identity uses.

    Attributes:
        id: of the fact.
        label: what tells it apart from the other cells of the identity, as printed.
        text: as printed with its unit; a word where no figure is.
        is_printed: whether it is what stands there.
    """

    id: str
    label: str
    text: str
    is_printed: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A rule applied once.

    Attributes:
        check: its row of `checks`.
        cells: those with a figure other than zero, and the last one; at most `MOST_CELLS`.
        further: how many more cells it uses.
    """

    check: Row
    cells: tuple[Cell, ...]
    further: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that no other explains.

    Attributes:
        row: of `check_failures`.
        quoted: the identity that its row quotes: itself, else the widest of those that it explains.
        explains: the identities that it explains.
    """

    row: Row
    quoted: Identity
    explains: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The causes found in one report.

    Attributes:
        row: of its first cause, which names body, year and document.
        causes: in the order of the form.
    """

    row: Row
    causes: tuple[Cause, ...]

    @property
    def explained(self) -> tuple[Identity, ...]:
        """All that its causes explain."""
        return tuple(identity for cause in self.causes for identity in cause.explains)


@dataclass(frozen=True, slots=True)
class Severity:
    """The causes of one severity.

    Attributes:
        name: `error`, `warning` or `info`.
        count: how many causes the whole list has.
        reports: in how many reports.
        shown: the reports that the page lists.
        differences: how far apart the quoted sides are, of all causes that compare figures; empty where they
            are not drawn, None where there was no time to read them.
    """

    name: str
    count: int
    reports: int
    shown: tuple[Report, ...]
    differences: tuple[Decimal, ...] | None = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes that the page lists."""
        return tuple(cause for report in self.shown for cause in report.causes)


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a rule was put to a report.

    Attributes:
        check_id: of the rule; of a family what its ids begin with.
        outcomes: outcome → how often.
        members: the rules of a family; empty for a rule that is none.
    """

    check_id: str
    outcomes: Mapping[str, int]
    members: tuple[Rule, ...] = ()

    @property
    def tested(self) -> int:
        """How often it could be tested."""
        return sum(count for outcome, count in self.outcomes.items() if outcome != "not_testable")


def reports(causes: Sequence[Row], checks: Sequence[Row], facts: Mapping[str, Row]) -> tuple[Report, ...]:
    """Put together what stands behind causes, report by report.

    Args:
        causes: rows of `check_failures`, those of one document together.
        checks: the failing rows of `checks` of those texts: the causes, and all that is explained.
        facts: the cells that they use, by id.
    """
    own = {check["id"]: check for check in checks}
    explained: dict[tuple[object, ...], list[Row]] = {}
    for check in checks:
        place = (check["version_id"], check["table_no"], check["explained_by"])
        explained.setdefault(place, []).append(check)
    return tuple(
        Report(rows[0], tuple(_cause(row, own, explained, facts) for row in rows))
        for _, group in groupby(causes, key=lambda row: row["document_id"])
        for rows in [list(group)]
    )


def _cause(
    row: Row,
    own: Mapping[str, Row],
    explained: Mapping[tuple[object, ...], Sequence[Row]],
    facts: Mapping[str, Row],
) -> Cause:
    behind = explained.get((row["version_id"], row["table_no"], row["check_id"]), ())
    identities = tuple(_identity(check, facts) for check in behind)
    widest = max(identities, key=_width, default=None)
    return Cause(row, widest or _identity(own[row["id"]], facts), identities)


def _width(identity: Identity) -> Decimal:
    return abs(Decimal(identity.check["difference"] or 0))


def _identity(check: Row, facts: Mapping[str, Row]) -> Identity:
    used = [facts[cell] for cell in json.loads(check["cells"]) if cell in facts]
    telling = [fact for fact in used[:-1] if fact["state"] != "zero"] + used[-1:]
    shown = telling if len(telling) <= MOST_CELLS else [*telling[: MOST_CELLS - 1], telling[-1]]
    same_row, same_column = (
        len({fact[label] for fact in used}) == 1 for label in ("row_label", "column_label")
    )
    cells = tuple(
        _cell(fact, with_row=not same_row or same_column, with_column=not same_column) for fact in shown
    )
    return Identity(check, cells, len(used) - len(shown))


def _cell(fact: Row, *, with_row: bool, with_column: bool) -> Cell:
    labels = [fact["row_label"]] if with_row else []
    labels += [fact["column_label"]] if with_column and fact["column_label"] else []
    text, unit = cell_text(dict(fact)), fact["unit"] or ""
    stated = fact["state"] in STATED
    return Cell(
        fact["id"],
        " · ".join(labels),
        f"{text} {unit}" if stated and unit and unit not in text else text,
        stated,
    )


def family(check_id: str) -> str:
    """Return what the ids of a rule begin with: `t3.row_total` of `t3.row_total.carried_in`."""
    return ".".join(check_id.split(".")[:2])


def rules(counted: Iterable[Row]) -> tuple[Rule, ...]:
    """Add up how often each rule was applied, those of a family together.

    Args:
        counted: rows of `check_id`, `outcome` and `checks`.
    """
    by_rule: dict[str, dict[str, int]] = {}
    for row in counted:
        by_rule.setdefault(row["check_id"], {})[row["outcome"]] = row["checks"]
    families: dict[str, list[Rule]] = {}
    for check_id, outcomes in sorted(by_rule.items()):
        families.setdefault(family(check_id), []).append(Rule(check_id, _in_full(outcomes)))
    return tuple(_of_family(name, members) for name, members in families.items())


def _of_family(name: str, members: Sequence[Rule]) -> Rule:
    if [rule.check_id for rule in members] == [name]:
        return members[0]
    together = {outcome: sum(rule.outcomes[outcome] for rule in members) for outcome in OUTCOMES}
    return Rule(name, together, tuple(members))


def _in_full(outcomes: Mapping[str, int]) -> dict[str, int]:
    return {outcome: outcomes.get(outcome, 0) for outcome in OUTCOMES}
