"""The first page: what is in the corpus, what changed, what is new, whose sums differ, what each body has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages.coverage_page import grids, newest_year, own_grid, read_tiles
from gongkai.web.questions import questions
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from gongkai.web.pages.page_queries import Queries, Visit

QUESTIONS = ("refused_most", "sums_that_differ", "least_new_text", "published_late", "figures_changed")
"""The canned queries that the first page leads to."""


async def read_front(visit: Visit) -> dict[str, Any]:
    """Return what the first page shows.

    It is the same for all readers, in both languages, and counts the whole corpus. Datasette's own view of
    the page asks for the permissions of every table, which takes longer than all that is shown here.
    """
    return {"front": await visit.database.once("front", lambda: _read_parts(visit.queries))}


async def _read_parts(queries: Queries) -> dict[str, Any]:
    """Return its parts: rows, questions, tiles (None where no year is over)."""
    answers = await queries.read_answers(most=PAGES.front_bodies)
    database = queries.database
    year = await newest_year(database)
    tiles = None if year is None else await read_tiles(database, grids()[await own_grid(database)], year)
    known = questions().queries
    return {**answers, "tiles": tiles, "questions": [known[name] for name in QUESTIONS]}
