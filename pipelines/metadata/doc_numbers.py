"""The document's own number (发文字号), never one that it cites.

Source: GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial, 号; 令 is numbered 第…号.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.metadata.fields import METADATA, Candidate, Source
from pipelines.text.numerals import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


BRACKETED_YEAR = (
    r"[〔\[(【<〈《「{〖]\s*(?P<year>(?:1 ?9|2 ?0) ?\d ?\d|[一二][九〇○零][〇○零一二三四五六七八九]{2})"
    r"\s*年?\s*[〕\])】>〉》」}〗]"
)
"""The year of a number in text of compatible forms (NFKC): 〔2017〕, and the brackets set in its place."""

# GB/T 9704-2012, 7.2.5: body, year in 〔〕, number without 第; all three are broken in print.
_NUMBER = re.compile(
    rf"(?P<body>[\u4e00-\u9fffA-Za-z]{{1,20}}){BRACKETED_YEAR}(?P<first>第?)(?P<serial>\d{{1,5}})号"
)
_LABEL = re.compile(r"^[\u4e00-\u9fff]{0,8}(?:文号|字号|编号):?")
# Upwards a letterhead prints 签发人 in the line of the number (GB/T 9704-2012, 7.2.6).
_SIGNER = re.compile(r"\s签\s*发\s*人\s*[:：].*")
# What follows a title in 《》 is that title's number and not the document's.
_BEHIND_TITLE = re.compile(
    r"(?<=[^》])[（(【\[](?P<number>[^（()）]{2,20}[〔\[(（][^（()）]{4,6}[〕\])）]第?\d{1,5}号)[）)】\]]$"
)
# Orders (命令) are numbered through, without a year: 国务院令第711号.
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
    figures = "".join(year.split()).translate(FIGURES)
    return f"{body}〔{figures}〕{first}{int(''.join(serial.split()))}号"


def doc_number_in(front: tuple[str, ...]) -> str | None:
    """Return the number that has a line of its own in a document's front, or two (国务院令⏎第711号).

    Further down a line of its own is an item of a list of documents.
    """
    front = front[: METADATA.number_lines]
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


# The document numbers that a text mentions (发文字号: 国办发〔2017〕47号).
# Source: 党政机关公文格式 GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial, 号.

_BRACKETED = re.compile(BRACKETED_YEAR)
_SERIAL = r"(?P<first>第?)\s*(?P<serial>\d(?: ?\d){0,4})\s*号"
# 国 办 发 〔2017〕: a scanner's spaces are no part of a short form.
_SPACED = r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?: +[\u4e00-\u9fff](?![\u4e00-\u9fff])){1,7}"
_CITED = re.compile(rf"(?P<body>{_SPACED}|[\u4e00-\u9fffA-Z]{{1,16}})\s*{BRACKETED_YEAR}\s*{_SERIAL}")
# 国办发〔2017〕47文件: 号 is lost, and what follows cannot be counted.
_WITHOUT_ENDING = re.compile(
    rf"(?<=[发函办字文电规令]){BRACKETED_YEAR}\s*第?\s*\d{{1,5}}(?=\s*(?:文件|文精神|[)》]|要求|精神))"
)
# 国发〔2017〕47号、48号; 国发〔2017〕47号和〔2018〕3号: what goes on names the same body.
_ANOTHER = re.compile(rf"\s*[、和及与]\s*(?:{BRACKETED_YEAR}\s*)?{_SERIAL}(?![楼院店线机])")
# 国发〔2017〕47、48号: only the last has its 号.
_SHARED_END = re.compile(r"(?<=\d)\s*(?=(?:[、和及与]\s*\d{1,5}\s*){1,20}号)")
_ENUMERATION = re.compile(rf"{BRACKETED_YEAR}\s*\d{{1,5}}\s*(?:[、和及与]\s*\d{{1,5}}\s*){{1,20}}号")

# What belongs to the sentence before a short form and to no short form; longer words first.
_SENTENCE = re.compile(
    "^.*(?:"
    "根据|依据|按照|遵照|参照|对照|落实|执行|贯彻|结合|印发|转发|下发|发布|公布|明确|以下|关于|精神|文件|废止|修订|"
    "通知|意见|办法|规定|细则|条例|决定|公告|通告|通报|批复|方案|要点|纲要|规划|的函|答复书|告知书|"
    "通过|办理|同意|简称|现将|来文|来函|[你我](?:[省市县区州局委厅办部院]|公司|单位|街道|镇|乡)|贵(?:[局厅院]|公司|单位)|"
    "的|和|及|与|以|见|为|于|等|按|号|据|在|是|即|如|至"
    ")(?=.)"
)
# A body's whole name before the short form of its number: 省社会保障厅鄂财综发〔2011〕32号.
_WHOLE_NAME = re.compile(
    "^.{3,}(?:人民政府|办公厅|办公室|委员会|厅|局)(?![发函办规字文电联通公])(?=..)"
    "|^国务院(?=国[发办函])|^[省市县区州]政府(?=.{1,3}[政府])"
)
# One character that may begin a short form too: 经开管, 原政发 (原平), 对 begins none.
_BEFORE = re.compile("^(?:对|经(?![开信济贸办技管委])|原(?![政发府办委州平阳]))(?=..)")
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
    return _ENUMERATION.sub(lambda match: _SHARED_END.sub("号", match.group()), text)


def _numbers_from(match: re.Match[str]) -> Iterator[str]:
    """Yield a number and those that go on from it."""
    body = _BEFORE.sub("", _WHOLE_NAME.sub("", _SENTENCE.sub("", "".join(match["body"].split()))))
    if len(body) < _SHORTEST_BODY:
        return
    year = match["year"]
    found: re.Match[str] | None = match
    while found:
        year = found["year"] or year
        yield format_doc_number(body, year, found["first"], found["serial"])
        found = _ANOTHER.match(found.string, found.end())
