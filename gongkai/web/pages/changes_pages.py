"""What appeared, changed, vanished or moved in the last nights, with its evidence: `/-/changes`, and feeds.

    runs ─▶ the nights, those without a run among them ─▶ counts, ticks
    changes ─▶ entries by night, those whose figures changed first, with their evidence

What merely appeared is counted and not listed: the first night of a portal is thousands of lines long. What
cannot be reached is no change, and has a list of its own. What nights told stands in their kept reports, of
which `/-/nights` says nothing that went wrong: that is the operator's.
"""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from datasette.utils.asgi import BadRequest, NotFound, Response
from markupsafe import Markup

from archive.exact_search import query_words
from archive.site_files import DATABASE
from gongkai.nights.kept_reports import kept_nights, load_reports, with_titles
from gongkai.nights.night_report import NAMED_KINDS, NightReport
from gongkai.web.language import tell
from gongkai.web.pages.page_queries import Queries, make_page
from gongkai.web.pages.search_page import FACETS, choose_facets, feed_path, read_names, search_arguments
from gongkai.web.rendering.words import name_body, word
from gongkai.web.server.limits import is_too_long
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import region_by_code, stem_of
from pipelines.readers.html.elements import NOT_XML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.data_folder import DataDir
    from gongkai.web.pages.page_queries import Context, Visit


KINDS = ("changed", "withdrawn", "retracted", "returned", "moved", "appeared")


@make_page("changes")
async def read_changes(visit: Visit) -> Context:
    """Return the nights, what happened in them with its proof, and what cannot be reached."""
    read = partial(visit.read_rows, days=PAGES.changes_nights)
    nights = await read("nights")
    entries = await read("entries", most=PAGES.changes_listed)
    most = max((night["told"] for night in nights), default=0)
    reports, _ = await asyncio.to_thread(_read_reports, visit.database.data)
    return {
        "nights": nights,
        "fullest": [night for night in nights if most and night["told"] == most],
        "with_figures": await read("with_figures", most=PAGES.changes_with_figures),
        "by_night": [(day, list(each)) for day, each in groupby(entries, key=lambda row: row["night"])],
        "listed": len(entries),
        "not_listed": sum(night["told"] for night in nights) - len(entries),
        "kinds": KINDS,
        "unreachable": await visit.read_rows("unreachable", most=PAGES.changes_listed),
        "reports": reports,
    }


@make_page("nights")
async def read_nights(visit: Visit) -> Context:
    """Return the newest nights of which a report is kept, and the documents that one of them names.

    Raises:
        NotFound: no report of that night is kept, or it cannot be read.
    """
    night = visit.read_text("night")
    reports, asked = await asyncio.to_thread(_read_reports, visit.database.data, night)
    if night and not asked:
        raise NotFound("no such night")
    told = {kind: getattr(asked, kind) for kind in NAMED_KINDS} if asked else {}
    ids = [it.id for documents in told.values() for it in documents]
    rows = await visit.read_rows("shown", ids=json.dumps(ids))
    # Where the copy has a title that may not stand in the report, the document is to be hidden by now.
    shown = {(row["id"], row["title"]) for row in rows}
    named = {kind: [it for it in told[kind] if (it.id, it.title) in shown] for kind in told}
    return {"nights": reports, "shown": asked, "named": named}


def _read_reports(data: DataDir, night: str = "") -> tuple[list[NightReport], NightReport | None]:
    """Return the newest kept reports that can be read, the newest first, and that of a night, likewise."""
    kept = kept_nights(data)
    newest, _ = load_reports(data, kept[-PAGES.snapshots :])
    # One of those that are kept: what a reader asks for never becomes the name of a file.
    asked, _ = load_reports(data, [each for each in kept if each == night])
    return newest[::-1], with_titles(asked[0], data) if asked else None


# The Atom feeds (RFC 4287): of all, of a body (`?issuer=ID`) or a place (`?region=CODE`), and of a search.
# kind ─▶ datasette/pages/feeds.sql ─▶ an entry for each row ─▶ datasette/templates/feed.xml
# What stands in a feed is what stands in the published copy, so its time is that of the evidence and the same
# copy gives the same feed.

# Source: RFC 3986, section 2, and 3987 for what is beyond ASCII: nothing else may stand in an address.
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f-\xa0<>\"{}|\\^`\ud800-\udfff\ufffe\uffff]+")

FEEDS = {
    "documents": ("appeared",),
    "changes": ("changed", "returned", "moved"),
    "withdrawals": ("withdrawn", "retracted"),
    "checks": (),
}
"""The feeds, and the kinds of `changes` in each; none in that of checks."""

_ANY_ENTRY = "null"


def tag_uri(parts: Sequence[str]) -> str:
    """Return a `tag:` URI (RFC 4151) of these parts.

    Its authority is the program's name and no host: ids of documents and bodies are the same on every
    machine, and so is what a feed says of them.
    """
    return "tag:gongkai,2026:" + "/".join(quote(part, safe="-._~:") for part in parts)


def write_xml(text: str) -> Markup:
    """Write a text as XML, what may not stand in it as U+FFFD."""
    return Markup(escape(NOT_XML.sub("\ufffd", text), {'"': "&quot;"}))  # noqa: S704 escaped


def original_address(url: str | None) -> str:
    """Return the address of what an entry tells of, elsewhere; nothing for what is none."""
    return url if url and _ADDRESS.fullmatch(url) else ""


@make_page("feeds", r"^/-/feeds/(?P<kind>documents|changes|withdrawals|checks)\.atom$")
async def read_feed(visit: Visit) -> Response:
    """Answer with a feed.

    Raises:
        NotFound: there is no such body.
    """
    name = visit.request.url_vars["kind"]
    issuer, code = (visit.request.args.get(it) or "" for it in ("issuer", "region"))
    body = await visit.read_rows("issuer", issuer=issuer)
    region = region_by_code(code)
    if (issuer and not body) or (code and not region):
        raise NotFound("no such body or place")
    kinds = FEEDS[name]
    chosen = {key: value for key, value in (("issuer", issuer), ("region", code)) if value}
    described = {
        "identity": ("feeds", name, *chosen.values()),
        "title": " · ".join(
            [
                tell(f"feeds.{name}"),
                *(name_body(of["name"]) for of in body),
                *([name_body(region.name)] if region else []),
            ]
        ),
        "subtitle": tell(f"feeds.{name}_note"),
        "path": f"-/feeds/{name}.atom" + (f"?{urlencode(chosen)}" if chosen else ""),
        "page": f"{DATABASE}/{_table_page(name, issuer)}",
    }
    entries = _chosen_entries(visit)
    of_changes = "changes_of_one" if issuer else "changes"
    query = ("changes_chosen" if entries != _ANY_ENTRY else of_changes) if kinds else "checks"
    asked = {"issuer": issuer, "region": stem_of(code) if code else "", "kinds": json.dumps(kinds)}
    asked["entries"] = entries
    return await _send_feed(visit, described, partial(visit.read_rows, query, **asked))


def _chosen_entries(visit: Visit) -> str:
    """Return which entries are asked for, as JSON: alerts find what was told late behind a hundred newer."""
    lines = (visit.request.args.get("entries") or "").splitlines()
    return json.dumps([line.split(" ") for line in lines]) if lines else _ANY_ENTRY


def _table_page(name: str, issuer: str) -> str:
    """Return the table that shows what a feed shows, and all of it, with its arguments."""
    if name in {"changes", "withdrawals"}:
        return f"changes?kind__in={','.join(FEEDS[name])}"
    table = "documents" if name == "documents" else "check_failures"
    return f"{table}?issuer_id={issuer}" if issuer else table


@make_page("search_feed", r"^/-/feeds/search\.atom$")
async def read_search_feed(visit: Visit) -> Response:
    """Answer with the new documents that hold the words of a search, narrowed as its page is.

    Raises:
        BadRequest: no words, or too many.
    """
    query = visit.read_text("q")
    if is_too_long(query) or not query_words(query):
        raise BadRequest("no words to look for, or too many")
    chosen = choose_facets(visit.request.args)
    arguments = search_arguments(query, chosen)
    names = await read_names(Queries(visit.database, "search"), {}, chosen)
    narrowed = [
        word(value, "kind") if facet == "kind" else name_body(names.get((facet, value), value))
        for facet, value in chosen.items()
    ]
    described = {
        "identity": ("feeds", "search", arguments),
        "title": " · ".join([tell("feeds.search", q=query), *narrowed]),
        "subtitle": tell("feeds.search_note"),
        "path": feed_path(query, chosen),
        "page": "-/search?" + arguments,
    }
    narrowing = dict.fromkeys(FACETS, "") | chosen | {"entries": _chosen_entries(visit)}
    asked = partial(Queries(visit.database, "feeds").read_rows, "search", q=query, **narrowing)
    return await _send_feed(visit, described, asked)


async def _send_feed(visit: Visit, described: Context, read: Any) -> Response:
    """Answer with the feed of some rows.

    Args:
        visit: what was asked.
        described: what the feed says of itself: identity, title, subtitle, its path, that of its page.
        read: reads the rows, each with `updated`, the newest first.
    """
    rows = await read(most=PAGES.feed_entries)
    newest = await Queries(visit.database, "feeds").read_first("newest") or {}
    feed = {
        **described,
        # A feed without entries has to state an instant, too (RFC 4287, section 4.1.1).
        "updated": rows[0]["updated"] if rows else newest["started_at"] or "1970-01-01T00:00:00Z",
        "root": visit.datasette.absolute_url(visit.request, visit.datasette.urls.path("")),
        "rows": rows,
    }
    written = await visit.datasette.render_template("feed.xml", feed, request=visit.request)
    return Response(written, content_type="application/atom+xml; charset=utf-8")
