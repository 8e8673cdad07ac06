"""Dates as documents print them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_ZEROS = str.maketrans("○Ｏ零O◯", "〇〇〇〇〇")
_CHINESE_YEAR = "[〇一二三四五六七八九]{4}"
_CHINESE_NUMBER = "(?:[一二三四五六七八九]|[一二三]?十[一二三四五六七八九]?)"
_PATTERNS = (
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]"),
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?=$|\D|\d\d:)"
    ),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)"),
    re.compile(f"(?P<year>{_CHINESE_YEAR})年(?P<month>{_CHINESE_NUMBER})月(?P<day>{_CHINESE_NUMBER})日"),
)
_FULL_DATE = re.compile(
    rf"(?:(?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}[日号]|{_CHINESE_YEAR}年{_CHINESE_NUMBER}月{_CHINESE_NUMBER}日)"
)
_FIGURES_DATE = re.compile(r"(?:19|20)\d\d(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}")
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")}


def read_date(printed: str) -> dt.date | None:
    """Read the first date in a printed text; a time of day after it is left alone.

    Times are not read: portals print 03:20 for 15:20.

    Returns:
        The date; None where there is none, or where it is on no calendar (2021年2月30日).
    """
    text = _plain(printed)
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            return _date_of(match)
    return None


def is_date_line(line: str) -> bool:
    """Tell whether a line is a date in words (2019年6月29日, 二〇一九年六月二十九日) and nothing else."""
    return _FULL_DATE.fullmatch(_plain(line).strip("()")) is not None


def is_date_in_figures(line: str) -> bool:
    """Tell whether a line is a date in figures (2019.3.15, 2019-03-15) and nothing else."""
    return _FIGURES_DATE.fullmatch(_plain(line)) is not None


def split_date_at_end(line: str) -> tuple[str, str] | None:
    """Part a line that ends in a date in words from that date; None where it ends in none."""
    for match in re.finditer(r"[12１２二一]", line):
        if is_date_line(line[match.start() :]):
            return line[: match.start()].strip(), line[match.start() :].strip()
    return None


def _plain(printed: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", printed)).translate(_ZEROS)


def _date_of(match: re.Match[str]) -> dt.date | None:
    try:
        return dt.date(*(_number(match[part]) for part in ("year", "month", "day")))
    except ValueError:
        return None  # on no calendar: what is printed is kept beside it


def _number(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    if "十" in numeral:
        tens, ones = numeral.split("十")
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return int("".join(str(_DIGITS[char]) for char in numeral))
