"""The page that holds two texts against each other: `/-/compare?a=OLD&b=NEW`.

    ids ─▶ _read_side: text, document, what keeps it from being compared ─▶ compare_texts ─▶ the page

A side is named by a text's id, or by a document's, which stands for its current text. Rows are read through
the copy's read-only connection under its limits, one comparison at a time and in a thread of its own, so that
a long one keeps no query waiting.
"""

from __future__ import annotations

import re
import sqlite3
from contextvars import copy_context
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import NotFound, Response

from gongkai.web.compare.compared_page import compare_texts

if TYPE_CHECKING:
    from gongkai.web.compare.compared_page import Page
    from gongkai.web.pages.page import Queries, Rows, Visit

    Row = dict[str, Any]

MOST_CHARACTERS = 400_000
"""Characters of both texts together that a page compares: some seconds at worst."""

# What the strings of the two sides begin with. Of two bodies neither is old, and nothing was left out.
_IN_ORDER, _SIDE_BY_SIDE = "in_order", "side_by_side"

_DIGITS = re.compile(r"\d+")


async def read_compare(visit: Visit) -> dict[str, Any] | Response:
    """Return two texts held against each other, and what else may be; for `.json` the answer itself.

    Raises:
        NotFound: an id names no text and no document.
    """
    a, b = visit.request.args.get("a") or "", visit.request.args.get("b") or ""
    old, new = await _read_side(visit.queries, a), await _read_side(visit.queries, b)
    if (a and not old) or (b and not new):
        raise NotFound("no such text")
    state = _state(old, new)
    full = visit.request.args.get("full") == "1"
    start = visit.read_number("from", digits=9) or 0
    compared = None
    if old and new and state == "compared":
        compared = await _compare(visit, old["version"], new["version"], full=full, start=start)
        state = "shape_only" if compared.is_same else state
    if visit.wants_json:
        return Response.json(_as_json(state, old, new, compared))
    return {
        "state": state,
        "order": _IN_ORDER if _is_in_order(old, new) else _SIDE_BY_SIDE,
        "old": old,
        "new": new,
        "compared": compared,
        "full": full,
        "start": start,
        **await _read_choices(visit.queries, old, new),
    }


async def _compare(visit: Visit, old: str, new: str, *, full: bool, start: int) -> Page:
    def compare(connection: sqlite3.Connection) -> Page:
        with sqlite_timelimit(connection, visit.datasette.sql_time_limit_ms):
            try:
                return compare_texts(connection, old, new, full=full, start=start)
            except sqlite3.OperationalError as error:
                raise QueryInterrupted(error, "", None) from error

    # Words for cells without a figure follow the language of the request, which a thread does not inherit.
    context = copy_context()
    page: Page = await visit.database.execute_long(lambda connection: context.run(compare, connection))
    return page


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
    titles = {_DIGITS.sub("", side["title"] or "") for side in (old, new)}
    return len(titles) == 1 and "" not in titles


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
    return "too_long" if old["chars"] + new["chars"] > MOST_CHARACTERS else "compared"


async def _read_side(queries: Queries, identity: str) -> Row | None:
    if not identity:
        return None
    by_version = await queries.read_first("by_version", id=identity)
    return by_version or await queries.read_first("by_document", id=identity)


async def _read_choices(queries: Queries, old: Row | None, new: Row | None) -> dict[str, Rows]:
    """Return what may be chosen: other texts and years, or where nothing is chosen, pairs of years."""
    chosen = [side["document"] for side in (old, new) if side]
    if not chosen:
        return {"choices": [], **await queries.read_answers("pairs")}
    return {"pairs": [], **await queries.read_answers("choices", one=chosen[0], other=chosen[-1])}


def _as_json(state: str, old: Row | None, new: Row | None, compared: Page | None) -> dict[str, Any]:
    named = ("document", "version", "title", "url", "year", "published_on", "first_seen", "text_sha256")
    sides = [side and {name: side[name] for name in named} for side in (old, new)]
    answer: dict[str, Any] = {"state": state, "old": sides[0], "new": sides[1]}
    if compared:
        answer["in_order"] = _is_in_order(old, new)
        answer["counts"] = {**compared.counts, "figures": compared.figures}
        answer["cells"] = asdict(compared.cells)
        answer["passages"] = [asdict(part) for part in compared.shown.parts]
        answer["following"] = compared.shown.following
    return answer
