"""Selectors as the tables of knowledge write them, compared without regard to letter case.

Portals write `#Zoom`, `#zoom` and `.TRS_Editor`, `.trs_editor` for the same thing, which CSS would keep
apart. Only four forms are needed: `name`, `#id`, `.class` and `[class^=beginning]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.decode.elements import Element

BEGINNING = "[class^="


def select(root: Element, selectors: Sequence[str]) -> list[tuple[str, Element]]:
    """Return the elements that selectors name with the selector, by selector first, then by place."""
    wanted = frozenset(selectors)
    beginnings = tuple(s.removeprefix(BEGINNING).rstrip("]") for s in selectors if s.startswith(BEGINNING))
    found: list[tuple[str, Element]] = []
    for element in root.iter("*"):
        found += [(name, element) for name in _names(element, beginnings) if name in wanted]
    order = {selector: rank for rank, selector in enumerate(selectors)}
    return sorted(found, key=lambda match: order[match[0]])


def _names(element: Element, beginnings: tuple[str, ...]) -> Iterator[str]:
    """Yield every selector that names an element."""
    if isinstance(element.tag, str):
        yield element.tag.lower()
    if identifier := element.get("id"):
        yield f"#{identifier.strip().lower()}"
    for token in dict.fromkeys((element.get("class") or "").lower().split()):
        yield f".{token}"
        yield from (f"{BEGINNING}{start}]" for start in beginnings if token.startswith(start))
