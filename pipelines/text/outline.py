"""The headings of a document, and its text cut into leaf passages, with nothing lost.

`pipelines.text.headings` says how a line is written; here the document has its say. A line written as a
heading is none in a table, among the rows of a statutory form, in a table of contents, in a list of
attachments, as an item of an article, or where it carries a text out of sequence. Precision comes first: a
heading missed leaves two passages in one, a heading invented cuts a table or a sentence.

A leaf is a heading with what stands below it, up to the next heading of any level; the text before the first
heading is one leaf of level 0. Paragraphs that a page break cut stay together in their leaf, line breaks and
all. `"".join(p.lead + p.raw for p in passages) + tail` is the text, character for character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter

from pipelines.forms.labels import bare_label
from pipelines.forms.printed_labels import is_form_row, lines_of_flat_forms
from pipelines.grid import find_tab_tables, is_tab_row
from pipelines.structs import FrozenStruct
from pipelines.text.headings import (
    Heading,
    find_decimal_headings,
    find_inner_headings,
    read_heading,
)

_LINE = re.compile(r"[^\r\n]+")
_PIPES = ("|", "｜")
_PAGE_NUMBER = re.compile(r"[-—－\s]*\d{1,3}[-—－\s]*")
_CONTENTS = re.compile(r"[#*\s]*目\s*[录次][*\s]*")
_ATTACHMENTS = re.compile(r"附\s*件?\s*[:：]")
_SENTENCE_END = tuple("。！？；：!?;:”）)》】")
_SHORTEST_FULL_LINE = 25


class Passage(FrozenStruct):
    """One leaf section in its place: a heading with the text below it, up to the next heading.

    Attributes:
        lead: the characters between the passage before and this one (white space, page breaks).
        raw: the passage as printed, heading included, inner line breaks kept.
        heading_path: titles from the first level down to this passage's own heading; empty before
            the first heading.
        level: 1 for 一、 2 for （一） 3 for 1. ; 0 before the first heading.
    """

    lead: str
    raw: str
    heading_path: tuple[str, ...]
    level: int


class _Line(FrozenStruct):
    offset: int
    text: str
    is_text: bool
    heading: Heading | None


def find_headings(text: str, tables: Sequence[tuple[int, int]]) -> dict[int, Heading]:
    """Return the headings of a document, in order, by where their line is printed from.

    Args:
        text: the document.
        tables: half-open spans of the text that are tables; no heading is found in one.
    """
    lines = _read_lines(text, tables)
    placed = _in_sequence(lines)
    # Two headings of the first level on lines of their own are an outline; weaker signs are looked for only
    # without one.
    if sum(heading.level == 1 for heading in placed.values()) > 1:
        return placed
    decimal = find_decimal_headings([line.text if line.is_text else "" for line in lines])
    if decimal:
        return {lines[number].offset: heading for number, heading in decimal.items()}
    for line in lines:
        inner = find_inner_headings(line.text) if line.is_text else ()
        placed |= {line.offset + offset: heading for offset, heading in inner}
    return dict(sorted(placed.items(), key=itemgetter(0)))


def _in_sequence(lines: Sequence[_Line]) -> dict[int, Heading]:
    """Return the headings on lines of their own."""
    skipped = _find_contents(lines) | _attachment_lists(lines)
    sequence = _Sequence()
    placed: dict[int, Heading] = {}
    previous = ""
    for number, line in enumerate(lines):
        heading = line.heading
        if heading and number not in skipped and sequence.can_admit(heading, after=previous):
            sequence.enter_heading(heading)
            placed[line.offset] = heading
            previous = ""
        else:
            previous = line.text
    return placed


def _read_lines(text: str, tables: Sequence[tuple[int, int]]) -> tuple[_Line, ...]:
    """Return the lines that are not blank; a line of a table has no heading."""
    found = [(match.start(), match.group()) for match in _LINE.finditer(text) if not match.group().isspace()]
    flat = lines_of_flat_forms([line for _, line in found])
    spans = iter(sorted(tables))
    span = next(spans, None)
    lines: list[_Line] = []
    for number, (start, line) in enumerate(found):
        # Spans and lines both ascend: each is passed once.
        while span and span[1] <= start:
            span = next(spans, None)
        in_table = span is not None and span[0] < start + len(line)
        is_row = is_tab_row(line) or any(pipe in line for pipe in _PIPES)
        is_text = not (in_table or number in flat or is_row)
        heading = _read_plain_line(line) if is_text else None
        indent = len(line) - len(line.lstrip())
        lines.append(_Line(start + indent, line.strip(), is_text, heading))
    return tuple(lines)


def _read_plain_line(line: str) -> Heading | None:
    heading = read_heading(line)
    return None if heading and is_form_row(bare_label(heading.title), heading.level) else heading


def _find_contents(lines: Sequence[_Line]) -> frozenset[int]:
    """Return the lines of a table of contents: headings without any text, all before their first repeats.

    Looked for at the first heading and after each line 目录.
    """
    entries = [number for number, line in enumerate(lines) if line.heading]
    starts = entries[:1] + [
        number + 1 for number, line in enumerate(lines[:-1]) if _CONTENTS.fullmatch(line.text)
    ]
    found: set[int] = set()
    for start in starts:
        end = start
        while end < len(lines) and (_is_entry(lines[end]) or _PAGE_NUMBER.fullmatch(lines[end].text)):
            if end > start and _same_title(lines[start], lines[end]):
                break
            end += 1
        repeats = (_same_title(lines[start], line) for line in lines[start + 1 :])
        if end - start >= 2 and any(repeats):
            found.update(range(start, end))
    return frozenset(found)


def _is_entry(line: _Line) -> bool:
    return line.heading is not None and not line.heading.run_in


def _same_title(one: _Line, other: _Line) -> bool:
    if one.heading is None or other.heading is None or one.heading.level != other.heading.level:
        return False
    return bare_label(one.heading.title) == bare_label(other.heading.title)


def _attachment_lists(lines: Sequence[_Line]) -> frozenset[int]:
    """Return the numbered lines that follow 附件： one upon another."""
    found: set[int] = set()
    in_list = False
    for number, line in enumerate(lines):
        if _ATTACHMENTS.match(line.text):
            in_list = True
        elif in_list and line.heading and line.heading.level == 3 and not line.heading.run_in:
            found.add(number)
        else:
            in_list = False
    return frozenset(found)


def _is_cut(line: str, level: int) -> bool:
    """Tell whether a line of text stops in mid-sentence, so that the next may begin with any number."""
    shortest = 1 if level == 3 else _SHORTEST_FULL_LINE  # 三、 begins no line by chance, 12. does
    return len(line) >= shortest and not line.endswith(_SENTENCE_END)


class _Sequence:
    """The numbering met so far, by which a line out of sequence is told from a heading.

    Numbers of a level may run on through the divisions above it (1. to 15. under 一 to 五) or begin anew.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[bool, int], int] = {}
        self._last_in_division: dict[tuple[bool, int], int] = {}
        self._in_article = False

    def can_admit(self, heading: Heading, *, after: str) -> bool:
        """Tell whether the heading can stand here, `after` being the line of text before it, if any."""
        if self._in_article and not heading.statute and heading.level > 1:
            return False  # 第五条 … （一）…； its items
        key = heading.statute, heading.level
        if heading.number in (1, self._last.get(key, 0) + 1):
            return True
        # On a line of its own a number may be skipped, by a slip; with text behind it, it rather is an item
        # or a reference.
        if heading.run_in or heading.statute:
            return False
        is_later = heading.number >= self._last_in_division.get(key, 0)
        return is_later and not _is_cut(after, heading.level)

    def enter_heading(self, heading: Heading) -> None:
        """Take the heading as the newest one."""
        key = heading.statute, heading.level
        self._last[key] = heading.number
        kept = {key: number for key, number in self._last_in_division.items() if key[1] < heading.level}
        self._last_in_division = {**kept, key: heading.number}
        self._in_article = heading.is_article


def split_passages(text: str) -> tuple[tuple[Passage, ...], str]:
    """Split a text into its leaf passages; they follow from the text alone, and no table is cut.

    Args:
        text: the main text of a document, table rows with tabs.

    Returns:
        The passages in order, and the characters after the last of them. A text that is all white space has
        no passage.

    Source: GB/T 9704-2012, 7.3.3 (一、 （一） 1. as the levels of a document).
    """
    tables = tuple(find_tab_tables(text))
    headings = find_headings(text, tables)
    owners = (None, *headings.values())
    passages: list[Passage] = []
    path: list[Heading] = []
    position = 0
    for owner, (start, end) in zip(owners, pairwise([0, *headings, len(text)]), strict=True):
        if owner:
            path = [above for above in path if above.level < owner.level] + [owner]
        first, last = _printed_part(text, start, end, tables)
        if first == last:
            continue
        titles = tuple(above.title for above in path)
        level = owner.level if owner else 0
        passages.append(Passage(text[position:first], text[first:last], titles, level))
        position = last
    return tuple(passages), text[position:]


def _printed_part(text: str, start: int, end: int, tables: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return where the printed part of a stretch begins and ends; blank cells of its tables belong to it."""
    stretch = text[start:end]
    first = start + len(stretch) - len(stretch.lstrip())
    last = start + len(stretch.rstrip())
    if first >= last:
        return start, start
    # Tabs of blank cells are white space: stripped with the rest, the row at the edge would lose its columns.
    lowest = bisect_right(tables, first, key=itemgetter(1))
    highest = bisect_left(tables, last, key=itemgetter(0))
    if lowest < highest:
        first = min(first, max(start, tables[lowest][0]))
        last = max(last, start + len(text[start : min(end, tables[highest - 1][1])].rstrip("\r\n")))
    return first, last


def merge_spans(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return spans without those that are empty, joined where they touch, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
