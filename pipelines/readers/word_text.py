"""The text of a paragraph as a reader sees it: revisions accepted, hidden text left out, breaks as lines.

The names of WordprocessingML are here too, and how a part is brought to them.

Automatic numbers are part of it, since 一、（一）1. of headings are often no characters of the text:

    paragraph ─ w:numPr, or that of its style ─▶ list, level ─ counters ─▶ "（三）"

A list is an abstract one (levels with their style, text and start) under numbers of its own, each of which
may start a level anew. All numbers of one abstract list count together, as in Word. What cannot be counted or
printed for sure is left out and said to be (`Numbers.number_of`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.readers.packages import as_number, parse_xml
from pipelines.text.normalise import RAISED, raise_figures
from pipelines.text.numerals import print_number
from pipelines.text.page_source import EDGES, fold_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.readers.html.elements import Element
    from pipelines.readers.packages import Package

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", MAIN.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", RELATIONS.encode()),
)
"""The strict form of the standard has names of its own for the same things."""
W = f"{{{MAIN}}}"
VAL = f"{W}val"
# ST_OnOff (ECMA-376 part 1, 22.9.2.7): left out, it means on.
OFF = frozenset({"0", "false", "off", "none"})

# ECMA-376 part 1, 17.9.6.
_LEVELS = 9
# Characters around the numbers of a level; programs allow fewer.
_LONGEST_TEXT = 255
# ECMA-376 part 1, 17.9.11: %1 to %9 are the numbers of the levels.
_PLACE = re.compile(r"%([1-9])")
ENDS_OPEN = re.compile(r"[0-9A-Za-z０-９.]$")


def word_part(package: Package, name: str) -> Element:
    """Return the root of a part, its names those of the transitional form; raises as `Package.xml`."""
    content = package.read(name)
    for strict, usual in STRICT:
        content = content.replace(strict, usual)
    return parse_xml(content, name, package.where)


def value_of(parent: Element | None, name: str) -> str | None:
    """Return the `w:val` of a child element, such as `numId`; None where there is no child or no value."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return None if child is None else child.get(VAL)


def number_of(parent: Element | None, name: str) -> int | None:
    """Return the `w:val` of a child element as a number; None where it is none."""
    return as_number(value_of(parent, name))


def is_on(parent: Element | None, name: str) -> bool:
    """Tell whether a switch such as `w:vanish` is set; it is by being there, unless its value says no."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return child is not None and str(child.get(VAL, "1")).lower() not in OFF


MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
LINE_BREAK = "\n"

# ECMA-376 part 1, 17.13.5: what is read is the text with all revisions accepted.
DELETED = frozenset((f"{W}del", f"{W}moveFrom"))
REVISED = DELETED | {f"{W}ins", f"{W}moveTo"}
# `rt` is what ruby sets above a character, pinyin mostly.
UNSHOWN = frozenset(f"{W}{name}" for name in ("pPr", "delText", "instrText", "delInstrText", "rt", "sdtPr"))
SIGNS: Mapping[str, str] = {
    **{f"{W}{name}": "\t" for name in ("tab", "ptab")},
    **{f"{W}{name}": LINE_BREAK for name in ("br", "cr")},
    f"{W}noBreakHyphen": "-",
}
# What shows something that is not read, by the local names of its elements.
_PICTURE_NOTES: Mapping[str, str] = {
    "blip": "pictures",
    "imagedata": "pictures",
    "chart": "charts",
    "relIds": "charts",
    "OLEObject": "embedded_objects",
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, read.

    Attributes:
        lines: as printed, its number before the first; none of them blank.
        boxes: the contents of text boxes that hang on it, in order.
    """

    lines: tuple[str, ...]
    boxes: tuple[Element, ...] = ()


class Words:
    """Reads paragraphs in their order, and gathers what is worth noting.

    Args:
        numbers: counts those that are numbered.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.notes: set[str] = set()
        self._numbers = numbers

    def read(self, paragraph: Element) -> Paragraph:
        """Read a paragraph."""
        pieces = list(self._read_pieces(paragraph))
        boxes = tuple(piece for piece in pieces if not isinstance(piece, str))
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        if not text.strip() and paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            return Paragraph((), boxes)
        number, is_lost = self._numbers.number_of(paragraph)
        if is_lost:
            self.notes.add("numbering_lost")
        lines = (fold_cells(line) for line in (number + text.lstrip(f"{EDGES}\t")).split(LINE_BREAK))
        return Paragraph(tuple(line for line in lines if line), boxes)

    def _read_pieces(self, parent: Element) -> Iterator[str | Element]:
        for child in parent.iterchildren("*"):
            tag = child.tag
            if tag in REVISED:
                self.notes.add("tracked_changes")
            if tag in DELETED:
                continue
            if tag == f"{W}r":
                yield from self._read_run(child)
            elif tag == f"{CHOICE}AlternateContent":
                yield from self._choose_form(child)
            elif tag in UNSHOWN:
                self._note_field(child)
            else:
                yield from self._read_inline(child)

    def _read_inline(self, child: Element) -> Iterator[str | Element]:
        tag = child.tag
        if tag in (f"{W}t", f"{MATH}t"):
            yield child.text or ""
        elif tag in SIGNS:
            yield SIGNS[tag]
        elif tag == f"{W}sym":
            yield self._read_symbol(child)
        elif tag == f"{W}txbxContent":
            yield child
        else:
            local = tag.rpartition("}")[2]
            if local in _PICTURE_NOTES:
                self.notes.add(_PICTURE_NOTES[local])
            yield from self._read_pieces(child)

    def _read_run(self, run: Element) -> Iterator[str | Element]:
        properties = run.find(f"{W}rPr")
        if properties is None:
            yield from self._read_pieces(run)
            return
        if is_on(properties, "vanish"):
            self.notes.add("hidden_text")
            return
        raised = (value_of(properties, "vertAlign") or "")[:3]
        # Struck text is set apart, so that 15 struck out before 16 does not read 1516.
        apart = " " if is_on(properties, "strike") or is_on(properties, "dstrike") else ""
        yield apart
        for piece in self._read_pieces(run):
            is_raised = isinstance(piece, str) and raised in RAISED
            yield raise_figures(piece, raised) if is_raised else piece
        yield apart

    def _choose_form(self, alternatives: Element) -> Iterator[str | Element]:
        """Yield one of several forms of the same thing: a drawing, and the same for older programs."""
        for form in alternatives.iterchildren(f"{CHOICE}Choice", f"{CHOICE}Fallback"):
            pieces = list(self._read_pieces(form))
            if any(not isinstance(piece, str) or piece.strip() for piece in pieces):
                yield from pieces
                return

    def _note_field(self, element: Element) -> None:
        # A circled number is drawn by a formula (`EQ \o\ac(○,1)`) that has no result in characters.
        if element.tag == f"{W}instrText" and (element.text or "").strip().upper().startswith("EQ"):
            self.notes.add("field_lost")

    def _read_symbol(self, element: Element) -> str:
        code = element.get(f"{W}char", "").upper()
        code = code[2:] if len(code) == 4 and code.startswith(("F0", "00")) else code
        sign = load_table("word_symbols").get(element.get(f"{W}font"), {}).get(code)
        if sign is None:
            self.notes.add("symbol_lost")
        return str(sign or "\ufffd")


@dataclass(frozen=True, slots=True)
class _Level:
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


@dataclass(frozen=True, slots=True)
class _NumberedList:
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
        text = _print_number(numbered, level, counters)
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

    def _inherited_numbering(self, style: str) -> list[tuple[str, Element]]:
        """Return what a style and those it is based on say of numbers, nearest first, with their names."""
        if style in self._known:
            return self._known[style]
        found = self._known.setdefault(style, [])
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            element = self._styles[style]
            properties = element.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                found.append((style, properties))
            style = value_of(element, "basedOn") or ""
        return found

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


def _print_number(numbered: _NumberedList, level: int, counters: list[int | None]) -> str | None:
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
    return f"{text} " if own.has_gap and ENDS_OPEN.search(text) else text


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
