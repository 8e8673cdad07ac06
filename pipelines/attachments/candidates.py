"""What one element of a page may attach: its address, wherever it was put, and what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.attachments import knowledge
from pipelines.attachments.pointing import Leads, Pointed, file_name, is_made_up, point
from pipelines.attachments.records import How
from pipelines.attachments.scripted import read_click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.readers.html.elements import Element

FRAMES = {"iframe": "src", "embed": "src", "frame": "src", "object": "data", "param": "value"}
"""Elements that show a file, and the attribute that says which."""
_PARAMS = frozenset({"src", "filename", "url", "movie"})
_SCRIPT = re.compile(r"\s*javascript\s*:", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,5})\s*(?:px)?\s*$")
_STYLE_WIDTH = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*(\d{1,5})px", re.IGNORECASE)
_TEXT_PIECES = 80
_TEXT_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be an attachment.

    Attributes:
        how: by what it was found.
        written: what stands in the place of the address.
        pointed: where that leads; None for what is unresolved.
    """

    how: How
    written: str
    pointed: Pointed | None


def candidate_of(element: Element, base: str) -> Candidate | None:
    """Return what an element may attach; None where nothing in it looks like it.

    Args:
        element: any but a script or a picture.
        base: the address that its addresses are relative to.
    """
    if element.tag in FRAMES:
        return _framed(element, base)
    if knowledge.address_places().isdisjoint(element.keys()):
        return None
    unresolved = None
    for found in _addresses(element, base):
        if found.pointed is not None:
            return found
        unresolved = unresolved or found
    return unresolved


def picture_of(element: Element, base: str) -> Candidate | None:
    """Return a picture that may be a page of a text; None for icons, what is small, what a designer named."""
    written = (element.get("src") or element.get("data-src") or "").strip()
    if not written or knowledge.pattern("icons").search(written) or _is_small(element):
        return None
    pointed = point(written, base)
    if pointed is None or pointed.leads is not Leads.IMAGE or not is_made_up(file_name(pointed.url)):
        return None
    return Candidate(How.SCAN, written, pointed)


def is_marked(element: Element) -> bool:
    """Tell whether an editor marked a link as an attachment."""
    return any(
        element.get(name) is not None and element.get(name).strip().lower() != "false"
        for name in knowledge.marks()
    )


def stated_names(element: Element) -> tuple[str, ...]:
    """Return the names that the attributes of an element state, in the order of trust."""
    values = (element.get(name) for name in knowledge.words("name_attributes"))
    return tuple(
        value for value in values if value and value.strip().lower() not in ("true", "false", "download")
    )


def text_of(element: Element) -> str:
    """Return the text of a link, or of as much of a large element as may be one."""
    text, length = [], 0
    for part in islice(element.iter("*"), _TEXT_PIECES):
        if part.tag in ("script", "style"):
            continue
        for piece in (part.text, part.tail if part is not element else None):
            if piece:
                text.append(piece[:_TEXT_CHARACTERS])
                length += len(piece)
        if length > _TEXT_CHARACTERS:
            break
    return "".join(text)


def _addresses(element: Element, base: str) -> Iterator[Candidate]:
    href = (element.get("href") or "").strip() if element.tag in ("a", "area") else ""
    if _SCRIPT.match(href):
        yield from _clicked(_SCRIPT.sub("", href, count=1), base)
    elif href and not href.startswith("#"):
        pointed = point(href, base)
        if pointed is not None and pointed.leads is not Leads.PAGE:
            yield Candidate(How.VIEWER if pointed.in_viewer else How.LINK, href, pointed)
    for name in knowledge.words("address_attributes"):
        written = (element.get(name) or "").strip()
        pointed = point(written, base) if written else None
        if pointed is not None and pointed.leads in (Leads.FILE, Leads.HANDED_OUT):
            yield Candidate(How.DATA, written, pointed)
    yield from _clicked(element.get("onclick") or "", base)


def _clicked(script: str, base: str) -> Iterator[Candidate]:
    clicked = read_click(script, base) if script else None
    if clicked is None:
        return
    if clicked.written is None:
        yield Candidate(How.UNRESOLVED, clicked.call or "", None)
        return
    pointed = point(clicked.written, base)
    if pointed is not None:
        yield Candidate(How.VIEWER if pointed.in_viewer else How.CALL, clicked.written, pointed)


def _framed(element: Element, base: str) -> Candidate | None:
    if element.tag == "param" and (element.get("name") or "").lower() not in _PARAMS:
        return None
    written = (element.get(FRAMES[element.tag]) or "").strip()
    pointed = point(written, base) if written else None
    if pointed is None or pointed.leads not in (Leads.FILE, Leads.HANDED_OUT):
        return None
    return Candidate(How.VIEWER if pointed.in_viewer else How.FRAME, written, pointed)


def _is_small(element: Element) -> bool:
    limit = knowledge.number("icon_pixels")
    declared = [
        int(found.group(1))
        for name in ("width", "height")
        if (found := _PIXELS.match(element.get(name) or "")) is not None
    ]
    declared += [int(size) for size in _STYLE_WIDTH.findall(element.get("style") or "")]
    return bool(declared) and min(declared) <= limit
