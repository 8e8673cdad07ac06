"""Which element of a page is its body, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.decode.containers import Container, find_container, measure
from pipelines.decode.elements import Element, body_of
from pipelines.decode.furniture import drop_menus
from pipelines.decode.locate import locate_body
from pipelines.knowledge import load_table


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


def find_body(root: Element, markup: str | None, url: str, *, is_whole: bool = False) -> Body:
    """Find the body of a page; menus are cut out of it where its container is not known.

    Args:
        root: the parsed page, furniture dropped already.
        markup: the page as text, for trafilatura; None for a page that is too big for it.
        url: its address.
        is_whole: whether the page is a document saved as one, so that all of it is the body.
    """
    table = load_table("page_structure")
    container = find_container(root)
    if container and container.size >= table["container_floor"]:
        return Body(container.element, f"container:{container.name}", container.size < table["thin_below"])
    page = body_of(root)
    if is_whole:
        return Body(page, "body", is_thin=False)
    is_built_of_links = measure("body", page).link_share > table["menu_page_link_share"]
    drop_menus(root)
    located = locate_body(root, markup, url) if markup is not None else None
    extractor = "body" if located is None else "trafilatura"
    unnamed = measure(extractor, page if located is None else located)
    if _is_text(unnamed, table):
        return Body(unnamed.element, extractor, is_thin=False)
    if container:
        return Body(container.element, f"container:{container.name}", is_thin=True)
    is_page = unnamed.element is page
    if unnamed.link_share <= table["link_share_limit"] and not (is_page and is_built_of_links):
        return Body(unnamed.element, extractor, is_thin=True)
    return Body(root.makeelement("div"), extractor, is_thin=True)


def _is_text(candidate: Container, table: dict[str, Any]) -> bool:
    return bool(
        candidate.size >= table["unnamed_floor"] and candidate.link_share <= table["link_share_limit"]
    )
