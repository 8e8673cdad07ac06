"""Menus that scripts draw: names and addresses that stand there as literals.

    {name: '政府信息公开年报', url: '/zfxxgk/nb/'}      an entry of a menu, keys in any order
    d.add(12, 3, '政府信息公开年报', '/zfxxgk/nb/')     a call, or an array, of a name and an address
    html += '<li><a href="/zfxxgk/nb/">年报</a></li>'   markup in a string

What is put together at run time is known only to who runs it, and is left out.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pipelines.text.scripts import STRING, string_value

if TYPE_CHECKING:
    from collections.abc import Iterator

# Possessive throughout: what was read is never read again, whatever the page holds.
_FIELD = re.compile(
    rf"""(?<![\w$])["']?(?P<key>[A-Za-z_]\w{{0,30}})["']?\s*+:\s*+(?P<value>{STRING})""", re.DOTALL
)
_NAME_KEY = re.compile(
    r"(?:column|channel|chnl|cat(?:egory|alog)?|menu|node|link|c)?_?(?:name|title|text|label|desc|mc)",
    re.IGNORECASE,
)
_ADDRESS_KEY = re.compile(
    r"(?:column|channel|chnl|cat(?:egory|alog)?|menu|node|link|jump|page|list|index)?_?(?:url|href|link|path|uri|address)",
    re.IGNORECASE,
)
_RUN = re.compile(rf"(?:{STRING}|\d++)(?:\s*+,\s*+(?:{STRING}|-?\d++|null|true|false))++")
_ONE_STRING = re.compile(STRING)
_ANCHOR = re.compile(
    r"""<a\b[^<>]{0,400}?\bhref\s*=\s*\\?["']?(?P<href>[^"'\\\s<>]{1,400})[^<>]{0,400}>(?P<text>.{0,200}?)<\\?/a""",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]*>")
_LOOKS_LIKE_ADDRESS = re.compile(
    r"(?:https?:)?//[\w.:-]+/?\S*|\.{0,2}/\S*|[\w./-]+\.(?:s?html?|jsp|aspx?|php|do)(?:[?#]\S*)?"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LONGEST_ENTRY = 2_000


def linked_in_script(script: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its address that a script holds as literals.

    Args:
        script: without comments.
    """
    yield from _entries(script)
    yield from _runs(script)
    yield from _anchors(script)


def quoted_address(code: str) -> str | None:
    """Return the address that a click leads to: `window.open('/a/')`, `location.href='b.html'`."""
    for found in _ONE_STRING.finditer(code[:_LONGEST_ENTRY]):
        value = _value(found[0])
        if _LOOKS_LIKE_ADDRESS.fullmatch(value):
            return value
    return None


def _entries(script: str) -> Iterator[tuple[str, str]]:
    for piece in re.split(r"[{}]", script):
        if len(piece) > _LONGEST_ENTRY or (not _HAN.search(piece) and "\\u" not in piece):
            continue
        fields = [(found["key"], _value(found["value"])) for found in _FIELD.finditer(piece)]
        names = [value for key, value in fields if _NAME_KEY.fullmatch(key) and _HAN.search(value)]
        addresses = [
            value
            for key, value in fields
            if _ADDRESS_KEY.fullmatch(key) and _LOOKS_LIKE_ADDRESS.fullmatch(value)
        ]
        if names and addresses:
            yield names[0], addresses[0]


def _runs(script: str) -> Iterator[tuple[str, str]]:
    for found in _RUN.finditer(script):
        name = ""
        for value in map(_value, _ONE_STRING.findall(found[0])):
            if name and _LOOKS_LIKE_ADDRESS.fullmatch(value):
                yield name, value
                name = ""
            elif _HAN.search(value) and "<" not in value:
                name = value


def _anchors(script: str) -> Iterator[tuple[str, str]]:
    for found in _ANCHOR.finditer(script):
        name = html.unescape(_TAG.sub("", found["text"]))
        if _HAN.search(name) and "+" not in found["href"]:
            yield name, html.unescape(found["href"])


def _value(written: str) -> str:
    return html.unescape(string_value(written))
