"""Numerals as documents print them: Chinese ones, Arabic ones of either width, and signs like ㈠ or ⒈."""

from __future__ import annotations

FIGURES = str.maketrans("〇○◯零Ｏ一二三四五六七八九", "00000123456789")
"""Numerals of one character as Arabic figures, as in the year 二○一八, with all that is set for 〇."""

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}


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
