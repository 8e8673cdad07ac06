"""Texts against each other, `/-/compare?a=OLD&b=NEW`; plans and reports, `/-/followup?plan=DOCUMENT`.

    ids ─▶ _read_side: text, document, what keeps it from being compared ─▶ compare_texts ─▶ the page

A side is named by a text's id, or by a document's, which stands for its current text. Rows are read through
the copy's read-only connection under its limits, one comparison at a time and in a thread of its own, so that
a long one keeps no query waiting. A plan's items are a matrix where it is small, counts where it is not.
"""

from __future__ import annotations

import json
from collections import Counter
from contextvars import copy_context
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from datasette.utils.asgi import NotFound, Response

from archive.corpus.facts import load_facts
from archive.corpus.version_diff import compare_versions, count_states
from gongkai.web.pages.page_queries import make_page
from gongkai.web.rendering.text_comparison import (
    ChangedCells,
    Shown,
    changed_cells,
    count_figures,
    figures_of_both,
    shown_part,
)
from gongkai.web.server.limits import interrupting
from gongkai.web.thresholds import PAGES, TEXTS
from pipelines.duplicates.diff import State
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import mask_numbers

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from gongkai.web.pages.page_queries import Context, Queries, Rows, Visit
    from gongkai.web.rendering.words import Row


# What the strings of the two sides begin with. Of two bodies neither is old, and nothing was left out.
_IN_ORDER, _SIDE_BY_SIDE = "in_order", "side_by_side"


@make_page("compare", r"^/-/compare(\.(?P<format>json))?$")
async def read_compare(visit: Visit) -> Context | Response:
    """Return two texts held against each other, and what else may be; for `.json` the answer itself.

    Raises:
        NotFound: an id names no text and no document.
    """
    a, b = visit.read_text("a"), visit.read_text("b")
    old, new = await _read_side(visit, a), await _read_side(visit, b)
    if (a and not old) or (b and not new):
        raise NotFound("no such text")
    state = _state(old, new)
    full = visit.read_text("full") == "1"
    is_ordered = _is_in_order(old, new)
    # Of two bodies all figures are told, those of all applicants first, of one those that changed.
    column = visit.read_text("column") or ("" if is_ordered else "total")
    start = visit.read_number("from", digits=9) or 0
    compared = None
    if old and new and state == "compared":
        sides = {"old": old["version"], "new": new["version"]}
        compared = await _compare(
            visit, partial(compare_texts, **sides, full=full, start=start, column=column)
        )
        state = "shape_only" if compared.is_same else state
    if visit.wants_json:
        return Response.json(_as_json(state, old, new, compared))
    return {
        "state": state,
        "order": _IN_ORDER if is_ordered else _SIDE_BY_SIDE,
        "old": old,
        "new": new,
        "compared": compared,
        "full": full,
        "start": start,
        "column": column,
        "sought": visit.read_text("q"),
        **await _read_choices(visit, old, new, visit.read_text("q")),
    }


async def _compare(visit: Visit, compare: Callable[[sqlite3.Connection], Page]) -> Page:
    def compare_in_time(connection: sqlite3.Connection) -> Page:
        with interrupting(connection, visit.datasette.sql_time_limit_ms):
            return compare(connection)

    # Words for cells without a figure follow the language of the request, which a thread does not inherit.
    context = copy_context()
    return await visit.database.copy.run(
        lambda connection: context.run(compare_in_time, connection), is_long=True
    )


def _is_in_order(old: Row | None, new: Row | None) -> bool:
    """Return whether one side came after the other: texts of one document, or years of one body."""
    if not old or not new:
        return True
    if old["document"] == new["document"]:
        return bool((old["first_seen"] or "") <= (new["first_seen"] or ""))
    return _is_one_series(old, new) and bool(old["year"] and new["year"] and old["year"] < new["year"])


def _is_one_series(old: Row, new: Row) -> bool:
    """Return whether two documents are of one body; where none is known, by their titles without figures."""
    if old["issuer_id"] or new["issuer_id"]:
        return bool(old["issuer_id"] == new["issuer_id"])
    return bool(old["title"] and new["title"]) and mask_numbers(old["title"]) == mask_numbers(new["title"])


def _state(old: Row | None, new: Row | None) -> str:
    """Return what the page has to say; `compared` where the texts are to be compared first."""
    if not old or not new:
        return "choose"
    if not old["chars"] or not new["chars"]:
        return "unread"
    if old["version"] == new["version"]:
        return "same_text"
    if old["text_sha256"] == new["text_sha256"]:
        return "identical"
    return "too_long" if old["chars"] + new["chars"] > TEXTS.compared_chars else "compared"


async def _read_side(queries: Queries, identity: str) -> Row | None:
    if not identity:
        return None
    by_version = await queries.read_first("by_version", id=identity)
    return by_version or await queries.read_first("by_document", id=identity)


async def _read_choices(queries: Queries, old: Row | None, new: Row | None, sought: str) -> dict[str, Rows]:
    """Return what may be chosen: other texts and years, any other report; where nothing is chosen, pairs."""
    # One side alone is both `one` and `other`; of none both are empty.
    one, *_ = chosen = [side["document"] for side in (old, new) if side] or [""]
    found = await queries.read_answers("choices", "rates", one=one, other=chosen[-1])
    words = json.dumps(sought.split())
    others = [] if old and new else await queries.read_rows("others", one=one, words=words, most=PAGES.beside)
    return {**found, "others": others, "pairs": [] if one else await queries.read_rows("pairs")}


def _as_json(state: str, old: Row | None, new: Row | None, compared: Page | None) -> Context:
    named = ("document", "version", "title", "url", "year", "published_on", "first_seen", "text_sha256")
    sides = [side and {name: side[name] for name in named} for side in (old, new)]
    answer: Context = {"state": state, "old": sides[0], "new": sides[1]}
    if compared:
        answer["in_order"] = _is_in_order(old, new)
        answer["counts"] = {**compared.counts, "figures": compared.figures}
        answer["cells"] = msgspec.to_builtins(compared.cells)
        answer["passages"] = msgspec.to_builtins(compared.shown.parts)
        answer["following"] = compared.shown.following
    return answer


# Two texts of the published copy compared for a page: their passages, and the cells of their tables.
# The rules are those of `year_on_year` and `changes` (`archive.corpus.version_diff`), so that a page never
# tells other numbers than the tables.

_IDS = """
SELECT ?1 || ':' || table_key || '#' || table_no || ':' || ordinal, id FROM facts WHERE version_id = ?2
"""


class Page(FrozenStruct):
    """What two texts have in common, and the part of it that one page shows.

    Attributes:
        counts: of passages by what became of them, those whose cells alone differ as changed; and `moved`.
        in_prose: how many figures, numbers and names changed outside the tables.
        cells: of the statutory tables.
        both: all their figures beside each other; None where those that changed are told.
        shown: the entries of the page.
    """

    counts: dict[str, int]
    in_prose: int
    cells: ChangedCells
    both: Context | None
    shown: Shown

    @property
    def is_same(self) -> bool:
        """Whether nothing differs but white space, counters and shape."""
        return not self.cells.changed and sum(self.counts.values()) == self.counts[State.KEPT]

    @property
    def figures(self) -> int:
        """How many figures changed, in the tables and in the prose."""
        return len(self.cells.changed) + self.in_prose


def compare_texts(
    connection: sqlite3.Connection,
    old: str,
    new: str,
    *,
    full: bool,
    start: int,
    column: str,
) -> Page:
    """Compare two texts, passage with passage and cell with cell.

    Args:
        connection: to a published copy.
        old: the id of the old text.
        new: that of the new one.
        full: whether the page shows passages that are the same, too.
        start: the entry that the page begins with.
        column: of the table of requests, all figures beside each other; empty for those that changed.
    """
    # Read before what takes time: the limit of the queries is one of the clock.
    ids = dict(
        row
        for side, version in (("old", old), ("new", new))
        for row in connection.execute(_IDS, (side, version))
    )
    facts, new_facts = load_facts(connection, old), load_facts(connection, new)
    compared = compare_versions(connection, old, new)
    states = count_states(compared)
    return Page(
        {state.value: states[state.value] for state in State}
        | {"moved": sum(item.moved for item in compared.aligned)},
        count_figures(compared),
        changed_cells(facts, new_facts, compared.cells, ids),
        figures_of_both(facts, new_facts, ids, column) if column else None,
        shown_part(compared, full=full, start=start),
    )


@make_page("followup")
async def read_followup(visit: Visit) -> Context:
    """Return a plan, its items and what reports have of each; without one asked for, the plans there are.

    Raises:
        NotFound: the id is of no plan.
    """
    asked = visit.read_text("plan")
    if not asked:
        return {"plan": None, **await visit.read_answers("plans", "without_year")}
    plan = await visit.read_first("plan", id=asked)
    if plan is None:
        raise NotFound("no such plan")
    parts = await visit.read_answers(
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
