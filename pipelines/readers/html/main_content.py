"""Which element of a page is its body, and how it was found.

Where its container has no known name, trafilatura says which words are the main text. Only the words are
taken from it: its own text flattens tables and drops spans. The element of the page that holds those words is
rendered like a known container.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from pipelines.readers.html.elements import (
    DROPPED,
    PAGE_STRUCTURE,
    Element,
    body_of,
    select_elements,
    write_text,
)
from pipelines.readers.html.page_facts import drop_menus

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a page.

    Attributes:
        element: what is rendered; an empty element where the page has no text of its own.
        extractor: `container:<selector>`, `trafilatura` or `body`.
        is_thin: whether there is so little text that the document is likely elsewhere: in an attachment,
            a viewer, a script.
    """

    element: Element
    extractor: str
    is_thin: bool


def find_body(
    root: Element, markup: str | None, url: str, *, is_whole: bool = False, known: str = ""
) -> Body:
    """Find the body of a page; menus are cut out of it where its container is not known.

    Args:
        root: the parsed page, boilerplate dropped already.
        markup: the page as text, for trafilatura; None for a page that is too big for it.
        url: its address.
        is_whole: whether the page is a document saved as one, so that all of it is the body.
        known: the extractor of the article that this is a further page of: its container is the body
            however short, for the last page may hold no more than a date.
    """
    container = find_container(root)
    extractor = f"container:{container.name}" if container else ""
    if container and (extractor == known or container.size >= PAGE_STRUCTURE["container_floor"]):
        is_thin = extractor != known and container.size < PAGE_STRUCTURE["thin_below"]
        return Body(container.element, extractor, is_thin)
    page = body_of(root)
    if is_whole:
        return Body(page, "body", is_thin=False)
    is_built_of_links = measure_element("body", page).link_share > PAGE_STRUCTURE["menu_page_link_share"]
    drop_menus(root)
    located = locate_body(root, markup, url) if markup is not None else None
    extractor = "body" if located is None else "trafilatura"
    unnamed = measure_element(extractor, page if located is None else located)
    if _is_text(unnamed):
        return Body(unnamed.element, extractor, is_thin=False)
    if container:
        return Body(container.element, f"container:{container.name}", is_thin=True)
    is_page = unnamed.element is page
    if unnamed.link_share <= PAGE_STRUCTURE["link_share_limit"] and not (is_page and is_built_of_links):
        return Body(unnamed.element, extractor, is_thin=True)
    return Body(root.makeelement("div"), extractor, is_thin=True)


def _is_text(candidate: Container) -> bool:
    return bool(
        candidate.size >= PAGE_STRUCTURE["unnamed_floor"]
        and candidate.link_share <= PAGE_STRUCTURE["link_share_limit"]
    )


COVERAGE = 0.9
# Shorter pieces of text stand in many places of a page and locate nothing.
_SHORTEST_PIECE = 4


def locate_body(root: Element, markup: str, url: str) -> Element | None:
    """Return the smallest element that holds nearly all of the main text; None when there is none.

    Args:
        root: the parsed page.
        markup: the same page as text.
        url: its address.
    """
    import trafilatura  # noqa: PLC0415  takes a third of a second, where no page may be read

    extracted = trafilatura.extract(
        markup,
        url=url,
        include_tables=True,
        include_links=True,
        include_comments=False,
        favor_recall=True,
        deduplicate=False,  # its memory is the process's: the same page read twice would come back empty
    )
    words = "".join((extracted or "").split())
    return _smallest_holding(root, words) if words else None


def _smallest_holding(root: Element, words: str) -> Element | None:
    # Menus and tables repeat their words: each is looked for in the main text once.
    @cache
    def length_found(text: str) -> int:
        piece = "".join(text.split())
        return len(piece) if len(piece) >= _SHORTEST_PIECE and piece in words else 0

    weights = Counter[Element]()
    total = 0
    for element in root.iter("*"):
        if element.tag in DROPPED:
            continue
        texts = (element.text, *(child.tail for child in element))
        own = sum(length_found(text) for text in texts if text)
        total += own
        if own:
            weights.update(dict.fromkeys((element, *element.iterancestors()), own))
    best: Element | None = None
    for element, weight in weights.items():
        if weight >= COVERAGE * total and (best is None or best in element.iterancestors()):
            best = element
    return best


# The element that holds the body of an article, by the names that content systems give it.

MAX_CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class Container:
    """A candidate for the body.

    Attributes:
        name: the selector that found it.
        element: the element.
        size: its characters of text, white space not counted.
        link_share: how much of that is inside links.
    """

    name: str
    element: Element
    size: int
    link_share: float


def find_container(root: Element) -> Container | None:
    """Return the known container that holds the body; None when there is none with any text.

    The first in the order of the table that holds most of the text of the largest wins, so that neither
    an empty editor block nor a frame around the whole page does.
    """
    found = [*_between_markers(root), *_named_containers(root)]
    candidates = [c for c in found if c.size and c.link_share <= PAGE_STRUCTURE["link_share_limit"]]
    if not candidates:
        return max(found, key=lambda c: c.size, default=None) if any(c.size for c in found) else None
    largest = max(candidate.size for candidate in candidates)
    return next(c for c in candidates if c.size >= PAGE_STRUCTURE["share_of_largest"] * largest)


def measure_element(name: str, element: Element) -> Container:
    """Measure an element as a candidate."""
    total = linked = 0
    for text, in_link in _shown_text(element):
        size = len("".join(text.split()))
        total += size
        linked += size if in_link else 0
    return Container(name, element, total, linked / total if total else 0.0)


def _shown_text(element: Element) -> Iterator[tuple[str, bool]]:
    links = 0
    events = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in events:
        if event == "start":
            if part.tag in DROPPED:
                events.skip_subtree()
            else:
                links += part.tag == "a"
                yield part.text or "", links > 0
            continue
        if event == "end" and part.tag == "a":
            links -= 1
        if part is not element:
            yield part.tail or "", links > 0


def _named_containers(root: Element) -> list[Container]:
    selectors = [name for entry in PAGE_STRUCTURE["containers"] for name in entry["selectors"]]
    found = select_elements(root, selectors)[:MAX_CANDIDATES]
    return [measure_element(name, element) for name, element in found]


def _between_markers(root: Element) -> list[Container]:
    """Gather what stands between a pair of marker comments under one parent into an element of its own."""
    pairs = {marker["begin"]: marker["end"] for marker in PAGE_STRUCTURE["comment_markers"]}
    found: list[Container] = []
    for begin in [comment for comment in root.iter(etree.Comment) if (comment.text or "").strip() in pairs]:
        name = begin.text.strip()
        inside: list[Element] = []
        for sibling in begin.itersiblings():
            if sibling.tag is etree.Comment and (sibling.text or "").strip() == pairs[name]:
                found.append(measure_element(f"<!--{name}-->", _wrap_siblings(begin, inside)))
                break
            inside.append(sibling)
    return found


def _wrap_siblings(begin: Element, inside: list[Element]) -> Element:
    wrapper = begin.getparent().makeelement("div")
    write_text(wrapper, "text", begin.tail)
    begin.tail = None
    begin.addnext(wrapper)
    wrapper.extend(inside)
    return wrapper
