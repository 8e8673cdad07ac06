"""The hits of a search counted by document: by year, place, kind and body.

A facet counts the documents that the other choices leave, so that every link says what it leads to.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response

from archive.search import query_words
from archive.site_files import DATABASE
from gongkai.web.pages.page import read_rows, whole_number
from gongkai.web.rendering.year_charts import draw_bars
from gongkai.web.server.limits import LONGEST_QUERY, is_too_long
from pipelines.bodies.regions import full_name, region_by_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page import Rows
    from gongkai.web.rendering.year_charts import Bars


FACETS = ("year", "region", "kind", "issuer")
MOST_VALUES = 12
"""Values of a facet that a page lists, the most frequent; years are all listed."""

_REGION_DIGITS = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a search is narrowed to; an empty text narrows nothing.

    Attributes:
        year: the reporting year, four digits; `-` for documents without one.
        region: the first two, four or all six digits of the code of a place.
        kind: of the document.
        issuer: the id of a body.
    """

    year: str = ""
    region: str = ""
    kind: str = ""
    issuer: str = ""

    def __bool__(self) -> bool:
        """Return whether anything is chosen."""
        return any(getattr(self, field.name) for field in fields(self))

    def without(self, facet: str) -> Chosen:
        """Return the choice with one facet left open."""
        return replace(self, **{facet: ""})

    def arguments(self) -> dict[str, str]:
        """Return what is chosen, by facet."""
        return {facet: value for facet in FACETS if (value := getattr(self, facet))}


NO_YEAR = "-"


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

    def is_in(self, chosen: Chosen) -> bool:
        """Return whether the document is one of those that were chosen."""
        return (
            chosen.year in ("", self.year)
            and self.region.startswith(chosen.region)
            and chosen.kind in ("", self.kind)
            and chosen.issuer in ("", self.issuer)
        )


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet and how many documents have it."""

    value: str
    documents: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet.

    Attributes:
        name: one of `FACETS`.
        values: years from the newest, others the most frequent first.
        further: how many more values there are than are listed.
    """

    name: str
    values: tuple[Value, ...]
    further: int


def among(found: Sequence[Found], chosen: Chosen) -> Sequence[Found]:
    """Return the documents that were chosen."""
    return [document for document in found if document.is_in(chosen)] if chosen else found


def chosen_of(arguments: Mapping[str, str]) -> Chosen:
    """Read a choice from the arguments of an address; what is none of a facet's values is left out."""
    year, region = arguments.get("year", ""), arguments.get("region", "")
    return Chosen(
        year=year if year == NO_YEAR or (len(year) == 4 and year.isascii() and year.isdigit()) else "",
        region=region if len(region) in _REGION_DIGITS and region.isascii() and region.isdigit() else "",
        kind=arguments.get("kind", ""),
        issuer=arguments.get("issuer", ""),
    )


def count_facets(found: Sequence[Found], chosen: Chosen) -> tuple[Facet, ...]:
    """Count the documents that have hits by each facet."""
    return tuple(_facet(name, found, chosen) for name in FACETS)


def _facet(name: str, found: Sequence[Found], chosen: Chosen) -> Facet:
    if name == "region":
        digits = _digits_below(chosen.region)
        counted = Counter(document.region[:digits] for document in among(found, chosen))
    else:
        counted = Counter(map(attrgetter(name), among(found, chosen.without(name))))
    counted.pop("", None)
    if name == "year":
        ordered = sorted(counted.items(), reverse=True)
        return Facet(name, tuple(Value(*item) for item in ordered), 0)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    listed = tuple(Value(*item) for item in ordered[:MOST_VALUES])
    return Facet(name, listed, len(ordered) - len(listed))


def _digits_below(region: str) -> int:
    """Return how many digits of codes tell the places below a place apart: provinces, cities, counties."""
    return next((digits for digits in _REGION_DIGITS if digits > len(region)), _REGION_DIGITS[-1])


def documents_by_year(found: Sequence[Found], chosen: Chosen) -> dict[int, int]:
    """Return how many documents of each year have hits, whatever year is chosen."""
    counted = Counter(map(attrgetter("year"), among(found, chosen.without("year"))))
    return {int(year): documents for year, documents in counted.items() if year != NO_YEAR}


# Where a phrase stands: `/-/search?q=`, narrowed by `year`, `region`, `kind` and `issuer`; `.json` likewise.
# q ─▶ how many passages, in which documents ─▶ facets, documents by year
# └▶ the passages, those of the newest documents first, each with one place ─▶ marked, next page
# └▶ documents in order of relevance: by their titles, then by their best passages
# The index numbers passages and documents in the order in which they are shown
# (`archive.publish.search_index`), so a page of hits is read without sorting. What is counted over all
# hits may take too long for a very large corpus; then the page stands without it and says so.

PAGE = 20
BARS_ABOVE = 30
"""Passages found, above which the page draws them by year."""
RANKED = 10
MOST_RANKED = 5_000
"""Passages found, up to which documents are ranked by them: what stands everywhere tells none apart."""

_MATCH = "sections_fts MATCH match_phrase(:q)"
# A plus keeps the planner from seeking every chosen document for every hit: the places of a passage are few.
_AMONG = """ AND EXISTS (
    SELECT 1 FROM sections_fts_places AS p WHERE p.search_key = sections_fts.rowid
    AND +p.document_key IN (SELECT value FROM json_each(:documents)))"""

_COUNT = f"SELECT count(*) AS passages FROM sections_fts WHERE {_MATCH}"  # noqa: S608  constants of this module

_DOCUMENTS = f"""
    WITH hits AS MATERIALIZED (
        SELECT DISTINCT p.document_key
        FROM sections_fts CROSS JOIN sections_fts_places AS p ON p.search_key = sections_fts.rowid
        WHERE {_MATCH})
    SELECT h.document_key, ifnull(CAST(d.year AS TEXT), '{NO_YEAR}'), ifnull(d.region_code, ''), d.kind,
           ifnull(d.issuer_id, '')
    FROM hits AS h CROSS JOIN documents AS d INDEXED BY documents_by_facets ON d.search_key = h.document_key
    """  # noqa: S608  constants of this module

_KEYS = f"SELECT rowid AS search_key FROM sections_fts WHERE {_MATCH} AND rowid > :after"  # noqa: S608  constants
_IN_ORDER = f" ORDER BY rowid LIMIT {PAGE + 1}"

# One place a passage: in the newest chosen document whose current text has it, else in an earlier text.
_PASSAGES = """
    WITH placed AS (
        SELECT search_key, document_key, position,
               row_number() OVER (PARTITION BY search_key ORDER BY position IS NULL, document_key) AS nth
        FROM sections_fts_places
        WHERE search_key IN (SELECT value FROM json_each(:keys))
          AND (:documents IS NULL OR document_key IN (SELECT value FROM json_each(:documents)))
    )
    SELECT s.search_key, s.id, s.text, s.chars, d.id AS document, d.title, d.url, d.year, d.kind,
           i.name AS issuer, v.id AS version, v.id IS d.current_version_id AS current,
           o.position, o.heading_path,
           (SELECT count(*) FROM sections_fts_places AS e WHERE e.search_key = s.search_key
            AND e.document_key <> p.document_key AND e.position IS NOT NULL) AS elsewhere
    FROM sections AS s
    LEFT JOIN placed AS p ON p.search_key = s.search_key AND p.nth = 1
    LEFT JOIN documents AS d ON d.search_key = p.document_key
    LEFT JOIN issuers AS i ON i.id = d.issuer_id
    LEFT JOIN versions AS v ON v.id = ifnull(
        CASE WHEN p.position IS NOT NULL THEN d.current_version_id END,
        (SELECT e.version_id FROM versions AS w JOIN occurrences AS e ON e.version_id = w.id
         WHERE w.document_id = d.id AND e.section_id = s.id ORDER BY w.first_seen DESC, w.id LIMIT 1))
    LEFT JOIN occurrences AS o ON o.version_id = v.id AND o.position = ifnull(
        p.position, (SELECT min(position) FROM occurrences WHERE section_id = s.id AND version_id = v.id))
    WHERE s.search_key IN (SELECT value FROM json_each(:keys)) ORDER BY s.search_key"""

_TITLED = f"""
    SELECT rowid AS document_key, 1 AS by_title, bm25(documents_fts, 4, 1, 2) AS rank FROM documents_fts
    WHERE documents_fts MATCH match_phrase(:q)
      AND (:documents IS NULL OR rowid IN (SELECT value FROM json_each(:documents)))
    ORDER BY rank, rowid LIMIT {RANKED}"""  # noqa: S608  constants of this module

_BEST = f"""
    SELECT p.document_key, 0 AS by_title, min(b.rank) AS rank
    FROM (SELECT rowid AS search_key, bm25(sections_fts) AS rank FROM sections_fts
          WHERE {_MATCH}{{narrowed}} ORDER BY rank, rowid LIMIT 50) AS b
    JOIN sections_fts_places AS p USING (search_key)
    WHERE :documents IS NULL OR p.document_key IN (SELECT value FROM json_each(:documents))
    GROUP BY p.document_key ORDER BY 3, 1 LIMIT {2 * RANKED}"""  # noqa: S608  likewise

_RANKED = """
    SELECT d.search_key, d.id, d.title, d.url, d.year, d.kind, i.name AS issuer FROM documents AS d
    LEFT JOIN issuers AS i ON i.id = d.issuer_id
    WHERE d.search_key IN (SELECT value FROM json_each(:keys))"""

_HELD = """
    SELECT year, count(*) AS documents FROM documents INDEXED BY documents_by_facets
    WHERE search_key > 0 AND year IS NOT NULL AND read_state = 'read'
      AND substr(ifnull(region_code, ''), 1, length(:region)) = :region
      AND :kind IN ('', kind) AND (:issuer = '' OR issuer_id = :issuer)
    GROUP BY year ORDER BY year"""

_SCOPE = """
    SELECT count(*) AS documents, min(year) AS first_year, max(year) AS last_year,
           sum(read_state = 'waiting') AS waiting, sum(read_state = 'failed') AS failed
    FROM documents INDEXED BY documents_by_facets WHERE search_key > 0"""

_PARAMETERS = {"year": "year", "region": "code", "kind": "kind", "issuer": "body"}
"""What the canned query `passages_found`, which files are made of, calls the facets."""

_ISSUERS = "SELECT id, name FROM issuers WHERE id IN (SELECT value FROM json_each(:ids))"


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted over all hits.

    Attributes:
        passages: how many were found, where something is chosen among the chosen documents.
        documents: how many documents have them; None where there was no time to count.
        facets: those documents by year, place, kind and body.
        years: bars of the documents with hits by year, and of how many; None where hits are few.
    """

    passages: int
    documents: int | None
    facets: tuple[Facet, ...]
    years: Bars | None


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/search` and `/-/search.json`."""
    database = datasette.databases[DATABASE]
    query = (request.args.get("q") or "").strip()
    chosen = chosen_of({name: request.args.get(name) or "" for name in FACETS})
    words = () if is_too_long(query) else query_words(query)
    page = await _page(database, query, chosen, _after(request)) if words else {}
    if request.url_vars.get("format"):
        return Response.json({"q": query, "words": words, "chosen": chosen.arguments(), **_as_json(page)})
    context = {
        "sha256": database.hash,
        "q": query,
        "words": words,
        "longest": LONGEST_QUERY if is_too_long(query) else None,
        "is_rewritten": words != tuple(query.split()),
        "chosen": chosen,
        "scope": (await read_rows(database, _SCOPE, {}))[0],
        "link": lambda **changes: _link(query, chosen, changes),
        "export": urlencode({"_search": query}),
        "narrowed": _file_arguments(query, chosen),
        "feed": feed_path(query, chosen),
        "fewer": await _fewer(database, words) if page and not page["counted"].passages else [],
        "name_of": await _names(database, page, chosen),
        **page,
    }
    return Response.html(await datasette.render_template("search.html", context, request=request))


async def _page(database: Any, query: str, chosen: Chosen, after: int) -> dict[str, Any]:
    found = await _found(database, query)
    documents = None
    if chosen:
        documents = json.dumps([document.key for document in among(found or (), chosen)])
    asked = {"q": query, "after": after, "documents": documents}
    narrowed = _AMONG if chosen else ""
    keys = [row["search_key"] for row in await read_rows(database, _KEYS + narrowed + _IN_ORDER, asked)]
    shown = await read_rows(database, _PASSAGES, {**asked, "keys": json.dumps(keys[:PAGE])})
    [counted] = await read_rows(database, _COUNT + narrowed, asked)
    return {
        "counted": await _counted(database, counted["passages"], found, chosen),
        "results": shown,
        "ranked": [] if after else await _ranked(database, asked, narrowed, counted["passages"]),
        "ranks_titles_only": counted["passages"] > MOST_RANKED,
        "next": keys[PAGE - 1] if len(keys) > PAGE else None,
        "is_first": not after,
    }


async def _found(database: Any, query: str) -> tuple[Found, ...] | None:
    try:
        # There may be as many rows as documents: not weighed one by one, as those of a reader's own SQL are.
        found = await database.execute_all({"documents": _DOCUMENTS}, {"q": query})
    except QueryInterrupted:
        return None
    return tuple(map(Found._make, found["documents"]))


async def _ranked(database: Any, asked: Mapping[str, Any], narrowed: str, passages: int) -> Rows:
    """Return the documents that fit best: by their titles, then by their best passages."""
    found = await read_rows(database, _TITLED, asked)
    if passages <= MOST_RANKED:
        found += await read_rows(database, _BEST.format(narrowed=narrowed), asked)
    by_title: dict[int, int] = {}
    for row in found:
        by_title.setdefault(row["document_key"], row["by_title"])
    keys = list(by_title)[:RANKED]
    rows = await read_rows(database, _RANKED, {"keys": json.dumps(keys)})
    described = {row["search_key"]: row for row in rows}
    return [{**described[key], "by_title": by_title[key]} for key in keys]


async def _counted(database: Any, passages: int, found: Sequence[Found] | None, chosen: Chosen) -> Counted:
    if found is None:
        return Counted(passages, None, (), None)
    documents = len(among(found, chosen))
    drawn = None
    by_year = documents_by_year(found, chosen)
    if passages > BARS_ABOVE and by_year:
        held = await read_rows(database, _HELD, asdict(chosen))
        drawn = draw_bars(by_year, {row["year"]: row["documents"] for row in held})
    return Counted(passages, documents, count_facets(found, chosen), drawn)


async def _fewer(database: Any, words: Sequence[str]) -> Rows:
    """Return how many passages each of several words finds by itself."""
    if len(words) < 2:
        return []
    return [
        {"word": word, **(await read_rows(database, _COUNT, {"q": word}))[0]}
        for word in dict.fromkeys(words[:10])
    ]


async def _names(database: Any, page: Mapping[str, Any], chosen: Chosen) -> dict[tuple[str, str], str]:
    """Return what a reader calls places and bodies: (facet, value) → name."""
    values = [
        *chosen.arguments().items(),
        *(
            (facet.name, it.value)
            for facet in (page["counted"].facets if page else ())
            for it in facet.values
        ),
    ]
    issuers = sorted({value for name, value in values if name == "issuer"})
    rows = await read_rows(database, _ISSUERS, {"ids": json.dumps(issuers)}) if issuers else []
    return {("issuer", row["id"]): row["name"] for row in rows} | _places(values)


def _places(values: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    known = {value: region_by_code(value.ljust(6, "0")) for name, value in values if name == "region"}
    return {("region", value): full_name(region) for value, region in known.items() if region}


def _link(query: str, chosen: Chosen, changes: Mapping[str, object]) -> str:
    """Return the address of the same search with other choices; another choice begins at its first page."""
    arguments = {"q": query, **chosen.arguments(), **changes}
    return "/-/search?" + urlencode({name: value for name, value in arguments.items() if value})


def _file_arguments(query: str, chosen: Chosen) -> str:
    return urlencode({"q": query, **{_PARAMETERS[name]: value for name, value in chosen.arguments().items()}})


def _after(request: Any) -> int:
    return whole_number(request.args.get("after"), digits=15) or 0


def _as_json(page: Mapping[str, Any]) -> dict[str, Any]:
    if not page:
        return {"passages": 0, "documents": 0, "facets": {}, "results": [], "ranked": [], "next": None}
    counted: Counted = page["counted"]
    return {
        "passages": counted.passages,
        "documents": counted.documents,
        "facets": {it.name: {value.value: value.documents for value in it.values} for it in counted.facets},
        "results": page["results"],
        "ranked": page["ranked"],
        "next": page["next"],
    }


def feed_path(query: str, chosen: Chosen) -> str:
    """Return the path of the feed of a search, with its arguments."""
    return "-/feeds/search.atom?" + search_arguments(query, chosen)


def search_arguments(query: str, chosen: Chosen) -> str:
    """Return the arguments of a search, as its page and its feed have them."""
    return urlencode({"q": query, **chosen.arguments()})
