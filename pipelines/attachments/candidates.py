"""What one element of a page may attach: its address, wherever it was put, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from pipelines.attachments import ADDRESS_PLACES, KNOWN, LOOKED_AT, MARKS, How
from pipelines.attachments.link_targets import (
    Leads,
    Pointed,
    file_name,
    is_made_up,
    is_trs_name,
    read_target,
)
from pipelines.readers.html.elements import Element
from pipelines.text.page_source import STRING, string_value, strip_comments

FRAMES = {"iframe": "src", "embed": "src", "frame": "src", "object": "data", "param": "value"}
"""Elements that show a file, and the attribute that says which."""
# `movie` is Flash's; viewers of PDF take `src`, `url` or `filename`.
_PARAMS = frozenset({"src", "filename", "url", "movie"})
_SCRIPT = re.compile(r"\s*javascript\s*:", re.IGNORECASE)
# What editors put before a link, as UEditor's `fileTypeImages/icon_pdf.gif`, is small: an icon, no
# attachment.
_PIXELS = re.compile(r"\s*(\d{1,5})\s*(?:px)?\s*$")
_STYLE_WIDTH = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*(\d{1,5})px", re.IGNORECASE)


class Candidate(NamedTuple):
    """Something that may be an attachment.

    Attributes:
        how: by what it was found.
        written: what stands in the place of the address.
        pointed: where that leads; None for what is unresolved.
    """

    how: How
    written: str
    pointed: Pointed | None

    @property
    def url(self) -> str | None:
        """The address; None for what is unresolved."""
        return None if self.pointed is None else self.pointed.url


def candidate_of(element: Element, base: str) -> Candidate | None:
    """Return what an element may attach; None where nothing in it looks like it.

    Args:
        element: any but a script or a picture.
        base: the address that its addresses are relative to.
    """
    if element.tag in FRAMES:
        return _framed_file(element, base)
    if ADDRESS_PLACES.isdisjoint(element.keys()):
        return None
    found = [candidate for candidate in _written_addresses(element, base) if candidate]
    return next((candidate for candidate in found if candidate.pointed), next(iter(found), None))


def picture_of(element: Element, base: str) -> Candidate | None:
    """Return a picture that may be a page of a text; None for icons, what is small, what a designer named."""
    written = (element.get("src") or element.get("data-src") or "").strip()
    if not written or KNOWN.icons.search(written) or _is_small(element):
        return None
    pointed = read_target(written, base)
    if pointed is None or pointed.leads is not Leads.IMAGE or not is_made_up(file_name(pointed.url)):
        return None
    return Candidate(How.SCAN, written, pointed)


def is_marked(element: Element) -> bool:
    """Tell whether an editor marked a link as an attachment."""
    return any(
        element.get(name) is not None and element.get(name).strip().lower() != "false" for name in MARKS
    )


def stated_names(element: Element) -> tuple[str, ...]:
    """Return the names that the attributes of an element state, in the order of trust."""
    values = (element.get(name) for name in KNOWN.name_attributes)
    return tuple(
        value for value in values if value and value.strip().lower() not in ("true", "false", "download")
    )


def text_of(element: Element) -> str:
    """Return the text of a link, or of as much of a large element as may be one."""
    text, length = [], 0
    for part in islice(element.iter("*"), LOOKED_AT.link_elements):
        if part.tag in ("script", "style"):
            continue
        for piece in (part.text, part.tail if part is not element else None):
            if piece:
                text.append(piece[: LOOKED_AT.link_characters])
                length += len(piece)
        if length > LOOKED_AT.link_characters:
            break
    return "".join(text)


def _written_addresses(element: Element, base: str) -> Iterator[Candidate | None]:
    href = (element.get("href") or "").strip() if element.tag in ("a", "area") else ""
    if _SCRIPT.match(href):
        yield _clicked_file(_SCRIPT.sub("", href, count=1), base)
    elif href and not href.startswith("#"):
        pointed = read_target(href, base)
        if pointed is not None and pointed.leads is not Leads.PAGE:
            yield _pointing(How.LINK, href, pointed)
    for name in KNOWN.address_attributes:
        written = (element.get(name) or "").strip()
        pointed = read_target(written, base) if written else None
        if pointed is not None and pointed.is_file:
            yield Candidate(How.DATA, written, pointed)
    yield _clicked_file(element.get("onclick") or "", base)


def _pointing(how: How, written: str, pointed: Pointed) -> Candidate:
    """Return a candidate whose address is known, which may be that of a viewer."""
    return Candidate(How.VIEWER if pointed.in_viewer else how, written, pointed)


def _framed_file(element: Element, base: str) -> Candidate | None:
    if element.tag == "param" and (element.get("name") or "").lower() not in _PARAMS:
        return None
    written = (element.get(FRAMES[element.tag]) or "").strip()
    pointed = read_target(written, base) if written else None
    return _pointing(How.FRAME, written, pointed) if pointed is not None and pointed.is_file else None


def _is_small(element: Element) -> bool:
    limit = KNOWN.icon_pixels
    declared = [
        int(found.group(1))
        for name in ("width", "height")
        if (found := _PIXELS.match(element.get(name) or "")) is not None
    ]
    declared += [int(size) for size in _STYLE_WIDTH.findall(element.get("style") or "")]
    return bool(declared) and min(declared) <= limit


# What a script would compute is not computed: an address that is joined from parts, or an id that only a
# function of the site turns into one, stays unresolved.
_STRING = re.compile(STRING)
# `window.open('….pdf')`, `download('…')`: looked at as text, and never run.
_CALL = re.compile(
    rf"(?<![\w$.])(?P<name>[\w$][\w$.]{{0,60}})\s*+\((?P<inside>(?:{STRING}|[^()'\"]){{0,40}}+)\)"
)
_TOKEN = re.compile(
    rf"(?:(?P<keystring>{STRING})|(?P<key>[\w$]++))\s*+:\s*+(?P<value>{STRING})|(?P<lone>{STRING})|(?P<brace>[{{}}])"
)
_OWNER = re.compile(r"([\w$]{1,40})\s*(?:=|\(|\[|:|,)\s*$")
_NEVER_IN_ADDRESSES = frozenset("<>{}")


class Stated(NamedTuple):
    """An address in a script.

    Attributes:
        written: as it stands there.
        name: what a key beside it calls the file; empty where nothing does.
        owner: the variable, key or function that it belongs to; empty where that is not plain.
    """

    written: str
    name: str
    owner: str


class _Object(Struct):
    """An object of a script, whose title may stand behind the addresses in it."""

    title: str = ""


def _clicked_file(script: str, base: str) -> Candidate | None:
    """Return what a click starts to fetch; None where that is no file.

    Args:
        script: an `onclick`, or what follows `javascript:`.
        base: the address that addresses in it are relative to.
    """
    script = script[: LOOKED_AT.handler_characters]
    for literal in _STRING.finditer(script):
        written = string_value(literal[0])
        pointed = None if _is_joined(script, *literal.span()) else read_target(written, base)
        if pointed is not None and pointed.is_file:
            return _pointing(How.CALL, written, pointed)
    for call in _CALL.finditer(script):
        if call["inside"].strip() and KNOWN.fetching_calls.fullmatch(f"{call['name']}("):
            return Candidate(How.UNRESOLVED, " ".join(call[0].split()), None)
    return None


def read_script(script: str, base: str) -> Iterator[Stated]:
    """Yield each literal of a script that is the address of a file, in order.

    Args:
        script: the script, comments in it or not.
        base: the address that addresses in it are relative to.
    """
    script = strip_comments(script[: LOOKED_AT.script_characters])
    objects = [_Object()]
    found: list[tuple[str, _Object, str]] = []
    for token in _TOKEN.finditer(script):
        if token["brace"] == "{":
            objects.append(_Object())
        elif token["brace"] and len(objects) > 1:
            objects.pop()
        elif not token["brace"]:
            inside = objects[-1]
            found += ((text, inside, owner) for text, owner in _read_literal(token, script, base, inside))
    # Only where a script ends are all titles known.
    yield from (Stated(written, inside.title, owner) for written, inside, owner in found)


def written_markup(script: str) -> Iterator[str]:
    """Yield the literals of a script that hold links."""
    for literal in _STRING.finditer(script[: LOOKED_AT.script_characters]):
        if "<a" in literal[0] or "<iframe" in literal[0] or "<embed" in literal[0]:
            yield string_value(literal[0])


def _read_literal(token: re.Match[str], script: str, base: str, inside: _Object) -> Iterator[tuple[str, str]]:
    """Yield the address that a literal is, and whose; a title is noted in its object."""
    written = token["value"] or token["lone"]
    if not written:
        return
    start = token.start("value") if token["value"] else token.start("lone")
    text = string_value(written)
    owner = _owner_of(token, script)
    if KNOWN.script_title_keys.search(owner):
        inside.title = inside.title or text
    elif not _is_joined(script, start, start + len(written)) and _is_address(text, owner, base):
        yield text, owner


def _owner_of(token: re.Match[str], script: str) -> str:
    if token["value"]:
        return token["key"] or string_value(token["keystring"])
    before = _OWNER.search(script[max(0, token.start() - LOOKED_AT.owner_reach) : token.start()])
    return before.group(1) if before else ""


def _is_address(text: str, owner: str, base: str) -> bool:
    """Tell whether a literal is the address of a document, and not its name, a pattern or a piece of one."""
    if len(text) > LOOKED_AT.address_characters:
        return False
    if len(text.split()) > 1 or not _NEVER_IN_ADDRESSES.isdisjoint(text):
        return False
    is_owned = KNOWN.script_names.search(owner) is not None
    if "/" not in text and not is_trs_name(text) and not is_owned:
        return False
    pointed = read_target(text, base)
    return pointed is not None and pointed.leads is Leads.FILE


def _is_joined(script: str, start: int, end: int) -> bool:
    """Tell whether a literal is only part of what the script makes of it."""
    after = script[end : end + LOOKED_AT.join_reach].lstrip()
    before = script[max(0, start - LOOKED_AT.join_reach) : start].rstrip()
    return after.startswith("+") or before.endswith("+")
