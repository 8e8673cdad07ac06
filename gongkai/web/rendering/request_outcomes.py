"""How the requests of a report were answered, by the column 总计 of its table of requests, as printed.

Only where every part states a number, and the parts add up to the printed total, may they stand side by side.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from gongkai.web.rendering.figures import STATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.rendering.words import Row

_NO_ANSWER = ("new_requests", "carried_in", "carried_out", "results_total")
# Answers that the form prints in several rows, whose keys begin so.
_GROUPS = ("denied", "unable", "rejected", "other")

_ORDER = ("disclosed", "partly_disclosed", *_GROUPS)
_SUM = "t3.results_sum.total"

# What a report is told by in one sentence: a name, and the table, row and column that print it.
_SENTENCE = (
    ("received", ("t3", "new_requests", "total")),
    ("answered", ("t3", "results_total", "total")),
    ("reviewed", ("t4", "review", "total")),
    ("sued_directly", ("t4", "litigation_direct", "total")),
    ("sued_after_review", ("t4", "litigation_after_review", "total")),
)


class Part(NamedTuple):
    """One kind of answer.

    Attributes:
        key: `disclosed`, `partly_disclosed`, `denied`, `unable`, `rejected`, `other`.
        cases: how many requests.
        share: of all answers, from 0 to 1.
        facts: the rows of `facts` that it is made of.
    """

    key: str
    cases: int
    share: float
    facts: tuple[Row, ...]


class Outcomes(NamedTuple):
    """All answers of a report.

    Attributes:
        total: the row of `facts` of the printed total; None where it is not printed.
        parts: in the form's order; none where they cannot stand side by side.
        why: why not: `blank`, `sum`, `zero`; empty where they can.
    """

    total: Row | None
    parts: tuple[Part, ...]
    why: str

    @property
    def largest(self) -> list[Part]:
        """The parts with most requests: of equals none is the largest alone."""
        most = max(part.cases for part in self.parts)
        return [part for part in self.parts if part.cases == most]


def sum_outcomes(facts: Sequence[Row], checks: Sequence[Row]) -> Outcomes | None:
    """Return how requests were answered; None where a text has no table of requests.

    Args:
        facts: the rows of `facts` of a text.
        checks: its rows of `checks`.
    """
    column = [
        fact
        for fact in facts
        if (fact["table_key"], fact["table_no"], fact["column_key"]) == ("t3", 1, "total") and fact["row_key"]
    ]
    if not column:
        return None
    total = next((fact for fact in column if fact["row_key"] == "results_total"), None)
    answers = [fact for fact in column if fact["row_key"] not in _NO_ANSWER]
    why = _why_not(total, answers, checks)
    if why or total is None:
        return Outcomes(total, (), why)
    parts = []
    for key in _ORDER:
        cells = tuple(fact for fact in answers if _kind(fact["row_key"]) == key)
        cases = sum((Decimal(cell["value"]) for cell in cells), Decimal(0))
        parts.append(Part(key, int(cases), float(cases / Decimal(total["value"])), cells))
    return Outcomes(total, tuple(parts), "")


def _why_not(total: Row | None, answers: Sequence[Row], checks: Sequence[Row]) -> str:
    if total is None or not answers or any(fact["value"] is None for fact in (total, *answers)):
        return "blank"
    if Decimal(total["value"]) == 0:
        return "zero"
    # Where there is no such check nobody knows that the parts add up.
    results = {check["outcome"] for check in checks if (check["check_id"], check["table_no"]) == (_SUM, 1)}
    return "" if results == {"pass"} else "sum"


def _kind(row: str) -> str:
    return next((group for group in _GROUPS if row.startswith(f"{group}_")), row)


def pick_sentence(facts: Sequence[Row]) -> dict[str, Row]:
    """Return the cells that a report is told by in a sentence, by their names; none where none has a figure.

    Args:
        facts: the rows of `facts` of a text.
    """
    cells = {
        (fact["table_key"], fact["row_key"], fact["column_key"]): fact
        for fact in facts
        if fact["table_no"] == 1 and fact["how"] != "not_printed"
    }
    told = {name: cells[place] for name, place in _SENTENCE if place in cells}
    return told if any(fact["state"] in STATED for fact in told.values()) else {}
