"""An Atom feed as text: entries in, RFC 4287 out. It knows no clock and no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from lxml import etree

from pipelines.readers.html.elements import NOT_XML

if TYPE_CHECKING:
    from collections.abc import Sequence

MEDIA_TYPE = "application/atom+xml; charset=utf-8"

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
