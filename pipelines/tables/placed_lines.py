"""Lines of a text that sets a page in characters: where their words stand, and which of them are figures."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from pipelines.forms.label_matching import heading_table
from pipelines.forms.labels import folded_label
from pipelines.tables.page_columns import PLACED, Word
from pipelines.tables.text_rows import is_figure, is_page_number_line, lines_between
from pipelines.text.normalise import mask_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.tables.text_rows import Line

_WORD = re.compile(r"\S+")
_OF_BROWSER = re.compile(r"[A-Za-z:]+.*0/0$|^0[/年]0[/月]0.*0:0")
_UNSPELT = re.compile(r"[^\u3400-\u9fff0-9]+")


@dataclass(slots=True)
class PlacedLine:
    """A line of the stretch: where it stands, the words before its figures, and those."""

    start: int
    end: int
    page: int
    labels: list[Word]
    figures: list[Word]


def read_lines(text: str, start: int, end: int) -> Iterator[PlacedLine]:
    """Yield the lines of a stretch of text that hold words, those left out that every page has."""
    page = 0
    lines = [line for line in lines_between(text, start, end) if line.text.strip()]
    edges = _edges(lines)
    for number, line in enumerate(lines):
        page += line.text.count("\f")
        if number in edges:
            continue
        bare = line.text.replace("\f", " ")
        words: list[Word] = []
        for found in _WORD.finditer(bare):
            gap = found.start() - (words[-1].end if words else -PLACED.apart)
            words.append(Word(found.group(), found.start(), found.end(), gap))
        if not words or is_page_number_line(bare):
            continue
        words = _join_unspelt(words)
        cut = len(words)
        while cut and is_figure(words[cut - 1].text):
            cut -= 1
        # 4.无正当理由大量反复申请 may break behind a character that is printed in cells as well.
        if 0 < cut < len(words) and words[cut].gap < PLACED.apart and not words[cut].text[0].isascii():
            cut += not any(map(str.isdigit, words[cut].text))
        yield PlacedLine(line.start, line.end, page, words[:cut], words[cut:])


def _edges(lines: Sequence[Line]) -> set[int]:
    """Return the numbers of the lines that a browser prints at the edges of pages: address, time."""
    begins = [number for number, line in enumerate(lines) if "\f" in line.text]
    below = {number: mask_numbers("".join(lines[number].text.split())) for number in begins}
    above = {n - 1: mask_numbers("".join(lines[n - 1].text.split())) for n in begins if n}
    return {
        number
        for side in (above, below)
        for number, words in side.items()
        if _OF_BROWSER.search(words) and (len(begins) == 1 or sum(words == one for one in side.values()) > 1)
    }


def _join_unspelt(words: Iterable[Word]) -> list[Word]:
    """Return words with brackets that stand alone as part of what follows."""
    joined: list[Word] = []
    for word in words:
        is_open = bool(joined) and not spell(joined[-1].text) and not is_figure(joined[-1].text)
        before = joined.pop() if is_open else None
        joined.append(replace(before, text=before.text + word.text, end=word.end) if before else word)
    return joined


def find_stretches(lines: Sequence[PlacedLine]) -> Iterator[Sequence[PlacedLine]]:
    """Yield the lines between the heading of the table of applications and the next."""
    begin = None
    texts = ["".join(word.text for word in (*line.labels, *line.figures)) for line in lines]
    for number, (text, below) in enumerate(zip_longest(texts, texts[1:], fillvalue="")):
        of = heading_table(text) or heading_table(text + below)
        if of and begin is not None:
            yield lines[begin:number]
        begin = number + 1 if of == "t3" else None if of else begin
    if begin is not None:
        yield lines[begin:]


def spell(text: str) -> str:
    """Return the characters and digits of a label, which pieces of it have in order."""
    return _UNSPELT.sub("", folded_label(text)).replace("它", "他")
