"""Dates as documents print them, and the year that a document reports on or plans for."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from pipelines.forms.labels import SIMPLIFIED
from pipelines.knowledge import table_pattern
from pipelines.metadata.fields import Candidate, Kind, Source
from pipelines.text.numerals import FIGURES, ordinal_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_wording = partial(table_pattern, "wordings", "printed_dates")


# ○ and 零 stand for 〇 in years.
_PLAIN = SIMPLIFIED | str.maketrans("○零", "〇〇")
_ZEROS = str.maketrans("○Ｏ零O◯", "〇〇〇〇〇")
# Until GB/T 9704-2012 (7.3.5.4) documents dated themselves in Chinese numerals: 二〇一〇年三月八日.
_CHINESE_YEAR = "[〇一二三四五六七八九]{4}"
_CHINESE_NUMBER = "(?:[一二三四五六七八九]|[一二三]?十[一二三四五六七八九]?)"
# 2021-3-118:05, its space lost, is of the 1st or the 11th: only two figures before two of an hour are a day.
_DAY_IN_FIGURES = r"\d{1,2}(?=$|[^\d:]|:(?!\d))|\d\d(?=\d\d:)"
_PATTERNS = tuple(
    map(
        re.compile,
        (
            r"(?<!\d)(?P<year>(?:19|20)\d\d)年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]",
            rf"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>{_DAY_IN_FIGURES})",
            r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)",
            rf"(?P<year>{_CHINESE_YEAR})年(?P<month>{_CHINESE_NUMBER})月(?P<day>{_CHINESE_NUMBER})日",
        ),
    )
)
# 2021/3/1 8:05:00, as .NET prints it: without the space that parts them the day would be the 18th.
_TIME_BEHIND = re.compile(r"(?<=\d)\s+(?=\d{1,2}\s*[:时点])")
_FULL_DATE = re.compile(
    rf"(?:(?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}[日号]|{_CHINESE_YEAR}年{_CHINESE_NUMBER}月{_CHINESE_NUMBER}日)"
)


def read_date(printed: str) -> dt.date | None:
    """Read the first date in a printed text; a time of day after it is left alone.

    Times are not read: portals print 03:20 for 15:20.

    Returns:
        The date; None where there is none, or where it is on no calendar (2021年2月30日).
    """
    text = _fold_printed(printed)
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            return _date_of(match)
    return None


def is_date_line(line: str) -> bool:
    """Tell whether a line is a date in words (2019年6月29日, 二〇一九年六月二十九日) and nothing else."""
    return _FULL_DATE.fullmatch(_fold_printed(line).strip("()")) is not None


def is_date_in_figures(line: str) -> bool:
    """Tell whether a line is a date in figures (2019.3.15, 2019-03-15) and nothing else."""
    return _wording("figures_date").fullmatch(_fold_printed(line)) is not None


def split_date_at_end(line: str) -> tuple[str, str] | None:
    """Part a line that ends in a date in words from that date; None where it ends in none."""
    # Where a year may begin: 19…, 20…, 一九…, 二〇…; the first from which on all is a date wins.
    for match in re.finditer(r"[12１２二一]", line):
        if is_date_line(line[match.start() :]):
            return line[: match.start()].strip(), line[match.start() :].strip()
    return None


def _fold_printed(printed: str) -> str:
    parted = _TIME_BEHIND.sub("T", unicodedata.normalize("NFKC", printed))
    return re.sub(r"\s+", "", parted).translate(_ZEROS)


def _date_of(match: re.Match[str]) -> dt.date | None:
    try:
        return dt.date(
            int(match["year"].translate(FIGURES)), *(ordinal_of(match[part]) for part in ("month", "day"))
        )
    except ValueError:
        return None  # on no calendar: what is printed is kept beside it


# The year that a document reports on or plans for; the year of publication is another matter.


def year_candidates(title: str | None, kind: Kind, text: str) -> Iterator[Candidate]:
    """Yield the years that a document states itself to be about, in the order of trust.

    Args:
        title: its title, None where there is none.
        kind: what it is; only an annual report has a statistical period.
        text: the beginning of its text.

    Yields:
        The year in the title; of an annual report that of its statistical period, or of the one report that
        it names where it has neither. No year of a title that spans several (2021—2025年规划), nor of an
        answer's, which names the year of its subject.
    """
    years = _years_in(title, kind) if title and not _wording("answers").search(title) else set()
    is_report = kind is Kind.ANNUAL_REPORT
    reported = _wording("reported").search(_plain_years(title or "")) if is_report and years else None
    if len(years) == 1:
        yield Candidate(str(years.pop()), Source.TITLE)
    elif reported:
        yield Candidate(reported[1], Source.TITLE)
    if is_report:
        period = statistical_year(text)
        named = (
            {found[1] for found in _wording("named").finditer(_plain_years(text))}
            if not (title or period)
            else set()
        )
        if period or len(named) == 1:
            yield Candidate(str(period or named.pop()), Source.TEXT)


def statistical_year(text: str) -> int | None:
    """Return the year whose January to December a text gives as the period of its figures (统计期限)."""
    period = _wording("period").search(_plain_years(text))
    return int(period[1]) if period and period[2] in (None, period[1]) else None


def _years_in(title: str, kind: Kind) -> set[int]:
    text = _plain_years(title)
    if _wording("range").search(text) and kind is not Kind.ANNUAL_REPORT:
        return set()
    found = {int(one or other) for one, other in _wording("year").findall(text)}
    found |= {int(numeral.translate(FIGURES)) for numeral in _wording("year_in_chinese").findall(text)}
    if not found and kind is Kind.ANNUAL_REPORT:
        found = {int(year) for year in _wording("bare_year").findall(text)}
    return found


def _plain_years(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_PLAIN)
