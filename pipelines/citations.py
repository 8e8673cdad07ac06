"""The document numbers that a text mentions (发文字号: 国办发〔2017〕47号).

Source: 党政机关公文格式 GB/T 9704-2012, 7.2.5: the body's short form, the year in 〔〕, the serial, 号.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pipelines.metadata.doc_number import BRACKETED_YEAR, format_doc_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_YEAR = re.compile(BRACKETED_YEAR)
_SERIAL = r"(?P<first>第?)\s*(?P<serial>\d(?: ?\d){0,4})\s*号"
# 国 办 发 〔2017〕: a scanner's spaces are no part of a short form.
_SPACED = r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?: +[\u4e00-\u9fff](?![\u4e00-\u9fff])){1,7}"
_NUMBER = re.compile(rf"(?P<body>{_SPACED}|[\u4e00-\u9fffA-Z]{{1,16}})\s*{BRACKETED_YEAR}\s*{_SERIAL}")
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
    if not _YEAR.search(folded):
        return ()
    plain = _with_every_ending(folded)
    return tuple(dict.fromkeys(number for match in _NUMBER.finditer(plain) for number in _numbers(match)))


def _with_every_ending(text: str) -> str:
    """Return the text with 号 behind each serial: 47、48号 is 47号、48号, 〔2017〕47文件 has one too."""
    text = _WITHOUT_ENDING.sub(lambda match: f"{match.group()}号", text)
    return _ENUMERATION.sub(lambda match: _SHARED_END.sub("号", match.group()), text)


def _numbers(match: re.Match[str]) -> Iterator[str]:
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
