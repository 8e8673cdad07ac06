"""How wide a text is at most, in the fonts that charts are drawn with, and its lines in a given width.

No font is read: the widths are bounds over the common faces, so that what they keep apart never collides.
"""

from __future__ import annotations

import re
import unicodedata

_WIDE = frozenset("mwMW%@—…")
_UNIT = re.compile(r"\s+|[(（《“‘「]*(?:[^\W\d_\u3400-\u9fff]{1,24}|\d[\d.,%]{0,23}|.)", re.DOTALL)
"""A word or a number, so long that it fits a line at all, or another character, and brackets that open it."""


def measure_text(text: str, size: float) -> float:
    """Return a width that a text in letters of a size does not exceed."""
    return size * sum(_width_of(character) for character in text)


def wrap_text(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text; words and numbers stay whole, and no line begins with a closing mark."""
    lines: list[str] = []
    line = ""
    for unit in _UNIT.findall(text):
        is_closing = unicodedata.category(unit[0]) in {"Pe", "Po", "Pf"}
        if line and not is_closing and measure_text(line + unit, size) > width:
            lines.append(line.rstrip())
            line = unit.lstrip()
        else:
            line += unit
    return [*lines, line.rstrip()] if line.strip() else lines


def cut_text(text: str, most: int) -> str:
    """Return a text; of one with more than so many characters its beginning, and that it goes on."""
    return text if len(text) <= most else text[:most] + "…"


def _width_of(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return 0.95 if character in _WIDE else 0.62
