"""Addresses of files in scripts: in what a click starts, and in the literals of a script of the page.

What a script would compute is not computed: an address that is joined from parts, or an id that only a
function of the site turns into one, stays unresolved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.attachments import knowledge
from pipelines.attachments.pointing import LONGEST_WRITTEN, Leads, is_trs_name, point
from pipelines.text.scripts import STRING, string_value, strip_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_HANDLER = 4_000
LONGEST_SCRIPT = 2_000_000
_BEFORE = 60
_STRING = re.compile(STRING)
_CALL = re.compile(
    rf"(?<![\w$.])(?P<name>[\w$][\w$.]{{0,60}})\s*+\((?P<inside>(?:{STRING}|[^()'\"]){{0,40}}+)\)"
)
_TOKEN = re.compile(
    rf"(?:(?P<keystring>{STRING})|(?P<key>[\w$]++))\s*+:\s*+(?P<value>{STRING})|(?P<lone>{STRING})|(?P<brace>[{{}}])"
)
_OWNER = re.compile(r"([\w$]{1,40})\s*(?:=|\(|\[|:|,)\s*$")
_WHITE = re.compile(r"[\s<>{}]")


@dataclass(frozen=True, slots=True)
class Clicked:
    """What a click would do.

    Attributes:
        written: the address as it stands in the script; None where there is none.
        call: the call that fetches the file, where no address tells.
    """

    written: str | None
    call: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """An address in a script.

    Attributes:
        written: as it stands there.
        name: what a key beside it calls the file; empty where nothing does.
        owner: the variable, key or function that it belongs to; empty where that is not plain.
    """

    written: str
    name: str
    owner: str


@dataclass(slots=True)
class _Object:
    title: str = ""
    found: list[tuple[int, str, str]] = field(default_factory=list)


def read_click(script: str, base: str) -> Clicked | None:
    """Read what a click starts; None where it fetches no file.

    Args:
        script: an `onclick`, or what follows `javascript:`.
        base: the address that addresses in it are relative to.
    """
    script = script[:LONGEST_HANDLER]
    for literal in _STRING.finditer(script):
        written = string_value(literal[0])
        if not _is_joined(script, literal) and _is_file(written, base):
            return Clicked(written, None)
    for call in _CALL.finditer(script):
        if call["inside"].strip() and knowledge.pattern("fetching_calls").fullmatch(f"{call['name']}("):
            return Clicked(None, " ".join(call[0].split()))
    return None


def read_script(script: str, base: str) -> Iterator[Stated]:
    """Yield each literal of a script that is the address of a file, in order.

    Args:
        script: the script, comments in it or not.
        base: the address that addresses in it are relative to.
    """
    script = strip_comments(script[:LONGEST_SCRIPT])
    order: list[tuple[int, Stated]] = []
    objects = [_Object()]
    for token in _TOKEN.finditer(script):
        if token["brace"] == "{":
            objects.append(_Object())
        elif token["brace"] and len(objects) > 1:
            order += _told(objects.pop())
        elif not token["brace"]:
            _take(token, script, base, objects[-1])
    while objects:
        order += _told(objects.pop())
    yield from (stated for _, stated in sorted(order, key=lambda each: each[0]))


def written_markup(script: str) -> Iterator[str]:
    """Yield the literals of a script that hold links."""
    for literal in _STRING.finditer(script[:LONGEST_SCRIPT]):
        if "<a" in literal[0] or "<iframe" in literal[0] or "<embed" in literal[0]:
            yield string_value(literal[0])


def _take(token: re.Match[str], script: str, base: str, inside: _Object) -> None:
    written = token["value"] or token["lone"]
    if not written:
        return
    start = token.start("value") if token["value"] else token.start("lone")
    text = string_value(written)
    owner = _owner(token, script)
    if knowledge.pattern("script_title_keys").search(owner):
        inside.title = inside.title or text
    elif not _is_joined_at(script, start, start + len(written)) and _is_address(text, owner, base):
        inside.found.append((start, text, owner))


def _told(each: _Object) -> list[tuple[int, Stated]]:
    return [(start, Stated(written, each.title, owner)) for start, written, owner in each.found]


def _owner(token: re.Match[str], script: str) -> str:
    if token["value"]:
        return token["key"] or string_value(token["keystring"])
    before = _OWNER.search(script[max(0, token.start() - _BEFORE) : token.start()])
    return before.group(1) if before else ""


def _is_address(text: str, owner: str, base: str) -> bool:
    """Tell whether a literal is the address of a document, and not its name, a pattern or a piece of one."""
    if len(text) > LONGEST_WRITTEN or _WHITE.search(text.strip()):
        return False
    is_owned = knowledge.pattern("script_names").search(owner) is not None
    if "/" not in text and not is_trs_name(text) and not is_owned:
        return False
    pointed = point(text, base)
    return pointed is not None and pointed.leads is Leads.FILE


def _is_file(text: str, base: str) -> bool:
    pointed = point(text, base)
    return pointed is not None and pointed.leads in (Leads.FILE, Leads.HANDED_OUT)


def _is_joined(script: str, literal: re.Match[str]) -> bool:
    return _is_joined_at(script, literal.start(), literal.end())


def _is_joined_at(script: str, start: int, end: int) -> bool:
    """Tell whether a literal is only part of what the script makes of it."""
    after = script[end : end + 20].lstrip()
    before = script[max(0, start - 20) : start].rstrip()
    return after.startswith("+") or before.endswith("+")
