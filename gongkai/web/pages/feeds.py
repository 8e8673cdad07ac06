"""The Atom feeds (RFC 4287): of all, of a body (`?issuer=ID`) or a place (`?region=CODE`), and of a search.

    kind ─▶ datasette/pages/feeds.sql ─▶ an entry for each row ─▶ datasette/templates/feed.xml

What stands in a feed is what stands in the published copy, so its time is that of the evidence and the same
copy gives the same feed.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from datasette.utils import tilde_encode
from datasette.utils.asgi import BadRequest, NotFound, Response
from markupsafe import Markup

from archive.exact_search import query_words
from archive.site_files import DATABASE
from gongkai.web.language import current_language, pick_half, tell
from gongkai.web.pages.page_queries import Queries
from gongkai.web.pages.search_page import FACETS, choose_facets, feed_path, read_names, search_arguments
from gongkai.web.rendering.cells import name_document
from gongkai.web.rendering.english_names import name_body, name_report
from gongkai.web.rendering.structured_cells import change_counts, figures_told
from gongkai.web.rendering.words import word
from gongkai.web.server.limits import is_too_long
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import region_by_code, stem_of
from pipelines.readers.html.elements import NOT_XML

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

FEED_ROUTE = r"^/-/feeds/(?P<kind>documents|changes|withdrawals|checks)\.atom$"
SEARCH_FEED_ROUTE = r"^/-/feeds/search\.atom$"
ATOM_TYPE = "application/atom+xml; charset=utf-8"

_BEFORE_ANY_RUN = "1970-01-01T00:00:00Z"
# Source: RFC 3986, section 2, and 3987 for what is beyond ASCII: nothing else may stand in an address.
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f-\xa0<>\"{}|\\^`\ud800-\udfff\ufffe\uffff]+")

KINDS = {
    "documents": ("appeared",),
    "changes": ("changed", "returned", "moved"),
    "withdrawals": ("withdrawn", "retracted"),
    "checks": (),
}
"""The feeds, and the kinds of `changes` in each; none in that of checks."""


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


async def answer_feed(datasette: Any, request: Any) -> Response:
    """Answer with a feed.

    Raises:
        NotFound: there is no such body.
    """
    name, issuer, code = (
        request.url_vars["kind"],
        *(request.args.get(it) or "" for it in ("issuer", "region")),
    )
    queries = Queries(datasette.get_database(DATABASE), "feeds")
    body = await queries.read_rows("issuer", issuer=issuer)
    region = region_by_code(code)
    if (issuer and not body) or (code and not region):
        raise NotFound("no such body or place")
    kinds = KINDS[name]
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
    query = ("changes_of_one" if issuer else "changes") if kinds else "checks"
    asked = {"issuer": issuer, "region": stem_of(code) if code else "", "kinds": json.dumps(kinds)}
    return await _send_feed(datasette, request, described, partial(queries.read_rows, query, **asked))


def _table_page(name: str, issuer: str) -> str:
    """Return the table that shows what a feed shows, and all of it, with its arguments."""
    if name in {"changes", "withdrawals"}:
        return f"changes?kind__in={','.join(KINDS[name])}"
    table = "documents" if name == "documents" else "check_failures"
    return f"{table}?issuer_id={issuer}" if issuer else table


async def answer_search_feed(datasette: Any, request: Any) -> Response:
    """Answer with the new documents that hold the words of a search, narrowed as its page is.

    Raises:
        BadRequest: no words, or too many.
    """
    query = (request.args.get("q") or "").strip()
    if is_too_long(query) or not query_words(query):
        raise BadRequest("no words to look for, or too many")
    chosen = choose_facets(request.args)
    arguments = search_arguments(query, chosen)
    database = datasette.get_database(DATABASE)
    names = await read_names(Queries(database, "search"), {}, chosen)
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
    queries = Queries(database, "feeds")
    asked = partial(queries.read_rows, "search", q=query, **dict.fromkeys(FACETS, "") | chosen)
    return await _send_feed(datasette, request, described, asked)


async def _send_feed(datasette: Any, request: Any, described: Mapping[str, Any], read: Any) -> Response:
    """Answer with the feed of some rows.

    Args:
        datasette: the application.
        request: what was asked.
        described: what the feed says of itself: identity, title, subtitle, its path, that of its page.
        read: reads the rows, each with `updated`, the newest first.
    """
    database = datasette.get_database(DATABASE)
    rows = await read(most=PAGES.feed_entries)
    newest = await Queries(database, "feeds").read_first("newest") or {}
    feed = {
        **described,
        "updated": rows[0]["updated"] if rows else newest["started_at"] or _BEFORE_ANY_RUN,
        "root": datasette.absolute_url(request, datasette.urls.path("")),
        "entries": [_change_entry(row) if "evidence" in row else _check_entry(row) for row in rows],
    }
    written = await datasette.render_template("feed.xml", feed, request=request)
    return Response(written, content_type=ATOM_TYPE)


def _change_entry(row: Row) -> dict[str, Any]:
    """Make an entry of something that happened to a document."""
    counted = [f"{said} {count:,}" for said, count in change_counts(row["evidence"])]
    figures = pick_half("； / ; ").join(figures_told(row["evidence"]))
    said = [name_body(row["issuer"]), row["published_on"], *counted, figures, row["url"]]
    return {
        "identity": ("changes", row["document_id"], row["change"], row["capture_id"].strip("<>")),
        "title": word(row["change"], "kind", "changes") + tell("cite.colon") + name_report(row),
        "updated": row["updated"],
        "page": f"{DATABASE}/documents/{tilde_encode(row['document_id'])}",
        "original": row["url"],
        "summary": " · ".join(filter(None, said)),
    }


def _check_entry(row: Row) -> dict[str, Any]:
    where = [name_body(row["issuer"]), str(row["year"] or ""), name_document(row)]
    return {
        "identity": ("checks", row["id"]),
        "title": row["message_en" if current_language() == "en" else "message_zh"],
        "updated": row["updated"],
        "page": f"{DATABASE}/checks/{tilde_encode(row['id'])}",
        "original": row["url"],
        "summary": " · ".join(filter(None, where)),
    }
