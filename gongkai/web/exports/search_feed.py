"""The feed of a search, `/-/feeds/search.atom?q=`: new documents that hold the words, narrowed as a page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette.utils.asgi import BadRequest

from archive.search import query_words
from gongkai.web.exports.feeds import MOST_ENTRIES, Described, answer, change_entry
from gongkai.web.pages.facets import FACETS, Chosen, chosen_of
from gongkai.web.server.limits import is_too_long

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

ROUTE = r"^/-/feeds/search\.atom$"

_APPEARED = f"""
    WITH hits AS MATERIALIZED (
        SELECT DISTINCT p.document_key
        FROM sections_fts CROSS JOIN sections_fts_places AS p ON p.search_key = sections_fts.rowid
        WHERE sections_fts MATCH match_phrase(:q))
    SELECT c.document_id, c.kind, c.observed_at AS updated, c.capture_id, c.evidence, d.title, d.url,
           ifnull(i.name, d.issuer) AS issuer, d.published_on
    FROM hits AS h CROSS JOIN documents AS d ON d.search_key = h.document_key
    CROSS JOIN changes AS c ON c.document_id = d.id
    LEFT JOIN issuers AS i ON i.id = d.issuer_id
    WHERE c.kind = 'appeared' AND :year IN ('', ifnull(CAST(d.year AS TEXT), '-')) AND :kind IN ('', d.kind)
      AND substr(ifnull(d.region_code, ''), 1, length(:region)) = :region
      AND (:issuer = '' OR d.issuer_id = :issuer)
    ORDER BY c.observed_at DESC, c.document_id, c.capture_id LIMIT {MOST_ENTRIES}"""  # noqa: S608  a constant


def feed_path(query: str, chosen: Chosen) -> str:
    """Return the path of the feed of a search, with its arguments."""
    return "-/feeds/search.atom?" + _arguments(query, chosen)


async def respond(datasette: Any, request: Any) -> Response:
    """Answer with the documents that hold the words, the newest first.

    Raises:
        BadRequest: no words, or too many.
    """
    query = (request.args.get("q") or "").strip()
    if is_too_long(query) or not query_words(query):
        raise BadRequest("no words to look for, or too many")
    chosen = chosen_of({name: request.args.get(name) or "" for name in FACETS})
    say = datasette.jinja_env.globals["t"]
    arguments = _arguments(query, chosen)
    described = Described(
        identity=("feeds", "search", arguments),
        title=" · ".join([str(say("feeds.search", q=query)), *chosen.arguments().values()]),
        subtitle=str(say("feeds.search_note")),
        path=feed_path(query, chosen),
        page="-/search?" + arguments,
    )
    return await answer(
        datasette, request, described, _APPEARED, {"q": query, **asdict(chosen)}, entry=change_entry
    )


def _arguments(query: str, chosen: Chosen) -> str:
    return urlencode({"q": query, **chosen.arguments()})
