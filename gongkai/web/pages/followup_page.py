"""Which reports speak of the items of a plan: `/-/followup?plan=DOCUMENT`; without one, the plans there are.

A matrix where it is small, counts where it is not. Below it stands each item with what a report has of it,
the two passages side by side.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound

from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.pages.page_queries import Context, Visit
    from gongkai.web.rendering.words import Row


async def read_followup(visit: Visit) -> Context:
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


def build_matrix(counts: Sequence[Row], cells: Sequence[Row]) -> Context:
    """Put together what the reports say to a plan.

    Args:
        counts: rows of `item_position`, `item`, `outcome` and `bodies`, by item.
        cells: rows of `policy_followup` of the plan and of bodies of which a report is held, those of an item
            by their places in the report; none where they are too many.

    Returns:
        `bodies`, a row of `cells` for each, the columns of the matrix; `items` in the plan's order, each with
        its `position` and `title`, how many bodies have which of the `outcomes`, and its `cells`: the rows of
        each body; `not_held`, how many bodies the plan binds of which no report is held.
    """
    bodies = {row["issuer_id"]: row for row in cells}
    found: dict[tuple[int, str], list[Row]] = {}
    for row in cells:
        found.setdefault((row["item_position"], row["issuer_id"]), []).append(row)
    items = [
        {
            "position": at,
            "title": rows[-1]["item"],
            "outcomes": Counter({row["outcome"]: row["bodies"] for row in rows}),
            "cells": [found.get((at, body), []) for body in bodies],
        }
        for at, group in groupby(counts, key=lambda row: row["item_position"])
        for rows in [list(group)]
    ]
    not_held = max((item["outcomes"]["not_held"] for item in items), default=0)
    return {"bodies": list(bodies.values()), "items": items, "not_held": not_held}
