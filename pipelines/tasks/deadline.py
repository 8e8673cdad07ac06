"""The day that a printed deadline names, where it names one.

What recurs or goes on (每季度, 长期坚持), what has two dates, and what leaves the day open (12月中旬, 年内)
is no day: it stays text.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata

_MONTHS = {numeral: number for number, numeral in enumerate((*"一二三四五六七八九十", "十一", "十二"), 1)}
_YEAR = r"(?:(?P<year>(?:19|20)\d\d)年|今年|本年|当年)?"
_MONTH = r"(?<!\d)(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])月"
_BEFORE = "(?:之?前|以前)"
_DAYS = (
    re.compile(rf"{_YEAR}{_MONTH}(?P<day>\d{{1,2}})[日号]{_BEFORE}"),
    re.compile(rf"{_YEAR}{_MONTH}份?[底末]{_BEFORE}?"),
    re.compile(rf"{_YEAR}第?(?P<quarter>[一二三四1-4])季度[底末]{_BEFORE}?"),
    re.compile(rf"(?:(?P<year>(?:19|20)\d\d)年?|今年?|本年?|当年?)?年[底末]{_BEFORE}?"),
)
_OPEN = re.compile("每|持续|长期|常态|经常|分阶段|分步|分别|逐步|适时|左右|起|开始|以来|[至~—–]")
_OTHER_TIME = re.compile(r"\d|[今明次后去上]年|季度|[上下]半年|[上中下]旬|年[底末内]|月[底末]")


def read_deadline(printed: str, year: int | None) -> dt.date | None:
    """Return the last day of a deadline.

    Args:
        printed: the deadline as printed: 12月底前完成, 2018年6月30日前.
        year: the year that the plan is for, which 年底前 and 12月底前 leave out.

    Returns:
        The last day, that of the date itself for 6月30日前; None where there is no one day, or no year.

    Source: 《中华人民共和国民法典》第一千二百五十九条 (以前 includes the day that is named).
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", printed))
    match = next((found for pattern in _DAYS if (found := pattern.search(text))), None)
    if match is None or _OPEN.search(text) or _OTHER_TIME.search(text[: match.start()] + text[match.end() :]):
        return None
    parts = match.groupdict()
    of_year = int(parts["year"]) if parts["year"] else year
    return _last_day(of_year, parts) if of_year else None


def _last_day(year: int, parts: dict[str, str | None]) -> dt.date | None:
    month = 12
    if quarter := parts.get("quarter"):
        month = 3 * (_MONTHS.get(quarter) or int(quarter))
    if printed := parts.get("month"):
        month = _MONTHS.get(printed) or int(printed)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = int(parts.get("day") or last)
    return dt.date(year, month, day) if 1 <= day <= last else None
