"""The element that holds the body of an article, by the names that content systems give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from pipelines.knowledge import load_table
from pipelines.readers.html.elements import select_elements, write_text
from pipelines.readers.html.running_text import dropped_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.readers.html.elements import Element

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
    table = load_table("page_structure")
    found = [*_between_markers(root), *_named_containers(root)]
    candidates = [c for c in found if c.size and c.link_share <= table["link_share_limit"]]
    if not candidates:
        return max(found, key=lambda c: c.size, default=None) if any(c.size for c in found) else None
    largest = max(candidate.size for candidate in candidates)
    return next(c for c in candidates if c.size >= table["share_of_largest"] * largest)


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
            if part.tag in dropped_elements():
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
    selectors = [name for entry in load_table("page_structure")["containers"] for name in entry["selectors"]]
    found = select_elements(root, selectors)[:MAX_CANDIDATES]
    return [measure_element(name, element) for name, element in found]


def _between_markers(root: Element) -> list[Container]:
    """Gather what stands between a pair of marker comments under one parent into an element of its own."""
    pairs = {marker["begin"]: marker["end"] for marker in load_table("page_structure")["comment_markers"]}
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
