"""What stands around a text and is not the text: share bars, print buttons, crumbs, counters."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.readers.html.elements import Element, drop_element
from pipelines.readers.html.header_labels import header_lines

if TYPE_CHECKING:
    from pipelines.text.blocks import Block

HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
ELEMENTS_OF_A_BAR = 150
"""A share bar has a few dozen elements; what has more is not measured further."""
FILE_LINK = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|zip|rar)\b", re.IGNORECASE)
MENU_ELEMENTS = frozenset(
    {"ul", "ol", "dl", "div", "table", "td", "section", "aside", "header", "footer", "p"}
)
LINKS_OF_A_MENU = 3
FRAMES_OF_A_MENU = 12
"""How many elements around a link may be its menu; the frames around those hold the text as well."""
HEAD_BLOCKS = 12
PROSE_CHARS = 80


def drop_boilerplate(root: Element) -> None:
    """Remove the short elements whose class or id names boilerplate, and short hidden ones."""
    limit = load_table("page_structure")["boilerplate"]["max_characters"]
    doomed = [element for element in root.iter("*") if _is_named(element) and _is_short(element, limit)]
    for element in doomed:
        if element.getparent() is not None and element.tag not in ("html", "body"):
            drop_element(element)


def drop_menus(root: Element) -> None:
    """Remove the blocks that consist of links to other pages: menus, lists of news, footers of links."""
    # All are found before the first is removed: lxml looks through a removed tree once for every element
    # of it that is still referred to.
    for menu in _menus(root):
        drop_element(menu)


def _menus(root: Element) -> list[Element]:
    share = load_table("page_structure")["menu_link_share"]
    linked: dict[Element, list[int]] = {}
    for link in root.iter("a"):
        size = _size(link)
        if size and not FILE_LINK.search(link.get("href") or ""):
            for ancestor in islice(link.iterancestors(*MENU_ELEMENTS), FRAMES_OF_A_MENU):
                linked.setdefault(ancestor, []).append(size)
    return [
        element
        for element, sizes in linked.items()
        if len(sizes) >= LINKS_OF_A_MENU and sum(sizes) >= share * _size(element)
    ]


def _size(element: Element) -> int:
    return sum(len(text.strip()) for text in element.itertext())


@cache
def _words() -> frozenset[str]:
    return frozenset(load_table("page_structure")["boilerplate"]["words"])


def _is_named(element: Element) -> bool:
    if HIDDEN.search(element.get("style") or ""):
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if names == " ":
        return False
    whole = re.split(r"[\s_-]+", names.lower())
    return not _words().isdisjoint(whole) or not _words().isdisjoint(w.lower() for w in WORD.findall(names))


def _is_short(element: Element, limit: int) -> bool:
    size = 0
    for count, part in enumerate(islice(element.iter(), ELEMENTS_OF_A_BAR + 1)):
        size += len((part.text or "").strip()) if part.tag not in ("script", "style") else 0
        size += len((part.tail or "").strip()) if part is not element else 0
        if size > limit or count == ELEMENTS_OF_A_BAR:
            return False
    return True


@cache
def _line_patterns() -> re.Pattern[str]:
    return re.compile(
        "|".join(f"(?:{pattern})" for pattern in load_table("page_structure")["boilerplate_lines"])
    )


def is_boilerplate_line(line: str) -> bool:
    """Tell whether a line standing alone is a button, a counter, a crumb."""
    return len(line) <= 160 and _line_patterns().fullmatch(line) is not None


def trim_blocks(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Take boilerplate off both ends of a text and header lines off its head.

    Returns:
        The blocks that are text, and the header lines that were taken off.
    """
    head = blocks[:HEAD_BLOCKS]
    in_header = header_lines(["" if block.is_table else block.text for block in head])
    header: list[str] = []
    kept: list[Block] = []
    for position, block in enumerate(blocks):
        is_prose = block.is_table or len(block.text) > PROSE_CHARS
        if position in in_header:
            header.append(block.text)
        elif position >= HEAD_BLOCKS or is_prose:
            kept += blocks[position:]
            break
        elif not is_boilerplate_line(block.text):
            kept.append(block)
    while kept and not kept[-1].is_table and is_boilerplate_line(kept[-1].text):
        kept.pop()
    return tuple(kept), tuple(header)
