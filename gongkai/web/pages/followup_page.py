"""Which reports speak of the items of a plan: `/-/followup?plan=DOCUMENT`; without one, the plans there are.

Below the matrix stands each item with what a report has of it, the two passages side by side.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.pages.page_queries import Visit

    Row = dict[str, Any]


async def read_followup(visit: Visit) -> dict[str, Any]:
    """Return a plan, its items and what reports have of each; without one asked for, the plans there are.

    Raises:
        NotFound: the id is of no plan.
    """
    asked = visit.read_text("plan")
    if not asked:
        return {"plan": None, **await visit.queries.read_answers("plans", "without_year")}
    plan = await visit.queries.read_first("plan", id=asked)
    if plan is None:
        raise NotFound("no such plan")
    parts = await visit.queries.read_answers(
        "asked",
        "asked_of",
        "printed",
        "tasks",
        "mentions",
        id=asked,
        most=PAGES.plan_mentions,
        most_cells=PAGES.plan_cells,
    )
    return {**parts, "plan": plan, "result": build_matrix(parts["asked"], parts["asked_of"])}


# Who reports on the items of a plan: a matrix where it is small, counts where it is not.


@dataclass(frozen=True, slots=True)
class Body:
    """A body that a plan binds.

    Attributes:
        id: of the issuer.
        name: its name.
        report: the document that stands for it and the plan's year.
    """

    id: str
    name: str
    report: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a body's report speaks of an item.

    Attributes:
        outcome: `mentioned`, `not_mentioned`, `unreadable` or `not_held`.
        positions: of the report's passages that do.
    """

    outcome: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a plan.

    Attributes:
        position: of its passage in the plan.
        title: as printed.
        outcomes: how many bodies have which outcome.
        cells: by body, in their order; empty where the page gives counts alone.
    """

    position: int
    title: str
    outcomes: Counter[str]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Followup:
    """What the reports say to a plan.

    Attributes:
        bodies: the columns of the matrix, those of which a report is held; empty where counts stand alone.
        items: in the plan's order.
        not_held: how many bodies it binds of which no report is held.
    """

    bodies: tuple[Body, ...]
    items: tuple[Item, ...]
    not_held: int


def build_matrix(counts: Sequence[Row], cells: Sequence[Row]) -> Followup:
    """Put together what the reports say to a plan.

    Args:
        counts: rows of `item_position`, `item`, `outcome` and `bodies`, by item.
        cells: rows of `policy_followup` of the plan and of bodies of which a report is held; none where they
            are too many.
    """
    bodies = {row["issuer_id"]: Body(row["issuer_id"], row["issuer"], row["document_id"]) for row in cells}
    by_item: dict[int, Counter[str]] = {}
    titles = {row["item_position"]: row["item"] for row in counts}
    for row in counts:
        by_item.setdefault(row["item_position"], Counter())[row["outcome"]] += row["bodies"]
    found: dict[tuple[int, str], list[Row]] = {}
    for row in cells:
        found.setdefault((row["item_position"], row["issuer_id"]), []).append(row)
    items = tuple(
        Item(at, titles[at], outcomes, tuple(_cell(found.get((at, body), [])) for body in bodies))
        for at, outcomes in by_item.items()
    )
    not_held = max((item.outcomes["not_held"] for item in items), default=0)
    return Followup(tuple(bodies.values()), items, not_held)


def _cell(rows: Sequence[Row]) -> Cell:
    positions = tuple(sorted(row["report_position"] for row in rows if row["report_position"] is not None))
    return Cell(rows[0]["outcome"] if rows else "not_held", positions)
