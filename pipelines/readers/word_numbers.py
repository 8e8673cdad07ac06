"""The numbers that a word processor prints before paragraphs, and the styles that they come from.

    paragraph ─ w:numPr, or that of its style ─▶ list, level ─ counters ─▶ "（三）"

A list is an abstract one (levels with their style, text and start) under numbers of its own, each of which
may start a level anew. All numbers of one abstract list count together, as in Word. What cannot be counted or
printed for sure is left out and said to be (`Numbers.number_of`).
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipelines.readers.html.elements import Element
from pipelines.readers.packages import as_number
from pipelines.readers.word_text import VAL, W, is_on, number_of, value_of

# ECMA-376 part 1, 17.9.6.
_LEVELS = 9
# Characters around the numbers of a level; programs allow fewer.
_LONGEST_TEXT = 255
# ECMA-376 part 1, 17.9.11: %1 to %9 are the numbers of the levels.
_PLACE = re.compile(r"%([1-9])")
_OPEN_ENDS = frozenset(f"{string.ascii_letters}{string.digits}０１２３４５６７８９.")


class _Level(NamedTuple):
    """One level of a list.

    Attributes:
        style: how its number is printed; None where that is not stated in a form that is known.
        text: with `%1` … `%9` where the numbers of levels stand.
        start: its first number.
        restart: the level, from 1, whose next number starts this one anew; 0 never; None any above it.
        is_legal: whether the numbers of all levels are printed as decimals in it.
        has_gap: whether a space or a tab stands between number and text.
    """

    style: str | None
    text: str
    start: int
    restart: int | None
    is_legal: bool
    has_gap: bool


class _NumberedList(NamedTuple):
    """A list that paragraphs may belong to.

    Attributes:
        abstract: what it counts together with.
        levels: by their number, from 0.
        starts: where this list starts levels anew, by level.
        levels_of_styles: the level of paragraph styles that belong to one.
    """

    abstract: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]
    levels_of_styles: Mapping[str, int]


class Numbers:
    """Counts paragraphs in their order.

    Args:
        numbering: the root of the part of lists; None where the file has none.
        styles: the root of the part of styles; None where the file has none.
    """

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self._lists = {} if numbering is None else _read_lists(numbering)
        known = () if styles is None else tuple(styles.iterchildren(f"{W}style"))
        self._styles = {each.get(f"{W}styleId", ""): each for each in known}
        self._default = next((each.get(f"{W}styleId", "") for each in known if _is_default(each)), "")
        self._counters: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        self._known: dict[str, list[tuple[str, Element]]] = {}
        self._hiding: dict[str | None, bool] = {}

    def number_of(self, paragraph: Element) -> tuple[str, bool]:
        """Return the number that stands before a paragraph, and whether one is there that is not known."""
        found = self._place_of(paragraph)
        if found is None:
            return "", False
        list_id, level = found
        numbered = self._lists.get(list_id)
        if numbered is None or level not in numbered.levels:
            return "", False
        counters = self._counted(list_id, numbered, level)
        text = _print_label(numbered, level, counters)
        return ("", True) if text is None else (text, False)

    def _place_of(self, paragraph: Element) -> tuple[str, int] | None:
        properties = paragraph.find(f"{W}pPr")
        style = value_of(properties, "pStyle") or self._default
        own = None if properties is None else properties.find(f"{W}numPr")
        list_id, level = value_of(own, "numId"), number_of(own, "ilvl")
        for name, inherited in self._inherited_numbering(style):
            if list_id is None and (list_id := value_of(inherited, "numId")) is not None and level is None:
                known = self._lists.get(list_id)
                level = None if known is None else known.levels_of_styles.get(name)
            level = number_of(inherited, "ilvl") if level is None else level
        if list_id is None or list_id == "0":
            return None
        return list_id, level or 0

    def hides_text(self, style: str | None) -> bool:
        """Tell whether a style, or the nearest that it is based on and that says so, hides its text."""
        if style not in self._hiding:
            said = (each.find(f"{W}rPr") for _, each in self._based_on(style or ""))
            nearest = next(
                (each for each in said if each is not None and each.find(f"{W}vanish") is not None), None
            )
            self._hiding[style] = is_on(nearest, "vanish")
        return self._hiding[style]

    def _inherited_numbering(self, style: str) -> list[tuple[str, Element]]:
        """Return what a style and those it is based on say of numbers, nearest first, with their names."""
        if style not in self._known:
            said = ((name, each.find(f"{W}pPr/{W}numPr")) for name, each in self._based_on(style))
            self._known[style] = [(name, each) for name, each in said if each is not None]
        return self._known[style]

    def _based_on(self, style: str) -> Iterator[tuple[str, Element]]:
        """Yield a style and those that it is based on, nearest first, with their names."""
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            yield style, self._styles[style]
            style = value_of(self._styles[style], "basedOn") or ""

    def _counted(self, list_id: str, numbered: _NumberedList, level: int) -> list[int | None]:
        counters = self._counters.setdefault(numbered.abstract, [None] * _LEVELS)
        if list_id not in self._begun:
            self._begun.add(list_id)
            for at in numbered.starts:
                counters[at] = None
        before = counters[level]
        start = numbered.starts.get(level, numbered.levels[level].start)
        counters[level] = start if before is None else before + 1
        for above in range(level):
            if counters[above] is None and above in numbered.levels:
                counters[above] = numbered.starts.get(above, numbered.levels[above].start)
        for below in range(level + 1, _LEVELS):
            known = numbered.levels.get(below)
            if known is None or known.restart is None or (known.restart and level < known.restart):
                counters[below] = None
        return counters


def _print_label(numbered: _NumberedList, level: int, counters: list[int | None]) -> str | None:
    own = numbered.levels[level]
    if own.style is None or len(own.text) > _LONGEST_TEXT:
        return None
    if own.style == "bullet":
        return ""
    text = own.text
    for place in dict.fromkeys(_PLACE.findall(own.text)):
        at = int(place) - 1
        number, known = counters[at], numbered.levels.get(at)
        if number is None or known is None or known.style is None:
            return None
        style = "decimal" if own.is_legal and known.style not in ("none", "bullet") else known.style
        printed = print_number(number, style)
        if printed is None:
            return None
        text = text.replace(f"%{place}", printed)
    return f"{text} " if own.has_gap and text[-1:] in _OPEN_ENDS else text


def _read_lists(numbering: Element) -> dict[str, _NumberedList]:
    """Return the lists of a part by their numbers (`w:numId`)."""
    abstracts = {
        each.get(f"{W}abstractNumId", ""): each for each in numbering.iterchildren(f"{W}abstractNum")
    }
    by_style = {link: key for key, each in abstracts.items() if (link := value_of(each, "styleLink"))}
    found: dict[str, _NumberedList] = {}
    for number in numbering.iterchildren(f"{W}num"):
        key = value_of(number, "abstractNumId") or ""
        if (link := value_of(abstracts.get(key), "numStyleLink")) in by_style:
            key = by_style[link]
        if key in abstracts:
            found[number.get(f"{W}numId", "")] = _read_list(key, abstracts[key], number)
    return found


def _read_list(key: str, abstract: Element, number: Element) -> _NumberedList:
    levels = {at: _read_level(each) for at, each in _levels_of(abstract)}
    styles = {name: at for at, each in _levels_of(abstract) if (name := value_of(each, "pStyle"))}
    starts: dict[int, int] = {}
    for override in number.iterchildren(f"{W}lvlOverride"):
        at = as_number(override.get(f"{W}ilvl"))
        if at is None or at >= _LEVELS:
            continue
        for _, each in _levels_of(override):
            levels[at] = _read_level(each)
        if (start := number_of(override, "startOverride")) is not None:
            starts[at] = start
    return _NumberedList(key, levels, starts, styles)


def _levels_of(parent: Element) -> list[tuple[int, Element]]:
    found = [(as_number(each.get(f"{W}ilvl")), each) for each in parent.iterchildren(f"{W}lvl")]
    return [(at, each) for at, each in found if at is not None and at < _LEVELS]


def _read_level(element: Element) -> _Level:
    styles = list(element.iter(f"{W}numFmt"))
    # A style of its own (`custom`) is wrapped, with a plainer one for older programs behind it.
    style = styles[0].get(VAL) if len(styles) == 1 else None if styles else "decimal"
    start = number_of(element, "start")
    return _Level(
        style=style,
        text=value_of(element, "lvlText") or "",
        start=0 if start is None else start,
        restart=number_of(element, "lvlRestart"),
        is_legal=is_on(element, "isLgl"),
        has_gap=value_of(element, "suff") != "nothing",
    )


def _is_default(style: Element) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on")


# Numbers as lists print them: the third as 三, ③ or iii. ECMA-376 part 1, 17.18.59 (ST_NumberFormat) names
# the styles; those that programs print differently are left out.

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_IDEOGRAPHS = str.maketrans("0123456789", "〇一二三四五六七八九")
_DIGITS_OF: Mapping[str, Mapping[int, int]] = {
    "": {},
    "decimal": {},
    "decimalHalfWidth": {},
    "decimalFullWidth": _FULL_WIDTH,
    "decimalFullWidth2": _FULL_WIDTH,
    "ideographDigital": _IDEOGRAPHS,
    "japaneseDigitalTenThousand": _IDEOGRAPHS,
}
# Signs that Unicode has for numbers (U+2460 to U+249B): up to 20, none for what is greater.
_SIGNS: Mapping[str, str] = {
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "taiwaneseDigital": "一二三四五六七八九十",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
_COUNTED = frozenset(
    (
        *("chineseCounting", "chineseCountingThousand", "japaneseCounting"),
        *("taiwaneseCounting", "taiwaneseCountingThousand"),
    )
)
# Of one place; the others are written alike, with the signs of `_ROMAN_PLACES`, from the thousands on.
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN_PLACES = ("m  ", "cdm", "xlc", "ivx")
# The largest Roman numeral without a line over it: MMMCMXCIX.
_LARGEST = 3999


def print_number(number: int, style: str) -> str | None:
    """Return a number in a style of lists (ST_NumberFormat); None where the print is not known for sure.

    Args:
        number: from 0.
        style: `decimal`, `chineseCounting` …; `none` and `bullet` print no number.
    """
    if style in ("none", "bullet"):
        return ""
    if number > _LARGEST:
        return None
    if style in _DIGITS_OF:
        return str(number).translate(_DIGITS_OF[style])
    if style == "decimalZero":
        return f"{number:02d}"
    if style in _SIGNS:
        return _SIGNS[style][number - 1 : number] or None if number else None
    return _print_counted(number, style) if number else None


def _print_counted(number: int, style: str) -> str | None:
    if style in _COUNTED:
        # 12 is 十二; beyond 99 programs differ.
        tens, ones = (str(digit).translate(_IDEOGRAPHS) for digit in divmod(number, 10))
        lead = "" if number < 10 else "十" if number < 20 else f"{tens}十"
        return lead + ones.strip("〇") if number < 100 else None
    if style in ("lowerLetter", "upperLetter"):
        # The 27th is aa, the 53rd aaa.
        times, at = divmod(number - 1, len(string.ascii_lowercase))
        printed = string.ascii_lowercase[at] * (times + 1) if times < 30 else ""
    elif style in ("lowerRoman", "upperRoman"):
        digits = f"{number:04d}"
        printed = "".join(
            _ROMAN[int(digit)].translate(str.maketrans("ivx", signs))
            for digit, signs in zip(digits, _ROMAN_PLACES, strict=True)
        )
    else:
        return None
    return (printed.upper() if style.startswith("upper") else printed) or None
