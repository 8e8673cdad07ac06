"""Dates and document numbers as they are printed, and the year that a document reports on or plans for.

Source of the numbers (发文字号): GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial,
号; 令 is numbered 第…号.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from pipelines.forms.labels import SIMPLIFIED
from pipelines.knowledge import table_pattern
from pipelines.metadata.fields import METADATA, Candidate, Kind, Source
from pipelines.text.normalise import FIGURES, ordinal_of

_wording = partial(table_pattern, "wordings", "dates_and_numbers")

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


# Document numbers: a document's own, and those that it cites.

# The year of a number in text of compatible forms (NFKC): 〔2017〕, and the brackets set in its place.
_BRACKETED_YEAR = (
    r"[〔\[(【<〈《「{〖]\s*(?P<year>(?:1 ?9|2 ?0) ?\d ?\d|[一二][九〇○零][〇○零一二三四五六七八九]{2})"
    r"\s*年?\s*[〕\])】>〉》」}〗]"
)

# GB/T 9704-2012, 7.2.5: body, year in 〔〕, number without 第; all three are broken in print.
_NUMBER = re.compile(
    rf"(?P<body>[\u4e00-\u9fffA-Za-z]{{1,20}}){_BRACKETED_YEAR}(?P<first>第?)(?P<serial>\d{{1,5}})号"
)


def normalise_doc_number(printed: str) -> str | None:
    """Return a document number with 〔〕 and without white space; None for anything else.

    Args:
        printed: a value or a line that is a document number and nothing else, in brackets or not.
    """
    alone = _wording("signer").sub("", printed)  # 云水〔2020〕8号　　签发人：… in the letterhead of a report
    text = _wording("label").sub("", re.sub(r"\s+", "", unicodedata.normalize("NFKC", alone)))
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    match = _NUMBER.fullmatch(text)
    if match:
        return format_doc_number(match["body"], match["year"], match["first"], match["serial"])
    order = _wording("order").fullmatch(text)
    if order:
        return f"{order['body']}{order['first'] or ''}{int(order['serial'])}号"
    return None


def format_doc_number(body: str, year: str, first: str, serial: str) -> str:
    """Return a number with 〔〕, its figures Arabic, closed up and without leading zeros.

    Args:
        body: the short form of the body.
        year: as printed, 2017 or 一九八一.
        first: 第 or empty, as printed.
        serial: as printed.
    """
    figures = "".join(year.split()).translate(FIGURES)
    return f"{body}〔{figures}〕{first}{int(''.join(serial.split()))}号"


def doc_number_in(front: tuple[str, ...]) -> str | None:
    """Return the number that has a line of its own in a document's front, or two (国务院令⏎第711号).

    Further down a line of its own is an item of a list of documents.
    """
    front = front[: METADATA.number_lines]
    # An order sets its number on the line below its name.
    pairs = (line + following for line, following in pairwise(front) if line.endswith("令"))
    return next((number for line in (*front, *pairs) if (number := normalise_doc_number(line))), None)


def doc_number_candidates(
    labelled: Sequence[Candidate], front: tuple[str, ...], title: str | None
) -> Iterator[Candidate]:
    """Yield the numbers that a document bears, in the order of trust.

    Args:
        labelled: what is labelled as its number, as printed.
        front: the first lines of its text.
        title: its title, to which portals add the number: …的通知（某政〔2020〕5号).

    Yields:
        The labelled number, the one on a line of its own, the one behind the title; last a labelled one that
        lost its shape, as printed (国办发20174号).
    """
    for printed, source in labelled:
        if number := normalise_doc_number(printed):
            yield Candidate(number, source)
    if number := doc_number_in(front):
        yield Candidate(number, Source.TEXT)
    behind = _wording("behind_title").search(title or "")
    if behind and (number := normalise_doc_number(behind["number"])):
        yield Candidate(number, Source.TITLE)
    for printed, source in labelled:
        if normalise_doc_number(printed) is None and any(char.isdecimal() for char in printed):
            yield Candidate(printed, source)


# The document numbers that a text mentions (发文字号: 国办发〔2017〕47号).

_BRACKETED = re.compile(_BRACKETED_YEAR)
_SERIAL = r"(?P<first>第?)\s*(?P<serial>\d(?: ?\d){0,4})\s*号"
# 国 办 发 〔2017〕: a scanner's spaces are no part of a short form.
_SPACED = r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?: +[\u4e00-\u9fff](?![\u4e00-\u9fff])){1,7}"
_CITED = re.compile(rf"(?P<body>{_SPACED}|[\u4e00-\u9fffA-Z]{{1,16}})\s*{_BRACKETED_YEAR}\s*{_SERIAL}")
# 国办发〔2017〕47文件: 号 is lost, and what follows cannot be counted.
_WITHOUT_ENDING = re.compile(
    rf"(?<=[发函办字文电规令]){_BRACKETED_YEAR}\s*第?\s*\d{{1,5}}(?=\s*(?:文件|文精神|[)》]|要求|精神))"
)
# 国发〔2017〕47号、48号; 国发〔2017〕47号和〔2018〕3号: what goes on names the same body.
# An order or an announcement is numbered apart: 国办发〔2017〕47号、第711号国务院令.
_ANOTHER = re.compile(
    rf"\s*[、和及与]\s*(?:{_BRACKETED_YEAR}\s*)?{_SERIAL}"
    r"(?!\s*(?:[楼院店线机]|(?:国务院|主席|政府|部)?令|公告|通告))"
)
_ENUMERATION = re.compile(rf"{_BRACKETED_YEAR}\s*\d{{1,5}}\s*(?:[、和及与]\s*\d{{1,5}}\s*){{1,20}}号")

_SHORTEST_BODY = 2


def find_citations(text: str) -> tuple[str, ...]:
    """Return the document numbers in a text, with 〔〕, in order, each once.

    Args:
        text: any prose.

    Returns:
        Numbers such as `国办发〔2017〕47号`. Where no body's short form stands before the bracket,
        nothing is returned for it: 〔2018〕77号 alone names no document.
    """
    folded = unicodedata.normalize("NFKC", text)
    if not _BRACKETED.search(folded):
        return ()
    plain = _with_every_ending(folded)
    return tuple(dict.fromkeys(number for match in _CITED.finditer(plain) for number in _numbers_from(match)))


def _with_every_ending(text: str) -> str:
    """Return the text with 号 behind each serial: 47、48号 is 47号、48号, 〔2017〕47文件 has one too."""
    text = _WITHOUT_ENDING.sub(lambda match: f"{match.group()}号", text)
    return _ENUMERATION.sub(lambda match: _wording("shared_end").sub("号", match.group()), text)


def _numbers_from(match: re.Match[str]) -> Iterator[str]:
    """Yield a number and those that go on from it."""
    body = "".join(match["body"].split())
    for wording in ("sentence", "whole_name", "before"):
        # In this order: what is left of the sentence would hide the whole name, and that the single
        # characters.
        body = _wording(wording).sub("", body)
    if len(body) < _SHORTEST_BODY:
        return
    year = match["year"]
    found: re.Match[str] | None = match
    while found:
        year = found["year"] or year
        yield format_doc_number(body, year, found["first"], found["serial"])
        found = _ANOTHER.match(found.string, found.end())
