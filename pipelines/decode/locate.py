"""Where the body stands on a page whose container has no known name: trafilatura says which words.

Only the words are taken from it: its own text flattens tables and drops spans. The element of the page
that holds those words is rendered like a known container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trafilatura

from pipelines.decode.inline import dropped_elements

if TYPE_CHECKING:
    from pipelines.decode.elements import Element

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
    found = _Words(words)
    total = 0
    for element in root.iter("*"):
        if element.tag in dropped_elements():
            continue
        own = sum(found.length(text) for text in (element.text, *(child.tail for child in element)) if text)
        total += own
        if own:
            _credit(weights, element, own)
    best: Element | None = None
    for element, weight in weights.items():
        if weight >= COVERAGE * total and (best is None or _is_inside(element, best)):
            best = element
    return best


class _Words:
    """The main text without white space; the same piece is looked up once, however often it stands there."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._lengths: dict[str, int] = {}

    def length(self, text: str) -> int:
        """Return the length of a piece of text when the main text holds it, else 0."""
        piece = "".join(text.split())
        if piece not in self._lengths:
            holds = len(piece) >= SHORTEST_PIECE and piece in self._words
            self._lengths[piece] = len(piece) if holds else 0
        return self._lengths[piece]


def _credit(weights: dict[Element, int], element: Element, size: int) -> None:
    weights[element] = weights.get(element, 0) + size
    for ancestor in element.iterancestors():
        weights[ancestor] = weights.get(ancestor, 0) + size


def _is_inside(element: Element, other: Element) -> bool:
    return any(ancestor is other for ancestor in element.iterancestors())
