"""What one line says of itself: whether it is written as a heading, of which level, number and title.

Official documents number their divisions 一、 then （一） then 1. ; regulations by 第X章, 第X节 and 第X条.
The numeral alone decides the level: Markdown marks before it are a converter's. Converters and archives store
whole reports as one line. Two things in such a line are headings: the statutory ones, whose words are known,
and words between two spaces behind a numeral, either only in a sequence that leaves no doubt; else the line
stays whole, as it does where headings are named twice (a list of parts, a repeated text).

Source: GB/T 9704-2012, 7.3.3 (numbering of divisions); 立法技术规范（试行）（一）, 编章节条.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from operator import itemgetter

from pipelines.forms.labels import bare_label
from pipelines.forms.printed_labels import is_form_row
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import ordinal_of


class HeadingThresholds(Thresholds):
    """How long and how many headings are (`knowledge/thresholds/headings.yaml`)."""

    title_characters: int
    run_in_characters: int
    decimal_chain: int
    decimal_below: int
    flattened_line: int
    section_characters: int
    inner_sequence: int
    inner_statutory: int


HEADINGS = HeadingThresholds.load("headings")

_NUMERAL = "[〇零一二三四五六七八九十百]{1,5}"

# The year after an item number (1.2019年…) is text; any other digit there makes a decimal (1.5) of it.
_NOT_A_DECIMAL = r"(?!\s*[0-9０-９](?![0-9０-９]{3}年))"
_STYLES = (
    # 一、二、三产业 and 一、二季度 enumerate; 三、五是 is the fifth point of a sentence.
    (1, rf"(?P<number>{_NUMERAL})\s*[、．.](?!\s*{_NUMERAL}(?:[、，是]|产业|季度))"),
    # （一）（二）项 refers to two items.
    (2, rf"[（(]\s*(?P<number>{_NUMERAL})\s*[）)]\s*[、．.]?(?!\s*[（(]{_NUMERAL}[）)])"),
    (2, "(?P<number>[㈠-㈩])"),
    # 1、2、3号楼 enumerates.
    (3, rf"(?P<number>[0-9０-９]{{1,2}})\s*(?:[．.]{_NOT_A_DECIMAL}|、(?!\s*[0-9０-９]+[、，]))"),
    (3, "(?P<number>[⒈-⒛])"),
)
# Legislation Law (2015), art. 61: 编, 章, 节 and 条 are numbered in Chinese numerals.
_STATUTE_STYLES = (
    (1, rf"第(?P<number>{_NUMERAL})章(?=\s|[^\s的和与至、，。]{{1,20}}$)"),
    (2, rf"第(?P<number>{_NUMERAL})节(?=\s|[^\s的和与至、，。]{{1,20}}$)"),
    # 第三条规定的…, 第五条和第六条, 第十二条第二款 refer to an article and begin none; so do 的, 和, 至
    # behind a chapter.
    (3, rf"第(?P<number>{_NUMERAL})条(?:之{_NUMERAL})?(?=\s|[^\s第的和与至或、，。；规修中所款]{{2}})"),
)
_ALL_STYLES = tuple(
    (level, re.compile(pattern), statute)
    for statute, styles in ((False, _STYLES), (True, _STATUTE_STYLES))
    for level, pattern in styles
)
# What Markdown writes before a heading.
_MARKS = re.compile(r"(?:#{1,6}\s*|\*\*|__)+")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
# A line of contents: leader dots, then the page.
_LEADERS = re.compile(r"(?:[.．]{3,}|…+|·{3,}|-{3,}|—{3,})\s*[0-9０-９]*$")
# A row of a table whose separators were lost.
_FIGURES_AT_END = re.compile(r"(?:\s+[+-]?[\d.,]+%?){2,}$")
_SET_OFF = re.compile(r"\s*[^\s，。；：、]{4,30}(?=\s)")


class Heading(FrozenStruct):
    """A line that is written as a heading.

    Attributes:
        level: 1 for 一、 and 第X章, 2 for （一） and 第X节, 3 for 1. and 第X条.
        number: the ordinal that it is numbered with.
        title: the heading as printed, numeral included, Markdown marks left out; of a run-in heading the
            part before the first full stop.
        run_in: the text goes on in the same line.
        statute: numbered 第X章, 第X节 or 第X条.
    """

    level: int
    number: int
    title: str
    run_in: bool
    statute: bool = False

    @property
    def is_article(self) -> bool:
        """Whether it is the 第X条 of a regulation, whose （一） are its items and no divisions."""
        return self.statute and self.level == 3


def read_heading(line: str) -> Heading | None:
    """Read a line as a heading.

    Args:
        line: one line of text that is no table row, white space around it allowed.

    Returns:
        The heading; None for a line that is not written as one: no numeral, a decimal, a year, a line of
        contents (leader dots), a row of figures, an item that ends in a semicolon, unpunctuated prose.
    """
    text = _MARKS.sub("", line[: HEADINGS.run_in_characters].strip().strip(_INVISIBLE).strip(), count=1)
    # Of a line that was cut here nobody knows whether it ends without a full stop.
    whole = len(line) <= HEADINGS.run_in_characters
    for level, style, statute in _ALL_STYLES:
        if match := style.match(text):
            return _heading_after(match, level, statute=statute, whole=whole)
    return None


def _heading_after(match: re.Match[str], level: int, *, statute: bool, whole: bool) -> Heading | None:
    text = match.string
    stop = text.find("。", match.end())
    printed = (text if stop < 0 else text[:stop]).replace("**", "").replace("__", "").strip()
    words = printed[match.end() :].strip()
    if not words or _LEADERS.search(printed) or _FIGURES_AT_END.search(printed):
        return None
    set_off = _SET_OFF.match(text, match.end()) if len(printed) > HEADINGS.title_characters else None
    if set_off:
        printed = text[: set_off.end()]  # 一、总体情况　2022年…: a paragraph that begins with its heading
    is_article = statute and level == 3
    if is_article:
        printed = match.group()  # an article has no title: what follows is its text
    if stop < 0 and not is_article and not (whole and _stands_alone(printed)):
        return None
    return Heading(
        level, ordinal_of(match["number"]), printed, run_in=stop >= 0 or is_article, statute=statute
    )


def _stands_alone(text: str) -> bool:
    return len(text) <= HEADINGS.title_characters and not text.endswith(("；", ";", "，", ",", "、"))


# Headings numbered 1, 1.1, 1.1.1, as in emergency plans and technical standards. A figure before words is too
# common (rows, amounts, versions) to make a heading by itself; only a whole chain does, in which every number
# is the next one, from 1 on. Source: 国务院办公厅《突发事件应急预案管理办法》 and its framework guides (总则,
# 组织体系, …); GB/T 1.1, 7.4.
_NUMBERED = re.compile(
    r"(?P<number>[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2}){0,3})"
    r"(?P<gap>[.．]?\s+|(?=[\u4e00-\u9fff]))(?P<words>[\u4e00-\u9fff《“].*)"
)
_PAGE_NUMBER_AT_END = re.compile(r"[.．…·]{2,}\s*\d+$|\s\d+$")
# As many as those of 一、 （一） 1. (GB/T 9704-2012, 7.3.3): what is deeper in a chain has the last.
_LEVELS = 3


def find_decimal_headings(lines: Sequence[str]) -> dict[int, Heading]:
    """Return the headings of the last such chain in a text, by the number of their line.

    Args:
        lines: the lines of the text, white space around them removed, table rows empty.
    """
    chain: dict[int, Heading] = {}
    for candidate in _find_chains(lines):
        below = sum(heading.level > 1 for heading in candidate.values())
        if len(candidate) >= HEADINGS.decimal_chain and below >= HEADINGS.decimal_below:
            chain = candidate
    return chain


def _find_chains(lines: Sequence[str]) -> Iterator[dict[int, Heading]]:
    chain: dict[int, Heading] = {}
    last: tuple[int, ...] = ()
    for place, line in enumerate(lines):
        match = _NUMBERED.fullmatch(line)
        if match is None or _PAGE_NUMBER_AT_END.search(line):
            continue
        number = tuple(int(part) for part in match["number"].replace("．", ".").split("."))
        if len(number) == 1 and not (match["gap"].isspace() and _is_title(match["words"])):
            continue
        if number == (1,):
            yield chain
            chain = {}
        elif number not in _next_numbers(last):
            continue
        last = number
        chain[place] = _make_heading(match, number)
    yield chain


def _next_numbers(last: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return what may follow a number: one level down, its neighbour, the neighbours of those above it."""
    above = {(*last[:depth], last[depth] + 1) for depth in range(len(last))}
    return above | {(*last, 1)} if last else set()


def _make_heading(match: re.Match[str], number: tuple[int, ...]) -> Heading:
    stands_alone = _is_title(match["words"])
    title = match.group() if stands_alone else match["number"]
    return Heading(min(len(number), _LEVELS), number[-1], title, run_in=not stands_alone)


def _is_title(words: str) -> bool:
    return len(words) <= HEADINGS.title_characters and not re.search("[。；;，,：:]", words)


_HEADING_NUMERAL = r"(?P<number>[一二三四五六七八九十]{1,2})、"
_BEFORE = r"(?:^|(?<=[\s。！？；.;\d）)”】元件条%]))"
# In a sentence or a list of parts a heading is followed by more of it.
_NOT_IN_A_SENTENCE = r"(?!\s*[；;，,、）)》”]|\s*(?:和|及|等|以及)[\u4e00-\u9fff])"
_STATUTORY = re.compile(
    rf"{_BEFORE}{_HEADING_NUMERAL}\s*(?:{'|'.join(load_table('report_headings')['headings'])}){_NOT_IN_A_SENTENCE}"
)
_SET_OFF_INSIDE = re.compile(rf"(?<=\s){_HEADING_NUMERAL}[^\s，。；：|]{{2,40}}(?=\s)")


def find_inner_headings(line: str) -> tuple[tuple[int, Heading], ...]:
    """Return the first-level headings inside a line with their offsets; empty where any doubt is left.

    Args:
        line: a line of text without tabs.
    """
    if len(line) < HEADINGS.flattened_line:
        return ()
    statutory = _with_text(_STATUTORY.finditer(line))
    every = sorted(dict((*_with_text(_SET_OFF_INSIDE.finditer(line)), *statutory)).items(), key=itemgetter(0))
    numbers = [heading.number for _, heading in every]
    if len(every) >= HEADINGS.inner_sequence and numbers == list(range(1, len(every) + 1)):
        return tuple(every)
    return tuple(statutory) if _is_rising([heading.number for _, heading in statutory]) else ()


def _with_text(matches: Iterator[re.Match[str]]) -> list[tuple[int, Heading]]:
    """Return the headings that have text below them and are no rows of the statutory table."""
    found = [
        (match.start(), Heading(1, ordinal_of(match["number"]), match.group(), run_in=True))
        for match in matches
    ]
    starts = [offset for offset, _ in found]
    return [
        (offset, heading)
        for (offset, heading), end in zip_longest(found, starts[1:])
        if end is None or end - offset - len(heading.title) >= HEADINGS.section_characters
        if not is_form_row(bare_label(heading.title), heading.level)
    ]


def _is_rising(numbers: Sequence[int]) -> bool:
    is_sorted = list(numbers) == sorted(set(numbers))
    return len(numbers) >= HEADINGS.inner_statutory and is_sorted and numbers[0] == 1
