"""Where the body stands on a page whose container has no known name: trafilatura says which words.

Only the words are taken from it: its own text flattens tables and drops spans. The element of the page
that holds those words is rendered like a known container.
"""

from __future__ import annotations

from typing import Any

import trafilatura

from pipelines.decode.inline import dropped_elements

Element = Any
"""An element of lxml, which ships no types."""

COVERAGE = 0.9
SHORTEST_PIECE = 4
"""Shorter pieces of text stand in many places of a page and locate nothing."""


def locate_body(root: Element, markup: str, url: str) -> Element | None:
    """Return the smallest element that holds nearly all of the main text; None when there is none.

    Args:
        root: the parsed page.
        markup: the same page as text.
        url: its address.
    """
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
    weights: dict[Element, int] = {}
    total = 0
    for element in root.iter("*"):
        if element.tag in dropped_elements():
            continue
        pieces = [element.text, *(child.tail for child in element)]
        own = sum(len(piece) for text in pieces if (piece := _piece(text)) and piece in words)
        total += own
        if own:
            _credit(weights, element, own)
    best: Element | None = None
    for element, weight in weights.items():
        if weight >= COVERAGE * total and (best is None or _is_inside(element, best)):
            best = element
    return best


def _piece(text: str | None) -> str:
    piece = "".join((text or "").split())
    return piece if len(piece) >= SHORTEST_PIECE else ""


def _credit(weights: dict[Element, int], element: Element, size: int) -> None:
    weights[element] = weights.get(element, 0) + size
    for ancestor in element.iterancestors():
        weights[ancestor] = weights.get(ancestor, 0) + size


def _is_inside(element: Element, other: Element) -> bool:
    return any(ancestor is other for ancestor in element.iterancestors())
