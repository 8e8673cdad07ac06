"""The year that a document reports on or plans for; the year of publication is another matter."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pipelines.metadata.candidates import Candidate
from pipelines.metadata.fields import Kind, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_YEAR = re.compile(r"(?<![\d〔\[(])((?:19|20)\d\d)(?=年)|(?<=[(〔\[])((?:19|20)\d\d)(?=年度?[)〕\]])")
_BARE_YEAR = re.compile(r"(?<![\d〔\[(])((?:19|20)\d\d)(?![\d〕\])号])")
_CHINESE_YEAR = re.compile(r"([一二][九〇][〇一二三四五六七八九]{2})年")
_REPORTED = re.compile(r"((?:19|20)\d\d)年(?:度)?[^年]*(?:报告|年报|总结)")
_PERIOD = re.compile(r"((?:19|20)\d\d)年1月1日(?:起|以来|开始)?(?:至|到|-|—|–)(?:((?:19|20)\d\d)年)?12月31日")
_RANGE = re.compile(r"(?:19|20)\d\d年?[-—–~至](?:19|20)\d\d")
_ANSWERS = re.compile(r"(?:函|批复|答复)$")
_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")


def year_candidates(title: str | None, kind: Kind, text: str) -> Iterator[Candidate]:
    """Yield the years that a document states itself to be about, in the order of trust.

    Args:
        title: its title, None where there is none.
        kind: what it is; only an annual report has a statistical period.
        text: the beginning of its text.

    Yields:
        The year in the title; of an annual report that of its statistical period. No year of a title that
        spans several (2021—2025年规划), nor of an answer's, which names the year of its subject.
    """
    years = _years_in(title, kind) if title and not _ANSWERS.search(title) else set()
    is_report = kind is Kind.ANNUAL_REPORT
    reported = _REPORTED.search(_plain(title or "")) if is_report and years else None
    if len(years) == 1:
        yield Candidate(str(years.pop()), Source.TITLE)
    elif reported:
        yield Candidate(reported[1], Source.TITLE)
    period = statistical_year(text) if is_report else None
    if period:
        yield Candidate(str(period), Source.TEXT)


def statistical_year(text: str) -> int | None:
    """Return the year whose January to December a text gives as the period of its figures (统计期限)."""
    period = _PERIOD.search(_plain(text))
    return int(period[1]) if period and period[2] in (None, period[1]) else None


def _years_in(title: str, kind: Kind) -> set[int]:
    text = _plain(title)
    if _RANGE.search(text) and kind is not Kind.ANNUAL_REPORT:
        return set()
    found = {int(one or other) for one, other in _YEAR.findall(text)}
    found |= {int(numeral.translate(_DIGITS)) for numeral in _CHINESE_YEAR.findall(text)}
    if not found and kind is Kind.ANNUAL_REPORT:
        found = {int(year) for year in _BARE_YEAR.findall(text)}
    return found


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(str.maketrans("○零", "〇〇"))
