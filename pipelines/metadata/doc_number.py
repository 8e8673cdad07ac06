"""The document's own number (发文字号), never one that it cites.

Source: GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial, 号; 令 is numbered 第…号.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.metadata.candidates import Candidate
from pipelines.records import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BRACKETED_YEAR = (
    r"[〔\[(【<〈《「{〖]\s*(?P<year>(?:1 ?9|2 ?0) ?\d ?\d|[一二][九〇○零][〇○零一二三四五六七八九]{2})"
    r"\s*年?\s*[〕\])】>〉》」}〗]"
)
"""The year of a number in text of compatible forms (NFKC): 〔2017〕, and the brackets set in its place."""

_NUMBER = re.compile(
    rf"(?P<body>[\u4e00-\u9fffA-Za-z]{{1,20}}){BRACKETED_YEAR}(?P<first>第?)(?P<serial>\d{{1,5}})号"
)
_LABEL = re.compile(r"^[\u4e00-\u9fff]{0,8}(?:文号|字号|编号):?")
_SIGNER = re.compile(r"\s签\s*发\s*人\s*[:：].*")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
# What follows a title in 《》 is that title's number and not the document's.
_BEHIND_TITLE = re.compile(
    r"(?<=[^》])[（(【\[](?P<number>[^（()）]{2,20}[〔\[(（][^（()）]{4,6}[〕\])）]第?\d{1,5}号)[）)】\]]$"
)
_FRONT_LINES = 12
_ORDER = re.compile(r"(?P<body>[\u4e00-\u9fff]{1,24}令)(?P<first>第)?(?P<serial>\d{1,4})号")


def normalise_doc_number(printed: str) -> str | None:
    """Return a document number with 〔〕 and without white space; None for anything else.

    Args:
        printed: a value or a line that is a document number and nothing else, in brackets or not.
    """
    alone = _SIGNER.sub("", printed)  # 云水〔2020〕8号　　签发人：… in the letterhead of a report
    text = _LABEL.sub("", re.sub(r"\s+", "", unicodedata.normalize("NFKC", alone)))
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    match = _NUMBER.fullmatch(text)
    if match:
        return format_doc_number(match["body"], match["year"], match["first"], match["serial"])
    order = _ORDER.fullmatch(text)
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
    figures = "".join(year.split()).translate(_NUMERALS)
    return f"{body}〔{figures}〕{first}{int(''.join(serial.split()))}号"


def doc_number_in(front: tuple[str, ...]) -> str | None:
    """Return the number that has a line of its own in a document's front, or two (国务院令⏎第711号).

    Further down a line of its own is an item of a list of documents.
    """
    front = front[:_FRONT_LINES]
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
    behind = _BEHIND_TITLE.search(title or "")
    if behind and (number := normalise_doc_number(behind["number"])):
        yield Candidate(number, Source.TITLE)
    for printed, source in labelled:
        if normalise_doc_number(printed) is None and any(char.isdecimal() for char in printed):
            yield Candidate(printed, source)
