"""Elements of a parsed page: parsing, taking apart, and the running text in them.

`lxml.etree` and not `lxml.html`: choosing a Python class for each element would cost a tenth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from lxml import etree

from pipelines.addresses import clean_url
from pipelines.errors import UnreadableDocument
from pipelines.knowledge import Thresholds, load_table
from pipelines.text.normalise import RAISED, raise_figures
from pipelines.text.page_source import fold_line

Element = Any
"""An element of lxml, which ships no types."""

# libxml2 drops the text below 2,048 levels without a word.
_DEEPEST = 2_000

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (section 2.2): lxml reads it in a page and refuses to write it.

Written all the same, as a reference too, it makes a document that no parser reads.
"""


class PageThresholds(Thresholds):
    """What tells the parts of a page from one another (`knowledge/thresholds/pages.yaml`)."""

    most_titles: int
    header_table_chars: int
    header_line_chars: int
    header_value_chars: int
    header_share: float
    glued_label_chars: int
    head_blocks: int
    prose_chars: int
    bar_elements: int
    menu_links: int
    menu_frames: int
    big_rows: int
    big_tags: int
    most_parts: int
    repeated_share: float


PAGES = PageThresholds.load("pages")
PAGE_STRUCTURE = load_table("page_structure")
NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def parse_page(markup: str) -> Element:
    """Parse a page into elements, however broken; the root is `html`.

    Raises:
        UnreadableDocument: there is nothing to parse.
    """
    # Without huge_tree the text below 256 levels, and what follows it, is lost without an error.
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8")
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableDocument(f"empty: no element and no text in the page ({error})") from error
    if root is None:
        raise UnreadableDocument("empty: no element and no text in the page")
    return root


def is_too_deep(root: Element) -> bool:
    """Tell whether a page is nested so deep that the parser may have dropped text."""
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            return True
    return False


def body_of(root: Element) -> Element:
    """Return the `body` of a page, or the page itself when it has none (framesets, scripts alone)."""
    body = root.find("body")
    return root if body is None else body


def base_of(root: Element, url: str) -> str:
    """Return the address that relative links of a page start from."""
    for element in root.iter("base"):
        href = str(element.get("href") or "").strip()
        if href:
            return clean_url(href, url) or url
    return url


def element_words(element: Element) -> set[str]:
    """Return the words of an element's class and id in lower case, split at changes of letter case too."""
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    if named == " ":
        return set()
    return {
        *named.lower().replace("_", " ").replace("-", " ").split(),
        *(word.lower() for word in NAME_WORD.findall(named)),
    }


def drop_element(element: Element) -> None:
    """Take an element out of its page; the text behind it stays. The root stays where it is."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            write_text(parent, "text", (parent.text or "") + element.tail)
        else:
            write_text(before, "tail", (before.tail or "") + element.tail)
    parent.remove(element)


def write_text(element: Element, place: Literal["text", "tail"], text: str | None) -> None:
    """Write a text into an element or behind it; what lxml reads and does not write is replaced."""
    try:
        setattr(element, place, text)
    except ValueError:
        # That something stood there stays visible; a form feed is white space in HTML.
        setattr(element, place, NOT_XML.sub("\ufffd", (text or "").replace("\f", " ")))


# Portals write `#Zoom`, `#zoom` and `.TRS_Editor`, `.trs_editor` for the same thing, which CSS would keep
# apart. Of selectors only four forms are needed: `name`, `#id`, `.class` and `[class^=beginning]`.
BEGINNING = "[class^="


def select_elements(root: Element, selectors: Sequence[str]) -> list[tuple[str, Element]]:
    """Return the elements that selectors name with the selector, by selector first, then by place."""
    wanted = frozenset(selectors)
    beginnings = tuple(s.removeprefix(BEGINNING).rstrip("]") for s in selectors if s.startswith(BEGINNING))
    found: list[tuple[str, Element]] = []
    for element in root.iter("*"):
        found += [(name, element) for name in _selectors_of(element, beginnings) if name in wanted]
    order = {selector: rank for rank, selector in enumerate(selectors)}
    return sorted(found, key=lambda match: order[match[0]])


def _selectors_of(element: Element, beginnings: tuple[str, ...]) -> Iterator[str]:
    """Yield every selector that names an element."""
    if isinstance(element.tag, str):
        yield element.tag.lower()
    if identifier := element.get("id"):
        yield f"#{identifier.strip().lower()}"
    for token in dict.fromkeys((element.get("class") or "").lower().split()):
        yield f".{token}"
        yield from (f"{BEGINNING}{start}]" for start in beginnings if token.startswith(start))


# Running text out of elements: lines as a reader sees them, white space folded, nothing glued.
# White space folds as `pipelines.text.page_source` says; figures that stand raised or lowered are written so
# (`pipelines.text.normalise`). Text that is struck out, or that a style raises, is set apart by a space:
# `<s>15</s>16` must not read 1516.

BLOCKS = frozenset(PAGE_STRUCTURE["block_elements"])
DROPPED = frozenset(PAGE_STRUCTURE["dropped_elements"])
"""Elements whose content is never text."""
BREAKS = frozenset({"br", "hr"})
STRUCK = frozenset({"s", "strike", "del"})
# What is struck, raised, moved aside or hardly seen is no part of the figure beside it.
_SET_APART = re.compile(
    r"line-through|vertical-align\s*:\s*(?:su(?:per|b)\b|-?\d*[1-9])|mso-text-raise|text-indent\s*:\s*-|clip\s*:"
    r"|(?:font-size|opacity)\s*:\s*0+(?:\.0+)?(?![.\d])|font-size\s*:\s*[01]?(?:\.\d+)?p[tx]"
    r"|(?<![\w-])color\s*:\s*(?:white\b|transparent|#f{3}(?:f{3})?\b|rgb\((?:\s*255\s*,?){3}\)|rgba\([^)]*,\s*0\))"
    r"|position\s*:\s*(?:absolute|fixed)|float\s*:\s*(?:left|right)|display\s*:\s*(?:inline-)?(?:block|flex|table)"
    r"|(?<![\w-])width\s*:\s*0(?![.\d])|(?<![\w-])(?:(?:margin|padding)-)?(?:left|right|top)\s*:\s*-?[.0]*[1-9]",
    re.IGNORECASE,
)
# What fields of forms show; what is no figure asks somebody to search.
_FIELD_TYPES = frozenset({"", "text", "number"})
_FIELD_FIGURE = re.compile(r"\s*[-+]?\d[\d,.]*%?\s*")
LINE_BREAK = object()
"""Between two lines; several in a row are one."""


def show_lines(root: Element, is_whole: Callable[[Element], bool] | None = None) -> Iterator[Any]:
    """Yield what an element shows, in order: its lines that are not blank, and elements taken as a whole.

    Args:
        root: the element; what follows it does not count.
        is_whole: tells which tables in it are taken as a whole.
    """
    pieces: list[str] = []
    for piece in chain(walk_text(root, is_whole), (LINE_BREAK,)):
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        text = "".join(pieces)
        pieces.clear()
        if text and (line := fold_line(text)):
            yield line
        if piece is not LINE_BREAK:
            yield piece


def walk_text(root: Element, is_whole: Callable[[Element], bool] | None) -> Iterator[Any]:
    """Yield what an element shows, in order: pieces of text, `LINE_BREAK`, and elements taken as a whole.

    Args:
        root: the element; what follows it is not part of it.
        is_whole: asked for each `table`; where it says yes, the element itself is yielded and its content
            is left to the caller.
    """
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    raised: list[str] = []
    for event, element in events:
        tag = element.tag
        if event == "start":
            if tag in DROPPED:
                events.skip_subtree()
                yield _field_figure(element)
            elif tag == "table" and is_whole is not None and is_whole(element):
                events.skip_subtree()
                yield element
            else:
                yield from _opening_pieces(element, raised)
            continue
        if event == "end":
            yield from _closing_pieces(element, raised)
        if element is not root:
            yield _shown_text(element.tail, raised)


def _opening_pieces(element: Element, raised: list[str]) -> Iterator[Any]:
    if element.tag in BLOCKS or element.tag in BREAKS:
        yield LINE_BREAK
    if element.tag in RAISED:
        raised.append(element.tag)
    if _is_set_apart(element, is_end=False):
        yield " "
    yield _field_figure(element) if element.tag == "img" else _shown_text(element.text, raised)


def _closing_pieces(element: Element, raised: list[str]) -> Iterator[Any]:
    if element.tag in RAISED and raised:
        raised.pop()
    if _is_set_apart(element, is_end=True):
        yield " "
    if element.tag in BLOCKS:
        yield LINE_BREAK


def _is_set_apart(element: Element, *, is_end: bool) -> bool:
    """Tell whether a space parts an element from what stands beside it: not from one that looks the same."""
    if element.tag in STRUCK:
        return True
    style, colour = element.get("style", ""), element.get("color", "")
    has_text = element.text or len(element)
    if not (style or colour) or not has_text or not _SET_APART.search(f"{style};color:{colour}"):
        return False
    beside = element.getnext() if is_end else element.getprevious()
    first = element if is_end else beside
    return beside is None or bool(first.tail) or beside.attrib != element.attrib


def _field_figure(element: Element) -> str:
    """Return the figure that a field or a picture in a cell shows, in brackets: neither blank nor printed."""
    value = ""
    if element.tag == "select":
        value = element.xpath("string((.//option[@selected] | .//option[1])[last()])")
    elif element.tag == "textarea":
        value = element.text or ""
    elif element.tag == "img":
        value = element.get("alt", "")
    elif element.tag == "input" and element.get("type", "").lower() in _FIELD_TYPES:
        value = element.get("value", "")
    is_in_cell = next(element.iterancestors("td", "th"), None) is not None
    return f"[{value}]" if is_in_cell and _FIELD_FIGURE.fullmatch(value) else ""


def _shown_text(text: str | None, raised: list[str]) -> str:
    return raise_figures(text, raised[-1]) if text and raised else text or ""
