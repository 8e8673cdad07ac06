"""Pages of portals, saved pages and plain text: the body, its tables, and what the page states of itself.

    bytes ─▶ characters ─▶ elements ─▶ attachments, header tables cut out ─▶ boilerplate dropped ─▶ body found
                                            │                                        │
                                       page facts ◀── lines outside the body ◀───────┤
                                                                                  blocks

The body is the known container that is not empty; without one, the element that trafilatura's words stand
in; without that, the page; all of it where an office program saved it. What is then as likely the menu as a
text is left out, and noted as `thin`.
"""

from __future__ import annotations

import email
import email.policy
import re
from typing import NamedTuple

from pipelines.attachments.finding import attachments_in
from pipelines.decoded import Block, FileText, Hints
from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.readers.html.elements import PAGES, Element, body_of, drop_element, is_too_deep, parse_page
from pipelines.readers.html.html_tables import render_blocks
from pipelines.readers.html.main_content import find_body, find_parts
from pipelines.readers.html.page_facts import (
    drop_boilerplate,
    drop_hidden_pieces,
    is_saved_document,
    read_header_table,
    read_heading_above,
    read_headings,
    read_label_lines,
    read_meta,
    read_titles,
    site_differs,
    trim_blocks,
)
from pipelines.response.http_message import declared_charset
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.text.charset import DecodedBytes, decode_text
from pipelines.text.normalise import mask_numbers
from pipelines.text.page_source import visible_lines

PART_MISSING = "part_missing"
"""The note of a text that is not all there: pages that its pager names could not be had, or its end."""

BIG_CHARS = 5 * 1024 * 1024
# What an article in several pages adds to its title: （2）, 第2页, 【2/5页】.
_PAGE_MARK = re.compile(r"[（(\[【]第?\d{1,3}(?:[/／]\d{1,3})?页?[）)\]】]|第\d{1,3}页")
PAGE_TYPES = ("text/html", "application/xhtml+xml")


class ParsedPage(NamedTuple):
    """A page as elements.

    Attributes:
        content_type: as served.
        decoded: the characters.
        root: the element `html`.
    """

    content_type: str | None
    decoded: DecodedBytes
    root: Element


def read_page(payload: bytes, hints: Hints) -> FileText:
    """Read an HTML page, and behind it the further pages that its pager names.

    Args:
        payload: with content coding undone.
        hints: its address helps trafilatura, and is compared with the site that the page names; the charset
            of its type as served is a hint; its parts are taken from there.

    Raises:
        UnreadableDocument: the payload is empty, binary, or holds no element and no text.
    """
    page = parse_payload(payload, hints.content_type)
    following = find_parts(page.root, hints.url, hints.url)
    first = read_parsed(page, hints.url)
    return _join_parts(first, following, hints) if following else first


def _join_parts(first: FileText, following: tuple[str, ...], hints: Hints) -> FileText:
    """Put the text of the further pages of an article behind that of its first, as pages of one text."""
    joined, addresses, taken = [first], list(following), []
    for url in addresses:
        part = _read_part(url, hints, addresses, first)
        # A server that has no such page may answer with one that it has, and count the visit on it.
        if part is not None and not _is_repeated(part, joined):
            joined.append(part)
            taken.append(url)
    pages = list(enumerate(joined, start=1))
    is_missing = len(taken) < len(addresses)
    return first.replace(
        blocks=tuple(block.replace(page=number) for number, part in pages for block in part.blocks),
        notes=(*(note for part in joined for note in part.notes), *([PART_MISSING] * is_missing)),
        attachments=tuple({each.written: each for part in joined for each in part.attachments}.values()),
        parts=tuple(taken),
    )


def _read_part(url: str, hints: Hints, addresses: list[str], first: FileText) -> FileText | None:
    """Read a further page of an article; None where what is held may be another page.

    It has the title of the first page, and its text in the container of that name: without one, news beside a
    short text could be taken for it. What its pager adds is added.
    """
    if url not in hints.parts or sniff(*hints.parts[url]) is not PayloadType.HTML:
        return None
    try:
        page = parse_payload(*hints.parts[url])
    except UnreadableDocument:
        return None
    further = [each for each in find_parts(page.root, url, hints.url) if each not in addresses]
    part = read_parsed(page, url, container=first.extractor)
    is_found = part.extractor == first.extractor and part.extractor.startswith("container:")
    if not (is_found and part.blocks and _is_titled_alike(part, first)):
        return None
    addresses += further[: PAGES.most_parts - len(addresses)]
    return part


def _is_titled_alike(part: FileText, first: FileText) -> bool:
    """Tell whether a page states no other title than the first one; it may add which page it is."""
    if not (part.titles and first.titles):
        return True
    here, there = ("".join(page.titles[0].split()) for page in (part, first))
    return here == there or (here.startswith(there) and bool(_PAGE_MARK.fullmatch(here.removeprefix(there))))


def _is_repeated(part: FileText, joined: list[FileText]) -> bool:
    """Tell whether most of a page stands on those before it, figures aside."""
    known = {mask_numbers(block.text) for page in joined for block in page.blocks}
    repeated = sum(mask_numbers(block.text) in known for block in part.blocks)
    return repeated > PAGES.repeated_share * len(part.blocks)


def read_mhtml(payload: bytes, hints: Hints) -> FileText:
    """Read a page saved as one file.

    Raises:
        UnreadableDocument: `damaged`: no page is in it; else as `read_page`.
    """
    page, content_type = page_in_mhtml(payload, hints.url)
    return read_page(page, Hints(hints.url, content_type))


def read_plain(payload: bytes, hints: Hints) -> FileText:
    """Read a plain text file; its text is exactly its characters.

    Raises:
        UnreadableDocument: the payload is empty or binary.
    """
    decoded = decode_text(payload, [declared_charset(hints.content_type)])
    return FileText((Block(decoded.text),), "plain", notes=decoded.notes, encoding=decoded.encoding)


def page_in_mhtml(payload: bytes, url: str) -> tuple[bytes, str]:
    """Return the page that a file holds (MHTML, RFC 2557), and its content type.

    Word processors and browsers save pages so, often as `.doc`; the pictures in it are not looked at.

    Args:
        payload: the file.
        url: its address, for the error.

    Raises:
        UnreadableDocument: `damaged`: no page is in it.
    """
    with refuse_broken(RecursionError, "damaged: parts are nested too deep", url):
        message = email.message_from_bytes(payload, policy=email.policy.compat32)
        for part in message.walk():
            content = part.get_payload(decode=True)
            if part.get_content_type() in PAGE_TYPES and isinstance(content, bytes) and content.strip():
                return content, str(part.get("Content-Type", "text/html"))
    raise UnreadableDocument("damaged: no page is in the saved page", where=url)


def parse_payload(payload: bytes, content_type: str | None = None) -> ParsedPage:
    """Parse an HTML page; raises as `read_page`.

    Args:
        payload: with content coding undone.
        content_type: as served; its charset is a hint.
    """
    decoded = decode_text(payload, [declared_charset(content_type)])
    return ParsedPage(content_type, decoded, parse_page(decoded.text))


def read_parsed(page: ParsedPage, url: str, *, container: str = "") -> FileText:
    """Read a page that is parsed already; what is no text is taken out of its elements.

    Args:
        page: its elements are changed.
        url: its address.
        container: what `find_body` takes as `known`.
    """
    decoded, root = page.decoded, page.root
    if is_too_deep(root):
        return _read_visible_lines(decoded)
    attachments = attachments_in(root, url)
    meta = read_meta(root)
    header_tables = _cut_header_tables(root)
    drop_boilerplate(root)
    is_big = is_big_page(decoded.text)
    is_whole = is_saved_document(root, page.content_type)
    body = find_body(root, None if is_big else decoded.text, url, is_whole=is_whole, known=container)
    drop_hidden_pieces(root, body.element)
    rendered = render_blocks(body.element)
    blocks, head_lines = trim_blocks(rendered)
    headings = tuple(read_headings(root))
    stated = read_titles(root, meta, header_tables, headings)
    titles = tuple(dict.fromkeys((*stated, *read_heading_above(body.element))))
    # A PDF viewer, an embedded file: the text is shown in a frame.
    has_viewer = next(root.iter("iframe", "embed", "object"), None) is not None
    header = read_label_lines([*_lines_outside(root, body.element), *head_lines], headings) | header_tables
    notes = {
        "big": is_big,
        "site_domain_differs": site_differs(meta, url),
        "table_capped": any(block.grid.capped for block in rendered if block.grid),
        "thin": body.is_thin,
        "viewer": body.is_thin and has_viewer,
    }
    return FileText(
        blocks,
        body.extractor,
        titles,
        (*decoded.notes, *(note for note, holds in notes.items() if holds)),
        decoded.encoding,
        meta,
        header,
        attachments,
        headings=headings,
    )


def is_big_page(markup: str) -> bool:
    """Tell whether a page is beyond what trafilatura reads in seconds."""
    return (
        len(markup) > BIG_CHARS or markup.count("<tr") > PAGES.big_rows or markup.count("<") > PAGES.big_tags
    )


def _read_visible_lines(decoded: DecodedBytes) -> FileText:
    """Read a page that is nested too deep for the parser by its visible lines alone."""
    blocks = tuple(map(Block, visible_lines(decoded.text)))
    return FileText(blocks, "body", notes=(*decoded.notes, "too_deep"), encoding=decoded.encoding)


def _cut_header_tables(root: Element) -> dict[str, str]:
    """Take the header tables out of the page and return what they state."""
    pairs: dict[str, str] = {}
    for table in list(root.iter("table")):
        if next(table.iterdescendants("table"), None) is not None:
            continue
        if (found := read_header_table(table)) is not None:
            pairs = {**found, **pairs}
            drop_element(table)
    return pairs


def _lines_outside(root: Element, body: Element) -> list[str]:
    if body.getparent() is not None and body is not body_of(root):
        drop_element(body)
    elif body in (root, body_of(root)):
        return []
    return [block.text for block in render_blocks(root) if not block.is_table]
