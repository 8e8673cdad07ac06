"""Brackets in a text and what stands between them, nested ones and mixed widths too."""

from __future__ import annotations

import re

_OPENING = {char: family for family, chars in enumerate(("（(", "【[［", "〔﹝")) for char in chars}
_CLOSING = {char: family for family, chars in enumerate(("）)", "】]］", "〕﹞")) for char in chars}
_ANY = re.compile(f"[{re.escape(''.join([*_OPENING, *_CLOSING]))}]")


def find_brackets(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of brackets with their content, an outer one before those inside it.

    One that is never closed has no span and takes none from others: （各县（市、区）负责） is two.
    """
    open_ones: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    for match in _ANY.finditer(text):
        char, place = match.group(), match.start()
        if char in _OPENING:
            open_ones.append((place, _OPENING[char]))
        elif open_ones and open_ones[-1][1] == _CLOSING[char]:
            spans.append((open_ones.pop()[0], place + 1))
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def split_outside(text: str, separators: str) -> list[tuple[str, str]]:
    """Split a text at characters that stand in no bracket.

    Returns:
        Parts, each with the separator behind it; the last part has an empty one.
    """
    parts: list[tuple[str, str]] = []
    depth = start = 0
    for place, char in enumerate(text):
        depth = max(0, depth + (char in _OPENING) - (char in _CLOSING))
        if depth == 0 and char in separators:
            parts.append((text[start:place], char))
            start = place + 1
    return [*parts, (text[start:], "")]
