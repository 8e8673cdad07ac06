"""Document numbers as they are printed: a document's own (发文字号), and those that it cites.

Source: GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial, 号; 令 is numbered 第…号.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.knowledge import table_pattern
from pipelines.metadata.fields import METADATA, Candidate, Source
from pipelines.text.numerals import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_wording = partial(table_pattern, "wordings", "doc_numbers")


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
