"""An Atom feed as text: entries in, RFC 4287 out. It knows no clock and no database."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils import tilde_encode
from datasette.utils.asgi import BadRequest, NotFound, Response
from lxml import etree

from archive.exact_search import query_words
from archive.site_files import DATABASE
from gongkai.web.language import TAGS, current_language, pick_half, tell
from gongkai.web.pages.page_queries import Queries
from gongkai.web.pages.search_page import FACETS, choose_facets, feed_path, search_arguments
from gongkai.web.rendering.structured_cells import change_counts, figures_told
from gongkai.web.rendering.words import word
from gongkai.web.server.limits import is_too_long
from pipelines.readers.html.elements import NOT_XML

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = Mapping[str, Any]


ATOM_TYPE = "application/atom+xml; charset=utf-8"

_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Source: RFC 3986, section 2, and 3987 for what is beyond ASCII: nothing else may stand in an address.
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f-\xa0<>\"{}|\\^`\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed.

    Attributes:
        identity: the parts of its `tag:` URI, the same wherever and whenever the feed is made.
        title: plain text.
        updated: a UTC instant, RFC 3339.
        page: the absolute address of its page.
        original: the address of what it tells of, elsewhere; None where there is none.
        summary: plain text.
    """

    identity: tuple[str, ...]
    title: str
    updated: str
    page: str
    original: str | None
    summary: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    Attributes:
        identity: the parts of its `tag:` URI.
        title: plain text.
        subtitle: plain text: what is in it and what is not.
        author: who publishes it.
        updated: a UTC instant, RFC 3339: for a feed with entries that of the newest.
        address: its own, absolute.
        page: the absolute address of the page that shows the same.
        language: a tag of BCP 47.
        entries: the newest first.
    """

    identity: tuple[str, ...]
    title: str
    subtitle: str
    author: str
    updated: str
    address: str
    page: str
    language: str
    entries: Sequence[Entry]


def tag_uri(parts: Sequence[str]) -> str:
    """Return a `tag:` URI (RFC 4151) of these parts.

    Its authority is the program's name and no host: ids of documents and bodies are the same on every
    machine, and so is what a feed says of them.
    """
    return "tag:gongkai,2026:" + "/".join(quote(part, safe="-._~:") for part in parts)


def write_feed(feed: Feed) -> bytes:
    """Write a feed as an XML document in UTF-8."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    root.set(_LANGUAGE, feed.language)
    _text(root, "id", tag_uri(feed.identity))
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", feed.updated)
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.page, "text/html")
    _text(etree.SubElement(root, f"{{{_ATOM}}}author"), "name", feed.author)
    for entry in feed.entries:
        _entry(etree.SubElement(root, f"{{{_ATOM}}}entry"), entry)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return document


def _entry(element: etree._Element, entry: Entry) -> None:
    _text(element, "id", tag_uri(entry.identity))
    _text(element, "title", entry.title)
    _text(element, "updated", entry.updated)
    _link(element, "alternate", entry.page, "text/html")
    if entry.original and _ADDRESS.fullmatch(entry.original):
        _link(element, "via", entry.original, None)
    _text(element, "summary", entry.summary)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = NOT_XML.sub("\ufffd", text)


def _link(parent: etree._Element, relation: str, address: str, media_type: str | None) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", rel=relation, href=NOT_XML.sub("\ufffd", address))
    if media_type:
        link.set("type", media_type)


# The feeds: `/-/feeds/KIND.atom`, each of one body with `?issuer=ID`.
# What stands in a feed is what stands in the published copy, so its time is that of the evidence and the same
# copy gives the same feed.

FEED_ROUTE = r"^/-/feeds/(?P<kind>documents|changes|withdrawals|checks)\.atom$"

MOST_ENTRIES = 100
"""Entries of a feed, the newest; all are in the tables."""

_BEFORE_ANY_RUN = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of feed.

    Attributes:
        table: the table that shows the same, and all of it.
        changes: the kinds of `changes` in it; none for that of checks.
    """

    table: str
    changes: tuple[str, ...] = ()

    def query(self, *, of_one: bool) -> str:
        """Return the name of the query of its entries."""
        if not self.changes:
            return "checks"
        return "changes_of_one" if of_one else "changes"

    def page(self, issuer: str) -> str:
        """Return the arguments of that table's page."""
        of_one = {"documents": f"issuer_id={issuer}", "check_failures": f"issuer_id={issuer}"}
        if issuer and self.table in of_one:
            return f"?{of_one[self.table]}"
        return f"?kind__in={','.join(self.changes)}" if self.table == "changes" else ""


KINDS = {
    "documents": Kind("documents", ("appeared",)),
    "changes": Kind("changes", ("changed", "returned", "moved")),
    "withdrawals": Kind("changes", ("withdrawn",)),
    "checks": Kind("check_failures"),
}


@dataclass(frozen=True, slots=True)
class Described:
    """What a feed says of itself.

    Attributes:
        identity: what its id is made of.
        title: what it is of.
        subtitle: what counts.
        path: its own, with its arguments.
        page: the path of the page that shows the same.
    """

    identity: tuple[str, ...]
    title: str
    subtitle: str
    path: str
    page: str


async def answer_feed(datasette: Any, request: Any) -> Response:
    """Answer with a feed.

    Raises:
        NotFound: there is no such body.
    """
    name, issuer = request.url_vars["kind"], request.args.get("issuer") or ""
    queries = Queries(datasette.get_database(DATABASE), "feeds")
    body = await queries.read_rows("issuer", issuer=issuer)
    if issuer and not body:
        raise NotFound("no such body")
    kind = KINDS[name]
    described = Described(
        identity=("feeds", name, issuer) if issuer else ("feeds", name),
        title=" · ".join([tell(f"feeds.{name}"), *(row["name"] for row in body)]),
        subtitle=tell(f"feeds.{name}_note"),
        path=f"-/feeds/{name}.atom" + (f"?issuer={issuer}" if issuer else ""),
        page=f"{DATABASE}/{kind.table}{kind.page(issuer)}",
    )
    parameters = {"issuer": issuer, "kinds": json.dumps(kind.changes)}
    entry = change_entry if kind.changes else _check_entry
    return await send_feed(
        datasette, request, described, kind.query(of_one=bool(issuer)), parameters, entry=entry
    )


async def send_feed(
    datasette: Any,
    request: Any,
    described: Described,
    query: str,
    parameters: Mapping[str, str],
    *,
    entry: Callable[[Row, Callable[[str], str]], Entry],
) -> Response:
    """Answer with the feed of a SELECT's rows, or with 304 where the reader has that of this copy.

    Args:
        datasette: the application.
        request: what was asked.
        described: what the feed says of itself.
        query: of `datasette/pages/feeds.sql`, the newest rows first, each with `updated`.
        parameters: of the query.
        entry: makes an entry of a row and of what makes addresses of paths.
    """
    database = datasette.get_database(DATABASE)
    etag = f'"{database.hash}-{current_language()}"'
    if request.headers.get("if-none-match") == etag:
        return Response("", status=304, headers={"ETag": etag})
    queries = Queries(database, "feeds")
    rows = await queries.read_rows(query, **parameters, most=MOST_ENTRIES)
    [newest] = await queries.read_rows("newest")
    address: Callable[[str], str] = lambda path: datasette.absolute_url(request, datasette.urls.path(path))  # noqa: E731
    feed = Feed(
        identity=described.identity,
        title=described.title,
        subtitle=described.subtitle,
        author=tell("site.name"),
        updated=rows[0]["updated"] if rows else newest["started_at"] or _BEFORE_ANY_RUN,
        address=address(described.path),
        page=address(described.page),
        language=TAGS[current_language()],
        entries=[entry(row, address) for row in rows],
    )
    return Response(
        write_feed(feed).decode(),
        headers={"ETag": etag, "Cache-Control": "no-cache"},
        content_type=ATOM_TYPE,
    )


def change_entry(row: Row, address: Callable[[str], str]) -> Entry:
    """Make an entry of something that happened to a document."""
    counted = [f"{said} {count:,}" for said, count in change_counts(row["evidence"])]
    figures = pick_half("； / ; ").join(figures_told(row["evidence"]))
    said = [row["issuer"], row["published_on"], *counted, figures, row["url"]]
    return Entry(
        identity=("changes", row["document_id"], row["kind"], row["capture_id"].strip("<>")),
        title=f"{word(row['kind'], 'kind', 'changes')}：{_title(row)}",
        updated=row["updated"],
        page=address(f"{DATABASE}/documents/{tilde_encode(row['document_id'])}"),
        original=row["url"],
        summary=" · ".join(filter(None, said)),
    )


def _check_entry(row: Row, address: Callable[[str], str]) -> Entry:
    where = [row["issuer"], str(row["year"] or ""), _title(row)]
    return Entry(
        identity=("checks", row["id"]),
        title=row["message_en" if current_language() == "en" else "message_zh"],
        updated=row["updated"],
        page=address(f"{DATABASE}/checks/{tilde_encode(row['id'])}"),
        original=row["url"],
        summary=" · ".join(filter(None, where)),
    )


def _title(row: Row) -> str:
    return " ".join((row["title"] or row["url"]).split())


# The feed of a search, `/-/feeds/search.atom?q=`: new documents that hold the words, narrowed as a page.

SEARCH_FEED_ROUTE = r"^/-/feeds/search\.atom$"


async def answer_search_feed(datasette: Any, request: Any) -> Response:
    """Answer with the documents that hold the words, the newest first.

    Raises:
        BadRequest: no words, or too many.
    """
    query = (request.args.get("q") or "").strip()
    if is_too_long(query) or not query_words(query):
        raise BadRequest("no words to look for, or too many")
    chosen = choose_facets({name: request.args.get(name) or "" for name in FACETS})
    arguments = search_arguments(query, chosen)
    described = Described(
        identity=("feeds", "search", arguments),
        title=" · ".join([tell("feeds.search", q=query), *chosen.arguments().values()]),
        subtitle=tell("feeds.search_note"),
        path=feed_path(query, chosen),
        page="-/search?" + arguments,
    )
    return await send_feed(
        datasette, request, described, "search", {"q": query, **asdict(chosen)}, entry=change_entry
    )
