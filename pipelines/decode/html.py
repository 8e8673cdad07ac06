"""A page of a portal as text: the body, its tables, and what the page states about itself.

    bytes ─▶ characters ─▶ elements ─▶ header tables cut out ─▶ furniture dropped ─▶ body found
                                            │                                        │
                                       page facts ◀── lines outside the body ◀───────┤
                                                                                  blocks ─▶ text, table spans

The body is the known container that is not empty; without one, the element that trafilatura's words stand
in; without that, the page. What is then as likely the menu as a text is left out, and noted as `thin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lxml.html
from lxml import etree

from pipelines.decode.blocks import join_blocks, render_blocks
from pipelines.decode.body import find_body
from pipelines.decode.charset import decode_text
from pipelines.decode.furniture import drop_furniture, trim_blocks
from pipelines.decode.header import read_header_table, read_label_lines
from pipelines.decode.http_headers import declared_charset
from pipelines.decode.page_facts import read_meta, read_titles, site_differs
from pipelines.decode.visible import visible_lines
from pipelines.errors import UnreadableDocument
from pipelines.records import DecodedText, PageFacts

if TYPE_CHECKING:
    from pipelines.decode.charset import DecodedBytes

Element = Any
"""An element of lxml, which ships no types."""

BIG_CHARS = 5 * 1024 * 1024
BIG_ROWS = 20_000
DEEPEST = 2_000
"""libxml2 drops the text below 2,048 levels without a word."""


def decode_html(payload: bytes, url: str, content_type: str | None = None) -> DecodedText:
    """Decode an HTML page.

    Args:
        payload: with content coding undone.
        url: its address: helps trafilatura, and is compared with the site that the page names.
        content_type: as served; its charset is a hint.

    Raises:
        UnreadableDocument: the payload is empty, binary, or holds no element and no text.
    """
    decoded = decode_text(payload, [declared_charset(content_type)])
    root = parse_page(decoded.text)
    if _is_too_deep(root):
        return _without_structure(decoded)
    meta = read_meta(root)
    header_tables = _cut_header_tables(root)
    drop_furniture(root)
    is_big = len(decoded.text) > BIG_CHARS or decoded.text.count("<tr") > BIG_ROWS
    body = find_body(root, None if is_big else decoded.text, url)
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
    return DecodedText(
        text=text,
        tables=tables,
        encoding=decoded.encoding,
        extractor=body.extractor,
        facts=PageFacts(titles, meta, header),
        notes=_sorted_notes(decoded.notes, notes),
    )


def parse_page(markup: str) -> Element:
    """Parse a page into elements, however broken.

    Raises:
        UnreadableDocument: there is nothing to parse.
    """
    parser = lxml.html.HTMLParser(huge_tree=True, encoding="utf-8")
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableDocument(f"empty: no element and no text in the page ({error})") from error


def _is_too_deep(root: Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return True
    return False


def _without_structure(decoded: DecodedBytes) -> DecodedText:
    """Read a page that is nested too deep for the parser by its visible lines alone."""
    return DecodedText(
        text="\n".join(visible_lines(decoded.text)),
        tables=(),
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
            table.drop_tree()
    return pairs


def _lines_outside(root: Element, body: Element) -> list[str]:
    if body.getparent() is not None and body.tag != "body":
        body.drop_tree()
    elif body in (root, root.find("body")):
        return []
    return [block.text for block in render_blocks(root).blocks if not block.is_table]


def _has_viewer(root: Element) -> bool:
    """Tell whether the page shows its text in a frame: a PDF viewer, an embedded file."""
    return next(root.iter("iframe", "embed", "object"), None) is not None


def _sorted_notes(seen: tuple[str, ...], more: dict[str, bool]) -> tuple[str, ...]:
    return tuple(sorted({*seen, *(note for note, holds in more.items() if holds)}))
