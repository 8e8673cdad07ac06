"""Numerals as documents print them, read and written: Chinese and Arabic ones, signs like ㈠ or ⒈."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIGURES = str.maketrans("〇○◯零Ｏ一二三四五六七八九", "00000123456789")
"""Numerals of one character as Arabic figures, as in the year 二○一八, with all that is set for 〇."""

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}


_RUN_OF_FIGURES = re.compile(r"\d+")


def mask_numbers(text: str) -> str:
    """Return a text with each number as 0: running heads and titles that differ by theirs alone are alike."""
    return _RUN_OF_FIGURES.sub("0", text)


def ordinal_of(numeral: str) -> int:
    """Return the value of a numeral: Chinese up to 999, Arabic of either width, or a sign like ㈠ or ⒈."""
    if numeral.isdecimal():
        return int(numeral)
    if "㈠" <= numeral <= "㈩":
        return ord(numeral) - ord("㈠") + 1
    if "⒈" <= numeral <= "⒛":
        return ord(numeral) - ord("⒈") + 1
    total = 0
    digit = 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


# Numbers as lists print them: the third as 三, ③ or iii. ECMA-376 part 1, 17.18.59 (ST_NumberFormat) names
# the styles; here are those of Chinese documents that all programs print alike.

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_IDEOGRAPHS = str.maketrans("0123456789", "〇一二三四五六七八九")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
# From one on; what is greater is not printed alike, or seldom.
_SIGNS: Mapping[str, Sequence[str]] = {
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "lowerLetter": ascii_lowercase,
    "upperLetter": ascii_uppercase,
    "lowerRoman": _ROMAN,
    "upperRoman": tuple(map(str.upper, _ROMAN)),
}
# LibreOffice writes each of them as `taiwaneseCounting` where it makes DOCX of DOC.
_COUNTED = frozenset(
    (
        *("chineseCounting", "chineseCountingThousand", "japaneseCounting"),
        *("taiwaneseCounting", "taiwaneseCountingThousand"),
    )
)


def print_number(number: int, style: str) -> str | None:
    """Return a number in a style of lists (ST_NumberFormat); None where the print is not known for sure.

    Args:
        number: from 0.
        style: `decimal`, `chineseCounting` …; `none` and `bullet` print no number.
    """
    if style in ("none", "bullet"):
        return ""
    if style in ("", "decimal"):
        return str(number)
    if style == "decimalZero":
        return f"{number:02d}"
    if style in ("decimalFullWidth", "decimalFullWidth2"):
        return str(number).translate(_FULL_WIDTH)
    if style in _COUNTED and 0 < number < 100:
        # 12 is 十二; beyond 99 programs differ.
        tens, ones = (str(digit).translate(_IDEOGRAPHS) for digit in divmod(number, 10))
        lead = "" if number < 10 else "十" if number < 20 else f"{tens}十"
        return lead + ones.strip("〇")
    signs = _SIGNS.get(style, ())
    return signs[number - 1] if 0 < number <= len(signs) else None
