"""Whether a piece of text is what stands in a value cell: a figure, with its unit, or a dash in its place."""

from __future__ import annotations

import re

_DIGIT = "[0-9０-９]"
NUMBER = rf"(?:{_DIGIT}(?:[0-9０-９,，.．]*{_DIGIT})?|〇)"
"""Digits with the signs that group them; the first and the last character are digits."""
_UNIT = "(?:[万亿千百]{0,2}(?:[元件条项个宗次起份篇部]|人次|件次|项次|人)?|[%％])"
_SIGN = "[-+−－＋增减↑↓]"
_DASH = r"[-—―–−－─/／\\＼*＊]{1,4}|无|暂无|不涉及|[nN][/／]?[aA]"
_FIGURE = re.compile(rf"{_SIGN}?{NUMBER}{_UNIT}[↑↓]?(?:[/／]?{_SIGN}{NUMBER}{_UNIT})?|{_DASH}")
_DIGITS_ONLY = re.compile(rf"{_SIGN}?[0-9０-９,，.．]{{1,20}}(?:万?元)?")
_PAGE_NUMBER = re.compile(
    rf"\s*(?:[-—–－]\s*{_DIGIT}{{1,3}}\s*[-—–－]|第\s*{_DIGIT}{{1,3}}\s*页.{{0,12}})\s*"
)
_LONGEST_FIGURE = 40


def is_figure(text: str) -> bool:
    """Tell whether a text is one figure or the dash that stands for none; blank text is neither."""
    bare = text.strip()
    return 0 < len(bare) <= _LONGEST_FIGURE and _FIGURE.fullmatch(bare) is not None


def is_digits(text: str) -> bool:
    """Tell whether a line can be the rest of a number that was broken over lines: digits, points, a unit."""
    return _DIGITS_ONLY.fullmatch(text.strip()) is not None


def is_page_number(line: str) -> bool:
    """Tell whether a line is a page number that shows itself as one: `- 4 -`, `第4页 共9页`."""
    return len(line) <= _LONGEST_FIGURE and _PAGE_NUMBER.fullmatch(line) is not None
