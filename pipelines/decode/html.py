"""A page of a portal as text: the body, its tables, and what the page states about itself.

    bytes ─▶ characters ─▶ elements ─▶ attachments, header tables cut out ─▶ furniture dropped ─▶ body found
                                            │                                        │
                                       page facts ◀── lines outside the body ◀───────┤
                                                                                  blocks ─▶ text

The body is the known container that is not empty; without one, the element that trafilatura's words stand
in; without that, the page; all of it where an office program saved it. What is then as likely the menu as a
text is left out, and noted as `thin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.attachments.finding import attachments_in
from pipelines.attachments.hints import may_hold
from pipelines.decode.blocks import render_blocks
from pipelines.decode.body import find_body
from pipelines.decode.charset import decode_text
from pipelines.decode.elements import Element, body_of, drop_element, is_too_deep, parse_page
from pipelines.decode.furniture import drop_furniture, trim_blocks
from pipelines.decode.header import read_header_table, read_label_lines
from pipelines.decode.http_headers import declared_charset
from pipelines.decode.page_facts import read_meta, read_titles, site_differs
from pipelines.decode.saved import is_saved_document
from pipelines.decode.visible import visible_lines
from pipelines.decoded import DecodedText, PageFacts
from pipelines.text.blocks import join_blocks

if TYPE_CHECKING:
    from pipelines.decode.charset import DecodedBytes
    from pipelines.tables.grid import Grid

BIG_CHARS = 5 * 1024 * 1024
BIG_ROWS = 20_000
BIG_TAGS = 100_000


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page as elements.

    Attributes:
        payload: the bytes, content coding undone.
        content_type: as served.
        decoded: the characters.
        root: the element `html`.
    """

    payload: bytes
    content_type: str | None
    decoded: DecodedBytes
    root: Element


@dataclass(frozen=True, slots=True)
class DecodedPage:
    """A page as text, and the tables in it as they were read from its elements.

    Attributes:
        text: what the page says.
        grids: those of `text.tables`, in the same order, with the marks of their cells.
    """

    text: DecodedText
    grids: tuple[Grid, ...] = ()


def decode_html(payload: bytes, url: str, content_type: str | None = None) -> DecodedText:
    """Decode an HTML page.

    Args:
        payload: with content coding undone.
        url: its address: helps trafilatura, and is compared with the site that the page names.
        content_type: as served; its charset is a hint.

    Raises:
        UnreadableDocument: the payload is empty, binary, or holds no element and no text.
    """
    return decode_page(parse_payload(payload, content_type), url).text


def parse_payload(payload: bytes, content_type: str | None = None) -> ParsedPage:
    """Parse an HTML page.

    Args:
        payload: as for `decode_html`.
        content_type: as for `decode_html`.

    Raises:
        UnreadableDocument: as for `decode_html`.
    """
    decoded = decode_text(payload, [declared_charset(content_type)])
    return ParsedPage(payload, content_type, decoded, parse_page(decoded.text))


def decode_page(page: ParsedPage, url: str) -> DecodedPage:
    """Decode a page that is parsed already; what is no text is taken out of its elements.

    Args:
        page: its elements are changed.
        url: as for `decode_html`.
    """
    decoded, root = page.decoded, page.root
    if is_too_deep(root):
        return DecodedPage(_without_structure(decoded))
    attachments = attachments_in(root, url) if may_hold(page.payload) else ()
    meta = read_meta(root)
    header_tables = _cut_header_tables(root)
    drop_furniture(root)
    is_big = _is_big(decoded.text)
    is_whole = is_saved_document(root, page.content_type)
    body = find_body(root, None if is_big else decoded.text, url, is_whole=is_whole)
    rendered = render_blocks(body.element)
    blocks, head_lines = trim_blocks(rendered.blocks)
    text, tables = join_blocks(blocks)
    titles = read_titles(root, meta, header_tables)
    has_viewer = _has_viewer(root)
    header = read_label_lines([*_lines_outside(root, body.element), *head_lines]) | header_tables
    notes = {
        "big": is_big,
        "site_domain_differs": site_differs(meta, url),
        "table_capped": rendered.capped,
        "thin": body.is_thin,
        "viewer": body.is_thin and has_viewer,
    }
    said = DecodedText(
        text=text,
        encoding=decoded.encoding,
        extractor=body.extractor,
        facts=PageFacts(titles, meta, header),
        notes=_sorted_notes(decoded.notes, notes),
        tables=tables,
        attachments=attachments,
    )
    return DecodedPage(said, tuple(block.grid for block in blocks if block.grid is not None))


def _is_big(markup: str) -> bool:
    """Tell whether a page is beyond what trafilatura reads in seconds."""
    return len(markup) > BIG_CHARS or markup.count("<tr") > BIG_ROWS or markup.count("<") > BIG_TAGS


def _without_structure(decoded: DecodedBytes) -> DecodedText:
    """Read a page that is nested too deep for the parser by its visible lines alone."""
    return DecodedText(
        text="\n".join(visible_lines(decoded.text)),
        encoding=decoded.encoding,
        extractor="body",
        notes=_sorted_notes(decoded.notes, {"too_deep": True}),
    )


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
    return [block.text for block in render_blocks(root).blocks if not block.is_table]


def _has_viewer(root: Element) -> bool:
    """Tell whether the page shows its text in a frame: a PDF viewer, an embedded file."""
    return next(root.iter("iframe", "embed", "object"), None) is not None


def _sorted_notes(seen: tuple[str, ...], more: dict[str, bool]) -> tuple[str, ...]:
    return tuple(sorted({*seen, *(note for note, holds in more.items() if holds)}))
