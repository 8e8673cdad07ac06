"""Numerals as documents print them, read and written: Chinese and Arabic ones, signs like ㈠ or ⒈."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = str.maketrans("〇○◯零Ｏ一二三四五六七八九", "00000123456789")
"""Numerals of one character as Arabic figures, as in the year 二○一八, with all that is set for 〇."""

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}


_RUN_OF_FIGURES = re.compile(r"\d+")


def mask_numbers(text: str) -> str:
    """Return a text with each number as 0: running heads and titles that differ by theirs alone are alike."""
    return _RUN_OF_FIGURES.sub("0", text)


def list_numbers(text: str) -> list[str]:
    """Return the numbers of a text as their figures are printed; of 3.5 two."""
    return _RUN_OF_FIGURES.findall(text)


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
    # 百 and 十 multiply the digit before them and 〇 is no digit of its own, so 一百〇五 is 105.
    return total + digit


# Numbers as lists print them: the third as 三, ③ or iii. ECMA-376 part 1, 17.18.59 (ST_NumberFormat) names
# the styles; those that programs print differently are left out.

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_IDEOGRAPHS = str.maketrans("0123456789", "〇一二三四五六七八九")
_DIGITS_OF: Mapping[str, Mapping[int, int]] = {
    "": {},
    "decimal": {},
    "decimalHalfWidth": {},
    "decimalFullWidth": _FULL_WIDTH,
    "decimalFullWidth2": _FULL_WIDTH,
    "ideographDigital": _IDEOGRAPHS,
    "japaneseDigitalTenThousand": _IDEOGRAPHS,
}
# Signs that Unicode has for numbers (U+2460 to U+249B): up to 20, none for what is greater.
_SIGNS: Mapping[str, str] = {
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "taiwaneseDigital": "一二三四五六七八九十",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
_COUNTED = frozenset(
    (
        *("chineseCounting", "chineseCountingThousand", "japaneseCounting"),
        *("taiwaneseCounting", "taiwaneseCountingThousand"),
    )
)
# Of one place; the others are written alike, with the signs of `_ROMAN_PLACES`, from the thousands on.
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN_PLACES = ("m  ", "cdm", "xlc", "ivx")
# The largest Roman numeral without a line over it: MMMCMXCIX.
_LARGEST = 3999


def print_number(number: int, style: str) -> str | None:
    """Return a number in a style of lists (ST_NumberFormat); None where the print is not known for sure.

    Args:
        number: from 0.
        style: `decimal`, `chineseCounting` …; `none` and `bullet` print no number.
    """
    if style in ("none", "bullet"):
        return ""
    if number > _LARGEST:
        return None
    if style in _DIGITS_OF:
        return str(number).translate(_DIGITS_OF[style])
    if style == "decimalZero":
        return f"{number:02d}"
    if style in _SIGNS:
        return _SIGNS[style][number - 1 : number] or None if number else None
    return _print_counted(number, style) if number else None


def _print_counted(number: int, style: str) -> str | None:
    if style in _COUNTED:
        # 12 is 十二; beyond 99 programs differ.
        tens, ones = (str(digit).translate(_IDEOGRAPHS) for digit in divmod(number, 10))
        lead = "" if number < 10 else "十" if number < 20 else f"{tens}十"
        return lead + ones.strip("〇") if number < 100 else None
    if style in ("lowerLetter", "upperLetter"):
        # The 27th is aa, the 53rd aaa.
        times, at = divmod(number - 1, len(ascii_lowercase))
        printed = ascii_lowercase[at] * (times + 1) if times < 30 else ""
    elif style in ("lowerRoman", "upperRoman"):
        digits = f"{number:04d}"
        printed = "".join(
            _ROMAN[int(digit)].translate(str.maketrans("ivx", signs))
            for digit, signs in zip(digits, _ROMAN_PLACES, strict=True)
        )
    else:
        return None
    return (printed.upper() if style.startswith("upper") else printed) or None
