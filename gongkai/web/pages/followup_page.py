"""Which reports speak of the items of a plan: `/-/followup?plan=DOCUMENT`; without one, the plans there are.

Below the matrix stands each item with what a report has of it, the two passages side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from gongkai.web.rendering.plan_matrix import MOST_CELLS, build_matrix

if TYPE_CHECKING:
    from gongkai.web.pages.page import Visit

MOST_MENTIONS = 10
"""Passages of reports that the page prints of an item, those that agree most first."""


async def read_followup(visit: Visit) -> dict[str, Any]:
    """Return a plan, its items and what reports have of each; without one asked for, the plans there are.

    Raises:
        NotFound: the id is of no plan.
    """
    asked = visit.read_text("plan")
    if not asked:
        return {"plan": None, **await visit.queries.read_answers("plans")}
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
        most=MOST_MENTIONS,
        most_cells=MOST_CELLS,
    )
    return {**parts, "plan": plan, "result": build_matrix(parts["asked"], parts["asked_of"])}
