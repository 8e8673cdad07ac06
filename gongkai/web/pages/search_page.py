"""The hits of a search counted by document: by year, place, kind and body.

A facet counts the documents that the other choices leave, so that every link says what it leads to.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from archive.exact_search import query_words
from gongkai.web.pages.page_queries import in_time, load_queries, make_page, write_address
from gongkai.web.server.limits import is_too_long
from gongkai.web.thresholds import PAGES, SERVER
from pipelines.bodies.regions import full_name, region_by_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.pages.page_queries import Chosen, Context, Queries, Rows, Visit


FACETS = ("year", "region", "kind", "issuer")

# Of the values that are judged: a year or none, the first two, four or all six digits of a place's code.
_FORMS = {"year": r"-|[0-9]{4}", "region": r"(?:[0-9]{2}){1,3}"}


class Found(NamedTuple):
    """A document with hits; a tuple, because a search may find all documents there are.

    Attributes:
        key: its number in the search index.
        year: its year, or `-`.
        region: the code of its place; empty where it has none.
        kind: its kind.
        issuer: the id of its body; empty where none is known.
    """

    key: int
    year: str
    region: str
    kind: str
    issuer: str


def choose_documents(found: Sequence[Found], chosen: Chosen) -> Sequence[Found]:
    """Return the documents that were chosen."""
    for facet, value in chosen.items():
        # The code of a place begins those of all places in it.
        fits = str.startswith if facet == "region" else str.__eq__
        found = [document for document in found if fits(getattr(document, facet), value)]
    return found


def choose_facets(arguments: Mapping[str, str]) -> dict[str, str]:
    """Read a choice from the arguments of an address; what is none of a facet's values is left out."""
    given = {facet: arguments.get(facet) or "" for facet in FACETS}
    return {
        facet: value
        for facet, value in given.items()
        if value and (facet not in _FORMS or re.fullmatch(_FORMS[facet], value))
    }


def count_facets(found: Sequence[Found], chosen: Chosen) -> list[Context]:
    """Count the documents that have hits by each facet.

    Returns:
        The `name` of each of `FACETS`; its `values`, each with how many documents have it, years from the
        newest, others the most frequent first; and how many `further` values there are than are listed.
    """
    return [{"name": name, **_count_facet(name, found, chosen)} for name in FACETS]


def _count_facet(name: str, found: Sequence[Found], chosen: Chosen) -> Context:
    # Of places those below the chosen one; of another facet what might be chosen in the place of it.
    if name == "region":
        # So many digits tell the places below apart: provinces, cities, counties.
        digits = min(len(chosen.get(name, "")) + 2, 6)
        counted = Counter(document.region[:digits] for document in choose_documents(found, chosen))
    else:
        others = {facet: value for facet, value in chosen.items() if facet != name}
        counted = Counter(map(attrgetter(name), choose_documents(found, others)))
    counted.pop("", None)
    if name == "year":
        return {"values": sorted(counted.items(), reverse=True), "further": 0}
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return {"values": ordered[: PAGES.facet_values], "further": max(0, len(ordered) - PAGES.facet_values)}


# Where a phrase stands: `/-/search?q=`, narrowed by `year`, `region`, `kind` and `issuer`; `.json` likewise.
# q ─▶ how many passages, in which documents ─▶ facets
# └▶ the passages, those of the newest documents first, each with one place ─▶ marked, next page
# └▶ documents in order of relevance: by their titles, then by their best passages
# The index numbers passages and documents in the order in which they are shown
# (`archive.publish.build`), so a page of hits is read without sorting. What is counted over all
# hits may take too long for a very large corpus; then the page stands without it and says so.

# What the canned query `passages_found`, which files are made of, calls the facets.
_PARAMETERS = {"year": "year", "region": "code", "kind": "kind", "issuer": "body"}


@make_page("search", r"^/-/search(\.(?P<format>json))?$")
async def read_search(visit: Visit) -> Context | Response:
    """Return the hits of a search and what is counted over them; for `.json` the answer itself."""
    query = visit.read_text("q")
    chosen = choose_facets(visit.read_texts(*FACETS))
    words = () if is_too_long(query) else query_words(query)
    after = visit.read_number("after", digits=15) or 0
    page = await _read_hits(visit, query, chosen, after) if words else {}
    if visit.wants_json:
        return Response.json({"q": query, "words": words, "chosen": chosen, **_as_json(page)})
    return {
        "q": query,
        "words": words,
        "longest": SERVER.search_chars if is_too_long(query) else None,
        "is_rewritten": words != tuple(query.split()),
        "chosen": chosen,
        "scope": await visit.database.once("scope", lambda: visit.read_first("scope")),
        # Another choice begins at the first page.
        "link": partial(write_address, "/-/search", {"q": query, **chosen}),
        "export": urlencode({"_search": query}),
        "narrowed": urlencode({"q": query, **{_PARAMETERS[name]: it for name, it in chosen.items()}}),
        "feed": feed_path(query, chosen),
        "fewer": await _count_words(visit, words) if page and not page["counted"]["passages"] else [],
        "name_of": await read_names(visit, page, chosen),
        **page,
    }


async def _read_hits(queries: Queries, query: str, chosen: Chosen, after: int) -> Context:
    reading = _find_documents(queries, query)
    # A choice among documents that are not known would leave none: who chose is told that it took too long.
    found = await (reading if chosen else in_time(reading))
    documents = None
    if chosen:
        documents = json.dumps([document.key for document in choose_documents(found or (), chosen)])
    asked = {"q": query, "after": after, "documents": documents}
    narrowed = "_among" if chosen else ""
    # One more than is shown tells whether another page follows.
    rows = await queries.read_rows("keys" + narrowed, **asked, most=PAGES.hits + 1)
    keys = [row["search_key"] for row in rows]
    shown = await queries.read_rows("passages", **asked, keys=json.dumps(keys[: PAGES.hits]))
    [counted] = await queries.read_rows("count" + narrowed, **asked)
    passages = counted["passages"]
    # The passages that were found, where something is chosen among the chosen documents; the documents that
    # have them, None where there was no time to count; and the facets of those.
    counts: Context = {"passages": passages, "documents": None, "facets": []}
    if found is not None:
        counts |= {
            "documents": len(choose_documents(found, chosen)),
            "facets": count_facets(found, chosen),
        }
    return {
        "counted": counts,
        "results": shown,
        "ranked": [] if after else await _rank_documents(queries, asked, narrowed, passages),
        "ranks_titles_only": passages > PAGES.ranked_passages,
        "next": keys[PAGES.hits - 1] if len(keys) > PAGES.hits else None,
        "is_first": not after,
    }


async def _find_documents(queries: Queries, query: str) -> tuple[Found, ...]:
    asked = {"documents": load_queries("search")["documents"]}
    # There may be as many rows as documents: not weighed one by one, as those of a reader's own SQL are.
    found = await queries.database.execute_all(asked, {"q": query})
    return tuple(map(Found._make, found["documents"]))


async def _rank_documents(queries: Queries, asked: Context, narrowed: str, passages: int) -> Rows:
    """Return the documents that fit best: by their titles, then by their best passages."""
    found = [*await queries.read_rows("titled", **asked, ranked=PAGES.ranked)]
    if passages <= PAGES.ranked_passages:
        found += await queries.read_rows("best" + narrowed, **asked, ranked=PAGES.ranked)
    by_title: dict[int, int] = {}
    for row in found:
        by_title.setdefault(row["document_key"], row["by_title"])
    keys = list(by_title)[: PAGES.ranked]
    rows = await queries.read_rows("ranked", keys=json.dumps(keys))
    described = {row["search_key"]: row for row in rows}
    return [{**described[key], "by_title": by_title[key]} for key in keys]


async def _count_words(queries: Queries, words: Sequence[str]) -> Rows:
    """Return how many passages each of several words finds by itself."""
    if len(words) < 2:
        return []
    # Each word is a query of its own, so only the first are counted.
    return [
        {"word": word, **(await queries.read_rows("count", q=word))[0]} for word in dict.fromkeys(words[:10])
    ]


async def read_names(queries: Queries, page: Context, chosen: Chosen) -> dict[tuple[str, str], str]:
    """Return what a reader calls places and bodies: (facet, value) → name."""
    values = [
        *chosen.items(),
        *(
            (facet["name"], value)
            for facet in (page["counted"]["facets"] if page else ())
            for value, _ in facet["values"]
        ),
    ]
    issuers = sorted({value for name, value in values if name == "issuer"})
    rows = await queries.read_rows("issuers", ids=json.dumps(issuers)) if issuers else []
    places = {value: region_by_code(value.ljust(6, "0")) for name, value in values if name == "region"}
    return {("issuer", row["id"]): row["name"] for row in rows} | {
        ("region", value): full_name(region) for value, region in places.items() if region
    }


def _as_json(page: Context) -> Context:
    if not page:
        return {"passages": 0, "documents": 0, "facets": {}, "results": [], "ranked": [], "next": None}
    counted = page["counted"]
    return {
        **counted,
        "facets": {it["name"]: dict(it["values"]) for it in counted["facets"]},
        "results": page["results"],
        "ranked": page["ranked"],
        "next": page["next"],
    }


def feed_path(query: str, chosen: Chosen) -> str:
    """Return the path of the feed of a search, with its arguments."""
    return "-/feeds/search.atom?" + search_arguments(query, chosen)


def search_arguments(query: str, chosen: Chosen) -> str:
    """Return the arguments of a search, as its page and its feed have them."""
    return urlencode({"q": query, **chosen})
