"""What a page states about itself in its head and its headings: meta tags and titles.

Source: 国办发〔2017〕47号 (《政府网站发展指引》) for the meta tags.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.knowledge import load_table
from pipelines.readers.html.elements import PAGES, select_elements
from pipelines.readers.html.running_text import InlineText
from pipelines.response.http_headers import media_type
from pipelines.text.white_space import fold_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.readers.html.elements import Element


TAG = re.compile(r"</?(?:br|p|span|b|strong|font|em|i|u|o:p)\b[^<>]*>", re.IGNORECASE)
ESCAPED = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
TITLE_CHARS = range(4, 201)
TITLE_LABELS = ("标题", "信息名称", "名称", "文件名称")


def read_meta(root: Element) -> dict[str, str]:
    """Return the national meta tags by lower-case name, as printed; empty and `null` ones are absent."""
    names, absent = _meta_names()
    found: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = (tag.get("name") or "").strip().lower()
        value = printed_text(tag.get("content") or "")
        value = fold_line(TAG.sub(" ", value)) if name == "articletitle" else value
        if name in names and value and value.lower() not in absent:
            found.setdefault(name, value)
    return found


@cache
def _meta_names() -> tuple[frozenset[str], frozenset[str]]:
    table = load_table("header_labels")
    return frozenset(table["meta"]), frozenset(table["absent_values"])


def printed_text(value: str) -> str:
    """Return an attribute's text as a reader would see it, entities that were escaped twice undone."""
    return fold_line(html.unescape(value) if ESCAPED.search(value) else value)


def site_differs(meta: Mapping[str, str], url: str) -> bool:
    """Tell whether a page names another site than the one it came from, as copied templates do."""
    domain = re.sub(r"^\w+://|/.*$|:\d+", "", meta.get("sitedomain", "").lower()).removeprefix("www.")
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    if not domain or "." not in domain or not host:
        return False
    return not (host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}"))


def read_titles(root: Element, meta: Mapping[str, str], header: Mapping[str, str]) -> tuple[str, ...]:
    """Return the candidates for the title, best first, each once."""
    candidates = dict.fromkeys(
        (
            *filter(None, [meta.get("articletitle")]),
            *(header[label] for label in TITLE_LABELS if label in header),
            *_read_headings(root),
            *_window_title(root),
        )
    )
    return tuple(candidates)[: PAGES.most_titles]


def _read_headings(root: Element) -> Iterator[str]:
    for _, element in select_elements(root, load_table("header_labels")["title_selectors"]):
        text = InlineText()
        text.feed_element(element)
        title = " ".join(text.take_lines())
        if len(title) in TITLE_CHARS:
            yield title


def _window_title(root: Element) -> Iterator[str]:
    for element in root.iter("title"):
        title = printed_text("".join(element.itertext()))
        if title:
            yield title
        return


# Documents that were saved as pages and served as `.doc` or `.xls` have nothing around their text: what is
# taken for the main text of a page would lack the title and short paragraphs. Pages into which such a
# document was pasted say the same in their middle, so only the head counts.
PROGRAM = re.compile(r"(?:Word|Excel)\.|WPS|ET\.|KWPS", re.IGNORECASE)
GENERATOR = re.compile(r"Microsoft (?:Word|Excel)|WPS|Kingsoft|LibreOffice|OpenOffice", re.IGNORECASE)
SAID_BY = {"progid": PROGRAM, "generator": GENERATOR, "originator": GENERATOR}
SERVED_AS = frozenset(
    f"application/{name}"
    for name in ("msword", "vnd.ms-word", "vnd.ms-excel", "wps-office.doc", "wps-office.wps", "vnd.ms-works")
)
"""Types of files as which portals serve such pages."""


def is_saved_document(root: Element, content_type: str | None) -> bool:
    """Tell whether a page is a document that an office program saved as one.

    Args:
        root: the parsed page.
        content_type: as served.
    """
    if media_type(content_type) in SERVED_AS:
        return True
    head = root.find("head")
    return head is not None and any(_names_office(meta) for meta in head.iterchildren("meta"))


def _names_office(meta: Element) -> bool:
    said = SAID_BY.get((meta.get("name") or "").strip().lower())
    return said is not None and said.match((meta.get("content") or "").strip()) is not None
